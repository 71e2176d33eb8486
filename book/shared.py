"""Results of pages by what they depend on, shared by all branches and worktrees of one clone, in its git folder.

jupyter-cache's store in `_build` has the results of the pages as they stand in this folder now. Here lie those of
other branches, too: to go there and back runs nothing. One file each, under the hash of the cells and of all else that
decides (`Page.key`, `Page.inputs`).
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import tempfile
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache.base import JupyterCacheAbstract
from nbformat import NotebookNode
from pages import Page

SECONDS = ("wall", "cpu")  # what a run took
FOLDER = "unrolled-pages"  # in the git folder
MOST = 200_000_000  # bytes; what was not used for longest goes first


def folder_of(root: Path) -> Path | None:
    """Where the results of this clone lie; None where `root` is no working tree of git."""
    if not (root / ".git").exists():  # perhaps a folder deep in somebody else's
        return None
    command = ["git", "rev-parse", "--path-format=absolute", "--git-common-dir"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return Path(done.stdout.rstrip("\n"), FOLDER)


def path_of(folder: Path, page: Page) -> Path:
    """The file of a page's results."""
    return folder / f"{page.key}-{page.inputs}.json.gz"


def take(folder: Path | None, page: Page) -> tuple[NotebookNode, dict[str, Any]] | None:
    """A page's notebook with its outputs, and the seconds of its run; None where they are not there whole."""
    if folder is None or not (path := path_of(folder, page)).exists():
        return None
    try:
        found = json.loads(gzip.decompress(path.read_bytes()))
        return nbformat.from_dict(found["notebook"]), {kind: found[kind] for kind in SECONDS}
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError):
        with suppress(OSError):
            path.unlink()  # so that it is written anew
        return None


def keep(folder: Path | None, cache: JupyterCacheAbstract, pages: Iterable[Page], most: int = MOST) -> None:
    """Keep what jupyter-cache's store has of these pages, and of others what was used last.

    Where nothing can be written, nothing is kept.
    """
    if folder is None:
        return
    with suppress(OSError):  # another worktree may remove files at the same time
        folder.mkdir(exist_ok=True)
        for page in pages:
            write(path_of(folder, page), cache, page)
        for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True):
            most -= path.stat().st_size
            if most < 0:
                path.unlink()


def write(path: Path, cache: JupyterCacheAbstract, page: Page) -> None:
    """Write the results of one page, or say that they were used."""
    if path.exists():
        os.utime(path)
        return
    record = cache.match_cache_notebook(page.notebook)
    notebook = cache.get_cache_bundle(record.pk).nb
    content = json.dumps({"notebook": notebook, **{kind: record.data[kind] for kind in SECONDS}})
    # Written aside first: another worktree may read at the same time.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as aside:
        aside.write(gzip.compress(content.encode()))
    Path(aside.name).replace(path)
