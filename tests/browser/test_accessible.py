"""What keeps out readers who listen or use no mouse: axe's rules on all pages in both themes, a walk by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest

from tests.browser.conftest import book_pages

pytestmark = pytest.mark.slow

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TOGETHER = 2  # pages at a time, each in a process of the browser's
# MathJax's drawings are two thirds of a page's elements, and hidden from who listens: the MathML beside them is read.
PREPARE = """() => {
  document.querySelectorAll("mjx-math").forEach((drawing) => drawing.replaceChildren());
  document.querySelectorAll("details").forEach((fold) => { fold.open = true; });
}"""
UNHEARD = """() => [...document.querySelectorAll("mjx-container")].filter((formula) =>
  !formula.querySelector(":scope > mjx-assistive-mml > math")?.textContent.trim()).length"""
# All rules in the light, and in the dark those that colours decide; code in the dark is held to its colours by
# `test_text_has_contrast`, in a tenth of the time.
START = """() => {
  const run = async (theme, where, options) => {
    document.documentElement.dataset.theme = theme;
    const { violations } = await axe.run(where, { resultTypes: ["violations"], ...options });
    return violations.flatMap((rule) => rule.nodes.map((node) => `${theme}: ${rule.id}: ${node.html.slice(0, 160)}`));
  };
  window.finished = (async () => [
    ...await run("light", document, {}),
    ...await run("dark", { exclude: [["pre"]] }, { runOnly: ["color-contrast", "link-in-text-block"] }),
  ])();
}"""


@pytest.fixture(scope="module")
def findings(browser, address) -> dict[str, list[str]]:
    """What axe finds, page by page, and how many formulas cannot be heard."""
    found: dict[str, list[str]] = {}
    settings = {"viewport": {"width": 1200, "height": 900}, "reduced_motion": "reduce"}  # colours change at once
    contexts = [browser.new_context(**settings) for _ in range(TOGETHER)]
    tabs = [context.new_page() for context in contexts]
    names = book_pages()
    for at in range(0, len(names), TOGETHER):
        batch = list(zip(tabs, names[at : at + TOGETHER], strict=False))
        for tab, name in batch:
            tab.goto(f"{address}{name}.html")
            tab.evaluate("async () => { await window.MathJax?.startup?.promise; await document.fonts.ready; }")
            found[name] = [f"{many} formulas without MathML"] if (many := tab.evaluate(UNHEARD)) else []
            tab.evaluate(PREPARE)
            tab.evaluate(AXE)
            tab.evaluate(START)
        for tab, name in batch:
            found[name] += tab.evaluate("finished")
    for context in contexts:
        context.close()
    return found


def test_axe_finds_nothing_and_formulas_are_heard(findings, page_name):
    assert findings[page_name] == []


def test_axe_would_find_something(new_visit, address):
    page = new_visit().open(f"{address}search.html").page
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<a href=\"#\"></a>')")
    page.evaluate(AXE)
    page.evaluate(START)
    assert any("link-name" in one for one in page.evaluate("finished"))


FOCUSED = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1 || style.boxShadow !== "none";
  const words = [e.tagName, e.className, e.getAttribute("href"), e.innerText];
  const name = e.tagName === "BODY" ? "" : words.join(" ");
  return [name.slice(0, 120), ring, box.bottom > 0 && box.top < innerHeight];
}"""


def walk(page, steps: int) -> Iterator[tuple[str, bool, bool]]:
    """What has the focus, whether it shows, and whether it is in the window, after each press of Tab."""
    for _ in range(steps):
        page.keyboard.press("Tab")
        yield tuple(page.evaluate(FOCUSED))


def test_the_keyboard_alone_reaches_all_of_a_page_and_leaves_it(new_visit, address):
    page = new_visit().open(f"{address}book/recurrence/rnn-cell.html").page
    controls = """() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
      .filter((e) => e.checkVisibility({visibilityProperty: true}) && e.tabIndex >= 0 && !e.disabled).length"""
    many = page.evaluate(controls)
    seen = list(walk(page, many + 30))
    names = [name for name, _, _ in seen]
    end = names.index("")  # the focus leaves the page after its last control
    assert end >= 0.97 * many  # buttons of a group are one stop
    assert [name for name, ring, _ in seen[:end] if not ring] == []
    assert [name for name, _, in_window in seen[:end] if not in_window] == []
    for control in ("#main-content", "search-button", "theme-switch", "SUMMARY", "copybtn", "INPUT", "#equation-"):
        assert any(control in name for name in names), control


def test_the_keyboard_opens_folds_and_changes_the_theme(new_visit, address):
    page = new_visit().open(f"{address}book/recurrence/rnn-cell.html").page
    for fold in (".u-predict summary", ".u-checks > summary", ".sd-dropdown > summary"):
        page.locator(fold).first.focus()
        page.keyboard.press("Enter")
        assert page.locator("details:has(> summary:focus)").first.evaluate("(fold) => fold.open"), fold
    page.locator(".theme-switch-button:visible").focus()
    before = page.evaluate("document.documentElement.dataset.mode")
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.mode") != before


def test_what_scrolls_in_a_fold_can_be_reached_when_it_is_open(new_visit, address):
    page = new_visit(width=390).open(f"{address}book/recurrence/rnn-cell.html").page
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    page.wait_for_timeout(100)
    unreached = """() => [...document.querySelectorAll("details *")].filter((e) => e.scrollWidth > e.clientWidth + 1
      && ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.checkVisibility() && e.tabIndex < 0
      && !e.closest("mjx-assistive-mml")).map((e) => e.outerHTML.slice(0, 120))"""
    assert page.evaluate(unreached) == []
