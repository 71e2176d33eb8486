// The figure of CTC paths: what the chosen labels spell, and how probable that is over all paths.
(() => {
  const figure = document.getElementById("spelling"), status = figure.querySelector("[role=status]");
  const chances = JSON.parse(figure.dataset.chances), SIGNS = ["–", "a", "b"], BLANK = 0;
  const steps = [...figure.querySelectorAll("fieldset")].map((one) => [...one.querySelectorAll("input")]);
  const buttons = [...figure.querySelectorAll("[data-path]")];

  const collapse = (path) => path.filter((label, t) => label !== path[t - 1] && label !== BLANK);
  const probability = (path) => path.reduce((product, label, t) => product * chances[t][label], 1);
  const written = (labels) => labels.map((label) => SIGNS[label]).join(" ") || "nothing";
  const paths = chances.reduce((found, row) => found.flatMap((path) => row.map((_, k) => [...path, k])), [[]]);

  const rows = new Map();
  for (const path of paths) {
    const row = written(collapse(path)), {many, sum} = rows.get(row) ?? {many: 0, sum: 0};
    rows.set(row, {many: many + 1, sum: sum + probability(path)});
  }

  function bold(text) {
    const mark = document.createElement("b");
    mark.textContent = text;
    return mark;
  }

  function tell() {
    const path = steps.map((inputs) => inputs.findIndex((one) => one.checked)), row = written(collapse(path));
    const {many, sum} = rows.get(row), all = many === 1 ? "It is the only path" : `All paths that spell it are ${many}`;
    status.replaceChildren(
      bold(written(path)), " spells ", bold(row), `. This path has the probability ${probability(path).toFixed(3)}. `,
      `${all} of ${paths.length}, with ${sum.toFixed(3)} together.`);
    for (const one of buttons) one.setAttribute("aria-pressed", one.dataset.path === path.join(" "));
  }

  for (const input of steps.flat()) {
    input.disabled = false;
    input.addEventListener("change", tell);
  }
  for (const button of buttons) {
    button.addEventListener("click", () => {
      for (const [t, label] of button.dataset.path.split(" ").entries()) steps[t][label].checked = true;
      tell();
    });
  }
  buttons[0].click(); // a browser that comes back keeps what was chosen
  figure.querySelector(".knobs").hidden = false;
})();
