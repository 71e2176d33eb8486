// Repairs that a page needs at run time.

// A page opened from a folder may not read its neighbours, so search shows titles there and no excerpts.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// An equation wider than its box can be reached and scrolled with the keyboard.
function makeEquationsScrollable() {
  for (const box of document.querySelectorAll("mjx-container[display]")) {
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
addEventListener("toggle", makeEquationsScrollable, true);
addEventListener("load", async () => {
  openTarget();
  nameCopyButtons();
  await window.MathJax?.startup?.promise;
  makeEquationsScrollable();
  addEventListener("resize", makeEquationsScrollable);
});
