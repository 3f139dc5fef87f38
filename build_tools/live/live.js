/* Live: starts Python in the page and makes its cells editable. Loaded by live-button.js when a reader asks for it. */
import { Cell } from "./cell.js";
import { choose, download, read } from "./notebook.js";
import { Python } from "./python.js";
import { Store } from "./store.js";

const here = new URL("./", import.meta.url);
const FORGETFUL = "Your browser keeps no edits (its storage is off or full): what you change lasts until you leave the page. “Download notebook” keeps it.";
const LONG_STEP = "Python is in one long step, which nothing interrupts. Stop once more starts Python anew: names are lost, your code is kept.";
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const counted = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

/** Called once: page is the page's name, bar the element in which buttons and messages go. */
export async function start(page, bar) {
  const [settings, notebook] = await Promise.all(
    ["settings.json", `cells/${page}.json`].map(async (file) => (await fetch(new URL(file, here))).json()),
  );
  const say = document.createElement("p");
  Object.assign(say, { className: "dl-live-say", role: "status" });
  const note = Object.assign(document.createElement("p"), { className: "dl-live-note", role: "status" }); // say is about Python, this about the reader's code
  const store = new Store(page, () => { forgetful = FORGETFUL; tell(""); });
  let loaded = 0, running = null, stopped = false, ready = null, failed = false, cells = [], forgetful = "";

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
    failed = false;
    try {
      const version = await python.start();
      for (const code of notebook.setup) await python.run(code, "set-up", [], () => {});
      const seconds = (performance.now() - began) / 1000;
      document.documentElement.dataset.dlLive = seconds.toFixed(2);
      say.textContent = `Python ${version} is ready (${megabytes(loaded)} in ${seconds.toFixed(1)} s). Run the cells from the top: Run, or Shift+Enter. Escape, then Tab, leaves a cell's code. Your code and its results stay in this browser.`;
      return true;
    } catch (error) {
      failed = true;
      say.textContent = `Python could not be started: ${error.message}. The page can be read as before. `
        + `Python needs ${settings.packages.startsWith("http") ? `the network, to reach ${new URL(settings.packages).host}` : "all files of the book"}; Run tries again.`;
      return false;
    }
  }

  let count = 0, stops = 0, turn = Promise.resolve();

  /**
   * Runs a cell when its turn comes: after Python is ready, and after the cells asked for before. Where Python could not be
   * started, it is tried again first. Resolves to whether the cell ran.
   */
  function run(cell, how) {
    if (cell.needs || cell.waits) return Promise.resolve(false);
    if (failed) ready = boot();
    const asked = stops;
    cell.wait();
    if (how === "next") cells[cells.indexOf(cell) + 1]?.enter();
    const ran = turn.then(async () => {
      const starts = (await ready) && stops === asked;
      cell.waits = false;
      if (!starts) cell.end("not run");
      return starts && runNow(cell);
    });
    turn = ran;
    return ran;
  }

  async function runNow(cell) {
    running = cell;
    stopped = false;
    stopper.disabled = false;
    cell.begin();
    let ok = false;
    const began = performance.now();
    try {
      ({ ok } = await python.run(cell.editor.code, `cell ${cell.number}`, cell.alts, (shown) => cell.show(shown)));
      count += 1;
      cell.ran = ok;
      cell.end(`${ok ? "run" : "failed"} [${count}], ${((performance.now() - began) / 1000).toFixed(1)} s${ok && stopped ? ", before Stop reached it" : ""}`);
    } catch (error) {
      cell.show({ error: stopped ? "Stopped. Python was started anew, so run the cells before this one again." : error.message });
      cell.end("stopped");
    }
    if (document.activeElement === stopper) cell.enter(); // the button is about to be out of use
    running = null;
    stopper.disabled = true;
    return ok;
  }

  async function runAll(some = cells) {
    tell("");
    for (const cell of some.filter((each) => !each.needs)) {
      if (await run(cell, "stay")) continue;
      if (failed) return; // and the line above says so
      tell(`Cell ${cell.number} did not come to its end, so the cells after it were not run.`);
      return cell.element.scrollIntoView({ block: "center" });
    }
    if (some === cells) tell("All cells were run.");
  }

  /** Runs a check, and before it what stands above it in its exercise and has not run as it is now. */
  function check(cell) {
    const exercise = cell.element.closest("section");
    return runAll([...cells.filter((each) => each.number < cell.number && each.stale && exercise.contains(each.element)), cell]);
  }

  /** Runs what is above a cell and has not run, then the cell. */
  function runTo(cell) {
    return runAll([...cells.filter((each) => each.number < cell.number && !each.ran), cell]);
  }

  /** The cell above that makes a name and has not run, if there is one. */
  function maker(name, cell) {
    return cells.find((each) => each.number < cell.number && !each.ran && !each.needs && each.makes.includes(name));
  }

  /** The first Stop interrupts the cell, where that is possible. Where it isn't, or for the second, Python starts anew. */
  function stop() {
    const first = !stopped, cell = running;
    stopped = true;
    stops += 1; // what waits is not run either
    if (python.canInterrupt && first) {
      python.stop();
      cell.count.textContent = "stopping …";
      setTimeout(() => { if (running === cell && stopped) cell.count.textContent = LONG_STEP; }, 2000);
      return;
    }
    python.end();
    for (const each of cells) each.ran = each.tried = undefined;
    ready = boot();
  }

  function tell(text) {
    note.textContent = `${text} ${forgetful}`.trim();
  }

  /** Takes the code of a notebook that the reader chooses; each editor can undo it. */
  async function importNotebook() {
    const file = await choose();
    try {
      const { codes, others } = await read(file, notebook.notebook, cells.map((cell) => cell.id));
      const changed = cells.filter((cell) => codes.has(cell.id) && codes.get(cell.id) !== cell.editor.code);
      for (const cell of changed) cell.editor.code = codes.get(cell.id);
      tell(`${file.name}: ${counted(changed.length, "cell")} changed${changed.length ? ` (${changed.map((cell) => cell.number).join(", ")})` : ""}${changed.length ? "; undo in a cell (Ctrl+Z or ⌘Z) brings its code back. Nothing was run" : ""}.`
        + (others ? ` ${counted(others, "other cell")} of the file ${others === 1 ? "has" : "have"} no place in this page.` : ""));
    } catch (error) {
      tell(`${file.name} was not imported, and nothing was changed: ${error.message}.`);
    }
  }

  const tool = (text, onclick) => Object.assign(document.createElement("button"), { type: "button", className: "dl-live-button", textContent: text, onclick });
  const stopper = Object.assign(tool("Stop", stop), { className: "dl-live-button dl-live-stop", disabled: true });
  const hears = Object.assign(document.createElement("p"), { className: "visually-hidden", role: "status" });
  bar.replaceChildren(tool("Run all", () => runAll()), stopper, tool("Download notebook", () => download(notebook.notebook, cells, page.split("/").at(-1))), tool("Import notebook", importNotebook), say, note, hears);
  bar.querySelector("button").focus({ preventScroll: true }); // the button that was pressed is gone
  cells = notebook.cells
    .filter(({ id }) => document.getElementById(`cell-${id}`))
    .map((cell, i) => new Cell(cell, i + 1, { run, check, runTo, maker, store, heard: (text) => (hears.textContent = text), complete: async (text) => (running || !(await ready) ? [] : (await python.complete(text)).words) }));
  const outdated = cells.filter((cell) => cell.outdated).length;
  if (outdated) tell(`The book has changed since you edited ${counted(outdated, "cell")}: your code is kept, and Reset shows the book's.`);
  ready = boot();
  await ready;
}
