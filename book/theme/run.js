// Cells that run in the page. Nothing is loaded before the first click on “Run”.
(() => {
  const PAGE = document.currentScript.dataset.page;
  const ROOT = new URL(document.documentElement.dataset.content_root, location.href);
  const BASE = new URL("_static/python/", ROOT);
  const FIRST = "Runs in your browser; the first run loads Python, 16 MB, once.";
  const AS_FILE =
    "A browser runs no Python in a page that was opened as a file. Open a terminal in the book's folder, write" +
    " “python3 -m http.server”, and open http://localhost:8000/ instead.";
  const PLOTS = /\b(matplotlib|unrolled\.plotting)\b/;

  const cells = new Map(); // by key
  let loading; // the promise of Python
  let loaded; // Python
  let cancel;
  let plan;
  let running; // the cell that runs

  const make = (tag, className, text = "") => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  };

  async function python(plots) {
    loading ??= (async () => {
      cancel = new AbortController();
      const [{ connect }, plans] = await Promise.all([
        import(new URL("client.mjs", BASE)).catch(() => {
          throw new Error("This copy of the book was built without Python for its pages.");
        }),
        fetch(new URL(`_static/cells/${PAGE}.json`, ROOT)).then((response) => response.json()),
      ]);
      plan = plans;
      return connect(BASE, { plots, signal: cancel.signal, onProgress: tellLoaded });
    })();
    try {
      loaded = await loading;
      return loaded;
    } catch (error) {
      loading = undefined; // the next click tries again
      throw error;
    }
  }

  function tellLoaded(bytes, total) {
    const megabytes = (number) => (number / 1e6).toFixed(1);
    const amount = `Loading Python: ${megabytes(bytes)} of ${megabytes(total)} MB, once`;
    running?.say(bytes < total ? amount : "Starting Python …");
  }

  // What has to run before a cell: what its code as printed needs, and what gives the names in it their values.
  async function before(cell) {
    const numbers = new Set(plan.cells[cell.key]);
    for (const name of cell.edited ? await loaded.names(cell.code) : []) {
      if (Object.hasOwn(plan.names, name)) plan.names[name].forEach((one) => numbers.add(one));
    }
    const groups = new Map();
    for (const number of [...numbers].sort((a, b) => a - b)) {
      const { cell: place, code, binds } = plan.statements[number];
      const edited = [...cells.values()].find((one) => one.edited && plan.places[one.key] === place && one !== cell);
      const group = groups.get(place) ?? { code: edited ? edited.code : "", binds: [], edited };
      if (!edited) group.code += code + "\n";
      group.binds.push(...binds);
      groups.set(place, group);
    }
    return groups;
  }

  class Cell {
    constructor(box) {
      this.box = box;
      this.key = [...box.classList].find((name) => name.startsWith("u-cell-")).slice(7);
      this.printed = box.querySelector(".cell_input div[class^=highlight-]");
      this.printed.classList.add("u-run-printed");
      this.original = this.printed.querySelector("pre").textContent.replace(/\n$/, "");
      this.bar = make("div", "u-run-bar");
      this.run = this.button("Run", () => this.start());
      this.stop = this.button("Stop", () => this.end());
      this.reset = this.button("Reset", () => this.restore());
      this.stop.hidden = this.reset.hidden = true;
      this.status = make("span", "u-run-status");
      this.status.setAttribute("role", "status");
      this.bar.append(this.status);
      this.printed.after(this.bar);
    }

    button(text, act) {
      const button = make("button", "u-run", text);
      button.type = "button";
      button.addEventListener("click", act);
      this.bar.append(button);
      return button;
    }

    get code() {
      return this.editor ? this.editor.value : this.original;
    }

    get edited() {
      return this.code !== this.original;
    }

    say(text) {
      if (this.status.textContent !== text) this.status.textContent = text;
    }

    open() {
      if (this.editor) return;
      this.editor = make("textarea", "u-run-editor");
      Object.assign(this.editor, { value: this.original, spellcheck: false, wrap: "off" });
      this.editor.setAttribute("autocapitalize", "off");
      this.editor.setAttribute("autocomplete", "off");
      this.editor.setAttribute("aria-label", "Python code. Tab indents; Escape and then Tab leaves; Shift and Enter runs.");
      this.editor.addEventListener("keydown", (event) => this.press(event));
      this.editor.addEventListener("input", () => this.fit());
      this.printed.before(this.editor);
      this.box.classList.add("u-run-open");
      this.output = make("div", "u-run-output");
      this.output.setAttribute("aria-live", "polite");
      this.box.append(this.output);
      this.reset.hidden = false;
      this.fit();
    }

    fit() {
      this.editor.rows = Math.max(2, this.code.split("\n").length);
    }

    press(event) {
      const { editor } = this;
      if (event.key === "Enter" && (event.shiftKey || event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.start();
      } else if (event.key === "Enter") {
        const line = editor.value.slice(0, editor.selectionStart).split("\n").pop();
        event.preventDefault();
        this.insert("\n" + line.match(/^ */)[0] + (line.trimEnd().endsWith(":") ? "    " : ""));
      } else if (event.key === "Tab" && !this.leaving) {
        event.preventDefault();
        if (!event.shiftKey) this.insert("    ");
        else this.outdent();
      }
      this.leaving = event.key === "Escape";
    }

    insert(text) {
      // keeps the browser's undo
      if (!document.execCommand("insertText", false, text)) this.editor.setRangeText(text, ...this.range(), "end");
      this.fit();
    }

    range() {
      return [this.editor.selectionStart, this.editor.selectionEnd];
    }

    outdent() {
      const { editor } = this;
      const at = editor.selectionStart;
      const start = editor.value.lastIndexOf("\n", at - 1) + 1;
      const blanks = Math.min(4, editor.value.slice(start).match(/^ */)[0].length);
      editor.setRangeText("", start, start + blanks);
      editor.selectionStart = editor.selectionEnd = Math.max(start, at - blanks);
    }

    async start() {
      if (location.protocol === "file:") return this.say(AS_FILE);
      if (running) return this.say("Another cell is running: stop it first.");
      running = this;
      this.open();
      this.run.disabled = true;
      this.stop.hidden = false;
      this.output.replaceChildren();
      this.say(loading ? "Running …" : "Loading Python …");
      try {
        const runtime = await python(PLOTS.test(this.code));
        this.say("Running …");
        await this.work(runtime);
      } catch (error) {
        this.say(error.message);
      }
      running = undefined;
      this.run.disabled = false;
      this.stop.hidden = true;
    }

    async work(runtime) {
      const made = [];
      for (const [place, { code, binds, edited }] of await before(this)) {
        const name = `cell ${place + 1} of the page`;
        const { ok, error, stopped } = await runtime.run(code, { name, quiet: true });
        if (stopped) return;
        if (!ok) {
          this.print(error, "u-run-error");
          return this.say(edited ? "A cell above, which you changed, fails:" : "What this cell needs failed:");
        }
        made.push(...binds);
      }
      const code = this.code;
      const { ok, seconds, stopped } = await runtime.run(code, {
        name: "this cell",
        onOutput: (message) => this.hear(message),
      });
      if (stopped) return;
      const names = [...new Set(made)];
      const few = names.slice(0, 6).join(", ") + (names.length > 6 ? ", …" : "");
      const time = `${seconds < 10 ? seconds.toFixed(seconds < 0.1 ? 3 : 1) : Math.round(seconds)} s`;
      const silent = this.output.childElementCount ? "" : " It shows nothing by itself: add a line that uses what it defines.";
      this.say((ok ? `Ran in ${time}.${silent}` : "It stopped at an error.") + (few && ` What it needs ran first, unseen: ${few}.`));
    }

    hear({ type, text, html, svg, src, alt }) {
      if (text !== undefined) return this.print(text, `u-run-${type}`);
      const shown = make("div", "u-run-shown");
      if (src) shown.append(Object.assign(make("img", ""), { src, alt }));
      else shown.innerHTML = html ?? svg;
      if (svg) {
        shown.setAttribute("role", "img");
        shown.setAttribute("aria-label", alt);
      }
      this.output.append(shown);
    }

    print(text, className) {
      const last = this.output.lastElementChild;
      if (last?.className === className) last.textContent += text;
      else this.output.append(make("pre", className, text));
    }

    end() {
      this.say("Stopped. All names are gone; the next Run makes what it needs again.");
      if (loaded) loaded.stop();
      else cancel?.abort();
    }

    restore() {
      if (running === this) this.end();
      this.editor.remove();
      this.output.remove();
      this.editor = undefined;
      this.box.classList.remove("u-run-open");
      this.reset.hidden = true;
      this.say("");
      this.run.focus();
    }
  }

  for (const box of document.querySelectorAll(".u-runs")) {
    const cell = new Cell(box);
    cells.set(cell.key, cell);
  }
  cells.values().next().value?.say(FIRST);
})();
