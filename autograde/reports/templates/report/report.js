"use strict";
// Shows the page's table: searched, filtered and sorted, so many rows at a time. What stands in it is text, never markup.
(() => {
  const FIRST = 100, MORE = 500, APART = "; ";
  const { columns, rows } = JSON.parse(document.getElementById("table").textContent);
  const table = document.getElementById("students"), controls = document.getElementById("controls");
  const shown = document.getElementById("shown"), more = document.getElementById("more");
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const state = { search: "", chosen: new Map(), column: 0, up: true, most: FIRST };
  const value = (cell) => (Array.isArray(cell) ? cell[0] : cell);
  const words = (row) => row.map((cell) => (Array.isArray(cell) ? `${cell[0] ?? ""} ${cell[2] ?? ""}` : cell ?? ""));
  const texts = rows.map((row) => words(row).join("\n").toLowerCase());

  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const isNumber = columns.map((_, at) => rows.some((row) => typeof value(row[at]) === "number"));

  const compare = (one, other) => {
    const [a, b] = [value(rows[one][state.column]), value(rows[other][state.column])];
    const [noA, noB] = [a === null || a === "", b === null || b === ""];
    if (noA || noB) return noA - noB || one - other; // what is empty stands last, whatever the order
    const found = typeof a === "number" ? a - b : order.compare(a, b);
    return (state.up ? found : -found) || one - other;
  };

  const isChosen = (row, at) => {
    for (const [column, wanted] of state.chosen)
      if (!String(value(row[column]) ?? "").split(APART).includes(wanted)) return false;
    return texts[at].includes(state.search);
  };

  const filled = (cell, column, number) => {
    const [text, link, mark] = Array.isArray(cell) ? cell : [cell];
    const td = make("td", { className: number ? "number" : "" });
    const content = text === null || text === undefined ? "" : String(text);
    if (content && link) td.append(make("a", { href: column.base + link }, content));
    else td.append(content);
    if (mark) td.append(make("span", { className: "mark" }, content ? ` ${mark}` : mark));
    if (number && (content || mark)) td.dataset.title = column.title;
    if (column.most && typeof text === "number") {
      td.classList.add("bar");
      td.style.setProperty("--share", `${Math.max(0, Math.min(100, (100 * text) / column.most))}%`);
    }
    return td;
  };

  const draw = () => {
    const found = rows.map((_, at) => at).filter((at) => isChosen(rows[at], at)).sort(compare);
    const body = make("tbody");
    for (const at of found.slice(0, state.most))
      body.append(make("tr", {}, ...rows[at].map((cell, c) => filled(cell, columns[c], isNumber[c]))));
    table.tBodies[0]?.remove();
    table.append(body);
    [...table.tHead.rows[0].cells].forEach((th, c) => {
      if (c === state.column) th.setAttribute("aria-sort", state.up ? "ascending" : "descending");
      else th.removeAttribute("aria-sort");
    });
    const now = Math.min(found.length, state.most);
    shown.textContent = `${found.length} of ${rows.length} students${now < found.length ? `, the first ${now} shown` : ""}`;
    more.hidden = now === found.length;
  };

  const redraw = () => {
    state.most = FIRST;
    draw();
  };

  const sortBy = (column, up) => {
    Object.assign(state, { column, up });
    sort.value = `${column} ${up}`;
    redraw();
  };

  const head = make("tr");
  columns.forEach((column, c) => {
    const button = make("button", { type: "button" }, column.title);
    button.addEventListener("click", () => sortBy(c, c === state.column ? !state.up : !isNumber[c]));
    head.append(make("th", { scope: "col", className: isNumber[c] ? "number" : "" }, button));
  });
  table.append(make("thead", {}, head));

  const search = make("input", { type: "search", autocomplete: "off" });
  search.addEventListener("input", () => {
    state.search = search.value.trim().toLowerCase();
    redraw();
  });
  controls.append(make("label", {}, "Search", search));

  const selects = new Map();
  columns.forEach((column, c) => {
    if (!column.filter) return;
    const counts = new Map();
    for (const row of rows)
      for (const one of String(value(row[c]) ?? "").split(APART)) if (one) counts.set(one, (counts.get(one) ?? 0) + 1);
    const select = make("select", {}, make("option", { value: "" }, "all"));
    for (const [one, count] of [...counts].sort((a, b) => b[1] - a[1] || order.compare(a[0], b[0])))
      select.append(make("option", { value: one }, `${one} (${count})`));
    select.addEventListener("change", () => {
      if (select.value) state.chosen.set(c, select.value);
      else state.chosen.delete(c);
      redraw();
    });
    selects.set(column.title, select);
    controls.append(make("label", {}, column.title, select));
  });

  const sort = make("select");
  columns.forEach((column, c) => {
    for (const up of [true, false]) sort.append(make("option", { value: `${c} ${up}` }, `${column.title} ${up ? "↑" : "↓"}`));
  });
  sort.addEventListener("change", () => {
    const [column, up] = sort.value.split(" ");
    sortBy(Number(column), up === "true");
  });
  controls.append(make("label", {}, "Sorted by", sort));

  more.addEventListener("click", () => {
    state.most += MORE;
    draw();
  });

  // Links of the page that choose a value of one column.
  for (const link of document.querySelectorAll("a[data-column]"))
    link.addEventListener("click", () => {
      for (const [title, select] of selects) {
        select.value = title === link.dataset.column ? link.dataset.value : "";
        select.dispatchEvent(new Event("change"));
      }
    });

  controls.hidden = false;
  sortBy(0, true);
})();
