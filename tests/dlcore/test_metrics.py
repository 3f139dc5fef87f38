"""Metrics: values worked out by hand, collecting over batches, weights, and which accuracy "accuracy" means."""

import math

import numpy as np
import pytest

from dlcore import Input, Sequential, layers, load_model, losses, metrics, ops
from dlcore.tensor import Tensor

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.3, 0.5]])


def test_values():
    assert metrics.SparseCategoricalAccuracy()([0, 1, 0], P) == pytest.approx(2 / 3)
    assert metrics.SparseCategoricalAccuracy()([[0], [1], [0]], P) == pytest.approx(2 / 3)
    assert metrics.CategoricalAccuracy()(np.eye(3)[[0, 0, 2]], P) == pytest.approx(2 / 3)
    assert metrics.BinaryAccuracy()([1, 0, 1, 1], [[0.9], [0.5], [0.6], [0.1]]) == 0.75
    assert metrics.BinaryAccuracy(threshold=0.05)([1, 0, 1, 1], [0.9, 0.5, 0.6, 0.1]) == 0.75
    assert metrics.Accuracy()([1, 2, 3, 4], [1, 2, 3, 5]) == 0.75
    assert metrics.MeanSquaredError()([[0.0], [0.0]], [[1.0], [3.0]]) == 5
    assert metrics.MeanAbsoluteError()([[0.0], [0.0]], [[1.0], [3.0]]) == 2
    assert metrics.Mean()([1.0, 3.0]) == 2 and metrics.Mean()(5.0) == 5


def test_batches_count_by_their_samples():
    metric = metrics.Mean()
    metric.update_state([1.0, 1.0, 1.0])
    metric.update_state([5.0])
    assert metric.result() == 2
    metric.reset_state()
    assert metric.result() == 0
    accuracy = metrics.SparseCategoricalAccuracy()
    accuracy.update_state([0, 1, 0], P)
    accuracy.update_state([2], P[2:])
    assert accuracy.result() == 0.75


def test_many_small_batches_lose_no_digits():
    metric = metrics.Mean()
    for _ in range(1000):
        metric.update_state(np.full(10, 0.1, np.float32))
    assert metric.result() == pytest.approx(float(np.float32(0.1)), rel=1e-12)


def test_weights():
    assert metrics.Mean()([1.0, 3.0], sample_weight=[3.0, 1.0]) == 1.5
    assert metrics.SparseCategoricalAccuracy()([0, 1, 0], P, sample_weight=[1, 0, 1]) == 0.5
    assert metrics.BinaryAccuracy()([[1], [0]], [[0.9], [0.8]], sample_weight=[1.0, 0.0]) == 1
    assert metrics.Mean()([1.0, 3.0], sample_weight=[0.0, 0.0]) == 0
    with pytest.raises(ValueError, match=r"sample_weight \(3,\) does not fit losses or values of shape \(2,\)"):
        metrics.Mean()([1.0, 3.0], sample_weight=[1.0, 1.0, 1.0])


def test_tensors_and_functions():
    x = Tensor([[1.0], [2.0]], requires_grad=True)
    assert metrics.MeanSquaredError()(Tensor([[1.0], [0.0]]), x) == 2
    wrapped = metrics.MeanMetricWrapper(lambda t, p: np.abs(t - p)[:, 0], name="gap")
    assert wrapped(np.zeros((2, 1)), np.ones((2, 1))) == 1 and wrapped.name == "gap"


@pytest.mark.parametrize(
    ("true_shape", "pred_shape", "cls"),
    [
        ((8,), (8, 1), metrics.BinaryAccuracy),
        ((8, 1), (8, 1), metrics.BinaryAccuracy),
        ((8,), (8,), metrics.BinaryAccuracy),
        ((8,), (8, 10), metrics.SparseCategoricalAccuracy),
        ((8, 1), (8, 10), metrics.SparseCategoricalAccuracy),
        ((8, 5), (8, 5, 10), metrics.SparseCategoricalAccuracy),
        ((8, 10), (8, 10), metrics.CategoricalAccuracy),
    ],
)
def test_accuracy_means_what_fits_the_shapes(true_shape, pred_shape, cls):
    for name in ("accuracy", "acc", "Accuracy", "ACC"):
        metric = metrics.get_metric(name, np.zeros(true_shape), np.zeros(pred_shape))
        assert type(metric) is cls and metric.name == name


def test_get():
    assert isinstance(metrics.get("mse"), metrics.MeanSquaredError)
    assert isinstance(metrics.get("SparseCategoricalAccuracy"), metrics.SparseCategoricalAccuracy)
    assert isinstance(metrics.get(metrics.Mean), metrics.Mean) and metrics.get(None) is None
    assert metrics.get_metric("mse", [0.0], [[0.0]]).name == "mse"
    wrapped = metrics.get_metric(metrics.binary_accuracy, [0.0], [[0.0]])
    assert isinstance(wrapped, metrics.MeanMetricWrapper) and wrapped.name == "binary_accuracy"
    with pytest.raises(ValueError, match="Unknown metric 'acuracy'. Did you mean 'accuracy'"):
        metrics.get_metric("acuracy", [0.0], [[0.0]])
    with pytest.raises(ValueError, match="a name or a function"):
        metrics.get(0.5)


def test_shapes_that_cannot_be_compared():
    with pytest.raises(ValueError, match=r"binary_accuracy: y_true \(2,\) and y_pred \(3,\)"):
        metrics.BinaryAccuracy()([0, 1], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"needs labels of shape \(3,\), but y_true has \(2,\)"):
        metrics.SparseCategoricalAccuracy()([0, 1], P)
    with pytest.raises(ValueError, match=r"one-hot labels\? Then use categorical_accuracy"):
        metrics.SparseCategoricalAccuracy()(np.eye(3), P)
    with pytest.raises(ValueError, match="threshold is a number from 0 to 1, but got 2"):
        metrics.BinaryAccuracy(threshold=2)
    with pytest.raises(AttributeError, match="dlcore.metrics has no 'Acuracy'. Did you mean 'Accuracy'"):
        metrics.Acuracy  # noqa: B018
    with pytest.raises(NotImplementedError, match="update_state"):
        metrics.Metric()(1)


def test_config():
    metric = metrics.BinaryAccuracy(name="over", threshold=0.3)
    assert metrics.BinaryAccuracy(**metric.get_config()).get_config() == {"name": "over", "threshold": 0.3}
    assert repr(metric) == "<BinaryAccuracy name=over>"


# ---------------------------------------------------------------- what holds for every metric

RNG = np.random.default_rng(0)
N = 12
YES = RNG.integers(0, 2, (N, 3))
PREDICTED = RNG.dirichlet(np.ones(3), N)
CLASS = RNG.integers(0, 3, N)
WEIGHT = RNG.uniform(0, 2, N)
OF_BOTH = [c for c in metrics._classes if c is not metrics.Mean]  # those that compare labels with predictions
ALL = pytest.mark.parametrize("cls", OF_BOTH, ids=lambda cls: cls.__name__)
#: An argument for each metric that has some, other than its default, so that losing it would show.
CHANGED = {
    "BinaryAccuracy": {"threshold": 0.3},
    "TopKCategoricalAccuracy": {"k": 2},
    "SparseTopKCategoricalAccuracy": {"k": 2},
    "Precision": {"thresholds": [0.4, 0.2], "class_id": 1},
    "Recall": {"top_k": 2},
    "AUC": {"curve": "PR", "num_thresholds": 7, "label_weights": np.array([1.0, 2.0, 3.0]), "multi_label": True},
    "F1Score": {"average": "macro", "threshold": 0.4},
    "FBetaScore": {"average": "weighted", "beta": 2.0},
    "TruePositives": {"thresholds": 0.2},
    "FalsePositives": {"thresholds": 0.2},
    "TrueNegatives": {"thresholds": 0.2},
    "FalseNegatives": {"thresholds": (0.2, 0.6)},
    "CosineSimilarity": {"axis": 0},
    "R2Score": {"class_aggregation": None, "num_regressors": 1},
    "BinaryCrossentropy": {"label_smoothing": 0.2},
    "CategoricalCrossentropy": {"from_logits": True},
    "SparseCategoricalCrossentropy": {"from_logits": True},
    "Perplexity": {"mask_token_id": 1},
}


def truth(cls):
    """Labels that this metric takes for `PREDICTED`."""
    if cls.__name__.startswith("Sparse") or cls is metrics.Perplexity:
        return CLASS
    return PREDICTED[::-1] if cls is metrics.KLDivergence else YES


@ALL
def test_batches_make_no_difference(cls):
    """A metric of several batches, the last smaller and one of them empty, is that of all samples at once."""
    for settings in ({}, CHANGED.get(cls.__name__, {})):
        if "axis" in settings:
            continue  # along the samples
        for weight in (None, WEIGHT):
            whole, parts = cls(**settings), cls(**settings)
            whole.update_state(truth(cls), PREDICTED, sample_weight=weight)
            for rows in (slice(0, 7), slice(7, 7), slice(7, None)):
                parts.update_state(truth(cls)[rows], PREDICTED[rows], None if weight is None else weight[rows])
            np.testing.assert_allclose(parts.result(), whole.result(), rtol=1e-12)


@ALL
def test_a_weight_of_two_is_the_sample_twice(cls):
    if cls is metrics.R2Score:
        settings = {}
    else:
        settings = {k: v for k, v in CHANGED.get(cls.__name__, {}).items() if k != "axis"}
    weight = RNG.integers(0, 3, N)
    weighted, repeated = cls(**settings), cls(**settings)
    weighted.update_state(truth(cls), PREDICTED, sample_weight=weight)
    repeated.update_state(truth(cls).repeat(weight, axis=0), PREDICTED.repeat(weight, axis=0))
    np.testing.assert_allclose(weighted.result(), repeated.result(), rtol=1e-6)


@ALL
def test_nothing_is_left_after_a_reset(cls):
    metric, fresh = cls(), cls()
    before = metric.result()
    metric.update_state(truth(cls)[:5], PREDICTED[:5])
    metric.reset_state()
    np.testing.assert_array_equal(metric.result(), before)
    np.testing.assert_array_equal(metric(truth(cls), PREDICTED), fresh(truth(cls), PREDICTED))


@ALL
def test_one_value_is_a_python_float(cls):
    value = cls()(truth(cls), Tensor(PREDICTED.astype("float32"), requires_grad=True))
    assert isinstance(value, float) or (isinstance(value, np.ndarray) and value.shape == (3,))


@ALL
def test_every_metric_comes_back_from_its_configuration(cls):
    metric = cls(**CHANGED.get(cls.__name__, {}), name="mine")
    described = {"class_name": cls.__name__, "config": metric.get_config()}
    value = metric(truth(cls), PREDICTED)
    for twin in (cls.from_config(metric.get_config()), metrics.get(described)):
        assert type(twin) is cls and twin.get_config() == metric.get_config() and twin.name == "mine"
        np.testing.assert_array_equal(twin(truth(cls), PREDICTED), value)
        if cls.__name__ in CHANGED:
            assert not np.array_equal(value, cls()(truth(cls), PREDICTED))


@pytest.mark.parametrize("kind", ["object", "name of the class"])
@ALL
def test_every_metric_is_saved_with_its_model(cls, kind, tmp_path):
    metric = cls(**CHANGED.get(cls.__name__, {}), name="mine") if kind == "object" else cls.__name__
    model = Sequential([Input((3,)), layers.Dense(3, "softmax")], seed=0)
    model.compile("sgd", Anything(), metrics=[metric])
    logs = model.fit(PREDICTED, truth(cls), epochs=1, verbose=0).history
    assert set(logs) == {"loss", "mine" if kind == "object" else cls.__name__}
    model.compile("sgd", "mse", metrics=[metric])
    model.save(tmp_path / "model.npz")
    twin = load_model(tmp_path / "model.npz")
    for each in (model, twin):
        each.compile(each.optimizer, Anything(), metrics=each._metrics_asked)
    ours, theirs = (each.evaluate(PREDICTED, truth(cls), verbose=0) for each in (model, twin))
    np.testing.assert_array_equal(ours[1], theirs[1])


class Anything(losses.Loss):
    """A loss that takes all labels."""

    def call(self, y_true, y_pred):
        return y_pred[:, 0]


@ALL
def test_every_metric_refuses_what_it_does_not_know(cls):
    with pytest.raises(NotImplementedError, match=r"dtype='float16'\): Keras has this argument, dlcore leaves it out"):
        cls(dtype="float16")
    with pytest.raises(TypeError, match="Unknown argument 'treshold'"):
        cls(treshold=0.3)


@ALL
def test_every_metric_refuses_other_shapes(cls):
    with pytest.raises(ValueError, match="must have one shape|needs labels of shape"):
        cls()(truth(cls)[1:], PREDICTED)
    with pytest.raises(ValueError, match=r"sample_weight \(5,\) does not fit"):
        cls()(truth(cls), PREDICTED, sample_weight=np.ones(5))


# ---------------------------------------------------------------- one by one


def test_top_k():
    assert metrics.SparseTopKCategoricalAccuracy(k=2)([2, 2, 0], P) == pytest.approx(1 / 3)
    assert metrics.TopKCategoricalAccuracy(k=2)(np.eye(3)[[2, 2, 0]], P) == pytest.approx(1 / 3)
    assert metrics.SparseTopKCategoricalAccuracy(k=1)([1], [[0.4, 0.4, 0.2]]) == 1  # a tie does no harm
    assert metrics.SparseTopKCategoricalAccuracy(k=3)([3, -1, 0], [[0.1, 0.2, 0.3]] * 3) == pytest.approx(1 / 3)
    assert metrics.SparseTopKCategoricalAccuracy(k=2)([0], [[0.9, np.nan, 0.1]]) == 0
    assert metrics.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)([1, 1], [[2, 1, 0], [2, 0, 1]]) == 0.5


def test_precision_and_recall():
    y_true, y_pred = [0, 1, 1, 1], [0.9, 0.8, 0.4, 0.1]
    for weight in ([0, 1, 3, 0], [[0], [1], [3], [0]]):
        assert metrics.Recall()(y_true, y_pred, sample_weight=weight) == 0.25
    assert metrics.Precision()(y_true, y_pred) == 0.5
    assert metrics.Recall()(y_true, y_pred) == pytest.approx(1 / 3)
    assert metrics.Precision(thresholds=0.95)(y_true, y_pred) == 0  # nothing found, and no division by zero
    np.testing.assert_allclose(metrics.Recall(thresholds=[0.9, 0.0, 0.3])(y_true, y_pred), [0, 1, 2 / 3])
    assert metrics.Precision(top_k=1)([[1, 0, 0], [0, 1, 0]], P[:2]) == 1
    assert metrics.Precision(class_id=1)([[1, 0, 0], [0, 1, 0]], P[:2]) == 1
    counts = {"TruePositives": 1, "FalsePositives": 1, "TrueNegatives": 0, "FalseNegatives": 2}
    assert {name: getattr(metrics, name)()(y_true, y_pred) for name in counts} == counts


def test_auc_is_the_chance_that_a_positive_ranks_above_a_negative():
    rng = np.random.default_rng(1)
    y_true = rng.integers(0, 2, 300)
    y_pred = np.clip(0.35 * y_true + rng.uniform(0, 0.65, 300), 0, 1).astype(np.float32)
    positive, negative = y_pred[y_true == 1], y_pred[y_true == 0]
    chance = (positive[:, None] > negative).mean()
    assert metrics.AUC(thresholds=list(y_pred))(y_true, y_pred) == pytest.approx(chance, abs=1e-9)
    assert metrics.AUC()(y_true, y_pred) == pytest.approx(chance, abs=2e-3)
    assert metrics.AUC()([0, 1], [0.2, 0.8]) == metrics.AUC(curve="pr")([0, 1], [0.2, 0.8]) == 1
    assert metrics.AUC()([0, 1], [0.8, 0.2]) == 0
    assert metrics.AUC()([0, 1], [0.5, 0.5]) == 0.5
    low, high = (metrics.AUC(20, "PR", m)(y_true, y_pred) for m in ("minoring", "majoring"))
    assert low < metrics.AUC(20, "PR")(y_true, y_pred) < high


def test_f1_is_the_harmonic_mean():
    y_true, y_pred = YES[:, :1], PREDICTED[:, :1]
    p, r = (getattr(metrics, name)(thresholds=0.4)(y_true, y_pred) for name in ("Precision", "Recall"))
    assert metrics.F1Score(threshold=0.4, average="micro")(y_true, y_pred) == pytest.approx(
        2 * p * r / (p + r), abs=1e-6
    )
    assert metrics.F1Score()(np.eye(3)[[0, 1]], np.zeros((2, 3))).tolist() == [0, 0, 0]  # a row of zeros says nothing


def test_r2_compares_with_the_mean():
    y_true = np.array([[1.0], [2.0], [6.0]])
    assert metrics.R2Score()(y_true, y_true) == 1
    assert metrics.R2Score()(y_true, np.full((3, 1), 3.0)) == pytest.approx(0)
    assert metrics.R2Score()(y_true, y_true[::-1]) < 0
    assert metrics.R2Score()(y_true[:, 0], y_true) == 1
    assert metrics.R2Score()(np.full((3, 1), 0.1), y_true) == 0  # targets that do not vary: rounding must not decide


def test_perplexity_of_a_huge_cost_is_infinite():
    assert metrics.Perplexity(from_logits=True)([[0]], [[[-1000.0, 1000.0]]]) == math.inf


def test_perplexity_counts_choices():
    uniform = np.full((2, 5, 8), 1 / 8)
    tokens = RNG.integers(1, 8, (2, 5))
    assert metrics.Perplexity()(tokens, uniform) == pytest.approx(8)
    logits = RNG.standard_normal((2, 5, 8))
    tokens[0, 3:] = 0
    there = tokens != 0
    masked = metrics.Perplexity(from_logits=True, mask_token_id=0)(tokens, logits)
    assert masked == pytest.approx(metrics.Perplexity(from_logits=True)(tokens[there], logits[there]), rel=1e-12)
    assert masked == pytest.approx(
        math.exp(losses.SparseCategoricalCrossentropy(True, ignore_class=0)(tokens, logits).item())
    )


def test_errors_in_the_unit_of_what_is_predicted():
    assert metrics.RootMeanSquaredError()([[0.0], [0.0]], [[1.0], [7.0]]) == 5
    assert metrics.RootMeanSquaredError()(np.uint8([[1]]), np.uint8([[3]])) == 2  # no overflow below zero
    assert metrics.CosineSimilarity()([[1.0, 0.0]], [[2.0, 0.0]]) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.Precision()([0, 2], [0.1, 0.2]), "Precision: labels are 0 or 1, but these go from 0 to 2"),
        (lambda: metrics.AUC()([0, 1], [0.1, math.nan]), "AUC: the predictions hold NaN"),
        (lambda: metrics.AUC()([0, 1], [-3.0, 5.0]), "these go from -3 to 5. Give the last layer the activation 'sig"),
        (lambda: metrics.AUC(curve="RCO"), "Unknown curve 'RCO'. Did you mean 'ROC'"),
        (lambda: metrics.AUC(num_thresholds=1), "num_thresholds is a whole number from 2, but got 1"),
        (lambda: metrics.AUC(summation_method="minor"), "Did you mean 'minoring'"),
        (lambda: metrics.AUC(num_labels=3), "num_labels goes with multi_label=True"),
        (lambda: metrics.AUC(multi_label=True, num_labels=2)(YES, PREDICTED), r"are \(samples, 2\), but they have"),
        (lambda: metrics.Precision(class_id=3)(YES, PREDICTED), r"there is no class 3 in predictions of shape \(12, "),
        (lambda: metrics.Recall(thresholds="high"), "Recall: a threshold is a number"),
        (lambda: metrics.Recall(top_k=0), "Recall: top_k is a whole number from 1, but got 0"),
        (lambda: metrics.F1Score(average="mean"), "Unknown average 'mean'"),
        (lambda: metrics.F1Score(threshold=0), "threshold is a number above 0 to 1, but got 0"),
        (lambda: metrics.FBetaScore(beta=0), "beta is a number above 0, but got 0"),
        (lambda: metrics.F1Score()([0, 1], [0.2, 0.7]), r"needs predictions of shape \(samples, outputs\), but they"),
        (lambda: metrics.F1Score()(CLASS, PREDICTED), r"the labels class numbers\? Then use .*to_categorical"),
        (lambda: metrics.R2Score("mean"), "Unknown class_aggregation 'mean'"),
        (lambda: metrics.R2Score(num_regressors=-1), "num_regressors is a whole number from 0, but got -1"),
        (lambda: metrics.TopKCategoricalAccuracy(k=0), "k is a whole number from 1, but got 0"),
        (lambda: metrics.CategoricalAccuracy()(CLASS, PREDICTED), "Then use sparse_categorical_accuracy"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_ignore_class_belongs_to_the_loss_and_to_perplexity():
    with pytest.raises(NotImplementedError, match="ignore_class=0"):
        metrics.SparseCategoricalCrossentropy(ignore_class=0)


def test_a_metric_of_your_own():
    class Count(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.n = self.add_variable((), "zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.n.assign(self.n + len(y_true))

        def result(self):
            return self.n.item()

    metric = Count()
    assert metric(CLASS, PREDICTED) == N and metric(CLASS, PREDICTED) == 2 * N
    metric.reset_state()
    assert metric.result() == 0 and metric.name.startswith("count")
    with pytest.raises(NotImplementedError, match="reset_state"):
        metrics.Metric().reset_state()


def test_a_metric_of_your_own_as_keras_writes_it():
    class Hits(metrics.Metric):
        def __init__(self, name="hits", **settings):
            super().__init__(name=name, **settings)
            self.n = self.add_weight(name="n", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.n.assign_add(ops.sum(ops.cast(y_true, "float32")))

        def result(self):
            return self.n.value

    metric = Hits()
    assert float(metric([1, 0, 1], PREDICTED)) == 2 and float(metric([1], PREDICTED)) == 3
    assert metric.variables == [metric.n] and metric.n.name == "n" and metric.n.shape == ()
    metric.reset_state()
    assert float(metric.result()) == 0
