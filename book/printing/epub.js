// In the joined page, with formulas set as drawings: makes each chapter what an e-reader shows. Takes each chapter's CSS, and
// the book's own style sheets; returns each chapter's XHTML, what of its CSS a browser understands, and the
// rules of the style sheets that are for drawings.
([styles, own]) => {
  const rules = (style) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    return [...sheet.cssRules];
  };
  const asText = (list) => list.map((rule) => rule.cssText).join("\n");
  const forDrawings = (rule) =>
    rule instanceof CSSStyleRule && document.querySelector(rule.selectorText) instanceof SVGElement;
  const drawings = asText(own.flatMap(rules).filter(forDrawings));

  for (const formula of MathJax.startup.document.math) {
    const drawing = formula.typesetRoot.querySelector("svg");
    const said = document.createElementNS(drawing.namespaceURI, "title");
    said.textContent = formula.math.trim();
    drawing.prepend(said);
    drawing.setAttribute("aria-label", said.textContent);
    drawing.classList.add("formula");
    drawing.removeAttribute("focusable");
    for (const part of drawing.querySelectorAll("*")) {
      for (const name of part.getAttributeNames()) if (name.startsWith("data-")) part.removeAttribute(name);
    }
    formula.typesetRoot.replaceWith(drawing);
  }

  const rename = (element, name) => {
    const other = document.createElement(name);
    for (const { name: attribute, value } of element.attributes) {
      if (attribute !== "open") other.setAttribute(attribute, value);
    }
    other.append(...element.childNodes);
    element.replaceWith(other);
    return other;
  };
  for (const fold of document.querySelectorAll("details")) rename(fold, "div").classList.add("fold");
  for (const line of document.querySelectorAll("summary")) rename(line, "div").classList.add("fold-title");
  for (const value of document.querySelectorAll("output")) rename(value, "span");
  for (const label of document.querySelectorAll("label")) {
    const title = rename(label, "div");
    for (const name of ["for", "aria-controls"]) title.removeAttribute(name);
  }
  for (const styled of document.querySelectorAll("[style]")) styled.setAttribute("style", styled.style.cssText);
  for (const word of document.querySelectorAll(".fold-title > .expanded")) word.remove();

  const chapters = [...document.querySelectorAll(".chapter")].filter((element) => element.id);
  const files = Object.fromEntries(chapters.flatMap((chapter) =>
    [chapter, ...chapter.querySelectorAll("[id]")].map((element) => [element.id, chapter.id])));
  for (const chapter of chapters) {
    for (const link of chapter.querySelectorAll("a[href^='#']")) {
      const target = decodeURIComponent(link.getAttribute("href").slice(1));
      if (files[target] !== chapter.id) link.setAttribute("href", `${files[target]}.xhtml#${target}`);
    }
    for (const table of chapter.querySelectorAll("[border]")) table.removeAttribute("border");
    for (const entry of chapter.querySelectorAll("[role=doc-biblioentry]")) entry.removeAttribute("role"); // no longer valid
  }
  const writer = new XMLSerializer();
  return {
    drawings,
    bodies: Object.fromEntries(chapters.map((chapter) => [chapter.id, writer.serializeToString(chapter)])),
    styles: Object.fromEntries(chapters.map((chapter) => [chapter.id, asText(rules(styles[chapter.id]))])),
  };
}
