// A card beside a link to an equation, a citation, a term, a figure, a section or a page: what stands there.
// It comes with the pointer or the focus, and with a first tap; Escape puts it away; a second tap follows the link.
{
  const LINKS = 'a.u-term, a[href*="#equation-"], .bibtex-citation a[href^="#"], a.reference.internal';
  const DELAY = 200, LEAVE = 250; // ms until a card comes under the pointer, and until it goes when the pointer left
  const EDGE = 12; // px between a card and the window's edge

  const card = document.createElement("div");
  Object.assign(card, { id: "u-card", className: "u-card", role: "tooltip", hidden: true });
  let shown = null; // the link whose card is shown
  let timer = 0;
  let touched = false; // by a finger, which neither hovers nor leaves

  const later = (action, delay) => {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  };

  // A copy to look at: nothing in it is a target or a control.
  function copy(element) {
    const whole = element.cloneNode(true);
    whole.querySelectorAll(".headerlink, .label, .backrefs, .knobs, :is(button, input, select)").forEach((mark) => mark.remove());
    for (const one of [whole, ...whole.querySelectorAll("[id], [tabindex]")]) {
      one.removeAttribute("id");
      one.removeAttribute("tabindex");
    }
    whole.querySelectorAll("a").forEach((link) => link.replaceWith(...link.childNodes));
    return whole;
  }

  function line(text, name) {
    return Object.assign(document.createElement("p"), { className: name, textContent: text });
  }

  // What a card shows, as elements; null for a link without one.
  async function contents(link) {
    const target = link.pathname === location.pathname && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (target && target.matches("tr")) {
      const [english, chinese] = [...target.cells].map((cell) => cell.innerText.trim() || cell.textContent.trim());
      const second = line(chinese, "u-card-chinese");
      second.lang = "zh";
      return [line(english, "u-card-term"), second];
    }
    if (target && target.matches(".citation, .math, figure")) return [copy(target)];
    if (!link.hash.startsWith("#equation-")) return section(link);
    const equation = (await unrolled.equations())[link.hash.slice("#equation-".length)];
    if (!equation) return null;
    const [number, , title, place, tex] = equation;
    const box = Object.assign(document.createElement("div"), { className: "math" });
    box.append(Object.assign(document.createElement("span"), { className: "eqno", textContent: number }), `\\[${tex}\\]`);
    await unrolled.typeset([box]);
    return [line([title, place].filter(Boolean).join(" › "), "u-card-place"), box];
  }

  // How the section or the page opens to which a link leads.
  async function section(link) {
    const page = link.href.slice(unrolled.root.href.length).replace(/\.html(#.*)?$/, "$1");
    const opening = (await unrolled.sections())[page];
    if (!opening) return null;
    const [place, title, first] = opening;
    const text = line(first, "u-card-opening");
    if (first.includes("\\(")) await unrolled.typeset([text]);
    return [line(place, "u-card-place"), line(title, "u-card-term"), text].filter((one) => one.textContent);
  }

  function place() {
    if (!shown) return;
    const link = shown.getClientRects()[0] ?? shown.getBoundingClientRect();
    const { width, height } = card.getBoundingClientRect();
    const left = Math.min(Math.max(EDGE, link.left), document.documentElement.clientWidth - width - EDGE);
    const below = link.bottom + height + EDGE < innerHeight || link.top < height + EDGE;
    card.style.left = `${Math.max(EDGE, left)}px`;
    card.style.top = `${below ? link.bottom + 6 : link.top - height - 6}px`;
  }

  function hide() {
    clearTimeout(timer);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  }

  // Returns whether there is something to show.
  async function show(link) {
    clearTimeout(timer);
    if (shown === link) return true;
    hide();
    shown = link;
    const elements = await contents(link);
    if (shown !== link) return true; // another came meanwhile
    if (!elements) return hide();
    card.replaceChildren(...elements, ...(touched ? [line("Tap again to go there.", "u-card-place")] : []));
    card.hidden = false;
    link.setAttribute("aria-describedby", card.id);
    link.removeAttribute("title"); // the browser's own box would say the same again
    place();
    return true;
  }

  const linkOf = (event) => event.target.closest?.(LINKS);

  addEventListener("DOMContentLoaded", () => {
    const article = document.querySelector("article.bd-article");
    if (!article) return;
    article.append(card);
    addEventListener("pointerdown", (event) => {
      touched = event.pointerType === "touch";
      if (shown && linkOf(event) !== shown && !card.contains(event.target)) hide();
    });
    article.addEventListener("pointerover", (event) => {
      if (event.pointerType === "touch") return;
      const link = linkOf(event);
      if (link) later(() => show(link), DELAY);
      else if (card.contains(event.target)) clearTimeout(timer);
    });
    article.addEventListener("pointerout", (event) => {
      if (event.pointerType === "touch" || !(linkOf(event) || card.contains(event.target))) return;
      later(() => shown !== document.activeElement && hide(), LEAVE);
    });
    article.addEventListener("focusin", (event) => {
      if (!touched && linkOf(event)?.matches(":focus-visible")) show(linkOf(event));
    });
    article.addEventListener("focusout", (event) => linkOf(event) && !touched && hide());
    article.addEventListener("click", async (event) => {
      const link = linkOf(event);
      if (!link || !touched) return link && hide();
      if (shown === link) return hide();
      event.preventDefault();
      if (!(await show(link))) location.href = link.href;
    });
    addEventListener("keydown", (event) => {
      touched = false;
      if (event.key === "Escape") hide();
    });
    addEventListener("scroll", place, { capture: true, passive: true });
    addEventListener("resize", place);
  });
}
