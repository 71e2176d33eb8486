"""The book's pages with cells, what their results depend on, and which results in jupyter-cache's store still hold."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import yaml
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_cache.base import JupyterCacheAbstract
from jupyter_cache.cache.db import NbCacheRecord
from myst_nb.core.read import MystMetadataParsingError, is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig
from nbformat import NotebookNode
from sphinx_external_toc.parsing import parse_toc_yaml

from unrolled.data.published import VARIABLE
from unrolled.lab.luck import SEED_SHIFT, THREADS
from unrolled.lab.provenance import closure
from unrolled.lab.records import records_read

RECORDS = "records/experiments"
SETTINGS = (SEED_SHIFT, THREADS, VARIABLE, "KERAS_BACKEND")  # of the environment, which pages read
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Groups of runs without any spread are no mistake; SciPy's remark on them would put a path of this machine on the page.
QUIET = "ignore:Precision loss occurred in moment calculation:RuntimeWarning"


@dataclass(frozen=True)
class Page:
    """A page with cells.

    `name` stands in _toc.yml; `key` is what the store finds its results by, a hash of the cells as they stand; `inputs`
    is the hash of all that the results depend on (`inputs_of`).
    """

    name: str
    path: Path
    notebook: NotebookNode
    key: str
    inputs: str


def code_cells(notebook: NotebookNode) -> list[str]:
    """The code of a notebook's cells."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def read_pages(root: Path, cache: JupyterCacheAbstract) -> list[Page]:
    """The pages of the book that are notebooks, read as Sphinx will read them; what it cannot read, it will name."""
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    syntax = MdParserConfig(enable_extensions=settings["parse"]["myst_enable_extensions"])
    versions, pages = locked(root), []
    for name in parse_toc_yaml(root / "_toc.yml"):
        path = root / f"{name}.md"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if is_myst_markdown_notebook(text):
            with suppress(MystMetadataParsingError):
                notebook = read_myst_markdown_notebook(text, syntax, path=path)
                key = cache.create_hashed_notebook(notebook)[1]
                pages.append(Page(name, path, notebook, key, inputs_of(root, code_cells(notebook), versions)))
    return pages


def inputs_of(root: Path, cells: Iterable[str], versions: Iterable[str] | None = None) -> str:
    """A hash of the cells, what they import and read of the course, and of all that they run with.

    Args:
        versions: what `locked(root)` gives, where it is known already.
    """
    sources: list[str] = []
    files: set[Path] = set()
    records: list[str] = []
    for cell in cells:
        source = TransformerManager().transform_cell(cell)
        sources.append(source)
        with suppress(SyntaxError):  # for the kernel to report
            records += records_of(source, root / RECORDS)
            closure(source, files)
    beside = {other for folder in {file.parent for file in files} for other in folder.iterdir() if is_data(other)}
    settings = [f"{name} {os.environ.get(name)}" for name in SETTINGS]
    # Pages compute with the text of Python's own library.
    python = [platform.python_version(), platform.machine(), QUIET, *settings]
    code = [code_of(file.read_text(encoding="utf-8")) for file in sorted(files)]
    data = [hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(beside)]
    versions = locked(root) if versions is None else versions
    return hashlib.sha256(json.dumps([sources, code, data, records, python, list(versions)]).encode()).hexdigest()


def records_of(source: str, folder: Path) -> list[str]:
    """Name and hash of each record that code reads; of all where only the run knows the name.

    Raises:
        SyntaxError: it is no Python.
    """
    if "recorded" not in source:
        return []
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    reading = [call for call in calls if ast.unparse(call.func).rpartition(".")[2] == "recorded"]
    if all(call.args and isinstance(call.args[0], ast.Constant) for call in reading):
        return records_read(source, folder)
    return [f"{file.stem} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in sorted(folder.glob("*.json"))]


def locked(root: Path) -> list[str]:
    """Name and version of each package of the lock, as installed: all that a page can import, whichever way."""
    lock = root / "requirements.txt"
    names = re.findall(r"^([\w.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE) if lock.exists() else []
    return [f"{name} {installed(name)}" for name in names]


def installed(name: str) -> str:
    """The version of a package, without what says for which processor it was built; "none" where it is missing."""
    try:
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return "none"


@cache
def code_of(source: str) -> str:
    """What a module does, whatever its comments and docstrings say."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Pass()
    return ast.dump(tree)


def is_data(path: Path) -> bool:
    """Whether a file beside modules is one that they may read."""
    return path.is_file() and path.suffix not in (".py", ".pyc")


def kept_results(cache: JupyterCacheAbstract, pages: Iterable[Page]) -> dict[str, dict[str, Any]]:
    """Remove what no longer holds from the store; return what it knows of the results that stay, by key."""
    wanted = {(page.key, page.inputs) for page in pages}
    kept = {}
    for record in cache.list_cache_records():
        data = record.data or {}
        if (record.hashkey, data.get("inputs")) in wanted and _readable(cache, record.pk):
            kept[record.hashkey] = data
        else:
            shutil.rmtree(cache.path / "executed" / record.hashkey, ignore_errors=True)
            NbCacheRecord.remove_records([record.pk], cache.db)
    return kept


def _readable(cache: JupyterCacheAbstract, pk: int) -> bool:
    """Whether the store has the whole notebook: a build may have been stopped while it was written."""
    try:
        cache.get_cache_bundle(pk)
    except (KeyError, ValueError):
        return False
    return True
