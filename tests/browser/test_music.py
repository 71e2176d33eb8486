"""Piano rolls on the page `music` are heard by keyboard, one at a time, and are a still without JavaScript."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def music(site):
    return (site / "book/applications/music.html").as_uri()


def test_one_piece_plays_at_a_time_and_stops(music, new_visit):
    visit = new_visit().open(music)
    first, second = visit.page.locator("#by-whom button").all()
    first.press("Enter")
    assert (first.inner_text(), second.inner_text()) == ("Stop", "Play")
    second.press("Enter")
    assert (first.inner_text(), second.inner_text()) == ("Play", "Stop")
    assert second.get_attribute("aria-label").startswith("Stop: Begun by Bach")
    assert visit.page.locator(".playing").count() == 1
    second.press("Enter")
    assert visit.page.locator(".playing").count() == 0 and second.inner_text() == "Play"
    assert min(second.bounding_box()["height"], second.bounding_box()["width"]) >= 44
    assert visit.problems == [] and visit.outside_requests("file://") == []


def test_the_line_moves_while_it_plays(music, new_visit):
    visit = new_visit().open(music)
    visit.page.locator("#by-whom button").first.press("Enter")
    moved = "document.querySelector('#by-whom .playing .now')?.getAttribute('transform')?.match(/[1-9]/)"
    visit.page.wait_for_function(moved)
    assert visit.problems == []
