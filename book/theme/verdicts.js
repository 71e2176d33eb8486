// A filter over the table of claims: by article, verdict, kind of fault, page and words; how many are left is told.
{
  const ALL = "";
  const table = document.querySelector("table.u-verdicts");
  const text = (element) => element?.textContent.trim() ?? "";
  const claims = [...table.tBodies[0].rows].map((row) => ({
    row,
    article: text(row.cells[0]).split("-")[0],
    verdict: text(row.querySelector(".u-verdict")),
    fault: text(row.querySelector(".u-kind")),
    page: text(row.querySelector(".u-place")),
    words: text(row).toLowerCase(),
  }));

  const labelled = (words, control) => {
    const label = document.createElement("label");
    label.append(words, control);
    return label;
  };

  function choice(name, words) {
    const select = Object.assign(document.createElement("select"), { name });
    const values = [...new Set(claims.map((claim) => claim[name]))].filter(Boolean);
    select.append(new Option("all", ALL), ...values.map((value) => new Option(value, value)));
    return labelled(words, select);
  }

  const form = Object.assign(document.createElement("form"), { className: "u-filter not-printed" });
  form.setAttribute("aria-label", "Which claims are shown");
  form.append(
    choice("article", "Article"),
    choice("verdict", "Verdict"),
    choice("fault", "Kind of fault"),
    choice("page", "Decided on"),
    labelled("Words", Object.assign(document.createElement("input"), { name: "words", type: "search" })),
    Object.assign(document.createElement("button"), { type: "reset", textContent: "Show all" }),
  );
  const told = Object.assign(document.createElement("p"), { className: "u-filtered" });
  told.setAttribute("role", "status");

  function filter() {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.words.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const claim of claims) {
      const fits =
        ["article", "verdict", "fault", "page"].every((name) => wanted[name] === ALL || claim[name] === wanted[name]) &&
        words.every((word) => claim.words.includes(word));
      claim.row.hidden = !fits;
      shown += fits;
    }
    told.textContent = `${shown} of ${claims.length} claims`;
  }

  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  (table.closest(".pst-scrollable-table-container") ?? table).before(form, told);
  filter();

  // A link to a row that is filtered away shows it.
  addEventListener("hashchange", () => {
    if (document.getElementById(location.hash.slice(1))?.closest("tr[hidden]")) form.reset();
  });
}
