"""Optimizer: what all rules share. Steps, learning rate, weight decay, clipping, and the memory that a rule keeps."""

import math
import re
import warnings

import numpy as np

from ..tensor import Tensor, Variable, as_array
from ..utils import refuse, require_number
from ..utils.names import argument_names, kept_arguments
from . import schedules

#: Arguments of Keras's optimizers that dlcore leaves out, with the value that asks for nothing.
LEFT_OUT = {
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}
BLOCK = 2**17  # numbers a rule works on at a time: few enough that all its arrays stay in the processor's cache


class Flat:
    """Variables of one kind, end to end in one long array.

    A rule then is a handful of operations on long arrays, instead of a handful for each variable: for small variables
    the calls would cost more than the arithmetic. Each variable's `data` becomes a view into `w`, so that what is
    written into one is written into the other. A variable as large as a block is in an array of its own.

    Args:
        variables: all of one dtype.
        names: of the slots, what a rule remembers of each number; they start as `start`.
        decays: whether weight decay shrinks these variables.
    """

    def __init__(self, variables, names, start, decays):
        self.variables, self.names, self.start, self.decays = variables, names, start, decays
        ends = np.cumsum([0, *(v.size for v in variables)]).tolist()
        n, dtype = ends[-1], variables[0].dtype
        self.places = list(map(slice, ends, ends[1:]))
        self.w, self.s = np.empty(n, dtype), np.empty(min(n, BLOCK), dtype)
        self.g = np.empty(n if len(variables) > 1 else 0, dtype)
        self.slots = [np.full(n, start, dtype) for _ in names]
        self.homes = self.views(self.w)
        self.memory = [self.windows(*each) for each in zip(names, self.slots)]

    def views(self, flat):
        """One array for each variable, in its shape, onto its part of a long array."""
        return [flat[place].reshape(v.shape) for v, place in zip(self.variables, self.places)]

    def windows(self, name, flat):
        """The same as Variables: a slot as `optimizer.variables` shows it."""
        found = [Variable(0.0, dtype=flat.dtype, trainable=False, name=f"{v.name}_{name}") for v in self.variables]
        for window, view in zip(found, self.views(flat)):
            window.data = view
        return found

    def pieces(self, grads):
        """What a rule works on: pieces of w, the gradient, scratch space and slots, of at most BLOCK numbers each.

        Args:
            grads: gradients by the id of their variable. Where one is missing, the variable is left out.
        """
        for v, home in zip(self.variables, self.homes):
            if v.data is not home:  # another optimizer has moved it, or its owner has put a new array there
                home[...] = v.data
                v.data = home
            if id(v) in grads:
                v.note_change()
        found = [grads.get(id(v)) for v in self.variables]
        places = [place for g, place in zip(found, self.places) if g is not None]
        if len(places) < len(found):
            g = self.g
            for place, each in zip(places, (each for each in found if each is not None)):
                g[place] = each.reshape(-1)
        elif len(found) == 1:
            g = found[0].reshape(-1)  # one long array already
        else:
            g, places = np.concatenate(found, axis=None, out=self.g), [slice(0, self.g.size)]
        for place in places:
            for start in range(place.start, place.stop, BLOCK):
                here = slice(start, min(start + BLOCK, place.stop))
                yield self.w[here], g[here], self.s[: here.stop - start], [slot[here] for slot in self.slots]

    def __getstate__(self):
        """What a copy is made from (copy.deepcopy, pickle): copied views would no longer be views of one array."""
        return self.variables, self.names, self.start, self.decays, self.memory

    def __setstate__(self, state):
        *arguments, memory = state
        self.__init__(*arguments)
        for windows, olds in zip(self.memory, memory):
            for window, old in zip(windows, olds):
                window.assign(old)


class Optimizer:
    """What all optimizers share: steps, learning rate, weight decay, clipping, and memory for each variable.

    A subclass names what it remembers of each number in `slots` and writes
    `update_step(self, g, w, learning_rate, s, *slots)`, which changes the array w in place.

    Args:
        learning_rate: how far a step goes: a number, one of `optimizers.schedules`, or a function without arguments.
        weight_decay: if given, w ← w − learning_rate · weight_decay · w before each step.
        clipnorm: scale each gradient down to at most this length.
        clipvalue: cut each entry of a gradient to ±clipvalue.
        global_clipnorm: scale all gradients together down to at most this length.
        name: of the optimizer.
    """

    slots = ()
    start = 0.0  # what the slots hold before the first step

    def __init__(
        self,
        learning_rate,
        weight_decay=None,
        clipnorm=None,
        clipvalue=None,
        global_clipnorm=None,
        name=None,
        **left_out,
    ):
        kind = type(self).__name__
        refuse(kind, left_out, LEFT_OUT, known=argument_names(type(self)))
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(f"{kind}: give only one of clipnorm, clipvalue and global_clipnorm.")
        self.name = name or kind.lower()
        limits = {"weight_decay": weight_decay, "clipnorm": clipnorm, "clipvalue": clipvalue}
        for argument, value in (limits | {"global_clipnorm": global_clipnorm}).items():
            if value is not None:
                self._number(argument, value, above=argument != "weight_decay")
        self.weight_decay = weight_decay
        self.clipnorm = clipnorm
        self.clipvalue = clipvalue
        self.global_clipnorm = global_clipnorm
        self.iterations = Variable(np.array(0, "int64"), trainable=False, name="iteration")
        self._learning_rate = None
        self.learning_rate = learning_rate
        self._not_decayed = ([], [])  # variables, and patterns of names
        self._flats = []
        self._variables = []

    def _number(self, argument, value, low=0, high=math.inf, **limits):
        """`require_number` for an argument of this optimizer, whose name starts the message."""
        return require_number(f"{type(self).__name__}: {argument}", value, low, high, **limits)

    # ------------------------------------------------------------ learning rate

    @property
    def learning_rate(self):
        """The step size: a Variable, or what the schedule says for the next step. Read it with float(…).

        Assigning a number changes the Variable. A schedule has no number to change: give it another schedule.
        """
        rate = self._learning_rate
        if isinstance(rate, schedules.LearningRateSchedule):
            return rate(self.iterations)
        return rate if isinstance(rate, Variable) else rate()

    @learning_rate.setter
    def learning_rate(self, value):
        kind = type(self).__name__
        if isinstance(value, type):
            raise TypeError(f"{kind}: learning_rate is the class {value.__name__}. Write {value.__name__}(...).")
        if callable(value):
            if not isinstance(value, schedules.LearningRateSchedule) and takes_arguments(value):
                raise TypeError(
                    f"{kind}: learning_rate is a function without arguments, but {value!r} takes some. A function of "
                    "the step is a schedule: write it as a subclass of optimizers.schedules.LearningRateSchedule."
                )
            self._learning_rate = value
            return
        value = value.item() if isinstance(value, (Tensor, np.ndarray)) and value.ndim == 0 else value
        self._number("learning_rate", value)
        if self._learning_rate is None:
            self._learning_rate = Variable(np.array(value, "float32"), trainable=False, name="learning_rate")
        elif isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(value)
        else:
            raise TypeError(
                f"{kind} follows {self._learning_rate!r}, so its learning_rate can't be set to a number. "
                f"Make it with a number, {kind}(learning_rate=0.01), to change that while training."
            )

    def _rate(self):
        """The learning rate of this step as a Python number."""
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate.item()
        what = f"{type(self).__name__}: the learning rate that {self._learning_rate!r} gives"
        return require_number(f"{what} for step {self.iterations.item()}", float(self.learning_rate))

    # ------------------------------------------------------------ memory

    @property
    def built(self):
        """Whether it has made room for what it remembers of each variable."""
        return bool(self._flats)

    def build(self, variables):
        """Make room for what the rule remembers of each variable. Called by the first `apply`."""
        if self.built:
            return
        self._variables = list(variables)
        kinds = {}
        for v in self._variables:
            if v.dtype.kind != "f":
                raise TypeError(f"{v!r} holds no floating-point numbers: a small step would be rounded away.")
            kinds.setdefault((v.dtype, self._decays(v), id(v) if v.size >= BLOCK else None), []).append(v)
        self._flats = [Flat(group, self.slots, self.start, decays) for (_, decays, _), group in kinds.items()]

    def exclude_from_weight_decay(self, var_list=None, var_names=None):
        """Leave some variables out of weight decay; to be called before the first step.

        Args:
            var_list: the variables themselves.
            var_names: regular expressions: ["bias"] leaves out every variable with "bias" in its name.
        """
        if self.built:
            raise ValueError(
                f"{type(self).__name__} has taken steps already: call exclude_from_weight_decay before the first one."
            )
        if isinstance(var_names, str) or isinstance(var_list, Variable):
            raise TypeError(
                "exclude_from_weight_decay takes lists, var_list=[variable] and var_names=['bias'], but got "
                f"var_list={var_list!r}, var_names={var_names!r}."
            )
        variables, names = list(var_list or []), list(var_names or [])
        if not all(isinstance(v, Variable) for v in variables):
            raise TypeError(f"var_list holds Variables, but got {variables!r}. Names go into var_names.")
        self._not_decayed = variables, names

    def _decays(self, v):
        variables, names = self._not_decayed
        return not any(v is each for each in variables) and not any(re.search(name, v.name) for name in names)

    @property
    def variables(self):
        """The optimizer's own state: step counter, learning rate, then the slots of each variable, as in Keras."""
        slots = {id(v): each for flat in self._flats for v, *each in zip(flat.variables, *flat.memory)}
        rate = [self._learning_rate] if isinstance(self._learning_rate, Variable) else []
        return [self.iterations, *rate, *self._in_order([slots[id(v)] for v in self._variables])]

    def _in_order(self, slots):
        """The slots of all variables in one list: those of the first variable, those of the second …"""
        return [slot for each in slots for slot in each]

    # ------------------------------------------------------------ a step

    def apply(self, grads, trainable_variables=None):
        """One step: move each variable by its gradient.

        Args:
            grads: one array for each variable; None leaves that variable where it is.
            trainable_variables: the variables, in the same order; those it was built with by default.
        """
        if trainable_variables is None:
            if not self.built:
                raise ValueError("apply(grads) needs the variables too, or build(variables) before the first step.")
            trainable_variables = self._variables
        grads = self._clip(self._by_variable(list(grads), list(trainable_variables)))
        learning_rate = self._rate()
        for flat in self._flats:
            keep = 1 - learning_rate * self.weight_decay if self.weight_decay and flat.decays else 1
            for w, g, s, slots in flat.pieces(grads):
                if keep != 1:
                    w *= keep
                self.update_step(g, w, learning_rate, s, *slots)
        self.iterations.data += 1

    def apply_gradients(self, grads_and_vars):
        """One step from pairs (gradient, variable), as `zip(grads, model.trainable_variables)` gives them.

        Returns:
            The number of steps so far, a Variable.
        """
        pairs = list(grads_and_vars)
        if not pairs or not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
            raise ValueError("apply_gradients needs pairs (gradient, variable), as zip(grads, variables) gives them.")
        self.apply(*map(list, zip(*pairs)))
        return self.iterations

    def _by_variable(self, grads, variables):
        """The gradients as arrays, by the id of their variable, after a look at whether the two fit together."""
        if len(grads) != len(variables):
            raise ValueError(f"{len(grads)} gradients don't match {len(variables)} variables.")
        found = {id(v): as_gradient(g, v) for g, v in zip(grads, variables) if g is not None}
        if not found or len(found) < len(grads):
            missing = ", ".join(f"'{v.name}'" for g, v in zip(grads, variables) if g is None) or "there are none"
            if not found:
                raise ValueError(f"No variable has a gradient ({missing}). Was the loss computed from them?")
            if len({id(v) for v in variables}) < len(variables):
                raise ValueError("A variable is given twice. Add its gradients, and give it once.")
            warnings.warn(f"No gradient for {missing}: the loss does not depend on them.", stacklevel=3)
        self.build(variables)
        new = found.keys() - {id(v) for v in self._variables}
        if new:
            v = next(v for v in variables if id(v) in new)
            raise ValueError(f"{v!r} is new to this optimizer. Make a new optimizer for a new set of variables.")
        return found

    def _clip(self, grads):
        """The gradients, shortened as far as one of the three limits asks for it."""
        if self.clipnorm:
            return {of: g * (self.clipnorm / max(norm(g), self.clipnorm)) for of, g in grads.items()}
        if self.global_clipnorm:
            length = math.hypot(*map(norm, grads.values()))
            scale = self.global_clipnorm / max(length, self.global_clipnorm)
            if not math.isfinite(length):  # make NaN of everything, as Keras does, rather than stand still unnoticed
                scale = math.nan
            return {of: g * scale for of, g in grads.items()}
        if self.clipvalue:
            return {of: np.clip(g, -self.clipvalue, self.clipvalue) for of, g in grads.items()}
        return grads

    def update_step(self, g, w, learning_rate, s, *slots):
        """Change the array w in place, given its gradient g.

        All arrays are flat and equally long: pieces of many variables, one after the other. s is scratch space; g
        stays as it is. `self.iterations` counts the steps before this one.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method update_step that changes w in place.")

    # ------------------------------------------------------------ configuration

    def get_config(self):
        """The arguments that would make this optimizer again, with the learning rate as it is now."""
        rate = self._learning_rate
        if isinstance(rate, schedules.LearningRateSchedule):
            rate = schedules.serialize(rate)
        elif isinstance(rate, Variable):
            rate = rate.item()
        else:
            raise NotImplementedError(
                f"{type(self).__name__}: the learning rate comes from the function {rate!r}, which can't be written "
                "down. Make it a schedule: a subclass of optimizers.schedules.LearningRateSchedule."
            )
        arguments = kept_arguments(self, argument_names(type(self)), type(self).__name__)
        return arguments | {"learning_rate": rate}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new optimizer from what `get_config` returned; it remembers no steps.

        Args:
            config: the arguments.
            custom_objects: class name → class, for a schedule of your own.
        """
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = config | {"learning_rate": schedules.deserialize(rate, custom_objects)}
        return cls(**config)


def takes_arguments(function):
    """Whether a function can't be called without arguments."""
    import inspect

    parameters = inspect.signature(function).parameters.values()
    return any(p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def as_gradient(g, v):
    """g as an array, after a check that it has the shape of its variable."""
    if not isinstance(v, Variable):
        raise TypeError(f"apply(grads, variables) changes Variables, but got {v!r}, which can't be trained.")
    data = v.data
    if not isinstance(g, np.ndarray) or g.dtype != data.dtype:
        g = as_array(g, data.dtype)
    if g.shape != data.shape:
        raise ValueError(f"The gradient of '{v.name}' has shape {g.shape}, but the variable has shape {v.shape}.")
    return g


def norm(g):
    """‖g‖ = √Σ g², the length of a gradient."""
    g = g.ravel()
    return float(g @ g) ** 0.5
