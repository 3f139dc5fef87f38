"""Models: training, evaluating, predicting, their randomness, and what they say when something is wrong."""

import re

import numpy as np
import pytest

from dlcore import (
    Input,
    Model,
    Sequential,
    callbacks,
    gradients,
    layers,
    load_model,
    losses,
    metrics,
    no_grad,
    optimizers,
    utils,
)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 4)).astype("float32")
LABELS = (X[:, 0] + X[:, 1] > 0).astype("int32")


def classifier(seed=0, **kwargs):
    m = Sequential([Input((4,)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")], seed=seed)
    m.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]} | kwargs)
    return m


class Residual(Model):
    """A model that is no chain: y = d₂(x + d₁(x))."""

    def __init__(self, width=4, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.first = layers.Dense(width, "relu")
        self.drop = layers.Dropout(0.5)
        self.second = layers.Dense(2, "softmax")

    def call(self, x, training=False):
        return self.second(x + self.drop(self.first(x), training=training))


# ---------------------------------------------------------------- learning


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@pytest.mark.parametrize(
    "loss, activation, targets",
    [
        ("sparse_categorical_crossentropy", "softmax", np.arange(8) % 3),
        ("categorical_crossentropy", "softmax", np.eye(3)[np.arange(8) % 3]),
        ("binary_crossentropy", "sigmoid", np.eye(3)[np.arange(8) % 3]),
        ("mse", None, np.eye(3)[np.arange(8) % 3]),
        ("mae", None, np.eye(3)[np.arange(8) % 3]),
    ],
)
def test_eight_samples_are_learnt_by_heart(optimizer, loss, activation, targets):
    x = np.random.default_rng(1).standard_normal((8, 5)).astype("float32")
    m = Sequential([Input((5,)), layers.Dense(32, "tanh"), layers.Dense(3, activation)], seed=1)
    m.compile(optimizer, loss)
    m.optimizer.learning_rate = (0.1 if loss == "mae" else 0.5) if optimizer == "sgd" else 0.02
    m.fit(x, targets, batch_size=8, epochs=400, verbose=0)
    assert m.evaluate(x, targets, verbose=0) < 0.06


def test_a_custom_loop_reads_as_in_keras():
    m = Residual(seed=1)
    loss_fn, optimizer = losses.SparseCategoricalCrossentropy(), optimizers.Adam(0.05)
    seen = []
    for _ in range(60):
        loss = loss_fn(LABELS, m(X, training=True))
        optimizer.apply_gradients(zip(gradients(loss, m.trainable_variables), m.trainable_variables))
        seen.append(loss.item())
    assert seen[-1] < 0.5 * seen[0]


def test_own_loss_and_metric_functions():
    m = classifier(
        loss=lambda y, p: losses.sparse_categorical_crossentropy(y, p) * 2,
        metrics=[metrics.SparseCategoricalAccuracy(name="right"), losses.sparse_categorical_crossentropy],
    )
    logs = m.evaluate(X, LABELS, verbose=0, return_dict=True)
    assert list(logs) == ["loss", "right", "sparse_categorical_crossentropy"]
    assert logs["loss"] == pytest.approx(2 * logs["sparse_categorical_crossentropy"], rel=1e-6)


# ---------------------------------------------------------------- what is reported


def test_the_loss_of_an_epoch_counts_each_sample_once():
    m = classifier(optimizer=optimizers.SGD(0.0))
    whole = m.evaluate(X, LABELS, batch_size=40, verbose=0)
    np.testing.assert_allclose(m.evaluate(X, LABELS, batch_size=7, verbose=0), whole, rtol=1e-6)
    history = m.fit(X, LABELS, batch_size=7, verbose=0).history
    np.testing.assert_allclose([history["loss"][0], history["accuracy"][0]], whole, rtol=1e-6)


def test_each_epoch_is_measured_anew():
    m = classifier()
    losses_seen = m.fit(X, LABELS, batch_size=40, epochs=2, verbose=0).history["loss"]
    m = classifier()
    m.fit(X, LABELS, batch_size=40, epochs=1, verbose=0)
    assert losses_seen[1] == pytest.approx(m.evaluate(X, LABELS, batch_size=40, verbose=0)[0])


def test_a_weight_that_was_read_does_not_change_with_training():
    m = classifier()
    read, kept = m.layers[0].kernel.numpy(), m.get_weights()[0]
    weights_after(m)
    np.testing.assert_array_equal(read, kept)
    assert not np.array_equal(read, m.layers[0].kernel.numpy())


def test_evaluate_gives_what_keras_gives(capsys):
    assert isinstance(classifier(metrics=None).evaluate(X, LABELS, verbose=0), float)
    assert len(classifier().evaluate(X, LABELS)) == 2
    assert re.fullmatch(r"loss: \d\.\d{4} - accuracy: \d\.\d{4}\n", capsys.readouterr().out)


def test_train_on_batch_reports_the_batch_alone():
    m = classifier(optimizer=optimizers.SGD(0.0), metrics=None)
    for rows in (slice(0, 10), slice(10, 20)):
        loss = m.evaluate(X[rows], LABELS[rows], verbose=0)
        assert m.train_on_batch(X[rows], LABELS[rows]) == pytest.approx(loss)
        assert m.test_on_batch(X[rows], LABELS[rows], return_dict=True) == {"loss": pytest.approx(loss)}


@pytest.mark.parametrize(
    "units, activation, targets, kind",
    [
        (1, "sigmoid", LABELS, "binary"),
        (2, "softmax", LABELS, "sparse"),
        (2, "softmax", np.eye(2)[LABELS], "categorical"),
    ],
)
def test_accuracy_is_the_one_that_fits(units, activation, targets, kind):
    m = Sequential([Input((4,)), layers.Dense(units, activation)], seed=0)
    m.compile("sgd", "mse" if kind != "sparse" else "sparse_categorical_crossentropy", metrics=["accuracy"])
    p = m.predict(X)
    right = (p[:, 0] > 0.5) == LABELS if kind == "binary" else p.argmax(-1) == LABELS
    assert m.evaluate(X, targets, verbose=0)[1] == pytest.approx(right.mean())


def test_weights_of_samples_and_classes():
    by_class = np.where(LABELS == 1, 3.0, 1.0)
    a, b = classifier(), classifier()
    a.fit(X, LABELS, class_weight={1: 3.0}, epochs=2, verbose=0)
    b.fit(X, LABELS, sample_weight=by_class, epochs=2, verbose=0)
    for wa, wb in zip(a.get_weights(), b.get_weights()):
        np.testing.assert_array_equal(wa, wb)
    m = classifier(metrics=None)
    only = np.arange(40) < 10
    weighted = m.evaluate(X, LABELS, batch_size=40, sample_weight=only * 4.0, verbose=0)
    assert weighted == pytest.approx(m.evaluate(X[:10], LABELS[:10], verbose=0), rel=1e-5)


def test_validation_split_takes_the_last_samples_before_shuffling():
    m = classifier(optimizer=optimizers.SGD(0.0), metrics=None)
    history = m.fit(X, LABELS, validation_split=0.25, verbose=0).history
    assert history["val_loss"][0] == pytest.approx(m.evaluate(X[30:], LABELS[30:], verbose=0))
    assert history["loss"][0] == pytest.approx(m.evaluate(X[:30], LABELS[:30], verbose=0))


def test_predict_in_batches_is_predict_at_once():
    m = classifier()
    np.testing.assert_allclose(m.predict(X, batch_size=7), m(X).numpy(), rtol=1e-6)
    assert m.predict(X).dtype == np.float32


def test_lists_of_inputs():
    class Two(Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(1)

        def call(self, a, b):
            return self.dense(a) + self.dense(b)

    m = Two()
    m.compile("sgd", "mse")
    m.fit([X, X], LABELS, epochs=2, verbose=0)
    np.testing.assert_allclose(m.predict([X, X]), 2 * m.dense(X).numpy(), rtol=1e-5)


# ---------------------------------------------------------------- randomness


def weights_after(model, epochs=2):
    model.fit(X, LABELS, epochs=epochs, batch_size=8, verbose=0)
    return model.get_weights()


def test_a_seed_decides_everything():
    def build(seed):
        m = Residual(seed=seed)
        m.compile("adam", "sparse_categorical_crossentropy")
        return m

    for a, b in zip(weights_after(build(5)), weights_after(build(5))):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(weights_after(build(5))[0], weights_after(build(6))[0])


def test_set_random_seed_decides_for_models_without_a_seed():
    def run():
        utils.set_random_seed(7)
        return weights_after(classifier(seed=None)) + weights_after(classifier(seed=None))

    first, again = run(), run()
    for a, b in zip(first, again):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], first[4])


def test_another_dropout_changes_no_weight_and_no_order():
    def build(*extra):
        m = Sequential([Input((4,)), layers.Dense(8, "relu"), *extra, layers.Dense(2, "softmax")], seed=3)
        m.compile("sgd", "sparse_categorical_crossentropy")
        return m

    plain, dropped = build(), build(layers.Dropout(0.0), layers.Dropout(0.0))
    for a, b in zip(plain.get_weights(), dropped.get_weights()):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(weights_after(plain), weights_after(dropped)):
        np.testing.assert_array_equal(a, b)


def test_numpys_own_random_state_is_not_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    weights_after(classifier())
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_shuffle_gives_each_epoch_another_order_of_all_samples():
    class Recorder(Model):
        def __init__(self):
            super().__init__(seed=0)
            self.dense, self.seen = layers.Dense(1), []

        def call(self, x, training=False):
            if training:
                self.seen.append(x.numpy()[:, 0])
            return self.dense(x)

    m = Recorder()
    m.compile("sgd", "mse")
    n = np.arange(10.0)[:, None]
    m.fit(n, n, batch_size=5, epochs=2, verbose=0)
    first, second = np.concatenate(m.seen[:2]), np.concatenate(m.seen[2:])
    assert sorted(first) == sorted(second) == list(range(10))
    assert not np.array_equal(first, second)
    m.seen.clear()
    m.fit(n, n, batch_size=5, shuffle=False, verbose=0)
    np.testing.assert_array_equal(np.concatenate(m.seen), np.arange(10))


# ---------------------------------------------------------------- parts


def test_sequential_without_input_waits_for_data():
    m = Sequential([layers.Dense(3), layers.Dense(2)])
    assert not m.built and m.weights == []
    m(X)
    assert [v.shape for v in m.weights] == [(4, 3), (3,), (3, 2), (2,)]
    assert m.output_shape == (None, 2)


def test_an_input_says_what_floats_the_model_computes_with():
    x = np.array([[1 / 3]])
    model = Sequential([Input((1,), dtype="float64"), layers.Activation("linear", dtype="float64")])
    np.testing.assert_array_equal(model(x).numpy(), x)
    assert model.get_config()["dtype"] == "float64"
    same = Sequential([Input((1,)), layers.Activation("linear")], dtype="float64")
    assert same.get_config()["dtype"] == "float64"


def test_sequential_grows_and_shrinks():
    m = Sequential()
    m.add(Input((4,)))
    m.add(layers.Dense(3))
    m.add(layers.Dense(2))
    assert m.output_shape == (None, 2)
    assert m.pop().units == 2
    assert m.output_shape == (None, 3) and len(m.layers) == 1


def test_models_within_models():
    m = Sequential([Sequential([layers.Dense(3)], name="inner"), layers.Dense(2)], seed=0)
    assert m(X).shape == (40, 2)
    assert len(m.trainable_variables) == 4
    assert m.get_layer("inner").layers[0].units == 3
    assert m.get_layer(index=1).units == 2
    with pytest.raises(ValueError, match="Unknown layer name 'iner'. Did you mean 'inner'?"):
        m.get_layer("iner")


def test_frozen_layers_stay():
    m = classifier()
    m.layers[0].trainable = False
    before = m.get_weights()
    after = weights_after(m)
    np.testing.assert_array_equal(before[0], after[0])
    assert not np.array_equal(before[2], after[2])


def test_summary(capsys):
    classifier().summary()
    assert (
        capsys.readouterr().out
        == """\
Model: "sequential"
┌─────────────────┬──────────────┬─────────┐
│ Layer (type)    │ Output Shape │ Param # │
├─────────────────┼──────────────┼─────────┤
│ dense (Dense)   │ (None, 8)    │      40 │
│ dense_1 (Dense) │ (None, 2)    │      18 │
└─────────────────┴──────────────┴─────────┘
 Total params: 58
 Trainable params: 58
 Non-trainable params: 0
"""
    )


def test_summary_before_the_weights_are_made():
    lines = []
    Sequential([layers.Dense(2)]).summary(print_fn=lines.append)
    assert any("?" in line and "0 (unbuilt)" in line for line in lines)


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    "do, kind, message",
    [
        (lambda m: m.fit(X, LABELS[:30]), ValueError, "fit: x has 40 samples, but y has 30. Each sample needs"),
        (lambda m: m.fit(X[:0], LABELS[:0]), ValueError, r"fit: there are no samples, x has shape \(0, 4\)"),
        (lambda m: m.fit(), ValueError, "fit needs x"),
        (lambda m: m.fit(X, LABELS, batch_size=0), ValueError, "fit: batch_size is a whole number from 1, but got 0"),
        (lambda m: m.fit(X, LABELS, verbose=3), ValueError, "verbose is 0, 1, 2 or 'auto', but got 3"),
        (lambda m: m.fit(X, LABELS, validation_split=1.5), ValueError, "validation_split is the share held out"),
        (lambda m: m.fit(X[:1], LABELS[:1], validation_split=0.1), ValueError, "leaves one side without any"),
        (lambda m: m.fit(X, LABELS, epoch=3), TypeError, "Unknown argument 'epoch'. Did you mean 'epochs'?"),
        (lambda m: m.fit(X, LABELS, shuffle="batch"), NotImplementedError, "only True and False"),
        (lambda m: m.fit(X, LABELS, class_weight={0: 1}, sample_weight=LABELS), ValueError, "not both"),
        (lambda m: m.fit(iter([1]), LABELS), ValueError, "x is a list_iterator that makes whole batches"),
        (lambda m: m.fit([["a"]], LABELS), TypeError, "fit: x holds <U1 values"),
        (lambda m: m.fit(X, LABELS + 1), ValueError, "Label 2 in row .* is no class: with 2 classes"),
        (lambda m: m.fit(X, LABELS, validation_data=(X, LABELS[:3])), ValueError, "validation_data: x has 40 samples"),
        (lambda m: m.fit(X, None), ValueError, "there is no y. Give x and y"),
        (lambda m: m.evaluate(X), ValueError, "there is no y. Give x and y"),
        (lambda m: m.fit([[1, 2], [3]], LABELS), ValueError, "fit: x needs rows of one length"),
        (lambda m: m.fit(X.astype(object), LABELS), TypeError, "fit: x holds object values, but numbers are needed"),
        (lambda m: m.fit(X + 1j, LABELS), TypeError, "fit: x holds complex numbers"),
        (lambda m: m.fit(list(X), list(LABELS)), ValueError, r"list of 40 arrays, taken .* go in as np.stack\(x\)"),
        (lambda m: m.fit(X, LABELS, epochs=-1), ValueError, "fit: epochs is a whole number from 0, but got -1"),
        (lambda m: m.fit(X, LABELS, epochs=1.5), ValueError, "fit: epochs is a whole number from 0, but got 1.5"),
        (lambda m: m.fit(X, LABELS, validation_split="0.2"), ValueError, "to below 1, but got '0.2'"),
        (lambda m: m.fit(X, LABELS, validation_data=X), ValueError, r"is \(x, y\), .* but got a ndarray"),
        (lambda m: m.fit(X, LABELS, validation_data=(X,)), ValueError, r"validation_data is \(x, y\)"),
        (lambda m: m.fit(X, LABELS, callbacks=callbacks.History), TypeError, "A callback is an object of a class"),
        (lambda m: m.fit(X, LABELS, class_weight=[1, 2]), ValueError, r"class_weight is a dict, .* but got \[1, 2\]"),
        (lambda m: m.fit(X, LABELS, sample_weight=2.0), ValueError, "sample_weight is a finite number for each sample"),
        (lambda m: m.fit(X, LABELS, sample_weight=LABELS * np.nan), ValueError, "sample_weight is a finite number"),
        (lambda m: (m.compile("sgd", "mse", ["mae", "mae"]), m.evaluate(X, np.ones((40, 2)))), ValueError,
         "there are loss, mae, mae. Pass name="),
        (lambda m: m.set_weights([None] * 4), TypeError, "numbers are needed"),
        (lambda m: m.set_weights([w + 1j for w in m.get_weights()]), TypeError, "imaginary parts would be lost"),
        (lambda m: Sequential(layers.Dense(2)), TypeError, r"it needs a list of layers, Sequential\(\[...\]\)"),
        (lambda m: m.add(m.layers[0]), ValueError, "Make a new one for each place"),
        (lambda m: Sequential([], seed="1"), ValueError, "seed is a whole number from 0, but got '1'"),
        (lambda m: m.fit(X[:, :3], LABELS), ValueError, r"Dense 'dense': input \(32, 3\) has last axis 3"),
        (lambda m: m.evaluate(X, LABELS[:3]), ValueError, "evaluate: x has 40 samples, but y has 3"),
        (lambda m: m.predict(X[:0]), ValueError, "predict: there are no samples"),
        (lambda m: m.compile("adam"), ValueError, "compile needs a loss"),
        (lambda m: m.compile("adm", "mse"), ValueError, "Unknown optimizer 'adm'. Did you mean 'adam'?"),
        (lambda m: m.compile("adam", "msee"), ValueError, "Unknown loss 'msee'. Did you mean 'mse'?"),
        (lambda m: m.compile("adam", "mse", metrics=["acuracy"]), ValueError, "Did you mean 'accuracy'?"),
        (lambda m: m.compile("adam", "mse", auto_scale_loss=False), NotImplementedError, "dlcore leaves it out"),
        (lambda m: m.add(layers.Dense), TypeError, r"Write Dense\(...\), with brackets"),
        (lambda m: m.add(Input((3,))), ValueError, "an Input can only be the first element"),
        (lambda m: m.add(layers.Dense(2, name="dense")), ValueError, "there are two layers called 'dense'"),
        (lambda m: Model(X, LABELS), NotImplementedError, r"Model\(inputs, outputs\)"),
        (lambda m: Sequential([layers.Dense(2)]).count_params(), ValueError, "it has no weights yet"),
        (lambda m: Sequential([layers.Dense(2)]).fit(X, LABELS), RuntimeError, "fit needs compile first"),
        (lambda m: Sequential([layers.Dense(2)]).output_shape, ValueError, "output shape is not known yet"),
    ],
)  # fmt: skip
def test_mistakes_are_named(do, kind, message):
    m = classifier()
    m.build((None, 4))
    with pytest.raises(kind, match=message):
        do(m)


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda m, x, y: x.__setitem__((3, 0), np.nan), "The input x of this batch holds NaN or infinity already"),
        (lambda m, x, y: y.__setitem__((3, 0), np.inf), "The targets y of this batch hold NaN or infinity already"),
        (lambda m, x, y: m.layers[1].kernel.data.__setitem__((0, 0), np.nan), "'kernel' of <Dense 'second'> is no"),
        (lambda m, x, y: m.layers[0].kernel.assign(np.full((4, 8), 1e38)), "appears in the output of <Dense 'first'"),
        (lambda m, x, y: y.__setitem__((0, 0), 1e38), "All layers give finite outputs: it arises in the loss"),
    ],
)  # fmt: skip
def test_a_loss_that_is_not_finite_stops_training_with_its_cause(spoil, message):
    m = Sequential([Input((4,)), layers.Dense(8, name="first"), layers.Dense(1, name="second")], seed=0)
    m.compile("sgd", "mse")
    x, y = np.ones((8, 4), "float32"), np.ones((8, 1), "float32")
    m.fit(x, y, verbose=0)
    spoil(m, x, y)
    before = m.get_weights()
    with pytest.raises(FloatingPointError, match=message) as error:
        m.fit(x, y, batch_size=8, verbose=0)
    assert "The loss of batch 0 in epoch 1 is" in str(error.value) and "learning rate that is too large" in str(
        error.value
    )
    for now, then in zip(m.get_weights(), before):
        np.testing.assert_array_equal(now, then)


def test_too_large_a_learning_rate_ends_with_that_advice():
    m = Sequential([Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)], seed=0)
    m.compile(optimizers.SGD(1e6), "mse")
    with pytest.raises(FloatingPointError, match="Usual causes: a learning rate that is too large"):
        m.fit(X, LABELS, epochs=50, verbose=0)


def test_fit_makes_no_record_that_outlives_it():
    m = classifier()
    m.fit(X, LABELS, verbose=0, callbacks=[callbacks.Callback()])
    assert all(v.grad is None for v in m.weights)
    with no_grad():
        assert not m(X).requires_grad


class Looks(Model):
    """Its weights are made by its first call."""

    def __init__(self):
        super().__init__()
        self.look, self.flat, self.say = layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1)

    def call(self, x):
        return self.say(self.flat(self.look(x)))


def test_a_model_whose_first_input_was_wrong_can_still_learn_and_be_saved(tmp_path):
    images, y = np.random.default_rng(0).random((8, 6, 6), "float32"), np.ones((8, 1), "float32")
    model = Looks()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Is the channel axis missing"):
        model.fit(images, y, verbose=0)
    with pytest.raises(ValueError, match="no weights"):
        model.save_weights(tmp_path / "weights.npz")
    seen = model.fit(images[..., None], y, epochs=3, verbose=0).history["loss"]
    assert seen[-1] < seen[0]
    model.save(tmp_path / "m.npz")
    again = load_model(tmp_path / "m.npz", custom_objects={"Looks": Looks})
    np.testing.assert_array_equal(again.predict(images[..., None]), model.predict(images[..., None]))


def test_a_size_that_decides_how_many_weights_there_are_must_be_known():
    model = Looks()
    with pytest.raises(
        ValueError, match=r"(?s)'looks.*sizes in its input shape \(None, None, 6, 1\) are None, but it may"
    ):
        model.build((None, None, 6, 1))
    model.build((None, 6, 6, 1))
    assert model.count_params() == 20 + 33


# ---------------------------------------------------------------- Keras's ways to begin


def test_sequences_and_images_of_any_size(tmp_path):
    words = Sequential(
        [Input((None,), dtype="int32"), layers.Embedding(20, 4), layers.PositionEmbedding(10),
         layers.Bidirectional(layers.LSTM(3, return_sequences=True)), layers.GlobalMaxPooling1D(), layers.Dense(1)]
    )  # fmt: skip
    assert words.input_shape == (None, None) and words.output_shape == (None, 1)
    assert words._shapes[:2] == [(None, None, 4), (None, None, 4)]
    images = Sequential(
        [Input((None, None, 3)), Sequential([layers.Conv2D(4, 5), layers.MaxPooling2D(4)]), layers.Conv2D(1, 1)]
    )
    assert images.output_shape == (None, None, None, 1)
    lines = []
    images.summary(print_fn=lines.append)
    assert any("(None, None, None, 4)" in line for line in lines)
    for model, x in ((words, RNG.integers(0, 20, (3, 7))), (images, RNG.random((2, 13, 9, 3), "float32"))):
        model.save(tmp_path / "open.npz")
        again = load_model(tmp_path / "open.npz")
        assert again.output_shape == model.output_shape
        np.testing.assert_array_equal(again.predict(x), model.predict(x))


class MyDense(layers.Layer):
    """As in Keras's guides, with a shape of the output that is worked out without a call."""

    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight((input_shape[-1], self.units), name="w")

    def call(self, x):
        return x @ self.w

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


class Straight(Model):
    def __init__(self):
        super().__init__()
        self.inner = MyDense(3)

    def call(self, x):
        return self.inner(x)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 3)


def test_a_layer_that_knows_its_output_shape_is_built_and_trained():
    m = Sequential([Input((4,)), MyDense(5), Straight(), layers.Dense(1)])
    assert [v.shape for v in m.weights] == [(4, 5), (5, 3), (3, 1), (1,)]
    assert m.output_shape == (None, 1)
    m.compile("sgd", "mse")
    before = m.get_weights()
    m.fit(X, X[:, :1], verbose=0)
    assert not any(np.array_equal(a, b) for a, b in zip(before, m.get_weights()))
    alone = Straight()
    alone.build((None, 4))
    assert alone.count_params() == 12


def test_a_sequential_of_sequentials_begins_with_the_first_ones_input():
    generator = Sequential([Input((4,)), layers.Dense(6)])
    gan = Sequential([generator, Sequential([Input((6,)), layers.Dense(1)])])
    assert gan.input_shape == (None, 4) and gan.output_shape == (None, 1) and gan.count_params() == 30 + 7
    grown = Sequential()
    grown.add(generator)
    assert grown.output_shape == (None, 6)


def test_inputs_under_other_names():
    for first in (Input(batch_shape=(None, 4)), layers.InputLayer((4,)), layers.InputLayer(input_shape=(4,)),
                  layers.InputLayer(batch_input_shape=(None, 4)), Input((4,), batch_size=None)):  # fmt: skip
        m = Sequential([first, layers.Dense(2)])
        assert m.input_shape == (None, 4) and m.output_shape == (None, 2)
    for first in (Input((4,), batch_size=8), Input(batch_shape=(8, 4)), layers.InputLayer((4,), 8)):
        m = Sequential([first, layers.Dense(2), layers.Dense(1)])
        assert m.input_shape == (8, 4) and m._shapes == [(8, 2), (8, 1)]
    for wrong, message in (
        (lambda: Input((4,), batch_shape=(8, 4)), "Input: batch_shape stands for shape and batch_size"),
        (lambda: layers.InputLayer(), "InputLayer: shape is that of one sample, .* but got None"),
    ):
        with pytest.raises(ValueError, match=message):
            wrong()


class Priced(Model):
    def __init__(self):
        super().__init__()
        self.deep, self.say = layers.Dense(5, "relu"), layers.Dense(1)

    def call(self, inputs):
        return self.say(self.deep(inputs["deep"])) + inputs["wide"]


def test_a_dict_of_inputs(tmp_path):
    x, y = {"wide": X[:, :1], "deep": X[:, 1:]}, X[:, :1]
    m = Priced()
    m.compile("adam", "mse")
    seen = m.fit(x, y, epochs=3, verbose=0).history["loss"]
    assert seen[-1] < seen[0]
    m.save(tmp_path / "dict.npz")
    again = load_model(tmp_path / "dict.npz", custom_objects={"Priced": Priced})
    np.testing.assert_array_equal(again.predict(x), m.predict(x))
    with pytest.raises(ValueError, match=r"Dense '.*': input \(2, 7\) has last axis 7"):
        again({"wide": np.ones((2, 1)), "deep": np.ones((2, 7))})


def test_summary_takes_what_keras_takes():
    m = Sequential([Sequential([Input((4,)), layers.Dense(3, name="a")], name="inner"), layers.Dense(2, name="b")])
    m.layers[1].trainable = False

    def shown(*args, **kwargs):
        lines = []
        m.summary(*args, print_fn=lines.append, **kwargs)
        return [re.sub(" +", " ", line) for line in lines if "│" in line]

    assert shown(80) == shown(line_length=40, positions=[0.3, 0.6, 1.0]) == shown()
    assert shown(show_trainable=True)[1:] == [
        "│ inner (Sequential) │ (None, 3) │ 15 │ Y │", "│ b (Dense) │ (None, 2) │ 8 │ N │"
    ]  # fmt: skip
    assert shown(expand_nested=True)[1:] == [
        "│ inner (Sequential) │ (None, 3) │ 15 │", "│ └ a (Dense) │ (None, 3) │ 15 │", "│ b (Dense) │ (None, 2) │ 8 │"
    ]  # fmt: skip
    assert shown(layer_range=["b", "b"])[1:] == ["│ b (Dense) │ (None, 2) │ 8 │"]
    assert shown(layer_range=("inn", "b")) == shown()
    with pytest.raises(
        ValueError, match=r"layer_range=\['c', 'b'\] should be two of its layers' names, \['inner', 'b'\]"
    ):
        shown(layer_range=["c", "b"])
