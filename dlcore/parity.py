"""Parity: the panel that holds a dlcore model against its Keras twin, number by number.

    parity.copy_weights(model, keras_model)
    parity.compare(model, keras_model, x, y, steps=10)

One row for each quantity: the largest absolute difference, what is allowed, and the verdict.

How much is allowed. Both sides compute in float32, which keeps about seven digits. They add the same numbers in
another order, so the last one or two digits differ, and a sum of many terms loses a digit more. Outputs, losses and
gradients may therefore differ by 1e-5 of the size of the largest of them (rounded up to a power of ten).
Weights after some steps may differ by 1e-3 of the way that training moved them: Adam and RMSprop divide by the size of
the gradient, and so turn a rounding error in a tiny gradient into a part of a step.

With ReLU, rounding can also decide whether a unit that is almost exactly at its kink is on or off for one sample, and
Adam makes a whole step of it. In a 784-128-64-10 network that happens in about one of twenty runs of ten steps, and in
one of three of a hundred steps. Few steps, another seed, or tanh keep such an accident out of a comparison.

Cross-entropy: either compile both models with `from_logits=True` and leave the softmax out of the last layer, or
neither. Given the probabilities of a softmax, both go back to the logits behind it; told `from_logits=True`, too, only
Keras on TensorFlow does. On a GPU, TensorFlow's shortened floats (TF32, three digits) are switched off while it is
compared.
"""

import html
import math
from dataclasses import dataclass

import numpy as np

from . import palette, utils
from .tensor import gradients, no_grad

__all__ = ["Panel", "TOLERANCES", "compare", "copy_weights"]

#: Allowed difference: a share of the largest number compared; for "steps", of the way that training moved the weights.
TOLERANCES = {"weights": 0.0, "outputs": 1e-5, "loss": 1e-5, "gradients": 1e-5, "steps": 1e-3}


# ---------------------------------------------------------------- the panel


@dataclass
class Row:
    """One quantity that was compared."""

    what: str
    difference: float  # the largest absolute one; infinity where the shapes differ, NaN where a NaN is in it
    tolerance: float
    note: str = ""
    role: str = "ink"

    @property
    def equal(self):
        return self.difference <= self.tolerance  # False for NaN

    @property
    def verdict(self):
        return "equal" if self.equal else "DIFFERENT"

    @property
    def measured(self):
        """The difference with two digits; ≈ marks it as a number that another machine prints otherwise."""
        if self.difference:
            return f"≈{self.difference:.1e}"
        return "≈0" if self.tolerance else "0"

    @property
    def allowed(self):
        return f"{self.tolerance:.0e}" if self.tolerance else "0"

    @property
    def label(self):
        return f"{self.what}: {self.note}" if self.note else self.what


class Panel:
    """A table of quantities, each computed twice, and whether they are equal.

    Args:
        title: what is compared with what.
    """

    def __init__(self, title="dlcore and Keras"):
        self.title = title
        self.rows = []

    def add(self, what, ours, theirs, tolerance=1e-6, role="ink"):
        """Add a row.

        Args:
            what: the quantity, in a few words.
            ours, theirs: numbers, arrays or tensors of either library, or lists of arrays.
            tolerance: the largest absolute difference that still counts as equal.
            role: whose colour the row has: "input", "weight", "activation", "loss" or "gradient".

        Returns:
            The panel, so that calls can follow each other.
        """
        difference, note = largest_difference(ours, theirs)
        palette.color(role)  # an unknown role is refused here
        self.rows.append(Row(what, difference, float(tolerance), note, role))
        return self

    @property
    def equal(self):
        """Whether every row is."""
        return all(row.equal for row in self.rows)

    def check(self):
        """Raise AssertionError, naming the rows, unless every row is equal."""
        wrong = [f"{row.label} (by {row.difference:.1e})" for row in self.rows if not row.equal]
        if wrong:
            raise AssertionError(f"{self.title}: {len(wrong)} of {len(self.rows)} rows differ: {'; '.join(wrong)}.")

    def __repr__(self):
        cells = [("", "largest difference", "allowed", "verdict")]
        cells += [(row.label, row.measured, row.allowed, row.verdict) for row in self.rows]
        width = max(len(what) for what, *_ in cells)
        lines = [f"{what:<{width}}  {measured:>18}  {most:>7}  {verdict}" for what, measured, most, verdict in cells]
        return "\n".join([self.title, *lines])

    def _repr_html_(self):
        body = "".join(
            f'<tr><th scope="row" style="color: var(--dl-{row.role})">{html.escape(row.label)}</th>'
            f'<td><span class="dl-measured">{row.measured}</span></td><td>{row.allowed}</td>'
            f'<td class="dl-parity-{"equal" if row.equal else "different"}">{row.verdict}</td></tr>\n'
            for row in self.rows
        )
        return (
            f"<style>\n{palette.css_variables()}{STYLE}</style>\n"
            f'<div class="dl-parity"><table class="dl-parity-table">\n<caption>{html.escape(self.title)}</caption>\n'
            '<thead><tr><th scope="col">Quantity</th><th scope="col">Largest difference</th>'
            '<th scope="col">Allowed</th><th scope="col">Verdict</th></tr></thead>\n'
            f"<tbody>\n{body}</tbody>\n</table></div>"
        )


STYLE = """\
.dl-parity { box-sizing: border-box; width: fit-content; min-width: 100%; margin: 0.75rem 0; padding: 0.75rem 1rem;
  color: var(--dl-ink); background: var(--dl-paper); border: 1px solid var(--dl-rule); border-radius: 10px;
  font-size: 0.95rem; line-height: 1.4; }
.dl-parity table.dl-parity-table { width: 100%; margin: 0; border: 0; border-collapse: collapse; table-layout: auto;
  color: inherit; background: none; font-size: inherit; font-variant-numeric: tabular-nums; }
.dl-parity .dl-parity-table caption { caption-side: top; padding: 0 0 0.4rem; color: inherit; font-weight: 650;
  text-align: left; }
.dl-parity .dl-parity-table :is(tr, th, td) { background: none; border: 0; }
.dl-parity .dl-parity-table :is(th, td) { padding: 0.3rem 0.6rem 0.3rem 0; text-align: right; vertical-align: top;
  white-space: normal; overflow-wrap: normal; border-top: 1px solid var(--dl-rule); font-weight: 400; }
.dl-parity .dl-parity-table thead th { color: var(--dl-muted); border-top: 0; }
.dl-parity .dl-parity-table :is(th:first-child) { text-align: left; }
.dl-parity .dl-parity-table :is(th:last-child, td:last-child) { padding-right: 0; }
.dl-parity .dl-parity-table td.dl-parity-different { padding-left: 0.4rem; padding-right: 0.4rem; font-weight: 700;
  color: var(--dl-paper); background: var(--dl-ink); }
@media (max-width: 30rem) {
  .dl-parity { padding: 0.75rem 0.6rem; font-size: 0.85rem; }
  .dl-parity .dl-parity-table :is(th, td) { padding-right: 0.35rem; }
}
"""


def largest_difference(ours, theirs):
    """(max |ours − theirs|, note). Lists of arrays are compared pair by pair; the note says what does not fit."""
    if isinstance(ours, (list, tuple)) and any(np.ndim(as_numpy(a)) for a in ours):
        if len(ours) != len(theirs):
            return math.inf, f"{len(ours)} arrays against {len(theirs)}"
        pairs = [largest_difference(a, b) for a, b in zip(ours, theirs)]
        return max(pairs, key=lambda pair: math.inf if math.isnan(pair[0]) else pair[0], default=(0.0, ""))
    a, b = as_numpy(ours), as_numpy(theirs)
    if a.shape != b.shape:
        return math.inf, f"shape {a.shape} against {b.shape}"
    a, b = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore"):
        difference = np.where(a == b, 0.0, np.abs(a - b))  # inf − inf is NaN, but two equal infinities are equal
    largest = float(difference.max(initial=0.0))
    return largest, "NaN in one of them" if math.isnan(largest) else ""


def as_numpy(x):
    """Numbers, arrays, dlcore's tensors and TensorFlow's, as a NumPy array."""
    return np.asarray(x.numpy() if callable(getattr(x, "numpy", None)) else x)


# ---------------------------------------------------------------- two models


def copy_weights(source, target):
    """Give `target` the weights of `source`: from a dlcore model or layer to its Keras twin, or back.

    Raises:
        ValueError: one of them has no weights yet, or a shape differs; it names the first weight that does not fit.
    """
    for model in (source, target):
        if not model.built:
            raise ValueError(
                f"'{model.name}' has no weights yet. Start it with an Input, or call it on one batch, "
                "before copy_weights."
            )
    weights = source.get_weights()
    require_same_shapes(weights, target.get_weights(), source, target)
    target.set_weights(weights)


def require_same_shapes(first, second, source, target):
    for i, (a, b) in enumerate(zip(first, second)):
        if a.shape != b.shape:
            raise ValueError(
                f"Weight {i} has shape {a.shape} in '{source.name}', but {b.shape} in '{target.name}'. "
                "Are the layers the same, in the same order?"
            )
    if len(first) != len(second):
        raise ValueError(
            f"'{source.name}' has {len(first)} weights, but '{target.name}' has {len(second)}. Are the layers the same?"
        )


def compare(model, keras_model, x, y=None, steps=10, batch_size=32, tolerances=None, training=True):
    """Hold a model against its Keras twin that has the same weights (`copy_weights`).

    Compared are the weights at the start, the outputs for x and, if y is given, the loss of all of x, its gradient for
    each weight, and the losses and weights of `steps` training steps. For the steps both take the same batches, in the
    order of x, and new copies of the optimizers that the models were compiled with. Neither model is changed.

    Args:
        model, keras_model: compiled with the same loss and optimizer, if y is given; for cross-entropies,
            see the head of this module.
        x, y: inputs and targets, one row a sample.
        steps: number of training steps; 0 for none.
        batch_size: samples in a step.
        tolerances: to change some of `TOLERANCES`, such as {"steps": 1e-3}.
        training: whether layers that behave differently in training do so for gradients and steps. Dropout draws
            other random numbers in each library: for a model that has it, say False.

    Returns:
        A Panel.
    """
    allowed = TOLERANCES | (tolerances or {})
    if unknown := set(allowed) - set(TOLERANCES):
        raise ValueError(utils.unknown("tolerance", sorted(unknown)[0], TOLERANCES))
    tf = tensorflow()
    x = np.asarray(x)
    for each in (model, keras_model):
        if not each.built:
            each(x[:1])
    require_same_shapes(model.get_weights(), keras_model.get_weights(), model, keras_model)
    if y is not None:
        y = np.asarray(y)
        require_compiled(model, keras_model)
        if training:
            refuse_dropout(model)
    names = weight_names(model)
    panel = Panel(f"'{model.name}' in dlcore and in Keras: {len(x)} samples" + steps_taken(model, y, steps, batch_size))

    def add(what, ours, theirs, kind, role, scale=None):
        scale = largest(theirs) if scale is None else scale
        panel.add(what, ours, theirs, allowed[kind] * power_of_ten(scale), role)

    before = model.get_weights(), keras_model.get_weights()
    add("weights at the start", *before, "weights", "weight")
    if not panel.equal:
        panel.rows[0].note = "was parity.copy_weights forgotten?"
    tf32 = tf.config.experimental.tensor_float_32_execution_enabled()
    tf.config.experimental.enable_tensor_float_32_execution(False)
    try:
        with no_grad():
            ours = model(x, training=False)
        add("outputs", ours, keras_model(x, training=False), "outputs", "activation")
        if y is None:
            return panel
        ours, theirs = our_gradients(model, x, y, training), their_gradients(tf, keras_model, x, y, training)
        add("loss", ours[0], theirs[0], "loss", "loss")
        for name, a, b in zip(names, ours[1], theirs[1]):
            add(f"gradient of {name}", a, b, "gradients", "gradient", scale=largest(theirs[1]))
        if steps:
            model.set_weights(before[0])  # batch normalisation has moved its averages
            keras_model.set_weights(before[1])
            losses = train(tf, model, keras_model, x, y, steps, batch_size, training)
            add(f"losses of {steps} steps", losses[:, 0], losses[:, 1], "loss", "loss")
            after = model.get_weights(), keras_model.get_weights()
            moved = largest_difference(before[1], after[1])[0]
            rounding = 1e-6 * power_of_ten(largest(after[1]))  # what float32 loses, even where little has moved
            panel.add(
                f"weights after {steps} steps", *after, max(allowed["steps"] * power_of_ten(moved), rounding), "weight"
            )
    finally:
        model.set_weights(before[0])
        keras_model.set_weights(before[1])
        tf.config.experimental.enable_tensor_float_32_execution(tf32)
    return panel


def our_gradients(model, x, y, training):
    """(loss, [∂loss/∂w for each trainable w]) from dlcore's tape."""
    loss = model.compute_loss(x, y, model(x, training=training))
    return loss.item(), gradients(loss, model.trainable_variables)


def their_gradients(tf, keras_model, x, y, training):
    """The same from TensorFlow's tape."""
    with tf.GradientTape() as tape:
        loss = keras_model.compute_loss(x=x, y=y, y_pred=keras_model(x, training=training), training=training)
    return float(loss), tape.gradient(loss, keras_model.trainable_variables)


def train(tf, model, keras_model, x, y, steps, batch_size, training):
    """Let both models learn from the same batches; returns their losses, shape (steps, 2)."""
    ours, theirs = (type(m.optimizer).from_config(m.optimizer.get_config()) for m in (model, keras_model))
    losses = []
    for step in range(steps):
        rows = np.arange(step * batch_size, step * batch_size + min(batch_size, len(x))) % len(x)
        loss, grads = our_gradients(model, x[rows], y[rows], training)
        keras_loss, keras_grads = their_gradients(tf, keras_model, x[rows], y[rows], training)
        ours.apply(grads, model.trainable_variables)
        theirs.apply(keras_grads, keras_model.trainable_variables)
        losses.append((loss, keras_loss))
    return np.array(losses)


def tensorflow():
    """The module, imported quietly, if Keras runs on it."""
    utils.quiet_tensorflow()
    try:
        import keras
        import tensorflow as tf
    except ModuleNotFoundError as error:
        advice = f"parity.compare needs {error.name}: pip install tensorflow."
        raise ModuleNotFoundError(advice, name=error.name) from None
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            f"parity.compare takes Keras's gradients from TensorFlow, but Keras runs on {keras.backend.backend()}. "
            "Set the environment variable KERAS_BACKEND=tensorflow before Keras is imported."
        )
    return tf


def require_compiled(model, keras_model):
    for each in (model, keras_model):
        if getattr(each, "optimizer", None) is None:
            raise ValueError(
                f"'{each.name}' is not compiled, so it has no loss to compare. "
                "Compile both models with the same loss and optimizer, or leave y out."
            )


def refuse_dropout(model):
    for layer in model._sublayers():
        if "Dropout" in type(layer).__name__ and getattr(layer, "rate", 0):
            raise ValueError(
                f"{type(layer).__name__} '{layer.name}' draws random numbers, other ones in each library. "
                "Compare with training=False."
            )


def weight_names(model):
    """'dense kernel (2, 3)' … for each trainable variable."""
    names = {id(v): f"{layer.name} {v.name}" for layer in model._sublayers() for v in layer._own_weights()}
    return [f"{names[id(v)]} {v.shape}" for v in model.trainable_variables]


def steps_taken(model, y, steps, batch_size):
    if y is None or not steps:
        return ""
    return f", {steps} steps of {type(model.optimizer).__name__} with batches of {min(batch_size, len(y))}"


def largest(values):
    """The largest absolute number in an array or a list of arrays."""
    if isinstance(values, (list, tuple)):
        return max((largest(v) for v in values if v is not None), default=0.0)
    values = np.abs(as_numpy(values).astype(np.float64))
    return float(values[np.isfinite(values)].max(initial=0.0))


def power_of_ten(value):
    """The power of ten at or above the value, so that a tolerance is a round number; at least 1e-3."""
    return 10.0 ** math.ceil(math.log10(max(value, 1e-3)))
