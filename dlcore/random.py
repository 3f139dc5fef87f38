"""Random tensors."""

from .tensor import Tensor
from .utils import generator

__all__ = ["SeedGenerator", "normal", "uniform"]


def SeedGenerator(seed=None):
    """For `seed`, where each call is to give other numbers: they go on from call to call. It is NumPy's Generator.

    Args:
        seed: a whole number, for the same numbers in every run; None for those that `set_random_seed` decides on.
    """
    return generator(seed, "dropout")


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers from a normal distribution; with a whole number as seed the same in each call."""
    return Tensor(generator(seed, "dropout").normal(mean, stddev, shape).astype(dtype or "float32"))


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers from minval to below maxval, each as likely; with a whole number as seed the same in each call."""
    return Tensor(generator(seed, "dropout").uniform(minval, maxval, shape).astype(dtype or "float32"))
