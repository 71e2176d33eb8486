"""Which cell of the release each cell of a submission is: by grade id, cell id, text, the names it defines, its place.

What matches gives a student's cell the place of an answer, or says where the cells around it stand. A cell that earns
points by running is always the release's own; see intake.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from nbformat import NotebookNode

from autograde.course import cells
from autograde.grade.definitions import MOST_PARSED, Definitions, definitions, is_lower_half, is_python
from autograde.grade.reading import Given

NOTHING = Definitions()
POINTS = re.compile(r"^(## .*) ·.*$", re.MULTILINE)  # what the release writes behind a heading


@dataclass
class Matching:
    """What became of each cell of a submission.

    places: the template's cell that each is, by index; None for the student's own.
    anchors: the template's cell behind which each stands; -1 before the first.
    defines: what each defines of the names that the release asks for.
    by_id: whether all that was found was found by grade id.
    """

    places: list[int | None]
    anchors: list[int]
    defines: list[Definitions]
    by_id: bool

    def copies(self, index: int) -> list[int]:
        """The student's cells that are this one of the template."""
        return [number for number, place in enumerate(self.places) if place == index]


def match(given: Sequence[Given], template: NotebookNode) -> Matching:
    """Find each cell's place. What could be several stays the student's own, where it stands."""
    return _Matcher(given, template).run()


def asked_names(cell: NotebookNode) -> frozenset[str]:
    """The functions and classes that an answer of the template is to define."""
    if cell.cell_type != "code" or not cells.is_answer(cell):
        return frozenset()
    return definitions(cell.source).names


def released_text(cell: NotebookNode) -> str:
    """A cell of the template as students got it, without the blanks that editors add or take."""
    return _released(cell.source)


@lru_cache(maxsize=1_000)  # of the template's cells, the same for each submission
def _released(source: str) -> str:
    return plain(cells.without(source, cells.HIDDEN_TESTS))


def plain(source: str) -> str:
    """A text without blanks at the ends of lines and empty lines at its ends."""
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def without_points(text: str) -> str:
    """A text without the points behind its headings: of a former release they may be others."""
    return POINTS.sub(r"\1", text)


@dataclass
class _Matcher:
    given: Sequence[Given]
    template: NotebookNode
    places: list[int | None] = field(init=False)

    def run(self) -> Matching:
        self.places = [None] * len(self.given)
        self.names = {index: asked_names(cell) for index, cell in enumerate(self.template.cells)}
        self.defines = _defined(self.given, frozenset().union(*self.names.values()))
        self._by_grade_id()
        with_ids = list(self.places)
        self._by_cell_id()
        self._by_text()
        self._by_names()
        self._by_halves()
        by_id = all(
            before == after
            for before, after in zip(with_ids, self.places, strict=True)
            if after is not None and cells.grade_id(self.template.cells[after])
        )
        return Matching(self.places, self._anchors(), self.defines, by_id)

    def _by_grade_id(self) -> None:
        found = {cells.grade_id(cell): index for index, cell in self._template(cells.grade_id)}
        for number, cell in enumerate(self.given):
            self._take(number, found.get(cell.grade_id))

    def _by_cell_id(self) -> None:
        found = {cell.id: index for index, cell in self._template(cells.grade_id)}
        free = self._missing()
        for number, cell in enumerate(self.given):
            index = found.get(cell.cell_id)
            if self.places[number] is None and index in free:
                self._take(number, index)

    def _take(self, number: int, index: int | None) -> None:
        # An id of another release may stand for another function: what the cell defines says more.
        if index is None:
            return
        asked, defined = self.names[index], self.defines[number].names
        if not asked or not defined or asked & defined:
            self.places[number] = index

    def _by_text(self) -> None:
        # A text that stands once is where it stands; of several alike, the one that lies between its neighbours is.
        alike: dict[str, list[int]] = defaultdict(list)
        for index, cell in enumerate(self.template.cells):
            alike[without_points(released_text(cell))].append(index)
        free = self._missing()
        texts = [without_points(plain(cell.source)) for cell in self.given]
        for is_unique in (True, False):
            for number, text in enumerate(texts):
                left = [index for index in alike.get(text, ()) if index in free] if text else []
                if self.places[number] is not None or not left or (len(alike[text]) == 1) != is_unique:
                    continue
                chosen = left[0] if is_unique else self._between(number, left)
                if chosen is not None:
                    self.places[number] = chosen
                    free.discard(chosen)

    def _by_names(self) -> None:
        free = sorted(index for index in self._missing() if self.names[index])
        for number, cell in enumerate(self.given):
            defined = self.defines[number].names
            if self.places[number] is None and defined and (cell.is_code or is_python(cell.source)):
                self.places[number] = self._between(number, [index for index in free if self.names[index] & defined])

    def _by_halves(self) -> None:
        # A cell that was split inside a function: the lower half, which is no Python, belongs to the upper one.
        room = MOST_PARSED
        for number, cell in enumerate(self.given[1:], start=1):
            above = self.places[number - 1]
            if self.places[number] is not None or above is None or not self.names[above] or not cell.is_code:
                continue
            upper = self.given[number - 1].source
            room -= len(upper) + len(cell.source)
            if room >= 0 and is_lower_half(cell.source, upper):
                self.places[number] = above

    def _between(self, number: int, indices: Sequence[int]) -> int | None:
        # The first of these cells of the template that lies between the nearest neighbours that were found.
        before = next((place for place in reversed(self.places[:number]) if place is not None), -1)
        after = next((place for place in self.places[number + 1 :] if place is not None), len(self.template.cells))
        return next((index for index in indices if before <= index and (index < after or after < before)), None)

    def _missing(self) -> set[int]:
        return set(range(len(self.template.cells))) - {place for place in self.places if place is not None}

    def _template(self, has: Callable[[NotebookNode], object]) -> list[tuple[int, NotebookNode]]:
        return [(index, cell) for index, cell in enumerate(self.template.cells) if has(cell)]

    def _anchors(self) -> list[int]:
        # An edited cell of the release stands behind the original: what it adds counts.
        edited = {cell.id: index for index, cell in enumerate(self.template.cells) if not cells.grade_id(cell)}
        anchors, anchor = [], -1
        for number, cell in enumerate(self.given):
            place = self.places[number]
            anchor = edited.get(cell.cell_id, anchor) if place is None else place
            anchors.append(anchor)
        return anchors


def _defined(given: Sequence[Given], asked: frozenset[str]) -> list[Definitions]:
    if not asked:
        return [NOTHING] * len(given)
    mentioned = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(asked)))})\b")
    room = MOST_PARSED
    found = []
    for cell in given:
        room -= len(cell.source)
        seen = definitions(cell.source) if room >= 0 and mentioned.search(cell.source) else NOTHING
        found.append(Definitions(seen.written & asked, seen.stubs & asked, seen.is_python))
    return found
