"""What intake repaired or ignored in a submission, in plain words: one sentence of each kind, however many cells."""

from __future__ import annotations

from collections import defaultdict

MOST_NAMED = 3  # cells in a remark
ASKS = ": a person should look."  # how the report knows remarks that ask for one

# Of one cell, and of several. Those that ask for a person come first.
KINDS = {
    "taken": (
        f"is missing or untouched; what the student wrote beside it was taken for it{ASKS}",
        f"are missing or untouched; what the student wrote beside them was taken for them{ASKS}",
    ),
    "beside": (
        f"is missing or untouched, but the student wrote beside it{ASKS}",
        f"are missing or untouched, but the student wrote beside them{ASKS}",
    ),
    "text": (
        f"is missing or untouched, and the student wrote text elsewhere{ASKS}",
        f"are missing or untouched, and the student wrote text elsewhere{ASKS}",
    ),
    "several": (
        f"is missing or untouched; its function is defined in several other cells, and the last counts{ASKS}",
        f"are missing or untouched; their functions are defined in several other cells, and the last count{ASKS}",
    ),
    "elsewhere": (
        "is missing or untouched; its function is defined in another cell, and that counts.",
        "are missing or untouched; their functions are defined in other cells, and those count.",
    ),
    "replaced": (
        "was missing; the text in its place was taken for it.",
        "were missing; the texts in their places were taken for them.",
    ),
    "missing": ("was missing; it counts as not answered.", "were missing; they count as not answered."),
    "parts": (
        "was there several times; all its parts were used.",
        "were there several times; all their parts were used.",
    ),
    "copies": ("was there several times; one was used.", "were there several times; one of each was used."),
    "type": ("had another type; its text was used.", "had another type; their texts were used."),
    "put back": ("was missing; it was put back.", "were missing; they were put back."),
    "most": (f"was missing; it was put back{ASKS}", f"were missing; they were put back{ASKS}"),
    "doubled": ("was there several times; one was kept.", "were there several times; one of each was kept."),
    "restored": ("had another type; it was restored.", "had another type; they were restored."),
    "edited": (
        "was edited; it was restored, and what was added follows.",
        "were edited; they were restored, and what was added follows.",
    ),
}
OF_LOCKED_CELLS = ("put back", "most", "doubled", "restored", "edited")


class Remarks:
    """Gathers the cells of each kind, and remarks of other kinds."""

    def __init__(self) -> None:
        self._cells: dict[str, list[str]] = defaultdict(list)
        self._others: list[str] = []

    def of(self, kind: str, grade_id: str) -> None:
        """Note a cell of a kind of KINDS."""
        self._cells[kind].append(grade_id)

    def add(self, remark: str) -> None:
        """Note any other remark."""
        self._others.append(remark)

    def written(self) -> list[str]:
        """All remarks, each a sentence."""
        return self._others + [_sentence(kind, self._cells[kind]) for kind in KINDS if self._cells[kind]]


def _sentence(kind: str, ids: list[str]) -> str:
    what = "cell" if kind in OF_LOCKED_CELLS else "answer cell"
    one, several = KINDS[kind]
    if len(ids) == 1:
        return f"The {what} {ids[0]!r} {one}"
    named = ", ".join(map(repr, ids[:MOST_NAMED]))
    if len(ids) > MOST_NAMED:
        return f"{len(ids)} {what}s ({named}, …) {several}"
    return f"The {what}s {named} {several}"
