"""Shows what strangers wrote and what their code put out, on feedback pages and in formgrader, as text and images only.

Markup of theirs is shown, never obeyed; nothing is fetched; and no text takes long to render.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import Any

import nh3
from IPython.lib.lexers import IPython3Lexer
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograde.course.cells import grade_id
from autograde.course.folder import Course
from autograde.course.policy import EXTRA_CELL
from autograde.course.rubric import for_the_grader, rubrics_in

LONGEST_RENDERED = 10_000  # characters; mistune and Pygments take time by the square of some texts
LONGEST_SHOWN = 50_000  # characters of one cell or output
LONGEST_EXTRA = 200_000  # characters of all the cells that a student added
LARGEST_EXTRA_OUTPUTS = 10_000_000  # characters of what they put out, figures included
CUT = "\n[cut here]"
TAGS = {
    *("a", "abbr", "acronym", "b", "blockquote", "code", "em", "i", "li", "ol", "strong", "ul"),
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "div", "span", "del", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
# The classes are those of highlighted code; "*" is for every tag, where nh3 would leave title and lang.
ATTRIBUTES: dict[str, set[str]] = {"a": {"href", "title"}, "div": {"class"}, "span": {"class"}, "*": set()}
SCHEMES = {"http", "https", "mailto"}
PNG = b"\x89PNG\r\n\x1a\n"
LARGEST_IMAGE = 4_000_000  # characters of base64
MOST_PIXELS = 25_000_000  # a small file can unpack to more than a browser holds
NAMES = ("student", "first_name", "last_name", "notebook_path")  # of what formgrader puts into the page as it is


KEPT = 500  # highlighted texts: a whole class leaves the same cells as they were, and has the same one right line
# IPython's takes half as long again, and reads `a %b` as a magic command.
PYTHON, IPYTHON = PythonLexer(), IPython3Lexer()
MAGIC = re.compile(r"^\s*[%!?]|\?\s*$", re.MULTILINE)
FORMATTER = HtmlFormatter(cssclass=" highlight hl-ipython3")  # as nbconvert's pages have it


class _Plain(IPythonRenderer):
    # Images would be fetched or looked up, Mermaid would be a script's business.
    def image(self, text: str, url: str, title: str | None = None) -> str:
        return f"[image: {escape(text or url)}]"

    def block_mermaidjs(self, code: str) -> str:
        return f"<pre>{escape(code)}</pre>"

    def task_list_item(self, text: str, checked: bool = False) -> str:
        # As it was written; the plugin's boxes are input elements, which do not stay.
        return f"<li>[{'x' if checked else ' '}] {text}</li>\n"


def markdown(text: str) -> str:
    """Markdown as HTML without scripts, images, styles or raw HTML; long texts as they were written."""
    if len(text) > LONGEST_RENDERED:
        return f"<pre>{escape(shown(text))}</pre>"
    html = _markdown().render(text)
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None)


@cache
def _markdown() -> MarkdownWithMath:
    return MarkdownWithMath(renderer=_Plain(escape=True, allow_harmful_protocols=False, exclude_anchor_links=True))


def code(text: str, **options: Any) -> str:
    """Python code as HTML, highlighted unless it is long.

    Args:
        options: what nbconvert's templates pass to a highlighter (`metadata`, `language`); not used.
    """
    if len(text) > LONGEST_RENDERED:
        return f'<div class="highlight"><pre>{escape(shown(text))}</pre></div>'
    return _highlighted(text or " ")


@lru_cache(maxsize=KEPT)
def _highlighted(text: str) -> str:
    return highlight(text, IPYTHON if MAGIC.search(text) else PYTHON, FORMATTER)


def shown(text: str) -> str:
    """A text cut to what a page can carry."""
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + CUT


def harmless(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs reduced to text and PNG images, without metadata."""
    return [_harmless(output) for output in outputs]


def _harmless(output: NotebookNode) -> NotebookNode:
    # Made by hand: nbformat's `new_output` holds each against a schema, which takes longer than all the rest of a page.
    kind = output.output_type
    if kind == "stream":
        return NotebookNode(output_type=kind, name=output.name, text=shown(_text(output.text)))
    if kind == "error":
        lines = shown("\n".join(map(_text, output.traceback))).split("\n")
        return NotebookNode(output_type=kind, ename=output.ename, evalue=shown(output.evalue), traceback=lines)
    return NotebookNode(output_type="display_data", metadata=NotebookNode(), data=_data(output.get("data", {})))


def _data(data: dict[str, Any]) -> NotebookNode:
    image = data.get("image/png")
    if isinstance(image, str) and is_png(image):
        return NotebookNode({"image/png": image})
    return NotebookNode({"text/plain": shown(_text(data.get("text/plain", "")))})


def is_png(image: str) -> bool:
    """Whether a text is the base64 form of a PNG image of bearable size."""
    if len(image) > LARGEST_IMAGE:
        return False
    try:
        raw = base64.b64decode("".join(image.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    size = int.from_bytes(raw[16:20], "big") * int.from_bytes(raw[20:24], "big")
    return raw.startswith(PNG) and size <= MOST_PIXELS


def shorten_extra_cells(notebook: NotebookNode) -> None:
    """Cut what a student added to the notebook, and what it put out, to a length that a page can carry. Graded cells
    stay."""
    room, room_for_outputs = LONGEST_EXTRA, LARGEST_EXTRA_OUTPUTS
    for cell in notebook.cells:
        if not cell.get("id", "").startswith(EXTRA_CELL):
            continue
        if len(cell.source) > room:
            cell.source = cell.source[:room] + CUT
        room = max(0, room - len(cell.source))
        outputs = cell.get("outputs", [])
        for index, output in enumerate(outputs):
            room_for_outputs -= len(str(output))
            if room_for_outputs < 0:
                cell.outputs = [*outputs[:index], new_output("stream", text=CUT)]
                break


def _text(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value)


def _show_rubrics(nb: NotebookNode, resources: dict) -> None:
    # What formgrader shows lies in autograded/<student>/<assignment>/ of the course.
    folder = Path(resources.get("metadata", {}).get("path") or ".").absolute()
    if len(folder.parents) < 3 or folder.parents[1].name != "autograded":
        return
    rubrics = rubrics_in(Course(folder.parents[2]).source_notebook(folder.name))
    for at, cell in reversed([*enumerate(nb.cells)]):
        if rubric := rubrics.get(grade_id(cell)):
            nb.cells.insert(at, new_markdown_cell(for_the_grader(rubric)))


class Harmless(NbGraderPreprocessor):
    """For formgrader's exporter: outputs as text and images, names as text, the rubric above what it is for."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        _show_rubrics(nb, resources)
        shorten_extra_cells(nb)
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = harmless(cell.outputs)
            elif cell.cell_type == "raw":
                cell.cell_type = "markdown"
            cell.pop("attachments", None)
        for name in NAMES:
            if resources.get(name):
                resources[name] = escape(str(resources[name]))
        return nb, resources
