"""Which packages answers have: the same in an environment made from the bundle and at grading."""

from __future__ import annotations

import email
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distributions, packages_distributions, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autograde.course.errors import CourseError

FOR_ALL = ("numpy", "scipy", "matplotlib")  # whatever an assignment states
NOTEBOOK = "jupyterlab"
# Beside what a bundle names: the installer of every environment, and the course, which the sandbox keeps out of sight.
THERE_ANYWAY = {"pip", "unrolled", "unrolled-course"}


def requirements(stated: Iterable[str]) -> list[str]:
    """What a bundle installs besides the public package, each at the version that grading has.

    Args:
        stated: the packages that the assignment names, as they are imported.

    Raises:
        CourseError: one of them is not installed here.
    """
    owners = packages_distributions()
    pins = []
    for name in dict.fromkeys([NOTEBOOK, *FOR_ALL, *stated]):
        try:
            for owner in owners.get(name, [name]):
                pins.append(f"{owner}=={version(owner).partition('+')[0]}")  # a build such as +cpu is the same version
        except PackageNotFoundError:
            raise CourseError(
                f"The assignment names the package {name!r}, which is not installed here.",
                "Add it to pyproject.toml and the lock, or take it out of the assignment's front matter.",
            ) from None
    return pins


def not_in_the_bundle(stated: Iterable[str]) -> frozenset[str]:
    """The modules that are installed here and that an environment made from the bundle does not have.

    Args:
        stated: as for `requirements`; a module such as matplotlib.pyplot counts as its package.
    """
    names = {name.partition(".")[0] for name in (NOTEBOOK, *FOR_ALL, *stated)}
    owners = {one.name for one in _installed() if not names.isdisjoint(one.modules)}
    owned = {module for one in _installed() for module in one.modules}
    there = THERE_ANYWAY | _with_what_they_need(owners | (names - owned))
    brought = {module for one in _installed() if one.name in there for module in one.modules}
    return frozenset(owned - brought)


def _with_what_they_need(names: Iterable[str]) -> set[str]:
    # Distributions and all that their metadata ask for, by canonical names.
    known: dict[str, _Installed] = {}
    for installed in _installed():
        known.setdefault(installed.name, installed)
    found: set[tuple[str, frozenset[str]]] = set()
    left = [Requirement(name) for name in names]
    while left:
        one = left.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key in found:
            continue
        found.add(key)
        asked = map(
            Requirement, known[key[0]].needs if key[0] in known else ()
        )  # else for other systems, or not needed
        extras = one.extras or {""}
        left += [
            need for need in asked if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras)
        ]
    return {name for name, _ in found}


@dataclass(frozen=True)
class _Installed:
    # A distribution by its canonical name, its top-level modules, and the requirements that it states.
    name: str
    modules: frozenset[str]
    needs: tuple[str, ...]


@cache
def _installed() -> tuple[_Installed, ...]:
    # As importlib.metadata has it, which makes an object of every installed file, and reads whole descriptions.
    found = []
    for one in distributions():
        text = one.read_text("METADATA")
        stated = email.message_from_string(text.partition("\n\n")[0]) if text else one.metadata
        needs = stated.get_all("Requires-Dist", ()) if text else one.requires or ()  # older forms have a file for them
        found.append(_Installed(canonicalize_name(str(stated["Name"])), _modules(one), tuple(map(str, needs))))
    return tuple(found)


def _modules(one: Distribution) -> frozenset[str]:
    declared = (one.read_text("top_level.txt") or "").split()
    paths = [line.partition(",")[0].strip('"') for line in (one.read_text("RECORD") or "").splitlines()]
    return frozenset(declared or (path.partition("/")[0].removesuffix(".py") for path in paths if path.endswith(".py")))
