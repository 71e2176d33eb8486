"""The form of a page as a browser lays it out: code that fits, edges that show more, knobs for thumbs, folds."""

import pytest

pytestmark = pytest.mark.slow

PHONE, DESK = 390, 1200

CUT_CODE = """() => [...document.querySelectorAll("article .cell_input pre")]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText.slice(0, 120))"""

# Boxes whose content goes on beyond their edge, without a shadow there.
WITHOUT_SHADOW = """() => [...document.querySelectorAll("article *")]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
  .filter((e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && !e.closest("mjx-assistive-mml"))
  .filter((e) => !getComputedStyle(e).backgroundImage.includes("gradient")).map((e) => e.outerHTML.slice(0, 120))"""

# Rows of tables that scroll, whose first cell scrolls with them.
LOST_ROWS = """() => [...document.querySelectorAll("article table")].filter((table) => {
  const box = table.closest(".pst-scrollable-table-container, .cell_output .text_html") ?? table.parentElement;
  return table.checkVisibility() && box.scrollWidth > box.clientWidth + 1
    && getComputedStyle(table.querySelector("td")).position !== "sticky";
}).map((table) => table.outerHTML.slice(0, 120))"""

SMALL_KNOBS = """() => [...document.querySelectorAll("article :is(figure, .cell_output) :is(input, select, .u-knob)")]
  .map((e) => e.type === "radio" || e.type === "checkbox" ? e.closest("label") ?? e : e)
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
  .map((e) => e.outerHTML.slice(0, 120))"""

ODD_NUMBERS = """() => [...document.querySelectorAll("article span.pasted-text")]
  .filter((e) => getComputedStyle(e).fontWeight !== getComputedStyle(e.parentElement).fontWeight)
  .map((e) => e.outerHTML)"""

FOLDED = """() => document.querySelector("article details:not([open]) [id]:not(summary *)")?.id"""


def test_code_that_is_seen_fits_its_column(page_name, address, new_visit):
    page = new_visit(width=DESK).open(f"{address}{page_name}.html").page
    assert page.evaluate(CUT_CODE) == []


def test_what_goes_on_beyond_an_edge_shows_it_and_knobs_fit_a_thumb(page_name, address, new_visit):
    page = new_visit(width=PHONE).open(f"{address}{page_name}.html").page
    assert page.evaluate(SMALL_KNOBS) == []
    page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert page.evaluate(WITHOUT_SHADOW) == []
    assert page.evaluate(LOST_ROWS) == []


def test_numbers_from_the_run_look_like_the_text_around_them(visit):
    assert visit.page.evaluate(ODD_NUMBERS) == []


def test_a_link_to_what_is_folded_opens_it(visit, page_name, address, new_visit):
    if not (name := visit.page.evaluate(FOLDED)):
        return  # nothing is folded here
    page = new_visit().open(f"{address}{page_name}.html#{name}").page
    assert page.evaluate("(name) => document.getElementById(name).checkVisibility()", name)


def test_the_sites_own_chinese_is_there_for_who_has_no_such_font(address, new_visit):
    page = new_visit().open(f"{address}book/appendix/sources.html").page
    loaded = """async () => (await document.fonts.load('16px "Unrolled Chinese"', "门")).map((font) => font.status)"""
    assert page.evaluate(loaded) == ["loaded"]
