/* Hosts the book's explorables (anywidgets) in a built page, from their stored state, without a kernel.
   A cell that shows a widget leaves <script type="…widget-view+json">, the page holds all states in one
   <script type="…widget-state+json">. Each view gets an element, and the widget's own code draws into it, as it does
   in Jupyter; the state names its file (explorables.py), as the content security policy lets no other code run.
   Other ipywidgets are refused when the book is built. */
(() => {
  "use strict";
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';
  const own = document.currentScript.src;
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';

  function decode(base64) {
    return new DataView(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer);
  }

  /* What an anywidget's module sees of its Python side: traits to get and set, and events when they change. */
  class Model {
    constructor(record) {
      this.state = structuredClone(record.state);
      this.listeners = new Map();
      for (const buffer of record.buffers ?? []) {
        const last = buffer.path.at(-1);
        const holder = buffer.path.slice(0, -1).reduce((value, key) => value[key], this.state);
        holder[last] = decode(buffer.data);
      }
    }
    get(name) {
      return this.state[name];
    }
    set(name, value) {
      const changes = typeof name === "string" ? { [name]: value } : name;
      for (const [key, next] of Object.entries(changes)) {
        if (this.state[key] === next) continue;
        this.state[key] = next;
        this.emit(`change:${key}`, this, next);
        this.emit("change", this);
      }
    }
    save_changes() {} // there is no Python side to tell
    send() {}
    emit(event, ...values) {
      for (const listener of [...(this.listeners.get(event) ?? [])]) listener(...values);
    }
    on(events, listener) {
      for (const event of events.split(/\s+/)) {
        if (!this.listeners.has(event)) this.listeners.set(event, new Set());
        this.listeners.get(event).add(listener);
      }
    }
    off(events, listener) {
      if (!events) return this.listeners.clear();
      for (const event of events.split(/\s+/)) {
        if (listener) this.listeners.get(event)?.delete(listener);
        else this.listeners.delete(event);
      }
    }
  }

  /* Many widgets share one module and one style sheet: load each once. */
  const modules = new Map();
  const styles = new Set();

  function load(name) {
    if (!modules.has(name)) modules.set(name, fetched(name).then((given) => (typeof given === "function" ? given() : given)));
    return modules.get(name);
  }

  function fetched(name) {
    return new Promise((done, failed) => {
      const given = () => window.dlExplorables?.[name];
      if (given()) return done(given());
      const script = document.createElement("script");
      script.onload = () => done(given());
      script.onerror = () => failed(new Error("its code is not the book's, and this page runs no other"));
      script.src = new URL(`explorables/${name}.js`, own);
      document.head.append(script);
    });
  }

  function style(css) {
    if (!css || styles.has(css)) return;
    styles.add(css);
    const element = document.createElement("style");
    element.textContent = css;
    document.head.append(element);
  }

  function show(view, states, models) {
    const id = JSON.parse(view.textContent).model_id;
    const el = document.createElement("div");
    view.after(el);
    const first = states[id]?.model_name === "AnyModel" && !models.has(id);
    if (first) models.set(id, new Model(states[id]));
    return draw(el, models.get(id), first);
  }

  async function draw(el, model, first) {
    el.className = "dl-host";
    try {
      if (!model) throw new Error("the page holds no state for it");
      style(model.get("_css"));
      const widget = await load(model.get("_module"));
      const context = { model, el, signal: new AbortController().signal, experimental: {} };
      if (first) await widget.initialize?.(context);
      await widget.render?.(context);
      el.dataset.ready = "true";
    } catch (error) {
      el.textContent = `This explorable could not be drawn: ${error.message}`;
      console.error(error);
    }
  }

  async function start() {
    const views = [...document.querySelectorAll(VIEW)];
    const stored = document.querySelector(STATE);
    if (!views.length || !stored) return;
    const states = JSON.parse(stored.textContent).state;
    const models = new Map();
    await Promise.all(views.map((view) => show(view, states, models)));
    document.documentElement.dataset.dlWidgets = "ready";
  }

  // For Live: draws a widget's state, as Jupyter would store it, into an element.
  window.dlHost = { draw: (el, record) => draw(el, new Model(record), true) };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
