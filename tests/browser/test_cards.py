"""What a link shows where it stands: an equation of this page or another, a citation, a term."""

import pytest

pytestmark = pytest.mark.slow

PHONE = 390
PAGE = "book/gates/lstm-backward"
HERE, ELSEWHERE = 'article p > a[href^="#equation-"]', 'article p > a[href*=".html#equation-"]'
CITATION, TERM = '.bibtex-citation a[href^="#"]', "article p a.u-term"
KINDS = {HERE: "mjx-container", ELSEWHERE: "mjx-container", CITATION: ".citation", TERM: ".u-card-chinese"}


@pytest.fixture(params=["served", "folder"])
def opened(request, new_visit, address, site):
    """A page with all kinds of links, served and opened from its folder."""
    place = f"{address}{PAGE}.html" if request.param == "served" else (site / f"{PAGE}.html").as_uri()
    return new_visit().open(place)


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_comes_with_the_pointer_and_with_the_focus(opened, kind):
    page = opened.page
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


def test_nothing_is_loaded_before_a_card_needs_it(opened, address):
    page = opened.page
    assert not [one for one in opened.requests if "equations.js" in one]
    page.locator(ELSEWHERE).first.hover()
    page.locator("#u-card mjx-container").first.wait_for()
    assert len([one for one in opened.requests if "equations.js" in one]) == 1
    assert opened.outside_requests(address if page.url.startswith("http") else "file://") == []


def test_the_card_shows_the_equation_that_the_page_shows(opened):
    page = opened.page
    link = page.locator(HERE).first
    link.hover()
    page.locator("#u-card mjx-container").wait_for()
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
        page.locator("h1").tap()
        assert page.locator("#u-card").is_hidden()
    target = page.locator(TERM).first.get_attribute("href")
    page.locator(TERM).first.tap()
    page.locator("#u-card").wait_for()
    page.locator(TERM).first.tap()
    page.wait_for_url(f"**{target}")
    assert page.evaluate("document.getElementById(location.hash.slice(1)).checkVisibility()")  # its fold has opened
    context.close()


def test_terms_lead_to_their_rows(visit):
    links = visit.page.locator("a.u-term").evaluate_all("(links) => links.map((link) => [link.hash, link.innerText])")
    assert len({target for target, _ in links}) == len(links)  # the first use only
    for target, words in links:
        row = visit.page.evaluate("(name) => document.getElementById(name).textContent.toLowerCase()", target[1:])
        assert words.lower() in row or words.lower().removesuffix("s") in row
