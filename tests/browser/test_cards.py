"""What a link shows where it stands: an equation of this page or another, a citation, a term."""

import pytest

from tests.browser.conftest import visits
from tests.browser.test_links import soup_of

pytestmark = pytest.mark.slow

PHONE = 390
PAGE = "book/gates/lstm-backward"
HERE, ELSEWHERE = 'article p > a[href^="#equation-"]:visible', 'article p > a[href*=".html#equation-"]:visible'
CITATION, TERM = '.bibtex-citation a[href^="#"]:visible', "article p a.u-term:visible"
SECTION, CHAPTER = 'article a.internal[href="#what-it-means"]:visible', "article p a.internal:has(.std-doc):visible"
KINDS = {
    HERE: "mjx-container",
    ELSEWHERE: "mjx-container",
    CITATION: ".citation",
    TERM: ".u-card-chinese",
    SECTION: ".u-card-place + .u-card-term + .u-card-opening",
    CHAPTER: ".u-card-term + .u-card-opening",
}


@pytest.fixture(scope="module", params=["served", "folder"])
def opened(request, browser, address, site):
    """A page with all kinds of links, served and opened from its folder."""
    with visits(browser) as make:
        visit = make().open(f"{address}{PAGE}.html" if request.param == "served" else (site / f"{PAGE}.html").as_uri())
        assert not [one for one in visit.requests if "equations.js" in one]  # nothing before a card needs it
        yield visit


@pytest.fixture
def page(opened):
    """The page with no card shown."""
    opened.page.mouse.move(1, 1)
    opened.page.evaluate("document.activeElement.blur()")
    opened.page.keyboard.press("Escape")
    return opened.page


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_comes_with_the_pointer_and_with_the_focus(page, opened, kind):
    card, link = page.locator("#u-card"), page.locator(kind).first
    link.hover()
    card.locator(KINDS[kind]).first.wait_for()
    assert link.get_attribute("aria-describedby") == "u-card"
    card.hover()  # it stays under the pointer
    page.wait_for_timeout(400)
    assert card.is_visible()
    page.keyboard.press("Escape")
    assert card.is_hidden()
    page.mouse.move(1, 1)
    link.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    card.locator(KINDS[kind]).first.wait_for()
    page.keyboard.press("Tab")
    assert not link.get_attribute("aria-describedby")
    assert opened.problems == []


def test_equations_of_other_pages_are_loaded_once_and_from_the_site(page, opened, address):
    for at in range(2):
        page.mouse.move(1, 1)
        page.locator(ELSEWHERE).nth(at).hover()
        page.locator("#u-card .u-card-place").wait_for()
    assert len([one for one in opened.requests if "equations.js" in one]) == 1
    assert opened.outside_requests(address if page.url.startswith("http") else "file://") == []


def test_the_card_shows_the_equation_that_the_page_shows(page):
    link = page.locator(HERE).first
    link.hover()
    page.locator("#u-card div.math:not(.u-card-place + *) mjx-container").wait_for()
    drawn = "(e) => e.querySelector('math').outerHTML"
    target = page.locator(f'[id="{link.get_attribute("href")[1:]}"]')
    assert page.locator("#u-card mjx-container").evaluate(drawn) == target.locator("mjx-container").evaluate(drawn)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_first_tap_shows_and_a_second_follows(browser, address, theme):
    context = browser.new_context(
        viewport={"width": PHONE, "height": 800}, has_touch=True, is_mobile=True, color_scheme=theme
    )
    page = context.new_page()
    page.goto(f"{address}{PAGE}.html")
    page.evaluate("async () => { await window.MathJax?.startup?.promise; }")
    for kind, what in KINDS.items():
        link = page.locator(kind).first
        link.tap()
        page.locator(f"#u-card {what}").first.wait_for()
        box = page.locator("#u-card").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        assert "#" not in page.url
        page.locator("article h1").tap()
        assert page.locator("#u-card").is_hidden()
    target = page.locator(TERM).first.get_attribute("href")
    page.locator(TERM).first.tap()
    page.locator("#u-card").wait_for()
    page.locator(TERM).first.tap()
    page.wait_for_url(f"**{target}")
    assert page.evaluate("document.getElementById(location.hash.slice(1)).checkVisibility()")  # its fold has opened
    context.close()


def test_the_card_of_a_figure_shows_it(browser, address):
    with visits(browser) as make:
        page = make().open(f"{address}book/recurrence/sequences.html").page
        page.locator('article a.internal[href="#fig-apple"]').first.hover()
        page.locator("#u-card figure figcaption").wait_for()
        assert page.locator("#u-card figure :is(img, svg)").first.bounding_box()["width"] > 100


def test_terms_lead_to_their_rows(page_name, site):
    soup = soup_of(site / f"{page_name}.html")
    links = soup.select("a.u-term")
    assert len({link["href"] for link in links}) == len(links)  # the first use only
    assert links or not soup.select("tr[id^=term-]")
    for link in links:
        words, row = link.get_text().lower(), soup.find(id=link["href"][1:]).get_text().lower()
        assert words in row or words.removesuffix("s") in row
