"""Runs the cells of pages, several pages at a time, and keeps what they gave where Sphinx looks for it.

What another branch of this clone has run is taken from there (`shared.py`). myst-nb asks jupyter-cache for a notebook
with the same cells before it runs any, so Sphinx runs nothing that is kept here first. jupyter-cache's own parallel
executor knows no order, no progress and no second try; its store does.
"""

from __future__ import annotations

import copy
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import psutil
import shared
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from pages import QUIET, Page, code_cells, kept_results, read_pages

CACHE = "_build/.jupyter_cache"  # where jupyter-book lets myst-nb look
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
Seconds = dict[str, float]  # "wall" on the clock, "cpu" of the processor


class Runner:
    """Runs pages, each in a kernel of its own.

    Kernels are driven from threads of one process, in which jupyter-client gives no port out twice.
    """

    def __init__(self, cache: JupyterCacheAbstract, timeout: int, log: TextIO) -> None:
        self.cache, self.timeout, self.log = cache, timeout, log
        self.clients: list[NotebookClient] = []
        self.stopped = False

    def run_all(self, pages: Iterable[Page], workers: int, done: Callable[[Page, Seconds, str], None]) -> None:
        """Run pages in this order, keep what they gave, and tell `done` of each: its seconds, or else its error."""
        with ThreadPoolExecutor(workers) as pool:
            futures = {pool.submit(self._run_twice, page): page for page in pages}
            try:
                for future in as_completed(futures):
                    page, error = futures[future], future.exception()
                    if error is not None:
                        kind = "" if isinstance(error, CellControlSignal) else f"{type(error).__name__}: "
                        done(page, {}, kind + COLOUR.sub("", str(error)).strip())
                        continue
                    notebook, seconds = future.result()
                    put(self.cache, page, notebook, seconds)
                    done(page, seconds, "")
            except BaseException:
                self._stop(futures)
                raise

    def _run_twice(self, page: Page) -> tuple[NotebookNode, Seconds]:
        """Run a page, and once more where its kernel did not live: another process may have taken its port."""
        try:
            return self._run(page)
        except RuntimeError:
            if self.stopped:
                raise
            return self._run(page)

    def _run(self, page: Page) -> tuple[NotebookNode, Seconds]:
        notebook, cpu = copy.deepcopy(page.notebook), 0.0

        def measure(**_: Any) -> None:
            nonlocal cpu
            manager: Any = client.km
            with suppress(psutil.Error, AttributeError):  # the kernel has just died
                cpu = sum(psutil.Process(manager.provisioner.pid).cpu_times()[:4])

        client = NotebookClient(
            notebook,
            timeout=self.timeout,
            record_timing=False,  # times would be a part of the key
            resources={"metadata": {"path": str(page.path.parent)}},
            on_cell_executed=measure,
        )
        self.clients.append(client)
        started = time.monotonic()
        try:
            client.execute(env={**os.environ, "PYTHONWARNINGS": QUIET}, stderr=self.log)
        finally:
            self.clients.remove(client)
        return notebook, {"wall": round(time.monotonic() - started, 1), "cpu": round(cpu, 1)}

    def _stop(self, futures: Iterable[Future[Any]]) -> None:
        """Begin no other page and end all kernels, also those that are just starting."""
        self.stopped = True
        for future in futures:
            future.cancel()
        while wait(futures, timeout=0.2).not_done:
            for client in list(self.clients):
                process = getattr(getattr(client.km, "provisioner", None), "process", None)
                if process is not None and process.poll() is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)  # a kernel leads a group of its own


def put(cache: JupyterCacheAbstract, page: Page, notebook: NotebookNode, seconds: Seconds) -> None:
    """Lay what a page's run gave where Sphinx looks for it."""
    data = {"inputs": page.inputs, "execution_seconds": seconds["wall"], **seconds}  # myst-nb reads execution_seconds
    bundle = CacheBundleIn(notebook, str(page.path), data=data)
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def expected_seconds(pages: Iterable[Page], before: dict[str, Seconds]) -> dict[str, float]:
    """How long each page will take: what it took before, or else what others took for as many cells."""
    cells = {page.name: len(code_cells(page.notebook)) for page in pages}
    known = {name: before[name]["wall"] for name in cells if name in before}
    rate = sum(known.values()) / (sum(cells[name] for name in known) or 1) or 1.0
    return {name: known.get(name, rate * count) for name, count in cells.items()}


class Progress:
    """A line for each page that is done, with the time left."""

    def __init__(self, expected: dict[str, float], workers: int) -> None:
        self.expected, self.workers = expected, workers
        self.started = time.monotonic()
        self.done: dict[str, float] = {}

    def line(self, name: str, seconds: Seconds) -> str:
        """What to show for a page that is done; it failed where there are no seconds."""
        gone = time.monotonic() - self.started
        self.done[name] = seconds.get("wall", 0)
        measured = sum(self.expected[page] for page, wall in self.done.items() if wall)
        slower = sum(self.done.values()) / measured if measured else 0
        left = slower * sum(self.expected.values()) / self.workers - gone
        guess = f", about {max(1, round(left / 60))} min left" if slower and len(self.done) < len(self.expected) else ""
        took = f"{seconds['wall']:.0f} s" if seconds else "failed"
        clock = f"{int(gone) // 60}:{int(gone) % 60:02} gone"
        return f"{len(self.done)} of {len(self.expected)}  {name}: {took} ({clock}{guess})"


def read_seconds(root: Path) -> dict[str, Seconds]:
    """What each page took when it was run last, by name, as `execute` wrote it."""
    try:
        return json.loads((root / "_build/seconds.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def execute(root: Path, log: TextIO) -> tuple[list[str], dict[str, str]]:
    """Run all pages whose results no branch of this clone has, the longest first, with a line for each.

    The seconds of every page that has results are in `_build/seconds.json` afterwards.

    Args:
        log: a file, which takes what kernels write past the notebook.

    Returns:
        the names of the pages that have new results, and the errors of those that failed, by name.
    """
    cache, folder = get_cache(root / CACHE), shared.folder_of(root)
    pages, before = read_pages(root, cache), read_seconds(root)
    results: dict[str, dict[str, Any]] = dict(kept_results(cache, pages))
    former = set(results)
    for page in pages:
        if page.key not in results and (found := shared.take(folder, page)):
            put(cache, page, *found)
            results[page.key] = found[1]
    missing = list({page.key: page for page in pages if page.key not in results}.values())
    failed = {}
    expected = expected_seconds(missing, before)
    missing.sort(key=lambda page: -expected[page.name])
    workers = min(len(missing), cores())
    progress = Progress(expected, workers)

    def done(page: Page, seconds: Seconds, error: str) -> None:
        print("  " + progress.line(page.name, seconds), flush=True)
        if error:
            failed[page.name] = error
        else:
            results[page.key] = seconds

    try:
        if missing:
            print(f"book: running {len(missing)} of {len(pages)} pages, {workers} at a time", flush=True)
            timeout = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))["execute"]["timeout"]
            Runner(cache, timeout, log).run_all(missing, workers, done)
    finally:
        have = [page for page in pages if page.key in results]
        shared.keep(folder, cache, have)
    seconds = {page.name: {kind: results[page.key][kind] for kind in shared.SECONDS} for page in have}
    (root / "_build/seconds.json").write_text(json.dumps(seconds, indent=1) + "\n", encoding="utf-8")
    return [page.name for page in have if page.key not in former], failed


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
