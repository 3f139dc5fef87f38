"""How long the reader's function may take: an endless loop is cut off, in a notebook and in a page alike."""

import contextlib
import functools
import inspect
import sys
import time

#: Seconds after which a call is cut off.
LIMIT = 10.0


class StillRunning(BaseException):
    """Raised inside the reader's function when its time is up. No `except Exception` of theirs holds it."""


def innermost(function):
    """The function that decorators and partial() wrap."""
    function = inspect.unwrap(function)
    return innermost(function.func) if isinstance(function, functools.partial) else function


@contextlib.contextmanager
def patience(function, seconds=LIMIT):
    """Within the block, the function is stopped at the first of its lines that it reaches when its time is up.

    A thread or a signal can't do this in a page (Pyodide has neither), so each line of the reader's own code is looked
    at; a library's lines are not, and cost nothing. What hangs inside a library is not stopped.
    """
    end = time.monotonic() + seconds
    own = {"__main__", getattr(innermost(function), "__module__", None)}

    def watch(frame, event, argument):
        if frame.f_globals.get("__name__") not in own:
            return None
        if time.monotonic() > end:
            raise StillRunning
        return watch

    before = sys.gettrace()
    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)
