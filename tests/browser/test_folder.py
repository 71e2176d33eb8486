"""The site opened from a folder, without any server: it reads, and calculates its formulas."""

import pytest

pytestmark = pytest.mark.slow


def test_page_works_from_a_folder(page_name, site, new_visit):
    source = site / f"{page_name}.html"
    visit = new_visit().open(source.as_uri(), idle=True)
    assert visit.outside_requests("file://") == []
    assert visit.problems == []
    unrendered = visit.page.locator(".math:not(:has(mjx-container))")
    assert unrendered.count() == 0
