/* Quiz and Predict: radio buttons, an answer button, and a reason for whatever was chosen. */
function render({ model, el }) {
  const f = dlFrame({ model, el });
  const questions = model.get("questions"), oneTry = model.get("one_try");
  const results = questions.map(() => ({ tries: 0, solved: false, first: false }));

  /** Text with `code` in backticks. */
  const write = (element, text) => {
    text.split("`").forEach((piece, i) => (i % 2 ? f.make("code", "", element, piece) : element.append(piece)));
    return element;
  };
  const score = () => {
    const done = results.filter((r) => r.solved).length, first = results.filter((r) => r.first).length;
    if (oneTry) return results[0].tries ? (first ? "As you predicted." : "Not as you predicted.") : "Choose before you read on.";
    if (questions.length === 1) return done ? "Answered." : "Choose an answer.";
    if (!done) return `${questions.length} questions.`;
    return `${done} of ${questions.length} answered, ${first} at the first try.`;
  };

  const resets = questions.map((question, number) => {
    const box = f.make("fieldset", "dl-question", f.drawing);
    const legend = f.make("legend", "", box);
    write(legend, (questions.length > 1 ? `${number + 1}. ` : "") + question.text);
    const group = f.uid();
    const options = question.options.map((option, i) => {
      const row = f.make("div", "dl-option", box);
      const label = f.make("label", "", row);
      const input = f.make("input", "", label);
      f.setAttributes(input, { type: "radio", name: group, value: i });
      write(f.make("span", "dl-option-text", label), `${"abcdefgh"[i]}) ${option.text}`);
      const reason = f.make("p", "dl-reason", row);
      reason.hidden = true;
      return { ...option, row, input, reason };
    });
    const button = f.button("Answer", answer, { parent: box });
    button.setAttribute("aria-label", questions.length > 1 ? `Answer question ${number + 1}` : "Answer");

    function uncover(option, chosen) {
      const verdict = option.right ? (chosen ? "Right. " : "This is the answer. ") : chosen ? "Not quite. " : "";
      option.reason.replaceChildren();
      if (verdict) f.make("b", "", option.reason, verdict);
      write(option.reason, option.why);
      option.reason.hidden = false;
      if (option.right || chosen) option.row.dataset.verdict = option.right ? "right" : "wrong";
      return verdict + option.why;
    }
    function answer() {
      const result = results[number];
      if (result.solved) return;
      const chosen = options.find((option) => option.input.checked);
      if (!chosen) return f.say("Choose one of the options first.");
      result.tries += 1;
      let heard = uncover(chosen, true);
      if (chosen.right || oneTry) {
        result.solved = true;
        result.first = chosen.right && result.tries === 1;
        for (const option of options) {
          option.input.disabled = true;
          if (option === chosen) continue;
          const shown = option.reason.hidden ? uncover(option, false) : "";
          if (option.right) heard += " " + `${option.text}: ${shown}`;
        }
        button.setAttribute("aria-disabled", true);
      }
      f.say(score(), `${heard} ${score()}`);
      // The book's pages remember it (progress.js); elsewhere nobody listens.
      if (!oneTry && results.every((r) => r.solved)) el.dispatchEvent(new CustomEvent("dl-solved", { bubbles: true }));
    }
    return () => {
      results[number] = { tries: 0, solved: false, first: false };
      button.removeAttribute("aria-disabled");
      for (const { row, input, reason } of options) {
        input.checked = input.disabled = false;
        reason.hidden = true;
        reason.replaceChildren();
        delete row.dataset.verdict;
      }
    };
  });
  f.onReset(() => { resets.forEach((reset) => reset()); f.say(score()); });
  f.say(score());
}
export default { render };
