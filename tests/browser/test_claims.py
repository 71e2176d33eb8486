"""The table of all claims: each verdict is the one of the block that it leads to, and a filter by keyboard."""

import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.slow

PAGE = "book/practice/claims.html"


def test_each_row_has_the_verdict_of_the_block_that_it_leads_to(site):
    pages = {}
    rows = BeautifulSoup((site / PAGE).read_text("utf-8"), "html.parser").select("table.u-verdicts tbody tr")
    assert len(rows) > 100
    for row in rows:
        number, link = row.td.get_text().strip(), row.select_one(".u-place a")
        assert link, f"{number} has no verdict"
        place, _, anchor = link["href"].partition("#")
        path = (site / PAGE).parent / place if place else site / PAGE
        page = pages.setdefault(path, BeautifulSoup(path.read_text("utf-8"), "html.parser"))
        block = page.find(id=anchor)
        assert row.select_one(".u-verdict").text == block.select_one("summary .u-verdict").text, number
        assert number in [one.get_text() for one in block.select(".u-source a")], number


def test_the_filter_leaves_what_fits_and_tells_how_many(site, new_visit):
    visit = new_visit().open((site / PAGE).as_uri())
    page, seen = visit.page, "table.u-verdicts tbody tr:not([hidden])"
    every = page.locator(seen).count()
    page.locator("form.u-filter [name=verdict]").select_option("false")
    page.locator("form.u-filter [name=article]").select_option("003")
    assert set(page.locator(f"{seen} .u-verdict").all_text_contents()) == {"false"}
    assert all(number.startswith("003-") for number in page.locator(f"{seen} td:first-child").all_text_contents())
    page.locator("form.u-filter [name=words]").press_sequentially("printed equation")
    assert [text.strip() for text in page.locator(f"{seen} td:first-child").all_text_contents()] == ["003-6"]
    assert page.locator(".u-filtered").text_content() == f"1 of {every} claims"
    page.locator("form.u-filter button").press("Enter")
    page.wait_for_function(f"document.querySelectorAll('{seen}').length === {every}")
    assert visit.problems == [] and visit.outside_requests("file://") == []
