"""THE SEAM: a notebook in, the executed notebook out. Nothing else of the pipeline knows how cells are run.

This first form runs student code in an ordinary Jupyter kernel WITHOUT a sandbox, with the hidden tests in the
student's own process: good for submissions that one trusts. A sandboxed runner with the judge outside replaces
this module and keeps the signature of `run_notebook`.

It fails closed: a grade cell without proof of having run to its end carries an error, which earns nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograde.settings import SECONDS_PER_CELL

KEY_VARIABLE = "UNROLLED_KEY"  # the judge draws its fresh inputs from it
LONGEST_OUTPUT = 100_000  # characters kept of what one cell prints
STARTS = 3

NOT_RUN = "NotRun"
TIME_LIMIT = "TimeLimit"
KERNEL_DIED = "KernelDied"


def run_notebook(
    notebook: NotebookNode,
    *,
    key: str,
    files: Mapping[str, bytes],
    timeout: int = SECONDS_PER_CELL,
) -> NotebookNode:
    """Run every code cell, in order, and return a copy with the outputs; the argument is not changed.

    Args:
        notebook: nbformat 4, with nbgrader's metadata.
        key: from which the hidden checks draw their inputs.
        files: what lies beside the notebook, by name.
        timeout: seconds that a cell may take.

    What student code does costs its own cells and never raises: a cell over its time is interrupted; after the
    kernel's death, or a cell that cannot be interrupted, the cells that follow count as not run.

    Raises:
        jupyter_client.kernelspec.NoSuchKernel, OSError: this machine cannot run notebooks.
    """
    executed = copy.deepcopy(notebook)
    with tempfile.TemporaryDirectory(prefix="autograde-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        execution = _Execution(executed, Path(folder), timeout)
        proved = asyncio.run(execution.run(_environment(key, folder)))
    for index, cell in enumerate(executed.cells):
        if cell.cell_type == "code":
            _settle(cell, proved=index in proved)
    return executed


def _environment(key: str, folder: str) -> dict[str, str]:
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    own = {KEY_VARIABLE: key, "IPYTHONDIR": f"{folder}/.ipython", "NBGRADER_EXECUTION": "autograde"}
    return {**os.environ, **threads, **own}


class _Execution:
    """One kernel and the cells that it proved to have run to their end."""

    def __init__(self, notebook: NotebookNode, folder: Path, timeout: int) -> None:
        self.notebook = notebook
        self.proved: set[int] = set()
        self.client = NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=timeout,
            interrupt_on_timeout=True,
            error_on_timeout={
                "ename": TIME_LIMIT,
                "evalue": f"stopped after {timeout} seconds",
                "traceback": [],
            },
            allow_errors=True,  # a failing cell costs its own points; the cells after it still run
            raise_on_iopub_timeout=True,
            shutdown_kernel="immediate",
            on_cell_executed=self._note,
            resources={"metadata": {"path": str(folder)}},
        )
        self.client.log = logging.getLogger("autograde.kernel")
        self.client.log.setLevel(logging.CRITICAL + 1)

    async def run(self, environment: dict[str, str]) -> set[int]:
        for cell in self.notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        self.client.reset_execution_trackers()
        await self._start(environment)
        async with self.client.async_setup_kernel(cleanup_kc=True):
            _let_signals_through()
            for index, cell in enumerate(self.notebook.cells):
                try:
                    await self.client.async_execute_cell(cell, index)
                except (DeadKernelError, CellTimeoutError) as error:
                    self._fail(cell, KERNEL_DIED if isinstance(error, DeadKernelError) else TIME_LIMIT)
                    break
        return self.proved

    async def _start(self, environment: dict[str, str]) -> None:
        # Now and then another program takes a port between its choice and its use: then start once more.
        for attempt in range(STARTS):
            self.client.km = self.client.create_kernel_manager()
            try:
                await self.client.async_start_new_kernel(env=environment, stderr=subprocess.DEVNULL)
                await self.client.async_start_new_kernel_client()
                return
            except RuntimeError:
                if attempt == STARTS - 1:
                    raise

    def _note(self, cell: NotebookNode, cell_index: int, execute_reply: dict[str, Any]) -> None:
        content = execute_reply["content"]
        if content["status"] == "ok":
            self.proved.add(cell_index)
        elif content.get("ename") == TIME_LIMIT:
            self._fail(cell, TIME_LIMIT)

    def _fail(self, cell: NotebookNode, name: str) -> None:
        timeout = self.client.timeout
        why = {
            TIME_LIMIT: f"this cell took longer than {timeout} seconds and was stopped (an endless loop?)",
            KERNEL_DIED: "Python itself stopped in this cell (exit, out of memory, or a crash)",
        }[name]
        cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
        cell.outputs.append(_error(name, why))


def _let_signals_through() -> None:
    # nbclient takes SIGINT and SIGTERM for itself in the main thread, and then goes on with the next cell.
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(RuntimeError, ValueError):
            asyncio.get_running_loop().remove_signal_handler(number)


def _error(name: str, why: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=why, traceback=[f"{name}: {why}"])


def _settle(cell: NotebookNode, *, proved: bool) -> None:
    # Make a cell's outputs mean what nbgrader takes them to mean: an error is 0, anything else full marks.
    has_error = any(output.output_type == "error" for output in cell.outputs)
    is_test = bool(cell.metadata.get("nbgrader", {}).get("grade"))
    if not proved and not has_error and (is_test or cell.source.strip()):
        cell.outputs.append(_error(NOT_RUN, "this cell did not run, because an earlier one stopped Python"))
    cell.outputs = _joined([_plain(output) if is_test else output for output in cell.outputs])


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    # Pieces of one stream put together, and cut where a cell prints without end.
    kept: list[NotebookNode] = []
    room = LONGEST_OUTPUT
    for output in outputs:
        if output.output_type != "stream":
            kept.append(output)
            continue
        text = output.text[:room] + ("\n[output cut here]\n" if 0 < room < len(output.text) else "")
        room -= len(output.text[:room])
        if kept and kept[-1].output_type == "stream" and kept[-1].name == output.name:
            kept[-1].text += text
        elif text:
            kept.append(new_output("stream", name=output.name, text=text))
    return kept


def _plain(output: NotebookNode) -> NotebookNode:
    # nbgrader scores any warning as 0 and takes a displayed number for the score: neither may happen here.
    if output.output_type == "stream":
        return new_output("stream", name="stdout", text=output.text)
    if output.output_type == "execute_result":
        return new_output("display_data", data=output.data, metadata=output.metadata)
    return output
