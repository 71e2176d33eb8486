"""Which packages answers have: the same in an environment made from the bundle and at grading."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version

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
    owners = packages_distributions()
    names = [name.partition(".")[0] for name in (NOTEBOOK, *FOR_ALL, *stated)]
    there = THERE_ANYWAY | _with_what_they_need(owner for name in names for owner in owners.get(name, [name]))
    return frozenset(name for name, of in owners.items() if there.isdisjoint(map(canonicalize_name, of)))


def _with_what_they_need(names: Iterable[str]) -> set[str]:
    # Distributions and all that their metadata ask for, by canonical names.
    found: set[tuple[str, frozenset[str]]] = set()
    left = [Requirement(name) for name in names]
    while left:
        one = left.pop()
        key = (canonicalize_name(one.name), frozenset(one.extras))
        if key in found:
            continue
        found.add(key)
        try:
            asked = map(Requirement, requires(one.name) or [])
        except PackageNotFoundError:  # for other systems, or not needed
            continue
        extras = one.extras or {""}
        left += [
            need for need in asked if need.marker is None or any(need.marker.evaluate({"extra": e}) for e in extras)
        ]
    return {name for name, _ in found}
