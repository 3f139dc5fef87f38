/* The page's side of the worker: calls that return promises, and a Stop that keeps what other cells made if it can. */

export class Python {
  /** settings: what worker.js needs to start; onLoading({what, bytes}) is told of each file that is loaded. */
  constructor(settings, onLoading) {
    this.settings = settings;
    this.onLoading = onLoading;
    this.calls = new Map();
    this.last = 0;
    // Shared memory lets a running cell be interrupted; a page has it only where its server sends the headers for it.
    this.interrupt = self.crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : null;
  }

  /** Resolves to Python's version. */
  async start() {
    this.worker?.terminate(); // one whose start failed halfway
    this.held ??= await this.hold();
    // A worker from a file of the site would have no content security policy; one from a blob has the page's. It imports
    // the file as a script (a static import would count as a worker) and says so: what is sent earlier is lost.
    const source = `import(${JSON.stringify(this.settings.worker)}).then(() => postMessage({ id: 0 }), (error) => postMessage({ id: 0, failed: error.message }));`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.worker = new Worker(address, { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => this.giveUp(event.message || "its worker could not be started");
    try {
      await new Promise((done, failed) => this.calls.set(0, { done, failed }));
      return (await this.call("start", { ...this.settings, held: this.held, interrupt: this.interrupt })).version;
    } catch (error) {
      this.worker.terminate();
      throw error;
    } finally {
      URL.revokeObjectURL(address);
    }
  }

  /**
   * Packages of another host are fetched here, checked by the book's hashes and handed to Python. Then the page is closed
   * to that host as well: whatever code a reader runs, nothing can be sent there. Resolves to the packages by address.
   */
  async hold() {
    const { packages, lock, needed } = this.settings, held = {};
    if (new URL(packages).origin === location.origin) return held;
    const known = (await (await fetch(lock)).json()).packages, wanted = new Set(needed);
    for (const name of wanted) for (const other of known[name].depends) wanted.add(other); // a set grows while it is walked
    await Promise.all([...wanted].map(async (name) => {
      const { file_name: what, sha256 } = known[name], integrity = `sha256-${btoa(sha256.replace(/../g, (byte) => String.fromCharCode(`0x${byte}`)))}`;
      const response = await fetch(packages + what, { integrity }).catch((error) => ({ ok: false, status: error.message }));
      if (!response.ok) throw new Error(`${what} can't be had (${response.status})`);
      this.onLoading({ what, bytes: Number(response.headers.get("Content-Length")) || 0 });
      held[packages + what] = await response.blob();
    }));
    document.head.append(Object.assign(document.createElement("meta"), { httpEquiv: "Content-Security-Policy", content: "connect-src 'self'" }));
    return held;
  }

  /** Runs a cell; onShow is told of everything that it shows. Resolves to {ok}. */
  run(code, name, alts, onShow) {
    return this.call("run", { code, name, alts }, onShow).finally(() => this.calm());
  }

  complete(text) {
    return this.call("complete", { text });
  }

  get canInterrupt() {
    return this.interrupt !== null;
  }

  /** Interrupts the cell that runs, where canInterrupt. */
  stop() {
    this.interrupt[0] = 2;
  }

  /** A Stop that came too late is not for the next cell. */
  calm() {
    if (this.interrupt) this.interrupt[0] = 0;
  }

  /** Ends all of Python; `start` has to be called anew. */
  end() {
    this.worker.onerror = this.worker.onmessage = null; // its last words are not the next one's
    this.worker.terminate();
    this.giveUp("stopped");
  }

  call(what, more, onShow) {
    const id = (this.last += 1);
    return new Promise((done, failed) => {
      this.calls.set(id, { done, failed, onShow });
      this.worker.postMessage({ id, do: what, ...more });
    });
  }

  hear({ id, loading, show, done, failed }) {
    if (loading) return this.onLoading(loading);
    const call = this.calls.get(id);
    if (!call) return;
    if (show) return call.onShow?.(show);
    this.calls.delete(id);
    failed === undefined ? call.done(done) : call.failed(new Error(failed));
  }

  giveUp(reason) {
    for (const { failed } of this.calls.values()) failed(new Error(reason));
    this.calls.clear();
  }
}
