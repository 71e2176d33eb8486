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
import time
from collections.abc import Iterator
from typing import Any

from autograde.course.names import free_names
from autograde.runner import failures
from autograde.runner.failures import KERNEL_DIED, NO_ANSWER, NOT_RUN, TIME_LIMIT
from autograde.runner.frames import GoneError, LateError, WireError
from autograde.runner.outputs import CellOutputs, Output, Room
from autograde.runner.remote import Link, TimeLimit
from autograde.runner.student import GRACE, Student
from autograde.sandbox.limits import Limits

TEST, TRUSTED, STUDENT = "test", "trusted", "student"  # kinds of cells
MOST_CELLS_RUN = 1_000_000  # a larger execution count is no count

Cell = dict[str, Any]
Done = dict[str, Any]  # a cell's outputs and its execution count


class Notebook:
    """One run of a notebook. `cells` are the code cells: their kind and source."""

    def __init__(self, cells: list[Cell], student: Student, limits: Limits) -> None:
        self.cells, self.student, self.limits = cells, student, limits
        self.imports = {
            name: code for cell in cells if cell["kind"] == TRUSTED for name, code in imports(cell["source"])
        }
        self.killers: set[int] = set()
        self.began = time.monotonic()  # the cell or test that runs now
        self.room = Room()
        self.alive = True

    def run(self) -> list[Done]:
        """Run every cell, the tests last; what each put out, in the notebook's order."""
        done: dict[int, Done] = {}
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
        if time.monotonic() > self.student.end:
            return _done([failures.error(NOT_RUN, failures.out_of_time(self.limits))])
        return None

    def _run(self, index: int) -> Done:
        outputs = CellOutputs(self.room)
        self.began = time.monotonic()
        try:
            message = self._run_inside(index, outputs)
        except WireError as error:
            self.killers.add(index)
            outputs.fail(self._ended(error))
            self._renew(index, error)
            return _done(outputs.done())
        if message["done"] == "late":
            outputs.fail(failures.error(TIME_LIMIT, failures.too_slow(self.limits)))
        count = message.get("count")
        is_count = type(count) is int and 0 <= count < MOST_CELLS_RUN
        return _done(outputs.done(), count if is_count else None)

    def _run_inside(self, index: int, outputs: CellOutputs) -> dict[str, Any]:
        last_test = next((before for before in reversed(range(index)) if self.cells[before]["kind"] == TEST), -1)
        return self.student.run(index, last_test, self.cells[index]["source"], outputs)

    def _renew(self, last: int, why: WireError) -> None:
        # A new process in the state before: what ran until here runs again, unseen, without what ended the old one.
        took = time.monotonic() - self.began
        slow = took > self.limits.cell_seconds / 2
        self.alive = self.student.renew(costly=slow or not isinstance(why, GoneError))
        try:
            for index in range(last + 1 if self.alive else 0):
                if self.cells[index]["kind"] != TEST and index not in self.killers:
                    self._run_inside(index, CellOutputs())
        except WireError:
            self.alive = False

    def _test(self, index: int) -> Done:
        printed = io.StringIO()
        died: WireError | None = None
        outputs: list[Output] = []
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
                self._execute(index)
        except TimeLimit:
            outputs = [failures.error(TIME_LIMIT, failures.too_slow(self.limits))]
        except WireError as error:
            outputs, died = [self._ended(error)], error
        except BaseException as error:  # pytest's own verdicts are no Exception
            outputs = [failures.of_test(error)]
        if printed.getvalue() and not outputs:
            outputs = [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()}]
        if died is not None:
            self._renew(len(self.cells) - 1, died)
        return _done(outputs)

    def _execute(self, index: int) -> None:
        source = self.cells[index]["source"]
        self.began = time.monotonic()
        deadline = self.student.deadline()
        link = Link(self.student.channel, deadline, GRACE)
        names: dict[str, Any] = {"__name__": "__test__"}
        used = sorted(free_names(source))
        # The test's own work has an end too, whatever an answer makes of it.
        signal.setitimer(signal.ITIMER_REAL, max(deadline - time.monotonic(), 0.0) + GRACE + 0.5)
        try:
            for name in used:
                if name in self.imports:
                    exec(self.imports[name], names)  # trusted: a statement of the release's own notebook
            # A name that is missing over there is missing here: the test's own use of it raises.
            names |= link.begin(index, [name for name in used if name not in names])
            exec(compile(source, "<test>", "exec"), names)  # trusted: the release's own test
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if link.failed is not None:  # whatever the test made of it
                raise link.failed

    def _ended(self, error: WireError) -> Output:
        if isinstance(error, LateError):
            return failures.error(TIME_LIMIT, failures.too_slow(self.limits))
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
