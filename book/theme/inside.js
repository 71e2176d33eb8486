// Source code with the state of a unit behind each character: the reader chooses the unit, and may write another text.

(() => {
  const figure = document.getElementById("inside"), [form, own] = figure.querySelectorAll("form");
  const {start, step, number, load, mark} = globalThis.unrolledLSTM;
  const {unit} = form.elements, {back} = own.elements, text = own.querySelector("textarea");
  const shown = figure.querySelector(".written"), words = figure.querySelector(".words ul");
  const told = form.querySelector(".unit"), signs = [...form.querySelectorAll("[data-unit]")];
  const library = shown.textContent, HIGH = Number(figure.dataset.high);
  let loading, states = [], read = null;

  // One state for each character, after a line end that is not shown.
  function readAll(net, characters) {
    let state = step(net, number(net, "\n"), start(net));
    states = [...characters].map((one) => (state = step(net, number(net, one), state)).c.map(Math.tanh));
    read = characters;
  }

  // `inside.py` writes the same when the page is built.
  function inWords(characters, values) {
    const rows = [];
    let line = 1, stretch = "", sign = 0;
    const end = () => {
      if (sign && stretch.trim()) {
        const row = document.createElement("li"), code = document.createElement("code");
        code.textContent = stretch.trim().split(/\s+/).join(" ");
        row.append(`line ${line}, ${sign > 0 ? "up" : "down"}: `, code);
        rows.push(row);
      }
      line += stretch.split("\n").length - 1;
      stretch = "";
    };
    characters.forEach((character, place) => {
      const now = (values[place] >= HIGH) - (values[place] <= -HIGH);
      if (now !== sign) end();
      sign = now;
      stretch += character;
    });
    end();
    return rows;
  }

  function tellUnit() {
    const sign = signs.find((one) => one.dataset.unit === unit.value);
    for (const one of signs) one.setAttribute("aria-pressed", one === sign);
    const goesWith = sign ? `: ${sign.textContent}. Of that sign its state explains ${sign.dataset.share} % in files that the net has not read` : "";
    told.textContent = `Unit ${unit.value} of ${unit.max}${goesWith}.`;
    unit.setAttribute("aria-valuetext", `unit ${unit.value}${sign ? `, ${sign.textContent}` : ""}`);
  }

  async function draw() {
    try {
      const net = await (loading ??= load(figure.dataset.net)), wanted = text.value || library;
      if (wanted !== read) readAll(net, wanted);
      const characters = [...wanted], values = states.map((state) => state[unit.value - 1]);
      shown.replaceChildren(...characters.map((one, place) => mark("i", one, values[place])));
      words.replaceChildren(...inWords(characters, values));
    } catch (error) {
      told.textContent = `This does not work here: ${error.message}.`;
    }
  }

  const choose = () => { tellUnit(); draw(); };
  unit.addEventListener("input", choose);
  for (const sign of signs) sign.addEventListener("click", () => { unit.value = sign.dataset.unit; choose(); });
  text.addEventListener("input", draw);
  back.addEventListener("click", () => { text.value = ""; text.focus(); draw(); });
  for (const one of [form, own]) {
    one.addEventListener("submit", (event) => event.preventDefault());
    one.reset();
    one.hidden = false;
  }
  tellUnit();
})();
