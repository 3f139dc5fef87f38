"""dlcore: a Keras you can read. Everything is built from NumPy, with Keras's names, defaults and results."""

import importlib

from . import activations, callbacks, initializers, layers, losses, metrics, ops, optimizers, regularizers, utils
from .initializers import Initializer
from .layers import Input, Layer
from .losses import Loss
from .metrics import Metric
from .models import Model, Sequential, load_model
from .optimizers import Optimizer
from .regularizers import Regularizer
from .tensor import GradientTape, Tensor, Variable, gradients, no_grad

__version__ = "0.1.0"

#: Modules that load when they are first used: they bring heavier libraries along, or few programs need them.
LAZY = ("backend", "datasets", "exercises", "gradcheck", "parity", "plots", "random", "scalar", "widgets")

__all__ = [
    "GradientTape",
    "Initializer",
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
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
    "models",
    "no_grad",
    "ops",
    "optimizers",
    "regularizers",
    "saving",
    "utils",
    *LAZY,
]


def __getattr__(name):
    if name in LAZY:
        return importlib.import_module(f".{name}", __name__)
    same_case = [each for each in __all__ if each.islower() == name.islower()]  # layer: rather layers than Layer
    hint = utils.nearest(name, same_case) or utils.nearest(name, __all__)
    raise AttributeError(f"dlcore has no '{name}'." + (f" Did you mean '{hint}'?" if hint else ""))


def __dir__():
    return [*__all__, "__version__"]
