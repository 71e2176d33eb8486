"""Piano rolls on a page, to see and, where the page runs `music.js`, to hear."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence

import numpy as np
from IPython.display import HTML

WIDTH, HEIGHT = 352, 132  # of a drawn roll
QUARTERS = 96  # a minute


def show(name: str, pieces: dict[str, np.ndarray], caption: str, given: int = 0) -> HTML:
    """A figure with a roll and a button for each piece.

    name: of the figure on its page. pieces: rolls (T, 88) by title. given: steps at its beginning that are shaded.
    Raises ValueError where there is no piece, or one without a note.
    """
    if not pieces or not all(roll.any() for roll in pieces.values()):
        raise ValueError("a player needs pieces with notes in them")
    low = min(int(np.flatnonzero(roll.any(0))[0]) for roll in pieces.values())
    high = max(int(np.flatnonzero(roll.any(0))[-1]) for roll in pieces.values())
    rows = "".join(_piece(title, roll, low, high, given) for title, roll in pieces.items())
    return HTML(
        f'<figure class="u-plot u-music" id="{name}" data-quarters="{QUARTERS}">{rows}'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )


def _piece(title: str, roll: np.ndarray, low: int, high: int, given: int) -> str:
    chords = [(np.flatnonzero(step) + 21).tolist() for step in roll]
    return (
        f'<div class="piece" data-chords="{html.escape(json.dumps(chords, separators=(",", ":")))}">'
        f'<p class="title"><span>{html.escape(title)}</span><button type="button" hidden>Play</button></p>'
        f"{drawn(roll, low, high, given, title)}</div>"
    )


def drawn(roll: np.ndarray, low: int, high: int, given: int, title: str) -> str:
    """A roll as SVG: time to the right, the keys `low` … `high` upward; a bar for each stay of a note."""
    wide, tall = WIDTH / len(roll), HEIGHT / (high - low + 1)
    bars = "".join(
        f"M{wide * start:.1f} {HEIGHT - tall * (key - low + 0.5):.1f}h{wide * (stop - start) - 0.8:.1f}"
        for key in np.flatnonzero(roll.any(0)).tolist()
        for start, stop in stays(roll[:, key])
    )
    sounding = roll.sum(1)
    many = f"{sounding.min():.0f} to {sounding.max():.0f} notes at a time"
    said = f"{title}: a piano roll of {len(roll)} quarter notes, {many}"
    shade = f'<rect class="given" width="{wide * given:.1f}" height="{HEIGHT}"/>' if given else ""
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(said)}">{shade}'
        f'<path d="{bars}" stroke-width="{0.9 * tall:.1f}"/><path class="now" d="M0 0v{HEIGHT}"/></svg>'
    )


def stays(sounds: Sequence[float] | np.ndarray) -> list[tuple[int, int]]:
    """Where a note begins to sound, and the step at which it no longer does."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(sounds, int), [0]])))
    return [(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]
