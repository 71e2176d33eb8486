"""What `autograde collect` prints: what is the same of many hand-ins in one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from autograde.collect.collect import Collected

MOST_NAMED = 5  # files or students in one line
MOST_LINES = 30
KEPT = {
    "older": "it came before the one that is there, and is kept in submitted/.earlier/",
    "replaced": "it counts now; the one that was there is kept in submitted/.earlier/",
}


def lines(rows: Iterable[Collected]) -> Iterator[tuple[str, str]]:
    """Status and text of each line: what was refused, and what else a person should know."""
    of_each: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row.status == "refused":
            of_each[row.status, "", row.reason].append(row.source)
        for remark in row.remarks or ([KEPT[row.status]] if row.status in KEPT else []):
            of_each[row.status, row.assignment, remark].append(row.student)
    for (status, assignment, told), names in list(of_each.items())[:MOST_LINES]:
        distinct = list(dict.fromkeys(names))
        if len(distinct) == 1:
            yield status, f"{distinct[0]}{assignment and f', {assignment}'}: {told}"
            continue
        more = len(distinct) - MOST_NAMED
        named = ", ".join(distinct[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield status, f"{len(distinct)} {f'of {assignment}' if assignment else 'files'}: {told}: {named}"
    if len(of_each) > MOST_LINES:
        yield "more", f"{len(of_each) - MOST_LINES} lines like these; --json has all"
