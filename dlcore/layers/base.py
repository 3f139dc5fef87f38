"""Layer: weights that are made when the first input shows their shape, and a `call` that uses them."""

import math
import threading
import weakref
from contextlib import contextmanager
from inspect import CO_VARARGS

import numpy as np

from .. import activations, initializers, ops, regularizers
from ..tensor import Tensor, Variable, as_array, no_grad
from ..utils import generator, refuse, require_number, unique_name
from ..utils.names import argument_names, kept_arguments
from .shapes import agreeing, batch_shape, map_shapes, shape_of, sizes


class _Calls(threading.local):
    """What the layer calls under way in this thread share.

    training: what the outermost call was told; a layer inside takes it where its own `training` is None.
    watch: a function (layer, output) that sees each layer's result, or None.
    budget: how many numbers the weights of a model that is being loaded may still hold; None while none is.
    inside: whether a call is under way.
    """

    training = None
    watch = None
    budget = None
    inside = False


_calls = _Calls()
LARGEST_SAMPLE = 2**27  # numbers between two layers, of one sample; a file that asks for more is broken or hostile
TRIED = 32, 8, 2  # sizes for an axis whose length is open: first large enough for windows, then small enough for tables
_priced = weakref.WeakSet()  # the layers that add to a loss: while there are none, nobody has to search for them


@contextmanager
def watching(watch):
    """Inside this block, `watch(layer, output)` is called after every layer's call."""
    _calls.watch = watch
    try:
        yield
    finally:
        _calls.watch = None


@contextmanager
def loading(weights):
    """Inside this block a model is made from a file, which can't ask for more memory than there is.

    All its weights together may hold so many numbers, as many as the file brings. What goes into a layer or comes out
    of it may hold LARGEST_SAMPLE numbers a sample. That is found out with `enough_samples`, mostly none at all.
    """
    _calls.budget = weights
    try:
        with watching(lambda layer, y: [require_room(layer, each.shape) for each in find(y, Tensor)]):
            yield
    finally:
        _calls.budget = None


def require_room(layer, *shapes):
    """While a model is loaded: refuse to make arrays of these shapes where one sample would be too large."""
    for shape in shapes if _calls.budget is not None else ():
        if (n := math.prod(shape[1:])) > LARGEST_SAMPLE:
            raise layer._error(
                f"one sample would have the shape {tuple(shape[1:])} here, {n:,} numbers. A model file may ask for "
                f"{LARGEST_SAMPLE:,} at most. Is a size, a stride or an input shape mistaken in it?"
            )


def enough_samples(layer):
    """How many samples of zeros show the shape that comes out: one; while a model is loaded, none.

    An empty batch takes no memory, however large one sample would be. All layers of dlcore can take it; one of your
    own may not, so it is shown one sample.
    """
    if _calls.budget is None:
        return 1
    return int(any(type(each).__module__.partition(".")[0] != "dlcore" for each in layer._sublayers()))


def find(value, kind):
    """Yield every object of `kind` that an attribute holds: itself, or inside a list, tuple or dict."""
    if isinstance(value, kind):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from find(item, kind)
    elif isinstance(value, dict):
        for item in value.values():
            yield from find(item, kind)


class Layer:
    """One step of a network.

    A layer of your own has two methods: `build(self, input_shape)`, which makes its weights with `add_weight` and
    may be left out, and `call(self, x)` or `call(self, x, training=False)`, which computes the output.
    Layers, lists of layers and Variables that are set as attributes are found by themselves.

    Args:
        trainable: whether optimizers change the weights.
        dtype: of the weights; inputs with another floating type are converted to it.
        name: 'dense', 'dense_1' … by default.
        input_shape: shape of one sample, as a first layer's older way of saying `Input(shape)`. A sample that is a row
            of n numbers may be given as input_dim=n, too.
        activity_regularizer: what each call adds to the loss for its outputs, such as "l1": their price divided by the
            number of samples.
    """

    #: Arguments of Keras's layer that dlcore leaves out, with the value that asks for nothing.
    left_out = {"autocast": True}
    _takes_training = False  # whether `call` has a training argument
    _input_names = ("x",)  # the arguments of `call` that it can't do without
    _takes_each = False  # whether `call` asks for several inputs, call(self, a, b), or takes them as one list
    _takes_lists = True  # whether an input may be a list: with layers of one's own, and where dlcore's says so

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.__module__.startswith(__package__) and Layer in cls.__bases__:
            cls._takes_lists = cls.__dict__.get("_takes_lists", False)
        if "call" in cls.__dict__:
            code = cls.call.__code__
            required = code.co_varnames[1 : code.co_argcount - len(cls.call.__defaults__ or ())]
            cls._input_names = [name for name in required if name not in ("training", "mask")]
            cls._takes_each = len(cls._input_names) > 1 or bool(code.co_flags & CO_VARARGS)
            cls._takes_training = "training" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    def __init__(
        self,
        *,
        activity_regularizer=None,
        trainable=True,
        dtype="float32",
        name=None,
        input_shape=None,
        **others,
    ):
        kind = type(self).__name__
        input_shape = others.pop("input_dim", input_shape)
        refuse(kind, others, self.left_out, known=argument_names(type(self)))
        self.name = name or unique_name(kind)
        self.dtype = floating_type(kind, dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.built = False
        self._sample_shape = None if input_shape is None else sizes(input_shape)
        self._streams = None
        self._trainable = bool(trainable)
        self._weights = []
        self._regularized = []  # (weight, regularizer)
        self._added = []  # what add_loss got during the last call

    # ------------------------------------------------------------ calling

    def __call__(self, *inputs, training=None, **kwargs):
        if kwargs:
            inputs = [*inputs, *self._named(kwargs, len(inputs))]
        inputs = [self._as_input(x) for x in inputs]
        if inputs and isinstance(inputs[0], (list, dict)) and not self._takes_lists:
            several = f"{type(inputs[0]).__name__} of {len(inputs[0])}"
            raise self._error(f"it takes one tensor, but got a {several}. Is a Concatenate missing before it?")
        outer, inside = _calls.training, _calls.inside
        if not inside:
            self._forget_losses()  # those of an earlier call are over
        if training is None:
            training = outer
        if self._takes_training and training is not None:
            kwargs["training"] = training
        try:
            if not self.built:
                self._build_once(inputs)
            _calls.training, _calls.inside = training, True
            y = self.call(*inputs, **kwargs)
        except (TypeError, ValueError, IndexError) as error:
            if hasattr(error, "names_a_layer"):
                raise
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise self._error(f"input {' and '.join(map(shape_of, inputs))}: {error}", kind) from error
        finally:
            _calls.training, _calls.inside = outer, inside
        if y is None:
            raise self._error("its call gave None. Is a `return` missing, in it or in its activation?", TypeError)
        if self.activity_regularizer is not None:
            self._charge(y)
        if _calls.watch is not None:
            _calls.watch(self, y)
        return y

    def call(self, x):
        """The output for the input x, a tensor; layers of your own write this method."""
        raise NotImplementedError(f"{type(self).__name__} needs a method call(self, x) that computes its output.")

    def _named(self, kwargs, n):
        """Take the inputs behind the first n out of `kwargs`, where they are given by name: layer(x=x, context=c)."""
        for name in self._input_names[n:]:
            if name not in kwargs:
                break
            yield kwargs.pop(name)

    def _charge(self, y):
        """Add the activity_regularizer's price of the outputs y to the loss, divided by the number of samples."""
        for each in find(y, Tensor):
            self.add_loss(self.activity_regularizer(each) / max(len(each) if each.ndim else 1, 1))

    def _as_input(self, x):
        """x as a tensor of the layer's dtype; whole numbers stay whole, for layers that look things up."""
        if isinstance(x, Tensor) and x.data.dtype == self.dtype:
            return x
        if isinstance(x, (list, tuple)) and any(isinstance(item, (Tensor, np.ndarray)) for item in x):
            return [self._as_input(item) for item in x]
        if isinstance(x, dict):
            return {name: self._as_input(item) for name, item in x.items()}
        if not isinstance(x, Tensor):
            try:
                x = Tensor(x)
            except (TypeError, ValueError) as error:
                raise self._error(f"its input can't be used: {error}", type(error)) from None
        if x.data.dtype == self.dtype:
            return x
        return ops.cast(x, self.dtype) if x.data.dtype.kind == "f" else x

    def _as_floats(self, x):
        """The tensor x in the layer's dtype where it holds whole numbers, for a layer that computes with them."""
        return ops.cast(x, self.dtype) if x.dtype.kind in "iub" else x

    def _error(self, message, kind=ValueError):
        """An exception whose message starts with which layer it is about."""
        error = kind(f"{type(self).__name__} '{self.name}': {message}")
        error.names_a_layer = True
        return error

    def _number(self, argument, value, low=0, high=math.inf, **limits):
        """`require_number` for an argument of this layer, whose name starts the message."""
        return require_number(f"{type(self).__name__} '{self.name}': {argument}", value, low, high, **limits)

    # ------------------------------------------------------------ weights

    def build(self, input_shape):
        """Make the weights; called once, with the shape of the first input (None for the batch)."""
        self.built = True

    def _build_once(self, inputs):
        if not inputs:
            raise self._error("its input goes first and without a name: layer(x), not layer(inputs=x).", TypeError)
        self._build_for([batch_shape(x) for x in inputs])

    def _build_for(self, shapes):
        """Build, with a shape for each argument of `build`: build(self, input_shape), or build(self, a, b) for two."""
        n, n_regularized = len(self._weights), len(self._regularized)
        code = getattr(self.build, "__code__", None)
        try:
            self.build(*shapes[: max(code.co_argcount - 1, 1) if code else 1])
        except BaseException:  # as it was: the next call builds it anew
            del self._weights[n:], self._regularized[n_regularized:]
            self.built = False
            raise
        if not self.trainable:
            self.trainable = False  # for the layers inside, too
        self.built = True
        if not enough_samples(self):
            self.compute_output_shape(*shapes)  # refuses what is too large before the call makes it

    def add_weight(
        self, shape=(), initializer=None, dtype=None, trainable=True, name=None, regularizer=None, **left_out
    ):
        """A new Variable of `shape`, filled by `initializer` (Glorot uniform by default), in this layer's weights.

        Args:
            regularizer: what training adds to the loss for it, such as "l2".
        """
        refuse("add_weight", left_out, {"constraint": None, "autocast": True})
        shape = sizes(shape)
        if None in shape:
            raise self._error(
                f"its weight '{name}' would have the shape {shape}: all sizes but the batch must be known."
            )
        if _calls.budget is not None:
            _calls.budget -= int(np.prod(shape, dtype=object))
            if _calls.budget < 0:
                raise self._error(f"a weight of shape {shape} is larger than what the file holds.")
        initializer = initializers.get("glorot_uniform" if initializer is None else initializer)
        if isinstance(initializer, initializers.Initializer) and initializer.is_random:
            value = initializer(shape, dtype or self.dtype, rng=self._generator("initialisation"))
        else:
            value = initializer(shape, dtype or self.dtype)
        if np.shape(value) != shape:
            raise self._error(f"{name} has shape {shape}, but its initializer made {np.shape(value)}.")
        variable = Variable(value, dtype=dtype or self.dtype, trainable=trainable, name=name or "variable")
        variable.requires_grad = trainable and self.trainable
        self._weights.append(variable)
        if regularizer is not None:
            self._regularized.append((variable, regularizers.get(regularizer)))
            _priced.add(self)
        return variable

    def add_loss(self, loss):
        """Add a tensor with one number to the loss, from inside `call`; the next call starts anew."""
        if not isinstance(loss, Tensor) or loss.size != 1:
            raise self._error(f"add_loss takes a tensor with one number, but got {loss!r}. Is a mean or sum missing?")
        self._added.append(loss)
        _priced.add(self)

    def _forget_losses(self):
        for layer in self._sublayers() if _priced else ():
            layer._added = []

    @property
    def losses(self):
        """What this layer and those inside add to the loss: from `add_loss`, then for each trainable weight's size."""
        layers = self._sublayers() if _priced else []
        added = [loss for layer in layers for loss in layer._added]
        owners = [layer for layer in layers if layer.trainable]
        return added + [price(v) for layer in owners for v, price in layer._regularized if v.trainable]

    def _generator(self, purpose):
        """The next random generator for this layer, from its model's streams if it belongs to one."""
        return generator(purpose=purpose) if self._streams is None else self._streams.generator(purpose)

    def _sublayers(self):
        """This layer and all layers inside it, each once, in the order in which they were set as attributes."""
        found, waiting = {}, [self]
        while waiting:
            layer = waiting.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                waiting.extend(reversed(layer._children()))
        return list(found.values())

    def _children(self):
        """The layers that this one holds in its attributes, each once."""
        return list({id(layer): layer for layer in find(list(vars(self).values()), Layer)}.values())

    def _own_weights(self):
        """The Variables that this layer holds itself: trainable ones first, as in Keras."""
        own = {id(v): v for v in find(list(vars(self).values()), Variable)}.values()
        return sorted(own, key=lambda v: not v.trainable)

    @property
    def weights(self):
        """All Variables, in Keras's order."""
        return list({id(v): v for layer in self._sublayers() for v in layer._own_weights()}.values())

    @property
    def trainable_variables(self):
        """The Variables that training changes."""
        own = [v for layer in self._sublayers() if layer.trainable for v in layer._own_weights() if v.trainable]
        return list({id(v): v for v in own}.values())

    @property
    def non_trainable_variables(self):
        """The Variables that training leaves alone: averages, and everything in a frozen layer."""
        trainable = {id(v) for v in self.trainable_variables}
        return [v for v in self.weights if id(v) not in trainable]

    variables = weights
    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables

    @property
    def trainable(self):
        """Whether optimizers change this layer's weights. Setting it sets it for every layer inside, too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value):
        for layer in self._sublayers():
            layer._trainable = bool(value)
            for v in layer._own_weights():
                v.requires_grad = v.trainable and layer._trainable

    def get_weights(self):
        """Copies of all weights as NumPy arrays, in the order of `weights`."""
        return [v.data.copy() for v in self.weights]

    def set_weights(self, weights):
        """Replace all weights by the given arrays, in the order of `weights`. Nothing changes if one doesn't fit."""
        own = self.weights
        if not self.built:
            raise self._error("it has no weights yet. Call it on an input, or build(input_shape), before set_weights.")
        if len(weights) != len(own):
            raise self._error(f"it has {len(own)} weights, but set_weights got {len(weights)}.")
        arrays = [as_array(w, v.dtype) for v, w in zip(own, weights)]
        for v, new in zip(own, arrays):
            if new.shape != v.shape:
                raise self._error(f"its weight '{v.name}' has shape {v.shape}, but set_weights got {new.shape}.")
        for v, new in zip(own, arrays):
            v.assign(new)

    def count_params(self):
        """How many numbers the weights hold."""
        if not self.built:
            raise self._error("it has no weights yet, so they can't be counted. Call build(input_shape) first.")
        return sum(v.size for v in self.weights)

    def compute_output_shape(self, *input_shapes):
        """The shape that comes out for inputs of these shapes, found by sending one sample of zeros through.

        Sizes besides the batch may be None, too: two sizes are tried for them, and what differs then is None.
        """
        samples = enough_samples(self)

        def sized(size):
            return map_shapes(lambda s: (samples, *(size if n is None else n for n in s[1:])), input_shapes)

        def zeros(shape):
            require_room(self, shape)
            return np.zeros(shape, self.dtype)

        def out(size):
            with no_grad(), np.errstate(all="ignore"):
                y = self(*map_shapes(zeros, sized(size)), training=False)
            self._forget_losses()
            return batch_shape(y)

        if sized(0) == sized(1):
            return out(0)
        if not self.built:
            self._build_for(input_shapes)  # so that no weight has a size that is only tried
        new, failure = [layer for layer in self._sublayers() if not layer.built], None
        for size in TRIED:
            try:
                return map_shapes(agreeing, out(size), out(2 * size))
            except ValueError as error:
                failure = failure or error
                for layer in new:
                    layer.built = False
                    layer._weights, layer._regularized = [], []
        raise self._error(
            f"sizes in its input shape {' and '.join(map(str, input_shapes))} are None, but it may need to know them. "
            f"With {TRIED[0]} and {2 * TRIED[0]} in their place: {failure}"
        ) from failure

    # ------------------------------------------------------------ configuration

    def get_config(self):
        """The arguments that would make this layer again, as plain data.

        It reads each argument back from the attribute of the same name, so a layer keeps its arguments there.
        """
        names = argument_names(type(self))
        # Given where there are some. (An attribute input_shape is that of a whole batch, in a model.)
        extra = {"input_shape": self._sample_shape, "activity_regularizer": self.activity_regularizer}
        own = [name for name in names if name not in extra]
        if type(self).get_config is not Layer.get_config:  # one of your own brings what is not kept here
            own = [name for name in own if hasattr(self, name)]
        config = kept_arguments(self, own, f"{type(self).__name__} '{self.name}'")
        config |= {name: value for name, value in extra.items() if name in names and value is not None}
        return {name: plain(value) for name, value in config.items()}

    @classmethod
    def from_config(cls, config):
        """A new layer from what `get_config` returned."""
        return cls(**config)

    def __getattr__(self, name):
        """Only reached where an attribute is missing."""
        if not name.startswith("__") and "_weights" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__}: call super().__init__() first thing in __init__.")
        raise AttributeError(f"{type(self).__name__} has no attribute '{name}'.")

    def __repr__(self):
        return f"<{type(self).__name__} '{self.name}'>"


def floating_type(kind, dtype):
    """A layer's dtype; whole numbers can't be learned in small steps."""
    try:
        found = np.dtype(dtype or "float32")
    except TypeError:
        found = None
    if found is None or found.kind != "f":
        raise ValueError(f"{kind}: dtype is a type of floats, such as 'float32' or 'float64', but got {dtype!r}.")
    return found


def plain(value):
    """A configuration value as plain data: activations by name, objects by class name and configuration."""
    if hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    if callable(value):
        name = getattr(value, "__name__", repr(value))
        if value is not getattr(activations, name, None):
            raise NotImplementedError(f"The function {name!r} can't be saved: a file knows dlcore's activations only.")
        return name
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value
