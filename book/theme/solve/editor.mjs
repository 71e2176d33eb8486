// Keys of a plain text field for code: Tab indents, Enter keeps the indentation, Escape and then Tab leaves.

const STEP = "    ";

function type(field, text) {
  // Keeps what Ctrl+Z undoes; where a browser has no such command, the text is set.
  if (!document.execCommand(text ? "insertText" : "delete", false, text)) {
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function shiftLines(field, change) {
  const { value, selectionStart, selectionEnd } = field;
  const begin = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const next = value.indexOf("\n", Math.max(selectionEnd - (selectionEnd > selectionStart ? 1 : 0), begin));
  const end = next < 0 ? value.length : next;
  const changed = value.slice(begin, end).split("\n").map(change).join("\n");
  if (changed === value.slice(begin, end)) return;
  field.setSelectionRange(begin, end);
  type(field, changed);
  if (selectionEnd > selectionStart) field.setSelectionRange(begin, begin + changed.length);
}

export function fit(field) {
  field.rows = Math.max(3, field.value.split("\n").length);
}

export function edit(field) {
  let leaving = false;
  field.addEventListener("input", () => fit(field));
  field.addEventListener("blur", () => (leaving = false));
  field.addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Escape") leaving = true;
    else if (event.key === "Tab" && plain && !leaving) {
      event.preventDefault();
      const { value, selectionStart, selectionEnd } = field;
      if (event.shiftKey) shiftLines(field, (line) => line.replace(/^ {1,4}/, ""));
      else if (value.slice(selectionStart, selectionEnd).includes("\n")) {
        shiftLines(field, (line) => (line ? STEP + line : line));
      } else {
        const column = selectionStart - (value.lastIndexOf("\n", selectionStart - 1) + 1);
        type(field, STEP.slice(column % STEP.length));
      }
    } else if (event.key === "Enter" && plain && !event.shiftKey) {
      event.preventDefault();
      const line = field.value.slice(0, field.selectionStart).split("\n").at(-1);
      type(field, "\n" + line.match(/^ */)[0] + (/:\s*(#.*)?$/.test(line) ? STEP : ""));
    } else if (event.key !== "Shift" && event.key !== "Tab") leaving = false;
  });
  fit(field);
}
