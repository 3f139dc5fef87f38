/* Python in a worker of the page: loads Pyodide and what the page's cells import, then runs one cell after the other.
   Messages in:  {id, do: "start", core, packages, lock, wheels, needed, held, interrupt},
                 {id, do: "run", code, name, alts}, {id, do: "complete", text}
   Messages out: {id, done: …} or {id, failed: "…"} once for each; before that {loading: {what, bytes}} while it starts
                 and {id, show: {…}} for everything that a cell shows. */
"use strict";

let python, kernel, shownFor;

const jobs = {
  /** Python, the wheels that the book serves, and the packages that the page needs at once. */
  async start({ id, core, packages, lock, wheels, needed, held, interrupt }) {
    watchDownloads(id, held);
    const { loadPyodide } = await import(`${core}pyodide.mjs`);
    python = await loadPyodide({ indexURL: core, packageBaseUrl: packages, lockFileURL: lock, packages: needed });
    if (interrupt) python.setInterruptBuffer(interrupt);
    for (const wheel of wheels) python.unpackArchive(await (await fetch(wheel)).arrayBuffer(), "zip", { extractDir: home() });
    kernel = python.pyimport("kernel").Kernel(show);
    return { version: python.runPython("import sys; sys.version.split()[0]") };
  },

  run({ id, code, name, alts }) {
    shownFor = id;
    return { ok: kernel.run(code, name, python.toPy(alts)) };
  },

  complete({ text }) {
    return { words: kernel.complete(text).toJs() };
  },
};

function show(shown) {
  postMessage({ id: shownFor, show: shown.toJs({ dict_converter: Object.fromEntries }) });
  shown.destroy();
}

const home = () => python.runPython("import site; site.getsitepackages()[0]");

/** Tells the page what is being loaded, and how large it is; or that it can't be had, for which Pyodide would wait. */
function watchDownloads(id, held) {
  const load = self.fetch;
  self.fetch = async (what, options) => {
    const address = String(what.url ?? what), file = address.split("/").pop();
    if (held[address]) return new Response(held[address]); // the page has fetched it (python.js)
    const response = await load(what, options).catch((error) => ({ ok: false, status: error.message }));
    if (!response.ok) {
      postMessage({ id, failed: `${file} can't be had (${response.status})` });
      throw new Error(file);
    }
    postMessage({ loading: { what: file, bytes: Number(response.headers.get("Content-Length")) || 0 } });
    return response;
  };
}

onmessage = async ({ data }) => {
  try {
    postMessage({ id: data.id, done: await jobs[data.do](data) });
  } catch (error) {
    postMessage({ id: data.id, failed: error.message ?? String(error) });
  }
};
