// One cell of the page: its editor, its buttons, and what it put out.

import { edit, fit } from "./editor.mjs";

// Where a hint names a page of the book, it is a link.
const PAGE = /(?:https?:\/\/\S*\/)?(book\/[\w/-]+\.html#[\w-]+)/g;
const CHECK = /^check\(/m;
const NARROW = matchMedia("(max-width: 600px)");
const GOES_ON = /\n {12,}/g; // in a message of `check`, which is laid out for a wide window

function linked(text, root) {
  const parts = document.createDocumentFragment();
  let last = 0;
  for (const found of text.matchAll(PAGE)) {
    const link = document.createElement("a");
    link.href = new URL(found[1], root).href;
    link.target = "_blank"; // the names that the cells made stay
    link.textContent = found[0];
    parts.append(text.slice(last, found.index), link);
    last = found.index + found[0].length;
  }
  parts.append(text.slice(last));
  return parts;
}

export class Cell {
  // `source` is what a locked cell holds; others hold what stands in their editor.
  constructor(element, { id, type, open, added = false, source, role = {} }) {
    Object.assign(this, { element, id, type, open, added, given: source });
    this.editor = element.querySelector("textarea");
    this.output = element.querySelector(".u-cell-output");
    this.count = element.querySelector(".u-count");
    this.note = element.querySelector(".u-note");
    this.isCode = type === "code" && this.output !== null; // what only earns points has nothing to run
    this.isCheck = this.isCode && role.locked === true && (CHECK.test(source) || /-check$/.test(role.grade_id ?? ""));
    this.ran = null; // the source as it last ran
    if (this.editor) {
      this.source = source;
      if (this.isCode) edit(this.editor);
    }
  }

  get source() {
    return this.editor ? this.editor.value : this.given;
  }

  set source(text) {
    this.editor.value = text;
    if (this.isCode) fit(this.editor);
  }

  get edited() {
    return this.open && this.ran !== null && this.ran !== this.source;
  }

  say(text, kind = "") {
    if (!this.note) return;
    this.note.textContent = text;
    this.note.dataset.kind = kind;
  }

  counted(sign) {
    if (this.count) this.count.textContent = sign;
    this.element.classList.toggle("running", sign === "[*]");
  }

  clear() {
    this.output.replaceChildren();
  }

  // Adds what Python sent: {type, text | html | svg | src, alt}.
  show({ type, text, html, svg, src, alt }, root) {
    if (type === "image" || type === "html") {
      const box = document.createElement(type === "image" ? "figure" : "div");
      if (src) box.append(Object.assign(document.createElement("img"), { src, alt }));
      else box.innerHTML = svg ?? html;
      if (svg) box.firstElementChild?.setAttribute("aria-label", alt), box.firstElementChild?.setAttribute("role", "img");
      this.output.append(box);
      return;
    }
    if (text.startsWith("✗") && NARROW.matches) text = text.replace(GOES_ON, " ");
    const last = this.output.lastElementChild;
    const kind = `u-${type}`;
    if (last?.classList.contains(kind) && type !== "error") {
      last.dataset.text += text;
      last.replaceChildren(linked(last.dataset.text, root));
      return;
    }
    const box = document.createElement("pre");
    box.className = kind;
    box.dataset.text = text;
    box.append(linked(text, root));
    this.output.append(box);
  }

  enter() {
    (this.editor ?? this.element.querySelector("button"))?.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }
}
