"""fit, evaluate and predict: all the forms in which data may come, steps of one's own, and memory."""

import itertools
import subprocess
import sys
import warnings

import numpy as np
import pytest

from dlcore import (
    GradientTape,
    Input,
    Model,
    Sequential,
    callbacks,
    gradients,
    layers,
    losses,
    metrics,
    ops,
    optimizers,
    utils,
)
from dlcore.training.data import weighted
from dlcore.utils import memory

RNG = np.random.default_rng(0)
X = RNG.standard_normal((24, 3)).astype("float32")
Y = (X[:, :1] - 2 * X[:, 1:2]).astype("float32")
LABELS = (X[:, 0] > 0).astype("int32")


def regression(seed=0):
    m = Sequential([Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)], seed=seed)
    m.compile("adam", "mse", metrics=["mae"])
    return m


def in_batches(x=X, y=Y, size=8, forever=False, weights=None):
    """The same batches again and again, as a learner's generator gives them."""
    while True:
        for rows in (slice(i, i + size) for i in range(0, len(x), size)):
            yield (x[rows], y[rows]) if weights is None else (x[rows], y[rows], weights[rows])
        if not forever:
            return


class Batches(utils.PyDataset):
    """Three batches of eight, and a diary of which were asked for."""

    def __init__(self, weights=None):
        super().__init__()
        self.weights, self.asked, self.epochs = weights, [], []

    def __len__(self):
        return 3

    def __getitem__(self, index):
        self.asked.append(index)
        rows = slice(8 * index, 8 * index + 8)
        return (X[rows], Y[rows]) if self.weights is None else (X[rows], Y[rows], self.weights[rows])

    def on_epoch_begin(self):
        self.epochs.append("begin")

    def on_epoch_end(self):
        self.epochs.append("end")


class Again:
    """An iterable that begins anew each time, without a length."""

    def __iter__(self):
        return in_batches()


def trained(data, **settings):
    m = regression()
    history = m.fit(*data, **{"verbose": 0, "epochs": 2, "shuffle": False} | settings).history
    return m.get_weights(), history


def same(a, b):
    for x, y in zip(a[0], b[0], strict=True):
        np.testing.assert_array_equal(x, y)
    assert a[1] == b[1]


# ---------------------------------------------------------------- generators and data sets


@pytest.mark.parametrize(
    "make, steps",
    [
        (lambda: in_batches(forever=True), 3),
        (Again, None),
        (Batches, None),
        (lambda: list(in_batches()).__iter__(), 1.5),  # six halves of an epoch, see below
    ],
)
def test_batches_from_anywhere_train_as_arrays_do(make, steps):
    expected = trained((X, Y), batch_size=8)
    if steps == 1.5:  # an iterator with as many batches as are asked for in all
        make, steps = lambda: itertools.chain(in_batches(), in_batches()), 3
    same(trained((make(),), steps_per_epoch=steps), expected)


def test_weights_come_with_the_batches():
    weights = np.linspace(0, 2, 24).astype("float32")
    expected = trained((X, Y), batch_size=8, sample_weight=weights)
    same(trained((in_batches(forever=True, weights=weights),), steps_per_epoch=3), expected)
    same(trained((Batches(weights),)), expected)


def test_class_weights_of_batches():
    def run(data, **settings):
        m = Sequential([Input((3,)), layers.Dense(2, "softmax")], seed=0)
        m.compile("sgd", "sparse_categorical_crossentropy")
        return m.get_weights(), m.fit(*data, class_weight={0: 3.0}, verbose=0, shuffle=False, **settings).history

    same(run((in_batches(y=LABELS),)), run((X, LABELS), batch_size=8))


@pytest.mark.parametrize("y", [LABELS, LABELS[:, None], np.eye(2)[LABELS], 0.8 * np.eye(2)[LABELS] + 0.1])
@pytest.mark.parametrize("key", [1, 1.0, np.float32(1), True])
def test_class_weights_in_every_form(y, key):
    *_, weights = weighted((X, y, None), {key: 3.0})
    np.testing.assert_array_equal(weights, 1 + 2 * LABELS)


@pytest.mark.parametrize(
    "y, class_weight, message",
    [
        (LABELS, {"a": 5.0}, "a class is a number, as in y, but got 'a'"),
        (LABELS, {(0, 1): 5.0}, r"a class is a number, as in y, but got \(0, 1\)"),
        (LABELS, {0: "a"}, "the weight of class 0 is a number, but got 'a'"),
        (LABELS, {0: float("nan")}, "the weight of class 0 is a number, but got nan"),
        (np.zeros((24, 5, 4)), {0: 2.0}, r"one class for each sample, .* but y has shape \(24, 5, 4\)"),
        (np.zeros((24, 4, 1)), {0: 2.0}, r"y has shape \(24, 4, 1\)"),
        (np.tile([0, 1, 1, 0], (24, 1)), {0: 2.0}, "several to a sample, need sample_weight"),
    ],
)
def test_class_weights_that_fit_no_labels(y, class_weight, message):
    with pytest.raises(ValueError, match=f"class_weight.*{message}"):
        weighted((X, y, None), class_weight)


def test_a_generator_goes_on_in_the_next_epoch():
    m, seen = regression(), []

    def numbered():
        for i in itertools.count():
            seen.append(i)
            yield X[:4] * 0 + i, Y[:4]

    m.fit(numbered(), steps_per_epoch=2, epochs=3, verbose=0)
    assert m.optimizer.iterations.item() == 6 and len(seen) in (6, 7)


def test_the_batches_of_a_data_set_are_shuffled_and_its_epochs_told():
    data, m = Batches(), regression()
    m.fit(data, epochs=6, verbose=0)
    epochs = [tuple(data.asked[i : i + 3]) for i in range(0, 18, 3)]
    assert all(sorted(each) == [0, 1, 2] for each in epochs) and len(set(epochs)) > 1
    assert data.epochs == ["begin", "end"] * 6
    data.asked.clear()
    m.fit(data, verbose=0, shuffle=False)
    m.evaluate(data, verbose=0)
    m.predict(data)
    assert data.asked == [0, 1, 2] * 3


def test_weights_are_made_from_the_first_batch_which_is_trained_on_too():
    m = Sequential([layers.Dense(1)], seed=0)
    m.compile("sgd", "mse")
    m.fit(in_batches(forever=True), steps_per_epoch=3, verbose=0)
    ready = Sequential([Input((3,)), layers.Dense(1)], seed=0)
    ready.compile("sgd", "mse")
    ready.fit(in_batches(forever=True), steps_per_epoch=3, verbose=0)
    np.testing.assert_array_equal(m.get_weights()[0], ready.get_weights()[0])


def test_evaluate_and_predict_take_batches():
    m = regression()
    whole = m.evaluate(X, Y, batch_size=8, verbose=0)
    assert m.evaluate(Batches(), verbose=0) == whole
    assert m.evaluate(in_batches(forever=True), steps=3, verbose=0) == whole
    assert m.evaluate(X, Y, batch_size=8, steps=2, verbose=0) == m.evaluate(X[:16], Y[:16], batch_size=8, verbose=0)
    p = m.predict(X, batch_size=8)
    np.testing.assert_array_equal(m.predict(Batches()), p)
    np.testing.assert_array_equal(m.predict(((x,) for x, _ in in_batches())), p)
    np.testing.assert_array_equal(m.predict(X, batch_size=8, steps=2), p[:16])


def test_a_progress_bar_without_a_known_end(capsys):
    regression().fit(Again(), verbose=1)
    assert "3step" in capsys.readouterr().out.replace(" ", "")


# ---------------------------------------------------------------- how many steps, and when to measure


def test_steps_of_arrays_go_on_where_the_last_epoch_stopped():
    class Recorder(Model):
        def __init__(self):
            super().__init__()
            self.dense, self.seen = layers.Dense(1), []

        def call(self, x, training=False):
            if training:
                self.seen += x.numpy()[:, 0].astype(int).tolist()
            return self.dense(x)

    n = np.arange(6.0)[:, None]
    m = Recorder()
    m.compile("sgd", "mse")
    m.fit(n, n, batch_size=1, steps_per_epoch=2, epochs=4, shuffle=False, verbose=0)
    assert m.seen == [0, 1, 2, 3, 4, 5, 0, 1]
    m.seen.clear()
    with pytest.warns(UserWarning, match="fit ended after 2 of the 4 batches that steps_per_epoch asks for"):
        m.fit(n, n, batch_size=1, steps_per_epoch=4, epochs=2, shuffle=False, verbose=0)
    assert m.seen == [0, 1, 2, 3, 4, 5]


def test_steps_without_a_batch_size_decide_it():
    m = regression()
    m.fit(X, Y, steps_per_epoch=3, verbose=0)
    assert m.optimizer.iterations.item() == 3
    assert m.evaluate(X, Y, steps=3, verbose=0) == m.evaluate(X, Y, batch_size=8, verbose=0)


def test_when_validation_data_are_measured():
    def epochs(freq):
        history = regression().fit(X, Y, epochs=6, validation_data=(X, Y), validation_freq=freq, verbose=0).history
        assert len(history["loss"]) == 6
        return len(history["val_loss"])

    assert [epochs(freq) for freq in (1, 2, 4, [1, 2, 6])] == [6, 3, 1, 3]


def test_validation_data_in_every_form():
    def measured(validation_data, **settings):
        m = regression()
        return m.fit(X, Y, epochs=2, verbose=0, validation_data=validation_data, **settings).history["val_loss"]

    expected = measured((X, Y), validation_batch_size=8)
    assert measured(Batches()) == expected
    assert measured(in_batches(forever=True), validation_steps=3) == expected
    first = measured((X[:16], Y[:16]), validation_batch_size=8)
    assert measured((X, Y), validation_batch_size=8, validation_steps=2) == first  # the same ones after each epoch
    weighted = measured((X, Y, np.full(24, 2.0)), validation_batch_size=8)
    np.testing.assert_allclose(weighted, 2 * np.array(expected), rtol=1e-5)


def test_class_weights_don_t_weigh_the_validation_data():
    m = Sequential([Input((3,)), layers.Dense(2, "softmax")], seed=0)
    m.compile("sgd", "sparse_categorical_crossentropy")
    m.optimizer.learning_rate = 0.0
    history = m.fit(X, LABELS, validation_split=0.5, class_weight={0: 9.0, 1: 9.0}, verbose=0).history
    assert history["val_loss"][0] == pytest.approx(m.evaluate(X[12:], LABELS[12:], verbose=0), rel=1e-6)
    assert history["loss"][0] == pytest.approx(9 * m.evaluate(X[:12], LABELS[:12], verbose=0), rel=1e-5)


# ---------------------------------------------------------------- what is wrong with the data


@pytest.mark.parametrize(
    "do, kind, message",
    [
        (lambda m: m.fit(iter([])), ValueError, "fit: the list_iterator gives no batch at all"),
        (lambda m: m.fit(in_batches(), Y), ValueError, r"fit: x is a generator that makes whole batches .* so y can"),
        (lambda m: m.fit(Batches(), batch_size=8), ValueError, "x is a Batches .* so batch_size can"),
        (lambda m: m.fit(Batches(), sample_weight=Y), ValueError, "so sample_weight can't be given"),
        (lambda m: m.fit(X, in_batches()), TypeError, "fit: y is a generator. A generator gives whole batches"),
        (lambda m: m.fit(iter([X])), TypeError, r"fit: the list_iterator: a batch is a tuple, .* got a ndarray"),
        (lambda m: m.fit(iter([(X, Y, Y, Y)])), TypeError, "but got a tuple of 4"),
        (lambda m: m.fit(iter([(X, Y[:5])])), ValueError, "a batch: x has 24 samples, but y has 5"),
        (lambda m: m.fit(iter([(X, Y), (X[:, :2], Y)])), ValueError, r"input \(24, 2\) has last axis 2"),
        (lambda m: m.fit(iter([(X[:0], Y[:0])])), ValueError, "a batch: there are no samples"),
        (lambda m: m.fit(in_batches(), validation_split=0.5), ValueError, "validation_split cuts arrays. Beside a"),
        (lambda m: m.fit(X, Y, validation_data=in_batches(), epochs=2, verbose=0), ValueError,
         "validation_data: the generator gives no batch. .* validation_steps=..., or give arrays or a PyDataset"),
        (lambda m: m.fit(X, Y, validation_data=in_batches(), validation_batch_size=2), ValueError, "batch_size can"),
        (lambda m: m.fit(X, Y, steps_per_epoch=0), ValueError, "fit: steps_per_epoch is a whole"),
        (lambda m: m.fit(X, Y, initial_epoch=-2), ValueError, "fit: initial_epoch is a whole number from 0, .* -2"),
        (lambda m: m.fit(X, Y, initial_epoch=1.5), ValueError, "fit: initial_epoch is a whole number from 0, .* 1.5"),
        (lambda m: m.fit(X, Y, validation_freq=0), ValueError, "validation_freq, if not a list of epochs, is a whole"),
        (lambda m: m.evaluate(iter([]), verbose=0), ValueError, "evaluate: the list_iterator gives no batch"),
        (lambda m: m.predict(iter([])), ValueError, "gives no batch, so there is nothing to predict"),
        (lambda m: m.predict(X, steps=1.5), ValueError, "predict: steps is a whole number from 1, but got 1.5"),
        (lambda m: m.evaluate(X, Y, step=1), TypeError, "evaluate: Unknown argument 'step'. Did you mean 'steps'?"),
        (lambda m: m.predict(X, batchsize=1), TypeError, "predict: .* Did you mean .batch_size."),
        (lambda m: m.compile("sgd", ["mse", "mse"]), NotImplementedError, "compile takes one loss, for one output"),
        (lambda m: m.compile("sgd", {"a": "mse"}), NotImplementedError, "compile takes one loss, for one output"),
        (lambda m: m.compile("sgd", "mse", {"a": "mae"}), ValueError, "The metric's description is .* but got {'a'"),
        (lambda m: m.compile("sgd", "mse", [None]), ValueError, "A metric is a name or a function .* but got None"),
        (lambda m: utils.PyDataset(workers=4), NotImplementedError, r"PyDataset\(workers=4\)"),
        (lambda m: m.fit(utils.PyDataset()), NotImplementedError, "needs a method __len__"),
        (lambda m: utils.unpack_x_y_sample_weight((1, 2, 3, 4)), ValueError, "but got 4 things"),
    ],
)  # fmt: skip
def test_mistakes_are_named(do, kind, message):
    with pytest.raises(kind, match=message):
        do(regression())


def test_a_generator_that_ends_ends_the_training():
    m = regression()
    with pytest.warns(UserWarning, match="the generator has nothing left for epoch 2 of 3, so training stops"):
        history = m.fit(in_batches(), epochs=3, verbose=0)
    assert history.epoch == [0] and m.optimizer.iterations.item() == 3
    with pytest.warns(UserWarning) as said:
        history = m.fit(in_batches(), steps_per_epoch=2, epochs=4, verbose=0)
    assert "the generator ended after 1 of the 2 batches that steps_per_epoch asks for" in str(said[0].message)
    assert history.epoch == [0, 1]


def test_a_long_epoch_of_unknown_length_asks_whether_it_ends(monkeypatch):
    monkeypatch.setattr("dlcore.training.data.MANY", 5)
    with pytest.warns(UserWarning, match="has given 5 batches, and no end in sight. .* steps_per_epoch=..."):
        regression().fit(itertools.islice(in_batches(forever=True), 9), verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        regression().fit(in_batches(forever=True), steps_per_epoch=9, verbose=0)


def test_several_outputs_need_a_loss_of_ones_own():
    class Two(Model):
        def __init__(self):
            super().__init__(seed=0)
            self.a, self.b = layers.Dense(1), layers.Dense(1)

        def call(self, x):
            return [self.a(x), self.b(x)]

    m = Two()
    m.compile("sgd", "mse")
    with pytest.raises(NotImplementedError, match="The model gives 2 outputs, and the loss of compile knows one"):
        m.fit(X, Y, verbose=0)

    class Both(Two):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            return sum(losses.MeanSquaredError()(y, p) for p in y_pred)

    m = Both()
    m.compile("sgd")
    history = m.fit(X, Y, epochs=5, verbose=0).history["loss"]
    assert history[-1] < history[0]
    a, b = m.predict(X)
    assert a.shape == b.shape == (24, 1)


def test_outputs_by_name_and_nested():
    class Nested(Model):
        def call(self, x):
            return {"a": x, "b": (x, [2 * x])}

    m = Nested()
    for y in (m.predict(X, batch_size=10), m.predict_on_batch(X)):
        np.testing.assert_array_equal(y["a"], X)
        np.testing.assert_array_equal(y["b"][0], X)
        np.testing.assert_array_equal(y["b"][1][0], 2 * X)


# ---------------------------------------------------------------- several inputs


def test_several_inputs_go_to_call_as_one_list():
    """As in Keras. A call that asks for several gets each, which Keras has no way for."""

    class Pair(Model):
        def __init__(self):
            super().__init__(seed=0)
            self.dense = layers.Dense(1)

        def call(self, inputs, training=False):
            a, b = inputs
            return self.dense(a - b)

    class Each(Pair):
        def call(self, a, b, training=False):
            return super().call([a, b])

    found = []
    for kind in (Pair, Each):
        m = kind()
        m.compile("sgd", "mse")
        history = m.fit([X, X[::-1]], Y, epochs=2, verbose=0, validation_split=0.25).history
        found.append([*history["loss"], *history["val_loss"], m.evaluate((X, X[::-1]), Y, verbose=0)])
        np.testing.assert_allclose(m.predict([X, X[::-1]]), m.dense(X - X[::-1]).numpy(), rtol=1e-5)
    assert found[0] == found[1]
    one = regression()
    one.fit([X], Y, verbose=0)  # a list of one is that one
    np.testing.assert_array_equal(one.predict([X]), one.predict(X))


# ---------------------------------------------------------------- compile, as Keras programs write it


def test_how_keras_runs_its_steps_changes_nothing():
    plain, told = regression(), regression()
    told.compile("adam", "mse", metrics=["mae"], run_eagerly=True, jit_compile=False, steps_per_execution=4)
    assert plain.fit(X, Y, verbose=0).history == told.fit(X, Y, verbose=0).history
    with pytest.raises(NotImplementedError, match=r"compile\(weighted_metrics=\['mae'\]\)"):
        told.compile("adam", "mse", weighted_metrics=["mae"])


def test_names_of_the_metrics():
    m = Sequential([Input((3,)), layers.Dense(1)], seed=0)
    assert not m.compiled and m.metrics == []
    m.compile("sgd", "mse", metrics=["Accuracy", "mae"])
    assert m.compiled and m.metrics_names == ["loss", "Accuracy", "mae"]
    found = m.evaluate(X, LABELS, verbose=0, return_dict=True)
    assert dict(zip(m.metrics_names, m.evaluate(X, LABELS, verbose=0))) == found
    assert found["Accuracy"] == pytest.approx(np.mean((m.predict(X)[:, 0] > 0.5) == LABELS))


def test_metrics_that_layers_hold_are_counted_anew_each_epoch():
    class Counts(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seen, self.more = metrics.Mean(name="seen"), {"deep": [metrics.Mean(name="deep")]}

        def call(self, x):
            self.seen.update_state(x)
            self.more["deep"][0].update_state(2 * x.numpy())
            return x

    m = Sequential([Input((3,)), Counts(), layers.Dense(1)], seed=0)
    m.compile("sgd", "mse")
    assert m.metrics_names == ["loss", "seen", "deep"]
    history = m.fit(X, Y, epochs=2, batch_size=8, verbose=0, validation_data=(X[:8], Y[:8])).history
    np.testing.assert_allclose(history["seen"], [X.mean()] * 2, rtol=1e-4)
    np.testing.assert_allclose(history["deep"], [2 * X.mean()] * 2, rtol=1e-4)
    np.testing.assert_allclose(history["val_seen"], [X[:8].mean()] * 2, rtol=1e-4)


def test_a_log_is_no_variable_that_goes_on_changing():
    class Sums(metrics.Metric):
        def __init__(self):
            super().__init__(name="sums")
            self.total = self.add_weight((3,))

        def update_state(self, x):
            self.total.assign_add(ops.sum(x, axis=0))

        def result(self):
            return self.total.value

    class Watched(layers.Layer):
        def __init__(self):
            super().__init__()
            self.sums = Sums()

        def call(self, x):
            self.sums.update_state(x)
            return x

    m = Sequential([Input((3,)), Watched(), layers.Dense(1)], seed=0)
    m.compile("sgd", "mse")
    history = m.fit(X, Y, verbose=0, validation_data=(X[:4], Y[:4])).history
    np.testing.assert_allclose(history["sums"][0], X.sum(0), rtol=1e-5)
    np.testing.assert_allclose(history["val_sums"][0], X[:4].sum(0), rtol=1e-5)


def test_metrics_of_a_model_inside_are_for_its_own_training():
    inner = Sequential([layers.Dense(3)])
    inner.own = metrics.Mean(name="own")
    inner.compile("sgd", "mse", metrics=["mae"])
    m = Sequential([Input((3,)), inner, layers.Dense(1)], seed=0)
    m.compile("sgd", "mse")
    assert m.metrics_names == ["loss"] and inner.metrics_names == ["loss", "mae", "own"]


def test_a_build_of_ones_own_may_leave_layers_without_weights():
    """They get them before the first step, which would not train them otherwise."""

    class Late(Model):
        def __init__(self):
            super().__init__(seed=0)
            self.dense = layers.Dense(1)

        def build(self, input_shape):
            self.scale = self.add_weight((1,), "ones", name="scale")
            self.built = True

        def call(self, x):
            return self.dense(x) * self.scale

    m = Late()
    m.build((None, 3))
    m.compile(optimizers.SGD(0.1), "mse")
    m.fit(X, Y, epochs=1, verbose=0)
    assert len(m.trainable_variables) == 3 and abs(m.dense.bias.numpy()).max() > 0


def test_a_loss_of_ones_own_is_told_whether_it_is_training():
    class Told(Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = super().compute_loss(x, y, y_pred, sample_weight, training)
            return loss if training else 100 * loss

    m = Told([Input((3,)), layers.Dense(1)], seed=0)
    m.compile(optimizers.SGD(0.0), "mse")
    history = m.fit(X, Y, verbose=0, validation_data=(X, Y)).history
    assert history["val_loss"][0] == pytest.approx(100 * history["loss"][0], rel=1e-5)


# ---------------------------------------------------------------- a step of one's own


class Own(Sequential):
    """Keras's example of a step of one's own, which does what the built-in one does."""

    def train_step(self, data):
        x, y = data
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {m.name: m.result() for m in self.metrics}


def test_a_step_of_ones_own_in_fit():
    def run(kind):
        m = kind([Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)], seed=0)
        m.compile("adam", "mse", metrics=["mae"])
        return m.get_weights(), m.fit(X, Y, batch_size=8, epochs=3, validation_split=1 / 3, verbose=0).history

    (_, ours), (_, built_in) = run(Own), run(Sequential)
    assert list(ours) == list(built_in) == ["loss", "mae", "val_loss", "val_mae"]
    for name in ours:
        np.testing.assert_allclose(ours[name], built_in[name], rtol=1e-6)


def test_a_step_of_ones_own_with_its_own_metric_and_no_loss_in_compile():
    class Autoencoder(Model):
        def __init__(self):
            super().__init__(seed=0)
            self.net = Sequential([layers.Dense(2), layers.Dense(3)])
            self.error = metrics.Mean(name="error")

        @property
        def metrics(self):
            return [self.error]

        def call(self, x):
            return self.net(x)

        def train_step(self, x):
            loss = losses.MeanSquaredError()(x, self(x, training=True))
            self.optimizer.apply_gradients(zip(gradients(loss, self.trainable_variables), self.trainable_variables))
            self.error.update_state(loss)
            return {"error": self.error.result(), "tensor": loss}

        def test_step(self, x):
            return {"error": losses.MeanSquaredError()(x, self(x))}

    m = Autoencoder()
    m.compile(optimizer="adam")
    history = m.fit(X, epochs=20, batch_size=8, verbose=0).history
    assert history["error"][-1] < history["error"][0]
    assert all(isinstance(v, float) for v in history["tensor"])
    assert m.evaluate(X, batch_size=24, verbose=0) == pytest.approx(float(np.mean((m.predict(X) - X) ** 2)), rel=1e-5)


def test_a_step_before_the_first_fit():
    m = regression()
    m.build((None, 3))
    before = m.get_weights()[0]
    assert m.train_step((X, Y)).keys() == {"loss", "mae"}
    assert (m.get_weights()[0] != before).any()


def test_a_step_without_logs():
    class Silent(Sequential):
        def train_step(self, data):
            pass

    m = Silent([Input((3,)), layers.Dense(1)])
    m.compile("sgd", "mse")
    with pytest.raises(TypeError, match="A step returns its logs, a dict .* but got None. Is a return missing?"):
        m.fit(X, Y, verbose=0)


def test_steps_of_testing_and_predicting():
    class Doubled(Sequential):
        def predict_step(self, data):
            return super().predict_step(data) * 2

    m = Doubled([Input((3,)), layers.Dense(1)], seed=0)
    np.testing.assert_allclose(m.predict(X), 2 * m(X).numpy(), rtol=1e-6)


def test_packing_is_keras_packing():
    for data, parts in ((X, (X, None, None)), ((X,), (X, None, None)), ((X, Y), (X, Y, None)), ((X, Y, Y), (X, Y, Y))):
        unpacked = utils.unpack_x_y_sample_weight(data)
        assert all(a is b for a, b in zip(unpacked, parts, strict=True))
        again = utils.unpack_x_y_sample_weight(utils.pack_x_y_sample_weight(*parts))
        assert all(a is b for a, b in zip(again, parts, strict=True))
    assert utils.pack_x_y_sample_weight([X, X]) == ([X, X],)


# ---------------------------------------------------------------- NaN


def test_terminate_on_nan_ends_training_without_an_error(capsys):
    m = regression()
    y = Y.copy()
    y[20] = np.inf
    history = m.fit(X, y, batch_size=8, epochs=3, shuffle=False, verbose=0, callbacks=[callbacks.TerminateOnNaN()])
    assert capsys.readouterr().out == "Batch 2: Invalid loss, terminating training\n"
    assert history.epoch == [0] and not np.isfinite(history.history["loss"][0])
    with pytest.raises(RuntimeError, match="The loss of batch 0 is .*: training ends"):
        m.fit(X * np.nan, Y, verbose=0, callbacks=[callbacks.TerminateOnNaN(raise_error=True)])
    with pytest.raises(FloatingPointError, match="The input x of this batch holds NaN"):  # without it, as before
        regression().fit(X * np.nan, Y, verbose=0)
    with pytest.raises(FloatingPointError, match="The loss of batch 0 is nan"):
        regression().train_on_batch(X * np.nan, Y)


# ---------------------------------------------------------------- memory


def test_keep_freed_memory_says_whether_it_does(monkeypatch):
    program = "import sys, dlcore; print(dlcore.utils.keep_freed_memory(), dlcore.utils.keep_freed_memory())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() in (["True"] * 2, ["False"] * 2)
    monkeypatch.setattr(memory, "_done", False)
    monkeypatch.setattr(memory.sys, "platform", "emscripten")
    assert memory.keep_freed_memory() is False


@pytest.mark.parametrize("error", [OSError, AttributeError, ImportError])
def test_another_c_library_is_left_alone(monkeypatch, error):
    import ctypes

    def refuse(name):
        raise error

    monkeypatch.setattr(memory, "_done", False)
    monkeypatch.setattr(memory.sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", refuse)
    assert memory.keep_freed_memory() is False
