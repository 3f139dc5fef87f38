/* Live: starts Python in the page and makes its cells editable. Loaded by live-button.js when a reader asks for it. */
import { Cell } from "./cell.js";
import { Python } from "./python.js";

const here = new URL("./", import.meta.url);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** What the reader changed on this page, kept in this browser only. */
class Store {
  constructor(page) {
    this.name = (id) => `dl-live:${page}:${id}`;
  }
  read(id) {
    return localStorage.getItem(this.name(id));
  }
  write(id, code) {
    code === null ? localStorage.removeItem(this.name(id)) : localStorage.setItem(this.name(id), code);
  }
}

/** Called once: page is the page's name, bar the element in which buttons and messages go. */
export async function start(page, bar) {
  const [settings, notebook] = await Promise.all(
    ["settings.json", `cells/${page}.json`].map(async (file) => (await fetch(new URL(file, here))).json()),
  );
  const say = document.createElement("p");
  Object.assign(say, { className: "dl-live-say", role: "status" });
  const store = new Store(page);
  let loaded = 0, running = false, stopped = false, ready = null, cells = [];

  const python = new Python(
    {
      worker: new URL("worker.js", here).href,
      core: new URL("pyodide/", here).href,
      packages: new URL(settings.packages, here).href,
      lock: new URL(settings.lock, here).href,
      wheels: settings.wheels.map((wheel) => new URL(wheel, here).href),
      needed: settings.needed,
    },
    ({ what, bytes }) => {
      loaded += bytes;
      say.textContent = `Loading ${what}${bytes ? `, ${megabytes(bytes)}` : ""} (${megabytes(loaded)} so far; your browser keeps it) …`;
    },
  );

  async function boot() {
    const began = performance.now();
    say.textContent = "Starting Python …";
    loaded = 0;
    try {
      const version = await python.start();
      for (const code of notebook.setup) await python.run(code, "set-up", [], () => {});
      const seconds = (performance.now() - began) / 1000;
      document.documentElement.dataset.dlLive = seconds.toFixed(2);
      say.textContent = `Python ${version} is ready (${megabytes(loaded)} in ${seconds.toFixed(1)} s). Edit a cell, then Shift+Enter. Nothing leaves this page.`;
      return true;
    } catch (error) {
      say.textContent = `Python could not be started: ${error.message}. The page can be read as before. `
        + `It needs ${settings.packages.startsWith("http") ? `the network, to reach ${new URL(settings.packages).host}` : "all files of the book"}.`;
      return false;
    }
  }

  let count = 0;
  async function run(cell, how) {
    if (cell.needs || running || !(await ready)) return false;
    running = true;
    stopped = false;
    stops.disabled = false;
    cell.begin();
    let ok = false;
    const began = performance.now();
    try {
      ({ ok } = await python.run(cell.editor.code, `cell ${cell.number}`, cell.alts, (shown) => cell.show(shown)));
      count += 1;
      cell.end(`${ok ? "run" : "failed"} [${count}], ${((performance.now() - began) / 1000).toFixed(1)} s`);
    } catch (error) {
      cell.show({ error: stopped ? "Stopped. Python was started anew, so run the cells before this one again." : error.message });
      cell.end("stopped");
    }
    running = false;
    stops.disabled = true;
    if (how === "next") cells[cells.indexOf(cell) + 1]?.editor.focus();
    return ok;
  }

  async function runAll() {
    for (const cell of cells.filter((each) => !each.needs)) {
      if (!(await run(cell, "stay"))) return cell.element.scrollIntoView({ block: "center" });
    }
    say.textContent = "All cells were run.";
  }

  function stop() {
    stopped = true;
    python.stop();
    if (!python.canInterrupt) ready = boot();
  }

  /** The notebook with the reader's code, without outputs. */
  function download() {
    const edited = structuredClone(notebook.notebook);
    for (const cell of cells) edited.cells.find((each) => each.id === cell.id).source = cell.editor.code;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(edited, null, 1)], { type: "application/x-ipynb+json" }));
    link.download = `${page.split("/").at(-1)}.ipynb`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const tool = (text, onclick) => Object.assign(document.createElement("button"), { type: "button", className: "dl-live-button", textContent: text, onclick });
  const stops = Object.assign(tool("Stop", stop), { disabled: true });
  bar.replaceChildren(tool("Run all", runAll), stops, tool("Download notebook", download), say);
  cells = notebook.cells
    .filter(({ id }) => document.getElementById(`cell-${id}`))
    .map((cell, i) => new Cell(cell, i + 1, { run, store, complete: async (text) => (running || !(await ready) ? [] : (await python.complete(text)).words) }));
  ready = boot();
  await ready;
}
