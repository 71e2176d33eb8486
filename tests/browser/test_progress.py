"""Quizzes and progress: by keyboard and thumb, kept in this browser, erasable; the page for lost readers."""

import json

import pytest

pytestmark = pytest.mark.slow

CHAPTER = "book/recurrence/bptt"
PHONE = 390
MARK = f".bd-links a[href$='{CHAPTER.split('/')[-1]}.html'] .u-progress, .bd-links a[href='#'] .u-progress"
KEPT = "() => JSON.parse(localStorage.getItem('unrolled-progress'))"
REFUSE = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('refused'); } });"


def test_an_answer_by_keyboard_is_kept_until_it_is_erased(address, new_visit):
    page = new_visit().open(f"{address}{CHAPTER}.html").page
    choice = page.locator(".u-choice").first
    choice.locator("summary").focus()
    page.keyboard.press("Enter")
    assert choice.evaluate("(e) => e.open") and choice.locator("p").first.is_visible()
    page.reload()
    kept = page.evaluate(KEPT)[CHAPTER]
    assert kept["answered"] == ["quiz-0"] and kept["asked"] == 3
    assert "1 of 3 questions answered" in page.locator(MARK).get_attribute("title")
    page.goto(f"{address}book/index.html")
    assert page.locator(".bd-article .u-progress").count() == 1
    page.get_by_role("button", name="Erase my progress").click()
    assert page.evaluate(KEPT) is None
    assert page.locator(".u-progress, .u-erase").count() == 0


def test_a_section_is_read_when_its_end_was_seen(address, new_visit):
    page = new_visit().open(f"{address}{CHAPTER}.html").page
    assert page.evaluate(KEPT) is None
    page.evaluate("document.querySelector('#summary').lastElementChild.scrollIntoView({block: 'end'})")
    page.wait_for_function("() => localStorage.getItem('unrolled-progress')?.includes('summary')")
    read = page.evaluate(KEPT)[CHAPTER]["read"]
    assert "references" not in read and len(read) < 5


def test_a_chapter_read_and_answered_is_marked_as_done(address, new_visit):
    visit = new_visit().open(f"{address}{CHAPTER}.html")
    sections = visit.page.locator(".bd-article > section > section").count()
    whole = {"read": [str(n) for n in range(sections)], "of": sections, "answered": ["a", "b", "c"], "asked": 3}
    visit.page.evaluate("(text) => localStorage.setItem('unrolled-progress', text)", json.dumps({CHAPTER: whole}))
    visit.page.reload()
    assert visit.page.locator(".bd-links .u-progress.u-done").count() == 1
    assert visit.problems == []


def test_nothing_of_it_breaks_where_the_browser_keeps_nothing(address, new_visit):
    visit = new_visit()
    errors = []
    visit.page.on("pageerror", lambda error: errors.append(error.stack or ""))
    visit.page.add_init_script(REFUSE)
    page = visit.open(f"{address}{CHAPTER}.html").page
    page.locator(".u-choice summary").first.click()
    assert page.locator(".u-choice p").first.is_visible()
    assert [error for error in errors if "progress.js" in error] == []


def test_choices_open_without_javascript_and_fit_a_thumb(address, browser):
    context = browser.new_context(viewport={"width": PHONE, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}{CHAPTER}.html")
    choices = page.locator(".u-choice summary, .u-needed summary")
    assert min(choices.nth(n).bounding_box()["height"] for n in range(choices.count())) >= 44
    page.locator(".u-choice summary").first.click()
    assert page.locator(".u-choice p").first.is_visible()
    context.close()


@pytest.mark.parametrize("lost", ["nowhere.html", "book/nowhere.html", "book/recurrence/deeper/nowhere.html"])
def test_a_lost_reader_finds_the_book_from_any_depth(address, site, new_visit, lost):
    page = new_visit().page
    body = (site / "404.html").read_text("utf-8")
    page.route(f"**/{lost}", lambda route: route.fulfill(status=404, content_type="text/html", body=body))
    page.goto(f"{address}{lost}")
    page.get_by_role("link", name="Sequences").click()
    page.wait_for_url(f"{address}book/recurrence/sequences.html")


def test_a_page_without_mathematics_shows_soon_on_4g(address, new_visit):
    page = new_visit(width=PHONE).page
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    # 9 Mbit/s, and 170 ms to the server and back. It does not compress; a real one does.
    speed = {"latency": 170, "downloadThroughput": 9e6 / 8, "uploadThroughput": 9e6 / 8, "offline": False}
    tools.send("Network.emulateNetworkConditions", speed)
    page.goto(f"{address}book/appendix/students.html", wait_until="load")
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 2000
