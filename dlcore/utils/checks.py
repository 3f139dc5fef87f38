"""Checks of arguments: one sentence for a number that is out of its range."""

import math
import numbers


def is_whole(value, low=-math.inf):
    """Whether `value` is a whole number, of Python's or NumPy's, from `low` on; True and False are none."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= low


def require_number(what, value, low=0, high=math.inf, *, above=False, below=False, whole=False):
    """`value`, if it is a number from `low` to `high`, else a ValueError.

    Args:
        what: the start of the message, such as "SGD: momentum".
        low, high: the range; `above` and `below` leave its ends out.
        whole: whether only whole numbers will do; they come back as Python's, which a model file can hold.
    """
    kind = numbers.Integral if whole else numbers.Real
    if isinstance(value, kind) and not isinstance(value, bool) and math.isfinite(value):
        if (low < value if above else low <= value) and (value < high if below else value <= high):
            return int(value) if whole else value
    span = f" {'above' if above else 'from'} {low}" if low > -math.inf else ""
    span += f" to {'below ' * below}{high}" if high < math.inf else ""
    raise ValueError(f"{what} is a {'whole ' * whole}number{span}, but got {value!r}.")
