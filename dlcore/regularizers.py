"""Regularizers: a price on large or similar weights, which training adds to the loss. Names and defaults are Keras's.

Each is called with a weight and gives one number, a tensor. A layer that gets one, as in
`Dense(8, kernel_regularizer="l2")`, hands it on to `add_weight`; `layer.losses` lists what its weights cost now.
"""

from . import ops
from .utils import absent, require_number, unknown
from .utils.names import Configured, by_name


class Regularizer(Configured):
    """Base of all regularizers: subclasses compute `__call__(x)`, the price of the weight x."""

    def __call__(self, x):
        raise NotImplementedError(f"{type(self).__name__} needs a method __call__(x) that gives one number.")


class L1(Regularizer):
    """l1 · Σ |w|: pulls every weight toward 0 with the same force, so that many end up there."""

    def __init__(self, l1=0.01):
        self.l1 = price(self, "l1", l1)

    def __call__(self, x):
        return self.l1 * ops.sum(ops.abs(x))


class L2(Regularizer):
    """l2 · Σ w²: pulls large weights harder than small ones. Its slope 2 · l2 · w is why it is called weight decay."""

    def __init__(self, l2=0.01):
        self.l2 = price(self, "l2", l2)

    def __call__(self, x):
        return self.l2 * ops.sum(ops.square(x))


class L1L2(Regularizer):
    """l1 · Σ |w| + l2 · Σ w², the elastic net (Zou and Hastie 2005)."""

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = price(self, "l1", l1), price(self, "l2", l2)

    def __call__(self, x):
        return self.l1 * ops.sum(ops.abs(x)) + self.l2 * ops.sum(ops.square(x))


class OrthogonalRegularizer(Regularizer):
    """factor · mean |cos| over all pairs of rows: 0 where they stand at right angles, so that none repeats another.

    Args:
        factor: the price.
        mode: "rows" or "columns" (the units of a Dense kernel) of the matrix.
    """

    def __init__(self, factor=0.01, mode="rows"):
        self.factor, self.mode = price(self, "factor", factor), mode
        if mode not in ("rows", "columns"):
            raise ValueError(unknown("mode", mode, ("rows", "columns")))

    def __call__(self, x):
        if len(x.shape) != 2:
            raise ValueError(
                f"OrthogonalRegularizer compares the rows of a matrix, but the weight has shape {x.shape}."
            )
        rows = ops.transpose(x) if self.mode == "columns" else x
        n = rows.shape[0]
        length = ops.sqrt(ops.maximum(ops.sum(ops.square(rows), axis=1, keepdims=True), 1e-12))  # of a zero row: not 0
        rows = rows / length
        cosines = ops.matmul(rows, ops.transpose(rows))
        pairs = n * (n - 1) / 2
        above = (ops.sum(ops.abs(cosines)) - ops.sum(ops.abs(rows * rows))) / 2  # without the diagonal, each pair once
        return self.factor / max(pairs, 1) * above


def price(regularizer, name, value):
    """A regularizer's argument: a number from 0, since a negative price would reward weights that grow for ever."""
    return require_number(f"{type(regularizer).__name__}: {name}", value)


_known = {"l1": L1, "l2": L2, "l1l2": L1L2, "orthogonal_regularizer": OrthogonalRegularizer}
_by_class = {c.__name__: c for c in _known.values()}
l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer  # Keras has them by these names, too
__all__ = ["Regularizer", "get", *_by_class]
__getattr__ = absent(__name__, __all__)


def get(identifier):
    """The regularizer for a name, a class, a saved configuration, or a function of one weight (as it is).

    None stays None.
    """
    form = "A regularizer is a name such as 'l2' or a function of one weight"
    return by_name("regularizer", identifier, _known | _by_class, form, _known)
