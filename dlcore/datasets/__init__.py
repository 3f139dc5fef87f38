"""Data sets: some made by a formula, one that scikit-learn brings, and real ones that are fetched once and verified.

x, y = datasets.moons(200, noise=0.1, seed=0)                          # also circles, spirals, xor
(x_train, y_train), (x_test, y_test) = datasets.digits()               # 8×8 digits, no network needed
(x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()      # 28×28 digits
"""

from ..utils import absent, unknown
from . import mnist
from .bundled import digits
from .fetched import REGISTRY, obtain
from .generated import circles, moons, spirals, xor

__all__ = ["available", "circles", "digits", "mnist", "moons", "spirals", "xor"]
__getattr__ = absent(__name__, __all__)

_GENERATED = ("circles", "moons", "spirals", "xor")


def available(name):
    """Whether a data set can be had here and now: made, installed, in a folder, in the cache, or from the network.

    A set that is nowhere on this machine is fetched, so that True is a fact and not a hope.
    """
    if name in _GENERATED:
        return True
    if name == "digits":
        from importlib.util import find_spec

        return find_spec("sklearn") is not None
    if name not in REGISTRY:
        raise ValueError(unknown("data set", name, [*_GENERATED, "digits", *REGISTRY]))
    try:
        obtain(REGISTRY[name])
    except (OSError, ModuleNotFoundError):
        return False
    return True
