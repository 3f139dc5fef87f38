"""Metrics against `keras.metrics`, batch by batch. Keras adds up in float32, so about six digits agree."""

import inspect

import numpy as np
import pytest

import dlcore
from dlcore import metrics, utils

utils.quiet_tensorflow()
keras = pytest.importorskip("keras")

RNG = np.random.default_rng(0)
N, CLASSES = 20, 4
P = RNG.dirichlet(np.ones(CLASSES), N).astype(np.float32)
LOGITS = (3 * RNG.standard_normal((N, CLASSES))).astype(np.float32)
LABELS = RNG.integers(0, CLASSES, N)
HOT = np.eye(CLASSES, dtype=np.float32)[LABELS]
YES = RNG.integers(0, 2, (N, CLASSES))  # several may be 1 in a row
WEIGHT = RNG.uniform(0, 2, N).astype(np.float32)
FIFTHS = RNG.integers(0, 6, (N, CLASSES)).astype(np.float32) / 5  # many ties, some of them on a threshold
SIGNS = np.where(YES, 1, -1)
THRESHOLDS = {"thresholds": [0.6, 0.1, 0.3]}

CASES = [
    ("SparseCategoricalAccuracy", {}, LABELS, P),
    ("SparseCategoricalAccuracy", {}, LABELS[:, None], P),
    ("SparseCategoricalAccuracy", {}, LABELS.reshape(10, 2), P.reshape(10, 2, CLASSES)),
    ("CategoricalAccuracy", {}, HOT, P),
    ("CategoricalAccuracy", {}, HOT, FIFTHS),
    ("BinaryAccuracy", {}, LABELS[:, None] % 2, P[:, :1]),
    ("BinaryAccuracy", {"threshold": 0.2}, LABELS % 2, P[:, :1]),
    ("BinaryAccuracy", {}, (P > 0.4).astype(int), P[::-1].copy()),
    ("Accuracy", {}, LABELS, LABELS[::-1].copy()),
    ("TopKCategoricalAccuracy", {"k": 2}, HOT, P),
    ("TopKCategoricalAccuracy", {}, HOT, FIFTHS),
    ("TopKCategoricalAccuracy", {"k": 2}, HOT.reshape(10, 2, CLASSES), FIFTHS.reshape(10, 2, CLASSES)),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, LABELS, P),
    ("SparseTopKCategoricalAccuracy", {"k": 1}, LABELS, FIFTHS),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, LABELS.reshape(10, 2), FIFTHS.reshape(10, 2, CLASSES)),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, LABELS, (-P).argsort(-1).astype(np.float32)),
    ("MeanSquaredError", {}, HOT, P),
    ("RootMeanSquaredError", {}, HOT, LOGITS),
    ("MeanAbsoluteError", {}, HOT, P),
    ("MeanAbsolutePercentageError", {}, 1 + HOT, LOGITS),
    ("MeanSquaredLogarithmicError", {}, HOT, LOGITS),
    ("LogCoshError", {}, HOT, LOGITS),
    ("CosineSimilarity", {}, HOT, LOGITS),
    ("BinaryCrossentropy", {}, YES, P),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, YES, LOGITS),
    ("CategoricalCrossentropy", {}, HOT, P),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, HOT, LOGITS),
    ("SparseCategoricalCrossentropy", {}, LABELS, P),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, LABELS.reshape(10, 2), LOGITS.reshape(10, 2, CLASSES)),
    ("KLDivergence", {}, P[::-1].copy(), P),
    ("Poisson", {}, LABELS[:, None], 3 * P[:, :1]),
    ("Hinge", {}, SIGNS, LOGITS),
    ("SquaredHinge", {}, SIGNS, LOGITS),
    ("CategoricalHinge", {}, HOT, LOGITS),
    ("R2Score", {}, LOGITS[::-1] + P, LOGITS),
    ("R2Score", {"class_aggregation": None}, LOGITS + P, LOGITS),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, LOGITS * [1, 2, 3, 4], LOGITS),
    ("R2Score", {"num_regressors": 2}, LOGITS[:, :1] + P[:, :1], LOGITS[:, :1]),
    *[("F1Score", {"average": average, "threshold": threshold}, HOT if threshold is None else YES, P)
      for average in (None, "micro", "macro", "weighted") for threshold in (None, 0.3)],
    ("F1Score", {}, HOT, FIFTHS),
    ("FBetaScore", {"beta": 2.0, "average": "macro"}, HOT, P),
    ("FBetaScore", {"beta": 0.5, "threshold": 0.4}, YES, P),
    *[(name, settings, *data) for name in ("Precision", "Recall") for settings, *data in [
        ({}, YES, P), ({}, YES[:, 0], P[:, :1]), ({}, YES[:, :1], P[:, 0]), (THRESHOLDS, YES, P),
        ({"thresholds": 0}, YES, LOGITS), ({"thresholds": [0.2, 0.4]}, YES, FIFTHS), ({"top_k": 2}, YES, P),
        ({"top_k": 2}, YES, FIFTHS), ({"class_id": 1}, YES, P), ({"class_id": 2, "top_k": 3}, YES, P),
        ({}, YES.reshape(10, 2, CLASSES), P.reshape(10, 2, CLASSES)),
    ]],
    *[(name, settings, YES, P) for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
      for settings in ({}, THRESHOLDS)],
    *[("AUC", {"curve": curve, "summation_method": method, **more}, *data) for curve in ("ROC", "PR")
      for method in ("interpolation", "minoring", "majoring") for more, *data in [
          ({}, YES, P), ({"num_thresholds": 5}, YES[:, 0], P[:, 0]), ({"thresholds": [0.5, 0.1, 0.2]}, YES, P),
          ({"multi_label": True}, YES, P), ({"from_logits": True}, YES, LOGITS),
          ({"multi_label": True, "num_labels": CLASSES, "label_weights": [1.0, 2.0, 0.0, 0.5]}, YES, P),
          ({"label_weights": [1.0, 2.0, 0.0, 0.5]}, YES, P),
      ]],
    ("AUC", {}, YES[:, :1], np.round(P[:, :1])),
]  # fmt: skip
NOT_IN_KERAS = {"Perplexity"}


def test_no_metric_escapes():
    assert {case[0] for case in CASES} | NOT_IN_KERAS | {"Mean"} == {cls.__name__ for cls in metrics._classes}


@pytest.mark.parametrize(("name", "settings", "y_true", "y_pred"), CASES)
@pytest.mark.parametrize("weighted", [False, True])
def test_results_batch_by_batch(ledger, name, settings, y_true, y_pred, weighted):
    if name in ("Precision", "Recall"):
        weighted &= y_pred.ndim < 3  # Keras can't weigh samples with more axes
    ours, theirs = getattr(metrics, name)(**settings), getattr(keras.metrics, name)(**settings)
    for rows in (slice(0, 5), slice(5, 7), slice(7, None)):
        weight = WEIGHT[: len(y_true)][rows] if weighted else None
        ours.update_state(y_true[rows], y_pred[rows], sample_weight=weight)
        theirs.update_state(y_true[rows], y_pred[rows], sample_weight=weight)
        what = f"{settings}, weighted {weighted}, {y_pred.shape}"
        ledger.holds(f"metrics.{name}", what, ours.result(), np.asarray(theirs.result()), 3e-6)
    ours.reset_state(), theirs.reset_state()
    ledger.holds(f"metrics.{name}", "after a reset", ours(y_true, y_pred), np.asarray(theirs(y_true, y_pred)), 3e-6)


@pytest.mark.parametrize("weight", [None, [1.0, 0.0, 2.0], [[1.0], [0.5], [0.0]], [[1, 0], [2, 1], [0, 3]], 2.0])
def test_mean(ledger, weight):
    values = np.array([[1.0, 2.0], [3.0, 5.0], [-1.0, 0.5]], np.float32)
    weight = None if weight is None else np.array(weight, np.float32)
    ledger.holds("metrics.Mean", "values", metrics.Mean()(values, weight), keras.metrics.Mean()(values, weight), 1e-6)


def test_perplexity(ledger):
    """KerasHub has it, made of Keras's cross-entropy."""
    y_true, y_pred = LABELS.reshape(10, 2), LOGITS.reshape(10, 2, CLASSES)
    weight = WEIGHT.reshape(10, 2)
    entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")(y_true, y_pred).numpy()
    for mask in (None, 1):
        counts = weight * (y_true != mask) if mask is not None else weight
        metric = metrics.Perplexity(from_logits=True, mask_token_id=mask)
        metric.update_state(y_true[:3], y_pred[:3], weight[:3])
        ours = metric(y_true[3:], y_pred[3:], weight[3:])
        ledger.holds("metrics.Perplexity", f"mask {mask}", ours, np.exp((entropy * counts).sum() / counts.sum()), 1e-6)


def test_a_metric_of_your_own(ledger):
    """The base class with its variables, and the one that wraps a function, as a Keras program uses them."""

    def results(library, ops):
        class Largest(library.Metric):
            def __init__(self, name="largest", **kwargs):
                super().__init__(name=name, **kwargs)
                self.error = self.add_variable(shape=(), initializer="zeros", name="error")

            def update_state(self, y_true, y_pred, sample_weight=None):
                self.error.assign(ops.maximum(self.error, ops.max(ops.abs(y_true - y_pred))))

            def result(self):
                return self.error

        metric = Largest()
        metric.update_state(HOT, P)
        metric.update_state(HOT, LOGITS)
        first = float(metric.result())
        metric.reset_state()
        metric.update_state(HOT, P)
        assert len(metric.variables) == 1
        return [first, float(metric.result())]

    ledger.holds("metrics.Metric", "subclass", results(metrics, dlcore.ops), results(keras.metrics, keras.ops), 1e-6)
    ours = metrics.MeanMetricWrapper(dlcore.losses.huber, delta=0.3)(HOT, P)
    theirs = keras.metrics.MeanMetricWrapper(keras.losses.huber, delta=0.3)(HOT, P)
    ledger.holds("metrics.MeanMetricWrapper", "Huber", ours, theirs, 1e-6)


# ---------------------------------------------------------------- functions and names


@pytest.mark.parametrize("function", metrics._functions)
def test_functions_and_their_defaults(ledger, function):
    name = function.__name__
    y_true = {"accuracy": LABELS, "binary_accuracy": YES}.get(name, LABELS if name.startswith("sparse") else HOT)
    y_pred = LABELS[::-1].copy() if name == "accuracy" else P
    if name == "accuracy":  # Keras has this function, but hands out the metric alone
        theirs = keras.metrics.Accuracy()._fn
    else:
        theirs = getattr(keras.metrics, name)
        ours = {p.name: p.default for p in inspect.signature(function).parameters.values()}
        assert ours == {p.name: p.default for p in inspect.signature(theirs).parameters.values()}
    ledger.holds(f"metrics.{name}", "one value a sample", function(y_true, y_pred), theirs(y_true, y_pred), 0)


@pytest.mark.parametrize("cls", [c for c in metrics._classes if c.__name__ not in NOT_IN_KERAS])
def test_classes_and_their_defaults(cls):
    ours = inspect.signature(cls).parameters.values()
    theirs = {p.name: p.default for p in inspect.signature(getattr(keras.metrics, cls.__name__)).parameters.values()}
    left_out = {"dtype", "ignore_class"}
    expected = [(name, default) for name, default in theirs.items() if name not in left_out]
    assert [(p.name, p.default) for p in ours if p.kind is not p.VAR_KEYWORD] == expected
    after_dtype = list(theirs)[list(theirs).index("dtype") + 1 :]
    assert [p.name for p in ours if p.kind is p.KEYWORD_ONLY] == [n for n in after_dtype if n not in left_out]


@pytest.mark.parametrize("name", [n for n in metrics._known if n.lower() != "perplexity"])
def test_names(name):
    ours, theirs = metrics.get(name), keras.metrics.get(name)
    assert type(ours).__name__ == type(theirs).__name__
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")  # both number what has no name


@pytest.mark.parametrize("cls", [c for c in metrics._classes if c.__name__ not in NOT_IN_KERAS])
def test_configurations_serve_both(cls):
    config = cls(name="mine").get_config()
    theirs = getattr(keras.metrics, cls.__name__).from_config(config).get_config()
    for key in config.keys() & theirs.keys():
        assert theirs[key] == config[key] or config[key] is None
    assert cls.from_config(config).get_config() == config


@pytest.mark.parametrize(
    ("true_shape", "pred_shape"),
    [((8,), (8, 1)), ((8, 1), (8, 1)), ((8,), (8, 10)), ((8, 1), (8, 10)), ((8, 5), (8, 5, 10)), ((8, 10), (8, 10))],
)
@pytest.mark.parametrize("name", [*metrics.BY_SHAPE, "Accuracy"])
def test_what_accuracy_means(name, true_shape, pred_shape):
    """The choice that compile(metrics=["accuracy"]) makes at the first batch."""
    model = keras.Sequential([keras.layers.Identity()])
    model.compile(loss=lambda t, p: keras.ops.sum(p), metrics=[name])
    model.evaluate(np.zeros(pred_shape), np.zeros(true_shape), verbose=0)
    theirs = model._compile_metrics.metrics[0]
    ours = metrics.get_metric(name, np.zeros(true_shape), np.zeros(pred_shape))
    assert type(ours).__name__ == type(theirs).__name__ and ours.name == theirs.name


# ---------------------------------------------------------------- in training


def test_fit_and_evaluate(ledger):
    """Metrics as strings and as objects, over batches of which the last is smaller."""

    def logs(library):
        model = library.Sequential([library.layers.Dense(CLASSES, activation="softmax")])
        model(np.zeros((1, CLASSES), "float32"))
        model.set_weights(weights)
        asked = ["accuracy", "mse", "AUC", library.metrics.F1Score("macro"), library.metrics.Precision(class_id=1)]
        asked += [library.metrics.TopKCategoricalAccuracy(2, name="top2"), "kl_divergence", library.metrics.R2Score()]
        model.compile(library.optimizers.SGD(0.1), "categorical_crossentropy", metrics=asked)
        history = model.fit(LOGITS, HOT, batch_size=8, epochs=2, shuffle=False, verbose=0).history
        after = model.evaluate(LOGITS, HOT, batch_size=8, return_dict=True, verbose=0)
        return [{stem(name): np.array(values) for name, values in logs.items()} for logs in (history, after)]

    def stem(name):
        return name if name in ("top2", "r2_score") else name.rstrip("_0123456789")

    weights = [0.3 * RNG.standard_normal((CLASSES, CLASSES)).astype("f"), np.zeros(CLASSES, "f")]  # no p under 1e-7
    for ours, theirs in zip(logs(dlcore), logs(keras), strict=True):
        assert set(ours) == set(theirs)
        for name in ours:
            ledger.holds("metrics.get", f"{name} in fit and evaluate", ours[name], theirs[name], 1e-5)
