"""The book's pages with cells, what their results depend on, and which results in jupyter-cache's store still hold."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
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

from unrolled.lab.provenance import VERSIONS, digest
from unrolled.lab.records import records_read

RECORDS = "records/experiments"
LIBRARIES = (*VERSIONS, "matplotlib", "ipykernel")
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
    pages = []
    for name in parse_toc_yaml(root / "_toc.yml"):
        path = root / f"{name}.md"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if is_myst_markdown_notebook(text):
            with suppress(MystMetadataParsingError):
                notebook = read_myst_markdown_notebook(text, syntax, path=path)
                key = cache.create_hashed_notebook(notebook)[1]
                pages.append(Page(name, path, notebook, key, inputs_of(root, code_cells(notebook))))
    return pages


def inputs_of(root: Path, cells: Iterable[str]) -> str:
    """A hash of the cells, what they import of the course, the records that they name, and the versions of all."""
    sources, more = [], [QUIET, platform.python_version()]  # pages compute with the text of Python's own library
    for cell in cells:
        source = TransformerManager().transform_cell(cell)
        try:
            more += records_read(source, root / RECORDS)
        except SyntaxError:  # for the kernel to report
            more.append(cell)
            continue
        sources.append(source)
    return digest(sources, more, LIBRARIES)


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
