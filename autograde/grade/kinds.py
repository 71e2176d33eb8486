"""Which warm parents a notebook needs, and those of a command's assignments started before anything else is loaded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from autograde.course.cells import METADATA, Cell, function_and_part
from autograde.course.confinement import Confinement
from autograde.course.folder import Course
from autograde.course.policy import Policy, PolicyError, read_policy
from autograde.runner import later, warm
from autograde.sandbox import view

PLOTS = "matplotlib.pyplot"  # a third of the time that a parent without a framework takes
PLOTTING = re.compile("plot|pylab")  # in the text of a cell, its imports included
SHAPES = re.compile("meta|[Ff]ake|compile|export|fx")  # of what lets PyTorch work on shapes alone, as Keras does


def kinds_for(
    policy: Policy, cells: Iterable[Cell], confinement: Confinement, private: tuple[str, ...]
) -> tuple[warm.Kind, warm.Kind]:
    """The kinds of the student's process and of the judge.

    Args:
        cells: of the notebook; where none of them plots, nothing that plots is imported beforehand, and where none
            works on shapes alone, not PyTorch's rules for these.
    """
    code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    plots, shapes = (any(map(pattern.search, code)) for pattern in (PLOTTING, SHAPES))
    return _kinds(policy, plots, shapes or "keras" in policy.packages, confinement, private)


@cache  # which asks the file system
def _kinds(
    policy: Policy, plots: bool, shapes: bool, confinement: Confinement, private: tuple[str, ...]
) -> tuple[warm.Kind, warm.Kind]:
    available = [name for name in policy.imported_beforehand if find_spec(name.split(".")[0])]
    if "torch" in available and shapes:
        available.append(later.SHAPES)
    students = tuple(name for name in available if plots or name != PLOTS)
    # Most courses lie where no student code can look, and share a warm parent.
    exposed = tuple(map(str, view.exposed(map(Path, private))))
    judges = tuple(name for name in available if name != PLOTS)
    return warm.Kind("student", students, policy.hidden, confinement, exposed), warm.Kind("judge", judges)


def judged_in(cells: Iterable[Cell]) -> frozenset[str]:
    """The functions that these cells judge, as far as they say it."""
    return frozenset(function for function, _ in map(function_and_part, cells) if function)


def warm_up(course: Course, slugs: Iterable[str], confinement: Confinement = Confinement.SANDBOX) -> None:
    """Begin to start what running notebooks of these assignments needs, without waiting for it.

    Those without a framework come first: they are ready when others still load theirs. What cannot be read is left
    out, for whoever grades it to say so.
    """
    private = tuple(map(str, course.private_folders()))
    wanted: dict[tuple[warm.Kind, warm.Kind], tuple[int, frozenset[str]]] = {}
    for slug in slugs:
        try:
            released = json.loads(course.release_notebook(slug).read_text("utf-8"))
            policy = read_policy(released["metadata"][METADATA])
            cells = [{**cell, "source": "".join(cell["source"])} for cell in released["cells"]]
            kinds = kinds_for(policy, cells, confinement, private)
            _, needed = wanted.get(kinds, (0, frozenset()))
            wanted[kinds] = len(policy.packages), needed | judged_in(cells)
        except (OSError, ValueError, KeyError, TypeError, PolicyError):
            continue
    for kinds, (_, needed) in sorted(wanted.items(), key=lambda one: one[1][0]):
        warm.start(kinds, needed)
