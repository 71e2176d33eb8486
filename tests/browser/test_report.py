"""The class report in a browser, from a folder: its own script under its strict policy, the keyboard, axe, a phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.autograde.reports.made_class import write_made_report
from tests.browser.conftest import visits
from tests.browser.test_accessible import AXE

pytestmark = pytest.mark.slow

SIZE = 240
ROWS = "#students tbody tr"


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    return write_made_report(tmp_path_factory.mktemp("report"), SIZE)


@pytest.fixture
def opened(browser, report) -> Iterator:
    with visits(browser) as make:
        yield lambda name, width=1300: make(width).open(report.with_name(f"{name}.html").as_uri())


def texts(page, column: int) -> list[str]:
    return page.locator(f"{ROWS} td:nth-child({column})").all_inner_texts()


def test_the_table_searches_filters_sorts_and_shows_more(opened):
    visit = opened("rnn-cell")
    page = visit.page
    assert page.locator(ROWS).count() == 100 and "240 of 240 students" in page.inner_text("#shown")
    page.get_by_role("button", name="Show more").click()
    assert page.locator(ROWS).count() == SIZE and page.locator("#more").is_hidden()
    page.get_by_label("Search").fill("<b>bob")
    assert {name.split()[0] for name in texts(page, 1)} == {"<b>Bob</b>"}
    page.get_by_label("Search").fill("")
    page.get_by_role("combobox", name="Section", exact=True).select_option("A")
    assert set(texts(page, 2)) == {"A"} and "120 of 240 students" in page.inner_text("#shown")
    page.get_by_role("button", name="Points").focus()
    page.keyboard.press("Enter")
    points = [float(text) for text in texts(page, 3) if text]
    assert points == sorted(points, reverse=True) and len({*points}) > 3
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Points")
    page.keyboard.press("Enter")
    upwards = [float(text) for text in texts(page, 3) if text]
    assert upwards == sorted(upwards) and len({*upwards}) > 3
    page.get_by_role("combobox", name="Section", exact=True).select_option("")
    page.locator("a[data-value=missing]").click()
    assert set(texts(page, 6)) == {"missing"} and page.locator(ROWS).count() == SIZE // 10
    assert visit.problems == [] and visit.outside_requests(page.url.rpartition("/")[0]) == []


def test_a_students_line_leads_to_the_feedback(opened):
    visit = opened("index")
    page = visit.page
    page.get_by_label("Search").fill("s00000")
    assert "late" in page.inner_text(ROWS)
    page.locator(f"{ROWS} a").click()
    assert page.title() == "Feedback" and visit.problems == []


@pytest.mark.parametrize("name", ["index", "rnn-cell"])
@pytest.mark.parametrize("width", [1300, 390])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(opened, name, width):
    page = opened(name, width).page
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width < 500:
        small = "(all) => all.filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).length"
        assert page.locator("input, select, #more, #students a").evaluate_all(small) == 0
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("axe.run().then((found) => found.violations.map((rule) => rule.id))")
        assert found == [], scheme


def test_foreign_scripts_do_not_run(opened):
    page = opened("rnn-cell").page
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = true'}))")
    assert page.evaluate("window.ran") is None
