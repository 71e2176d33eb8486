"""A stand-in for the runner: no process, no student code; what a test cell gives follows from the answer's text."""

import copy
import os
import time

from nbformat import NotebookNode
from nbformat.v4 import new_output

DEADLY = "# end the process"
PAUSE = float(os.environ.get("QUICK_PAUSE", "0.01"))  # seconds, so that a grader can be met at work


def run_notebook(notebook, *, key, files, timeout, confinement="sandbox", private=()) -> NotebookNode:
    """The seam of autograde.grade.run: `x + x` is right, all else loses the cells whose id ends in -values."""
    time.sleep(PAUSE)
    if any(DEADLY in cell.source for cell in notebook.cells):
        os._exit(1)
    executed = copy.deepcopy(notebook)
    right = any("x + x" in cell.source for cell in executed.cells)
    for cell in executed.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
            is_values = cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-values")
            cell.outputs = [] if right or not is_values else [error("AssertionError", "wrong")]
    return executed


def error(name: str, text: str) -> NotebookNode:
    """An error output."""
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])
