// Starts the page of an assignment. A browser loads no modules into a page that was opened as a file: it stays to be read.
if (location.protocol !== "file:") import(new URL("page.mjs", document.currentScript.src));
