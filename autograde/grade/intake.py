"""Rebuilds a submission on the release: only the answers and extra cells come from the student's file."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograde.course import cells
from autograde.course.policy import EXTRA_CELL, FROM_STUDENT
from autograde.course.strangers import UnreadableError
from autograde.grade.matching import asked_names, match, plain, released_text
from autograde.grade.placing import Placed, take_out_stubs, tests_behind_answers
from autograde.grade.reading import Given, read_cells

MOST_NAMED = 3  # cells in a remark
SHOWN = ("code", "markdown", "raw")  # kinds of cells that a notebook shows
NOTHING_FOUND = (
    "Nothing of this assignment was found in the file. Is it another notebook? Nothing in it was graded: "
    "a person should look."
)
FOUND_OTHERWISE = (
    "Cells had lost the marks of the release, or carried others: they were found by cell id, text, the names that they "
    "define, or their place."
)


@dataclass
class Rebuilt:
    """A submission ready to run.

    notebook: the template with the student's answers and extra cells in place.
    remarks: what was repaired or ignored, in plain words.
    readable: False where nothing of the assignment could be taken from the file, so that no answer is in place.
    """

    notebook: NotebookNode
    remarks: list[str] = field(default_factory=list)
    readable: bool = True


def template_of(source: NotebookNode, release: NotebookNode) -> NotebookNode:
    """What a submission is rebuilt on: the release notebook with the hidden tests back in their cells."""
    tests = {
        cells.grade_id(cell): cell.source for cell in source.cells if cells.grade_id(cell) and not cells.is_answer(cell)
    }
    template = copy.deepcopy(release)
    for cell in template.cells:
        cell.source = tests.get(cells.grade_id(cell), cell.source)
    return template


def rebuild(raw: bytes, template: NotebookNode) -> Rebuilt:
    """Rebuild a submission from the bytes of its file. Never raises for anything a student could send."""
    try:
        given, remarks = read_cells(raw)
    except UnreadableError as error:
        remark = f"The file could not be read: {error}. Nothing in it could be graded."
        return Rebuilt(copy.deepcopy(template), [remark], readable=False)
    return _Rebuilding(given, template, remarks).run()


class _Rebuilding:
    """One rebuilding: finds out what each of the student's cells is, then writes the template with them in place."""

    def __init__(self, given: Sequence[Given], template: NotebookNode, remarks: list[str]) -> None:
        self.given, self.remarks = given, remarks
        self.template = copy.deepcopy(template)
        self.released = [released_text(cell) for cell in template.cells]
        self.names = [asked_names(cell) for cell in template.cells]
        self.matching = match(given, template)
        self.own = {number for number in range(len(given)) if self._is_own(number)}
        self.written = frozenset().union(*(self._written(number) for number in range(len(given))))

    def run(self) -> Rebuilt:
        readable = self._is_anything_found()
        if readable:
            self._tell_of_locked_cells()
            for index, cell in enumerate(self.template.cells):
                if cells.is_answer(cell):
                    self._answer(index, cell)
        else:
            self.remarks.append(NOTHING_FOUND)
        order = tests_behind_answers(self._in_order())
        take_out_stubs(order)
        self.template.cells = [placed.cell for placed in order]
        return Rebuilt(self.template, self.remarks, readable)

    def _is_own(self, number: int) -> bool:
        # A cell of the student's own, or the student's version of one that only the release may write.
        given, place = self.given[number], self.matching.places[number]
        is_shown = given.kind in SHOWN and bool(given.source.strip())
        return is_shown and (place is None or self._is_edited(number, place))

    def _is_edited(self, number: int, index: int) -> bool:
        cell = self.template.cells[index]
        text = plain(self.given[number].source)
        return not cells.is_answer(cell) and text not in (self.released[index], plain(cell.source))

    def _written(self, number: int) -> frozenset[str]:
        # What a cell defines when it runs, of what the release asks for.
        found, place = self.matching.defines[number], self.matching.places[number]
        is_answer = place is not None and bool(self.names[place])
        runs = is_answer or (number in self.own and self.given[number].is_code)
        return found.written if found.is_python and runs else frozenset()

    def _is_anything_found(self) -> bool:
        found = {place for place in self.matching.places if place is not None}
        ours = [cell for index, cell in enumerate(self.template.cells) if index in found]
        return bool(self.written) or any(cells.is_answer(cell) or cells.is_graded(cell) for cell in ours)

    def _tell_of_locked_cells(self) -> None:
        if not self.matching.by_id:
            self.remarks.append(FOUND_OTHERWISE)
        missing = []
        for index, cell in enumerate(self.template.cells):
            grade_id, copies = cells.grade_id(cell), self.matching.copies(index)
            if not grade_id or cells.is_answer(cell):
                continue
            if not copies:
                missing.append(grade_id)
            elif len(copies) > 1:
                self.remarks.append(f"The cell {grade_id!r} was there {len(copies)} times; one was kept.")
            elif self.given[copies[0]].kind != cell.cell_type:
                self.remarks.append(f"The cell {grade_id!r} had another type; it was restored.")
            elif self._is_edited(copies[0], index):
                self.remarks.append(f"The cell {grade_id!r} was edited; it was restored, and what was added follows.")
        if len(missing) > MOST_NAMED:
            named = ", ".join(map(repr, missing[:MOST_NAMED]))
            self.remarks.append(f"{len(missing)} cells were missing ({named}, …); they were put back.")
        else:
            self.remarks += [f"The cell {grade_id!r} was missing; it was put back." for grade_id in missing]

    def _answer(self, index: int, cell: NotebookNode) -> None:
        copies = self.matching.copies(index)
        sources = [self.given[number].source for number in copies]
        written = any(self._is_more_than_released(source) for source in sources)
        beside = [] if written else self._beside(index, copies)
        elsewhere = self._elsewhere(index, copies)
        if copies:
            self._take_copies(index, cell)
        if elsewhere:
            self._tell_of_names_elsewhere(cell, copies, elsewhere)
        elif beside:
            self._take_beside(index, cell, copies, beside)
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
            self.remarks.append(f"The answer cell {grade_id!r} had another type; its text was used.")
        # Splitting a cell in Jupyter leaves two with one id: both halves belong to the answer.
        sources = list(dict.fromkeys(one.source for one in given))
        if len(sources) > 1:
            sources = [source for source in sources if plain(source) != self.released[index]]
        if len(given) > 1:
            used = "all its parts were" if len(sources) > 1 else "one was"
            self.remarks.append(f"The answer cell {grade_id!r} was there {len(given)} times; {used} used.")
        cell.source = "\n\n".join(sources)

    def _elsewhere(self, index: int, copies: Iterable[int]) -> list[int]:
        # The cells that define what this answer was to define, where it does not.
        asked = self.names[index]
        if any(asked & self._written(number) for number in copies):
            return []
        return [number for number in range(len(self.given)) if asked & self._written(number)]

    def _tell_of_names_elsewhere(self, cell: NotebookNode, copies: Sequence[int], elsewhere: Sequence[int]) -> None:
        state = "holds no answer" if copies else "was missing"
        what = f"The answer cell {cells.grade_id(cell)!r} {state}; its function is defined in"
        if len(elsewhere) == 1:
            self.remarks.append(f"{what} another cell, and that counts.")
        else:
            self.remarks.append(f"{what} {len(elsewhere)} other cells, and the last counts: a person should look.")

    def _beside(self, index: int, copies: Iterable[int]) -> list[int]:
        # The student's own cells next to an answer cell, or in the gap that it left.
        own = {
            number
            for number in self.own
            if plain(self.given[number].source) not in self.released and not self.matching.defines[number].names
        }
        stands = [None if number in own else place for number, place in enumerate(self.matching.places)]
        found: set[int] = set()
        for number in copies:
            for step in (-1, 1):
                near = number + step
                while near in own:
                    found.add(near)
                    near += step
        if not copies:
            found = {number for number in own if _is_in_gap(stands, number, index)}
        return sorted(found)

    def _take_beside(self, index: int, cell: NotebookNode, copies: Sequence[int], beside: Sequence[int]) -> None:
        state = "is as released" if copies else "was missing"
        what = f"The answer cell {cells.grade_id(cell)!r} {state}, but the student wrote beside it"
        if not cells.is_graded(cell):
            self.remarks.append(f"{what}: a person should look.")
            return
        # A person reads it: text moves into the answer, code that is to run stays and is quoted.
        given = [self.given[number] for number in beside]
        if cell.cell_type == "code":
            lines = [line for one in given for line in one.source.splitlines()]
            cell.source = "\n".join(f"# {line}" for line in lines)
        else:
            cell.source = "\n\n".join(f"```python\n{one.source}\n```" if one.is_code else one.source for one in given)
            self.own -= {number for number in beside if not self.given[number].is_code}
        is_clear = not copies and len(given) == 1 and not given[0].is_code
        self.remarks.append(
            f"{what}, and that was taken for the answer{'.' if is_clear else ': a person should look.'}"
        )

    def _tell_of_no_answer(self, cell: NotebookNode, copies: Sequence[int]) -> None:
        what = f"The answer cell {cells.grade_id(cell)!r} {'is as released' if copies else 'was missing'}"
        own = [self.given[number] for number in self.own]
        if cells.is_graded(cell) and any(not one.is_code and self._is_more_than_released(one.source) for one in own):
            self.remarks.append(f"{what}, and the student wrote text elsewhere: a person should look.")
        elif not copies:
            self.remarks.append(f"{what}; it counts as not answered.")

    def _in_order(self) -> list[Placed]:
        own: dict[int, list[Placed]] = defaultdict(list)
        for number in sorted(self.own):
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


def _is_in_gap(stands: Sequence[int | None], number: int, index: int) -> bool:
    # Whether the neighbours that were found stand before and behind that cell of the template.
    before = next((place for place in reversed(stands[:number]) if place is not None), -1)
    after = next((place for place in stands[number + 1 :] if place is not None), index + 1)
    return before < index < after
