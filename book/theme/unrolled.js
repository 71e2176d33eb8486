// Three repairs that a page needs at run time.

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

addEventListener("load", async () => {
  nameCopyButtons();
  await window.MathJax?.startup?.promise;
  makeEquationsScrollable();
  addEventListener("resize", makeEquationsScrollable);
});
