"""The exercises' checker: it says yes to what is right, names what is wrong, and survives everything."""

import functools
import sys
import types

import numpy as np
import pytest

from dlcore import Tensor, exercises
from dlcore.exercises.patience import patience


def text_of(function, reference, *arguments, **settings):
    verdict = exercises.check(function, reference, *arguments, **settings)
    assert verdict.solved is verdict.text.startswith("Right")
    return verdict.text


def mean_gradient(x, y, w):
    """The gradient of half the mean squared error of a linear model."""
    return x.T @ (x @ w - y) / len(x)


def make_batch(rng):
    return rng.normal(size=(4, 3)), rng.normal(size=4), rng.normal(size=3)


def check_gradient(function, **settings):
    return text_of(function, mean_gradient, random=make_batch, what="gradient", **settings)


# ---------------------------------------------------------------- right


@pytest.mark.parametrize(
    "function",
    [
        mean_gradient,
        lambda x, y, w: Tensor(mean_gradient(x, y, w)),
        lambda x, y, w: mean_gradient(x, y, w).tolist(),
        lambda *arguments: mean_gradient(*arguments).astype(np.float32),
        functools.partial(mean_gradient),
    ],
)
def test_what_is_right_is_right_in_any_form(function):
    assert "20 cases" in check_gradient(function)


def test_a_list_will_do_for_a_tuple():
    assert text_of(lambda x: [x, -x], lambda x: (x, -x), [1.0, np.ones(3)]).startswith("Right")
    assert text_of(lambda x: [x, x[:2]], lambda x: (x, x[:2]), [np.ones(3)]).startswith("Right")


def test_the_printed_text_is_all_there_is(capsys):
    verdict = exercises.check(abs, np.abs, [-1.0])
    assert capsys.readouterr().out == verdict.text + "\n"
    assert verdict and repr(verdict) == "Verdict(solved=True)"
    assert verdict._ipython_display_() is None


def test_a_notebook_shows_the_text_once(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        shell.run_cell("from dlcore import exercises\nexercises.check(abs, abs, [-1.0])")
    finally:
        InteractiveShell.clear_instance()
    assert capsys.readouterr().out.count("\n") == 1


def test_a_solution_is_named_beside_the_readers_function():
    def widths_solution(w, x):
        return w * x

    check_1 = {"reference": lambda w, x: w * x, "inputs": [(0.5, np.ones(2)), (2.0, np.ones(3))]}
    verdict = exercises.check(widths_solution, **check_1)
    assert verdict.text == "Right: widths_solution agrees with the reference on 2 cases."


def test_the_same_call_prints_the_same():
    assert check_gradient(lambda x, y, w: w) == check_gradient(lambda x, y, w: w)


def test_what_the_function_prints_is_shown_for_the_first_case_only(capsys):
    def loud(x):
        print("here")
        return x

    exercises.check(loud, lambda x: x, [1.0, 2.0, 3.0])
    assert capsys.readouterr().out.count("here") == 1


# ---------------------------------------------------------------- not solved yet


def test_an_open_exercise_is_not_a_mistake():
    def empty(x): ...

    def started(x):
        y = ...
        return y * 2

    def documented(x):
        """What it should do."""

    def placeholder(x):
        raise NotImplementedError

    def given(x):
        y = 2 * x  # noqa: F841
        ...

    for function in (empty, started, documented, placeholder, given, lambda x: ..., lambda x: (x, ...)):
        assert text_of(function, lambda x: x, [1.0]).startswith("Not solved yet")
    assert text_of(..., abs, [1.0]).startswith("Not solved yet")
    assert text_of(None, abs, [1.0]).startswith("Not solved yet")


def test_a_missing_return_is_not_an_open_exercise():
    def forgetful(x):
        y = x / 2  # noqa: F841

    def bare(x):
        x / 2

    for function in (forgetful, bare):
        assert "return missing" in text_of(function, lambda x: x / 2, [1.0])


# ---------------------------------------------------------------- known mistakes


def test_the_mistake_that_explains_every_case_is_named():
    mistakes = {
        "You took the wrong root.": lambda x: -np.sqrt(x),
        "This one stops.": lambda x: 1 / 0,
        "You squared.": lambda x: x**2,
    }
    assert "You squared." in text_of(lambda x: x * x, np.sqrt, [1.0, 4.0, 9.0], mistakes)
    assert "You took the wrong root." in text_of(lambda x: -(x**0.5), np.sqrt, [1.0, 4.0, 9.0], mistakes)
    # One case of the mistake is not the mistake.
    assert "You squared." not in text_of(lambda x: x**2 if x < 5 else 0.0, np.sqrt, [1.0, 4.0, 9.0], mistakes)


def test_the_first_differing_case_is_shown():
    text = text_of(lambda x: x if x < 2 else 7.0, lambda x: x, [(1.0,), (3.0,)])
    assert "gives 7, but should give 3" in text


# ---------------------------------------------------------------- what the numbers say


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, y, w: 4 * mean_gradient(x, y, w), "4 times too large, and your input has 4 rows"),
        (lambda x, y, w: mean_gradient(x, y, w) / 4, "4 times too small, and your input has 4 rows"),
        (lambda x, y, w: 2 * mean_gradient(x, y, w), "2 times too large, in every case. Is a factor of 1/2"),
        (lambda x, y, w: mean_gradient(x, y, w) / 2, "2 times too small, in every case. Is a factor of 2"),
        (lambda x, y, w: 7 * mean_gradient(x, y, w), "7 times too large"),
        (lambda x, y, w: -7 * mean_gradient(x, y, w), "7 times too large and has the wrong sign"),
        (lambda x, y, w: -mean_gradient(x, y, w), "the sign is not"),
        (lambda x, y, w: mean_gradient(x, y, w) + 1, "too large by 1"),
        (lambda x, y, w: mean_gradient(x, y, w) - 0.5, "too small by 0.5"),
        (lambda x, y, w: mean_gradient(x, y, w)[::-1], "in another order"),
        (lambda x, y, w: np.abs(mean_gradient(x, y, w)), "some of the signs"),
        (lambda x, y, w: np.round(mean_gradient(x, y, w), 3), "rounded"),
        (lambda x, y, w: 0 * w, "the same in every case"),
        (lambda x, y, w: mean_gradient(x, y, w).mean(), "go over too many axes"),
        (lambda x, y, w: mean_gradient(x, y, w)[:, None], "axis of length 1"),
        (lambda x, y, w: mean_gradient(x, y, w)[:2], "shape (2,), but should have shape (3,)"),
        (lambda x, y, w: np.full(3, np.nan), "NaN"),
        (lambda x, y, w: np.full(3, np.inf), "infinity"),
        (lambda x, y, w: mean_gradient(x, y, w) if x[0, 0] > 0 else w, "right in"),
        (lambda x, y, w: (w, w), "should be an array of shape (3,), but it is a tuple of 2 parts"),
        (lambda x, y, w: "three", "the text 'three'"),
        (lambda x, y, w: (i for i in w), "a generator"),
        (lambda x, y, w: np.sum, "a function"),
    ],
)
def test_patterns_are_recognised(function, words):
    assert words in check_gradient(function)


def test_a_flipped_sign_is_no_constant_offset():
    text = text_of(lambda x: np.full(2, 0.5), lambda x: np.full(2, -0.5), [(np.ones(3),)], what="slope")
    assert "some of the signs are wrong" in text and "too small by" not in text


def test_a_number_of_rows_that_changes_is_still_recognised():
    def cases(rng):
        n = int(rng.integers(3, 9))
        return (rng.normal(size=n),)

    text = text_of(np.sum, np.mean, random=cases)
    assert "rows. Did you sum where the mean is wanted?" in text
    assert "Did you take the mean where the sum is wanted" in text_of(np.mean, np.sum, random=cases)


def test_a_transpose_is_recognised():
    reference = lambda a, b: a @ b  # noqa: E731
    square = lambda rng: (rng.normal(size=(3, 3)), rng.normal(size=(3, 3)))  # noqa: E731
    oblong = lambda rng: (rng.normal(size=(3, 2)), rng.normal(size=(2, 4)))  # noqa: E731
    for cases in (square, oblong):
        assert "s the transpose of what is wanted" in text_of(lambda a, b: (a @ b).T, reference, random=cases)


def test_a_broadcast_by_accident_is_recognised():
    text = text_of(lambda p, y: p[:, None] - y, lambda p, y: p - y, random=lambda rng: tuple(rng.normal(size=(2, 5))))
    assert "NumPy repeats both" in text


def test_a_vector_where_one_number_is_wanted():
    values = [np.array([1.0, 2.0, 6.0]), np.array([3.0, 4.0, 9.0])]
    assert "Take the mean" in text_of(lambda x: x, np.mean, values)
    assert "Take the sum" in text_of(lambda x: x, np.sum, values)
    assert "Is a mean or a sum missing" in text_of(lambda x: x + 1, np.sum, values)


def test_parts_of_a_tuple():
    reference = lambda x: (x, 2 * x)  # noqa: E731
    assert "wrong order" in text_of(lambda x: (2 * x, x), reference, [1.0, 2.0])
    assert "tuple of 3 parts" in text_of(lambda x: (x, x, x), reference, [1.0])
    assert "part 2" in text_of(lambda x: (x, np.ones(2)), reference, [1.0])
    assert "keys a" in text_of(lambda x: {"a": x}, lambda x: {"b": x}, [1.0])


def test_the_numbers_in_a_part_are_looked_at():
    def twice(x):
        return x, 2 * x

    text = text_of(twice, lambda x: (x, x), [1.0, 2.0, 3.0])
    assert "Your answer, part 2, is 2 times too large, in every case." in text
    as_dict = text_of(lambda x: {"slope": -x}, lambda x: {"slope": x}, [1.0, 2.0, 3.0])
    assert "The size of your answer['slope'] is right, the sign is not." in as_dict
    # Another case whose answer has no parts at all doesn't break it.
    assert "gives (1, 2), but should give (1, 1)" in text_of(
        lambda x: twice(x) if x < 2 else x, lambda x: (x, x), [1.0, 3.0]
    )


def test_a_tuple_will_do_for_an_array():
    pair = lambda w, b: np.array([w, b])  # noqa: E731
    assert text_of(lambda w, b: (w, b), pair, [(1.0, 2.0)]).startswith("Right")
    assert text_of(lambda w: ((w, 1), [2, 3]), lambda w: np.array([[w, 1], [2, 3]]), [1.0]).startswith("Right")
    assert text_of(lambda w: (0, (w, 1)), lambda w: (0, np.array([w, 1])), [1.0]).startswith("Right")
    assert "some of the signs" in text_of(lambda w, b: (w, b), lambda w, b: np.array([w, -b]), [(1.0, 2.0)])
    mistakes = {"You forgot b.": lambda w, b: (w, 0.0)}
    assert "You forgot b." in text_of(lambda w, b: [w, 0], pair, [(1.0, 2.0)], mistakes)
    assert exercises.check_value((1, 2), np.array([1, 2]))


# ---------------------------------------------------------------- a measured slope, and a mean error


def slope_text(function):
    def measured_slope(f, w, h=1e-5):
        return function(f, w, h)

    reference = lambda f, w: (f(w + 1e-5) - f(w - 1e-5)) / 2e-5  # noqa: E731
    cases = [(np.sin, 0.5), (np.exp, 1.0), (lambda w: w**3, 2.0)]
    return text_of(measured_slope, reference, cases, tolerance=1e-7)


@pytest.mark.parametrize(
    "function",
    [
        lambda f, w, h: (f(w + h) - f(w)) / h,
        lambda f, w, h: (f(w) - f(w - h)) / h,
        lambda f, w, h: (f(w) - f(w - 1e-3)) / 1e-3,
    ],
)
def test_what_is_nearly_right_is_told_by_its_digits_not_by_a_factor_of_one(function):
    text = slope_text(function)
    assert "close, but not equal" in text and "times too" not in text
    given, wanted = text.split("gives ")[1].rstrip(".").split(", but should give ")
    assert given != wanted and text.splitlines()[1].startswith("measured_slope(sin, 0.5) gives 0.877")


def test_a_factor_near_minus_one_is_a_sign():
    text = text_of(lambda x: -1.0003 * x, lambda x: x, [1.0, 2.0, 3.0])
    assert "the sign is not" in text and "times too" not in text


def test_a_factor_of_two_does_not_speak_of_squares():
    text = slope_text(lambda f, w, h: (f(w + h) - f(w)) / (2 * h))
    assert "2 times too small, in every case. Is a factor of 2 missing, or is something counted only half?" in text
    assert "square" not in text


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda f, w, h: (f(w + h) - f(w - h)) / 2 * h, "10,000,000,000 times too small, in every case. Is a division"),
        (lambda f, w, h: f(w + h) - f(w - h), "50,000 times too small, in every case. Is a division missing, or a br"),
        (lambda f, w, h: f(w + h) - f(w - h) / (2 * h), "far too large, in every case. Is a bracket missing?"),
        (lambda f, w, h: h * f(w) ** 3, "far too small, in every case. Is a division missing, or a bracket?"),
    ],
)
def test_what_is_far_off_asks_for_brackets(function, words):
    assert words in slope_text(function)


def test_tiny_answers_have_no_factor_unless_it_is_one():
    """Measured against the answers, not against what counts as 0."""
    assert "times too small" not in text_of(lambda x: 1e-15 * x**2, lambda x: x, [X3, Y3])


def test_whole_numbers_are_written_whole():
    text = text_of(lambda n: 2 * n + 7 * (n > 1e5), lambda n: n, [12_500, 1_200_000.0])
    assert "<lambda>" not in text and "(12500) gives 25000, but should give 12500." in text
    text = text_of(lambda x: x[::-1], lambda x: x, [np.array([60_000.0, -1.5, 0.0])])
    assert "([60000, -1.5, 0]) gives [0, -1.5, 60000]" in text
    assert "by 20000." in text_of(
        lambda x: x + 20_000, lambda x: x, [np.array([100.0, -250.0]), np.array([300.0, 5.0])]
    )
    text = text_of(lambda n: n + 0.3, lambda n: n, [12_345.0])
    assert "gives 1.235e+04, but should give 12345." in text
    assert "gives 1e+30" in text_of(lambda n: 1e30, lambda n: n, [1.0])


def test_functions_are_shown_by_name():
    text = text_of(lambda f, g: f, lambda f, g: f(1.0), [(np.sin, lambda x: x)])
    assert "your function(sin, [function]) gives sin" in text and "it is a function" in text


X3, Y3 = np.array([1.0, 2.0, 4.0]), np.array([0.5, 1.0, 1.2])
X9, Y9 = np.arange(1.0, 10.0), np.linspace(0.2, 2.5, 9)
LOSS_CASES = [(0.0, X3, Y3), (0.5, X3, Y3), (0.3, X9, Y9), (-1.0, X3, Y3)]


def loss_text(function, cases=LOSS_CASES):
    def absolute_loss(w, x, y):
        return function(w, x, y)

    return text_of(absolute_loss, lambda w, x, y: np.mean(np.abs(w * x - y)), cases, what="loss")


@pytest.mark.parametrize("function", [lambda w, x, y: np.mean(y - w * x), lambda w, x, y: np.mean(np.abs(w * x) - y)])
def test_a_loss_below_zero_asks_for_the_absolute_value(function):
    text = loss_text(function)
    assert (
        "Your loss falls below 0, and the right one doesn't in any of these cases. Is an absolute value missing" in text
    )


def test_signs_are_looked_at_in_every_case():
    """One case whose size happens to be right is not a wrong sign."""
    text = text_of(lambda x: -x if x == 1 else x**2, lambda x: x - 2 * (x < 0), [1.0, -3.0, 4.0])
    assert "sign" not in text


def test_a_fixed_number_in_place_of_the_number_of_rows_is_named():
    sentence = "would be right if the input had 3 rows. Did you divide by 3, not by the number of rows?"
    assert sentence in loss_text(lambda w, x, y: np.sum(np.abs(w * x - y)) / 3)
    assert sentence in loss_text(lambda w, x, y: np.sum(np.abs(w * x - y)) / 3, [(1.0, X9, Y9), (1.0, Y9[:5], X9[:5])])
    # Numbers that no factor explains: what is special about the cases that are right?
    text = loss_text(lambda w, x, y: np.mean(np.abs(w * x - y)[:3]))
    assert "right in 3 of 4 cases: where x has 3 rows. Does your code say 3 where" in text


def test_one_row_among_the_cases_does_not_hide_a_sum():
    cases = [(1.0, X3[:1], Y3[:1]), (1.0, X3, Y3), (1.0, X9, Y9)]
    assert "3 times too large, and your input has 3 rows" in loss_text(lambda w, x, y: np.sum(np.abs(w * x - y)), cases)


@pytest.mark.parametrize(
    ("is_wrong", "words"),
    [
        (lambda w, x: w != 0, "is right in 1 of 5 cases.\n"),  # a single case has much in common with itself
        (lambda w, x: w == 0, "is right in 4 of 5 cases.\n"),
        (lambda w, x: len(x) == 3, "is right in 4 of 5 cases.\n"),
        (lambda w, x: w < 0, "is right in 3 of 5 cases, and wrong where w is negative."),
        (lambda w, x: (x < 0).any(), "is right in 3 of 5 cases, and wrong where x has a negative number in it."),
        (lambda w, x: len(x) != 4, "is right in 2 of 5 cases: where x has 4 rows. Does your code say 4 where"),
        (lambda w, x: w in (0.5, -1.0), "is right in 3 of 5 cases.\n"),
    ],
)
def test_what_the_cases_that_are_right_have_in_common(is_wrong, words):
    cases = [(0.0, [1, 2, 3, 4]), (0.5, [1, 0]), (2.0, [-1, 2, 0, 1]), (-1.0, [1, 2, 3]), (-2.0, [-1, 1])]
    cases = [(w, np.array(x)) for w, x in cases]
    reference = lambda w, x: w**3 + w - 1.0  # noqa: E731
    assert words in text_of(lambda w, x: reference(w, x) + is_wrong(w, x) * (w + 5), reference, cases)


def test_no_warning_leaks_from_the_checks(recwarn):
    loss_text(lambda w, x, y: (1e200 * x) ** w, [(9.0, X3, Y3), (2.0, X9, Y9)])
    text_of(lambda x: np.inf if x > 1 else x + 1, lambda x: x if x > 1 else np.inf, [0.5, 1.0, 2.0])
    text_of(lambda x: np.where(x > 1, np.inf, x + 1), lambda x: x, [np.ones(2), 2 * np.ones(2)])
    exercises.check_value(np.array([1.0, np.inf]), np.array([np.inf, np.inf]))
    assert not recwarn.list


def test_of_a_large_array_the_worst_entry_is_shown():
    text = text_of(lambda x: x + 3.5 * (x == 7) + 0.01 * (x == 2), lambda x: x, [np.arange(20.0)])
    assert "gives 10.5 at [7], but should give 7 there." in text
    text = text_of(lambda x: x > 3, lambda x: x > 4, [np.arange(20.0).reshape(4, 5)])
    assert "gives True at [0, 4], but should give False there." in text


def test_of_several_large_arrays_the_first_part_that_differs_is_shown():
    grid = np.arange(20.0).reshape(4, 5)

    def three(x, off=0.0):
        return x + 1e-9 * off, 2.0, x + off * (x == 14)

    text = text_of(lambda x: three(x, off=2.5), three, [grid])
    assert "([array of shape (4, 5)]), part 3, gives 16.5 at [2, 4], but should give 14 there." in text
    named = {"loss": 1.0, "grads": (grid, grid)}
    worse = {"loss": 1.0, "grads": [grid, grid + (grid == 3)]}
    text = text_of(lambda x: worse, lambda x: named, [1.0])
    assert "(1)['grads'], part 2, gives 4 at [0, 3], but should give 3 there." in text
    text = text_of(lambda x: (grid, 1.0), lambda x: (grid, 2.0), [1.0])
    assert "(1), part 2, gives 1, but should give 2." in text
    assert "gives a tuple" not in text_of(lambda x: (grid,), lambda x: (grid, grid), [1.0])
    short_ones = text_of(lambda x: (x, 1.0), lambda x: (x, 2.0), [np.ones(2)])
    assert "gives ([1, 1], 1), but should give ([1, 1], 2)." in short_ones


def test_a_shape_that_misses_a_step():
    reference = lambda w, b, x: np.array([w - np.mean(x), b - np.mean(x**2)])  # noqa: E731
    cases = [(1.0, 2.0, X3), (0.5, 1.0, X9)]
    only_first = text_of(lambda *a: np.array(reference(*a)[0], np.float64(2.0)), reference, cases)
    assert (
        "It is the first of the numbers that are wanted. Did you write np.array(a, b) for np.array([a, b])?"
        in only_first
    )
    assert "brackets missing, as in np.array([a, b])" in text_of(lambda w, b, x: 7.0, reference, cases)
    by_row = text_of(lambda w, b, x: np.array([w - x, b - x**2]), reference, cases)
    assert "shape (2, 3), but should have shape (2,). Take the mean of yours over axis 1 and you have it." in by_row
    wrong_too = text_of(lambda w, b, x: np.array([w + x, b - x]), reference, cases)
    assert "Is a mean or a sum over axis 1 missing?" in wrong_too
    assert "mean or a sum" not in text_of(lambda w, b, x: np.ones(1), lambda w, b, x: 2.0, cases)


def test_yes_and_no():
    assert "opposite" in text_of(lambda x: x < 0, lambda x: x >= 0, [1.0, -1.0])
    assert "opposite" not in text_of(lambda x: 0.0, lambda x: 1.0, [1.0])
    assert "right in 2 of 3 cases" not in text_of(lambda x: True, lambda x: x >= 0, [1.0, -1.0])


# ---------------------------------------------------------------- nonsense


def test_the_reader_hears_of_an_exception_with_its_line():
    def divide(x):
        return x / 0

    text = text_of(divide, lambda x: x, [(4.0,)])
    assert "divide(4) stops with ZeroDivisionError" in text
    assert "return x / 0" in text


def test_a_function_around_the_readers_speaks_of_theirs():
    def around(function):
        return functools.wraps(function)(lambda *arguments: function(*arguments))

    def halve(x):
        # your code
        ...

    def stops(x):
        return x / 0

    assert text_of(around(halve), lambda x: x / 2, [4.0]).startswith("Not solved yet. Replace the ... in halve,")
    library_wraps = functools.lru_cache(stops)  # calls it from another file than this one
    assert "return x / 0" in text_of(library_wraps, lambda x: x, [4.0])
    assert "return x / 0" in text_of(around(stops), lambda x: x, [4.0])


def test_the_reader_hears_of_wrong_arguments():
    assert "takes (x, y), but this exercise calls it with 1 argument." in text_of(lambda x, y: x, lambda x: x, [1.0])


def test_the_reader_hears_of_changed_arguments():
    def greedy(x):
        x *= 2
        return x

    x = np.ones(3)
    assert "changes its argument 'x' in place" in text_of(greedy, lambda x: 2 * x, [x])
    assert np.array_equal(x, np.ones(3))
    assert text_of(greedy, lambda x: 2 * x, [x], may_change=True).startswith("Right")


class Odd:
    """Breaks whatever is asked of it."""

    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("no")

    def __array__(self, *arguments, **settings):
        raise RuntimeError("no")

    def __repr__(self):
        raise RuntimeError("no")


def endless(x):
    return endless(x)


@pytest.mark.parametrize(
    "answer",
    [
        Odd(), object(), set(), {}, [], (), "", b"x", 1j, [None], [1, [2, 3]], {"a": Odd()}, (Odd(), 1), True, type,
        np.array(["a"]), np.array([], dtype=float), float("nan"), float("inf"), 10**400, np.datetime64("2020-01-01"),
        range(3), np.ones((0, 3)), [Odd()], np.array([{}], object),
    ],
)  # fmt: skip
@pytest.mark.parametrize("wanted", [1.0, np.ones(3), (1.0, np.ones(2)), {"a": 1.0}, "word", True])
def test_no_answer_breaks_the_check(answer, wanted):
    verdict = exercises.check(lambda x: answer, lambda x: wanted, [1.0, 2.0, 3.0], {"Mistake.": lambda x: answer})
    assert verdict.solved is (answer is True and wanted in (1.0, True) if isinstance(wanted, (float, bool)) else False)
    assert verdict.text


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError


def strange(x):
    raise Unspeakable


def leave(x):
    raise SystemExit


@pytest.mark.parametrize(
    "function", [3, "halve", np.ones(2), [abs], Odd(), endless, strange, leave, dict, print, int, type]
)
def test_no_function_breaks_the_check(function):
    assert not exercises.check(function, lambda x: x / 2, [4.0])


def test_the_author_hears_of_missing_cases():
    with pytest.raises(ValueError, match="needs cases"):
        exercises.check(abs, abs)


# ---------------------------------------------------------------- values


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (..., 3, "Not solved yet"),
        (None, 3, "Not solved yet"),
        (3.0, 3, "Right: 3"),
        (" Sum", "sum", "Right"),
        ([1, 2], np.array([1.0, 2.0]), "Right"),
        (-3, 3, "the sign is not"),
        (5, 3, "You added."),
        (7, 3, "Your answer is 7"),
        ("three", 3, "should be one number"),
        ([1, 2], 3, "Take the sum"),
        (float("nan"), 3, "NaN"),
        (2.99, 3, "close, but not equal"),
        (3e5, 3, "far too large. Is a bracket"),
    ],
)
def test_check_value(answer, expected, words):
    verdict = exercises.check_value(answer, expected, {"You added.": 5})
    assert words in verdict.text
    assert verdict.solved is ("Right" in words)


# ---------------------------------------------------------------- endless


@pytest.fixture
def short_patience(monkeypatch):
    monkeypatch.setattr("dlcore.exercises.running.patience", functools.partial(patience, seconds=0.2))


def never_ends(x):
    while True:
        x = x + 1


def swallows(x):
    while True:
        try:
            x = x + 1
        except Exception:
            pass


@pytest.mark.parametrize("function", [never_ends, swallows, functools.partial(never_ends)])
def test_an_endless_loop_is_cut_off(function, short_patience):
    assert "still running after 10 seconds" in text_of(function, lambda x: x, [(1.0,)])


def test_a_debugger_s_trace_is_given_back(short_patience):
    seen = []
    before = sys.gettrace()
    sys.settrace(lambda *event: seen.append(event))
    try:
        own = sys.gettrace()
        exercises.check(lambda x: x, lambda x: x, [(1.0,)])
        assert sys.gettrace() is own
    finally:
        sys.settrace(before)


def test_lines_of_a_library_are_not_looked_at():
    looked_at = []

    def mine(x):
        looked_at.append(sys.gettrace())
        return np.median(x)

    with patience(mine):
        mine(np.arange(3.0))
    watch = looked_at[0]
    library = types.SimpleNamespace(f_globals={"__name__": "numpy.lib"})
    assert watch(library, "call", None) is None
