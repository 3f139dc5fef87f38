"""Exercises: a check that says which mistake was made, in a sentence, and never breaks on what it is given.

    exercises.check(halve, lambda x: x / 2, [(4.0,), (-1.0,)], mistakes={"You doubled it.": lambda x: 2 * x})

Your function runs on every case beside the reference. Where they differ, each known mistake is tried: is there one that
gives your numbers in every case? If not, the numbers themselves are looked at: a constant factor, a sign, a transpose.
"""

import contextlib
import copy
import inspect
import io
import traceback
import warnings

import numpy as np


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

    Args:
        function: the reader's.
        reference: a function that is right. It may return a number, array, tensor, string, tuple, list or dict.
        inputs: list of cases, each a tuple of arguments. A case that is no tuple is one argument.
        mistakes: sentence to print → a function that makes that mistake. The first that explains all answers counts.
        random: a function of a `numpy.random.Generator` that returns one more case; called `count` times.
        seed: for `random`, so that everyone is asked the same.
        tolerance: allowed difference, relative to the largest number of the expected answer.
        what: what the function computes, for the message: "answer", "gradient", "loss" …
        may_change: whether the function may change its arguments in place.

    Returns:
        A Verdict: `.solved`, `.text`. Whatever the reader's function does, it is reported, not raised.
    """
    if not callable(function):
        return tell(False, about_no_function(function))
    rng = np.random.default_rng(seed)
    known = len(inputs)
    cases = [*inputs, *(random(rng) for _ in range(count if random else 0))]
    cases = [case if isinstance(case, tuple) else (case,) for case in cases]
    if not cases:
        raise ValueError("exercises.check needs cases: a list of inputs, or random, a function that makes them.")
    expected = [plain(call(reference, case)) for case in cases]

    answers = []
    for i, case in enumerate(cases):
        problem, answer = answer_of(function, case, may_change, loud=i == 0)
        if problem:
            return tell(False, problem)
        answers.append(answer)
    wrong = [i for i in range(len(cases)) if not same(answers[i], expected[i], tolerance)]
    if not wrong:
        of = f"{known} known and {count} random cases" if random and known else plural(len(cases), "case")
        return tell(True, f"Right: {name_of(function)} agrees with the reference on {of}.")
    first = wrong[0]
    reason = known_mistake(answers, expected, cases, mistakes, tolerance)
    reason = reason or misfit(answers[first], expected[first], tolerance, what)
    reason = reason or pattern(answers, expected, cases, wrong, tolerance, what)
    shown = example(function, cases[first], answers[first], expected[first])
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
    given, wanted = plain(answer), plain(expected)
    if same(given, wanted, tolerance):
        return tell(True, f"Right: {short(wanted)}.")
    for sentence, value in (mistakes or {}).items():
        if same(given, plain(value), tolerance):
            return tell(False, f"Not yet. {sentence}")
    reason = misfit(given, wanted, tolerance, what) or ""
    if not reason and is_number(given) and is_number(wanted) and close(given, -wanted, tolerance):
        reason = "The size is right, the sign is not."
    return tell(False, f"Not yet. {reason or f'Your {what} is {short(given)}, and that is not it.'}")


def tell(solved, text):
    print(text.strip())
    return Verdict(solved, text.strip())


# ---------------------------------------------------------------- running


def call(function, case):
    """function(*case) on copies of the arguments, without warnings."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return function(*[copied(x) for x in case])


def answer_of(function, case, may_change, loud):
    """(problem, None) with a sentence if the reader's function did not even return an answer, else (None, answer)."""
    arguments = [copied(x) for x in case]
    name = name_of(function)
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        takes = str(inspect.signature(function))
        n = plural(len(case), "argument")
        return f"{name} takes {takes}, but this exercise calls it with {n}. Keep its first line as it was.", None
    except ValueError:
        pass  # some built-in functions don't tell what they take
    # What the function prints is shown once, not once a case.
    quiet = contextlib.nullcontext() if loud else contextlib.redirect_stdout(io.StringIO())
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), quiet:
            warnings.simplefilter("ignore")
            answer = function(*arguments)
            answer = answer if unsolved(answer) else plain(answer)
    except (Exception, SystemExit) as error:
        return about_exception(function, case, error), None
    if unsolved(answer):
        return about_nothing(function, answer), None
    if not may_change:
        for i, (before, after) in enumerate(zip(case, arguments)):
            if changed(before, after):
                cure = "in place. Work on a copy of it, or on a new array."
                return f"Not yet. {name} changes its argument '{argument_name(function, i)}' {cure}", None
    return None, answer


def copied(x):
    try:
        return copy.deepcopy(x)
    except Exception:
        return x  # some objects can't be copied; they are shared, then


def changed(before, after):
    """Whether an array, tensor or list of numbers is no longer what it was."""
    if before is after:
        return False
    before, after = plain(before), plain(after)
    if is_array(before) and is_array(after):
        return before.shape != after.shape or not np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
    return False


def name_of(function):
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "your function"


def argument_name(function, i):
    try:
        return list(inspect.signature(function).parameters)[i]
    except (TypeError, ValueError, IndexError):
        return str(i + 1)


# ---------------------------------------------------------------- values


def plain(value):
    """Tensors and scalar.Values as NumPy arrays; numbers and lists of numbers too; tuples and dicts of those."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, str):
        return value.strip().lower()
    if not isinstance(value, (np.ndarray, np.generic, list)):
        if callable(getattr(value, "numpy", None)):
            value = value.numpy()
        elif isinstance(getattr(value, "data", None), (int, float)):
            value = value.data
    if isinstance(value, list) and any(hasattr(item, "data") for item in value):
        value = [plain(item) for item in value]
    try:
        array = np.asarray(value)
    except Exception:
        array = None
    if array is not None and array.dtype.kind in "biufc":
        return array
    return tuple(plain(item) for item in value) if isinstance(value, list) else value


def unsolved(value):
    if isinstance(value, (list, tuple)):
        return any(item is ... for item in value)
    return value is None or value is ...


def is_array(value):
    """Whether a plain value is an array of numbers."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufc"


def is_number(value):
    return is_array(value) and value.ndim == 0


def close(a, b, tolerance):
    """Whether two arrays of one shape differ by at most `tolerance` times the largest number in b."""
    a, b = (x.astype(np.complex128 if x.dtype.kind == "c" else np.float64) for x in (a, b))
    finite = b[np.isfinite(b)]
    limit = tolerance * max(float(np.abs(finite).max(initial=0.0)), 1e-6)
    with np.errstate(all="ignore"):
        return bool(np.all((np.abs(a - b) <= limit) | (a == b) | (np.isnan(a) & np.isnan(b))))


def same(a, b, tolerance):
    """Whether two plain values are equal, arrays up to the tolerance."""
    if is_array(a) and is_array(b):
        return a.shape == b.shape and close(a, b, tolerance)
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key], tolerance) for key in a)
    if is_array(a) and isinstance(b, tuple) and a.ndim:
        return same(tuple(map(np.asarray, a)), b, tolerance)  # a list where a tuple is wanted
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:
        return False


# ---------------------------------------------------------------- what is wrong


def known_mistake(answers, expected, cases, mistakes, tolerance):
    """The sentence of the first mistake that gives the reader's answer in every case."""
    for sentence, mistaken in (mistakes or {}).items():
        try:
            theirs = [plain(call(mistaken, case)) for case in cases]
        except Exception:
            continue
        if all(same(a, m, tolerance) for a, m in zip(answers, theirs)):
            return sentence
    return None


def misfit(answer, wanted, tolerance, what):
    """What is wrong with the kind or the shape of an answer, or with numbers that are no numbers."""
    if isinstance(wanted, (tuple, dict)):
        if is_array(answer) and isinstance(wanted, tuple) and answer.ndim and len(answer) == len(wanted):
            answer = tuple(map(np.asarray, answer))
        keys = range(len(wanted)) if isinstance(wanted, tuple) else wanted.keys()
        fits = type(answer) is type(wanted) and len(answer) == len(wanted)
        if not fits or isinstance(wanted, dict) and answer.keys() != keys:
            return f"Your {what} should be {kind(wanted)}, but it is {kind(answer)}."
        if isinstance(wanted, tuple) and len(wanted) == 2 and same(answer[::-1], wanted, tolerance):
            return f"Your {what} has the right parts in the wrong order."
        for key in keys:
            if not same(answer[key], wanted[key], tolerance):
                part = f"{what}, part {key + 1}," if isinstance(wanted, tuple) else f"{what}['{key}']"
                return misfit(answer[key], wanted[key], tolerance, part)
    if not is_array(wanted) or not is_array(answer):
        if type(answer) is type(wanted):
            return None
        return f"Your {what} should be {kind(wanted)}, but it is {kind(answer)}."
    if answer.shape != wanted.shape:
        return about_shape(answer, wanted, tolerance, what)
    if np.isfinite(wanted).all() and not np.isfinite(answer).all():
        found = "NaN (0/0, inf − inf, or the logarithm of a negative number)" if np.isnan(answer).any() else "infinity"
        return f"Your {what} holds {found} where it should be finite. Does something overflow, or divide by zero?"
    return None


def about_shape(answer, wanted, tolerance, what):
    """Which step an answer of another shape misses, or has too many."""
    fact = f"Your {what} has shape {answer.shape}, but should have shape {wanted.shape}."
    if wanted.ndim == 0:
        fact = f"Your {what} has shape {answer.shape}, but should be one number."
        for word, function in ("mean", np.mean), ("sum", np.sum):
            if answer.size > 1 and close(np.asarray(function(answer)), wanted, tolerance):
                return f"{fact} Take the {word} of yours and you have it."
        return fact + (" Is a mean or a sum missing?" if answer.size > 1 else "")
    if answer.ndim == 0:
        return fact.replace("has shape ()", "is one number") + " Did a mean or a sum go over too many axes?"
    if answer.ndim == 2 and answer.T.shape == wanted.shape and close(answer.T, wanted, tolerance):
        return f"{fact} It is the transpose of what is wanted: a .T is missing, or one too many."
    if answer.size == wanted.size and close(answer.reshape(wanted.shape), wanted, tolerance):
        return f"{fact} The numbers are right: an axis of length 1 is missing, or one too many (keepdims, reshape)."
    n = len(wanted)
    if answer.shape == (n, n) and wanted.size == n:
        return f"{fact} Was an array of shape ({n}, 1) combined with one of shape ({n},)? NumPy repeats both."
    if answer.ndim == 2 and answer.T.shape == wanted.shape:
        return f"{fact} Is a .T missing, or one too many?"
    return fact


def pattern(answers, expected, cases, wrong, tolerance, what):
    """A sentence about how the wrong numbers relate to the right ones over all cases, or None."""
    if not all(is_array(a) and is_array(b) and a.shape == b.shape for a, b in zip(answers, expected)):
        return None
    first = wrong[0]
    if any(x.dtype.kind == "c" for x in answers + expected):
        return None
    if len(answers) > 2 and all(same(a, answers[0], tolerance) for a in answers) and len(wrong) > 1:
        return f"Your {what} is the same in every case. Does it use the arguments?"
    if all(x.dtype.kind == "b" for x in answers + expected):
        opposite = all(np.array_equal(~a, b) for a, b in zip(answers, expected))
        return f"Your {what} is the opposite of what is wanted, in every case." if opposite else None
    mine, right = (np.concatenate([x.astype(np.float64).ravel() for x in xs]) for xs in (answers, expected))
    if right.size > 1 and not np.allclose(right, right[0]) or len(cases) > 2:
        factors = [factor(a, b, tolerance) for a, b in zip(answers, expected)]
        if all(f is not None for f in factors):
            sentence = about_factors([f for f in factors if f != "any"], cases, what)
            if sentence:
                return sentence
        offset = mine - right
        if right.size > 1 and np.allclose(offset, offset[0], rtol=tolerance, atol=tolerance * np.abs(offset[0])):
            size = "large" if offset[0] > 0 else "small"
            return f"Every number of your {what} is too {size} by {abs(offset[0]):.4g}."
    a, b = answers[first], expected[first]
    if a.ndim == 2 and a.shape[0] == a.shape[1] and close(a.T, b, tolerance):
        return f"Your {what} is the transpose of what is wanted: a .T is missing, or one too many."
    if a.size > 1 and close(np.sort(a, axis=None), np.sort(b, axis=None), tolerance):
        return f"Your {what} has the right numbers in another order."
    if close(np.abs(a), np.abs(b), tolerance):
        return f"Your {what} has the right sizes, but some of the signs are wrong."
    if close(mine, right, 1e-2):
        return f"Your {what} is close, but not equal. Is a small term missing, or was something rounded?"
    if 0 < len(wrong) < len(answers):
        return f"Your {what} is right in {len(answers) - len(wrong)} of {plural(len(answers), 'case')}."
    return None


def factor(answer, wanted, tolerance):
    """The k with answer = k · wanted; None if there is none, 'any' where both are zero."""
    a, b = answer.astype(np.float64).ravel(), wanted.astype(np.float64).ravel()
    if not a.any() or not b.any():
        return None if a.any() or b.any() else "any"
    k = float(a @ b / (b @ b))
    return k if k != 0 and close(a, k * b, tolerance) else None


def about_factors(factors, cases, what):
    """A sentence about answers that are a multiple of the right ones in every case."""
    if not factors:
        return None
    rows = [{len(x) for x in case if np.ndim(x) > 0 and not isinstance(x, (str, dict))} for case in cases]
    if len(rows) == len(factors):
        for sign, large in (1, "large"), (-1, "small"):
            sizes = [[n for n in ns if n > 1 and np.isclose(k, float(n) ** sign)] for k, ns in zip(factors, rows)]
            if all(sizes):
                n = sizes[0][0]
                cure = "sum where the mean is wanted" if sign == 1 else "take the mean where the sum is wanted"
                again = "" if sign == 1 else ", or divide by their number twice"
                return f"Your {what} is {n} times too {large}, and your input has {n} rows. Did you {cure}{again}?"
    if not np.allclose(factors, factors[0], rtol=1e-4):
        return None
    k = factors[0]
    if np.isclose(k, -1):
        return f"The size of your {what} is right, the sign is not."
    sign = " and has the wrong sign" if k < 0 else ""
    k = abs(k)
    hints = {
        2.0: " Is a factor of 1/2 missing, or is something counted twice?",
        0.5: " Is a factor of 2 missing? The derivative of a square brings one.",
    }
    hint = hints.get(round(k, 4), "")
    return f"Your {what} is {max(k, 1 / k):.4g} times too {'large' if k > 1 else 'small'}{sign}, in every case.{hint}"


# ---------------------------------------------------------------- words


def about_no_function(value):
    if unsolved(value):
        return "Not solved yet. Define the function, run its cell, then run this one again."
    found = kind(plain(value))
    return f"The check needs your function itself, but got {found}. Pass its name, without brackets behind it."


def about_nothing(function, answer):
    """For None or ...: is the exercise still open, or is only the `return` missing?"""
    name = name_of(function)
    code = getattr(function, "__code__", None)
    started = code is not None and answer is None and ... not in code.co_consts and (
        code.co_names or code.co_nlocals > code.co_argcount + code.co_kwonlyargcount
    )  # fmt: skip
    if started:
        return f"Not yet. {name} returns nothing. Is a return missing in its last line?"
    return f"Not solved yet. Replace the ... in {name}, run its cell, then run this one again."


def about_exception(function, case, error):
    name = name_of(function)
    if isinstance(error, NotImplementedError) or "ellipsis" in str(error):
        return about_nothing(function, ...)
    if isinstance(error, RecursionError):
        return f"Not yet. {name} calls itself without end."
    code = getattr(function, "__code__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    where = f"\nIt happens in the line: {frames[-1].line}" if frames and frames[-1].line else ""
    message = f": {error}".rstrip(". ") if str(error) else ""
    return f"Not yet. {called(function, case)} stops with {type(error).__name__}{message}.{where}"


def example(function, case, answer, wanted):
    """The first case that differs; its arguments too, if they are short enough to be read."""
    return f"{called(function, case)} gives {short(answer)}, but should give {short(wanted)}."


def called(function, case):
    """The call as the reader would write it, or the bare name where the arguments are too long for a line."""
    call = f"{name_of(function)}({', '.join(short(plain(x)) for x in case)})"
    return call if len(call) <= 60 else f"{name_of(function)}(…)"


def kind(value):
    """'one number', 'an array of shape (3, 2)', 'a tuple of 2' …"""
    if is_number(value):
        return "one number"
    if is_array(value):
        return f"an array of shape {value.shape}"
    if isinstance(value, tuple):
        return f"a tuple of {plural(len(value), 'part')}"
    if isinstance(value, dict):
        return f"a dict with the keys {', '.join(value)}"
    if isinstance(value, str):
        return f"the text {value!r}"
    if isinstance(value, np.ndarray):
        return "an array that holds no numbers"
    if inspect.isgenerator(value):
        return "a generator (there is a yield in it)"
    return "a function" if inspect.isroutine(value) else f"of type {type(value).__name__}"


def short(value):
    """A value in a few characters, with four digits."""
    if is_number(value):
        return str(value.item()) if value.dtype.kind in "bc" else f"{value.item():.4g}"
    if is_array(value):
        if value.size > 8:
            return f"[array of shape {value.shape}]"
        digits = {"float_kind": lambda v: f"{v + 0:.4g}"}  # + 0 turns −0 into 0
        return np.array2string(value, separator=", ", formatter=digits).replace("\n", "")
    if isinstance(value, tuple):
        return "(" + ", ".join(map(short, value)) + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{k}': {short(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (str, bool)):
        return repr(value)
    return f"[{name_of(value)}]" if inspect.isroutine(value) else f"[{type(value).__name__}]"


def plural(n, word):
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
