"""Every page of the built site as a reader's browser sees it: complete, self-contained, readable on a phone.

A page is opened twice, wide and on a phone, for all of its tests: drawing its mathematics takes the time.
"""

import re

import pytest
from bs4 import BeautifulSoup

from tests.browser import looks
from tests.browser.conftest import visits

pytestmark = pytest.mark.slow

PAGE_WEIGHT_LIMIT = 2_500_000
COMPRESSED_LIMIT = 700_000
BLOCKING_LIMIT = 6  # a browser fetches so many at a time: all come in one round trip after the page
PHONE_WIDTH, DESK_WIDTH = 390, 1200
FOLDED = "article details:not([open]) [id]"


@pytest.fixture(scope="module")
def folded(page_name, site) -> str:
    """The id of the first thing on the page that is folded; empty where there is none."""
    article = BeautifulSoup((site / f"{page_name}.html").read_text("utf-8"), "html.parser")
    inside = (one for one in article.select(FOLDED) if one.find_parent("summary") is None)
    return next((one["id"] for one in inside), "")


@pytest.fixture(scope="module")
def phone(browser, address, page_name, folded):
    """The page as served, on a phone, entered by a link to what is folded."""
    with visits(browser) as make:
        yield make(width=PHONE_WIDTH).open(f"{address}{page_name}.html#{folded}").page


def test_page_loads_whole_and_asks_nobody_else(visit, address):
    assert visit.outside_requests(address) == []
    assert visit.problems == []
    assert visit.weight() < PAGE_WEIGHT_LIMIT
    assert visit.compressed() < COMPRESSED_LIMIT


def test_first_words_wait_for_few_requests(visit):
    blocking = """() => performance.getEntriesByType("resource")
        .filter((one) => one.renderBlockingStatus === "blocking").map((one) => one.name)"""
    assert len(visit.page.evaluate(blocking)) <= BLOCKING_LIMIT


def test_mathjax_comes_only_where_there_is_mathematics(visit, page_name, site):
    source = (site / f"{page_name}.html").read_text(encoding="utf-8")
    formulas = 'class="math' in source or "math notranslate" in source
    assert any("/mathjax/" in url for url in visit.requests) == formulas


def test_mathematics_is_rendered(visit, page_name, site):
    source = (site / f"{page_name}.html").read_text(encoding="utf-8")
    formulas = len(re.findall(r'class="(?:[^"]* )?math notranslate', source))
    assert visit.page.locator(".math > mjx-container").count() == formulas
    assert visit.page.locator("mjx-merror, [data-mjx-error]").count() == 0
    assert "???" not in visit.page.locator("main").inner_text()


def test_page_has_landmarks_and_a_skip_link(visit, page_name):
    page = visit.page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1:visible").count() == 1
    assert page.locator("main").count() == 1
    assert page.locator("nav").count() >= 1
    if page_name != "search":  # there the cursor waits in the search field
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"


def test_images_have_a_text_alternative(visit):
    assert visit.page.evaluate(looks.WITHOUT_ALTERNATIVE) == []


def test_numbers_from_the_run_look_like_the_text_around_them(visit):
    assert visit.page.evaluate(looks.ODD_NUMBERS) == []


def test_code_that_is_seen_fits_its_column(visit):
    visit.page.set_viewport_size({"width": DESK_WIDTH, "height": 900})
    assert visit.page.evaluate(looks.CUT_CODE) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_contrast(visit, theme):
    page = visit.page
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
    page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert page.evaluate(looks.LOW_CONTRAST) == []


def test_a_link_to_what_is_folded_opens_it(phone, folded):
    if folded:
        assert phone.evaluate("(name) => document.getElementById(name).checkVisibility()", folded)


def test_no_sideways_scrolling_on_a_phone(phone):
    assert phone.evaluate(looks.OVERFLOWING) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH


def test_no_line_begins_with_the_sign_behind_a_formula(phone):
    assert phone.evaluate(looks.TORN_OFF) == []


def test_what_goes_on_beyond_an_edge_shows_it_and_knobs_fit_a_thumb(phone):
    assert phone.evaluate(looks.SMALL_KNOBS) == []
    phone.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert phone.evaluate(looks.WITHOUT_SHADOW) == []
    assert phone.evaluate(looks.LOST_ROWS) == []


def test_wide_equation_can_be_scrolled_with_the_keyboard(address, new_visit):
    page = new_visit(width=PHONE_WIDTH).open(f"{address}book/appendix/notation.html").page
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<div class=\"math\"></div>')")
    focusable = page.evaluate(
        """async () => {
          const box = document.querySelector("article > .math:last-child");
          box.textContent = "\\\\[" + "x + ".repeat(80) + "x\\\\]";
          await MathJax.typesetPromise([box]);
          dispatchEvent(new Event("resize"));
          return box.firstElementChild.tabIndex;
        }"""
    )
    assert focusable == 0


def test_first_page_leads_to_the_landing_page(address, new_visit):
    visit = new_visit()
    visit.page.goto(f"{address}index.html")
    visit.page.wait_for_url("**/book/index.html")
    assert visit.page.title() != ""


def test_the_sites_own_chinese_is_there_for_who_has_no_such_font(address, new_visit):
    page = new_visit().open(f"{address}book/appendix/sources.html").page
    loaded = """async (text) =>
        (await document.fonts.load('16px "Unrolled Chinese"', text)).map((font) => font.status)"""
    assert page.evaluate(loaded, "门") == ["loaded"]
    assert page.evaluate(loaded, "A") == []
