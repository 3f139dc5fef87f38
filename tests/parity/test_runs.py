"""Whole training runs of larger models against Keras: convolutions, a recurrent network, a transformer.

From the same weights, over the same batches, epoch by epoch: losses, metrics, weights, averages.
"""

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import dlcore  # noqa: E402

RNG = np.random.default_rng(0)
SETTINGS = {"epochs": 3, "batch_size": 16, "shuffle": False, "verbose": 0}

#: In float64 the two agree but for rounding, with learning rates that are whole in float32, as Keras keeps them: 1/8.
#: Adam's powers of β are in float32 there, too: 1 − 0.999 is then off by one in 80,000, and a step by half of that.
EXACT, ADAM = 1e-11, 2e-5
#: In float32 every sum is rounded in another order, and nine steps carry that on; Adam, which divides by the size of
#: a gradient, most of all where that is next to nothing.
FLOAT32 = 5e-4


@pytest.fixture(params=["float64", "float32"])
def dtype(request):
    """The type of all weights and data, in Keras's losses and metrics, too."""
    before = keras.config.floatx()
    keras.config.set_floatx(request.param)
    yield request.param
    keras.config.set_floatx(before)


@pytest.fixture(autouse=True)
def same_weights_every_time():
    keras.utils.set_random_seed(0)


def run(ours, theirs, x, y, held_out, loss, optimizer, metrics):
    """Give both the same weights, compile and train them, and return the two histories."""
    histories = []
    for model, library in ((ours, dlcore), (theirs, keras)):
        # Building a graph takes Keras longer than these few steps without one.
        eager = {"run_eagerly": True} if library is keras else {}
        model.compile(optimizer(library), loss(library), metrics=metrics, **eager)
    ours.set_weights(theirs.get_weights())
    for model in (ours, theirs):
        histories.append(model.fit(x, y, validation_data=held_out, **SETTINGS).history)
    assert histories[0].keys() == histories[1].keys()
    return [[history[name] for name in sorted(history)] for history in histories]


def hold(ledger, name, what, models, histories, x, dtype, exact):
    """History, weights, averages and predictions agree after training, up to `exact` in float64."""
    ours, theirs = models
    tolerance = exact if dtype == "float64" else FLOAT32
    ledger.holds(name, f"{what}, {dtype}: history", *histories, tolerance)
    trained = [[v.numpy() for v in model.trainable_variables] for model in models]
    ledger.holds(name, f"{what}, {dtype}: weights", *trained, tolerance)
    averages = ours.non_trainable_variables, averages_of(theirs)
    ledger.holds(name, f"{what}, {dtype}: averages", *[[v.numpy() for v in a] for a in averages], tolerance)
    ledger.holds(name, f"{what}, {dtype}: predict", ours.predict(x), theirs.predict(x, verbose=0), tolerance)


def averages_of(model):
    """Keras's non-trainable variables, less the state of its random generators, which dlcore keeps elsewhere."""
    return [v for v in model.non_trainable_variables if "seed_generator" not in v.path]


# ---------------------------------------------------------------- images


def images(dtype):
    """Scikit-learn's digits, 0 to 3: 48 to learn from (three batches an epoch), 20 held out."""
    (x, y), _ = dlcore.datasets.digits()
    x, y = x[y < 4][..., None].astype(dtype), y[y < 4].astype("int32")
    return x[:48], y[:48], (x[48:68], y[48:68])


def convolutional_network(library, rate, dtype):
    layers, kind = library.layers, {"dtype": dtype}
    return library.Sequential(
        [
            library.Input((8, 8, 1), dtype=dtype),
            layers.Conv2D(6, 3, padding="same", use_bias=False, **kind),
            layers.BatchNormalization(momentum=0.9, **kind),
            layers.Activation("relu", **kind),
            layers.MaxPooling2D(2, **kind),
            layers.Conv2D(8, 3, activation="relu", **kind),
            layers.Flatten(**kind),
            layers.Dense(16, activation="tanh", **kind),
            layers.Dropout(rate, seed=7, name="drop", **kind),
            layers.BatchNormalization(momentum=0.9, **kind),
            layers.Dense(4, **kind),
        ]
    )


OPTIMIZERS = {
    "sgd": lambda library: library.optimizers.SGD(1 / 8, momentum=7 / 8),
    "adam": lambda library: library.optimizers.Adam(0.01),
}


class Masks:
    """In place of the random generator of a Dropout of dlcore: Keras's own random draws for the same seed, in turn."""

    def __init__(self, rate, dtype):
        self.rate, self.dtype = rate, dtype
        self.seed = keras.random.SeedGenerator(7)

    def random(self, shape, dtype):
        """1 where Keras keeps the number, 0 where it drops it."""
        return np.sign(keras.random.dropout(np.ones(shape, self.dtype), self.rate, seed=self.seed))


@pytest.mark.parametrize("rate, optimizer", [(0.0, "sgd"), (0.4, "sgd"), (0.4, "adam")])
def test_a_convolutional_network(ledger, rate, optimizer, dtype):
    models = [convolutional_network(library, rate, dtype) for library in (dlcore, keras)]
    models[0].get_layer("drop")._rng = Masks(rate, dtype)
    x, y, held_out = images(dtype)
    histories = run(
        *models, x, y, held_out,
        loss=lambda library: library.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=OPTIMIZERS[optimizer],
        metrics=["accuracy"],
    )  # fmt: skip
    exact = ADAM if optimizer == "adam" else EXACT
    hold(ledger, "Sequential", f"CNN, dropout {rate}, {optimizer}", models, histories, x, dtype, exact)
    assert len(models[0].non_trainable_variables) == 4


# ---------------------------------------------------------------- sequences


def recurrent_network(library, dtype):
    layers, kind = library.layers, {"dtype": dtype}
    return library.Sequential(
        [
            library.Input((6, 3), dtype=dtype),
            layers.LSTM(8, return_sequences=True, **kind),
            layers.LSTM(6, **kind),
            layers.Dense(1, **kind),
        ]
    )


def test_a_recurrent_network(ledger, dtype):
    waves = RNG.standard_normal((60, 7, 3)).cumsum(1).astype(dtype)
    x, y = waves[:, :6], waves[:, 6, :1]
    models = [recurrent_network(library, dtype) for library in (dlcore, keras)]
    histories = run(
        *models, x[:48], y[:48], (x[48:], y[48:]),
        loss=lambda library: library.losses.Huber(),
        optimizer=lambda library: library.optimizers.RMSprop(1 / 256, clipnorm=1.0),
        metrics=["mae"],
    )  # fmt: skip
    hold(ledger, "Sequential", "LSTM", models, histories, x, dtype, EXACT)


def transformer(library, dtype):
    """One pre-norm block that foretells the next token of a sequence."""
    layers, kind = library.layers, {"dtype": dtype}

    class Transformer(library.Model):
        def __init__(self):
            super().__init__(**kind)
            self.tokens = layers.Embedding(9, 16, **kind)
            self.places = layers.Embedding(12, 16, **kind)
            self.before_attention = layers.LayerNormalization(**kind)
            self.attention = layers.MultiHeadAttention(2, 8, **kind)
            self.before_dense = layers.LayerNormalization(**kind)
            self.wide = layers.Dense(32, activation="gelu", **kind)
            self.narrow = layers.Dense(16, **kind)
            self.last = layers.LayerNormalization(**kind)
            self.scores = layers.Dense(9, **kind)

        def call(self, x):
            h = self.tokens(x) + self.places(np.arange(12))
            normal = self.before_attention(h)
            h = h + self.attention(normal, normal, use_causal_mask=True)
            h = h + self.narrow(self.wide(self.before_dense(h)))
            return self.scores(self.last(h))

    return Transformer()


def with_whole_gradients(library):
    """AdamW. Keras's on TensorFlow takes the gradient of an Embedding in parts, one for each time that a token occurs,
    and squares the parts before it adds them up. The formula, dlcore, and Keras elsewhere square their sum."""
    import tensorflow as tf

    if library is dlcore:
        return dlcore.optimizers.AdamW

    class Whole(keras.optimizers.AdamW):
        def apply(self, grads, trainable_variables=None):
            super().apply([tf.convert_to_tensor(g) for g in grads], trainable_variables)

    return Whole


def test_a_transformer(ledger, dtype):
    # Each token is one of the two before it, or their sum.
    tokens = RNG.integers(0, 9, (60, 13))
    for t in range(2, 13):
        tokens[:, t] = np.where(tokens[:, t] % 2, tokens[:, t - 1], (tokens[:, t - 1] + tokens[:, t - 2]) % 9)
    x, y = tokens[:, :-1].astype("int32"), tokens[:, 1:].astype("int32")
    models = [transformer(library, dtype) for library in (dlcore, keras)]
    for model in models:
        model(x[:1])
    histories = run(
        *models, x[:48], y[:48], (x[48:], y[48:]),
        loss=lambda library: library.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=lambda library: with_whole_gradients(library)(0.005, weight_decay=0.01),
        metrics=["accuracy"],
    )  # fmt: skip
    hold(ledger, "Model", "transformer", models, histories, x, dtype, ADAM)
