"""Every page of the built site as a reader's browser sees it: complete, self-contained, readable on a phone."""

import re

import pytest

pytestmark = pytest.mark.slow

PAGE_WEIGHT_LIMIT = 2_500_000
COMPRESSED_LIMIT = 700_000
PHONE_WIDTH = 390
TORN_OFF = """() => [...document.querySelectorAll("span.math")].filter((formula) => {
  const text = formula.nextSibling;
  if (text?.nodeType !== Node.TEXT_NODE || !/^[,.;:!?)]/.test(text.data)) return false;
  const sign = document.createRange();
  sign.setStart(text, 0);
  sign.setEnd(text, 1);
  return sign.getBoundingClientRect().left < formula.getBoundingClientRect().left;
}).map((formula) => formula.parentElement.innerText.slice(0, 80))"""

# Elements of the article that stick out of the window although no box around them scrolls or clips.
OVERFLOWING = """
() => {
  const boxed = (e) => {
    for (let box = e.parentElement; box && box.tagName !== "ARTICLE"; box = box.parentElement)
      if (getComputedStyle(box).overflowX !== "visible") return true;
    return false;
  };
  return [...document.querySelectorAll("article *")]
    .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !boxed(e) && !e.closest("mjx-assistive-mml"))
    .map((e) => e.outerHTML.slice(0, 120));
}
"""

# Images and drawings without a text alternative. An empty alt is right where the link around it has words of its own.
WITHOUT_ALTERNATIVE = """
() => {
  const words = (svg) => (svg.getAttribute("aria-labelledby") ?? "").split(/\\s+/).filter(Boolean)
    .map((id) => document.getElementById(id)?.textContent ?? "").join("") || svg.getAttribute("aria-label") || "";
  const images = [...document.images].filter((i) =>
    !i.hasAttribute("alt") || (!i.alt.trim() && !i.closest("a")?.textContent.trim()));
  const drawings = [...document.querySelectorAll("article svg")].filter((s) =>
    !s.closest("mjx-container, [aria-hidden=true], button[aria-label]") &&
    !(s.getAttribute("role") === "img" && words(s).trim()));
  return [...images, ...drawings].map((e) => e.outerHTML.slice(0, 160));
}
"""

# Text whose colour stands out less than 4.5:1 (3:1 for large letters) from what lies behind it.
LOW_CONTRAST = """
() => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((v, i) => v * a + below[i] * (1 - a));
  const behind = (e) => {
    if (!e) return [255, 255, 255];
    const colour = rgba(getComputedStyle(e).backgroundColor);
    return colour[3] === 1 ? colour.slice(0, 3) : over(colour, behind(e.parentElement));
  };
  const luminance = (c) => c.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  for (const e of document.querySelectorAll("article *, .bd-sidebar *, footer *")) {
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (!e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    if (e.closest(".headerlink, mjx-assistive-mml, title, style, script")) continue;
    const style = getComputedStyle(e), drawn = e.namespaceURI.endsWith("svg");
    const below = behind(e), colour = over(rgba(drawn ? style.fill : style.color), below);
    const large = parseFloat(style.fontSize) >= 24;
    const value = ratio(colour, below);
    if (value < (large ? 3 : 4.5)) found.push(`${value.toFixed(2)} ${style.color}: ${e.outerHTML.slice(0, 120)}`);
  }
  return found;
}
"""


def test_page_loads_whole_and_asks_nobody_else(visit, address):
    assert visit.outside_requests(address) == []
    assert visit.problems == []
    assert visit.weight() < PAGE_WEIGHT_LIMIT
    assert visit.compressed() < COMPRESSED_LIMIT


def test_mathjax_comes_only_where_there_is_mathematics(visit, page_name, site):
    source = (site / f"{page_name}.html").read_text(encoding="utf-8")
    formulas = 'class="math' in source or "math notranslate" in source
    assert any("/mathjax/" in url for url in visit.requests) == formulas


def test_mathematics_is_rendered(visit, page_name, site):
    source = (site / f"{page_name}.html").read_text(encoding="utf-8")
    formulas = len(re.findall(r'class="(?:[^"]* )?math notranslate', source))
    assert visit.page.locator(".math > mjx-container").count() == formulas
    assert visit.page.locator("mjx-merror, [data-mjx-error]").count() == 0
    assert "???" not in visit.page.locator("main").inner_text()


def test_no_sideways_scrolling_on_a_phone(page_name, address, new_visit):
    page = new_visit(width=PHONE_WIDTH).open(f"{address}{page_name}.html").page
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH


def test_no_line_begins_with_the_sign_behind_a_formula(page_name, address, new_visit):
    page = new_visit(width=PHONE_WIDTH).open(f"{address}{page_name}.html").page
    assert page.evaluate(TORN_OFF) == []


def test_images_have_a_text_alternative(visit):
    assert visit.page.evaluate(WITHOUT_ALTERNATIVE) == []


def test_page_has_landmarks_and_a_skip_link(visit, page_name):
    page = visit.page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("h1:visible").count() == 1
    assert page.locator("main").count() == 1
    assert page.locator("nav").count() >= 1
    if page_name != "search":  # there the cursor waits in the search field
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_contrast(visit, theme):
    page = visit.page
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.wait_for_function("(theme) => document.documentElement.dataset.theme === theme", arg=theme)
    page.evaluate("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
    assert page.evaluate(LOW_CONTRAST) == []


def test_wide_equation_can_be_scrolled_with_the_keyboard(address, new_visit):
    page = new_visit(width=PHONE_WIDTH).open(f"{address}book/appendix/notation.html").page
    page.evaluate("document.querySelector('article').insertAdjacentHTML('beforeend', '<div class=\"math\"></div>')")
    focusable = page.evaluate(
        """async () => {
          const box = document.querySelector("article > .math:last-child");
          box.textContent = "\\\\[" + "x + ".repeat(80) + "x\\\\]";
          await MathJax.typesetPromise([box]);
          dispatchEvent(new Event("resize"));
          return box.firstElementChild.tabIndex;
        }"""
    )
    assert focusable == 0


def test_first_page_leads_to_the_landing_page(address, new_visit):
    visit = new_visit()
    visit.page.goto(f"{address}index.html")
    visit.page.wait_for_url("**/book/index.html")
    assert visit.page.title() != ""
