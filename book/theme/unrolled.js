// Repairs that a page needs at run time.

// What is wider than its box can be reached and scrolled with the keyboard. The theme does so for some of them, and only
// for what is seen when the page comes.
const SCROLLING = "mjx-container[display], pre, .cell_output .output, .output.text_html, .pst-scrollable-table-container, .sd-card-body";
function makeScrollable() {
  for (const box of document.querySelectorAll(SCROLLING)) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// The copy buttons carry a picture only: name them for those who hear the page.
function nameCopyButtons() {
  for (const button of document.querySelectorAll("button.copybtn")) button.setAttribute("aria-label", "Copy this code");
}

// A link to what is folded opens it.
function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  let opened = false;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) {
    opened ||= !fold.open;
    fold.open = true;
  }
  if (opened) target.scrollIntoView();
}

addEventListener("hashchange", openTarget);
addEventListener("toggle", makeScrollable, true);
addEventListener("load", async () => {
  openTarget();
  nameCopyButtons();
  await window.MathJax?.startup?.promise;
  makeScrollable();
  addEventListener("resize", makeScrollable);
});
