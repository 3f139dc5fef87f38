"""Values to compare: whatever a function returns, as arrays, tuples and dicts, and when two of them are equal."""

import numpy as np


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
    array = numbers(value)
    if array is not None:
        return array
    return tuple(plain(item) for item in value) if isinstance(value, list) else value


def numbers(value):
    """The value as an array of numbers, or None."""
    try:
        array = np.asarray(value)
    except Exception:
        return None
    return array if is_array(array) else None


def fitted(answer, wanted):
    """A plain answer in the form of the wanted one: a list will do for a tuple, and a tuple of numbers for an array."""
    if isinstance(wanted, tuple) and is_array(answer) and answer.ndim:
        return tuple(map(np.asarray, answer))
    if is_array(wanted) and isinstance(answer, tuple):
        array = numbers(answer)
        return answer if array is None or array.shape != wanted.shape else array
    if isinstance(wanted, tuple) and alike(answer, wanted):
        return tuple(map(fitted, answer, wanted))
    if isinstance(wanted, dict) and alike(answer, wanted):
        return {key: fitted(answer[key], wanted[key]) for key in wanted}
    return answer


def alike(a, b):
    """Whether two plain values are both tuples of one length, or both dicts with the same keys."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b)
    return isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys()


def parts(value):
    """What a tuple or dict is indexed by."""
    return list(value) if isinstance(value, dict) else range(len(value))


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
    if alike(a, b):
        return all(same(a[key], b[key], tolerance) for key in parts(b))
    try:
        return type(a) is type(b) and bool(a == b)
    except Exception:
        return False
