"""The template with a student's cells in place: answers, extra cells, and what was repaired, in plain words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograde.course import cells
from autograde.course.policy import EXTRA_CELL, FROM_STUDENT
from autograde.grade.beside import as_answer, in_gap, next_to
from autograde.grade.definitions import joined
from autograde.grade.matching import asked_names, match, plain, released_text, without_points
from autograde.grade.placing import Placed, take_out_stubs, tests_behind_answers
from autograde.grade.reading import Given
from autograde.grade.remarks import ASKS, Remarks

TEXT_ELSEWHERE = "Nothing was written here. There is text of the student's elsewhere in the notebook."
SHOWN = ("code", "markdown", "raw", "heading")  # kinds of cells that a notebook shows; the last till 2015
NOTHING_FOUND = (
    f"Nothing of this assignment was found in the file. Is it another notebook? Nothing in it was graded{ASKS}"
)
FOUND_OTHERWISE = (
    "Cells had lost the marks of the release, or carried others: they were found by cell id, text, the names that they "
    "define, or their place."
)


class Rebuilding:
    """Finds out what each of the student's cells is, then writes the template with them in place.

    Args:
        given: the student's cells.
        template: the release with its hidden tests.

    Attributes:
        remarks: what was repaired or ignored.
        is_anything_found: whether any of them belongs to the release.
    """

    def __init__(self, given: Sequence[Given], template: NotebookNode) -> None:
        self.given = given
        self.remarks = Remarks()
        self.template = cells.copied(template)
        self.released = [released_text(cell) for cell in template.cells]
        self.names = [asked_names(cell) for cell in template.cells]
        self.matching = match(given, template)
        self.own = {number for number in range(len(given)) if self._is_own(number)}
        self.moved: set[int] = set()  # of these, what was taken for an answer
        self.written = frozenset().union(*(self._written(number) for number in range(len(given))))

        self.is_anything_found = self._is_anything_found()

    def run(self) -> NotebookNode:
        """The rebuilt notebook."""
        if self.is_anything_found:
            self._tell_of_locked_cells()
            for index, cell in enumerate(self.template.cells):
                if cells.is_answer(cell):
                    self._answer(index, cell)
        else:
            self.remarks.add(NOTHING_FOUND)
        order = tests_behind_answers(self._in_order())
        take_out_stubs(order)
        self.template.cells = [placed.cell for placed in order]
        return self.template

    def _is_own(self, number: int) -> bool:
        # A cell of the student's own, or the student's version of one that only the release may write.
        given, place = self.given[number], self.matching.places[number]
        is_shown = given.kind in SHOWN and bool(given.source.strip())
        return is_shown and (place is None or self._is_edited(number, place))

    def _is_edited(self, number: int, index: int) -> bool:
        cell = self.template.cells[index]
        texts = (self.released[index], plain(cell.source))
        text = plain(self.given[number].source)
        return not cells.is_answer(cell) and without_points(text) not in map(without_points, texts)

    def _written(self, number: int) -> frozenset[str]:
        # What a cell defines when it runs, of what the release asks for.
        found, place = self.matching.defines[number], self.matching.places[number]
        is_answer = place is not None and bool(self.names[place])
        runs = is_answer or (number in self.own and self.given[number].is_code)
        return found.written if found.is_python and runs else frozenset()

    def _is_anything_found(self) -> bool:
        # Stubs and short tests look alike in all assignments: by their texts alone, at least half has to be there.
        ours = [
            index for index, cell in enumerate(self.template.cells) if cells.is_answer(cell) or cells.is_graded(cell)
        ]
        ids = {
            one for index in ours for one in (self.template.cells[index].id, cells.grade_id(self.template.cells[index]))
        }
        found = set(ours) & set(self.matching.places)
        has_id = any(one.grade_id in ids or one.cell_id in ids for one in self.given)
        return bool(self.written) or has_id or (bool(found) and 2 * len(found) >= len(ours))

    def _tell_of_locked_cells(self) -> None:
        if not self.matching.by_id:
            self.remarks.add(FOUND_OTHERWISE)
        locked = [
            (index, cell)
            for index, cell in enumerate(self.template.cells)
            if cells.grade_id(cell) and not cells.is_answer(cell)
        ]
        missing = [cell for index, cell in locked if not self.matching.copies(index)]
        for cell in missing:
            self.remarks.of("most" if 2 * len(missing) > len(locked) else "put back", cells.grade_id(cell))
        for index, cell in locked:
            grade_id, copies = cells.grade_id(cell), self.matching.copies(index)
            if len(copies) > 1:
                self.remarks.of("doubled", grade_id)
            elif copies and self.given[copies[0]].kind != cell.cell_type:
                self.remarks.of("restored", grade_id)
            elif copies and self._is_edited(copies[0], index):
                self.remarks.of("edited", grade_id)

    def _answer(self, index: int, cell: NotebookNode) -> None:
        copies = self.matching.copies(index)
        sources = [self.given[number].source for number in copies]
        written = any(self._is_more_than_released(source) for source in sources)
        beside = [] if written else self._beside(index, copies)
        elsewhere = self._elsewhere(index, copies)
        if copies:
            self._take_copies(index, cell)
        if elsewhere:
            self.remarks.of("several" if len(elsewhere) > 1 else "elsewhere", cells.grade_id(cell))
        elif beside:
            self._take_beside(cell, copies, beside)
        elif not written:
            self._tell_of_no_answer(cell, copies)

    def _is_more_than_released(self, source: str) -> bool:
        # A stub is as it was also where other cells of the release were merged into it.
        left = plain(source)
        for text in sorted(filter(None, self.released), key=len, reverse=True):
            left = left.replace(text, "")
        return bool(left.strip())

    def _take_copies(self, index: int, cell: NotebookNode) -> None:
        grade_id = cells.grade_id(cell)
        given = [self.given[number] for number in self.matching.copies(index)]
        if any(one.kind != cell.cell_type for one in given):
            self.remarks.of("type", grade_id)
        # Splitting a cell in Jupyter leaves two with one id: both halves belong to the answer.
        sources = list(dict.fromkeys(one.source for one in given))
        if len(sources) > 1:
            sources = [source for source in sources if plain(source) != self.released[index]]
        if len(given) > 1:
            self.remarks.of("parts" if len(sources) > 1 else "copies", grade_id)
        cell.source = joined(sources) if cell.cell_type == "code" and len(sources) > 1 else "\n\n".join(sources)

    def _elsewhere(self, index: int, copies: Iterable[int]) -> list[int]:
        # The cells that define what this answer was to define, where it does not.
        asked = self.names[index]
        if any(asked & self._written(number) for number in copies):
            return []
        return [number for number in range(len(self.given)) if asked & self._written(number)]

    def _beside(self, index: int, copies: Sequence[int]) -> list[int]:
        # The student's own cells next to an answer cell, or in the gap that it left.
        own = {
            number
            for number in self.own
            if plain(self.given[number].source) not in self.released and not self.matching.defines[number].names
        }
        return sorted(next_to(copies, own) if copies else in_gap(index, self.matching.places, own))

    def _take_beside(self, cell: NotebookNode, copies: Sequence[int], beside: Sequence[int]) -> None:
        if not cells.is_graded(cell):
            self.remarks.of("beside", cells.grade_id(cell))
            return
        cell.source = as_answer([self.given[number] for number in beside], cell.cell_type)
        text = {number for number in beside if not self.given[number].is_code and cell.cell_type != "code"}
        is_clear = not copies and len(beside) == len(text) == 1 and not text & self.moved
        self.remarks.of("replaced" if is_clear else "taken", cells.grade_id(cell))
        self.moved |= text

    def _tell_of_no_answer(self, cell: NotebookNode, copies: Sequence[int]) -> None:
        own = [self.given[number] for number in self.own]
        if cells.is_graded(cell) and any(not one.is_code and self._is_more_than_released(one.source) for one in own):
            # Another text than the released one: so it waits for that person, and is no zero.
            cell.source = f"{cell.source}\n# {TEXT_ELSEWHERE}" if cell.cell_type == "code" else TEXT_ELSEWHERE
            self.remarks.of("text", cells.grade_id(cell))
        elif not copies:
            self.remarks.of("missing", cells.grade_id(cell))

    def _in_order(self) -> list[Placed]:
        own: dict[int, list[Placed]] = defaultdict(list)
        for number in sorted(self.own - self.moved):
            anchor = self.matching.anchors[number]
            own[anchor].append(self._extra(number, anchor, len(own[anchor])))
        found = own[-1]
        for index, cell in enumerate(self.template.cells):
            asked = self.names[index]
            copies = self.matching.copies(index) if asked else []
            written = frozenset().union(*(self._written(number) for number in copies))
            found += [Placed(cell, asked, written, stubs=asked), *own[index]]
        return found

    def _extra(self, number: int, anchor: int, count: int) -> Placed:
        given = self.given[number]
        new = new_code_cell if given.is_code else new_markdown_cell
        # The runner trusts the imports of the release's own cells, and these are not the release's.
        cell = new(given.source, id=f"{EXTRA_CELL}{anchor + 1}-{count}", metadata={cells.METADATA: FROM_STUDENT})
        return Placed(cell, written=self._written(number), stubs=self.matching.defines[number].stubs)
