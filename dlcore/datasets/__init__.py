"""Data sets: some made by a formula, some that scikit-learn brings, and real ones that are fetched once and verified.

x, y = datasets.moons(200, noise=0.1, seed=0)                          # also circles, spirals, xor
(x_train, y_train), (x_test, y_test) = datasets.digits()               # also iris, wine, breast_cancer, diabetes
(x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()      # also shakespeare, names, sentiment, …

`load_data()` of a fetched set gives the real data or an error, never anything else. Each set has a stand-in that needs
no network, of the same form but smaller: `default()`, and for mnist the digits. Which of them it is, the program says:

if datasets.available("shakespeare"):
    text = datasets.shakespeare.load_data()
else:
    text = datasets.shakespeare.default()
"""

from ..utils import absent, unknown
from . import chorales, mnist, movielens, names, sentiment, shakespeare
from .bundled import breast_cancer, diabetes, digits, iris, wine
from .fetched import REGISTRY, obtain
from .generated import circles, moons, spirals, xor

__all__ = [
    "available",
    "breast_cancer",
    "chorales",
    "circles",
    "diabetes",
    "digits",
    "iris",
    "mnist",
    "moons",
    "movielens",
    "names",
    "sentiment",
    "shakespeare",
    "spirals",
    "wine",
    "xor",
]
__getattr__ = absent(__name__, __all__)

_GENERATED = ("circles", "moons", "spirals", "xor")
_BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "wine")


def available(name):
    """Whether a data set can be had here and now: made, installed, in a folder, in the cache, or from the network.

    A set that is nowhere on this machine is fetched, so that True is a fact and not a hope. A damaged file counts as
    there, for nothing is read: `load_data()` refuses it.
    """
    if name in _GENERATED:
        return True
    if name in _BUNDLED:
        from importlib.util import find_spec

        return find_spec("sklearn") is not None
    if name not in REGISTRY:
        raise ValueError(unknown("data set", name, [*_GENERATED, *_BUNDLED, *REGISTRY]))
    try:
        obtain(REGISTRY[name])
    except (OSError, ValueError, ModuleNotFoundError):  # no network, a log-in page in between, no pooch
        return False
    return True
