"""What every chapter's code cells need: numbers for the prose, tables, intervals."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

import numpy as np
from IPython.display import HTML


def note(**values: object) -> None:
    """Keep numbers and words for the prose: `note(best_loss=0.3)` fills {glue:text}`best-loss:.2f`."""
    from myst_nb import glue

    for name, value in values.items():
        plain = value.item() if isinstance(value, np.generic) else value  # NumPy's numbers show their type
        glue(name.replace("_", "-"), plain, display=False)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> HTML:
    """Return rows as an HTML table; whole numbers get thousands separators, everything else stands as it is."""
    top = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in heads)
    body = "".join(f"<tr>{''.join(_cell(value) for value in row)}</tr>" for row in rows)
    return HTML(f'<table class="table"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>')


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return f'<td style="white-space: nowrap">{html.escape(text)}</td>'


def interval(values: Sequence[float] | np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Return the mean over runs and half its confidence interval (Student's t).

    Raises:
        ValueError: fewer than two runs.
    """
    from scipy.stats import t

    if len(values) < 2:
        raise ValueError("an interval needs two runs or more")
    half = t.ppf((1 + level) / 2, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values)), float(half)


def difference(left: Sequence[float] | np.ndarray, right: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Return how far the mean of `left` lies above that of `right`, and half the 95 % interval of that (Welch's t)."""
    from scipy.stats import ttest_ind

    gap = float(np.mean(left) - np.mean(right))
    if np.ptp(left) == 0 and np.ptp(right) == 0:
        return gap, 0.0  # no spread to judge by
    bounds = ttest_ind(left, right, equal_var=False).confidence_interval()
    return gap, float(bounds.high - bounds.low) / 2


def paired_difference(left: Sequence[float] | np.ndarray, right: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """Return the mean of `left` − `right` over runs that share a seed, and half its 95 % interval."""
    return interval(np.asarray(left) - np.asarray(right))


def signed(value: float, digits: int = 3) -> str:
    """Write a number with a true minus sign, for prose: −0.031."""
    return f"{value:.{digits}f}".replace("-", "−")


def power(value: float, digits: int = 0) -> str:
    """Write a very small or large number for prose and tables: 2·10⁻⁵, or 4.8·10³ with `digits=1`."""
    factor, exponent = f"{value:.{digits}e}".split("e")
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return f"{factor}·10{str(int(exponent)).translate(raised)}"


def direction(
    left: Sequence[float] | np.ndarray,
    right: Sequence[float] | np.ndarray,
    words: tuple[str, str, str] = ("lower", "about the same", "higher"),
    paired: bool = False,
) -> str:
    """Choose a word for where the mean of `left` lies: below, not told apart from (95 %), or above that of `right`."""
    gap, half = (paired_difference if paired else difference)(left, right)
    return words[1] if abs(gap) <= half else words[0] if gap < 0 else words[2]
