"""The site opened from a folder, without any server: it reads, calculates its formulas, and searches."""

import pytest

pytestmark = pytest.mark.slow


def test_page_works_from_a_folder(page_name, site, new_visit):
    source = site / f"{page_name}.html"
    visit = new_visit().open(source.as_uri(), idle=True)
    assert visit.outside_requests("file://") == []
    assert visit.problems == []
    unrendered = visit.page.locator(".math:not(:has(mjx-container))")
    assert unrendered.count() == 0


@pytest.mark.parametrize("word", ["hidden", "notebook"])
def test_search_finds_words_from_a_folder(word, site, new_visit):
    visit = new_visit().open(f"{(site / 'search.html').as_uri()}?q={word}")
    visit.page.wait_for_selector("#search-results ul.search li")
    assert visit.problems == []


def test_search_shows_excerpts_when_served(address, new_visit):
    visit = new_visit().open(f"{address}search.html?q=notebook")
    visit.page.wait_for_selector("#search-results ul.search li p.context")
    assert visit.problems == []
