"""What `autograde collect` prints: what is the same of many hand-ins in one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from autograde.collect.collect import Collected

MOST_NAMED = 5  # files or students in one line
KEPT = "the other one is kept in submitted/.earlier/"


def lines(rows: Iterable[Collected]) -> Iterator[tuple[str, str]]:
    """Status and text of each line: what was refused, and what else a person should know."""
    of_each: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row.status == "refused":
            of_each[row.status, "", row.reason].append(row.source)
            continue
        remarks = row.remarks or ([KEPT] if row.status in ("older", "replaced") else [])
        for remark in remarks:
            of_each[row.status, row.assignment, remark].append(row.student)
    for (status, assignment, told), names in of_each.items():
        distinct = list(dict.fromkeys(names))
        named = ", ".join(distinct[:MOST_NAMED]) + (
            f" and {len(distinct) - MOST_NAMED} more" if distinct[MOST_NAMED:] else ""
        )
        count = f"{len(names)}: " if len(names) > 1 else ""
        yield status, f"{count}{named}{f', {assignment}' if assignment else ''}: {told}"
