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
    this.worker = new Worker(this.settings.worker, { type: "module" });
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => this.giveUp(event.message || "its worker could not be started");
    try {
      return (await this.call("start", { ...this.settings, interrupt: this.interrupt })).version;
    } catch (error) {
      this.worker.terminate();
      throw error;
    }
  }

  /** Runs a cell; onShow is told of everything that it shows. Resolves to {ok}. */
  run(code, name, alts, onShow) {
    return this.call("run", { code, name, alts }, onShow);
  }

  complete(text) {
    return this.call("complete", { text });
  }

  get canInterrupt() {
    return this.interrupt !== null;
  }

  /** Interrupts the cell that runs; without shared memory all of Python is ended, and `start` has to be called anew. */
  stop() {
    if (this.interrupt) this.interrupt[0] = 2;
    else {
      this.worker.terminate();
      this.giveUp("stopped");
    }
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
