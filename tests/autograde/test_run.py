"""The runner: it fails closed, and what student code does costs its own cells only."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.utils import determine_grade

from autograde.run import LONGEST_OUTPUT, run_notebook


def test_cell(source):
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade_id": "t", "grade": True, "solution": False, "points": 3}
    return cell


test_cell.__test__ = False


def run(*cells, timeout=30, files=None):
    notebook = new_notebook(cells=[new_code_cell(c) if isinstance(c, str) else c for c in cells])
    before = nbformat.writes(notebook)
    executed = run_notebook(notebook, key="k", files=files or {}, timeout=timeout)
    assert nbformat.writes(notebook) == before
    return executed.cells


def points(cell):
    return determine_grade(cell)[0]


def error(cell):
    return next((output.ename for output in cell.outputs if output.output_type == "error"), None)


def test_one_honest_notebook_and_everything_that_must_not_change_its_points():
    cells = run(
        "import os, sys, warnings",
        test_cell("assert os.environ['UNROLLED_KEY'] == 'k'"),
        test_cell("assert open('beside.txt').read() == 'here'"),
        test_cell("warnings.warn('only a warning'); print('noise', file=sys.stderr)"),
        test_cell("1.0"),
        test_cell("5.0"),
        test_cell("-1.0"),
        test_cell("assert False, 'no'"),
        test_cell("print('x' * 1_000_000)"),
        test_cell("# only a comment"),
        "print('stays on stderr', file=sys.stderr)",
        files={"beside.txt": b"here"},
    )
    assert [points(cell) for cell in cells[1:10]] == [3, 3, 3, 3, 3, 3, 0, 3, 3]
    assert len(cells[8].outputs[0].text) < LONGEST_OUTPUT + 100
    assert cells[10].outputs[0].name == "stderr"


def test_an_endless_loop_costs_its_cell_and_no_other():
    cells = run("x = 1", "while True: pass", test_cell("assert x == 1"), timeout=2)
    assert error(cells[1]) == "TimeLimit"
    assert points(cells[2]) == 3


def test_an_endless_test_earns_nothing():
    cells = run(test_cell("while True: pass"), test_cell("pass"), timeout=2)
    assert [points(cell) for cell in cells] == [0, 3]


def test_a_loop_that_refuses_to_stop_costs_what_follows_and_ends():
    stubborn = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    cells = run(test_cell("pass"), stubborn, test_cell("pass"), timeout=2)
    assert [points(cells[0]), points(cells[2])] == [3, 0]
    assert [error(cells[1]), error(cells[2])] == ["TimeLimit", "NotRun"]


@pytest.mark.parametrize("death", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_after_the_death_of_python_what_did_not_run_earns_nothing(death):
    cells = run(test_cell("pass"), death, test_cell("pass"), test_cell("5.0"))
    assert [points(cells[index]) for index in (0, 2, 3)] == [3, 0, 0]
    assert [error(cells[index]) for index in (1, 2)] == ["KernelDied", "NotRun"]


def test_outputs_that_came_with_the_notebook_prove_nothing():
    forged = test_cell("assert False")
    forged.outputs = [new_output("execute_result", data={"text/plain": "3.0"})]
    forged.execution_count = 1
    empty = test_cell("")
    assert [points(cell) for cell in run(forged, empty)] == [0, 0]
