"""What programs ask Keras's backend for."""

from .ops.inputs import EPSILON
from .utils import clear_session

__all__ = ["clear_session", "epsilon", "floatx"]


def epsilon():
    """The small number that keeps divisions and logarithms finite: 1e-7."""
    return EPSILON


def floatx():
    """The type of numbers where none is named: "float32"."""
    return "float32"
