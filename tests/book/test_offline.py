"""The extension `offline`: what it takes off the built pages, and what it leaves."""

import re
import sys
from html import unescape
from types import SimpleNamespace

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book" / "extensions"))

from offline import drop_idle_scripts, name_styles, unmark_plain_code

CODE = '''\
def step(x, h):  # one step
    """Say what it does."""
    if h is None and x < 0.5:
        return np.tanh(x @ W[0] + 12), f"{h:.2f} & <b>"
'''
MARK = re.compile(r'<span class="(\w+)">([^<]+)</span>')


@pytest.fixture
def marked() -> str:
    """The code as the page's highlighter gives it out."""
    return highlight(CODE, PythonLexer(), HtmlFormatter())


def unmarked(body: str) -> str:
    context = {"body": body}
    unmark_plain_code(None, "page", "page.html", context, None)
    return context["body"]


def text(body: str) -> str:
    return unescape(re.sub("<[^>]+>", "", body))


def test_names_signs_and_numbers_lose_their_marks(marked):
    before, after = (set(MARK.findall(body)) for body in (marked, unmarked(marked)))
    plain = {("n", "tanh"), ("p", "["), ("o", "@"), ("mi", "12"), ("mf", "0.5"), ("w", "    ")}
    assert plain <= before
    assert {kind for kind, _ in after}.isdisjoint({"n", "p", "o", "mi", "mf", "w"})


def test_keywords_texts_and_comments_keep_theirs(marked):
    after = {found for found in MARK.findall(unmarked(marked)) if not found[1].isspace()}
    kept = {("k", "def"), ("k", "return"), ("ow", "is"), ("kc", "None"), ("nf", "step"), ("c1", "# one step")}
    assert kept <= after
    assert {kind for kind, _ in after} >= {"sd", "sa", "s2", "si"}


def test_text_stays(marked):
    assert text(unmarked(marked)) == text(marked)
    assert text(marked).strip() == CODE.strip()
    assert len(unmarked(marked)) < 0.6 * len(marked)


def test_other_spans_stay():
    body = '<p><span class="math">n</span> <span class="n extra">x</span> <span class="p"><b>y</b></span></p>'
    assert unmarked(body) == body


def test_page_without_a_body_is_left_alone():
    context = {"title": "Search"}
    unmark_plain_code(None, "search", "search.html", context, None)
    assert context == {"title": "Search"}


DOT = '<use href="#m" x="{}" y="1" style="fill: red"/>'


def named(body: str) -> str:
    context = {"body": body}
    name_styles(None, "page", "page.html", context, None)
    return context["body"]


def test_a_style_that_stands_often_in_drawings_stands_once():
    drawing = "<svg>" + "".join(DOT.format(x) for x in range(3)) + '<path style="fill: blue" d="M0 0"/></svg>'
    page = named(f'<p style="fill: red">Words.</p>{drawing}')
    assert page.count("fill: red") == 2 and ".bd-article .d0{fill: red}" in page
    assert page.count('class="d0"') == 3 and '<use href="#m" x="1" y="1" class="d0"/>' in page
    assert '<p style="fill: red">' in page and '<path style="fill: blue" d="M0 0"/>' in page


def test_what_has_a_class_keeps_its_style():
    drawing = "<svg>" + 3 * '<g class="a" style="fill: red"></g>' + "</svg>"
    assert named(drawing) == drawing


SCRIPTS = ("run.js", "mathjax/startup.js", "design-tabs.js", "sphinx_highlight.js")


@pytest.mark.parametrize(
    ("body", "loaded"),
    [
        ("<p>plain</p>", {"run.js"}),
        ('<span class="math notranslate">x</span>', {"run.js", "mathjax/startup.js"}),
        ('<div class="sd-tab-set"></div>', {"run.js", "design-tabs.js"}),
    ],
)
def test_a_page_loads_what_it_has_a_use_for(body, loaded):
    settings = SimpleNamespace(filename=None, attributes={"body": "window.MathJax = {}"})
    scripts = [settings, *(SimpleNamespace(filename=f"_static/{name}", attributes={}) for name in SCRIPTS)]
    context = {"body": body, "script_files": scripts}
    drop_idle_scripts(None, "page", "page.html", context, None)
    left = {script.filename.removeprefix("_static/") for script in context["script_files"] if script.filename}
    assert left == loaded
    assert (settings in context["script_files"]) == ("math" in body)
