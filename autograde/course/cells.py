"""Marked regions inside a cell: solutions and hidden tests, between `### BEGIN …` and `### END …`."""

from __future__ import annotations

SOLUTION = "SOLUTION"
HIDDEN_TESTS = "HIDDEN TESTS"


class UnbalancedMarkersError(ValueError):
    """A BEGIN without its END, an END without its BEGIN, or one region inside another."""


def lines_inside(source: str, kind: str) -> list[list[str]]:
    """The lines of each region of this kind. Raises UnbalancedMarkersError."""
    regions: list[list[str]] = []
    inside = False
    for line in source.split("\n"):
        begins, ends = f"BEGIN {kind}" in line, f"END {kind}" in line
        if (begins and inside) or (ends and not inside):
            raise UnbalancedMarkersError(line.strip())
        if begins:
            regions.append([])
            inside = True
        elif ends:
            inside = False
        elif inside:
            regions[-1].append(line)
    if inside:
        raise UnbalancedMarkersError(f"BEGIN {kind}")
    return regions


def without(source: str, kind: str) -> str:
    """The source with its regions of this kind taken out, markers included, as nbgrader does it."""
    kept, inside = [], False
    for line in source.split("\n"):
        if f"BEGIN {kind}" in line:
            inside = True
        elif f"END {kind}" in line:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)
