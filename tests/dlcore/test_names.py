"""Names by which Keras's programs ask for things: modules, short names, and classes of one's own in model files."""

import numpy as np
import pytest

import dlcore as keras
from dlcore import Input, Model, Sequential, layers, losses, metrics, ops, random
from dlcore.utils import registry

X = np.random.default_rng(0).standard_normal((8, 3)).astype("float32")


@pytest.fixture(autouse=True)
def nothing_stays_registered(monkeypatch):
    monkeypatch.setattr(registry, "registered", {})


def test_modules_and_classes_stand_where_keras_has_them():
    from dlcore.backend import clear_session, epsilon, floatx
    from dlcore.models import clone_model, load_model, save_model
    from dlcore.saving import load_model as same
    from dlcore.saving import register_keras_serializable

    assert load_model is same is keras.load_model is keras.saving.load_model
    assert keras.saving.save_model is save_model and keras.models.clone_model is clone_model
    assert (keras.models.Model, keras.models.Sequential) == (Model, Sequential)
    assert register_keras_serializable is keras.utils.register_keras_serializable
    assert clear_session is keras.utils.clear_session and epsilon() == 1e-7 and floatx() == "float32"
    for name in ("Initializer", "Layer", "Loss", "Metric", "Optimizer", "Regularizer"):
        module = getattr(keras, {"Loss": "losses"}.get(name, f"{name.lower()}s"))
        assert getattr(keras, name) is getattr(module, name)


SHORT = {
    "MaxPool1D": "MaxPooling1D", "MaxPool2D": "MaxPooling2D", "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D", "GlobalMaxPool1D": "GlobalMaxPooling1D", "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D", "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution2DTranspose": "Conv2DTranspose",
}  # fmt: skip


@pytest.mark.parametrize("short, name", SHORT.items())
def test_short_names_of_layers(short, name):
    assert getattr(layers, short) is getattr(layers, name)
    assert short not in layers.__all__  # lists and pages have each layer once


def test_short_names_of_losses_and_metrics():
    for module in (losses, metrics):
        for short, name in {
            "mse": "mean_squared_error", "mae": "mean_absolute_error", "mape": "mean_absolute_percentage_error",
            "msle": "mean_squared_logarithmic_error", "bce": "binary_crossentropy", "kld": "kl_divergence",
        }.items():  # fmt: skip
            assert getattr(module, short) is getattr(module, short.upper()) is getattr(losses, name)
            assert not {short, short.upper()} & set(module.__all__)
    assert metrics.mean_squared_error is losses.mean_squared_error and metrics.hinge is losses.hinge
    assert metrics.binary_accuracy is not None and isinstance(metrics.MeanSquaredError, type)
    model = Sequential([Input((3,)), layers.Dense(1)], seed=0)
    model.compile("sgd", losses.mse, metrics=[metrics.mean_absolute_error])
    assert set(model.fit(X, X[:, :1], verbose=0).history) == {"loss", "mean_absolute_error"}
    with pytest.raises(AttributeError, match="dlcore.losses has no 'msee'"):
        losses.msee  # noqa: B018


def test_a_clone_has_the_same_layers_and_new_weights():
    model = Sequential([Input((3,)), layers.Dense(4, "tanh", name="first"), layers.Dense(1)])
    twin = keras.models.clone_model(model)
    assert [layer.name for layer in twin.layers] == [layer.name for layer in model.layers]
    assert [v.shape for v in twin.weights] == [v.shape for v in model.weights]
    assert not np.allclose(twin.get_weights()[0], model.get_weights()[0])
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin.predict(X, verbose=0), model.predict(X, verbose=0))


def test_load_model_finds_what_was_registered(tmp_path):
    @keras.saving.register_keras_serializable(package="Mine")
    class Doubled(layers.Layer):
        def call(self, x):
            return 2 * x

    @keras.saving.register_keras_serializable()
    class Rate(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.5

        def get_config(self):
            return {}

    @keras.utils.register_keras_serializable(name="far")
    def distance(y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)

    assert keras.saving.get_custom_objects()["Mine>Doubled"] is Doubled
    assert keras.saving.get_custom_objects()["Custom>far"] is distance
    model = Sequential([Input((3,)), Doubled(), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(Rate()), distance, metrics=[distance])
    model.fit(X, X[:, :1], verbose=0)
    keras.saving.save_model(model, tmp_path / "model.npz")
    again = keras.models.load_model(tmp_path / "model.npz")
    assert isinstance(again.layers[0], Doubled) and again.loss is distance
    assert again.evaluate(X, X[:, :1], verbose=0) == model.evaluate(X, X[:, :1], verbose=0)
    assert isinstance(keras.models.clone_model(model).layers[0], Doubled)
    registry.registered.clear()
    with pytest.raises(ValueError, match="Doubled"):
        keras.models.load_model(tmp_path / "model.npz")


def test_random_tensors():
    for y, mean, spread in [
        (random.normal((200, 500), 2.0, 3.0), 2, 3),
        (random.uniform((100_000,), -1, 3), 1, 4 / 12**0.5),
    ]:
        assert isinstance(y, keras.Tensor) and y.dtype == np.float32
        assert abs(ops.mean(y).item() - mean) < 0.05 and abs(ops.std(y).item() - spread) < 0.05
    assert random.uniform((3,), dtype="float64").dtype == np.float64
    a, b = random.normal((3,), seed=1), random.normal((3,), seed=1)
    np.testing.assert_array_equal(a.numpy(), b.numpy())  # a number asks for the same each time
    for _ in range(2):
        going_on = random.SeedGenerator(1)
        first, second = random.normal((3,), seed=going_on), random.normal((3,), seed=going_on)
        np.testing.assert_array_equal(first.numpy(), a.numpy())
        assert not np.allclose(first.numpy(), second.numpy())
    drawn = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        drawn.append([random.normal((3,)).numpy(), random.uniform((3,)).numpy()])
    np.testing.assert_array_equal(*drawn)


def test_the_guide_s_metric_of_true_positives():
    """Keras's guide on training: a metric of one's own, in operations."""

    class BinaryTruePositives(keras.Metric):
        def __init__(self, name="binary_true_positives", **kwargs):
            super().__init__(name=name, **kwargs)
            self.true_positives = self.add_weight(name="tp", initializer="zeros")

        def update_state(self, y_true, y_pred, sample_weight=None):
            y_true, y_pred = ops.cast(y_true, "bool"), ops.cast(y_pred, "bool")
            values = ops.cast(ops.logical_and(ops.equal(y_true, True), ops.equal(y_pred, True)), "float32")
            self.true_positives.assign(self.true_positives + ops.sum(values))

        def result(self):
            return self.true_positives.item()

    metric = BinaryTruePositives()
    metric.update_state([1, 1, 0, 0], [1, 0, 1, 1])
    metric.update_state([1], [1])
    assert metric.result() == 2


def test_a_sampling_layer_of_the_guide():
    """Keras's example of a variational autoencoder: noise from a SeedGenerator, and a gradient through its mean."""

    class Sampling(keras.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.seed_generator = random.SeedGenerator(1337)

        def call(self, inputs):
            z_mean, z_log_var = inputs
            batch, dim = ops.shape(z_mean)[0], ops.shape(z_mean)[1]
            epsilon = random.normal(shape=(batch, dim), seed=self.seed_generator)
            return z_mean + ops.exp(0.5 * z_log_var) * epsilon

    mean = keras.Variable(X)
    ops.sum(Sampling()([mean, ops.zeros_like(mean)])).backward()
    np.testing.assert_array_equal(mean.grad, 1)


@pytest.mark.parametrize("name, meant", [("layer", "layers"), ("sequential", "Sequential"), ("Layers", "Layer")])
def test_a_mistyped_name_is_answered_with_one_in_the_same_case_if_there_is_any(name, meant):
    with pytest.raises(AttributeError, match=f"dlcore has no '{name}'. Did you mean '{meant}'?"):
        getattr(keras, name)
