"""The arguments of every public class and function: Keras's names, order and defaults.

What Keras has and dlcore leaves out must be refused with a sentence: nothing is accepted and ignored.
"""

import ast
import importlib
import inspect
import textwrap
from inspect import Parameter

import numpy as np
import pytest

keras = pytest.importorskip("keras")

from build_tools.parity_page import MODULES  # noqa: E402
from tests.dlcore.test_layers import EXAMPLES  # noqa: E402

#: Names of old versions of Keras that nobody has asked for.
NAMED_OTHERWISE = {"kullback_leibler_divergence", "logcosh"}
NAMED = Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY
#: What a class needs to be made at all; a layer's is in EXAMPLES.
NEEDED = {
    "CSVLogger": {"filename": "log.csv"},
    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
    "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10},
    "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
    "Input": {"shape": (2,)},
    "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.9},
    "LearningRateScheduler": {"schedule": lambda epoch, rate: rate},
    "MeanMetricWrapper": {"fn": lambda y, y_pred: y - y_pred},
    "ModelCheckpoint": {"filepath": "model.npz"},
    "PiecewiseConstantDecay": {"boundaries": [10], "values": [0.1, 0.01]},
    "PolynomialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10},
}
#: Defaults that Keras writes otherwise and that mean the same.
SAME = {
    "dtype": ("float32", None),  # Keras looks the type up
    **{name: (n, (n, n)) for name, n in dict(strides=1, dilation_rate=1, padding=1, pool_size=2, size=2).items()},
}
#: Arguments that dlcore asks for and Keras has a default for, for a use that dlcore leaves out.
ASKED_FOR = {"layers.Input": ["shape"], "ops.where": ["x1", "x2"]}


def twins():
    """'losses.Huber' → (ours, Keras's), for every public class and function that Keras has too."""
    found = {}
    for module in MODULES:
        ours, theirs = importlib.import_module(f"dlcore.{module}"), keras
        for part in module.split("."):
            theirs = getattr(theirs, part)
        for name in ours.__all__:
            if callable(getattr(ours, name)) and hasattr(theirs, name):
                found[f"{module}.{name}"] = getattr(ours, name), getattr(theirs, name)
    return found


TWINS = twins()
every_twin = pytest.mark.parametrize("name", TWINS)


def parameters(thing):
    """The parameters by name. Of a class also those that its **kwargs hands on to the classes it is made from."""
    if not isinstance(thing, type):
        return {p.name: p for p in inspect.signature(thing).parameters.values() if p.kind in NAMED}
    found = {}
    for base in thing.__mro__:
        if base is object or "__init__" not in vars(base):
            continue
        own = list(inspect.signature(base.__init__).parameters.values())[1:]
        for p in own:
            if p.kind in NAMED:
                found.setdefault(p.name, p.replace(kind=Parameter.KEYWORD_ONLY) if found else p)
        if all(p.kind is not Parameter.VAR_KEYWORD for p in own):
            break
    return found


@pytest.mark.parametrize("module", [module for module in MODULES if module != "initializers"])
def test_other_names_of_keras_for_the_same_are_names_here(module):
    """MaxPool2D for MaxPooling2D, for one. Keras's own are compared, and those that TensorFlow's Keras still has."""
    ours = importlib.import_module(f"dlcore.{module}")
    for package in ("keras", "keras._tf_keras.keras"):
        theirs = importlib.import_module(f"{package}.{module}")
        known = {id(getattr(theirs, name)): name for name in ours.__all__ if hasattr(theirs, name)}
        others = {name: known[id(thing)] for name, thing in vars(theirs).items() if id(thing) in known}
        others = {name: known for name, known in others.items() if name not in NAMED_OTHERWISE}
        for name, known_name in others.items():
            assert getattr(ours, name) is getattr(ours, known_name), name


def positional(found):
    return [name for name, p in found.items() if p.kind is Parameter.POSITIONAL_OR_KEYWORD]


@every_twin
def test_names_order_and_defaults(name):
    ours, theirs = map(parameters, TWINS[name])
    order = positional(ours)
    assert order == positional(theirs)[: len(order)]
    for argument in ours.keys() & theirs.keys():
        defaults = ours[argument].default, theirs[argument].default
        if argument not in ASKED_FOR.get(name, ()):
            assert defaults[0] == defaults[1] or defaults == SAME.get(argument), f"{argument}: {defaults}"


def left_out():
    """(name, argument) for everything that Keras's signature names and ours does not."""
    for name, (ours, theirs) in TWINS.items():
        named = [p.name for p in inspect.signature(theirs).parameters.values() if p.kind in NAMED]
        yield from ((name, argument) for argument in named if argument not in parameters(ours))


@pytest.mark.parametrize("name, argument", list(left_out()))
def test_what_is_left_out_is_refused(name, argument):
    ours, theirs = TWINS[name]
    default = inspect.signature(theirs).parameters[argument].default
    wanted = {argument: (not default) if isinstance(default, bool) else 3}
    if not isinstance(ours, type):
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{argument}'"):
            ours(**wanted)
        return
    with pytest.raises(NotImplementedError, match=f"{argument}=.*Keras has this argument, dlcore leaves it out"):
        make(name, **wanted)


def make(name, **wanted):
    module, _, short = name.rpartition(".")
    if module == "layers" and short in EXAMPLES:
        return EXAMPLES[short][0](**wanted)
    return TWINS[name][0](**NEEDED.get(short, {}), **wanted)


@pytest.mark.parametrize("name", [name for name, twin in TWINS.items() if "data_format" in parameters(twin[0])])
def test_channels_come_last(name):
    ours, _ = TWINS[name]
    if isinstance(ours, type):
        with pytest.raises(NotImplementedError, match="data_format='channels_first'"):
            make(name, data_format="channels_first")
        return
    images = np.ones((1, 6, 6, 2), "float32")
    given = {"inputs": images, "x": images, "pool_size": 2, "kernel": np.ones((2, 2, 2, 2), "float32")}
    needed = {p: given[p] for p in parameters(ours) if p in given}
    with pytest.raises(NotImplementedError, match="data_format='channels_first'"):
        ours(**needed, data_format="channels_first")


@every_twin
def test_no_argument_is_accepted_and_forgotten(name):
    """Each argument is read somewhere in the function that takes it."""
    ours, _ = TWINS[name]
    takers = [vars(c)["__init__"] for c in ours.__mro__ if "__init__" in vars(c)] if isinstance(ours, type) else [ours]
    for taker in map(inspect.unwrap, takers):
        if taker is object.__init__:
            continue
        tree = ast.parse(textwrap.dedent(inspect.getsource(taker)))
        read = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        forgotten = set(inspect.signature(taker).parameters) - read - {"self"}
        assert not forgotten
