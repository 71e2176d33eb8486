"""A notebook's cells in the judge: the student's are sent inside, the tests run here.

A test runs unmodified. Names that it defines or imports, and names that the notebook's own cells import, are the
judge's; every other name is the student's and stands for an object inside the sandbox. A test that did not run to its
end has failed: no verdict means zero.
"""

from __future__ import annotations

import ast
import contextlib
import io
import signal
from collections.abc import Iterator
from typing import Any

from autograde.course.names import free_names
from autograde.runner import failures
from autograde.runner.causes import Causes
from autograde.runner.clock import ASLEEP, GRACE, PROCESSOR, WALL, Allowance
from autograde.runner.failures import KERNEL_DIED, NO_ANSWER, NOT_RUN
from autograde.runner.frames import GoneError, LateError, WireError
from autograde.runner.outputs import CellOutputs, Output, Room
from autograde.runner.remote import Link, TimeLimit
from autograde.runner.student import Student
from autograde.sandbox.limits import PATIENCE, Limits

TEST, TRUSTED, STUDENT = "test", "trusted", "student"  # kinds of cells
MOST_CELLS_RUN = 1_000_000  # a larger execution count is no count

Cell = dict[str, Any]
Done = dict[str, Any]  # a cell's outputs and its execution count


class Notebook:
    """One run of a notebook. `cells` are the code cells: their kind, name and source."""

    def __init__(self, cells: list[Cell], student: Student, limits: Limits) -> None:
        self.cells, self.student, self.limits = cells, student, limits
        self.imports = {
            name: code for cell in cells if cell["kind"] == TRUSTED for name, code in imports(cell["source"])
        }
        self.done: dict[int, Done] = {}
        self.causes = Causes(cells, self.done)
        self.met: list[Exception] = []  # what the student's code raised during the last test
        self.killers: set[int] = set()
        self.room = Room()
        self.alive = True

    def run(self) -> list[Done]:
        """Run every cell, the tests last; what each put out, in the notebook's order."""
        done = self.done
        for index, cell in enumerate(self.cells):
            if cell["kind"] != TEST:
                done[index] = self._unless_stopped(cell["source"]) or self._run(index)
        for index, cell in enumerate(self.cells):
            if cell["kind"] == TEST:
                done[index] = self._unless_stopped(cell["source"], test=True) or self._test(index)
        return [done[index] for index in range(len(self.cells))]

    def _unless_stopped(self, source: str, *, test: bool = False) -> Done | None:
        # What stands for a cell that does not run, if it does not.
        if not source.strip():
            return _done([failures.error(NOT_RUN, "this test is empty")] if test else [])
        if not self.alive:
            return _done([failures.error(NOT_RUN, failures.STOPPED_EARLIER)])
        if exceeded := self.student.out_of():
            return _done([failures.out_of_time(self.limits, exceeded)])
        return None

    def _run(self, index: int) -> Done:
        outputs = CellOutputs(self.room)
        try:
            with self.student.timed() as allowance:
                message = self._run_inside(index, outputs, allowance)
        except WireError as error:
            self.killers.add(index)
            outputs.fail(self._ended(error, allowance))
            self._renew(index, error, allowance)
            return _done(outputs.done())
        if allowance.exceeded:
            outputs.fail(failures.too_slow(self.limits, allowance.exceeded))
        count = message.get("count")
        is_count = type(count) is int and 0 <= count < MOST_CELLS_RUN
        return _done(outputs.done(), count if is_count else None)

    def _run_inside(self, index: int, outputs: CellOutputs, allowance: Allowance) -> dict[str, Any]:
        last_test = next((before for before in reversed(range(index)) if self.cells[before]["kind"] == TEST), -1)
        return self.student.run(index, last_test, self.cells[index]["source"], outputs, allowance)

    def _renew(self, last: int, why: WireError, allowance: Allowance) -> None:
        # A new process in the state before: what ran until here runs again, unseen, without what ended the old one.
        used = allowance.used()
        slow = used[PROCESSOR] + used[ASLEEP] > self.limits.cell_seconds / 2
        self.alive = self.student.renew(costly=slow or not isinstance(why, GoneError))
        try:
            for index in range(last + 1 if self.alive else 0):
                if self.cells[index]["kind"] != TEST and index not in self.killers:
                    with self.student.timed() as again:
                        self._run_inside(index, CellOutputs(), again)
        except WireError:
            self.alive = False

    def _test(self, index: int) -> Done:
        printed = io.StringIO()
        died: WireError | None = None
        outputs: list[Output] = []
        with self.student.timed() as allowance:
            try:
                with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
                    self._execute(index, allowance)
            except TimeLimit:
                outputs = [failures.too_slow(self.limits, allowance.exceeded)]
            except WireError as error:
                outputs, died = [self._ended(error, allowance)], error
            except BaseException as error:  # pytest's own verdicts are no Exception
                outputs = [failures.of_test(error, self.met, lambda raised: self.causes.rows(raised, index))]
        if printed.getvalue() and not outputs:
            outputs = [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()}]
        if died is not None:
            self._renew(len(self.cells) - 1, died, allowance)
        return _done(outputs)

    def _execute(self, index: int, allowance: Allowance) -> None:
        source = self.cells[index]["source"]
        link = Link(self.student.channel, allowance)
        self.met = link.errors
        names: dict[str, Any] = {"__name__": "__test__"}
        used = sorted(free_names(source))
        # The test's own work has an end too, whatever an answer makes of it.
        signal.setitimer(signal.ITIMER_PROF, allowance.most[PROCESSOR] + GRACE)
        signal.setitimer(signal.ITIMER_REAL, allowance.most[WALL] + PATIENCE * GRACE + 0.5)
        try:
            for name in used:
                if name in self.imports:
                    exec(self.imports[name], names)  # trusted: a statement of the release's own notebook
            # A name that is missing over there is missing here: the test's own use of it raises.
            names |= link.begin(index, [name for name in used if name not in names])
            exec(compile(source, "<test>", "exec"), names)  # trusted: the release's own test
        finally:
            for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
                signal.setitimer(timer, 0)
            if link.failed is not None:  # whatever the test made of it
                raise link.failed

    def _ended(self, error: WireError, allowance: Allowance) -> Output:
        if isinstance(error, LateError):
            return failures.too_slow(self.limits, allowance.exceeded or str(error))
        if isinstance(error, GoneError):
            return failures.error(KERNEL_DIED, failures.DIED)
        return failures.error(NO_ANSWER, failures.BROKE_RULES)


def _done(outputs: list[Output], count: int | None = None) -> Done:
    return {"outputs": outputs, "count": count}


def imports(source: str) -> Iterator[tuple[str, str]]:
    """The names that a cell of the release imports, each with its statement."""
    with contextlib.suppress(SyntaxError):  # a cell with magics imports nothing for tests
        for node in ast.parse(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    yield name, ast.unparse(node)
