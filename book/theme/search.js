// The site's search: sections, equations, terms and claims, English and Chinese, with one letter wrong. The index is
// loaded when a search field is used for the first time; nothing else is asked for.
{
  const INDEX = "_static/search-index.js";
  const IN_DIALOG = 8, ON_PAGE = 60; // results shown
  const PIECES = 30; // words of an excerpt
  const TITLE = 8, PLACE = 2, TEXT = 1; // what a word weighs there
  const PREFIX = 0.6, MISSPELT = 0.4; // what a word counts that only begins so, or differs by one letter
  const SHORT = 4; // letters below which no other word is taken for the one asked for
  const KINDS = { section: "", equation: "Equation", term: "Term", claim: "Claim of an article" };

  const WORD = /\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}_])+(?:\.\p{N}+)*/gu;
  const CHINESE = /^\p{Script=Han}/u;
  const PIECE = /\\\([^]*?\\\)|\p{Script=Han}|[^\s\p{Script=Han}]+|\s+/gu;

  // ---- words ----

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const stem = (word) => (word.length > 3 && /[^s]s$/.test(word) ? word.slice(0, -1) : word);

  // Chinese is written without blanks: every two neighbours are a word.
  function pairs(run) {
    const signs = [...run];
    return signs.length === 1 ? signs : signs.slice(1).map((sign, i) => signs[i] + sign);
  }

  // All words under which a text is found.
  function wordsOf(text) {
    return (plain(text).match(WORD) ?? []).flatMap((word) => {
      if (CHINESE.test(word)) return word.length === 1 ? [word] : [...pairs(word), ...word];
      return word.includes("_") ? [word, ...word.split("_").filter(Boolean).map(stem)] : [stem(word)];
    });
  }

  // Whether one letter more, less, other, or exchanged with its neighbour makes `b` of `a`.
  function oneLetterApart(a, b) {
    if (Math.abs(a.length - b.length) > 1) return false;
    let i = 0;
    while (i < a.length && a[i] === b[i]) i += 1;
    const [a1, b1] = [a.slice(i + 1), b.slice(i + 1)];
    if (a1 === b1 || a.slice(i) === b1 || a1 === b.slice(i)) return true;
    return a[i] === b[i + 1] && a[i + 1] === b[i] && a.slice(i + 2) === b.slice(i + 2);
  }

  // ---- index ----

  let entries = null; // {kind, page, anchor, where, title, text}
  let places = null; // word → Map of entry → weight

  async function load() {
    if (entries) return;
    const [equations] = await Promise.all([unrolled.equations(), unrolled.script(INDEX)]);
    const rest = window.unrolledIndex.map(([kind, page, anchor, top, place, title, text]) => ({
      kind, page, anchor, title, text, where: [title === top ? "" : top, place].filter(Boolean).join(" › "),
    }));
    const formulas = Object.entries(equations).map(([label, [number, page, top, place, tex]]) => ({
      kind: "equation", page, anchor: `equation-${label}`, title: `Eq. ${number}`, text: `\\(${tex}\\)`,
      where: [top, place].filter(Boolean).join(" › "), words: `equation ${label.replace(/^eq-/, "").replaceAll("-", " ")}`,
    }));
    entries = [...rest, ...formulas];
    places = new Map();
    const count = (entry, text, weight) => {
      for (const word of wordsOf(text)) {
        if (!places.has(word)) places.set(word, new Map());
        places.get(word).set(entry, (places.get(word).get(entry) ?? 0) + weight);
      }
    };
    for (const entry of entries) {
      count(entry, `${entry.title} ${entry.words ?? ""}`, entry.kind === "claim" ? TEXT : TITLE); // a claim has no title
      count(entry, entry.where, PLACE);
      count(entry, entry.text, TEXT);
    }
  }

  // ---- finding ----

  // The words of the index that stand for one that was asked for: [word, how well].
  function meant(asked) {
    const found = places.has(asked) ? [[asked, 1]] : [];
    if (asked.length < SHORT - 1) return found;
    for (const word of places.keys()) {
      if (word === asked) continue;
      if (word.startsWith(asked)) found.push([word, PREFIX]);
      else if (!found.length && asked.length >= SHORT && oneLetterApart(asked, word)) found.push([word, MISSPELT]);
    }
    return found.some(([, how]) => how === 1) ? found.filter(([, how]) => how !== MISSPELT) : found;
  }

  // Entry → score, for one word that was asked for.
  function scoresOf(words) {
    const scores = new Map();
    for (const [word, how] of words) {
      const holders = places.get(word);
      const rare = Math.log(1 + entries.length / holders.size);
      for (const [entry, weight] of holders) {
        scores.set(entry, Math.max(scores.get(entry) ?? 0, how * rare * (1 + Math.log2(weight))));
      }
    }
    return scores;
  }

  // A run of Chinese: with four signs or more, one of them may be wrong, and with it two pairs.
  function scoresOfChinese(run) {
    const asked = pairs(run);
    const [count, sum] = [new Map(), new Map()];
    for (const pair of asked) {
      for (const [entry, score] of scoresOf(places.has(pair) ? [[pair, 1]] : [])) {
        count.set(entry, (count.get(entry) ?? 0) + 1);
        sum.set(entry, (sum.get(entry) ?? 0) + score);
      }
    }
    const needed = asked.length >= 3 ? asked.length - 2 : asked.length;
    return new Map([...sum].filter(([entry]) => count.get(entry) >= needed));
  }

  // All that was found, the best first: what has all words; where nothing has, what has most.
  function find(query) {
    const asked = plain(query).match(WORD) ?? [];
    const [matched, score] = [new Map(), new Map()];
    const hits = new Set();
    for (const word of asked) {
      const chinese = CHINESE.test(word);
      const words = chinese ? [] : meant(stem(word));
      for (const [one] of words) hits.add(one);
      if (chinese) for (const one of [...pairs(word), word]) hits.add(one);
      for (const [entry, value] of chinese ? scoresOfChinese(word) : scoresOf(words)) {
        matched.set(entry, (matched.get(entry) ?? 0) + 1);
        score.set(entry, (score.get(entry) ?? 0) + value);
      }
    }
    const most = Math.max(0, ...matched.values());
    const phrase = plain(query).trim();
    const value = (entry) => score.get(entry) * (plain(`${entry.title} ${entry.text}`).includes(phrase) ? 1.5 : 1)
      * (plain(entry.title).replace(/^[\d.]+ /, "") === phrase ? 2 : 1);
    const found = [...score.keys()].filter((entry) => matched.get(entry) === most);
    return { found: found.map((entry) => [value(entry), entry]).sort((a, b) => b[0] - a[0]).map(([, entry]) => entry), hits };
  }

  // ---- showing ----

  const element = (name, className, ...children) => {
    const made = Object.assign(document.createElement(name), { className });
    made.append(...children);
    return made;
  };

  const isHit = (piece, hits) => !piece.startsWith("\\(") && wordsOf(piece).some((word) => hits.has(word));

  // A text in pieces: formulas as mathematics, what was asked for marked.
  function marked(pieces, hits) {
    return pieces.map((piece, i) => {
      if (piece.startsWith("\\(")) return element("span", "math", piece);
      const chinese = CHINESE.test(piece) && [pieces[i - 1] + piece, piece + pieces[i + 1]].some((pair) => hits.has(pair));
      return chinese || isHit(piece, hits) ? element("mark", "", piece) : piece;
    });
  }

  // The part of a text around the first place of what was asked for.
  function excerpt(text, hits) {
    const pieces = text.match(PIECE) ?? [];
    const first = pieces.findIndex((piece, i) => isHit(piece, hits) || hits.has(piece + pieces[i + 1]));
    const start = Math.max(0, first - PIECES / 2);
    const part = pieces.slice(start, start + 2 * PIECES);
    return [start ? "… " : "", ...marked(part, hits), start + part.length < pieces.length ? " …" : ""];
  }

  function shown(entry, hits) {
    const link = element("a", "");
    link.href = new URL(`${entry.page}.html${entry.anchor ? `#${entry.anchor}` : ""}`, unrolled.root);
    const kind = KINDS[entry.kind];
    link.append(element("span", "u-found-title", ...(kind && entry.kind !== "equation" ? [element("span", "u-found-kind", kind), " "] : []),
      ...marked(entry.title.match(PIECE) ?? [], hits)));
    if (entry.where) link.append(element("span", "u-found-where", entry.where));
    if (entry.text) link.append(element("span", "u-found-text", ...excerpt(entry.text, hits)));
    return element("li", "", link);
  }

  function equip(form) {
    const field = form.querySelector("input[name=q]");
    const onPage = !form.closest("dialog");
    const told = element("p", "u-found-told");
    told.setAttribute("role", "status");
    const list = element("ol", "u-found");
    list.setAttribute("aria-label", "What was found");
    form.after(told, list);
    let latest = "";

    async function answer() {
      const query = (latest = field.value.trim());
      if (!query) {
        told.textContent = "";
        list.replaceChildren();
        return;
      }
      try {
        await load();
      } catch (error) {
        told.textContent = error.message;
        return;
      }
      if (query !== latest) return;
      const { found, hits } = find(query);
      const some = found.slice(0, onPage ? ON_PAGE : IN_DIALOG);
      const more = found.length > some.length ? `, the best ${some.length} of them below${onPage ? "" : "; Enter shows more"}` : "";
      told.textContent = found.length ? `${found.length} ${found.length === 1 ? "place" : "places"}${more}.` : `Nothing about “${query}”.`;
      list.replaceChildren(...some.map((entry) => shown(entry, hits)));
      if (list.querySelector(".math")) await unrolled.typeset([list]);
    }

    field.addEventListener("focus", () => load().catch(() => {})); // an error is told when something is asked
    field.addEventListener("input", answer);
    form.parentElement.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const stops = [field, ...list.querySelectorAll("a")];
      const next = stops[stops.indexOf(document.activeElement) + step];
      if (!next) return;
      event.preventDefault();
      next.focus();
    });
    if (!onPage) {
      list.addEventListener("click", () => form.closest("dialog").close()); // the place may be on this page
      return;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
      answer();
    });
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    field.focus();
    answer();
  }

  addEventListener("DOMContentLoaded", () => document.querySelectorAll("form.bd-search").forEach(equip));
}
