"""Whole training runs against Keras: the same weights and batches give the same losses, metrics and weights."""

import itertools

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import dlcore  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.standard_normal((96, 12)).astype("float32")
LABELS = (np.abs(X[:, :4]).argmax(1)).astype("int32")
ONE_HOT = np.eye(4, dtype="float32")[LABELS]
NUMBERS = (X[:, :1] * X[:, 1:2]).astype("float32")

#: loss, metrics, units and activation of the last layer, targets
TASKS = {
    "sparse": ("sparse_categorical_crossentropy", ["accuracy"], 4, "softmax", LABELS),
    "categorical": ("categorical_crossentropy", ["accuracy"], 4, "softmax", ONE_HOT),
    "binary": ("binary_crossentropy", ["accuracy"], 1, "sigmoid", (LABELS[:, None] > 1).astype("float32")),
    "flat labels": ("binary_crossentropy", ["accuracy"], 1, "sigmoid", (LABELS > 1).astype("float32")),
    "regression": ("mse", ["mae"], 1, None, NUMBERS),
}


def build(library, loss, metrics, units, activation, optimizer):
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((12,)),
            layers.Dense(32, activation="relu"),
            layers.Dense(16, activation="tanh"),
            layers.Dense(units, activation=activation),
        ]
    )
    # Building a graph takes Keras longer than these few steps without one.
    eager = {"run_eagerly": True} if library is keras else {}
    model.compile(optimizer=optimizer(library), loss=loss, metrics=metrics, **eager)
    return model


def twins(task, optimizer):
    loss, metrics, units, activation, y = TASKS[task]
    ours = build(dlcore, loss, metrics, units, activation, optimizer)
    theirs = build(keras, loss, metrics, units, activation, optimizer)
    ours.set_weights(theirs.get_weights())
    return ours, theirs, y


OPTIMIZERS = {
    "sgd": lambda library: library.optimizers.SGD(0.1, momentum=0.9),
    "rmsprop": lambda library: library.optimizers.RMSprop(0.003),
    "adam": lambda library: library.optimizers.Adam(0.003),
}


@pytest.mark.parametrize(
    "task, optimizer", [*((task, "adam") for task in TASKS), ("sparse", "sgd"), ("regression", "rmsprop")]
)
def test_a_training_run(ledger, task, optimizer):
    ours, theirs, y = twins(task, OPTIMIZERS[optimizer])
    settings = {"epochs": 4, "batch_size": 20, "shuffle": False, "verbose": 0, "validation_split": 0.25}
    a, b = ours.fit(X, y, **settings).history, theirs.fit(X, y, **settings).history
    assert set(a) == set(b)
    # Keras's float32 loop adds in another order, and its Adam rounds β's powers to float32: after 16 steps that
    # has grown to about 1e-5.
    what = f"training run, {task}, {optimizer}"
    ledger.holds("Sequential", f"{what}: history", *[[h[name] for name in sorted(h)] for h in (a, b)], tolerance=2e-4)
    ledger.holds("Sequential", f"{what}: weights", ours.get_weights(), theirs.get_weights(), tolerance=3e-4)
    ledger.holds("Sequential", f"{what}: predict", ours.predict(X), theirs.predict(X, verbose=0), tolerance=3e-4)
    measured = ours.evaluate(X, y, verbose=0), theirs.evaluate(X, y, verbose=0)
    ledger.holds("Sequential", f"{what}: evaluate", *measured, tolerance=3e-4)


def test_train_on_batch_returns_the_same():
    ours, theirs, y = twins("sparse", OPTIMIZERS["sgd"])
    for rows in (slice(0, 30), slice(30, 50)):
        np.testing.assert_allclose(
            ours.train_on_batch(X[rows], y[rows]), theirs.train_on_batch(X[rows], y[rows]), rtol=1e-5
        )


def batches(forever=True, weights=None):
    """Batches of 20, again and again, as a generator gives them in both libraries."""
    while True:
        for rows in (slice(start, start + 20) for start in range(0, 96, 20)):
            yield (X[rows], LABELS[rows]) if weights is None else (X[rows], LABELS[rows], weights[rows])
        if not forever:
            return


def dataset(library):
    class Batches(library.utils.PyDataset):
        def __len__(self):
            return 5

        def __getitem__(self, index):
            rows = slice(20 * index, 20 * index + 20)
            return X[rows], LABELS[rows]

    return Batches()


WEIGHTS = np.linspace(0, 2, 96).astype("float32")
HELD_OUT = (X[:30], LABELS[:30])

#: What fit gets besides the model, for each library.
FEEDS = {
    "a generator": lambda library: {"x": batches(), "steps_per_epoch": 5},
    "a generator with weights": lambda library: {"x": batches(weights=WEIGHTS), "steps_per_epoch": 3},
    "a PyDataset": lambda library: {"x": dataset(library)},
    "a PyDataset, class weights": lambda library: {"x": dataset(library), "class_weight": {1: 3.0}},
    "validation now and then": lambda library: {
        "x": X, "y": LABELS, "batch_size": 20, "validation_data": HELD_OUT, "validation_freq": 2,
        "validation_batch_size": 7,
    },
    "validation after some epochs": lambda library: {
        "x": X, "y": LABELS, "batch_size": 20, "validation_data": (*HELD_OUT, WEIGHTS[:30]), "validation_freq": [1, 3],
    },
    "steps make the batch size": lambda library: {"x": X, "y": LABELS, "steps_per_epoch": 3},
    # TensorFlow reads ahead of what it measures, so that here all batches are the same.
    "validation by a generator": lambda library: {
        "x": X, "y": LABELS, "batch_size": 20,
        "validation_data": (HELD_OUT for _ in itertools.count()), "validation_steps": 2,
    },
    "the first steps of arrays": lambda library: {"x": X, "y": LABELS, "batch_size": 20, "steps_per_epoch": 5},
    "validation on the first steps": lambda library: {
        "x": X, "y": LABELS, "batch_size": 20, "validation_data": (X, LABELS), "validation_steps": 2,
    },
    "class weights": lambda library: {"x": X, "y": LABELS, "class_weight": {0: 2.0, 3: 0.5}},
    "class weights, split": lambda library: {
        "x": X, "y": LABELS, "class_weight": {0: 2.0, 3: 0.5}, "validation_split": 0.25,
    },
    "sample weights": lambda library: {"x": X, "y": LABELS, "batch_size": 20, "sample_weight": WEIGHTS},
    "sample weights, split": lambda library: {
        "x": X, "y": LABELS, "batch_size": 20, "sample_weight": WEIGHTS, "validation_split": 0.25,
    },
}  # fmt: skip


@pytest.mark.parametrize("what", FEEDS)
def test_data_in_every_form(ledger, what):
    ours, theirs, _ = twins("sparse", OPTIMIZERS["sgd"])
    settings = {"epochs": 3, "shuffle": False, "verbose": 0}
    a = ours.fit(**FEEDS[what](dlcore), **settings).history
    b = theirs.fit(**FEEDS[what](keras), **settings).history
    assert set(a) == set(b) and all(len(a[name]) == len(b[name]) for name in a)
    values = [[h[name] for name in sorted(h)] for h in (a, b)]
    # float32, and sums in another order, after 15 steps with momentum.
    ledger.holds("Model", f"history, {what}", *values, tolerance=2e-5)
    ledger.holds("Model", f"weights, {what}", ours.get_weights(), theirs.get_weights(), tolerance=1e-4)


def test_steps_of_evaluate_and_predict(ledger):
    ours, theirs, _ = twins("sparse", OPTIMIZERS["sgd"])
    for settings in ({"x": X, "y": LABELS, "steps": 2}, {"x": dataset}, {"x": None, "steps": 3}):
        found = []
        for model, library in ((ours, dlcore), (theirs, keras)):
            given = {"x": batches(), "verbose": 0} | {k: v for k, v in settings.items() if v is not None}
            given["x"] = given["x"](library) if given["x"] is dataset else given["x"]
            found.append(model.evaluate(**given))
        ledger.holds("Model", "evaluate", *found, tolerance=1e-6)
    predictions = [model.predict(X, batch_size=20, steps=2, verbose=0) for model in (ours, theirs)]
    ledger.holds("Sequential", "predict", *predictions, tolerance=1e-6)


def test_a_loop_with_a_tape(ledger):
    """TensorFlow's loop, with nothing changed but where GradientTape comes from."""
    import tensorflow as tf

    models, losses = twins("sparse", OPTIMIZERS["adam"])[:2], []
    for model, library, tape_class in zip(models, (dlcore, keras), (dlcore.GradientTape, tf.GradientTape)):
        loss_fn, optimizer = library.losses.SparseCategoricalCrossentropy(), library.optimizers.Adam(0.01)
        seen = []
        for x, y in batches(forever=False):
            with tape_class() as tape:
                loss = loss_fn(y, model(x, training=True))
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
            seen.append(float(loss))
        losses.append(seen)
    ledger.holds("GradientTape", "losses of a loop", *losses, tolerance=1e-5)


def test_what_a_tape_gives(ledger):
    import tensorflow as tf

    start, found = np.array([1.0, -2.0, 3.0], "float32"), []
    for tape_class, variable, tensor in (
        (dlcore.GradientTape, dlcore.Variable, dlcore.Tensor),
        (tf.GradientTape, tf.Variable, tf.constant),
    ):
        w, unused, x = variable(start), variable(start), tensor(start * 2)
        with tape_class(persistent=True) as tape:
            tape.watch(x)
            y = w * w * x
            z = y + w
        grads = tape.gradient([y, z], {"w": w, "x": x, "unused": unused})
        assert grads["unused"] is None
        found.append([grads["w"], grads["x"], tape.gradient(y, w)])
    ledger.holds("GradientTape", "targets, sources, watched", *found, tolerance=1e-6)


def test_a_step_of_ones_own(ledger):
    import tensorflow as tf

    found = []
    for library, tape_class in ((dlcore, dlcore.GradientTape), (keras, tf.GradientTape)):

        class Twice(library.Sequential):
            def train_step(self, data, tape_class=tape_class):
                x, y = data
                with tape_class() as tape:
                    loss = 2 * self.compute_loss(x, y, self(x, training=True))
                grads = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
                return {"twice": loss}

        model = Twice([library.Input((12,)), library.layers.Dense(4, kernel_initializer="ones")])
        model.compile("sgd", library.losses.SparseCategoricalCrossentropy(from_logits=True))
        settings = {"epochs": 3, "batch_size": 20, "shuffle": False, "verbose": 0}
        history = model.fit(X, LABELS, **settings).history
        found.append([history["twice"], *model.get_weights()])
    ledger.holds("Model", "a train_step of one's own", *found, tolerance=1e-5)


# ---------------------------------------------------------------- programs in which only the import differs


def raw_pixels(library):
    """Sure and wrong from the first step on, which only the logits can tell."""
    model = library.Sequential([library.Input((2,)), library.layers.Dense(2, activation="softmax")])
    model.set_weights([np.array([[1.0, -1.0], [-0.5, 0.5]]), np.zeros(2)])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    x, y = np.array([[255, 0], [0, 255], [200, 100]], "float32"), np.array([0, 1, 1])
    return model, x, y, ["loss"]


def own_loss(library):
    """Labels of shape (n,) beside predictions of shape (n, 1), and "Accuracy" with a large letter."""
    ops = library.ops
    model = library.Sequential([library.Input((12,)), library.layers.Dense(1)])
    model.set_weights([np.linspace(-0.3, 0.4, 12)[:, None], np.zeros(1)])
    loss = lambda t, p: ops.mean(ops.square(t - p), axis=-1)  # noqa: E731
    model.compile("sgd", loss, metrics=["Accuracy"], run_eagerly=True, jit_compile=False)
    return model, X, (LABELS > 1).astype("float32"), ["loss", "Accuracy"]


def two_inputs(library):
    class Siamese(library.Model):
        def __init__(self):
            super().__init__()
            self.net = library.layers.Dense(3, activation="tanh", kernel_initializer="ones")
            self.last = library.layers.Dense(1, kernel_initializer="ones")

        def call(self, inputs):
            a, b = inputs
            return self.last(self.net(a) - self.net(b))

    model = Siamese()
    model.compile("adam", "mse", run_eagerly=True)
    return model, [X, X[::-1].copy()], NUMBERS, ["loss"]


def metrics_of_a_layer(library):
    class Hits(library.metrics.Metric):
        def __init__(self, name="hits", **settings):
            super().__init__(name=name, **settings)
            self.n = self.add_weight(name="n", initializer="zeros")

        def update_state(self, x):
            self.n.assign_add(library.ops.sum(x))
            self.n.assign_sub(1.0)

        def result(self):
            return self.n / 2.0

    class Watched(library.layers.Layer):
        def __init__(self):
            super().__init__()
            self.hits = Hits()

        def call(self, x):
            self.hits.update_state(x)
            return x

    model = library.Sequential([library.Input((12,)), Watched(), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", run_eagerly=True)
    return model, X, NUMBERS, ["loss", "hits"]


def told_loss(library):
    class Told(library.Sequential):
        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = super().compute_loss(x, y, y_pred, sample_weight, training)
            return loss if training else 10 * loss

    model = Told([library.Input((12,)), library.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", run_eagerly=True)
    return model, X, NUMBERS, ["loss"]


@pytest.mark.parametrize("program", [raw_pixels, own_loss, two_inputs, metrics_of_a_layer, told_loss])
def test_a_program(ledger, program):
    found = []
    for library in (dlcore, keras):
        model, x, y, names = program(library)
        history = model.fit(x, y, epochs=3, batch_size=20, shuffle=False, verbose=0, validation_data=(x, y)).history
        assert set(history) == {*names, *(f"val_{name}" for name in names)}
        found.append([*(history[name] for name in sorted(history)), *model.get_weights()])
    ledger.holds("Model", f"program: {program.__name__}", *found, tolerance=2e-5)


def test_two_tapes_at_once(ledger):
    """The loop of TensorFlow's DCGAN tutorial: both losses need the record of D(G(z))."""
    import tensorflow as tf

    found, z = [], X[:8]
    for library, tape_class in ((dlcore, dlcore.GradientTape), (keras, tf.GradientTape)):
        layers, dense = library.layers, {"kernel_initializer": library.initializers.Constant(0.1)}
        generator = library.Sequential([library.Input((12,)), layers.Dense(3, activation="tanh", **dense)])
        judge = library.Sequential([library.Input((3,)), layers.Dense(4, "tanh", **dense), layers.Dense(1, **dense)])
        cost, makers = library.losses.BinaryCrossentropy(from_logits=True), [library.optimizers.Adam() for _ in "gd"]
        one, zero = library.ops.ones((8, 1)), library.ops.zeros((8, 1))
        for _ in range(3):
            with tape_class() as of_generator, tape_class() as of_judge:
                real, fake = judge(X[:8, :3], training=True), judge(generator(z, training=True), training=True)
                generator_loss, judge_loss = cost(one, fake), cost(one, real) + cost(zero, fake)
            for_generator = of_generator.gradient(generator_loss, generator.trainable_variables)
            for_judge = of_judge.gradient(judge_loss, judge.trainable_variables)
            makers[0].apply_gradients(zip(for_generator, generator.trainable_variables))
            makers[1].apply_gradients(zip(for_judge, judge.trainable_variables))
        found.append([float(generator_loss), float(judge_loss), *generator.get_weights(), *judge.get_weights()])
    ledger.holds("GradientTape", "two at once", *found, tolerance=1e-5)


def test_fit_takes_the_arguments_of_keras_in_their_order():
    import inspect

    for method in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch"):
        ours = list(inspect.signature(getattr(dlcore.Sequential, method)).parameters.values())
        theirs = list(inspect.signature(getattr(keras.Sequential, method)).parameters.values())
        named = [p for p in ours if p.kind is not p.VAR_KEYWORD]
        names = [p.name for p in theirs]
        assert [p.name for p in named] == [n for n in names if n != "kwargs"], method
        for p in named:
            assert p.default == inspect.signature(getattr(keras.Sequential, method)).parameters[p.name].default
