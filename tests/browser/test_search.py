"""The search: sections, equations, Chinese terms, words with one letter wrong; served and from a folder."""

import gzip

import pytest

from tests.browser.conftest import visits

pytestmark = pytest.mark.slow

BUDGET = 400_000  # bytes, compressed: what a first search loads
QUERIES = {
    "Reading the state out": ("2.5. Reading the state out", "book/recurrence/rnn-cell.html#reading-the-state-out"),
    "Eq. (2.4)": ("Eq. (2.4)", "book/recurrence/rnn-cell.html#equation-eq-rnn-step"),
    "rnn step equation": ("Eq. (2.4)", "book/recurrence/rnn-cell.html#equation-eq-rnn-step"),
    "遗忘门": ("遗忘门", "book/gates/lstm.html#term-input-gate"),
    "循环神经网洛": ("循环神经网络", ".html#term-"),
    "peephol conections": ("peephole connection", "book/gates/lstm.html#term-peephole-connection"),
    "vanishing gradeints": ("5. Vanishing and exploding gradients", "book/recurrence/vanishing.html#"),
}


@pytest.fixture(scope="module", params=["served", "folder"])
def opened(request, browser, address, site):
    """The landing page with its search dialog, opened by keyboard."""
    with visits(browser) as make:
        start = "book/index.html"
        visit = make().open(f"{address}{start}" if request.param == "served" else (site / start).as_uri())
        assert not [one for one in visit.requests if "search-index" in one]  # nothing before it is used
        visit.page.keyboard.press("Control+k")
        yield visit


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_asked_for_is_among_the_first(opened, query, address):
    title, place = QUERIES[query]
    opened.page.locator("#pst-search-dialog input").fill(query)
    opened.page.wait_for_function(
        "(title) => [...document.querySelectorAll('#pst-search-dialog .u-found a')].slice(0, 3)"
        ".some((link) => link.querySelector('.u-found-title').innerText.includes(title))",
        arg=title,
    )
    first = opened.page.locator("#pst-search-dialog .u-found a").evaluate_all("(links) => links.map((a) => a.href)")
    assert any(place in link for link in first[:3])
    assert opened.problems == []
    assert opened.outside_requests(address if opened.page.url.startswith("http") else "file://") == []


def test_what_is_nowhere_is_said(opened):
    opened.page.locator("#pst-search-dialog input").fill("zzyzx")
    opened.page.get_by_text("Nothing about “zzyzx”.").wait_for()


def test_formulas_in_results_are_drawn_and_arrows_lead_through_them(opened):
    page = opened.page
    page.locator("#pst-search-dialog input").fill("eq 2.4")
    page.locator("#pst-search-dialog .u-found li:first-child mjx-container").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.href").endswith("#equation-eq-rnn-step")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.name") == "q"


def test_enter_leads_to_the_page_of_all_results_and_a_result_to_its_place(new_visit, site):
    visit = new_visit(width=390).open((site / "book/index.html").as_uri())
    visit.page.keyboard.press("Control+k")
    visit.page.locator("#pst-search-dialog input").fill("kernel")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/search.html?q=kernel")
    results = visit.page.locator("article .u-found a")
    results.nth(20).wait_for()
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390
    claim = visit.page.locator("article input[name=q]")
    claim.fill("Penn Treebank")
    visit.page.locator('.u-found a[href*="#said-"]').first.click()
    visit.page.wait_for_url("**#said-*")
    assert visit.page.evaluate("document.getElementById(location.hash.slice(1)).open")
    assert visit.problems == []


def test_a_first_search_loads_little(site):
    files = [site / "_static/search-index.js", site / "_static/equations.js"]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < BUDGET
    assert not (site / "searchindex.js").exists()  # there is one search
