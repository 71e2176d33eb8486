"""The release: text source -> source/ -> release/ -> student bundle, and the leak check over everything public."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

import solutions
from autograde.course import gradebook
from autograde.course.errors import CourseError
from autograde.course.folder import Course
from autograde.course.lock import only_grader
from autograde.release import bundle, leaks
from autograde.release.needles import FEWEST_VALUES
from autograde.release.source import points_of, read_source
from solutions.exercises.catalogue import contracts_of, source_of
from solutions.fixtures import write_fixtures
from solutions.judging.judging import PLAIN_KEY, fixture_for, generator

SOLUTIONS = Path(solutions.__file__).parent
FIXTURES = "fixtures.npz"


@dataclass(frozen=True)
class Released:
    """One released assignment: where its parts lie and what it is worth."""

    slug: str
    points: float
    release: Path
    bundle: Path


def available(secret: Path = SOLUTIONS) -> list[str]:
    """The assignments that have a text source, by name."""
    return sorted(path.stem for path in secret.glob("exercises/*/*.md") if path == source_of(path.stem, secret))


def release(
    course: Course,
    slugs: list[str],
    *,
    secret: Path = SOLUTIONS,
    fixtures: Callable[[str, Path], None] = write_fixtures,
    started: Callable[[str], None] = lambda step: None,
) -> list[Released]:
    """Release assignments: all of them, or on any error none, and what was released before stays.

    Args:
        slugs: names from `available`.
        secret: the secret tree, solutions/.
        fixtures: writes the visible fixtures of an assignment to a path.
        started: called with a sentence at each step.

    Raises:
        CourseError: unknown assignment, faulty source, a leak, or a gradebook that forbids the change.
    """
    _check_names(slugs, secret)
    course.build.mkdir(parents=True, exist_ok=True)
    # A release in the middle of grading would change what submissions are rebuilt on.
    with only_grader(course), tempfile.TemporaryDirectory(dir=course.build, prefix="release-") as scratch:
        draft = Course(Path(scratch))
        draft.bundles.mkdir(parents=True)
        started("building the public wheel")
        wheel = bundle.build_wheel(draft.build)
        points = {}
        for slug in slugs:
            started(f"making the release of {slug}")
            points[slug] = _draft(draft, course.config, slug, secret, fixtures)
            bundle.build_bundle(slug, draft.release / slug, wheel, draft.bundles)
        started("looking for leaks in everything public")
        _refuse_leaks(course, draft, secret, slugs)
        for slug in slugs:
            started(f"recording {slug} in the gradebook")
            _generate(draft, course.config, slug, in_gradebook=True)
            _put_in_place(course, draft, slug)
    return [
        Released(slug, points[slug], course.release / slug, course.bundles / f"unrolled-{slug}.zip") for slug in slugs
    ]


def leaks_in(course: Course, secret: Path = SOLUTIONS) -> list[leaks.Finding]:
    """The leak check over everything public of a course: release, bundles, feedback, site, book sources."""
    secrets = leaks.secrets_of(secret)
    secrets.arrays = hidden_arrays(course.released())
    return _search(course, secrets)


def hidden_arrays(slugs: list[str], key: str = PLAIN_KEY) -> list[tuple[str, np.ndarray]]:
    """Expected values of the hidden checks under one key; flat or tiny ones, which anything holds, left out."""
    found = []
    for slug in slugs:
        try:
            contracts = contracts_of(slug)
        except KeyError:
            continue
        for name, contract in contracts.items():
            for part in contract.parts:
                if part == "property":
                    continue
                for case in fixture_for(contract, (part,), generator(key, name, part)).cases:
                    arrays = [np.asarray(value) for value in case.expected.values()]
                    found += [(f"{name}, {part}", array) for array in arrays if _is_telling(array)]
    return found


def _is_telling(array: np.ndarray) -> bool:
    if array.dtype.kind != "f" or array.size < FEWEST_VALUES:
        return False
    values = array.ravel()[:FEWEST_VALUES]
    return len(np.unique(values.round(4))) == len(values) and not np.any(values == values.round(3))


def _check_names(slugs: list[str], secret: Path) -> None:
    known = available(secret)
    for slug in slugs:
        if slug not in known:
            raise CourseError(
                f"There is no assignment called {slug!r}; there are: {', '.join(known) or 'none'}.",
                f"Check the spelling, or write {source_of(slug, Path('solutions'))}.",
            )


def _draft(draft: Course, config: Config, slug: str, secret: Path, fixtures: Callable[[str, Path], None]) -> float:
    # Source and release folders of one assignment in the scratch folder; returns the points.
    notebook = read_source(source_of(slug, secret))
    folder = draft.source / slug
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{slug}.ipynb")
    fixtures(slug, folder / FIXTURES)
    _generate(draft, config, slug, in_gradebook=False)
    return points_of(notebook)


def _generate(draft: Course, config: Config, slug: str, *, in_gradebook: bool) -> None:
    steps = GenerateAssignment(config=config).preprocessors
    if not in_gradebook:
        steps = [step for step in steps if step is not SaveCells]
    try:
        gradebook.convert(
            GenerateAssignment,
            root=draft.root,
            config=config,
            slug=slug,
            preprocessors=steps,
            no_database=not in_gradebook,
        )
    except RuntimeError as error:
        if "submissions associated" not in str(error):
            raise
        raise CourseError(
            f"The gradebook holds submissions of {slug!r}, and the new source adds or removes graded cells.",
            "Keep the cells' ids, or start a new course folder with --course DIR.",
        ) from error


def _refuse_leaks(course: Course, draft: Course, secret: Path, slugs: list[str]) -> None:
    secrets = leaks.secrets_of(secret)
    secrets.arrays = hidden_arrays(slugs)
    if secrets.without_canary:
        raise CourseError(
            f"Secret files without a canary line: {', '.join(secrets.without_canary)}.",
            "Add a line `unrolled-canary-` with twelve hexadecimal digits to each.",
        )
    found = _search(draft, secrets) + _search(course, secrets, slugs)
    if found:
        listed = "; ".join(f"{finding.place} holds {finding.secret}" for finding in found[:5])
        raise CourseError(
            f"{len(found)} leak(s): {listed}.",
            "Remove them from the public side (rebuild the book if it is the site); nothing was released.",
        )


def _search(course: Course, secrets: leaks.Secrets, replaced: list[str] | None = None) -> list[leaks.Finding]:
    # What is about to be replaced by a new release is not searched.
    old = replaced or []
    releases = [path for path in sorted(course.release.glob("*")) if path.name not in old]
    bundles = [
        path for path in sorted(course.bundles.glob("*")) if path.stem not in [f"unrolled-{slug}" for slug in old]
    ]
    public = [*releases, *bundles, course.site, bundle.PUBLIC_PACKAGE]
    return leaks.search(public, secrets) + leaks.search([course.feedback], secrets, own_answers=True)


def _put_in_place(course: Course, draft: Course, slug: str) -> None:
    moves = [
        (draft.source / slug, course.source / slug),
        (draft.release / slug, course.release / slug),
        (draft.bundles / f"unrolled-{slug}.zip", course.bundles / f"unrolled-{slug}.zip"),
    ]
    undo: list[tuple[Path, Path]] = []
    try:
        for number, (new, place) in enumerate(moves):
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                former = draft.root / f"former-{slug}-{number}"
                place.rename(former)
                undo.append((former, place))
            new.rename(place)
            undo.append((place, new))
    except OSError:
        for now, before in reversed(undo):
            shutil.move(now, before)
        raise
