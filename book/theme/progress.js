// What the reader has read and answered, kept in this browser and nowhere else.
// {page: {read: [ids of sections], of: sections, answered: [ids of questions], asked: questions}}
(() => {
  const KEY = "unrolled-progress";
  const NAME = /book\/[\w-]+\/[\w-]+(?=\.html(?:$|[?#]))/;
  const LINKS = ".bd-links a.internal, .bd-article a.internal:not([href*='#'], .sd-stretched-link)";
  const page = NAME.exec(location.pathname)?.[0];

  // A browser may refuse its storage: then nothing is kept, and nothing shown.
  function load() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      return {};
    }
  }

  function save(all) {
    try {
      localStorage.setItem(KEY, JSON.stringify(all));
    } catch {}
  }

  function erase() {
    try {
      localStorage.removeItem(KEY);
    } catch {}
    show();
  }

  function note(kind, id) {
    const all = load();
    const kept = { read: [], answered: [], ...all[page], of: sections.length, asked: questions.length };
    if (!kept[kind].includes(id)) kept[kind].push(id);
    save({ ...all, [page]: kept });
    show();
  }

  function mark({ read, of, answered, asked }) {
    const share = Math.round((100 * Math.min(read.length, of)) / of);
    const done = share === 100 && answered.length >= asked;
    const sign = document.createElement("span");
    sign.className = done ? "u-progress u-done" : "u-progress";
    sign.style.setProperty("--u-share", `${share}%`);
    sign.title = `${share} % read, ${answered.length} of ${asked} questions answered`;
    const words = document.createElement("span");
    words.textContent = ` (${sign.title})`;
    sign.append(words);
    return sign;
  }

  function show() {
    const all = load();
    for (const sign of document.querySelectorAll(".u-progress, .u-erase")) sign.remove();
    for (const link of document.querySelectorAll(LINKS)) {
      const kept = all[NAME.exec(link.href)?.[0]];
      if (kept && (link.closest(".bd-links") || !page)) link.append(mark(kept));
    }
    const contents = document.querySelector(".bd-links");
    if (!contents || !Object.keys(all).length) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "u-erase";
    button.textContent = "Erase my progress";
    button.title = "It is kept in this browser only";
    button.addEventListener("click", erase);
    contents.append(button);
  }

  const sections = [...document.querySelectorAll(".bd-article > section > section[id]")];
  const questions = [...document.querySelectorAll(".bd-article .u-quiz")];

  // A section is read when its end has been on the screen. Only chapters have questions, and are counted.
  if (page && questions.length) {
    const ends = new Map(sections.map((section) => [section.lastElementChild, section.id]));
    const watch = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        watch.unobserve(target);
        note("read", ends.get(target));
      }
    });
    for (const end of ends.keys()) watch.observe(end);
    for (const question of questions) {
      const id = question.getAttribute("aria-labelledby");
      question.addEventListener("toggle", ({ target }) => target.open && note("answered", id), true);
    }
  }
  show();
  addEventListener("storage", show);
})();
