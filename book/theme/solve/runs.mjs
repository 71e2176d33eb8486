// Runs cells one after the other, as JupyterLab does: the first error ends what was asked for.

import { withoutCommands } from "./magics.mjs";

const STOPPED = "Stopped. Python began anew and has forgotten all names: “Run all” brings them back.";
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

export class Runs {
  // `place`: {python, files, wheel} as addresses; `tell` hears what Python is doing, `done` of each cell that
  // ran, `forgotten` when Python knows no names any more.
  constructor({ place, root, tell, done, forgotten }) {
    Object.assign(this, { place, root, tell, done, forgotten });
    this.queue = [];
    this.number = 0;
  }

  async #connected() {
    if (this.python) return this.python;
    this.tell("Python is being loaded …", "loading");
    const { connect } = await import(new URL("client.mjs", this.place.python));
    const onProgress = (loaded, total) =>
      this.tell(`Python is being loaded: ${megabytes(loaded)} of ${megabytes(total)} MB, once`, "loading");
    const python = await connect(this.place.python, { onProgress });
    await python.install(this.place.wheel);
    for (const file of this.place.files) {
      const response = await fetch(file, { cache: "no-cache" });
      if (!response.ok) throw new Error(`${file} is missing (status ${response.status})`);
      await python.write(decodeURIComponent(new URL(file, location.href).pathname.split("/").at(-1)), await bytesOf(response));
    }
    return (this.python = python);
  }

  // Runs cells behind those that wait; gives back the one at which that ended early, if one did.
  async run(cells) {
    for (const cell of cells) if (!this.queue.includes(cell)) this.queue.push(cell), cell.counted("[*]");
    if (this.busy) return null;
    this.busy = true;
    let failed = null;
    try {
      while (this.queue.length) {
        const fine = await this.#runOne(this.queue[0]);
        const cell = this.queue.shift();
        if (!fine) {
          failed = cell;
          this.#drop();
        }
      }
    } finally {
      this.busy = false;
      if (this.python && !this.beginning) this.tell(failed ? "Ended early; Python is ready" : "Python is ready", "ready");
    }
    return failed;
  }

  #drop() {
    for (const cell of this.queue) cell.counted("[ ]");
    this.queue = [];
  }

  async #runOne(cell) {
    let python;
    try {
      python = await this.#connected();
    } catch (error) {
      this.tell("Python could not be loaded", "failed");
      cell.clear();
      cell.counted("[ ]");
      cell.show({ type: "error", text: error.message }, this.root);
      return false;
    }
    this.tell("Python is at work", "busy");
    const source = cell.source;
    cell.clear();
    let { code, said } = withoutCommands(source);
    if (said && (await python.run(`__import__("ast").parse(${JSON.stringify(source)})`, { quiet: true })).ok) {
      [code, said] = [source, ""]; // the signs stand inside a text
    }
    let printed = "";
    const show = (output) => {
      printed += output.text ?? "";
      cell.show(output, this.root);
    };
    const number = ++this.number;
    const result = await python.run(code, { onOutput: show, name: `cell [${number}]` });
    if (said) cell.show({ type: "note", text: said }, this.root);
    if (result.stopped) {
      cell.counted("[ ]");
      cell.show({ type: "note", text: STOPPED }, this.root);
      return false;
    }
    cell.counted(`[${number}]`);
    cell.ran = source;
    this.done(cell, result.ok && !printed.includes("✗"));
    return result.ok;
  }

  #forget() {
    this.number = 0;
    this.queue.splice(this.busy ? 1 : 0);
    this.forgotten();
  }

  async stop() {
    if (!this.python || !this.busy || this.beginning) return;
    this.beginning = true;
    this.#forget();
    this.tell("Python begins anew …", "loading");
    await this.python.stop();
    this.beginning = false;
    if (!this.busy) this.tell("Python is ready", "ready");
  }

  async restart() {
    if (!this.python) return;
    if (this.busy) return this.stop();
    this.#forget();
    await this.python.reset();
    this.tell("Python is ready, and knows no names", "ready");
  }
}

const bytesOf = async (response) => new Uint8Array(await response.arrayBuffer());
