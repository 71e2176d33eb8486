"""Marks the cells that can run in the page, and adds cells to try things in.

```{try} What to change and look at, in a sentence.
n = 3
```

Without JavaScript nothing of a cell is different, and a `try` is a listing. `run.js` makes an editor of both; what has
to run before, which `cell_needs` finds, it takes from `_static/cells/<page>.json` at the first click. Below the code of
a longer cell that cannot run stands what it needs.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from cell_needs import COMPUTER_FILES, Needs
from docutils import nodes
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

FOLDER = "_static/cells"
RUNS = "u-runs"  # of what can run; beside it stands u-cell-KEY
NO_CODE = {"check", "remove-cell", "remove-input"}  # tags of cells whose code is not seen, or only verifies
LONGER = 3  # lines; that a shorter cell has no *Run* surprises nobody
FRAMEWORKS = {"keras": "Keras", "torch": "PyTorch", "torchtext": "torchtext"}
OTHERS = {
    "scipy": "SciPy",
    "statsmodels": "the series of statsmodels",
    "pydoc_data": "Python's help texts",
    "subprocess": "other processes",
    COMPUTER_FILES: "files of the course",
}
logger = logging.getLogger(__name__)


class Try(SphinxDirective):
    """A cell of the reader's: its code is where to start from."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        code = "\n".join(self.content)
        listing = nodes.literal_block(code, code, language="python")
        cell = nodes.container(
            "", nodes.container("", listing, classes=["cell_input"]), classes=["cell"], try_code=code
        )
        if not self.arguments:
            return [cell]
        asked, problems = self.state.inline_text(self.arguments[0], self.lineno)
        return [nodes.paragraph("", "", nodes.strong("", "Try it here. "), *asked), cell, *problems]


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Give each cell of a page that can run its class, and remember what has to run before it."""
    page = app.env.docname
    tries = [one for one in doctree.findall(nodes.container) if one.get("try_code") is not None]
    cells = cells_of(Path(app.env.doc2path(page)), app)
    if not cells and not tries:
        return
    needs = Needs([*(_plain(code) for _, code, _ in cells), *(one["try_code"] for one in tries)])
    plan = Plan(needs)
    shown = {one["cell_index"]: one for one in doctree.findall(nodes.container) if "cell_index" in one}
    for number, (place, code, tags) in enumerate(cells):
        if place not in shown or tags & NO_CODE:
            continue
        if plan.add(str(place), number):
            shown[place]["classes"] += [RUNS, f"u-cell-{place}"]
        elif (missing := needs.before(number)[1]) and len(code.splitlines()) >= LONGER:
            said = f'<p class="u-not-here not-printed">{why_not(missing)}</p>'
            _input_of(shown[place]).append(nodes.raw("", said, format="html"))
    for number, cell in enumerate(tries):
        if not plan.add(f"try{number}", len(cells) + number):
            lacking = ", ".join(sorted(needs.before(len(cells) + number)[1]))
            logger.warning("this `try` needs what the page's Python has not: %s", lacking, location=cell)
            continue
        cell["classes"] += [RUNS, f"u-cell-try{number}"]
    if plan.cells:
        plan.add_names(len(cells))
        _plans(app.env)[page] = plan.written()


def why_not(missing: set[str]) -> str:
    """Why a cell has no *Run*; beside a framework, nothing else counts."""
    names = [FRAMEWORKS[one] for one in sorted(missing & FRAMEWORKS.keys())]
    names = names or [OTHERS.get(one, one) for one in sorted(missing)]
    return f"Does not run in a browser: it needs {_listed(names)}."


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _input_of(cell: nodes.container) -> nodes.container:
    return next(one for one in cell.findall(nodes.container) if "cell_input" in one["classes"])


class Plan:
    """What has to run before the cells of a page that can run, as `run.js` reads it."""

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self.cells: dict[str, list[int]] = {}
        self.names: dict[str, list[int]] = {}
        self.places: dict[str, int] = {}

    def add(self, key: str, number: int) -> bool:
        """Add the cell with this number where it can run; returns whether it can."""
        before, missing = self.needs.before(number)
        if not missing and any(one.cell == number for one in self.needs.statements):
            self.cells[key], self.places[key] = before, number
        return key in self.cells

    def add_names(self, cells: int) -> None:
        """Add what gives each name of these first cells its last value, for what the reader writes."""
        end = sum(one.cell < cells for one in self.needs.statements)
        for name in sorted({name for one in self.needs.statements[:end] for name in one.binds}):
            before, missing = self.needs.of_name(name, end)
            if not missing:
                self.names[name] = before

    def written(self) -> dict[str, Any]:
        """`statements` by number: cell, code, names; of `cells` and `names` such numbers; `places` of the cells."""
        used = sorted({number for group in (self.cells, self.names) for some in group.values() for number in some})
        statements = {
            number: {"cell": one.cell, "code": one.code, "binds": sorted(one.binds)}
            for number, one in enumerate(self.needs.statements)
            if number in used
        }
        return {"statements": statements, "cells": self.cells, "names": self.names, "places": self.places}


def cells_of(path: Path, app: Sphinx) -> list[tuple[int, str, set[str]]]:
    """The code cells of a page: their place among all its cells, their code and their tags."""
    text = path.read_text(encoding="utf-8")
    if not is_myst_markdown_notebook(text):
        return []
    notebook = read_myst_markdown_notebook(text, app.env.myst_config, path=path)
    return [
        (place, cell.source, set(cell.metadata.get("tags", ())))
        for place, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
    ]


def _plain(code: str) -> str:
    try:
        compile(code, "cell", "exec", dont_inherit=True)
    except SyntaxError:  # a command of IPython's, or an error on purpose: it gives other cells nothing
        return ""
    return code


def load_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Let pages with such cells load `run.js`."""
    if page in _plans(app.env):
        app.add_css_file("run.css")
        app.add_js_file("run.js", loading_method="defer", **{"data-page": page})


def write_plans(app: Sphinx, error: Exception | None) -> None:
    """Write what `run.js` reads of each page."""
    if error is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    for page, plan in _plans(app.env).items():
        place = folder / f"{page}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(plan, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Drop what an earlier build knew of a page."""
    _plans(env).pop(page, None)


def _plans(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    if not hasattr(env, "unrolled_plans"):
        env.unrolled_plans = {}
    return env.unrolled_plans


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("try", Try)
    app.connect("doctree-read", mark)
    app.connect("env-purge-doc", forget)
    app.connect("html-page-context", load_script)
    app.connect("build-finished", write_plans)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
