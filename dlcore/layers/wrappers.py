"""Layers around a layer: one that runs a sequence both ways, one that is used at every step."""

from .. import ops
from ..utils import unknown
from .base import Layer, plain
from .recurrent import Recurrent

MERGE = {
    "concat": lambda y, back: ops.concatenate([y, back], axis=-1),
    "sum": lambda y, back: y + back,
    "mul": lambda y, back: y * back,
    "ave": lambda y, back: (y + back) / 2,
}


def made(layer):
    """A layer: given as one, or as the description that a wrapper's own configuration holds."""
    from . import deserialize  # not before all layers are there

    return deserialize(layer) if isinstance(layer, dict) else layer


class Bidirectional(Layer):
    """Two recurrent layers, one forwards and one backwards over the sequence, and their outputs merged.

    So each step's output knows what comes before it and what comes after.
    Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997.

    Args:
        layer: a recurrent layer. Two new ones are made with its arguments; it stays as it is.
        merge_mode: "concat", "sum", "mul", "ave" (their mean), or None for both outputs.
        backward_layer: a recurrent layer for the way back, if it should be another one; it has go_backwards=True.

    Shapes: x (batch, time, n), y as of `layer`, with "concat" twice as long in the last axis. With `return_state`, the
        states of the forward layer follow, then those of the backward layer.
    """

    left_out = Layer.left_out | {"weights": None}

    def __init__(self, layer, merge_mode="concat", *, backward_layer=None, **kwargs):
        super().__init__(**kwargs)
        layer, back = made(layer), made(backward_layer)
        for each in (layer, layer if back is None else back):
            if not isinstance(each, Recurrent):
                raise self._error(f"it runs a recurrent layer both ways, such as LSTM(8), but got {each!r}.", TypeError)
        if merge_mode is not None and merge_mode not in MERGE:
            raise self._error(unknown("merge_mode", merge_mode, [*MERGE, "None"]))
        self.merge_mode = merge_mode
        self._described = {"layer": plain(layer), "backward_layer": plain(back)}
        self.forward_layer = self._new(layer, "forward", layer.go_backwards)
        if back is None:
            self.backward_layer = self._new(layer, "backward", not layer.go_backwards)
        else:
            self.backward_layer = self._new(back, "backward", back.go_backwards)
        for name, differ in {"return_sequences": False, "return_state": False, "go_backwards": True}.items():
            mine, other = getattr(self.forward_layer, name), getattr(self.backward_layer, name)
            if (mine != other) != differ:
                need = "opposite" if differ else "the same"
                raise self._error(f"layer has {name}={mine}, backward_layer {name}={other}. They need {need} ones.")

    def _new(self, pattern, way, go_backwards):
        """A new layer with the arguments of another one; in a frozen layer it is frozen, too."""
        trainable = self.trainable and pattern.trainable
        changes = {"name": f"{way}_{pattern.name}", "go_backwards": go_backwards, "trainable": trainable}
        return type(pattern).from_config(pattern.get_config() | changes)

    @property
    def layer(self):
        """The layer that runs forwards."""
        return self.forward_layer

    def build(self, input_shape):
        self.forward_layer.build(input_shape)
        self.backward_layer.build(input_shape)
        self.built = True

    def call(self, x, initial_state=None):
        halves = None, None
        if initial_state is not None:
            n = len(self.forward_layer.states)
            if not isinstance(initial_state, (list, tuple)):
                raise self._error("initial_state is a list: the states of the forward layer, then of the backward one.")
            halves = initial_state[:n], initial_state[n:]
        y = self.forward_layer(x, initial_state=halves[0])
        back = self.backward_layer(x, initial_state=halves[1])
        states = ()
        if self.forward_layer.return_state:
            (y, *states), (back, *more) = y, back
            states = *states, *more
        if self.forward_layer.return_sequences:
            back = back[:, ::-1]  # it comes in the order of its way: the last step first
        merged = (y, back) if self.merge_mode is None else (MERGE[self.merge_mode](y, back),)
        return (*merged, *states) if len(merged) + len(states) > 1 else merged[0]

    def compute_output_shape(self, input_shape):
        """The shape of the output; where there are several outputs, the list of their shapes."""
        if not self.built:
            self.build(input_shape)
        shape = self.forward_layer.compute_output_shape(input_shape)
        y, *states = shape if self.forward_layer.return_state else [shape]
        if self.merge_mode is None:
            y = [y, y]
        else:
            y = [(*y[:-1], 2 * y[-1] if self.merge_mode == "concat" else y[-1])]
        shapes = [*y, *states, *states]
        return shapes if len(shapes) > 1 else shapes[0]

    def get_config(self):
        return super().get_config() | self._described


class TimeDistributed(Layer):
    """`layer` on every step of a sequence alone, with the same weights each time.

    All steps go through it as one large batch. For a BatchNormalization inside, training takes the mean over all steps,
    where Keras takes one for each.

    Args:
        layer: any layer with one output.

    Shapes: x (batch, time, …), y (batch, time, …) with what `layer` makes of each step.
    """

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = made(layer)
        if not isinstance(self.layer, Layer):
            hint = f" Write {layer.__name__}(...), with brackets." if isinstance(layer, type) else ""
            raise self._error(f"it needs a layer, such as Dense(8), but got {layer!r}.{hint}", TypeError)
        if not self.trainable:
            self.layer.trainable = False

    def build(self, input_shape):
        if len(input_shape) < 3:
            raise self._too_few_axes(input_shape)
        if not self.layer.built:
            self.layer.build((None, *input_shape[2:]))
        self.built = True

    def _too_few_axes(self, shape):
        return self._error(
            f"input {tuple(shape)} should be (batch, time, …) with at least one more axis. Is the axis of time missing?"
        )

    def call(self, x):
        if x.ndim < 3:
            raise self._too_few_axes(x.shape)
        batch, time = x.shape[:2]
        y = self.layer(ops.reshape(x, (batch * time, *x.shape[2:])))
        return ops.reshape(y, (batch, time, *y.shape[1:]))
