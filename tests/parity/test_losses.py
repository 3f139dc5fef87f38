"""Losses against `keras.losses`: names, defaults, values, gradients, and what training makes of them.

In float64 as in float32. From plain probabilities the two renormalise and clip alike; those that come straight from a
softmax or sigmoid both trace back to their logits.
"""

import inspect

import numpy as np
import pytest

import dlcore
from dlcore import losses, utils
from dlcore.tensor import Tensor

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

RNG = np.random.default_rng(0)
N, CLASSES = 16, 5
LOGITS = 4 * RNG.standard_normal((N, CLASSES))
P = RNG.dirichlet(np.ones(CLASSES), N)
TARGET = RNG.dirichlet(np.ones(CLASSES), N)
LABELS = RNG.integers(0, CLASSES, N)
HOT = np.eye(CLASSES)[LABELS]
SURE = np.eye(CLASSES)[LABELS[::-1]]  # probabilities of 0 and 1, most of them wrong
SIGNS = RNG.choice([-1.0, 1.0], (N, CLASSES))
WEIGHT = RNG.uniform(0, 2, N)
SOME = np.where(np.arange(N) % 3, LABELS, -1)  # every third label is padding
BATCH, STEPS = 4, 4  # the same samples as sequences: labels (batch, steps), predictions (batch, steps, classes)

CASES = [
    ("MeanSquaredError", {}, TARGET, LOGITS),
    ("MeanSquaredError", {}, WEIGHT, WEIGHT[::-1, None] * 2),
    ("MeanAbsoluteError", {}, TARGET, LOGITS),
    ("MeanAbsoluteError", {}, WEIGHT[:, None], WEIGHT[::-1] * 2),
    ("MeanAbsolutePercentageError", {}, TARGET - 0.1, LOGITS),
    ("MeanAbsolutePercentageError", {}, HOT, P),
    ("MeanSquaredLogarithmicError", {}, TARGET, LOGITS),
    ("Huber", {}, TARGET, LOGITS),
    ("Huber", {"delta": 0.3}, TARGET, P),
    ("LogCosh", {}, TARGET, LOGITS),
    ("LogCosh", {}, TARGET, 100 * LOGITS),
    ("CosineSimilarity", {}, TARGET, LOGITS),
    ("CosineSimilarity", {"axis": 0}, TARGET, LOGITS),
    ("BinaryCrossentropy", {}, TARGET, P),
    ("BinaryCrossentropy", {}, HOT, SURE),
    ("BinaryCrossentropy", {"label_smoothing": 0.1, "axis": 0}, HOT, P),
    ("BinaryCrossentropy", {"from_logits": True}, TARGET, LOGITS),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, TARGET, LOGITS),
    ("BinaryFocalCrossentropy", {}, HOT, P),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.4, "gamma": 3.0}, HOT, P),
    ("BinaryFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.2, "gamma": 0.0}, HOT, LOGITS),
    ("CategoricalCrossentropy", {}, TARGET, 3 * P),
    ("CategoricalCrossentropy", {}, HOT, SURE + 1e-9),
    ("CategoricalCrossentropy", {"axis": 0}, HOT, P),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, HOT, P),
    ("CategoricalCrossentropy", {"from_logits": True}, TARGET, LOGITS),
    ("CategoricalCrossentropy", {"from_logits": True}, TARGET, 100 * LOGITS),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, TARGET, LOGITS),
    ("CategoricalFocalCrossentropy", {}, HOT, P),
    ("CategoricalFocalCrossentropy", {"alpha": 0.5, "gamma": 1.0, "label_smoothing": 0.1}, HOT, 2 * P),
    ("CategoricalFocalCrossentropy", {"from_logits": True}, HOT, LOGITS),
    ("SparseCategoricalCrossentropy", {}, LABELS, P),
    ("SparseCategoricalCrossentropy", {}, LABELS, SURE),
    ("SparseCategoricalCrossentropy", {}, LABELS[:, None], P),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, LOGITS),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS, 100 * LOGITS),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, SOME, P),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1, "from_logits": True}, SOME, LOGITS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 3, "from_logits": True}, LABELS, LOGITS),
    ("SparseCategoricalCrossentropy", {"ignore_class": 7}, np.full(N, 7), P),
    ("KLDivergence", {}, TARGET, P),
    ("KLDivergence", {}, HOT, SURE),
    ("Poisson", {}, 3 * TARGET, np.exp(LOGITS)),
    ("Hinge", {}, SIGNS, LOGITS),
    ("Hinge", {}, HOT, LOGITS),
    ("SquaredHinge", {}, SIGNS, LOGITS),
    ("SquaredHinge", {}, HOT, LOGITS),
    ("CategoricalHinge", {}, HOT, LOGITS),
]  # fmt: skip
IN_SEQUENCES = [case for case in CASES if case[2].shape[0] == case[3].shape[0] == N and "axis" not in case[1]
                and case[3].shape[1:] == (CLASSES,) and case[2].shape != (N, 1)]  # fmt: skip
#: Keras exponentiates and takes logarithms by other routines, and adds up in another order.
TOLERANCE = {"float64": 1e-12, "float32": 2e-6}


def tolerance(name, dtype="float64"):
    """Keras's log 2 in LogCosh is a float32 number, in float64 too."""
    return max(TOLERANCE[dtype], 2e-9 if name == "LogCosh" else 0)


def both(name, settings, y_true, y_pred, weight, dtype="float64"):
    """(value, ∂L/∂y_pred) of dlcore and of Keras."""
    y_pred = y_pred.astype(dtype)
    x, v = Tensor(y_pred, requires_grad=True), tf.constant(y_pred)
    ours = getattr(losses, name)(**settings)(y_true, x, sample_weight=weight)
    with tf.GradientTape() as tape:
        tape.watch(v)
        theirs = getattr(keras.losses, name)(**settings, dtype=dtype)(y_true, v, sample_weight=weight)
        total = tf.reduce_sum(theirs)
    ours.backward(np.ones(ours.shape))
    assert ours.dtype == x.grad.dtype == dtype
    return (ours.numpy(), x.grad), (theirs.numpy(), tape.gradient(total, v).numpy())


def test_no_loss_escapes():
    assert {case[0] for case in CASES} == {cls.__name__ for cls in losses._classes}


@pytest.mark.parametrize(("name", "settings", "y_true", "y_pred"), CASES)
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_value_and_gradient(ledger, name, settings, y_true, y_pred, dtype):
    ours, theirs = both(name, settings, y_true, y_pred, None, dtype)
    ledger.holds(f"losses.{name}", f"value and gradient, {settings}, {dtype}", ours, theirs, tolerance(name, dtype))


@pytest.mark.parametrize("reduction", losses.base.REDUCTIONS)
@pytest.mark.parametrize("shape", [None, (N,), (N, 1), ()])
def test_reductions_and_weights(ledger, reduction, shape):
    weight = None if shape is None else np.resize(WEIGHT, shape)
    for name, settings, y_true, y_pred in CASES:
        if "axis" in settings and shape:
            continue
        ours, theirs = both(name, {**settings, "reduction": reduction}, y_true, y_pred, weight)
        ledger.holds(f"losses.{name}", f"{reduction}, weights {shape}, {settings}", ours, theirs, tolerance(name))


@pytest.mark.parametrize(("name", "settings", "y_true", "y_pred"), IN_SEQUENCES)
@pytest.mark.parametrize("shape", [None, (BATCH, STEPS), (BATCH, 1)])
def test_sequences(ledger, name, settings, y_true, y_pred, shape):
    y_true = y_true.reshape(BATCH, STEPS, *y_true.shape[1:])
    y_pred = y_pred.reshape(BATCH, STEPS, -1)
    weight = None if shape is None else np.resize(WEIGHT, shape)
    for reduction in ("sum_over_batch_size", "mean_with_sample_weight", "none"):
        ours, theirs = both(name, {**settings, "reduction": reduction}, y_true, y_pred, weight)
        ledger.holds(
            f"losses.{name}", f"sequences, {reduction}, weights {shape}, {settings}", ours, theirs, tolerance(name)
        )


# ---------------------------------------------------------------- behind a softmax or sigmoid


BEHIND = [
    ("SparseCategoricalCrossentropy", {}, LABELS),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, SOME),  # not traced back in either
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, HOT),
    ("BinaryCrossentropy", {}, HOT),
    ("BinaryFocalCrossentropy", {"gamma": 1.0}, HOT),
]


@pytest.mark.parametrize(("name", "settings", "y_true"), BEHIND)
@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize("module", ["activations", "ops"])
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_probabilities_of_an_activation(ledger, name, settings, y_true, activation, module, scale):
    """Those of the other activation, too, and those so near to 0 and 1 that plain ones would be cut off."""
    x = (scale * LOGITS).astype("float32")
    ours, theirs = Tensor(x, requires_grad=True), tf.constant(x)
    loss = getattr(losses, name)(**settings)(y_true, getattr(getattr(dlcore, module), activation)(ours))
    loss.backward()
    with tf.GradientTape() as tape:
        tape.watch(theirs)
        p = getattr(getattr(keras, module), activation)(theirs)
        same = getattr(keras.losses, name)(**settings)(y_true, p)
    both = [loss, ours.grad], [same, tape.gradient(same, theirs)]
    ledger.holds(f"losses.{name}", f"{module}.{activation}, {scale} · x, {settings}", *both, tolerance=5e-6)


def test_metrics_of_an_activation(ledger):
    x = (30 * LOGITS).astype("float32")
    for name, y_true, activation in (
        ("SparseCategoricalCrossentropy", LABELS, "softmax"),
        ("CategoricalCrossentropy", HOT, "softmax"),
        ("BinaryCrossentropy", HOT, "sigmoid"),
    ):
        found = [getattr(library.metrics, name)()(y_true, getattr(library.activations, activation)(tensor(x)))
                 for library, tensor in ((dlcore, Tensor), (keras, tf.constant))]  # fmt: skip
        ledger.holds(f"metrics.{name}", f"{activation}, 30 · x", *found, tolerance=3e-6)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize("function", losses._functions)
def test_functions_and_their_defaults(ledger, function):
    name = function.__name__
    theirs = getattr(keras.losses, name)
    ours = {p.name: p.default for p in inspect.signature(function).parameters.values()}
    assert ours == {p.name: p.default for p in inspect.signature(theirs).parameters.values()}
    y_true = LABELS if name == "sparse_categorical_crossentropy" else HOT
    ledger.holds(f"losses.{name}", "one loss a sample", function(y_true, P), theirs(y_true, tf.constant(P)), 2e-9)


@pytest.mark.parametrize("cls", losses._classes)
def test_classes_and_their_defaults(cls):
    ours = [p for p in inspect.signature(cls).parameters.values() if p.kind is not p.VAR_KEYWORD]
    theirs = list(inspect.signature(getattr(keras.losses, cls.__name__)).parameters.values())
    assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs if p.name != "dtype"]
    assert theirs[-1].name == "dtype"


@pytest.mark.parametrize("name", losses._known)
def test_names(name):
    ours, theirs = losses.get(name), keras.losses.get(name)
    assert getattr(ours, "__name__", type(ours).__name__) == getattr(theirs, "__name__", type(theirs).__name__)


@pytest.mark.parametrize("cls", losses._classes)
def test_configurations_serve_both(cls):
    config = cls(reduction="sum", name="mine").get_config()
    theirs = getattr(keras.losses, cls.__name__).from_config(config).get_config()
    assert theirs.items() <= config.items() and cls.from_config(config).get_config() == config


def test_a_loss_of_your_own(ledger):
    """The base class, and the one that wraps a function, as a Keras program uses them."""

    def made(library, ops):
        class Cubed(library.Loss):
            def call(self, y_true, y_pred):
                return ops.mean(ops.abs(y_pred - y_true) ** 3, axis=-1)

        return Cubed()(TARGET, P, sample_weight=WEIGHT)

    ledger.holds("losses.Loss", "subclass", made(losses, dlcore.ops), made(keras.losses, keras.ops), 1e-6)
    wrapped = losses.LossFunctionWrapper(losses.huber, "sum", delta=0.3)(TARGET, P)
    ledger.holds("losses.LossFunctionWrapper", "Huber", wrapped, keras.losses.Huber(0.3, "sum")(TARGET, P), 1e-6)
    ledger.holds("losses.get", "mse", losses.get("mse")(TARGET, P), keras.losses.get("mse")(TARGET, P), 1e-6)


# ---------------------------------------------------------------- training


LAST = {"BinaryCrossentropy": "sigmoid", "BinaryFocalCrossentropy": "sigmoid", "Poisson": "softplus"}
LAST |= dict.fromkeys(("CategoricalCrossentropy", "SparseCategoricalCrossentropy", "KLDivergence",
                       "CategoricalFocalCrossentropy"), "softmax")  # fmt: skip


def trained(library, loss, name, weights, sequences):
    """Losses and weights after two epochs of batches of 6, the last of which is smaller."""
    y = SOME if name == "SparseCategoricalCrossentropy" else HOT
    x, weight = LOGITS / 4, WEIGHT
    if sequences:
        x, y = x.reshape(8, 2, CLASSES), y.reshape(8, 2, *y.shape[1:])
        weight = weight.reshape(8, 2)
    model = library.Sequential([library.layers.Dense(CLASSES, activation=LAST.get(name))])
    model(np.zeros((1, *x.shape[1:]), "float32"))
    model.set_weights(weights)
    model.compile(library.optimizers.SGD(0.1), loss)
    history = model.fit(x, y, batch_size=6, epochs=2, shuffle=False, sample_weight=weight, verbose=0).history
    return [np.array(history["loss"]), *model.get_weights()]


@pytest.mark.parametrize("cls", losses._classes)
def test_fit(ledger, cls):
    name = cls.__name__
    settings = {"ignore_class": -1} if name == "SparseCategoricalCrossentropy" else {}
    weights = [RNG.standard_normal((CLASSES, CLASSES)).astype("f"), RNG.standard_normal(CLASSES).astype("f")]
    for sequences in (False, True):
        ours = trained(dlcore, cls(**settings), name, weights, sequences)
        theirs = trained(keras, getattr(keras.losses, name)(**settings), name, weights, sequences)
        ledger.holds(f"losses.{name}", f"after fit, sequences {sequences}", ours, theirs, 5e-6)
