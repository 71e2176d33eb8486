"""The extension `accessible`: what it mends of a page's markup, and what it leaves."""

import sys

from tests.places import ROOT

sys.path.insert(0, str(ROOT / "book" / "extensions"))

from accessible import mend


def mended(body: str) -> str:
    context = {"body": body}
    mend(None, "page", "page.html", context, None)
    return context["body"]


def test_a_reference_is_an_item_of_its_list():
    body = '<div role="list" class="citation-list"><div class="citation" id="id1" role="doc-biblioentry">A</div></div>'
    assert mended(body) == body.replace("doc-biblioentry", "listitem")


def test_an_empty_header_is_a_cell_and_others_stay():
    body = '<tr><th class="head"></th><th class="head"><p></p></th><th class="head"><p>cell</p></th></tr>'
    assert mended(body) == '<tr><td></td><td></td><th class="head"><p>cell</p></th></tr>'


def test_a_page_without_a_body_is_left_alone():
    context = {"title": "Search"}
    mend(None, "search", "search.html", context, None)
    assert context == {"title": "Search"}
