"""Preloaded by a Dask worker: the quick runner, and an answer that ends the worker that runs it."""

import os

from autograde import run
from tests.autograde import quick

DEADLY = "# end the worker"


def run_notebook(notebook, **how):
    """The quick runner's, but for a notebook with the deadly line."""
    if any(DEADLY in cell.source for cell in notebook.cells):
        os._exit(1)
    return quick.run_notebook(notebook, **how)


run.run_notebook = run_notebook
