// The page's side of Python: starts the worker, hands it code, and stops it.

const FROM_FOLDER =
  "A browser runs no Python in a page that was opened as a file. Open a terminal in the book's folder, write" +
  " “python3 -m http.server”, and open http://localhost:8000/ instead.";
const PATIENCE = 3000; // milliseconds for the service worker, without which all works, too

// The service worker keeps the runtime for the next visit. Its scope is this folder: no page of the book is its business.
async function keepRuntime(base) {
  const registration = await navigator.serviceWorker?.register(new URL("service-worker.js", base)).catch(() => null);
  const worker = registration?.installing ?? registration?.waiting;
  if (!worker || worker.state === "activated") return;
  await Promise.race([
    new Promise((done) => worker.addEventListener("statechange", () => worker.state === "activated" && done())),
    new Promise((done) => setTimeout(done, PATIENCE)),
  ]);
}

class Python {
  constructor(base, onProgress, plots) {
    this.base = base;
    this.onProgress = onProgress;
    this.plots = plots;
    this.generation = 0; // how often names were lost
    this.last = 0;
    this.pending = new Map();
    this.brought = []; // files and wheels, which come back after a stop
  }

  start() {
    this.worker = new Worker(new URL("worker.mjs", this.base), { type: "module" });
    this.worker.onmessage = ({ data }) => this.#hear(data);
    this.worker.onerror = (event) => this.#fail(event.message || "the worker could not be started");
    this.ready = this.#ask({ type: "start", plots: this.plots });
    for (const message of this.brought) this.#ask(message);
    return this.ready;
  }

  #ask(message, onOutput = () => {}) {
    const id = ++this.last;
    return new Promise((done) => {
      this.pending.set(id, { done, onOutput, answer: { ok: false } });
      this.worker.postMessage({ id, ...message });
    });
  }

  #hear({ id, type, ...values }) {
    const waiting = this.pending.get(id);
    if (type === "progress") return this.onProgress?.(values.loaded, values.total);
    if (!waiting) return;
    if (type === "error") waiting.answer.error = values.text;
    if (type === "bytes" || type === "names") Object.assign(waiting.answer, values);
    if (type !== "done") return waiting.onOutput({ type, ...values });
    this.pending.delete(id);
    waiting.done({ ...waiting.answer, ...values });
  }

  #fail(error) {
    for (const { done } of this.pending.values()) done({ ok: false, error });
    this.pending.clear();
  }

  // Runs a cell: {ok, seconds, error?, stopped?}. onOutput hears {type, …} as worker.mjs lists them.
  // Options: name (what a traceback calls the cell), quiet (nothing but errors), packages (to load first).
  run(code, { onOutput, ...options } = {}) {
    return this.#ask({ type: "run", code, ...options }, onOutput);
  }

  // The names that code reads and does not bind itself.
  async names(code) {
    return (await this.#ask({ type: "names", code })).names ?? [];
  }

  // Writes a file that cells can open; it is there again after a stop.
  write(path, bytes) {
    return this.#bring({ type: "write", path, bytes });
  }

  // Unpacks a pure wheel from this site; it is there again after a stop.
  install(url) {
    return this.#bring({ type: "install", url: new URL(url, location.href).href });
  }

  async #bring(message) {
    this.brought.push(message);
    const { ok, error } = await this.#ask(message);
    if (!ok) throw new Error(error ?? "Python was stopped");
  }

  async read(path) {
    const { ok, error, bytes } = await this.#ask({ type: "read", path });
    if (!ok) throw new Error(error ?? "Python was stopped");
    return bytes;
  }

  // Forgets all names of cells.
  reset() {
    this.generation += 1;
    return this.#ask({ type: "reset" });
  }

  // Ends what runs, whatever it is, and starts anew: all names are gone.
  stop() {
    this.end();
    return this.start();
  }

  // Ends the worker for good.
  end() {
    this.generation += 1;
    this.worker.terminate();
    for (const { done } of this.pending.values()) done({ ok: false, stopped: true });
    this.pending.clear();
  }
}

// Starts Python from the folder `base`, where this file lies. onProgress(loaded, total) hears bytes; `plots` loads
// Matplotlib at once, which otherwise comes with the first cell that imports it; `signal` gives up the loading.
export async function connect(base, { onProgress, plots = false, signal } = {}) {
  if (location.protocol === "file:") throw new Error(FROM_FOLDER);
  const place = new URL(base, location.href);
  await keepRuntime(place);
  const python = new Python(place, onProgress, plots);
  const loaded = python.start();
  const giveUp = () => python.end();
  signal?.addEventListener("abort", giveUp);
  const { ok, error, stopped } = await loaded;
  signal?.removeEventListener("abort", giveUp);
  if (stopped || signal?.aborted) throw new Error("Stopped.");
  if (!ok) throw new Error(`Python could not be loaded: ${error}`);
  return python;
}

export { FROM_FOLDER };
