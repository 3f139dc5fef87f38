"""The words of a verdict: the call as the reader would write it, values in a few characters, what went wrong."""

import ast
import inspect
import textwrap
import traceback

import numpy as np

from .values import alike, is_array, is_number, parts, plain, same, unsolved


def about_no_function(value):
    if unsolved(value):
        return "Not solved yet. Define the function, run its cell, then run this one again."
    found = kind(plain(value))
    return f"The check needs your function itself, but got {found}. Pass its name, without brackets behind it."


def about_nothing(function, answer):
    """For None or ...: is the exercise still open, or is only the `return` missing?"""
    name = name_of(function)
    if answer is None and not is_open(function):
        return f"Not yet. {name} returns nothing. Is a return missing in its last line?"
    return f"Not solved yet. Replace the ... in {name}, run its cell, then run this one again."


def is_open(function):
    """Whether a ... is left in the code of the function, or there is nothing in it but a docstring."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return True
    body = getattr(tree.body[0], "body", [])
    empty = all(isinstance(line, ast.Pass) or isinstance(getattr(line, "value", None), ast.Constant) for line in body)
    return empty or any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(tree))


def about_exception(function, case, error):
    told = message_of(error)
    if isinstance(error, NotImplementedError) or "ellipsis" in told:
        return about_nothing(function, ...)
    if isinstance(error, RecursionError):
        return f"Not yet. {name_of(function)} calls itself without end."
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    where = f"\nIt happens in the line: {frames[-1].line}" if frames and frames[-1].line else ""
    message = f": {told}".rstrip(". ") if told else ""
    return f"Not yet. {called(function, case)} stops with {type(error).__name__}{message}.{where}"


def message_of(error):
    try:
        return str(error)
    except Exception:
        return ""  # an exception of the reader's own may fail even at this


def example(function, case, answer, wanted, tolerance):
    """The first case that differs, with enough digits to see that it does; of a large array, where it differs most.

    Of a tuple or dict that holds large arrays, the first part that differs: written out whole, both would read alike.
    """
    call, at = called(function, case), ""
    while is_long(wanted) and alike(answer, wanted):
        key = next(key for key in parts(wanted) if not same(answer[key], wanted[key], tolerance))
        call, answer, wanted = part_of(call, key), answer[key], wanted[key]
    if is_array(answer) and is_array(wanted) and answer.shape == wanted.shape and answer.size > SHOWN:
        off = np.abs(np.subtract(answer, wanted, dtype=complex))
        worst = np.unravel_index(np.argmax(off), off.shape)
        at = f" at [{', '.join(map(str, worst))}]"
        answer, wanted = np.asarray(answer[worst]), np.asarray(wanted[worst])
    for digits in range(4, 18):
        given, right = short(answer, digits), short(wanted, digits)
        if given != right:
            break
    return f"{call} gives {given}{at}, but should give {right}{' there' if at else ''}."


def part_of(what, key):
    """'gradient['w']' of a dict, 'gradient, part 2,' of a tuple."""
    return f"{what}['{key}']" if isinstance(key, str) else f"{what.rstrip(',')}, part {key + 1},"


def is_long(value):
    """Whether an array has too many numbers to be written out, or something in a tuple or dict has."""
    if isinstance(value, (tuple, dict)):
        return any(is_long(value[key]) for key in parts(value))
    return is_array(value) and value.size > SHOWN


def called(function, case):
    """The call as the reader would write it, or the bare name where the arguments are too long for a line."""
    call = f"{name_of(function)}({', '.join(short(plain(x)) for x in case)})"
    return call if len(call) <= 60 else f"{name_of(function)}(…)"


def name_of(function):
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "your function"


def argument_name(function, i):
    try:
        return list(inspect.signature(function).parameters)[i]
    except (TypeError, ValueError, IndexError):
        return f"argument {i + 1}"


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
    return "a function" if is_function(value) else f"of type {type(value).__name__}"


def is_function(value):
    return inspect.isroutine(value) or isinstance(value, np.ufunc)


SHOWN = 8  # the most numbers that are written out


def short(value, digits=4):
    """A value in a few characters."""
    if is_number(value):
        return str(value.item()) if value.dtype.kind in "bc" else number(value.item(), digits)
    if is_array(value):
        if value.size > SHOWN:
            return f"[array of shape {value.shape}]"
        written = {"float_kind": lambda v: number(v, digits)}
        return np.array2string(value, separator=", ", formatter=written).replace("\n", "")
    if isinstance(value, tuple):
        return "(" + ", ".join(short(v, digits) for v in value) + ")"
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{k}': {short(v, digits)}" for k, v in value.items()) + "}"
    if isinstance(value, (str, bool)):
        return repr(value)
    if is_function(value):
        return value.__name__ if value.__name__.isidentifier() else "[function]"
    return f"[{type(value).__name__}]"


def number(value, digits=4):
    """A number with so many digits; a whole one with all of its own, 25000 and not 2.5e+04."""
    if abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return f"{value:.{digits}g}"


def times(k):
    """A factor with four digits: 2.5, 50,000."""
    return f"{float(f'{k:.4g}'):,.15g}"


def plural(n, word):
    return f"{n} {word}" if n == 1 else f"{n} {word}s"
