"""The release: text source -> source/ -> release/ -> student bundle, and the leak check over everything public."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

import solutions
from autograde.course import gradebook
from autograde.course.errors import CourseError
from autograde.course.folder import CONFIG_NAME, Course, write_whole
from autograde.course.lock import only_grader
from autograde.course.settings import CONFIG_FILE
from autograde.release import bundle, kept, leaks
from autograde.release.needles import FEWEST_VALUES
from autograde.release.source import points_of, read_source
from solutions.exercises.catalogue import contracts_of, source_of
from solutions.fixtures import write_fixtures
from solutions.judging.drawing import generator
from solutions.judging.judging import PLAIN_KEY
from solutions.judging.known import cases_of

SOLUTIONS = Path(solutions.__file__).parent
FIXTURES = "fixtures.npz"


@dataclass(frozen=True)
class Released:
    """One released assignment: where its parts lie and what it is worth."""

    slug: str
    points: float
    release: Path
    bundle: Path


def secret_of(course: Course) -> Path:
    """The tree with the sources of a course: its own folder `solutions`, where it has one, else this project's."""
    own = (course.root / SOLUTIONS.name).resolve()
    return own if (own / "exercises").is_dir() else SOLUTIONS


def available(secret: Path = SOLUTIONS) -> list[str]:
    """The assignments that have a text source, by name."""
    return sorted(path.stem for path in secret.glob("exercises/*/*.md") if path == source_of(path.stem, secret))


def release(
    course: Course,
    slugs: list[str],
    *,
    secret: Path | None = None,
    fixtures: Callable[[str, Path], None] = write_fixtures,
    started: Callable[[str], None] = lambda step: None,
) -> list[Released]:
    """Release assignments: all of them, or on any error none, and what was released before stays.

    Args:
        slugs: names from `available`.
        secret: the tree of their sources; default: the course's.
        fixtures: writes the visible fixtures of an assignment to a path.
        started: called with a sentence at each step.

    Raises:
        CourseError: unknown assignment, faulty source, a leak, or a gradebook that forbids the change.
    """
    secret = secret or secret_of(course)
    if fixtures is write_fixtures and secret != SOLUTIONS:
        fixtures = _no_fixtures  # an assignment of another subject may be called like one of ours
    _check_names(slugs, secret)
    course.build.mkdir(parents=True, exist_ok=True)
    # A release in the middle of grading would change what submissions are rebuilt on.
    if not (course.root / CONFIG_NAME).exists():  # formgrader in a second course's folder is to be safe, too
        write_whole(course.root / CONFIG_NAME, CONFIG_FILE)
    with only_grader(course), tempfile.TemporaryDirectory(dir=course.build, prefix="release-") as scratch:
        draft = Course(Path(scratch))
        draft.bundles.mkdir(parents=True)
        points = _make(course, draft, slugs, secret, fixtures, started)
        started("looking for leaks in everything public")
        secrets = _known_secrets(secret, [*slugs, *(slug for slug in course.released() if slug not in slugs)])
        # What is about to be replaced by a new release, and by the book that is built of it, is not searched.
        found = _search([*_handed_out(draft), *_handed_out(course, but=slugs)], course, secrets)
        found = [finding for finding in found if not finding.place.startswith(_made_of(slugs, course))]
        refuse_leaks(
            found, "Remove them from the public side (rebuild the book if it is the site); nothing was released."
        )
        with gradebook.open_gradebook(course) as book:
            for slug in slugs:
                started(f"recording {slug} in the gradebook")
                with book.transaction():  # nbgrader would commit each of the thousand rows
                    _generate(draft, course.config, slug, in_gradebook=True)
                _put_in_place(course, draft, slug)
    return [
        Released(slug, points[slug], course.release / slug, course.bundles / f"unrolled-{slug}.zip") for slug in slugs
    ]


def leaks_in(course: Course, secret: Path | None = None) -> list[leaks.Finding]:
    """The leak check over everything public of a course: release, bundles, feedback, site, book sources.

    Raises CourseError where a secret file has no canary.
    """
    secret = secret or secret_of(course)
    return _search(_handed_out(course), course, _known_secrets(secret, available(secret)))


def leaks_in_folder(folder: Path, secret: Path = SOLUTIONS) -> list[leaks.Finding]:
    """The same over one folder with what everyone gets."""
    return leaks.search([folder], _known_secrets(secret, available(secret)))


def leaks_in_answers(name: str, content: bytes, slug: str, secret: Path) -> list[leaks.Finding]:
    """What the model answers of one assignment hold beside answers that nobody may have."""
    return leaks.search_file(name, content, _known_secrets(secret, [slug]), own_answers=True)


def refuse_leaks(found: list[leaks.Finding], remedy: str) -> None:
    """Raise CourseError where anything was found."""
    if found:
        listed = "; ".join(f"{finding.place} holds {finding.secret}" for finding in found[:5])
        raise CourseError(f"{len(found)} leak(s): {listed}{'; …' if len(found) > 5 else '.'}", remedy)


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
                for case in cases_of(contract, (part.name,), generator(key, name, part.name)):
                    arrays = [array for value in case.expected.values() for array in arrays_of(value)]
                    found += [(f"{name}, {part.name}", array) for array in arrays if _is_telling(array)]
    return found


def arrays_of(value: Any) -> Iterator[np.ndarray]:
    """The arrays in an expected value; lists of unequal lengths in a list are one each."""
    try:
        yield np.asarray(value)
    except ValueError:
        for one in value:
            yield from arrays_of(one)


def _is_telling(array: np.ndarray) -> bool:
    if array.dtype.kind != "f" or array.size < FEWEST_VALUES:
        return False
    values = array.ravel()[:FEWEST_VALUES]
    return len(np.unique(values.round(4))) == len(values) and not np.any(values == values.round(3))


def _no_fixtures(slug: str, path: Path) -> None:
    # For sources without contracts, whose tests are plain assertions.
    return


def _check_names(slugs: list[str], secret: Path) -> None:
    known = available(secret)
    for slug in slugs:
        if slug not in known:
            raise CourseError(
                f"There is no assignment called {slug!r}; there are: {', '.join(known) or 'none'}.",
                f"Check the spelling, or write {source_of(slug, Path('solutions'))}.",
            )


def _make(
    course: Course,
    draft: Course,
    slugs: list[str],
    secret: Path,
    fixtures: Callable[[str, Path], None],
    started: Callable[[str], None],
) -> dict[str, float]:
    # Source, release and bundle of each assignment in the scratch folder, made or kept; returns the points.
    wheel = None
    points = {}
    for slug in slugs:
        started(f"making the release of {slug}")
        source = source_of(slug, secret)
        # What other fixtures hold does not depend on the content alone.
        place = (
            kept.place_of(slug, source.parent, secret, course.config)
            if fixtures in (write_fixtures, _no_fixtures)
            else None
        )
        if place is None or not kept.fetch(place, draft.root):
            if wheel is None:
                wheel = bundle.build_wheel(draft.build)
            _draft(draft, course.config, source, fixtures)
            made = bundle.build_bundle(slug, draft.release / slug, wheel, draft.bundles)
            if place is not None:
                # Another release may be keeping the same, and the solutions may lie where nobody may write.
                with suppress(OSError):
                    kept.keep(place, draft.root, [draft.source / slug, draft.release / slug, made])
        points[slug] = points_of(nbformat.read(draft.source_notebook(slug), 4))
    return points


def _draft(draft: Course, config: Config, source: Path, fixtures: Callable[[str, Path], None]) -> None:
    # Source and release folders of one assignment in the scratch folder.
    slug = source.stem
    notebook = draft.source_notebook(slug)
    notebook.parent.mkdir(parents=True)
    nbformat.write(read_source(source), notebook)
    fixtures(slug, notebook.parent / FIXTURES)
    _generate(draft, config, slug, in_gradebook=False)


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


def _known_secrets(secret: Path, slugs: list[str]) -> leaks.Secrets:
    found = leaks.secrets_of(secret)
    if found.without_canary:
        raise CourseError(
            f"Secret files without a canary line: {', '.join(found.without_canary)}.",
            "Add a line `unrolled-canary-` with twelve hexadecimal digits to each.",
        )
    found.arrays = hidden_arrays(slugs)
    return found


def _handed_out(course: Course, but: Collection[str] = ()) -> list[Path]:
    # Releases and bundles, but for those of some assignments.
    bundles = {f"unrolled-{slug}" for slug in but}
    releases = [path for path in sorted(course.release.glob("*")) if path.name not in but]
    return releases + [path for path in sorted(course.bundles.glob("*")) if path.stem not in bundles]


def _made_of(slugs: list[str], course: Course) -> tuple[str, ...]:
    # How the places begin that book/extensions/solve.py makes in the site of these assignments' bundles.
    site = course.site.name
    return tuple(
        place
        for slug in slugs
        for place in (f"{site}/solve/{slug}.html", f"{site}/solve/{slug}/", f"{site}/bundles/unrolled-{slug}.zip")
    )


def _search(handed_out: list[Path], course: Course, secrets: leaks.Secrets) -> list[leaks.Finding]:
    found = leaks.search([*handed_out, course.site, bundle.PUBLIC_PACKAGE], secrets)
    return found + leaks.search([course.feedback], secrets, own_answers=True)


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
