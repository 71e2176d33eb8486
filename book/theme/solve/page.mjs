// The page of an assignment: its cells, what is kept of them, and the file that is handed in.

import { Cell } from "./cells.mjs";
import { Kept } from "./keep.mjs";
import { NotThisNotebook, fileOf, isOpen, newId, roleOf, textOf, withWork, workIn } from "./notebook.mjs";
import { Runs } from "./runs.mjs";

const PAUSE = 400; // milliseconds without typing, then the work is kept
const NOT_KEPT =
  "Not kept: this browser lets the page keep nothing (a private window, or no room). Download your notebook before you leave.";

// A short number for a text, to see whether it changed.
function mark(text) {
  let hash = 0x811c9dc5;
  for (const sign of text) hash = Math.imul(hash ^ sign.codePointAt(0), 0x01000193);
  return (hash >>> 0).toString(16);
}

class Page {
  constructor(root, released) {
    this.root = root;
    this.released = released;
    this.slug = root.dataset.assignment;
    this.kept = new Kept(this.slug, root.dataset.release);
    this.checks = {}; // by cell id: {of: mark of the answers that were checked, fine}
    this.foreign = false; // another tab wrote since this one did
    this.site = new URL("..", location.href);
    this.runs = new Runs({
      place: {
        python: new URL("_static/python/", this.site).href,
        wheel: root.dataset.wheel,
        files: JSON.parse(root.dataset.files),
      },
      root: this.site,
      tell: (text, kind) => this.#tell(text, kind),
      done: (cell, fine) => this.#ran(cell, fine),
      forgotten: () => this.#forgotten(),
    });
    this.cells = released.cells.map((cell) => this.#cellOf(cell));
  }

  #find = (selector) => this.root.querySelector(selector);

  #cellOf(cell) {
    const element = this.#find(`[data-cell="${CSS.escape(cell.id)}"]`);
    return new Cell(element, {
      id: cell.id, type: cell.cell_type, open: isOpen(cell), source: textOf(cell), role: roleOf(cell),
    });
  }

  begin() {
    const record = this.kept.read();
    if (record) this.#take(record);
    else this.#offerFormer();
    this.root.addEventListener("click", (event) => this.#clicked(event));
    this.root.addEventListener("keydown", (event) => this.#pressed(event));
    this.root.addEventListener("input", (event) => event.target.matches("textarea") && this.#changed());
    this.#find("input[type=file]").addEventListener("change", (event) => this.#open(event.target));
    this.kept.onOther(() => this.#otherTab());
    addEventListener("pagehide", () => this.#keepNow());
    document.addEventListener("visibilitychange", () => document.hidden && this.#keepNow());
    addEventListener("beforeunload", (event) => {
      this.#keepNow();
      if (this.unkept) event.preventDefault();
    });
    this.root.classList.add("alive");
    for (const one of this.root.querySelectorAll("[hidden].u-when-alive")) one.hidden = false;
    this.#lookAtChecks();
    if (record) this.#saidKept();
  }

  // --- the work --------------------------------------------------------------------------------------------------

  #work() {
    const work = { sources: {}, added: [] };
    let after = null;
    for (const cell of this.cells) {
      if (cell.added) work.added.push({ id: cell.id, after, type: cell.type, source: cell.source });
      else after = cell.id;
      if (cell.open && !cell.added) work.sources[cell.id] = cell.source;
    }
    return work;
  }

  #file = () => fileOf(withWork(this.released, this.#work()));

  #put(work) {
    for (const cell of this.cells.filter((one) => one.added)) this.#remove(cell);
    for (const cell of this.released.cells.filter(isOpen)) {
      this.cells.find((one) => one.id === cell.id).source = work.sources[cell.id] ?? textOf(cell);
    }
    const last = new Map();
    for (const { id, after, type, source } of work.added) {
      const before = last.get(after) ?? this.cells.find((cell) => cell.id === after);
      last.set(after, this.#add(before, { id, type, source }));
    }
  }

  #take(record) {
    this.#put(workIn(record.notebook, this.released, this.slug));
    this.checks = record.checks ?? {};
  }

  #takeFormer(former) {
    try {
      this.#take({ notebook: former.notebook });
      this.#changed();
    } catch (error) {
      this.#ask(error.message, { "Download it": () => this.#save(former.notebook) });
    }
  }

  #add(before, { id = newId(), type = "code", source = "" } = {}) {
    const element = this.#find(`template[data-type="${type === "code" ? "code" : "words"}"]`).content.firstElementChild.cloneNode(true);
    const place = before?.element ?? null;
    if (place) place.after(element);
    else this.#find(".u-cells").prepend(element);
    const cell = new Cell(element, { id, type, open: true, added: true, source });
    this.cells.splice(before ? this.cells.indexOf(before) + 1 : 0, 0, cell);
    return cell;
  }

  #remove(cell) {
    cell.element.remove();
    this.cells.splice(this.cells.indexOf(cell), 1);
  }

  // --- keeping ---------------------------------------------------------------------------------------------------

  #changed() {
    this.#lookAtChecks();
    this.unkept = true;
    if (this.foreign) return;
    this.#find(".u-kept").textContent = "…";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#keepNow(), PAUSE);
  }

  #keepNow() {
    clearTimeout(this.timer);
    if (!this.unkept || this.foreign) return;
    this.unkept = !this.kept.write({ notebook: this.#file(), checks: this.checks });
    this.#saidKept();
  }

  #saidKept() {
    const line = this.#find(".u-kept");
    line.textContent = this.unkept ? NOT_KEPT : "✓ Saved in this browser. Only here: hand in the downloaded notebook.";
    line.dataset.kind = this.unkept ? "bad" : "";
  }

  #otherTab() {
    this.foreign = true;
    clearTimeout(this.timer);
    this.#ask("This assignment was changed in another tab. What you write here is not kept any more.", {
      "Go on with the other tab's work": () => {
        this.unkept = false;
        location.reload();
      },
      "Keep what stands here instead": () => {
        this.foreign = false;
        this.unkept = true;
        this.#keepNow();
      },
    });
  }

  #offerFormer() {
    const former = this.kept.former();
    if (!former) return;
    this.#ask("The assignment was released anew. What you wrote for the former release is still here.", {
      "Take it over": () => this.#takeFormer(former),
      "Download it": () => this.#save(former.notebook),
      "Leave it": () => {},
    });
  }

  #ask(text, choices) {
    const box = this.#find(".u-asked");
    const buttons = Object.entries(choices).map(([label, act]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
      button.addEventListener("click", () => {
        box.hidden = true;
        act();
      });
      return button;
    });
    box.replaceChildren(Object.assign(document.createElement("p"), { textContent: text }), ...buttons);
    box.hidden = false;
  }

  // --- files -----------------------------------------------------------------------------------------------------

  #save(content) {
    const url = URL.createObjectURL(new Blob([content], { type: "application/x-ipynb+json" }));
    Object.assign(document.createElement("a"), { href: url, download: `${this.slug}.ipynb` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  async #open(field) {
    const [file] = field.files;
    field.value = "";
    if (!file) return;
    try {
      const work = workIn(await file.text(), this.released, this.slug);
      if (!confirm(`The work in ${file.name} takes the place of what stands on this page. Go on?`)) return;
      this.#put(work);
      this.checks = {};
      this.#changed();
      this.#ask(`Opened ${file.name}.`, { "All right": () => {} });
    } catch (error) {
      if (!(error instanceof NotThisNotebook)) throw error;
      this.#ask(error.message, { "All right": () => {} });
    }
  }

  #erase() {
    if (!confirm("Erase all that you wrote for this assignment in this browser? This cannot be undone.")) return;
    this.kept.erase();
    this.unkept = false;
    this.foreign = true;
    location.reload();
  }

  // --- running ---------------------------------------------------------------------------------------------------

  #tell(text, kind) {
    const line = this.#find(".u-python");
    line.textContent = text;
    line.dataset.kind = kind;
    for (const button of this.root.querySelectorAll("[data-do=stop]")) button.disabled = kind !== "busy";
  }

  // The answers that a check is about: those between the check before it and itself.
  #answersOf(check) {
    const answers = [];
    for (const cell of this.cells.slice(0, this.cells.indexOf(check)).reverse()) {
      if (cell.isCheck) {
        if (answers.length) break;
        continue;
      }
      if (cell.isCode && cell.open) answers.push(cell);
    }
    return answers;
  }

  #markOf = (check) => mark(this.#answersOf(check).map((cell) => cell.source).join("\0"));

  #ran(cell, fine) {
    if (cell.isCheck) {
      const late = this.#answersOf(cell).some((answer) => answer.edited || (answer.ran === null && !answer.added));
      if (late) delete this.checks[cell.id];
      else this.checks[cell.id] = { of: this.#markOf(cell), fine };
      this.unkept ||= !late;
      this.#keepNow();
      this.#lookAtChecks();
      if (late) cell.say("The answer above has not run as it stands: run it first, then this check.", "bad");
      return;
    }
    this.#lookAtChecks();
  }

  #lookAtChecks() {
    const checks = this.cells.filter((cell) => cell.isCheck);
    let fine = 0;
    let open = 0;
    for (const check of checks) {
      const last = this.checks[check.id];
      const current = last && last.of === this.#markOf(check);
      if (current && last.fine) fine += 1;
      if (!current) open += 1;
      if (current) check.say(last.fine ? "✓ passed" : "✗ not yet right", last.fine ? "good" : "bad");
      else check.say(last ? "Not run since your last edit." : "", "bad");
    }
    for (const cell of this.cells) if (cell.isCode && cell.open) cell.say(cell.edited ? "Changed since it ran." : "");
    const rest = open ? ` ${open} not run since the last edit.` : "";
    for (const line of this.root.querySelectorAll(".u-checked")) {
      line.textContent = checks.length ? `${fine} of ${checks.length} checks pass.${rest}` : "";
    }
  }

  #forgotten() {
    for (const cell of this.#codeCells()) {
      cell.clear();
      cell.counted("[ ]");
      cell.ran = null;
    }
    this.#lookAtChecks();
  }

  #codeCells = () => this.cells.filter((cell) => cell.isCode);

  #clicked(event) {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    const cell = this.cells.find((one) => one.element.contains(button));
    const actions = {
      run: () => this.runs.run([cell]),
      "run-all": async () => (await this.runs.run(this.#codeCells()))?.enter(),
      stop: () => this.runs.stop(),
      restart: () => this.runs.restart(),
      add: () => {
        this.#add(cell).enter();
        this.#changed();
      },
      remove: () => {
        if (cell.source.trim() && !confirm("Remove this cell and what you wrote in it?")) return;
        this.#remove(cell);
        this.#changed();
      },
      download: () => this.#save(this.#file()),
      open: () => this.#find("input[type=file]").click(),
      erase: () => this.#erase(),
    };
    actions[button.dataset.do]?.();
  }

  #pressed(event) {
    if (event.key !== "Enter" || !(event.shiftKey || event.ctrlKey || event.metaKey)) return;
    const cell = this.cells.find((one) => one.element.contains(event.target));
    if (!cell?.isCode) return;
    event.preventDefault();
    this.runs.run([cell]);
    if (!event.shiftKey) return;
    const rest = this.cells.slice(this.cells.indexOf(cell) + 1);
    rest.find((one) => one.isCode || one.open)?.enter();
  }
}

async function begin(root) {
  const said = root.querySelector(".u-asked");
  try {
    const response = await fetch(root.dataset.notebook, { cache: "no-cache" });
    if (!response.ok) throw new Error(`The notebook of this page is missing (status ${response.status}).`);
    new Page(root, await response.json()).begin();
  } catch (error) {
    said.textContent = error.message;
    said.hidden = false;
  }
}

const root = document.querySelector(".u-solve[data-notebook]");
if (root) begin(root);
