"""What strangers wrote, on a page: text stays readable, markup stays text, and nothing takes long."""

import base64
import struct
import time
import zlib
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograde.reports.rendering import (
    ATTRIBUTES,
    CUT,
    LARGEST_EXTRA_OUTPUTS,
    LONGEST_EXTRA,
    LONGEST_SHOWN,
    TAGS,
    Harmless,
    code,
    harmless,
    is_png,
    markdown,
)
from tests.depth import examples


class Page(HTMLParser):
    """Collects the elements of a page as (name, attributes)."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def check_harmless(text: str) -> None:
    for tag, attributes in Page(text).found:
        assert tag in TAGS and set(attributes) <= ATTRIBUTES.get(tag, set())
        assert not (attributes.get("href") or "").lower().strip().startswith(("javascript", "data", "vbscript", "file"))


def test_markdown_keeps_its_meaning():
    html = markdown(
        "# Why\n\nBecause **so**, `x < 1`:\n\n- one\n- [two](https://example.org)\n\n$a_1 < b$\n\n| a |\n|---|\n| 1 |"
    )
    for part in (
        "<h1>Why</h1>",
        "<strong>so</strong>",
        "<code>x &lt; 1</code>",
        "<li>one</li>",
        "$a_1 &lt; b$",
        "<td>1</td>",
    ):
        assert part in html
    assert ("a", {"href": "https://example.org"}) in Page(html).found


def test_what_a_student_ticked_is_told_from_what_not():
    assert markdown("- [ ] vanishes\n- [X] explodes") == "<ul>\n<li>[ ] vanishes</li>\n<li>[x] explodes</li>\n</ul>\n"


ELEMENTS = ["<script>", "</script>", "<img src=x onerror=a()>", "<a/href='", "<style>", "<!--", "-->", "&lt;"]
MARKS = [
    "[x](javascript:a())",
    "![](data:text/html,x)",
    "`",
    "$",
    "$$",
    "- ",
    "> ",
    "|",
    "](",
    "\n\n",
    "```mermaid\n",
    "```\n",
]
PIECES = [*ELEMENTS, *MARKS, "\\begin{a}", "\x00"]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=12).map("".join)


@settings(max_examples=examples(200), deadline=2_000)
@given(texts)
def test_no_markdown_gives_other_than_plain_elements(text):
    check_harmless(markdown(text))


@settings(max_examples=examples(100), deadline=2_000)
@given(texts)
def test_no_code_gives_other_than_highlighting(text):
    assert {tag for tag, _ in Page(code(text)).found} <= {"div", "pre", "span"}


@pytest.mark.parametrize("piece", ["[", "\\begin{a}", "a.", "`a ", "$a ", "<a ", "*a ", "> ", "'", "- a\n "])
def test_no_text_takes_long(piece):
    text = piece * (200_000 // len(piece))
    began = time.process_time()
    for render in (markdown, code):
        render(text)
        render(text[:10_000])
    assert time.process_time() - began < 20


def png(width: int, height: int) -> str:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IEND", b"")).decode()


def test_only_png_images_of_bearable_size_are_images():
    assert is_png(png(640, 480)) and is_png(png(640, 480) + "\n")
    for image in (
        png(60_000, 60_000),
        '" onerror="x',
        base64.b64encode(b"<svg onload=x>").decode(),
        "",
        "A" * 5_000_000,
    ):
        assert not is_png(image)


def test_outputs_are_reduced_to_text_and_images():
    rich = {"text/html": "<b>", "application/javascript": "x", "text/plain": ["a", "b"]}
    outputs = [
        new_output("display_data", data=rich, metadata={"x": 1}),
        new_output("execute_result", data={"image/png": png(1, 1), "text/plain": "figure"}),
        new_output("stream", text="x" * (LONGEST_SHOWN + 1)),
    ]
    first, second, third = harmless(outputs)
    assert first.data == {"text/plain": "ab"} and first.metadata == {}
    assert list(second.data) == ["image/png"]
    assert third.text == "x" * LONGEST_SHOWN + CUT


def test_outputs_of_extra_cells_are_cut():
    cells = [new_code_cell("print()", id=f"extra-1-{number}") for number in range(400)]
    for cell in cells:
        cell.outputs = [new_output("stream", text="x" * 50_000)] * 2
    notebook, _ = Harmless().preprocess(new_notebook(cells=cells), {})
    total = sum(len(output.text) for cell in notebook.cells for output in cell.outputs)
    assert LARGEST_EXTRA_OUTPUTS // 2 < total < LARGEST_EXTRA_OUTPUTS + 10_000


def test_extra_cells_are_cut_and_answers_are_not():
    answer = new_markdown_cell("y" * 30_000, id="why")
    extra = [new_code_cell("x" * 150_000, id=f"extra-1-{number}") for number in range(3)]
    notebook, resources = Harmless().preprocess(new_notebook(cells=[*extra, answer]), {"student": "<b>", "index": 1})
    assert [len(cell.source.removesuffix(CUT)) for cell in notebook.cells] == [
        150_000,
        LONGEST_EXTRA - 150_000,
        0,
        30_000,
    ]
    assert resources == {"student": "&lt;b&gt;", "index": 1}
