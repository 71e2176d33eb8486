"""Preloaded by a Dask worker, never imported by a test: the quick runner takes the place of the real one."""

from autograde.grade import run
from tests.autograde import quick

run.run_notebook = quick.run_notebook
