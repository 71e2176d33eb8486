"""What JavaScript finds on a page that a reader should not meet: each gives a list, empty where all is well."""

# Formulas that the end of a line parts from the sign behind them.
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

CUT_CODE = """() => [...document.querySelectorAll("article .cell_input pre")]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map((e) => e.innerText.slice(0, 120))"""

# Boxes whose content goes on beyond their edge, without a shadow there.
WITHOUT_SHADOW = """() => [...document.querySelectorAll("article *")]
  .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
  .filter((e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && !e.closest("mjx-assistive-mml"))
  .filter((e) => !getComputedStyle(e).backgroundImage.includes("gradient")).map((e) => e.outerHTML.slice(0, 120))"""

# Rows of tables that scroll, whose first cell scrolls with them.
LOST_ROWS = """() => [...document.querySelectorAll("article table")].filter((table) => {
  const box = table.closest(".pst-scrollable-table-container, .cell_output .text_html") ?? table.parentElement;
  return table.checkVisibility() && box.scrollWidth > box.clientWidth + 1
    && getComputedStyle(table.querySelector("td")).position !== "sticky";
}).map((table) => table.outerHTML.slice(0, 120))"""

SMALL_KNOBS = """() => [...document.querySelectorAll("article :is(figure, .cell_output) :is(input, select, .u-knob)")]
  .map((e) => e.type === "radio" || e.type === "checkbox" ? e.closest("label") ?? e : e)
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
  .map((e) => e.outerHTML.slice(0, 120))"""

ODD_NUMBERS = """() => [...document.querySelectorAll("article span.pasted-text")]
  .filter((e) => getComputedStyle(e).fontWeight !== getComputedStyle(e.parentElement).fontWeight)
  .map((e) => e.outerHTML)"""
