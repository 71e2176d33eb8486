"""Draws what is shown of a link to a page elsewhere: its title and its question above the row of chapters."""

from __future__ import annotations

import textwrap
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

CARD = (1200, 630)  # pixels, as networks ask for
PAGE, INK, MUTED, ACCENT, GRID = "#fdfdfb", "#22262e", "#5b616c", "#17599c", "#dcdcd4"  # as in unrolled.css
LEFT, DPI = 80, 100
SERIF, SANS = "DejaVu Serif", "DejaVu Sans"  # come with Matplotlib, so that each machine draws the same


def draw_card(place: Path, book: str, title: str, text: str, number: int, chapters: int) -> None:
    """Write the picture as PNG, 1200 by 630 pixels.

    Args:
        number: the chapter's place in the row, which is lit; 0 lights none.
        chapters: how many cells the row has.
    """
    figure = Figure(figsize=(CARD[0] / DPI, CARD[1] / DPI), dpi=DPI, facecolor=PAGE)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, CARD[0]), ylim=(CARD[1], 0))
    axes.set_axis_off()
    axes.add_patch(Rectangle((0, 0), 18, CARD[1], color=ACCENT))
    head = f"{book}  ·  chapter {number}" if number else book
    axes.text(LEFT, 82, head, size=21, color=ACCENT, family=SANS, va="center", parse_math=False)
    lines = textwrap.wrap(title, 30)[:2]
    axes.text(LEFT, 135, "\n".join(lines), size=40, color=INK, family=SERIF, weight="bold", va="top", parse_math=False)
    asked = textwrap.wrap(text, 62, max_lines=3, placeholder=" …")
    axes.text(
        LEFT, 185 + 75 * len(lines), "\n".join(asked), size=21, color=MUTED, family=SANS, va="top",
        linespacing=1.45, parse_math=False,
    )  # fmt: skip
    _draw_row(axes, number, chapters)
    place.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(place, dpi=DPI, metadata={"Software": None})


def _draw_row(axes, number: int, chapters: int) -> None:
    """The chapters as the cells of an unrolled net."""
    if not chapters:
        return
    step = (CARD[0] - 2 * LEFT + 20) / chapters
    side = min(46, 0.62 * step)
    for one in range(1, chapters + 1):
        left, lit = LEFT + (one - 1) * step, one == number
        shape = FancyBboxPatch(
            (left, 560 - side), side, side, boxstyle="round,pad=0,rounding_size=8", linewidth=2.5,
            edgecolor=ACCENT if lit else MUTED, facecolor=ACCENT if lit else PAGE,
        )  # fmt: skip
        axes.add_patch(shape)
        if one < chapters:
            ends = (left + side + 3, 560 - side / 2), (left + step - 2, 560 - side / 2)
            axes.add_patch(FancyArrowPatch(*ends, arrowstyle="-|>", mutation_scale=13, color=MUTED, linewidth=1.8))
