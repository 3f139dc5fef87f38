"""Answers of the wrong kind or the wrong shape: which step is missing, or one too many?"""

import numpy as np

from .values import alike, close, is_array, same
from .wording import kind


def misfit(answer, wanted, tolerance, what):
    """What is wrong with the kind or the shape of an answer, or with numbers that are no numbers."""
    if not (is_array(answer) and is_array(wanted)):
        nested = isinstance(wanted, (tuple, dict))
        if not alike(answer, wanted) if nested else type(answer) is not type(wanted):
            return f"Your {what} should be {kind(wanted)}, but it is {kind(answer)}."
        if isinstance(wanted, tuple) and len(wanted) == 2 and same(answer[::-1], wanted, tolerance):
            return f"Your {what} has the right parts in the wrong order."
        return None
    if answer.shape != wanted.shape:
        given = "is one number" if answer.ndim == 0 else f"has shape {answer.shape}"
        should = "be one number" if wanted.ndim == 0 else f"have shape {wanted.shape}"
        return f"Your {what} {given}, but should {should}. {missing_step(answer, wanted, tolerance)}".strip()
    if np.isfinite(wanted).all() and not np.isfinite(answer).all():
        found = "NaN (0/0, inf − inf, or the logarithm of a negative number)" if np.isnan(answer).any() else "infinity"
        return f"Your {what} holds {found} where it should be finite. Does something overflow, or divide by zero?"
    return None


def missing_step(answer, wanted, tolerance):
    """Which step an answer of another shape misses, or has too many: first what the numbers prove, then guesses."""

    def gives(array):
        return array.shape == wanted.shape and close(array, wanted, tolerance)

    if answer.ndim == 0:
        if wanted.ndim == 1 and wanted.size and close(answer, wanted[0], tolerance):
            return "It is the first of the numbers that are wanted. Did you write np.array(a, b) for np.array([a, b])?"
        return "Did a mean or a sum go over too many axes, or are brackets missing, as in np.array([a, b])?"
    shape, n = answer.shape, wanted.size
    turned = answer.ndim == 2 and shape[::-1] == wanted.shape
    if turned and gives(answer.T):
        return "It is the transpose of what is wanted: a .T is missing, or one too many."
    if answer.size == n and gives(answer.reshape(wanted.shape)):
        return "The numbers are right: an axis of length 1 is missing, or one too many (keepdims, reshape)."
    axes = [axis for axis in range(answer.ndim) if shape[:axis] + shape[axis + 1 :] == wanted.shape]
    for axis in [None] if wanted.ndim == 0 else axes:
        over = "" if axis is None else f" over axis {axis}"
        for word, reduced in ("mean", np.mean), ("sum", np.sum):
            if gives(np.asarray(reduced(answer, axis=axis))):
                return f"Take the {word} of yours{over} and you have it."
    if wanted.ndim and shape == (n, n):
        return f"Was an array of shape ({n}, 1) combined with one of shape ({n},)? NumPy repeats both."
    if answer.size > 1 and (wanted.ndim == 0 or axes):
        return f"Is a mean or a sum{over} missing?"
    return "Is a .T missing, or one too many?" if turned else ""
