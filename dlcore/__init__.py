"""dlcore: a Keras you can read. Everything is built from NumPy, with Keras's names, defaults and results."""

import importlib

from . import activations, callbacks, initializers, layers, losses, metrics, ops, optimizers, regularizers, utils
from .layers import Input
from .model import Model, Sequential, load_model
from .tensor import GradientTape, Tensor, Variable, gradients, no_grad

__version__ = "0.1.0"

#: Modules that load when they are first used: they bring heavier libraries along, or few programs need them.
LAZY = ("datasets", "exercises", "gradcheck", "parity", "plots", "scalar", "widgets")

__all__ = [
    "GradientTape",
    "Input",
    "Model",
    "Sequential",
    "Tensor",
    "Variable",
    "activations",
    "callbacks",
    "gradients",
    "initializers",
    "layers",
    "load_model",
    "losses",
    "metrics",
    "no_grad",
    "ops",
    "optimizers",
    "regularizers",
    "utils",
    *LAZY,
]


def __getattr__(name):
    if name in LAZY:
        return importlib.import_module(f".{name}", __name__)
    hint = utils.nearest(name, __all__)
    raise AttributeError(f"dlcore has no '{name}'." + (f" Did you mean '{hint}'?" if hint else ""))


def __dir__():
    return [*__all__, "__version__"]
