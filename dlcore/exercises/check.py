"""The two checks, of a function and of a value, and the verdict they print."""

import numpy as np

from .diagnosis import Evidence, diagnosis, known_mistake
from .memory import remember
from .running import answer_of, call, quietly
from .values import fitted, plain, same, unsolved
from .wording import about_no_function, example, name_of, plural, short


class Verdict:
    """What a check found. `solved` is True or False, `text` is what was printed."""

    def __init__(self, solved, text):
        self.solved = solved
        self.text = text

    def __bool__(self):
        return self.solved

    def __repr__(self):
        return f"Verdict(solved={self.solved})"

    def _ipython_display_(self):
        """Show nothing: a notebook has the printed text already."""


def tell(solved, text):
    print(text.strip())
    return Verdict(solved, text.strip())


def check(
    function,
    reference,
    inputs=(),
    mistakes=None,
    *,
    random=None,
    count=20,
    seed=0,
    tolerance=1e-5,
    what="answer",
    may_change=False,
):
    """Check the reader's function against the reference and print one short verdict.

    Choose cases on which every mistake gives another answer than the reference, and than every other mistake: errors
    of both signs, at least two numbers of rows, no case where a term is 0 in all. Where the cases don't tell two
    mistakes apart, the reader hears of the first, which may be the one they did not make.

    Args:
        function: the reader's. A function around it should be made with `functools.wraps`, and so be known as theirs.
        reference: a function that is right. It may return a number, array, tensor, string, tuple, list or dict.
        inputs: list of cases, each a tuple of arguments. A case that is no tuple is one argument.
        mistakes: sentence to print → a function that makes that mistake. The first that explains all answers counts.
        random: a function of a `numpy.random.Generator` that returns one more case; called `count` times.
        seed: for `random`, so that everyone is asked the same.
        tolerance: allowed difference, relative to the largest number of the expected answer.
        what: what the function computes, for the message: "answer", "gradient", "loss" …
        may_change: whether the function may change its arguments in place.

    Returns:
        A Verdict: `.solved`, `.text`. Whatever the reader's function does, it is reported, not raised. In a notebook,
        the name of a function that is right is remembered: see `solved`.
    """
    if not callable(function):
        return tell(False, about_no_function(function))
    rng = np.random.default_rng(seed)
    known = len(inputs)
    cases = [*inputs, *(random(rng) for _ in range(count if random else 0))]
    cases = [case if isinstance(case, tuple) else (case,) for case in cases]
    if not cases:
        raise ValueError("exercises.check needs cases: a list of inputs, or random, a function that makes them.")

    expected, answers = [plain(call(reference, case)) for case in cases], []
    for i, (case, right) in enumerate(zip(cases, expected)):
        problem, answer = answer_of(function, case, may_change, loud=i == 0)
        if problem:
            return tell(False, problem)
        answers.append(fitted(answer, right))
    evidence = Evidence(function, cases, answers, expected, tolerance, what)
    if not evidence.wrong:
        remember(name_of(function))
        of = f"{known} known and {count} random cases" if random and known else plural(len(cases), "case")
        return tell(True, f"Right: {name_of(function)} agrees with the reference on {of}.")
    with quietly():
        reason = known_mistake(evidence, mistakes or {}) or diagnosis(evidence)
        first = evidence.wrong[0]
        shown = example(function, cases[first], answers[first], expected[first], tolerance)
    return tell(False, f"Not yet. {reason}\n{shown}" if reason else f"Not yet. {shown}")


def check_value(answer, expected, mistakes=None, *, tolerance=1e-5, what="answer"):
    """Check a value that the reader worked out: a number, an array, a word.

    Args:
        answer: the reader's; `...` or None while it is missing.
        expected: the right one.
        mistakes: sentence to print → the value that this mistake leads to.
        tolerance, what: as for `check`.
    """
    if unsolved(answer):
        return tell(False, "Not solved yet. Replace the ... by your answer, run its cell, then run this one again.")
    right = plain(expected)
    given = fitted(plain(answer), right)
    if same(given, right, tolerance):
        return tell(True, f"Right: {short(right)}.")
    for sentence, value in (mistakes or {}).items():
        if same(given, fitted(plain(value), right), tolerance):
            return tell(False, f"Not yet. {sentence}")
    with quietly():
        reason = diagnosis(Evidence(None, [()], [given], [right], tolerance, what))
    return tell(False, f"Not yet. {reason or f'Your {what} is {short(given)}, and that is not it.'}")
