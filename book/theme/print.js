// Before a page is printed: light colours, folds opened, and what is wider than the paper made smaller; all back after it.

const PAPER = 640; // pixels between the margins of A4, a little less: Letter is wider
const WIDE = "mjx-container[display], .pst-scrollable-table-container > table, .cell_output table, .sd-card-body table";
let restore = null;

function openFolds() {
  const folds = [...document.querySelectorAll("details:not([open])")];
  for (const fold of folds) fold.open = true;
  return () => folds.forEach((fold) => { fold.open = false; });
}

function setLight() {
  const page = document.documentElement;
  const theme = page.dataset.theme;
  page.dataset.theme = "light";
  return () => { page.dataset.theme = theme; };
}

// Measured as on paper: its style holds for the screen meanwhile.
function fitWide() {
  const sheet = document.querySelector("link[href*='print.css']");
  const media = sheet.media;
  const page = document.querySelector(".bd-article-container");
  sheet.media = "all";
  page?.style.setProperty("width", `${PAPER}px`, "important");
  const shares = [...document.querySelectorAll(WIDE)].map((box) => {
    const formula = box.matches("mjx-container");
    const room = (formula ? box : box.parentElement).clientWidth;
    return [box, room / Math.max((formula ? box.firstElementChild : box).getBoundingClientRect().width, 1)];
  });
  const shrunk = shares.filter(([, share]) => share < 0.999);
  for (const [box, share] of shrunk) box.style.zoom = Math.floor(share * 100) / 100;
  page?.style.removeProperty("width");
  sheet.media = media;
  return () => shrunk.forEach(([box]) => { box.style.zoom = ""; });
}

addEventListener("beforeprint", () => {
  if (restore) return;
  const steps = [setLight(), openFolds(), fitWide()];
  restore = () => steps.forEach((step) => step());
});
addEventListener("afterprint", () => {
  restore?.();
  restore = null;
});
