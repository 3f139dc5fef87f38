"""Model and Sequential: layers put together into something that can be trained, saved and loaded."""

import math
import re

import numpy as np

from . import layers, losses, metrics, optimizers
from .layers.base import LARGEST_SAMPLE, Layer, enough_samples, loading, plain
from .saving import read_file, refusal, write_file
from .tensor import no_grad
from .training import Trainer
from .utils import Streams, get_custom_objects, unknown
from .utils.checks import is_whole

FORMAT = 1  # of the description in a model file


class Model(Trainer, Layer):
    """Layers with a way through them. Make your own by subclassing:

        class Twice(Model):
            def __init__(self):
                super().__init__()
                self.first, self.second = layers.Dense(8, "relu"), layers.Dense(1)

            def call(self, x):
                return self.second(self.first(x))

    Layers, and lists and dicts of layers, that are set as attributes belong to the model.

    Args:
        name: 'sequential' … by default.
        seed: a whole number for the same weights, order of samples and dropout every time.
    """

    def __init__(self, *args, seed=None, **kwargs):
        if args or "inputs" in kwargs or "outputs" in kwargs:
            raise NotImplementedError(
                "Model(inputs, outputs), Keras's functional way, is left out of dlcore. "
                "Use Sequential([...]) for a chain of layers, a subclass of Model with a call method for anything else."
            )
        super().__init__(**kwargs)
        self.seed = seed
        self._built_for = None  # shape and dtype of each input, once known
        self._shuffling = None  # the random generator that shuffles samples, made by the first fit
        if seed is not None:
            self._streams = Streams(seed)

    def __call__(self, *inputs, **kwargs):
        built = self.built
        try:
            return super().__call__(*inputs, **kwargs)
        except BaseException:
            if type(self).build is Model.build:
                self.built = built  # the call is what makes its weights, so one that failed has not built it
            raise

    def _build_once(self, inputs):
        self._share_streams()
        self._built_for = [described(x) for x in inputs]
        super()._build_once(inputs)
        if not self.trainable:
            self.trainable = False  # for the layers set after super().__init__(trainable=False)
        self.built = True

    def _build_for(self, shapes):
        if type(self).build is not Model.build:  # else its call is what makes its weights
            super()._build_for(shapes)

    def _share_streams(self):
        """Give all layers inside this model's random streams, so that its seed decides everything."""
        if self._streams is None:
            self._streams = Streams()
        for layer in self._sublayers():
            if layer._streams is None:
                layer._streams = self._streams

    def build(self, input_shape):
        """Make all weights, by sending one sample of zeros through."""
        Layer.compute_output_shape(self, input_shape)

    @property
    def layers(self):
        """The layers directly inside this model."""
        return self._children()

    def get_layer(self, name=None, index=None):
        """The layer of that name, or at that place."""
        if index is not None:
            return self.layers[index]
        by_name = {layer.name: layer for layer in self.layers}
        if name not in by_name:
            raise ValueError(f"{type(self).__name__} '{self.name}': {unknown('layer name', name, by_name)}")
        return by_name[name]

    # ------------------------------------------------------------ summary

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Print a table of the layers, the shapes that come out of them, and their numbers of weights.

        Args:
            line_length, positions: taken as Keras's, and not followed: columns are as wide as what stands in them.
            print_fn: what each line goes to; `print` by default.
            expand_nested: whether the layers of a model inside this one get lines of their own.
            show_trainable: whether a column says if training changes a layer.
            layer_range: [first, last], patterns of the names from which and up to which layers are shown.
        """
        rows = [
            ("Layer (type)", "Output Shape", "Param #", "Trainable"),
            *self._rows(self._shown(layer_range), expand_nested),
        ]
        rows = [row if show_trainable else row[:3] for row in rows]
        widths = [max(map(len, column)) + 2 for column in zip(*rows)]

        def text(row):
            cells = [f" {cell:{'>' if i == 2 else '<'}{widths[i] - 2}} " for i, cell in enumerate(row)]
            return "│" + "│".join(cells) + "│"

        def rule(left, middle, right):
            return left + middle.join("─" * width for width in widths) + right

        trainable = sum(v.size for v in self.trainable_variables)
        fixed = sum(v.size for v in self.non_trainable_variables)
        lines = [f'Model: "{self.name}"', rule("┌", "┬", "┐"), text(rows[0]), rule("├", "┼", "┤")]
        lines += [*map(text, rows[1:]), rule("└", "┴", "┘")]
        lines += [f" {what} params: {n:,}" for what, n in
                  (("Total", trainable + fixed), ("Trainable", trainable), ("Non-trainable", fixed))]  # fmt: skip
        for each in lines:
            (print_fn or print)(each)

    def _shown(self, layer_range):
        """Where the layers stand that the summary shows: from the first name that fits to the last one that does."""
        names = [layer.name for layer in self.layers]
        if layer_range is None:
            return range(len(names))
        first, last = ([i for i, name in enumerate(names) if re.match(end, name)] for end in layer_range)
        if not first or not last:
            raise self._error(f"summary: layer_range={layer_range} should be two of its layers' names, {names}.")
        return range(min(first), max(last) + 1)

    def _rows(self, shown, nested, indent=""):
        """The summary's cells for each layer: its name, output shape and number of weights, and if it is trained."""
        found, shapes = self.layers, getattr(self, "_shapes", [])
        for i in shown:
            layer, shape = found[i], f"{shapes[i]}" if i < len(shapes) else "?"
            count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
            yield f"{indent}{layer.name} ({type(layer).__name__})", shape, count, "Y" if layer.trainable else "N"
            if nested and isinstance(layer, Model):
                yield from layer._rows(range(len(layer.layers)), nested, f"{indent}└ ")

    # ------------------------------------------------------------ files

    def save_weights(self, filepath, overwrite=True):
        """Write all weights to a file. Without `overwrite`, a file that exists is left alone."""
        self._write(filepath, overwrite, {"format": FORMAT, "kind": "weights"}, [])

    def load_weights(self, filepath):
        """Take all weights from a file that `save_weights` or `save` wrote."""
        description, arrays = read_file(filepath)
        require_format(filepath, description, ("weights", "model"))
        self.set_weights(ordered(arrays, "weight"))

    def save(self, filepath, overwrite=True):
        """Write the whole model to a file: its layers, its weights, and how it was compiled, for `load_model`."""
        description = {"format": FORMAT, "kind": "model", "model": plain(self), "built_for": self._built_for}
        state = []
        if self.optimizer is not None:
            description["compiled"] = {
                "optimizer": plain(self.optimizer),
                "loss": known_by_name(losses, self.loss),
                "metrics": [known_by_name(metrics, m) for m in self._metrics_asked],
            }
            state = self.optimizer.variables
        self._write(filepath, overwrite, description, state)

    def _write(self, filepath, overwrite, description, state):
        from pathlib import Path

        if not self.built:
            raise self._error("it has no weights to save yet. Call it on an input, or build(input_shape), first.")
        if not overwrite and Path(filepath).exists():
            raise FileExistsError(f"'{filepath}' exists already, and overwrite=False asks to leave it alone.")
        arrays = {f"weight{i}": v.data for i, v in enumerate(self.weights)}
        write_file(filepath, description, arrays | {f"optimizer{i}": v.data for i, v in enumerate(state)})


class Sequential(Model):
    """Layers one after the other.

    With an `Input` as the first element (or `input_shape` in the first layer) the weights are made at once,
    else by the first input.

    Args:
        layers: list of layers.
        name, seed: as for `Model`.
    """

    def __init__(self, layers=None, name=None, seed=None, **kwargs):
        super().__init__(name=name, seed=seed, **kwargs)
        self._stack = []
        self._shapes = []  # what comes out of each layer
        self.input_shape = None
        if not isinstance(layers, (list, tuple, type(None))):
            raise self._error(f"it needs a list of layers, Sequential([...]), but got {layers!r}.", TypeError)
        for layer in layers or []:
            self.add(layer)

    def add(self, layer):
        """Append a layer."""
        if isinstance(layer, layers.Input):
            if self._stack or self.input_shape:
                raise self._error("an Input can only be the first element.")
            self.input_shape = layer.shape
            if layer.dtype is not None and layer.dtype.kind == "f":
                self.dtype = layer.dtype
            return
        if not isinstance(layer, Layer):
            hint = f" Write {layer.__name__}(...), with brackets." if isinstance(layer, type) else ""
            raise self._error(f"it is made of layers, but got {layer!r}.{hint}", TypeError)
        if layer.name in {known.name for known in self._stack}:
            twice = any(layer is known for known in self._stack)
            cure = "Make a new one for each place." if twice else "Give each a name of its own."
            raise self._error(f"there are two layers called '{layer.name}'. {cure}")
        if not self._stack and self.input_shape is None:
            if layer._sample_shape is not None:
                self.input_shape = (None, *layer._sample_shape)
            elif isinstance(layer, Sequential):
                self.input_shape = layer.input_shape
        self._stack.append(layer)
        if not self.trainable:
            layer.trainable = False
        self._shapes = []
        if self.input_shape is not None:
            self.build(self.input_shape)

    def pop(self):
        """Remove the last layer and return it."""
        self._shapes = self._shapes[:-1]
        return self._stack.pop()

    def build(self, input_shape):
        """Make the weights of all layers, and work out the shape that comes out of each."""
        self._share_streams()
        shape = self.input_shape = tuple(input_shape)
        self._shapes = []
        for layer in self._stack:
            before, shape = shape, layer.compute_output_shape(shape)
            if not layer.built:  # by a compute_output_shape of one's own: then its call makes its weights
                Layer.compute_output_shape(layer, before)
            if isinstance(shape, tuple):
                shape = (input_shape[0], *shape[1:])  # of a fixed number of samples, where there is one
            self._shapes.append(shape)
        self._built_for = self._built_for or [{"shape": list(input_shape[1:]), "dtype": self.dtype.name}]
        self.built = True

    def call(self, x):
        pooled = False  # whether the layer before has done this one's work on the way
        for layer, behind in zip(self._stack, [*self._stack[1:], None]):
            if pooled:
                pooled = False
                continue
            pooled = isinstance(layer, layers.Conv2D) and layer.can_pool(behind)
            x = layer(x, pooled=True) if pooled else layer(x)
        return x

    @property
    def output_shape(self):
        """The shape that comes out of the last layer, None for the batch."""
        if not self._shapes:
            raise self._error("its output shape is not known yet. Start it with an Input, or call build(input_shape).")
        return self._shapes[-1]

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self.dtype.name,
            "seed": self.seed,
            "input_shape": None if self.input_shape is None else list(self.input_shape[1:]),
            "layers": [plain(layer) for layer in self._stack],
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A new model from what `get_config` returned; its weights are new."""
        config = dict(config)
        shape = config.pop("input_shape")
        stack = [make_layer(each, custom_objects) for each in config.pop("layers")]
        return cls([*([] if shape is None else [layers.Input(shape)]), *stack], **config)


# ---------------------------------------------------------------- loading

# What a description that doesn't fit together can raise on the way to a model.
REFUSED = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, MemoryError, RuntimeError)


def load_model(filepath, custom_objects=None, compile=True):
    """The model that `save` wrote: layers, weights and, unless `compile` is False, optimizer, loss and metrics.

    Args:
        filepath: the file. It holds data only, so loading one can't run code, and takes little more memory than it has.
        custom_objects: name → class or function, for layers, models, optimizers, schedules, losses and metrics of your
            own.
        compile: whether to restore how it was compiled.
    """
    custom_objects = get_custom_objects() | (custom_objects or {})
    description, arrays = read_file(filepath)
    require_format(filepath, description, ("model",))
    try:
        with loading(sum(a.size for name, a in arrays.items() if name.startswith("weight"))):
            model = make_layer(description["model"], custom_objects)
            if not isinstance(model, Model):
                raise TypeError(f"{type(model).__name__} is no model")
            with no_grad(), np.errstate(all="ignore"):
                inputs = [zeros(each, enough_samples(model)) for each in description["built_for"]]
                if not model.built:
                    model(*inputs, training=False)
        model.set_weights(ordered(arrays, "weight"))
        if compile and "compiled" in description:
            restore(model, description["compiled"], ordered(arrays, "optimizer"), custom_objects)
    except REFUSED as error:
        raise refusal(filepath, f"its model can't be made again ({type(error).__name__}: {error})") from error
    return model


def make_layer(description, custom_objects=None):
    """A layer or model from its description, see `layers.deserialize`."""
    return layers.deserialize(description, {"Sequential": Sequential} | (custom_objects or {}))


def restore(model, compiled, state, custom_objects=None):
    """Compile the model as it was, and bring its optimizer back to where it stood."""
    optimizer = optimizers.deserialize(compiled["optimizer"], custom_objects)
    loss = made(losses, compiled["loss"], custom_objects)
    model.compile(optimizer, loss, [made(metrics, m, custom_objects) for m in compiled["metrics"]])
    if len(state) > len(optimizer.variables):
        optimizer.build(model.trainable_variables)
    if len(state) != len(optimizer.variables):
        raise ValueError(f"the optimizer has {len(optimizer.variables)} arrays, the file {len(state)}")
    for v, value in zip(optimizer.variables, state):
        v.assign(value)


def known_by_name(module, value):
    """A loss or metric as plain data: of one of your own its name, and the configuration that an object has."""
    if isinstance(value, str):
        return value
    name = getattr(value, "__name__", type(value).__name__)
    try:
        found = module.get(name)
    except ValueError:
        found = None
    if value is not found and type(value) is not type(found):
        is_object = hasattr(value, "get_config") and not isinstance(value, type)
        return {"own": name} | ({"config": plain(value)["config"]} if is_object else {})
    return name if value is found else plain(value)


def made(module, description, custom_objects=None):
    """The loss or metric that `known_by_name` described; names stay names, compile knows them."""
    if not isinstance(description, dict) or "own" not in description:
        return description if isinstance(description, str) else module.get(description)
    name = description["own"]
    if name not in (custom_objects or {}):
        raise ValueError(f"it was compiled with {name}, your own: load it with custom_objects={{'{name}': {name}}}")
    own = custom_objects[name]
    return own.from_config(description["config"]) if "config" in description else own


def described(x):
    """Shape and dtype of one input, as plain data; of a list or dict of inputs, of each."""
    if isinstance(x, list):
        return [described(each) for each in x]
    if isinstance(x, dict):
        return {"named": {name: described(each) for name, each in x.items()}}
    return {"shape": list(x.shape[1:]), "dtype": x.dtype.name}


def zeros(description, samples):
    """Samples of zeros of the described shape and dtype."""
    if isinstance(description, list):
        return [zeros(each, samples) for each in description]
    if "named" in description:
        return {name: zeros(each, samples) for name, each in description["named"].items()}
    shape, dtype = tuple(n or 0 for n in description["shape"]), np.dtype(description["dtype"])
    if dtype.kind not in "fiub" or not all(is_whole(n, 0) for n in shape) or math.prod(shape) > LARGEST_SAMPLE:
        raise ValueError(f"an input of shape {shape} and type {dtype}")
    return np.zeros((samples, *shape), dtype)


def ordered(arrays, prefix):
    """The arrays prefix0, prefix1 … in order."""
    return [arrays[f"{prefix}{i}"] for i in range(sum(name.startswith(prefix) for name in arrays))]


def require_format(path, description, kinds):
    if description.get("format") != FORMAT or description.get("kind") not in kinds:
        found = f"format {description.get('format')!r}, kind {description.get('kind')!r}"
        raise refusal(path, f"it has {found}; this version of dlcore reads format {FORMAT}, kind {' or '.join(kinds)}")
