/* What the reader has done, kept in this browser and nowhere else: shown in the contents list, exported and imported.
   Kept and in the file alike: {version: 1, read: [page], quizzes: [page#cell], exercises: [function's name]}.
   What there is to do on each page is in progress-book.js, which the build writes. What is done says the event dl-solved,
   which a quiz (quiz.js) and an exercise's check in Live (cell.js) send up through their cell.
   It is not deferred: it adds to each chapter of the contents list before that is painted, so that nothing moves. */
(() => {
  "use strict";
  const KEY = "dl-progress", VERSION = 1, KINDS = ["read", "quizzes", "exercises"], LARGEST = 200_000;
  const SECONDS = 60; // who has been on a page for less has not read it, wherever they scrolled
  const book = new Map(Object.entries(window.dlBook ?? {}));
  const root = new URL(document.documentElement.dataset.content_root ?? "./", location.href).href;
  const pageOf = (address) => address.split(/[?#]/)[0].slice(root.length).replace(/\.html$/, "");
  const page = pageOf(location.href), here = book.get(page);
  const quizzesOf = (name) => book.get(name).quizzes.map((cell) => `${name}#${cell}`);
  const exercisesOf = (name) => Object.values(book.get(name).exercises);
  const all = {
    read: new Set(book.keys()),
    quizzes: new Set([...book.keys()].flatMap(quizzesOf)),
    exercises: new Set([...book.keys()].flatMap(exercisesOf)),
  };
  const make = (tag, attributes = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };

  // ---------------------------------------------------------------- what is kept
  const nothing = () => Object.fromEntries(KINDS.map((kind) => [kind, new Set()]));
  const asText = (sets) => JSON.stringify({ version: VERSION, ...Object.fromEntries(KINDS.map((kind) => [kind, [...sets[kind]].sort()])) }, null, 1);

  /** A text that anyone may have written, as three sets of strings; throws a sentence's end where it is something else. */
  function parsed(text) {
    let given;
    try {
      given = JSON.parse(text);
    } catch {
      throw new Error("it is no JSON, or not all of it is there");
    }
    const own = (name) => (given !== null && typeof given === "object" && Object.hasOwn(given, name) ? given[name] : undefined);
    if (own("version") !== VERSION) throw new Error(`it is no progress of version ${VERSION}`);
    const sets = nothing();
    for (const kind of KINDS) {
      const names = own(kind) ?? [];
      if (!Array.isArray(names) || names.some((name) => typeof name !== "string")) throw new Error(`“${kind}” in it is no list of names`);
      sets[kind] = new Set(names);
    }
    return sets;
  }

  let done = nothing(), keeps = true, trouble = "";
  function giveUp() {
    keeps = false;
    trouble = "This browser keeps nothing for this page (a private window, or its storage is full or switched off): what you do is forgotten when you leave. Export takes it along.";
  }
  function load() {
    let text;
    try {
      text = keeps ? localStorage.getItem(KEY) : undefined;
    } catch {
      giveUp();
    }
    if (text === undefined) return; // what this page has seen is all there is
    try {
      done = text === null ? nothing() : parsed(text);
    } catch (error) {
      done = nothing();
      trouble = `What this browser had kept can't be read (${error.message}): your progress starts anew.`;
    }
  }
  /** Changes what is kept. It is read again before, since another tab may have added to it. */
  function change(how) {
    load();
    how(done);
    try {
      if (keeps) localStorage.setItem(KEY, asText(done));
    } catch {
      giveUp();
    }
    show();
  }

  // ---------------------------------------------------------------- what is shown
  const count = (names, kind) => names.filter((name) => done[kind].has(name)).length;

  /** [what shows, what is heard] of a page; both empty where nothing was done on it. */
  function line(name) {
    const quizzes = quizzesOf(name), exercises = exercisesOf(name);
    const solved = count(exercises, "exercises"), answered = count(quizzes, "quizzes");
    const short = [], long = [];
    const add = (shown, heard) => (short.push(shown), long.push(heard));
    if (done.read.has(name)) add("read ✓", "read");
    if (solved) add(`${solved}/${exercises.length} exercises`, `${solved} of ${exercises.length} exercises solved`);
    if (answered && answered === quizzes.length) add("quiz ✓", "quiz solved");
    else if (answered) add(`${answered}/${quizzes.length} quizzes`, `${answered} of ${quizzes.length} quizzes solved`);
    return [short.join(" · "), long.join(", ")];
  }

  function showLine(link) {
    const [shown, heard] = line(pageOf(link.href));
    link.nextSibling.textContent = shown;
    link.nextSibling.nextSibling.textContent = heard;
  }

  const sum = make("p");
  const problem = make("p", { role: "status" }), say = make("p", { role: "status" });
  const file = make("input", { type: "file", accept: ".json,application/json", hidden: true });
  const button = (text, onclick) => make("button", { type: "button", className: "dl-progress-button", textContent: text, onclick });
  const place = make(
    "details", { className: "dl-progress" },
    make("summary", { textContent: "Your progress" }),
    sum,
    make("p", { textContent: "Kept in this browser only. A file takes it to another one; what you solve in Jupyter is in such a file, too: ~/.dlcore/progress.json." }),
    make("div", {}, button("Export", exported), button("Import", () => file.click()), button("Forget", forget)),
    file, problem, say,
  );
  place.addEventListener("toggle", () => place.scrollIntoView({ block: "nearest" })); // it is at the foot of the list

  const links = [];
  const parsing = new MutationObserver(addToContents);
  /** While the page is read: a line for each chapter of the contents list that has none yet, and the place at its foot. */
  function addToContents() {
    for (const link of document.querySelectorAll(".bd-sidebar-primary nav a.reference:not([aria-describedby])")) {
      if (!book.has(pageOf(link.href))) continue;
      const heard = make("span", { className: "visually-hidden", id: `dl-done-${links.push(link)}` });
      link.after(make("span", { className: "dl-done", ariaHidden: "true" }), heard);
      link.setAttribute("aria-describedby", heard.id);
      showLine(link);
    }
    if (!document.querySelector("main")) return;
    parsing.disconnect();
    document.querySelector(".bd-sidebar-primary .sidebar-primary-items__start")?.append(place);
  }

  const box = make("input", { type: "checkbox", onchange: () => (counts = false, change(({ read }) => (box.checked ? read.add(page) : read.delete(page)))) });
  function show() {
    links.forEach(showLine);
    const of = (kind) => `${count([...all[kind]], kind)} of ${all[kind].size}`;
    sum.textContent = `${of("read")} chapters read, ${of("quizzes")} quizzes and ${of("exercises")} exercises solved.`;
    problem.textContent = trouble;
    box.checked = done.read.has(page);
    markSolved();
  }

  /** A solved exercise or quiz says so in its heading. */
  function markSolved() {
    const cells = here ? [...Object.entries(here.exercises).map(([cell, name]) => [cell, done.exercises.has(name)]),
      ...here.quizzes.map((cell) => [cell, done.quizzes.has(`${page}#${cell}`)])] : [];
    for (const [cell, solved] of cells) {
      const heading = document.getElementById(`cell-${cell}`)?.closest("section")?.querySelector("h2, h3");
      const mark = heading?.querySelector(".dl-solved");
      if (solved && heading && !mark) heading.insertBefore(make("span", { className: "dl-solved", textContent: "Solved" }), heading.querySelector(".headerlink"));
      if (!solved) mark?.remove();
    }
  }

  // ---------------------------------------------------------------- what is done
  document.addEventListener("dl-solved", ({ target }) => {
    const cell = target.closest("[id^=cell-]")?.id.slice("cell-".length);
    if (!here || !cell) return;
    if (Object.hasOwn(here.exercises, cell)) change(({ exercises }) => exercises.add(here.exercises[cell]));
    else if (here.quizzes.includes(cell)) change(({ quizzes }) => quizzes.add(`${page}#${cell}`));
  });

  let counts = true; // until the reader says themselves whether they have read the page
  /** A chapter is read when its Recap is in sight and the reader has been here for a while. */
  function watchReading() {
    const article = document.querySelector("article");
    const label = make("label", { className: "dl-read" }, box, " I have read this chapter");
    const foot = article.querySelector(".dl-executed");
    foot ? foot.before(label) : article.append(label);
    let seconds = 0, atEnd = false;
    new IntersectionObserver((seen) => (atEnd = seen.at(-1).isIntersecting)).observe(article.querySelector("section[id^=recap]") ?? label);
    setInterval(() => {
      if (document.visibilityState === "visible") seconds += 1;
      if (atEnd && seconds >= SECONDS && counts && !done.read.has(page)) change(({ read }) => read.add(page));
    }, 1000);
  }

  // ---------------------------------------------------------------- the file
  function exported() {
    const link = make("a", { href: URL.createObjectURL(new Blob([asText(done)], { type: "application/json" })), download: "deep-learning-demystified-progress.json" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    say.textContent = "Exported: your browser saves the file.";
  }

  /** The file is data: what isn't a name that this book knows is left out, and a file that is something else changes nothing. */
  async function imported(chosen) {
    let given;
    try {
      if (chosen.size > LARGEST) throw new Error("it is too large for a progress file");
      given = parsed(await chosen.text());
    } catch (error) {
      say.textContent = `Nothing was imported from this file: ${error.message}.`;
      return;
    }
    let fresh = 0, old = 0, unknown = 0;
    change((kept) => {
      for (const kind of KINDS) for (const name of given[kind]) {
        if (!all[kind].has(name)) unknown += 1;
        else if (kept[kind].has(name)) old += 1;
        else (kept[kind].add(name), (fresh += 1));
      }
    });
    say.textContent = `Imported: ${fresh} new, ${old} known already${unknown ? `; ${unknown} left out, which this book doesn't have` : ""}.`;
  }
  file.addEventListener("change", async () => {
    const [chosen] = file.files;
    if (chosen) await imported(chosen);
    file.value = ""; // so that the same file can be chosen again
  });

  function forget() {
    if (!confirm("Forget in this browser what you have read and solved? This can't be undone.")) return;
    counts = false;
    change((kept) => KINDS.forEach((kind) => kept[kind].clear()));
    say.textContent = "Forgotten. Code that you changed in Live is still there: Reset below a cell brings the book's back.";
  }

  // ---------------------------------------------------------------- begin
  load();
  show();
  parsing.observe(document, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    if (here) watchReading();
    markSolved();
  });
  addEventListener("storage", ({ key }) => (key === KEY || key === null) && (load(), show()));
  addEventListener("pageshow", ({ persisted }) => persisted && (load(), show()));
})();
