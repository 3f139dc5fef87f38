"""Running the reader's function: on copies, without warnings, and whatever it does."""

import contextlib
import copy
import inspect
import io
import warnings

import numpy as np

from .patience import LIMIT, StillRunning, patience
from .values import is_array, plain, unsolved
from .wording import about_exception, about_nothing, argument_name, name_of, plural


@contextlib.contextmanager
def quietly():
    """Without warnings: where a number overflows or is divided by 0, the verdict says so."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def call(function, case):
    """function(*case) on copies of the arguments."""
    with quietly():
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
    printing = contextlib.nullcontext() if loud else contextlib.redirect_stdout(io.StringIO())
    try:
        with quietly(), printing, patience(function):
            answer = function(*arguments)
            answer = answer if unsolved(answer) else plain(answer)
    except StillRunning:
        return f"Not yet. {name} was still running after {LIMIT:g} seconds and was stopped. Does its loop end?", None
    except (Exception, SystemExit) as error:
        return about_exception(function, case, error), None
    if unsolved(answer):
        return about_nothing(function, answer), None
    for i, (before, after) in enumerate(zip(case, arguments)):
        if not may_change and changed(before, after):
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
    before, after = plain(before), plain(after)
    if before is after or not (is_array(before) and is_array(after)):
        return False
    return not np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
