// An LSTM that reads characters, and a text with the state of a unit behind each; then the landing page's figure, in which
// it writes. `inside.js` shows another net's states.

// The equations of the chapter on LSTM; `unrolled/lab/character_net.py` computes the same in NumPy.
globalThis.unrolledLSTM = (() => {
  const sigmoid = (a) => 1 / (1 + Math.exp(-a));

  function unpack({symbols, units, arrays}) {
    const net = {symbols, H: units, K: symbols.length + 1};
    for (const [name, {scale, bytes}] of Object.entries(arrays)) {
      const steps = Int8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
      net[name] = Float64Array.from(steps, (step) => scale * step);
    }
    return net;
  }

  const start = ({H}) => ({h: new Float64Array(H), c: new Float64Array(H)});

  function step({H, W, U, b}, id, {h, c}) {
    const a = b.map((bias, k) => bias + W[4 * H * id + k]);
    for (let j = 0; j < H; j++) for (let k = 0; k < 4 * H; k++) a[k] += h[j] * U[4 * H * j + k];
    const next = c.map((old, j) =>
      sigmoid(a[H + j]) * old + sigmoid(a[j]) * Math.tanh(a[2 * H + j]));
    return {h: next.map((cell, j) => sigmoid(a[3 * H + j]) * Math.tanh(cell)), c: next};
  }

  function probabilities({H, K, Wy, by}, h, temperature = 1) {
    const scores = by.map((bias, k) => {
      for (let j = 0; j < H; j++) bias += h[j] * Wy[K * j + k];
      return bias / temperature;
    });
    const most = Math.max(...scores), powers = scores.map((score) => Math.exp(score - most));
    const sum = powers.reduce((total, power) => total + power);
    return powers.map((power) => power / sum);
  }

  // The place of a character in the alphabet, in lower case where it has no other; 0 stands for all others.
  const number = ({symbols}, character) =>
    (symbols.indexOf(character) + 1) || (symbols.indexOf(character.toLowerCase()) + 1);

  const folder = document.currentScript.src;

  // The net whose weights lie in a file beside this one.
  const load = (name) => new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = new URL(name, folder);
    script.onload = () => done(unpack(globalThis.unrolledNet));
    script.onerror = () => fail(new Error("the net's weights did not load"));
    document.head.append(script);
  });

  // A character with a number from -1 to 1 behind it.
  function mark(tag, character, value) {
    const element = document.createElement(tag);
    element.textContent = character;
    element.classList.toggle("down", value < 0);
    element.style.setProperty("--v", Math.abs(value).toFixed(2));
    return element;
  }

  return {unpack, start, step, probabilities, number, load, mark};
})();

(() => {
  const figure = document.getElementById("writer");
  if (!figure) return;
  const form = figure.querySelector("form");
  const text = form.querySelector("textarea"), {go, stop, clear, unit} = form.elements;
  const shown = figure.querySelector(".written"), guesses = figure.querySelector(".guesses");
  const next = guesses.querySelector("ol");
  const status = figure.querySelector("[role=status]"), signs = [...form.querySelectorAll("[data-unit]")];
  const {start, step, probabilities, number, mark, ...shared} = globalThis.unrolledLSTM;
  const PIECE = 200, MOST = 1000, PAUSE = 35;
  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  let loading, states = [], run = 0;
  let written = [...shown.querySelectorAll("i")].map((mark) => mark.textContent).join("");

  const load = () => loading ??= shared.load(figure.dataset.net);

  // One state for each character, after a line end that is not shown.
  function readAll(net) {
    let state = step(net, number(net, "\n"), start(net));
    states = [state];
    for (const character of text.value + written) states.push(state = step(net, number(net, character), state));
  }

  const drawCharacter = (character, state, typed) =>
    mark(typed ? "b" : "i", character, Math.tanh(state.c[unit.value - 1]));

  function drawNext(net) {
    const ranked = [...probabilities(net, states.at(-1).h)].map((chance, id) => [chance, id]).sort((x, y) => y[0] - x[0]);
    next.replaceChildren(...ranked.slice(0, 5).map(([chance, id]) => {
      const item = document.createElement("li"), sign = net.symbols[id - 1] ?? "other";
      item.textContent = `${{" ": "blank", "\n": "line end"}[sign] ?? sign} ${Math.round(100 * chance)} %`;
      item.style.setProperty("--p", chance);
      return item;
    }));
    guesses.hidden = false;
  }

  function draw(net) {
    const characters = [...text.value + written], typed = [...text.value].length;
    shown.replaceChildren(...characters.map((one, place) => drawCharacter(one, states[place + 1], place < typed)));
    shown.setAttribute("aria-label", characters.length ? `The text: ${text.value}${written}` : "No text yet");
    drawNext(net);
  }

  function tellUnit() {
    const sign = signs.find((one) => one.dataset.unit === unit.value);
    for (const one of signs) one.setAttribute("aria-pressed", one === sign);
    const goesWith = sign ? `: ${sign.textContent}. Correlation ${sign.dataset.correlation.replace("-", "−")}, on text that the net has not read` : "";
    form.querySelector(".unit").textContent = `Unit ${unit.value} of ${unit.max}${goesWith}.`;
    unit.setAttribute("aria-valuetext", `unit ${unit.value}${sign ? `, ${sign.textContent}` : ""}`);
  }

  function pick(net) {
    const chances = probabilities(net, states.at(-1).h, Number(form.elements.temperature.value));
    let left = Math.random() * (1 - chances[0]);
    for (let id = 1; id < chances.length; id++) if ((left -= chances[id]) < 0) return id;
    return chances.length - 1;
  }

  function end() {
    run += 1;
    stop.disabled = true;
    go.disabled = written.length >= MOST;
    if (go.disabled) form.querySelector(".unit").textContent = "That is enough for one text: clear it to begin anew.";
  }

  async function write(net) {
    const own = ++run, before = written.length, still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    go.disabled = true;
    stop.disabled = false;
    stop.focus();
    while (run === own && written.length < Math.min(before + PIECE, MOST)) {
      const id = pick(net), state = step(net, id, states.at(-1));
      states.push(state);
      written += net.symbols[id - 1];
      shown.append(drawCharacter(net.symbols[id - 1], state, false));
      drawNext(net);
      if (!still) await wait(PAUSE);
    }
    shown.setAttribute("aria-label", `The text: ${text.value}${written}`);
    const said = written.slice(before);
    if (said) status.textContent = `It wrote: ${said}`;
    const waiting = document.activeElement === stop;
    if (run === own) end();
    if (waiting) (go.disabled ? clear : go).focus();
  }

  // What is there is the page's own still until the reader touches something; then the net reads the text anew.
  async function ready() {
    const net = await load();
    if (!states.length) readAll(net);
    return net;
  }

  const attempt = (action) => async (event) => {
    try {
      action(await ready(), event);
    } catch (error) {
      form.querySelector(".unit").textContent = `This does not work here: ${error.message}.`;
    }
  };
  const anew = attempt((net) => { end(); written = ""; readAll(net); draw(net); });

  text.addEventListener("input", anew);
  go.addEventListener("click", attempt((net) => { draw(net); write(net); }));
  stop.addEventListener("click", () => { end(); go.focus(); });
  clear.addEventListener("click", (event) => { text.value = ""; text.focus(); anew(event); });
  unit.addEventListener("input", () => { tellUnit(); attempt(draw)(); });
  for (const sign of signs) {
    sign.addEventListener("click", () => { unit.value = sign.dataset.unit; tellUnit(); attempt(draw)(); });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.reset();
  form.hidden = false;
  tellUnit();
})();
