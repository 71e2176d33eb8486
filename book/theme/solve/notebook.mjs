// A notebook file (nbformat 4): what a student wrote goes into a copy of the released one, and is read out of a file.
// Work: {sources: {cell id: text}, added: [{id, after: id of a released cell or null, type, source}]}.

export class NotThisNotebook extends Error {}

const SHARE = 0.5; // of the released cells with a role must be there, or it is another assignment's file
const ID = /^[a-zA-Z0-9_-]{1,64}$/; // of a cell, as nbformat has it
const LINE = /[^\n]*\n|[^\n]+$/g;

export const textOf = (cell) => (Array.isArray(cell.source) ? cell.source.join("") : cell.source ?? "");
export const roleOf = (cell) => cell.metadata?.nbgrader ?? {};
export const isOpen = (cell) => roleOf(cell).solution === true || (cell.cell_type === "code" && !roleOf(cell).grade_id);

export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function newCell({ id, type, source }) {
  const lines = source.match(LINE) ?? [];
  if (type !== "code") return { cell_type: type, id, metadata: {}, source: lines };
  return { cell_type: type, execution_count: null, id, metadata: {}, outputs: [], source: lines };
}

// The released notebook with the student's words and cells, and nothing else changed.
export function withWork(released, work) {
  const notebook = structuredClone(released);
  const addedAfter = (id) => work.added.filter((cell) => cell.after === id).map(newCell);
  notebook.cells = addedAfter(null);
  for (const cell of structuredClone(released.cells)) {
    const source = work.sources[cell.id];
    if (isOpen(cell) && source !== undefined && source !== textOf(cell)) cell.source = source.match(LINE) ?? [];
    notebook.cells.push(cell, ...addedAfter(cell.id));
  }
  return notebook;
}

// As nbformat writes it, so that an untouched notebook is the released file, byte by byte.
export const fileOf = (notebook) => JSON.stringify(notebook, null, 1) + "\n";

function parsed(content) {
  let notebook;
  try {
    notebook = JSON.parse(content.replace(/^\uFEFF/, ""));
  } catch {
    throw new NotThisNotebook("This file is no notebook. Choose the .ipynb file that you saved or downloaded.");
  }
  if (notebook?.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new NotThisNotebook("This file is no notebook of today's format. Open it in JupyterLab once, and save it.");
  }
  return notebook;
}

// The released cell that each cell of a file is, by grade id, cell id, or text; null for what the student added.
function matched(cells, released) {
  const left = new Set(released.cells);
  const found = new Map();
  const match = (fits) => {
    for (const cell of cells) {
      if (found.has(cell)) continue;
      const one = [...left].find((candidate) => candidate.cell_type === cell.cell_type && fits(cell, candidate));
      if (one) left.delete(one), found.set(cell, one);
    }
  };
  match((cell, one) => roleOf(one).grade_id && roleOf(one).grade_id === roleOf(cell).grade_id);
  match((cell, one) => cell.id && cell.id === one.id);
  match((cell, one) => textOf(cell) === textOf(one));
  return found;
}

// What a student wrote in a file of the same assignment. Throws NotThisNotebook.
export function workIn(content, released, slug) {
  const { cells } = parsed(content);
  const found = matched(cells, released);
  const roles = released.cells.filter((cell) => roleOf(cell).grade_id);
  const there = new Set([...found.values()].filter((cell) => roleOf(cell).grade_id)).size;
  const foreign = cells.filter((cell) => roleOf(cell).grade_id && !found.has(cell)).length;
  if (there < SHARE * roles.length || foreign > there) {
    throw new NotThisNotebook(`This is not the notebook of ${slug}: most of its cells belong elsewhere. Nothing was changed.`);
  }
  const work = { sources: {}, added: [] };
  const taken = new Set(released.cells.map((cell) => cell.id));
  const idFor = (cell) => (ID.test(cell.id ?? "") && !taken.has(cell.id) ? cell.id : newId());
  let after = null;
  for (const cell of cells) {
    const one = found.get(cell);
    if (one) {
      after = one.id;
      if (isOpen(one)) work.sources[one.id] = textOf(cell);
    } else if (textOf(cell).trim()) {
      const id = idFor(cell);
      taken.add(id);
      work.added.push({ id, after, type: cell.cell_type, source: textOf(cell) });
    }
  }
  return work;
}
