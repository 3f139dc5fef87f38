/* A page's notebook as a file: downloaded with the reader's code, and imported again, from wherever it was edited.
   A file is data: its title and the code of the page's own cells are read, and nothing of it is run. */

const LARGEST = 20e6; // bytes; a chapter's notebook with all its outputs has about one million

/** Gives the reader the notebook, without outputs, with the cells' present code. */
export function download(notebook, cells, name) {
  const edited = structuredClone(notebook);
  for (const cell of cells) edited.cells.find((each) => each.id === cell.id).source = cell.editor.code;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(edited, null, 1)], { type: "application/x-ipynb+json" }));
  link.download = `${name}.ipynb`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

/** Lets the reader choose a file; resolves to it, and never where none is chosen. */
export function choose() {
  const input = Object.assign(document.createElement("input"), { type: "file", accept: ".ipynb,.json" });
  return new Promise((chosen) => {
    input.onchange = () => chosen(input.files[0]);
    input.click();
  });
}

/**
 * The code that a file holds for the cells with these ids: {codes: Map of id → code, others: how many more cells of it
 * are not as in the book, and have no place in the page}. Throws an Error that says what is wrong with the file.
 */
export async function read(file, notebook, ids) {
  if (file.size > LARGEST) throw new Error(`it has over ${LARGEST / 1e6} MB, and no notebook of this book is so large`);
  const cells = cellsOf(await file.text());
  const [title] = titles(notebook.cells), theirs = titles(cells);
  if (!theirs.length) throw new Error(`nothing tells of which chapter it is: its title is missing, a cell of text with “# ${title}”`);
  if (!theirs.includes(title)) throw new Error(`it is the notebook of another chapter, “${theirs[0].slice(0, 80)}”. Import it on that chapter's page`);
  const book = new Map(notebook.cells.map((cell) => [cell.id, text(cell)]));
  const codes = new Map();
  let others = 0;
  for (const cell of cells) {
    const code = text(cell);
    if (cell?.cell_type === "code" && ids.includes(cell.id) && !codes.has(cell.id) && code !== null) codes.set(cell.id, code);
    else if (code === null || code !== book.get(cell.id)) others += 1;
  }
  if (!codes.size) throw new Error("none of its cells has the id of a cell of this page. Was it saved by a program that drops the ids?");
  return { codes, others };
}

function cellsOf(written) {
  let notebook;
  try {
    notebook = JSON.parse(written);
  } catch {
    throw new Error("it is no notebook. Choose the file that “Download notebook” gave you; its name ends in .ipynb");
  }
  const format = notebook?.nbformat;
  if (Number.isInteger(format) && format !== 4) throw new Error(`it is a notebook of format ${format}, and this page reads format 4. Jupyter saves it so`);
  if (format !== 4 || !Array.isArray(notebook.cells)) throw new Error("it is no notebook: it has no cells");
  return notebook.cells;
}

/** A cell's source, which is a string or a list of strings; null where it is neither. */
function text(cell) {
  const parts = [cell?.source].flat();
  return parts.every((part) => typeof part === "string") ? parts.join("").replace(/\r\n?/g, "\n") : null;
}

/** The headings of the first level; a chapter has one, its title, and the reader may have put others before it. */
function titles(cells) {
  const written = cells.map((cell) => (cell?.cell_type === "markdown" && text(cell)) || "").join("\n");
  return [...written.matchAll(/^# +(.*\S)/gm)].map(([, title]) => title);
}
