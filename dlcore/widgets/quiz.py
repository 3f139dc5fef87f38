"""Quiz and prediction: questions whose wrong options say why they are wrong.

jupyterquiz 2.9.6.4 was looked at first and is not used: it does show a reason for every option, but it announces no
verdict to a screen reader, groups its radio buttons under no name, answers on the first arrow key, shuffles at random,
and writes new ids and a 37 kB inline script into the stored output of every quiz, so that no two runs are alike.
"""

import hashlib
from dataclasses import dataclass, field

import traitlets

from .base import Explorable


@dataclass
class Question:
    """One question: `right` is the answer and `why` says why; `wrong` maps each other option to why it is wrong.

    Text in `backticks` is shown as code; formulas are written in Unicode (w₁x₁ + b).
    """

    text: str
    right: str = ""
    why: str = ""
    wrong: dict = field(default_factory=dict)

    def state(self, fewest):
        """What the page needs, after a check: the text, and the options in an order that never changes."""
        where = f"Question {self.text!r}"
        if not self.right:
            raise ValueError(f"{where}: no right answer. Expected right='…'.")
        if not self.why:
            raise ValueError(f"{where}: the right answer has no reason. Expected why='…'.")
        if not isinstance(self.wrong, dict):
            raise TypeError(
                f"{where}: wrong is a {type(self.wrong).__name__}. Expected a dictionary, option: why it is wrong."
            )
        for option, reason in self.wrong.items():
            if not isinstance(reason, str) or not reason.strip():
                raise ValueError(f"{where}: the wrong option {option!r} has no reason. Say why it is wrong.")
        if self.right in self.wrong:
            raise ValueError(f"{where}: {self.right!r} is given both as right and as wrong.")
        if len(self.wrong) + 1 < fewest:
            raise ValueError(f"{where}: {len(self.wrong) + 1} options with the right one. Expected at least {fewest}.")
        options = [{"text": self.right, "why": self.why, "right": True}]
        options += [{"text": option, "why": reason, "right": False} for option, reason in self.wrong.items()]
        return {"text": self.text, "options": sorted(options, key=lambda option: self._place(option["text"]))}

    def _place(self, option):
        # A hash of the words shuffles: the right answer is not always first, and stays where it is.
        return hashlib.sha256(f"{self.text}|{option}".encode()).hexdigest()


class Quiz(Explorable):
    """Several questions with a score: `Quiz(Question(…), Question(…), …)`. A wrong answer may be tried again.

    Each question needs at least three options.
    """

    script = "quiz.js"
    styles = "quiz.css"
    texts = {"title": "Quiz"}
    fewest_options = 3

    questions = traitlets.List().tag(sync=True)
    one_try = traitlets.Bool(False, help="Whether the first answer uncovers the right one.").tag(sync=True)

    def __init__(self, *questions, **traits):
        if not questions:
            raise ValueError(f"{type(self).__name__} has no questions. Expected at least one Question(…).")
        for question in questions:
            if not isinstance(question, Question):
                kind = type(question).__name__
                raise TypeError(f"{type(self).__name__} got a {kind}, {question!r}. Expected Question(…) objects.")
        states = [question.state(self.fewest_options) for question in questions]
        super().__init__(questions=states, **traits)

    def __repr__(self):
        lines = [self.title]
        for number, question in enumerate(self.questions, start=1):
            lines.append(f"{number}. {question['text']}" if len(self.questions) > 1 else question["text"])
            lines += [f"   {letter}) {option['text']}" for letter, option in zip("abcdefgh", question["options"])]
        return "\n".join(lines)


class Predict(Quiz):
    """One question that the reader answers before reading on: `Predict("…?", right=…, why=…, wrong={…})`.

    The first answer uncovers the right one and its reason. Two options are enough.
    """

    script = "quiz.js"
    styles = "quiz.css"
    texts = {"title": "Predict"}
    fewest_options = 2

    def __init__(self, text, right="", why="", wrong=None, **traits):
        question = Question(text, right=right, why=why, wrong={} if wrong is None else wrong)
        super().__init__(question, one_try=True, **traits)
