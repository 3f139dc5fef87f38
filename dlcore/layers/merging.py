"""Layers that make one tensor of several, where the branches of a model meet. They are called on a list."""

from functools import reduce

from .. import ops
from .base import Layer


class Merge(Layer):
    """What Add, Multiply and Concatenate share: a list of tensors with one batch comes in."""

    _takes_lists = True

    def call(self, xs):
        if not isinstance(xs, list):
            raise self._error(
                f"it is called on a list of tensors, {type(self).__name__}()([a, b]), but got one {xs.shape}."
            )
        if any(x.ndim == 0 or len(x) != len(xs[0]) for x in xs):
            raise self._error(
                f"all inputs need the same batch, but have the shapes {', '.join(str(x.shape) for x in xs)}."
            )
        return self._merge(xs)


class Add(Merge):
    """y = x₁ + x₂ + …, as where a path around some layers meets the way through them: Add()([x1, x2]).

    Shapes: the same for all, or broadcast as in NumPy; where one has fewer axes, they are added behind the batch.
    """

    def _merge(self, xs):
        return reduce(ops.add, of_one_rank(map(self._as_floats, xs)))


class Multiply(Merge):
    """y = x₁ ⊙ x₂ ⊙ …, as where a gate lets through or holds back: Multiply()([x1, x2]).

    Shapes: the same for all, or broadcast as in NumPy; where one has fewer axes, they are added behind the batch.
    """

    def _merge(self, xs):
        return reduce(ops.multiply, of_one_rank(map(self._as_floats, xs)))


class Concatenate(Merge):
    """y = x₁, x₂, …, one behind the other along `axis`: Concatenate()([x1, x2]).

    Args:
        axis: along which they are joined.

    Shapes: equal sizes along all other axes; along `axis` the sizes of the inputs add up to that of y.
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def _merge(self, xs):
        return ops.concatenate(xs, axis=self.axis)


def of_one_rank(xs):
    """The tensors with as many axes as the one that has most, new ones of size 1 behind the batch."""
    xs = list(xs)
    ndim = max(x.ndim for x in xs)
    return [ops.reshape(x, (len(x), *[1] * (ndim - x.ndim), *x.shape[1:])) if x.ndim < ndim else x for x in xs]


def add(inputs, **kwargs):
    """Add(**kwargs)(inputs), as a function."""
    return Add(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """Multiply(**kwargs)(inputs), as a function."""
    return Multiply(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """Concatenate(axis, **kwargs)(inputs), as a function."""
    return Concatenate(axis, **kwargs)(inputs)
