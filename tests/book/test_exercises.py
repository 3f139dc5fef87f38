"""Every exercise of every chapter, given nonsense: its check says so in a sentence, and never breaks."""

import contextlib
import functools
import io
import types

import matplotlib
import numpy as np
import pytest

from dlcore.exercises.patience import patience
from tests.book.chapter_exercises import all_exercises


class Nothing:
    """A class where a function is wanted."""


class Unspeakable(Exception):
    """An exception that can't be told of."""

    def __str__(self):
        raise ValueError


def fails(error):
    def function(*arguments):
        raise error

    return function


def never_ends(*arguments):
    while True:
        pass


def a_reader_s(function):
    """A function as if a notebook's cell had made it, which is where the time limit looks."""
    return types.FunctionType(function.__code__, {"__name__": "__main__"})


def endless_recursion(*arguments):
    return endless_recursion(*arguments)


#: What a reader may hand in: a value in place of the function, or a function that can't be right.
NONSENSE = {
    "unsolved": lambda *arguments: ...,
    "partly unsolved": lambda *arguments: (..., 1.0),
    "no return": lambda *arguments: None,
    "the dots": ...,
    "none": None,
    "a string": "np.mean",
    "a number": 3,
    "an array": np.ones(3),
    "a class": Nothing,
    "a type": dict,
    "a module": np,
    "a function of nothing": lambda: 0,
    "a function of too many": lambda a, b, c, d, e, f, g, h, i, j, k: 0,
    "a word": lambda *arguments: "seven",
    "an object": lambda *arguments: object(),
    "a function again": lambda *arguments: np.mean,
    "an empty list": lambda *arguments: [],
    "a dict": lambda *arguments: {"answer": 1.0},
    "a set": lambda *arguments: {1, 2},
    "a generator": lambda *arguments: (i for i in range(3)),
    "ragged lists": lambda *arguments: [[1.0], [2.0, 3.0]],
    "another shape": lambda *arguments: np.ones((2, 1, 7, 3)),
    "nothing in it": lambda *arguments: np.ones((0, 3)),
    "no number": lambda *arguments: np.nan,
    "infinity": lambda *arguments: np.full((2, 2), np.inf),
    "the arguments": lambda *arguments: arguments,
    "an error": fails(ValueError("the reader's own")),
    "a strange error": fails(Unspeakable()),
    "an exit": fails(SystemExit()),
    "endless": a_reader_s(never_ends),
    "endless recursion": endless_recursion,
}


@pytest.fixture(autouse=True)
def short_patience(monkeypatch):
    monkeypatch.setattr("dlcore.exercises.running.patience", functools.partial(patience, seconds=0.02))


@pytest.fixture(scope="module", params=all_exercises(), ids=repr)
def exercise(request):
    """judge(function) → the verdict of the exercise's own check; judge.solution is the book's function."""
    names = {"__name__": "__main__"}
    matplotlib.use("agg")
    with contextlib.redirect_stdout(io.StringIO()):
        for statement in request.param.before:
            exec(statement, names)

    def judge(function):
        names[request.param.reader] = function
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            verdict = eval(request.param.check, names)
        assert verdict.text and verdict.text in printed.getvalue()
        return verdict

    judge.solution = names[request.param.solution]
    return judge


def test_the_solution_is_right(exercise):
    assert exercise(exercise.solution).solved


def test_nonsense_is_told_of_and_never_right(exercise):
    faults = {}
    for what, function in NONSENSE.items():
        try:
            if exercise(function).solved:
                faults[what] = "counts as solved"
        except BaseException as error:  # a check lets nothing through
            faults[what] = repr(error)
    assert not faults


def test_numbers_that_are_none_are_not_right(exercise):
    answers = []

    def spoilt(*arguments):
        answers.append(exercise.solution(*arguments))
        return without_numbers(answers[-1])

    # One solution returns nothing and fills in gradients: there, what is returned doesn't count.
    assert exercise(spoilt).solved is (answers[0] is None)


def without_numbers(answer):
    """An answer of the same kind and shape, with NaN for each of its numbers."""
    if isinstance(answer, (list, tuple)):
        return type(answer)(map(without_numbers, answer))
    return np.full(np.shape(answer), np.nan)


def test_a_solution_that_changes_its_arguments_is_told_so(exercise):
    changed = []

    def careless(*arguments):
        answer = exercise.solution(*arguments)
        for array in arguments:
            if isinstance(array, np.ndarray) and array.size:
                array += 1
                changed.append(array)
        return answer

    verdict = exercise(careless)
    assert ("changes its argument" in verdict.text) is bool(changed)
