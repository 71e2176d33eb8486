"""What a student's bundle holds, and the page on which it is solved: one element for each cell of its notebook."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

Cell = dict[str, Any]  # of a notebook read as JSON

PREFIX = "unrolled-"  # of a bundle, and of the folder in it
NOT_FOR_THE_PAGE = ("README.md", "requirements.txt", "start.py")
WHEEL = "unrolled.whl"  # its name on the site: without the version, whose + some servers do not find
HERE = {"numpy"}  # what answers may need so that the page can run them
NAMES = {"torch": "PyTorch", "keras": "Keras", "tensorflow": "TensorFlow", "jax": "JAX"}
FOLDED = 14  # so many lines of a locked cell are seen
MATHEMATICS = (  # as Sphinx marks it
    ('<span class="math inline">', '<span class="math notranslate nohighlight">'),
    ('<div class="math block">', '<div class="math notranslate nohighlight">'),
)
TITLE = re.compile(r"# (.+)\n?")
SOLVE = "solve"  # the folder of these pages in the site
BUNDLES = "bundles"


@dataclass(frozen=True)
class Bundle:
    """One assignment as students get it.

    files: what lies beside the notebook, by name.
    """

    slug: str
    content: bytes
    notebook: bytes
    wheel: bytes
    files: Mapping[str, bytes]

    @property
    def release(self) -> str:
        """A short hash of the notebook, under which a browser keeps the work."""
        return hashlib.sha256(self.notebook).hexdigest()[:12]

    @property
    def cells(self) -> list[Cell]:
        found: list[Cell] = json.loads(self.notebook)["cells"]
        return found

    @property
    def missing(self) -> list[str]:
        """The packages that it needs and a browser has not, as people call them."""
        stated = json.loads(self.notebook)["metadata"].get("unrolled", {}).get("packages", [])
        return [NAMES.get(name, name) for name in stated if name not in HERE]

    @property
    def title(self) -> str:
        found = TITLE.match(text_of(self.cells[0]))
        return found[1] if found else self.slug


def read_bundle(path: Path) -> Bundle:
    """Read `unrolled-<slug>.zip`.

    Raises:
        ValueError: it is no bundle of a release.
    """
    slug = path.stem.removeprefix(PREFIX)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}
        notebook = members.pop(f"{slug}.ipynb")
        wheel = members.pop(next(name for name in members if name.endswith(".whl")))
    except (zipfile.BadZipFile, KeyError, StopIteration) as error:
        raise ValueError(f"{path.name} is no bundle ({error!r}); run `make release`, then `make book`") from error
    files = {name: content for name, content in members.items() if name not in NOT_FOR_THE_PAGE}
    return Bundle(slug, path.read_bytes(), notebook, wheel, files)


def beside(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    """The files that a page loads, by their place in the site."""
    folder = f"{SOLVE}/{bundle.slug}"
    yield f"{folder}/{bundle.slug}.ipynb", bundle.notebook
    yield f"{folder}/{WHEEL}", bundle.wheel
    for name, content in bundle.files.items():
        yield f"{folder}/{name}", content
    yield f"{BUNDLES}/{PREFIX}{bundle.slug}.zip", bundle.content


def text_of(cell: Cell) -> str:
    """The source of a cell, which notebooks keep as a list of lines."""
    return "".join(cell["source"])


def page_of(bundle: Bundle, elsewhere: Mapping[str, str], highlight: Callable[[str], str]) -> str:
    """The body of an assignment's page.

    Args:
        elsewhere: where it can be opened otherwise: a name, and an address with `{assignment}` in it.
        highlight: gives the HTML of Python code.
    """
    first, *others = bundle.cells
    intro = {**first, "source": [TITLE.sub("", text_of(first), count=1)]}
    shown = [_cell(cell, bundle, highlight) for cell in (intro, *others)]
    links = _links(bundle, elsewhere)
    head = f"<h1>{escape(bundle.title)}</h1>"
    if bundle.missing:
        names = " and ".join(bundle.missing)
        verb = "does" if len(bundle.missing) == 1 else "do"
        why = (
            f"<p>This assignment needs {names}, which {verb} not run in a browser: "
            f"on this page it can only be read. Solve it on your own machine: {links}.</p>"
        )
        return f'{head}<div class="u-solve u-only-read"><div class="u-solve-panel">{why}</div>{"".join(shown)}</div>'
    folder = quote(bundle.slug)
    files = [f"{folder}/{quote(name)}" for name in bundle.files]
    data = {
        "assignment": bundle.slug,
        "release": bundle.release,
        "notebook": f"{folder}/{quote(bundle.slug)}.ipynb",
        "wheel": f"{folder}/{WHEEL}?{hashlib.sha256(bundle.wheel).hexdigest()[:12]}",
        "files": json.dumps(files),
    }
    attributes = " ".join(f'data-{name}="{escape(value)}"' for name, value in data.items())
    panel = PANEL.format(links=links)
    return (
        f'{head}<div class="u-solve" {attributes}>{panel}<div class="u-cells">{"".join(shown)}</div>{END}'
        f'<template data-type="code">{_editor("", "", "Your own code", added=True)}</template>'
        f'<template data-type="words">{_words("", "", "Your own words", added=True)}</template></div>'
    )


def not_released(slug: str) -> str:
    """The body of the page of an assignment that has no bundle."""
    return (
        f"<h1>Assignment {escape(slug)}</h1><p>This copy of the book was made without the assignment. Ask who gave "
        "it to you. (Instructors: <code>make release</code>, then <code>make book</code>.)</p>"
    )


PANEL = """<div class="u-solve-panel">
<p>Write, run and check it on this page: nothing to install, and nothing is sent anywhere. The first run loads Python,
about 15 MB. What you write is kept in this browser. At the end, download the notebook and hand it in.</p>
<p>Or work elsewhere: {links}. A downloaded notebook goes on there, and one from there goes on here.</p>
<p class="u-dead">Here it runs once this page is on a web server and may use JavaScript. In the book's folder, write
<code>python3 -m http.server</code>, and open <code>http://localhost:8000/</code>.</p>
<div class="u-solve-files u-when-alive" hidden><button type="button" data-do="download">Download my notebook</button>
<button type="button" data-do="open">Open my notebook</button>
<input type="file" accept=".ipynb,application/json" hidden>
<button type="button" data-do="erase">Erase my work</button></div>
<p class="u-kept" role="status"></p>
<div class="u-asked" role="alert" hidden></div>
</div>
<div class="u-solve-bar u-when-alive" role="group" aria-label="Python" hidden>
<button type="button" data-do="run-all">Run all</button><button type="button" data-do="stop" disabled>Stop</button>
<button type="button" data-do="restart">Restart</button>
<span class="u-python" role="status">Python starts with the first run</span></div>
"""
END = """<div class="u-solve-panel u-when-alive" hidden><p class="u-checked" role="status"></p>
<p>Before you hand in, press Restart, then Run all: so it runs for grading, from top to bottom.</p>
<div class="u-solve-files"><button type="button" data-do="download">Download my notebook</button></div></div>
"""


def _links(bundle: Bundle, elsewhere: Mapping[str, str]) -> str:
    size = round(len(bundle.content) / 1000)
    links = [f'<a href="../{BUNDLES}/{PREFIX}{quote(bundle.slug)}.zip">the bundle</a> ({size} kB)']
    for name, address in elsewhere.items():
        if address:
            links.append(f'<a href="{escape(address.format(assignment=bundle.slug))}">{escape(name)}</a>')
    return ", ".join(links)


def _cell(cell: Cell, bundle: Bundle, highlight: Callable[[str], str]) -> str:
    source, role, name = text_of(cell), cell["metadata"].get("nbgrader", {}), cell["id"]
    grade_id = role.get("grade_id", "")
    answer = role.get("solution") is True
    if cell["cell_type"] != "code":
        if answer and not bundle.missing:
            return _words(name, source, f"Your answer in words: {grade_id}")
        return f'<div class="u-cell u-text" data-cell="{escape(name)}">{_markdown(cell, bundle)}</div>'
    if (answer or not grade_id) and not bundle.missing:
        return _editor(name, source, f"Your answer: {grade_id}" if answer else "Your code")
    lines = source.split("\n")
    if all(line.startswith("#") for line in lines):  # what earns points is filled in at grading
        said = " ".join(line.lstrip("# ") for line in lines)
        return f'<p class="u-cell u-points" data-cell="{escape(name)}">{escape(said)}</p>'
    shown = highlight(source)
    if len(lines) > FOLDED and not answer:
        shown = f'<details class="u-fold"><summary>Its code, {len(lines)} lines</summary>{shown}</details>'
    bar = "" if bundle.missing else _bar("")
    return (
        f'<div class="u-cell u-locked" data-cell="{escape(name)}">{shown}{bar}'
        '<div class="u-cell-output" aria-live="polite"></div></div>'
    )


def _bar(more: str) -> str:
    return (
        '<div class="u-cell-bar u-when-alive"><span class="u-count" aria-hidden="true">[ ]</span>'
        f'<button type="button" data-do="run">Run</button>{more}<span class="u-note"></span></div>'
    )


ADD = '<button type="button" data-do="add">Add a cell below</button>'
REMOVE = '<button type="button" data-do="remove">Remove</button>'


def _editor(name: str, source: str, label: str, added: bool = False) -> str:
    return (
        f'<div class="u-cell u-open" data-cell="{escape(name)}"><textarea rows="{source.count(chr(10)) + 1}" '
        f'aria-label="{escape(label)}" autocapitalize="off" autocomplete="off" autocorrect="off" spellcheck="false" '
        f'wrap="off">\n{escape(source)}</textarea>{_bar(ADD + (REMOVE if added else ""))}'
        '<div class="u-cell-output" aria-live="polite"></div></div>'
    )


def _words(name: str, source: str, label: str, added: bool = False) -> str:
    bar = f'<div class="u-cell-bar u-when-alive">{ADD}{REMOVE if added else ""}<span class="u-note"></span></div>'
    return (
        f'<div class="u-cell u-open u-words" data-cell="{escape(name)}"><textarea rows="12" autocomplete="off" '
        f'aria-label="{escape(label)}">\n{escape(source)}</textarea>{bar}<div class="u-cell-output"></div></div>'
    )


def _markdown(cell: Cell, bundle: Bundle) -> str:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.use(dollarmath_plugin, renderer=_formula)
    tokens = reader.parse(text_of(cell))
    attachments = cell.get("attachments", {})
    for token in _all(tokens):
        if token.type == "image":
            token.attrs["src"] = _image(str(token.attrs["src"]), attachments, bundle)
    html = str(reader.renderer.render(tokens, reader.options, {}))
    for made, ours in MATHEMATICS:
        html = html.replace(made, ours)
    html = html.replace("<code>", '<code class="docutils literal notranslate">')
    return html.replace("<table>", '<div class="pst-scrollable-table-container"><table class="table">').replace(
        "</table>", "</table></div>"
    )


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def _formula(content: str, options: Mapping[str, Any]) -> str:
    # As Sphinx hands it to MathJax.
    return f"\\[{escape(content)}\\]" if options["display_mode"] else f"\\({escape(content)}\\)"


def _image(source: str, attachments: Mapping[str, Mapping[str, str]], bundle: Bundle) -> str:
    if source.startswith("attachment:"):
        for kind, content in attachments.get(source.removeprefix("attachment:"), {}).items():
            return f"data:{kind};base64,{content}"
    if source in bundle.files:
        return f"{quote(bundle.slug)}/{source}"
    return source


def digest(bundles: list[Bundle]) -> str:
    """A hash over all that the pages are made of."""
    total = hashlib.sha256()
    for bundle in bundles:
        total.update(f"{bundle.slug}\0{len(bundle.content)}\0".encode() + bundle.content)
    return base64.b16encode(total.digest()[:12]).decode()
