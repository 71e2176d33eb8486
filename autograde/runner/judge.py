"""Outside the sandbox, trusted: one process a notebook, which has the student's cells run and runs the tests itself.

A test cell runs here unmodified. Names that it defines or imports, and names that the notebook's own cells import, are
the judge's; every other name is the student's and stands for an object inside the sandbox. A test that did not run to
its end has failed: no verdict means zero.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import json
import os
import socket
import symtable
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograde.runner import words
from autograde.runner.frames import Channel, LateError, WireError
from autograde.runner.outputs import CellOutputs, Output, Room
from autograde.runner.remote import Link, TimeLimit
from autograde.runner.words import KERNEL_DIED, NOT_RUN, TIME_LIMIT
from autograde.sandbox.limits import Limits

KEY_VARIABLE = "UNROLLED_KEY"  # the hidden checks draw their fresh inputs from it
GRACE = 1.0  # seconds between the interruption of a cell and its end by force
MOST_RENEWALS = 2  # new processes for a notebook whose code ends its own

TEST, TRUSTED, STUDENT = "test", "trusted", "student"  # kinds of cells

Cell = dict[str, Any]


def load() -> None:
    """Import what tests use, once, before any notebook. A check that fails loads more than one that passes."""
    from unrolled.check import CheckFailed, check

    with contextlib.suppress(CheckFailed):
        check(lambda a: a, hidden="values", name="sigmoid")
    torch = sys.modules.get("torch")
    if torch is not None:
        for other in (torch.ones(2), torch.zeros(2)):
            with contextlib.suppress(AssertionError):
                torch.testing.assert_close(torch.ones(2), other)


def serve(grader: socket.socket, student: socket.socket, limits: Limits) -> None:
    """Run one notebook and send back the outputs of its cells."""
    channel = Channel(grader)
    message, blob = channel.receive()
    os.chdir(message["folder"])
    sys.path.insert(0, message["folder"])  # modules that come with the assignment
    os.environ[KEY_VARIABLE] = message["key"]
    notebook = Notebook(json.loads(blob), Student(grader, student, message, limits), limits)
    outputs = json.dumps([notebook.run_cell(index) for index in range(len(notebook.cells))])
    channel.send({"done": True}, [outputs.encode()])


class Student:
    """The wire to the student's process, and to the one that follows when it died."""

    def __init__(self, grader: socket.socket, wire: socket.socket, message: dict[str, Any], limits: Limits) -> None:
        self.grader, self.channel = grader, Channel(wire)
        self.forbidden, self.limits = message["forbidden"], limits
        self.end = time.monotonic() + limits.notebook_seconds
        self.renewals = 0
        self._set_up()

    def deadline(self) -> float:
        """When the cell that starts now has to be done."""
        return min(time.monotonic() + self.limits.cell_seconds, self.end)

    def renew(self) -> bool:
        """Ask for a new process in place of this one. False where there were enough."""
        self.channel.close()
        if self.renewals == MOST_RENEWALS or time.monotonic() > self.end:
            return False
        self.renewals += 1
        Channel(self.grader).send({"renew": True})
        _, handles, _, _ = socket.recv_fds(self.grader, 1, 1)
        self.channel = Channel(socket.socket(fileno=handles[0]))
        self._set_up()
        return True

    def _set_up(self) -> None:
        # A process that dies here is noticed by the first cell.
        with contextlib.suppress(WireError):
            deadline = self.deadline()
            for path in sorted(Path.cwd().iterdir()):
                self.channel.send({"do": "file", "name": path.name}, [path.read_bytes()], deadline=deadline)
            self.channel.send({"do": "forbid", "names": self.forbidden}, deadline=deadline)


class Notebook:
    """The cells in order, the names that are the judge's, and what is left of the student's process."""

    def __init__(self, cells: list[Cell], student: Student, limits: Limits) -> None:
        self.cells, self.student, self.limits = cells, student, limits
        self.imports = {
            name: code for cell in cells if cell["kind"] == TRUSTED for name, code in imports(cell["source"])
        }
        self.killers: set[int] = set()
        self.room = Room()
        self.alive = True

    def run_cell(self, index: int) -> dict[str, Any]:
        """Run a cell; its outputs and its number, as a notebook has them."""
        cell = self.cells[index]
        is_test = cell["kind"] == TEST
        if not cell["source"].strip():
            outputs = [words.error(NOT_RUN, "this test is empty")] if is_test else []
            return {"outputs": outputs, "count": None}
        if not self.alive:
            return {"outputs": [words.error(NOT_RUN, words.STOPPED_EARLIER)], "count": None}
        if time.monotonic() > self.student.end:
            return {"outputs": [words.error(NOT_RUN, words.out_of_time(self.limits))], "count": None}
        return self._test(index) if is_test else self._run(index)

    def _run(self, index: int) -> dict[str, Any]:
        outputs = CellOutputs(self.room)
        try:
            done = run_student_cell(self.student, self.cells[index]["source"], outputs)
        except WireError as error:
            self.killers.add(index)
            outputs.fail(self._ended(error))
            self._renew(index)
            return {"outputs": outputs.done(), "count": None}
        if done["done"] == "late":
            outputs.fail(words.error(TIME_LIMIT, words.too_slow(self.limits)))
        count = done.get("count")
        return {"outputs": outputs.done(), "count": count if type(count) is int else None}

    def _renew(self, index: int) -> None:
        # A new process in the state before: what ran until here runs again, unseen, without what ended the old one.
        self.alive = self.student.renew()
        before = (i for i in range(index + 1) if self.cells[i]["kind"] != TEST and i not in self.killers)
        for i in before:
            if not self.alive:
                return
            try:
                run_student_cell(self.student, self.cells[i]["source"], CellOutputs())
            except WireError:
                self.alive = False

    def _test(self, index: int) -> dict[str, Any]:
        printed = io.StringIO()
        died: WireError | None = None
        outputs: list[Output] = []
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
                self._execute(self.cells[index]["source"])
        except TimeLimit:
            outputs = [words.error(TIME_LIMIT, words.too_slow(self.limits))]
        except WireError as error:
            outputs, died = [self._ended(error)], error
        except (Exception, SystemExit) as error:
            outputs = [words.of_test(error)]
        if printed.getvalue() and not outputs:
            outputs = [{"output_type": "stream", "name": "stdout", "text": printed.getvalue()}]
        if died is not None:
            self._renew(index)
        return {"outputs": outputs, "count": None}

    def _execute(self, source: str) -> None:
        deadline = self.student.deadline()
        link = Link(self.student.channel, deadline, GRACE)
        self.student.channel.send({"do": "test"}, deadline=deadline)
        names: dict[str, Any] = {"__name__": "__test__"}
        for name in sorted(free_names(source)):
            if name in self.imports:
                exec(self.imports[name], names)  # trusted: a statement of the release's own notebook
            elif name not in names:
                with contextlib.suppress(NameError):  # then the test's own use of it raises
                    names[name] = link.fetch(name)
        exec(compile(source, "<test>", "exec"), names)  # trusted: the release's own test

    def _ended(self, error: WireError) -> Output:
        if isinstance(error, LateError):
            return words.error(TIME_LIMIT, words.too_slow(self.limits))
        return words.error(KERNEL_DIED, words.DIED)


def run_student_cell(student: Student, source: str, outputs: CellOutputs) -> dict[str, Any]:
    """Have a cell run; its outputs are added to `outputs`. Raises WireError where the process ends or is stuck."""
    deadline = student.deadline()
    stuck = deadline + GRACE
    left = max(deadline - time.monotonic(), 0.0)
    student.channel.send({"do": "cell", "source": source, "seconds": left}, deadline=stuck)
    while True:
        message, _ = student.channel.receive(deadline=stuck)
        if "output" in message:
            outputs.add(message["output"])
        elif "done" in message:
            return message
        else:
            raise WireError("it sent what nobody asked for")


def imports(source: str) -> Iterator[tuple[str, str]]:
    """The names that a cell of the release imports, each with its statement."""
    with contextlib.suppress(SyntaxError):  # a cell with magics imports nothing for tests
        for node in ast.parse(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    name = alias.asname or alias.name.split(".")[0]
                    yield name, ast.unparse(node)


def free_names(source: str) -> set[str]:
    """The names that a test uses and neither defines nor imports, builtins aside."""
    table = symtable.symtable(source, "<test>", "exec")
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()} | _globals_used(table)
    return {name for name in used - own if not hasattr(builtins, name)}


def _globals_used(table: symtable.SymbolTable) -> set[str]:
    used: set[str] = set()
    for inner in table.get_children():
        used |= {symbol.get_name() for symbol in inner.get_symbols() if symbol.is_global() and symbol.is_referenced()}
        used |= _globals_used(inner)
    return used
