"""What a student wrote beside an answer cell instead of in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from autograde.grade.definitions import as_comments
from autograde.grade.reading import Given


def next_to(cells: Iterable[int], own: set[int]) -> set[int]:
    """Those of the student's own cells that stand next to these, with no other cell in between."""
    found: set[int] = set()
    for number in cells:
        for step in (-1, 1):
            near = number + step
            while near in own:
                found.add(near)
                near += step
    return found


def in_gap(index: int, places: Sequence[int | None], own: set[int]) -> set[int]:
    """Those of the student's own cells that stand where this cell of the template is missing.

    places: of each of the student's cells, the template's cell that it is.
    """
    stands = [None if number in own else place for number, place in enumerate(places)]
    before = accumulate(stands, _nearest, initial=-1)
    behind = reversed([*accumulate(reversed(stands), _nearest, initial=index + 1)][:-1])
    around = zip(before, behind, strict=False)
    return {number for number, (last, following) in enumerate(around) if number in own and last < index < following}


def _nearest(known: int, place: int | None) -> int:
    return known if place is None else place


def as_answer(given: Iterable[Given], kind: str) -> str:
    """These cells as the source of an answer that a person reads. Code is quoted, and runs only where it stands."""
    if kind == "code":
        return "\n".join(as_comments(one.source) for one in given)
    return "\n\n".join(f"```python\n{one.source}\n```" if one.is_code else one.source for one in given)
