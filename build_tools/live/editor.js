/* The code editor of a cell: CodeMirror with Python's colours, brackets and completion. */
import { autocompletion, acceptCompletion, closeBrackets, closeBracketsKeymap, completionStatus, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentLess, indentMore, isolateHistory } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], class: "dl-code-keyword" },
  { tag: [tags.string, tags.special(tags.string)], class: "dl-code-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "dl-code-number" },
  { tag: tags.comment, class: "dl-code-comment" },
  { tag: [tags.function(tags.definition(tags.variableName)), tags.definition(tags.className)], class: "dl-code-defined" },
]);

const mark = StateEffect.define();
const marked = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(mark)) {
        if (!effect.value || effect.value > transaction.state.doc.lines) return Decoration.none;
        const line = transaction.state.doc.line(effect.value);
        return Decoration.set([Decoration.line({ class: "dl-live-wrong" }).range(line.from)]);
      }
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/**
 * Tab completes a name that has begun and indents at the start of a line; else it moves on, so that nobody is caught: also
 * where the last Tab, at the same place, found nothing to complete.
 */
function tab(view) {
  if (completionStatus(view.state)) return acceptCompletion(view) || true; // it may still be on its way
  const { from, to } = view.state.selection.main;
  const before = view.state.sliceDoc(view.state.doc.lineAt(from).from, from);
  if (from !== to || (before.trim() === "" && from > 0)) return indentMore(view);
  const tried = view.state.doc === triedIn && from === triedAt;
  [triedIn, triedAt] = [view.state.doc, from];
  return !tried && /[\w.]$/.test(before) && startCompletion(view);
}
let triedIn, triedAt;

/** Shift+Tab takes back what Tab indented; where no chosen line is indented it moves back. */
function shiftTab(view) {
  const { from, to } = view.state.selection.main;
  const { doc } = view.state;
  return /^[ \t]/m.test(doc.sliceString(doc.lineAt(from).from, doc.lineAt(to).to)) && indentLess(view);
}

/**
 * Options: parent, code, label, onChange(code), onRun(how) with "stay" or "next", complete(text) → Promise of words.
 * Gives {code, mark(line), focus()}.
 */
export function editor({ parent, code, label, onChange, onRun, complete }) {
  const words = async (context) => {
    const word = context.matchBefore(/[\w.]+/);
    if (!word || (!context.explicit && !word.text.endsWith("."))) return null;
    const found = await complete(word.text);
    return { from: word.from, options: found.map((name) => ({ label: name })) };
  };
  const run = (how) => () => (onRun(how), true);
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: code,
      extensions: [
        keymap.of([
          { key: "Shift-Enter", run: run("next") },
          { key: "Mod-Enter", run: run("stay") },
          { key: "Tab", run: tab, shift: shiftTab },
          ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap,
        ]),
        lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), marked,
        indentUnit.of("    "), python(), syntaxHighlighting(colours), autocompletion({ override: [words], activateOnTyping: false }),
        EditorView.lineWrapping, EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
      ],
    }),
  });
  parent.addEventListener("keydown", (event) => event.key === "/" && event.stopPropagation()); // the theme takes it for its search
  return {
    get code() { return view.state.doc.toString(); },
    /** One step of undo, whatever was typed just before. */
    set code(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: isolateHistory.of("full") }); },
    mark(line) { view.dispatch({ effects: mark.of(line) }); },
    focus() { view.focus(); },
  };
}
