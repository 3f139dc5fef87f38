"""Optimizers: how weights move, given their gradients.

`base.py` has what all share, `momentum.py` and `adaptive.py` the rules, each a formula first, and `schedules.py`
learning rates that change with the steps.
"""

from ..utils import absent, unknown
from ..utils.names import described
from . import schedules
from .adaptive import Adadelta, Adagrad, Adam, Adamax, AdamW, Nadam, RMSprop
from .base import Optimizer
from .momentum import SGD, Lion

_rules = (SGD, Lion, Adagrad, RMSprop, Adadelta, Adam, AdamW, Adamax, Nadam)
_known = {cls.__name__.lower(): cls for cls in _rules}
__all__ = ["Optimizer", "deserialize", "get", "schedules", *sorted(cls.__name__ for cls in _rules)]
__getattr__ = absent(__name__, __all__)


def deserialize(config, custom_objects=None):
    """The optimizer from its description, {"class_name": …, "config": …}.

    Args:
        config: the description; "config" is what `get_config` gives.
        custom_objects: class name → class, for optimizers and schedules of your own.
    """
    name, arguments = described("optimizer", config)
    own = custom_objects or {}
    if name not in own and str(name).lower() not in _known:
        raise ValueError(unknown("optimizer", name, [*_known, *own]))
    cls = own[name] if name in own else _known[name.lower()]
    return cls.from_config(arguments, custom_objects)


def get(identifier):
    """An optimizer from its name ('adam'), its description (a dict), or itself."""
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str) and identifier.lower() in _known:
        return _known[identifier.lower()]()
    if isinstance(identifier, str):
        raise ValueError(unknown("optimizer", identifier, _known))
    raise TypeError(f"An optimizer is a name such as 'adam' or an object such as Adam(0.001), but got {identifier!r}.")
