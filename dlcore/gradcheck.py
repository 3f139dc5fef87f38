"""Gradient checks: is the gradient that the code computes the slope that the function has?

The slope can be measured: move one number a little and see how far the result moves. That is far too slow to train
with, one or two runs of the function for each number, but it knows nothing of the chain rule and so can't share its
mistakes. `check` holds the two against each other and, where they differ, tries to say which mistake it looks like.
"""

import inspect

import numpy as np

from .tensor import Tensor, numbers, unbroadcast
from .utils import require_number

__all__ = ["GradientMismatch", "Report", "central_differences", "check", "compare", "complex_step"]

# ---------------------------------------------------------------- measuring a slope


def central_differences(function, x, entries=None):
    """∂L/∂xᵢ ≈ (L(x + h eᵢ) − L(x − h eᵢ)) / 2h for a function L of one array that gives one number.

    What it neglects shrinks like h², what rounding spoils grows like 1/h: the best h is about the cube root of the
    smallest relative step of a float64. About ten digits come out right.

    Args:
        entries: indices of the entries to measure; all by default. The others are NaN.
    """
    x = np.asarray(x, np.float64)  # whole numbers and float32 would lose the small step
    slopes = np.full(x.shape, np.nan)
    for i in np.ndindex(x.shape) if entries is None else entries:
        h = 6e-6 * max(1.0, abs(x[i]))
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        slopes[i] = (function(up) - function(down)) / (up[i] - down[i])
    return slopes


def complex_step(function, x, entries=None):
    """∂L/∂xᵢ = Im L(x + ih eᵢ) / h: the slope appears in the imaginary part, with no difference to round.

    h can be tiny, and all sixteen digits come out right. It needs a function that is made of +, −, ·, /, powers,
    exp and the like, with no |x| or comparison of complex numbers on the way (Squire and Trapp 1998).
    """
    x = np.asarray(x)
    slopes = np.full(x.shape, np.nan)
    for i in np.ndindex(x.shape) if entries is None else entries:
        z = x.astype(np.complex128)
        z[i] += 1e-30j
        slopes[i] = np.imag(function(z)) / 1e-30
    return slopes


METHODS = {"central": (central_differences, 1e-6), "complex": (complex_step, 1e-10)}


# ---------------------------------------------------------------- the check


class GradientMismatch(AssertionError):
    """The computed gradient is not the slope of the function. Its text is the report."""


def check(function, *inputs, **settings):
    """`compare`, but a gradient that is wrong raises GradientMismatch with the report as its text."""
    report = compare(function, *inputs, **settings)
    if not report.ok:
        raise GradientMismatch(str(report))
    return report


def compare(function, *inputs, gradient=None, method="central", tolerance=None, max_entries=200, seed=0):
    """Hold the gradient of `function` at `inputs` against measured slopes.

    A function that gives an array is checked through L = Σ g ⊙ function(…), with random g, so that no entry's
    mistake can hide behind another's.

    Args:
        function: takes tensors and gives a tensor; with `gradient`, takes arrays and gives one number.
        inputs: arrays or numbers; they are turned into float64. Integer arrays (labels, say) are passed on unchecked.
        gradient: a gradient written by hand: takes the same inputs, gives an array for each (one alone for one input).
            By default the gradient comes from `backward`.
        method: "central" or "complex".
        tolerance: largest error allowed, relative for entries above 1; 1e-6 (central) or 1e-10 (complex) by default.
        max_entries: of larger inputs, so many entries are measured, drawn by `seed`.

    Returns:
        A `Report`: print it, or look at its `ok`.
    """
    if method not in METHODS:
        raise ValueError(f"method must be 'central' or 'complex', but got {method!r}.")
    measure, usual_tolerance = METHODS[method]
    require_number("max_entries", max_entries, 1, whole=True)
    rng = np.random.default_rng(seed)
    arrays = [as_float64(x) for x in inputs]
    checked = [i for i, x in enumerate(arrays) if x.dtype.kind == "f"]
    if not checked:
        raise ValueError("There is nothing to check: no input holds floats. Write 2.0 instead of 2.")

    def run(*xs):
        return numbers(function(*xs) if gradient else function(*map(Tensor, xs)), "the result")

    y = run(*arrays)
    if not np.isfinite(y).all():
        raise ValueError("The function gives NaN or infinity here, so it has no slope. Check it at another point.")
    if gradient:
        if y.size != 1:
            raise ValueError(f"A gradient by hand needs a function that gives one number, but it gave {y.shape}.")
        g = np.ones(y.shape)
        computed = gradient(*[x.copy() for x in arrays])
        computed = list(computed) if isinstance(computed, (tuple, list)) else [computed]
        if len(computed) != len(arrays):
            raise ValueError(f"The gradient gives {len(computed)} arrays, but there are {len(arrays)} inputs.")
    else:
        g = np.ones(y.shape) if y.size == 1 else rng.standard_normal(y.shape)
        tensors = [Tensor(x.copy(), requires_grad=i in checked) for i, x in enumerate(arrays)]
        result = function(*tensors)
        if not isinstance(result, Tensor):
            raise TypeError(f"The function must give a tensor, but gave {type(result).__name__}. Compute it with ops.")
        if result.requires_grad:
            result.backward(g)
        computed = [t.grad for t in tensors]

    names = input_names(function, len(arrays))
    rows = []
    for i in checked:

        def loss(x, i=i):
            return (g * run(*arrays[:i], x, *arrays[i + 1 :])).sum()

        entries = list(np.ndindex(arrays[i].shape))
        if len(entries) > max_entries:
            entries = [entries[k] for k in rng.choice(len(entries), max_entries, replace=False)]
        rows.append(Row(names[i], arrays[i], computed[i], measure(loss, arrays[i], entries), loss, entries))
    return Report(rows, method, usual_tolerance if tolerance is None else tolerance, y.shape)


def as_float64(x):
    x = np.asarray(x.data if isinstance(x, Tensor) else x)
    return x.astype(np.float64) if x.dtype.kind == "f" else x


def input_names(function, n):
    """The names of the function's arguments, or "input 0", "input 1" … where they are not known."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    known = list(code.co_varnames[: code.co_argcount]) if code else []
    if hasattr(function, "__self__"):  # a method has its object already
        known = known[1:]
    return [known[i] if i < len(known) else f"input {i}" for i in range(n)]


# ---------------------------------------------------------------- the report


class Row:
    """One input: its gradient as computed and as measured, and the entry where they differ most."""

    def __init__(self, name, x, computed, measured, loss, entries):
        self.name, self.x, self.measured, self.loss = name, x, measured, loss
        self.computed = None if computed is None else np.asarray(computed)
        self.same_shape = self.computed is not None and self.computed.shape == x.shape
        self.error, self.worst = np.inf, None
        if self.same_shape and x.size == 0:
            self.error = 0.0
        elif self.same_shape:
            known = np.zeros(x.shape, bool)
            for i in entries:  # the others were left out; NaN in one of these was measured
                known[i] = True
            known |= np.isnan(self.computed)
            scale = np.maximum(1.0, np.maximum(np.abs(self.computed), np.abs(measured)))
            errors = np.where(known, np.abs(self.computed - measured) / scale, 0.0)
            errors = np.where(np.isnan(errors), np.inf, errors)
            self.worst = tuple(int(k) for k in np.unravel_index(errors.argmax(), errors.shape))
            self.error = float(errors[self.worst])


class Report:
    """What a gradient check found; `str` gives it as text.

    Attributes:
        ok: True where every gradient agrees with the measured slope.
        rows: one for each input, with `name`, `error`, `worst` (the entry), `computed` and `measured` (arrays).
        causes: sentences that name the likely mistakes.
    """

    def __init__(self, rows, method, tolerance, y_shape):
        self.rows, self.method, self.tolerance = rows, method, tolerance
        self.wrong = [row for row in rows if not row.error <= tolerance]
        self.ok = not self.wrong
        self.causes = [cause for row in self.wrong for cause in likely_causes(row, rows, tolerance, y_shape)]

    def __str__(self):
        how = {"central": "central differences", "complex": "complex step"}[self.method]
        lines = [f"Gradient check by {how}: {'all gradients agree' if self.ok else 'WRONG'}"]
        lines += [self.line(row) for row in self.rows]
        return "\n".join(lines + [f"  {cause}" for cause in dict.fromkeys(self.causes)])

    __repr__ = __str__

    def line(self, row):
        """What was found for one input, in one line."""
        start = f"  {row.name} {row.x.shape}: "
        if row.error <= self.tolerance:
            return f"{start}agrees to {self.tolerance:g}"
        if row.computed is None:
            return f"{start}no gradient arrived"
        if not row.same_shape:
            return f"{start}its gradient has shape {row.computed.shape}"
        at = f"entry {list(row.worst)}: " if row.worst else ""
        return f"{start}{at}computed {row.computed[row.worst]:.6g}, measured {row.measured[row.worst]:.6g}"


# ---------------------------------------------------------------- which mistake is it?


def likely_causes(row, rows, tolerance, y_shape):
    """Sentences about what a wrong gradient looks like; none if it looks like nothing known."""
    a, n = row.computed, row.measured

    def same(p, q):
        known = ~np.isnan(q)
        return p.shape == q.shape and np.allclose(p[known], q[known], rtol=10 * tolerance, atol=10 * tolerance)

    if a is None:
        return [f"{row.name}: nothing flows back to it. Is it used, or was it cut off by .numpy() or no_grad()?"]
    if not row.same_shape:
        return [wrong_shape(row, same)]
    if np.isnan(a).any():
        return [f"{row.name}: the gradient holds NaN. Look for 0/0, the log of 0 or the root of 0 in it."]
    if not np.isfinite(n[row.worst]):
        return [
            f"{row.name}: beside entry {list(row.worst)} the function gives NaN or infinity, so there is no slope to "
            "compare with. Check at another point."
        ]
    if kink(row):
        return [
            f"{row.name}: the function has a kink at entry {list(row.worst)}: its slope to the left and to the right "
            "differ, so there is no slope to compare with. Check at another point."
        ]
    if not a.any():
        return [f"{row.name}: the computed gradient is zero everywhere, the slope is not."]
    for other in rows:
        if other is not row and other.same_shape and same(a, other.measured) and same(other.computed, n):
            return [f"The gradients of {' and '.join(sorted((row.name, other.name)))} are swapped."]
    if a.ndim >= 2 and same(a.swapaxes(-1, -2), n):
        return [f"{row.name}: the gradient is transposed."]
    factor = constant_factor(a, n)
    if factor is not None and same(a / factor, n):
        return [f"{row.name}: {factor_sentence(factor, rows, y_shape)}"]
    return []


def wrong_shape(row, same):
    """The sentence for a gradient whose shape is not its input's."""
    message = f"{row.name}: its gradient must have its own shape, {row.x.shape}, but has {row.computed.shape}."
    try:
        summed = unbroadcast(row.computed, row.x.shape)
    except ValueError:
        summed = row.computed
    if row.computed.ndim >= row.x.ndim and same(summed, row.measured):
        return f"{message} Summed over the axes along which {row.name} was broadcast it is right: that sum is missing."
    if same(row.computed.T, row.measured):
        return f"{message} It is transposed."
    return message


def kink(row):
    """True where the slopes to the left and to the right of the worst entry differ: no slope there at all."""
    h = 1e-6 * max(1.0, abs(row.x[row.worst]))
    up, down = row.x.copy(), row.x.copy()
    up[row.worst] += h
    down[row.worst] -= h
    middle = row.loss(row.x)
    right, left = (row.loss(up) - middle) / h, (middle - row.loss(down)) / h
    return abs(right - left) > 1e-2 * max(abs(right), abs(left), 1e-3)


def constant_factor(a, n):
    """c where a = c · n for every entry, from the largest slope; None where there is no slope."""
    n = np.where(np.isnan(n), 0, n)
    if not n.any():
        return None
    i = np.unravel_index(np.abs(n).argmax(), n.shape)
    factor = float(a[i] / n[i])
    return factor if factor else None


def factor_sentence(factor, rows, y_shape):
    if abs(factor + 1) < 1e-4:
        return "the gradient has the wrong sign."
    sign = "has the wrong sign and is" if factor < 0 else "is"
    size = abs(factor)
    times = f"{size:.4g} times too large" if size > 1 else f"{1 / size:.4g} times too small"
    sentence = f"the gradient {sign} {times}."
    sizes = {n for row in rows for n in (*row.x.shape, row.x.size)} | {*y_shape}
    if any(n > 1 and abs(max(size, 1 / size) - n) < 1e-4 * n for n in sizes):
        took, takes = ("sum", "average") if size > 1 else ("average", "sum")
        n = round(max(size, 1 / size))
        sentence += f" {n} is also how many rows or numbers there are: did you {took} where the function {takes}s?"
    elif abs(size - 2) < 1e-4 or abs(size - 0.5) < 1e-4:
        sentence += " A factor 2 comes from the derivative of a square."
    return sentence
