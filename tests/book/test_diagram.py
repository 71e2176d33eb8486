"""The `diagram` directive: unique ids, one step lit, and a clear error where something is missing."""

import re
import sys
from io import StringIO
from xml.etree import ElementTree

import pytest
from sphinx.application import Sphinx

from tests.places import ROOT

BOOK = ROOT / "book"
sys.path.insert(0, str(BOOK / "extensions"))

from diagram import inline_svg  # noqa: E402 (the path to it is set above)

FIGURES = sorted((BOOK / "figures").glob("*.svg"))
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><marker id="tip"/>
<g data-step="1"><path marker-end="url(#tip)" d="M0 0H1"/></g><g data-step="1 2"/>
<g class="u-base" data-step="2"/></svg>"""


def test_ids_and_their_uses_get_the_prefix():
    svg = inline_svg(SVG, "a cell", "d7")
    assert 'id="d7-tip"' in svg and "url(#d7-tip)" in svg


def test_only_the_groups_of_the_step_are_lit():
    svg = ElementTree.fromstring(inline_svg(SVG, "a cell", "d1", step="2"))
    classes = [g.get("class") for g in svg.iter("{http://www.w3.org/2000/svg}g")]
    assert classes == ["u-dim", "u-lit", "u-base u-lit"]
    assert svg.get("data-step") == "2"


def test_without_a_step_nothing_is_dimmed():
    assert "u-dim" not in inline_svg(SVG, "a cell", "d1")


def test_text_alternative_stands_on_the_image():
    svg = ElementTree.fromstring(inline_svg(SVG, 'a "cell" &\n more', "d1"))
    assert (svg.get("role"), svg.get("aria-label")) == ("img", 'a "cell" & more')


@pytest.mark.parametrize(("alt", "step", "message"), [("", None, ":alt:"), ("a cell", "9", "no step '9'.*1, 2")])
def test_what_is_missing_is_said(alt, step, message):
    with pytest.raises(ValueError, match=message):
        inline_svg(SVG, alt, "d1", step)


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_drawings_name_no_colour_and_fit_a_phone(path):
    source = path.read_text(encoding="utf-8")
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', source)) <= {"none", "currentColor"}
    width = float(ElementTree.fromstring(source).get("viewBox").split()[2])
    assert width <= 360


def build(tmp_path, page):
    """Build one page with the directive; return its HTML and Sphinx's warnings."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "cell.svg").write_text(SVG, encoding="utf-8")
    (source / "index.rst").write_text(page, encoding="utf-8")
    warnings = StringIO()
    app = Sphinx(
        source,
        None,
        tmp_path / "html",
        tmp_path / "doctrees",
        "html",
        confoverrides={"extensions": ["diagram"], "numfig": True},
        status=None,
        warning=warnings,
    )
    app.build()
    return (tmp_path / "html" / "index.html").read_text(encoding="utf-8"), warnings.getvalue()


def test_page_shows_numbered_caption_and_two_drawings_without_shared_ids(tmp_path):
    page = """Cell
====

See :numref:`fig-cell`.

.. diagram:: cell.svg
   :name: fig-cell
   :alt: the cell

   The *cell*.

.. diagram:: cell.svg
   :alt: the cell, step 1 lit
   :step: 1
"""
    html, warnings = build(tmp_path, page)
    assert not warnings
    assert "The <em>cell</em>." in html
    assert re.search(r'href="#fig-cell".*Fig\. 1', html)
    ids = re.findall(r'id="(d\d+-tip)"', html)
    assert len(ids) == len(set(ids)) == 2


def test_missing_drawing_is_an_error_that_names_it(tmp_path):
    _, warnings = build(tmp_path, "Cell\n====\n\n.. diagram:: absent.svg\n   :alt: x\n")
    assert "absent.svg" in warnings
