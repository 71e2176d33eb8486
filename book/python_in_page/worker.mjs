// Python, in a worker of its own: runs what client.mjs sends, one thing after the other, and tells what comes of it.
// In:  {id, type: "run", code, name, quiet, packages} | "write" (path, bytes) | "read" (path) | "install" (url)
//      | "names" (code) | "reset"
// Out: {id, type: "progress" (loaded, total) | "ready" | "stdout" | "stderr" | "result" (text) | "html" (html)
//       | "image" (svg, or src; alt) | "bytes" (bytes) | "names" (names) | "error" (text) | "done" (seconds, ok)}

const PLOTS = /\b(matplotlib|pylab|unrolled\.plotting|unrolled\.lab\.plotting)\b/;
const base = new URL(".", import.meta.url);
const fetchPlain = self.fetch.bind(self);

let current = 0; // the message that is being worked on
let expected = {}; // bytes of each file on its way
let loaded = 0;
let told = 0;

const send = (type, values = {}) => postMessage({ id: current, type, ...values });

function tellProgress() {
  const total = Object.values(expected).reduce((sum, size) => sum + size, 0);
  if (Date.now() - told < 100 && loaded < total) return;
  told = Date.now();
  send("progress", { loaded: Math.min(loaded, total), total });
}

// Pyodide loads its files with fetch: what is expected is counted on its way.
self.fetch = async (resource, options) => {
  const response = await fetchPlain(resource, options);
  const name = new URL(resource.url ?? resource, base).pathname.split("/").pop();
  if (!response.ok) throw new Error(`${name} is missing (status ${response.status})`);
  if (!(name in expected) || !response.body) return response;
  const counter = new TransformStream({
    transform(piece, controller) {
      loaded += piece.byteLength;
      tellProgress();
      controller.enqueue(piece);
    },
  });
  return new Response(response.body.pipeThrough(counter), response);
};

function expect(names) {
  for (const name of names) expected[name] = manifest.files[name].size;
}

let manifest;
let python;
let cells; // what cells.py makes
let free;

async function start(plots) {
  manifest = await (await fetchPlain(new URL("manifest.json", base), { cache: "no-cache" })).json();
  const folder = new URL(manifest.folder, base).href;
  expect([...manifest.core, ...manifest.packages.numpy, ...(plots ? manifest.packages.matplotlib : [])]);
  const course = fetch(new URL(manifest.course, base)).then((response) => response.arrayBuffer());
  const { loadPyodide } = await import(`${folder}pyodide.mjs`);
  await fetch(`${folder}pyodide.asm.mjs`).then((response) => response.arrayBuffer()); // its import cannot be counted
  python = await loadPyodide({
    indexURL: folder,
    packages: plots ? ["numpy", "matplotlib"] : ["numpy"],
    env: { MPLBACKEND: "agg", HOME: "/home/reader" },
  });
  await unpack(await course);
  const tell = (kind, text, alt) => {
    if (kind === "html") send("html", { html: text });
    else if (kind !== "image") send(kind, { text });
    else send("image", text.startsWith("data:") ? { src: text, alt } : { svg: text, alt });
  };
  const module = python.pyimport("cells");
  cells = module.Cells(tell);
  free = module.free;
  python.runPython("import numpy", { globals: python.toPy({}) }); // the first cell need not wait for it
}

async function unpack(bytes) {
  await python.unpackArchive(bytes, "zip", { extractDir: python.runPython("import site; site.getsitepackages()[0]") });
  python.runPython("import importlib; importlib.invalidate_caches()", { globals: python.toPy({}) });
}

const loadPackages = async (names) => {
  const missing = names.filter((name) => !(name in python.loadedPackages));
  if (!missing.length) return;
  for (const name of missing) expect(manifest.packages[name] ?? []);
  await python.loadPackage(missing, { messageCallback() {}, errorCallback() {} });
};

const ACTIONS = {
  start: () => {},
  async run({ code, name = "cell", quiet = false, packages = [] }) {
    await loadPackages(PLOTS.test(code) ? ["matplotlib", ...packages] : packages);
    if ("matplotlib" in python.loadedPackages) cells.use_style();
    return cells.run(code, name, quiet);
  },
  names({ code }) {
    const found = free(code);
    send("names", { names: found.toJs() });
    found.destroy();
  },
  write({ path, bytes }) {
    python.FS.mkdirTree(path.split("/").slice(0, -1).join("/") || "/");
    python.FS.writeFile(path, bytes);
  },
  read({ path }) {
    send("bytes", { bytes: python.FS.readFile(path) });
  },
  async install({ url }) {
    await unpack(await (await fetch(url)).arrayBuffer());
  },
  reset() {
    cells.reset();
  },
};

let working = Promise.resolve();
let starting;

onmessage = ({ data }) => {
  starting ??= start(data.plots ?? false);
  working = working.then(() => work(data));
};

async function work(message) {
  current = message.id;
  let ok = true;
  let began = performance.now();
  try {
    await starting;
    began = performance.now();
    if (message.type === "start") send("ready");
    ok = (await ACTIONS[message.type](message)) ?? true;
  } catch (error) {
    ok = false;
    send("error", { text: String(error.message ?? error) });
  }
  send("done", { seconds: (performance.now() - began) / 1000, ok });
}
