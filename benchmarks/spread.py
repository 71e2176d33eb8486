"""What several runs gave, in a few numbers."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

Spread = dict[str, float]


def spread(values: Iterable[float]) -> Spread:
    """Their median, the least, the most, and how many they are."""
    found = sorted(values)
    return {"median": statistics.median(found), "least": found[0], "most": found[-1], "runs": len(found)}


def told(found: Spread, unit: str = "", scale: float = 1, digits: int = 1) -> str:
    """The median, and the others in brackets."""
    median, least, most = (f"{scale * found[name]:.{digits}f}" for name in ("median", "least", "most"))
    return f"{median}{unit} ({least} to {most})"
