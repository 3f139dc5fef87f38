"""Model files: what goes in comes out, nothing else gets in, and nothing is left half-written."""

import json
import os
import pickle
import tracemalloc
import warnings
import zipfile

import numpy as np
import pytest

from dlcore import Input, Model, Sequential, callbacks, layers, load_model, losses, metrics, optimizers, saving

X = np.random.default_rng(0).standard_normal((20, 4)).astype("float32")
Y = (X[:, 0] > 0).astype("int32")


def trained(**kwargs):
    m = Sequential(
        [
            Input((4,)),
            layers.Dense(8, "relu", kernel_initializer="he_normal"),
            layers.Dropout(0.2),
            Sequential([layers.Dense(3)], name="inner"),
            layers.Dense(2, "softmax"),
        ],
        seed=0,
        name="mine",
    )
    m.compile(**{"optimizer": optimizers.Adam(0.01), "loss": "sparse_categorical_crossentropy"} | kwargs)
    m.fit(X, Y, epochs=2, verbose=0)
    return m


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.npz"


# ---------------------------------------------------------------- what goes in comes out


@pytest.mark.parametrize(
    "compiled",
    [
        {},
        {"optimizer": "sgd", "metrics": ["accuracy", "acc"]},
        {
            "optimizer": optimizers.SGD(0.1, momentum=0.5, clipnorm=1.0),
            "loss": losses.SparseCategoricalCrossentropy(from_logits=False),
            "metrics": [metrics.SparseCategoricalAccuracy(name="right")],
        },
    ],
)
def test_a_model_comes_back_whole(path, compiled):
    m = trained(**compiled)
    m.save(path)
    twin = load_model(path)
    assert twin.name == "mine" and [layer.name for layer in twin.layers] == [layer.name for layer in m.layers]
    np.testing.assert_array_equal(twin.predict(X), m.predict(X))
    assert twin.evaluate(X, Y, verbose=0, return_dict=True) == m.evaluate(X, Y, verbose=0, return_dict=True)


def test_training_goes_on_where_it_stopped(path):
    m = trained()
    m.pop()  # Dropout's next masks are not part of a file, so this model has none
    m = Sequential([Input((4,)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")], seed=0)
    m.compile("adam", "sparse_categorical_crossentropy")
    m.fit(X, Y, epochs=3, verbose=0)
    m.save(path)
    twin = load_model(path)
    for each in (m, twin):
        each.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(m.get_weights(), twin.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_without_compile(path):
    trained().save(path)
    with pytest.raises(RuntimeError, match="fit needs compile first"):
        load_model(path, compile=False).fit(X, Y)


def test_weights_alone(path):
    m = trained()
    m.save_weights(path)
    other = Sequential.from_config(m.get_config())
    other.load_weights(path)
    np.testing.assert_array_equal(other.predict(X), m.predict(X))
    with pytest.raises(ValueError, match="kind 'weights'; this version of dlcore reads format 1, kind model"):
        load_model(path)
    with pytest.raises(ValueError, match="it has 2 weights, but set_weights got 6"):
        Sequential([Input((4,)), layers.Dense(2)]).load_weights(path)


class Residual(Model):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.dense = layers.Dense(width)

    def call(self, x):
        return x + self.dense(x)


def test_classes_of_ones_own(path):
    m = Residual(4)
    y = m.predict(X)
    m.save(path)
    np.testing.assert_array_equal(load_model(path, custom_objects={"Residual": Residual}).predict(X), y)
    with pytest.raises(ValueError, match="Unknown layer 'Residual'.*custom_objects={'Name': Name}"):
        load_model(path)


class Sum(layers.Layer):
    """The sum of what several layers make of x."""

    def __init__(self, parts, **kwargs):
        super().__init__(**kwargs)
        self.parts = parts

    def call(self, x):
        return sum(part(x) for part in self.parts)


class Twice(layers.Layer):
    """A layer, two times in a row; it makes that layer itself, as layers do in Keras."""

    def __init__(self, layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer

    def call(self, x):
        return self.layer(self.layer(x))

    @classmethod
    def from_config(cls, config):
        return cls(layers.deserialize(config.pop("layer")), **config)


class Tower(Sequential):
    pass


def test_layers_of_ones_own_inside_others(path):
    parts = [layers.Dense(4, kernel_regularizer="l2"), layers.TimeDistributed(Residual(4)), Sequential([Residual(4)])]
    m = Sequential([Input((5, 4)), Sequential([Twice(Tower([Sum(parts)])), layers.Flatten()])])
    m.save(path)
    x, own = np.ones((2, 5, 4), "float32"), {"Residual": Residual, "Sum": Sum, "Tower": Tower, "Twice": Twice}
    np.testing.assert_array_equal(load_model(path, custom_objects=own).predict(x), m.predict(x))
    for name in own:
        with pytest.raises(ValueError, match=rf"Unknown layer '{name}'.*custom_objects={{'Name': Name}}"):
            load_model(path, custom_objects={key: kind for key, kind in own.items() if key != name})


def test_what_cannot_be_saved_says_so(path):
    m = Sequential([Input((4,)), layers.Dense(2, activation=lambda x: x)])
    with pytest.raises(NotImplementedError, match="The function '<lambda>' can't be saved"):
        m.save(path)

    def mean_squared_error(x):  # dlcore has a loss of this name, and no activation
        return x

    for own in (mean_squared_error, np.tanh):
        with pytest.raises(NotImplementedError, match="can't be saved: a file knows dlcore's activations only"):
            Sequential([Input((4,)), layers.Dense(2, activation=own)]).save(path)
    with pytest.raises(ValueError, match="it has no weights to save yet"):
        Sequential([layers.Dense(2)]).save(path)
    assert not path.exists()


def my_loss(y, y_pred):
    return losses.sparse_categorical_crossentropy(y, y_pred) * 2


class Sharper(losses.Loss):
    def __init__(self, times=1.0, **kwargs):
        super().__init__(**kwargs)
        self.times = times

    def call(self, y, y_pred):
        return losses.sparse_categorical_crossentropy(y, y_pred) * self.times

    def get_config(self):
        return super().get_config() | {"times": self.times}


class Huber(Sharper):
    """Your own has the name of one of dlcore's."""


def right(y, y_pred):
    return metrics.sparse_categorical_accuracy(y, y_pred)


@pytest.mark.parametrize(
    "loss, own",
    [
        (my_loss, {"my_loss": my_loss}),
        (Sharper(3.0), {"Sharper": Sharper}),
        (Sharper, {"Sharper": Sharper}),
        (Huber(3.0), {"Huber": Huber}),
    ],
)
def test_a_loss_and_a_metric_of_ones_own(path, loss, own):
    m = trained(loss=loss, metrics=["accuracy", right])
    m.save(path)
    twin = load_model(path, custom_objects=own | {"right": right})
    expected = m.evaluate(X, Y, verbose=0, return_dict=True)
    assert twin.evaluate(X, Y, verbose=0, return_dict=True) == expected and "right" in expected
    (name,) = own
    for missing in ({}, {"right": right}):
        with pytest.raises(
            ValueError, match=rf"compiled with {name}, your own: .* custom_objects={{'{name}': {name}}}"
        ):
            load_model(path, custom_objects=missing)
    with pytest.raises(ValueError, match="compiled with right, your own: load it with custom_objects={'right': right}"):
        load_model(path, custom_objects=own)
    np.testing.assert_array_equal(load_model(path, compile=False).predict(X), m.predict(X))


@pytest.mark.parametrize("name", ["digits.keras", "digits.h5", "digits.weights.h5"])
def test_names_of_keras_are_taken_with_one_word_of_warning(tmp_path, monkeypatch, name):
    saving.warn_of_name.cache_clear()
    m, path = trained(), tmp_path / name
    save, load = (m.save_weights, m.load_weights) if "weights" in name else (m.save, load_model)
    with pytest.warns(UserWarning, match=f"end in '{path.suffix}' are Keras's by their name, .* Keras can't") as found:
        save(path)
        save(tmp_path / f"again-{name}")
    assert len(found) == 1 and found[0].filename == __file__
    again = load(path) or m
    np.testing.assert_array_equal(again.predict(X), m.predict(X))


def test_a_checkpoint_under_keras_s_names(tmp_path):
    m = trained()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        saved = [callbacks.ModelCheckpoint(tmp_path / "best.keras", monitor="loss", save_best_only=True),
                 callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True)]  # fmt: skip
        m.fit(X, Y, epochs=2, verbose=0, callbacks=saved)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1.weights.h5", "2.weights.h5", "best.keras"]
    load_model(tmp_path / "best.keras").load_weights(tmp_path / "1.weights.h5")


# ---------------------------------------------------------------- whole or not at all


def test_a_failed_save_leaves_the_old_file(path, monkeypatch):
    trained().save(path)
    before = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(saving.np, "savez", full_disk)
    with pytest.raises(OSError, match="No space left"):
        trained().save(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_an_interrupted_move_leaves_the_old_file(path, monkeypatch):
    trained().save(path)
    before = path.read_bytes()

    def interrupted(source, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(saving.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(optimizer="sgd").save(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_a_place_that_cannot_hold_a_file_is_named(tmp_path):
    m = trained()
    with pytest.raises(FileNotFoundError, match="there is no folder '.*nowhere'. Give the name of a file in a folder"):
        m.save(tmp_path / "nowhere" / "model.npz")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        m.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_gets_the_nearest_name(path):
    trained().save(path)
    with pytest.raises(FileNotFoundError, match="no model file '.*modle.npz'. Did you mean 'model.npz'"):
        load_model(path.with_name("modle.npz"))


def test_overwrite_has_to_be_allowed(path):
    m = trained()
    m.save(path)
    with pytest.raises(FileExistsError, match="exists already, and overwrite=False asks to leave it alone"):
        m.save(path, overwrite=False)


# ---------------------------------------------------------------- nothing else gets in


def entries(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path, change, compression=zipfile.ZIP_STORED):
    content = entries(path)
    change(content)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def array_bytes(array):
    from io import BytesIO

    file = BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=True)
    return file.getvalue()


def edited(edit):
    """A change to a file: the description, after `edit` has had its way with it."""

    def change(content):
        raw = content["dlcore.npy"]
        description = json.loads(raw[raw.index(b"\n") + 1 :])
        edit(description)
        content["dlcore.npy"] = array_bytes(np.frombuffer(json.dumps(description).encode(), "uint8"))

    return change


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def units(n):
    return edited(lambda d: d["model"]["config"]["layers"][0]["config"].update(units=n))


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda c: c.update({"weight0.npy": array_bytes(np.array([Bomb()], object))}), "pickled Python objects"),
        (lambda c: c.update({"weight0.npy": b"not an array"}), "'weight0.npy' can't be read"),
        (lambda c: c.update({"weight0.npy": c["weight0.npy"][:-4]}), "holds other than that"),
        (lambda c: c.update({"weight0.npy": c["weight0.npy"].replace(b"(4, 8)", b"(4,10**9)")}), "can't be read"),
        (lambda c: c.update({"weight0.npy": c["weight0.npy"].replace(b"8), }    ", b"99999), }")}), "holds other"),
        (lambda c: c.update({"weight0.npy": array_bytes(np.zeros((8, 4), "float32"))}), r"has shape \(4, 8\), but"),
        (lambda c: c.pop("weight3.npy"), "one is missing, foreign, or there twice"),
        (lambda c: c.pop("dlcore.npy"), "it was not written by dlcore"),
        (lambda c: (c.clear(), c.update({"config.json": b"{}", "model.weights.h5": b""})), "it is a Keras file"),
        (lambda c: c.update({"dlcore.npy": array_bytes(np.frombuffer(b"{not json", "uint8"))}), "can't be read"),
        (lambda c: c.update({"dlcore.npy": array_bytes(np.frombuffer(b"[" * 99999, "uint8"))}), "can't be read"),
        (lambda c: c.update({"dlcore.npy": array_bytes(np.frombuffer(b"[]", "uint8"))}), "is not a dictionary"),
        (edited(lambda d: d.update(format=99)), "it has format 99"),
        (edited(lambda d: d.pop("model")), "can't be made again"),
        (edited(lambda d: d["model"].update(class_name="os.system")), "Unknown layer 'os.system'"),
        (edited(lambda d: d["model"].update(class_name="Dense")), "can't be made again"),
        (edited(lambda d: d["built_for"][0].update(shape=[10**12])), r"an input of shape \(1000000000000,\)"),
        (edited(lambda d: d["built_for"][0].update(dtype="object")), "an input of shape"),
        (edited(lambda d: d["compiled"].update(optimizer={"class_name": "eval", "config": {}})), "Unknown optimizer"),
        (edited(lambda d: d["compiled"].update(loss="eval")), "Unknown loss"),
        (units(10**12), "a weight of shape .* is larger than what the file holds"),
        (units(-3), "units, how many outputs it has, is a whole number"),
        (units({"a": 1}), "units, how many outputs it has, is a whole number"),
    ],
)  # fmt: skip
def test_a_spoilt_file_is_refused_with_a_reason(path, tmp_path, monkeypatch, change, message):
    monkeypatch.chdir(tmp_path)
    trained().save(path)
    rewrite(path, change)
    with pytest.raises(saving.ModelFileError, match=f"(?s)Refused the model file .*{message}"):
        load_model(path)
    assert not os.path.exists("exploded")


class Enlarging(Model):
    def __init__(self, size=2):
        super().__init__()
        self.size = size
        self.layer = layers.UpSampling2D(size)

    def call(self, x):
        return self.layer(x)


IMAGE, MANY = np.zeros((1, 4, 4, 2), "float32"), 10**6


def first(**arguments):
    """A change to the first layer's arguments."""
    return lambda config: config["layers"][0]["config"].update(arguments)


LARGE = {  # layers, an input, and what changes in the model's configuration
    "nearest": ([layers.UpSampling2D()], IMAGE, first(size=[MANY, MANY])),
    "bilinear": ([layers.UpSampling2D(interpolation="bilinear")], IMAGE, first(size=[10**8, 1])),
    "padding": ([layers.ZeroPadding2D()], IMAGE, first(padding=[[MANY, 0], [0, MANY]])),
    "strides": ([layers.Conv2DTranspose(2, 3)], IMAGE, first(strides=[MANY, MANY])),
    "inside": ([layers.TimeDistributed(layers.UpSampling2D())], IMAGE[None],
               lambda c: c["layers"][0]["config"]["layer"]["config"].update(size=[MANY, MANY])),
    "input": ([Input((4, 4, 2)), layers.GlobalMaxPooling2D()], IMAGE, lambda c: c.update(input_shape=[MANY, MANY, 2])),
    "tokens": ([Input((4,)), layers.Embedding(3, 8)], [[0, 1, 2, 1]], lambda c: c.update(input_shape=[10**8])),
    "one's own": (None, IMAGE, lambda c: c.update(size=MANY)),
}  # fmt: skip


@pytest.mark.parametrize("what", LARGE)
def test_a_file_that_asks_for_too_large_samples_is_refused_before_there_is_one(path, what):
    stack, x, change = LARGE[what]
    m = Enlarging() if stack is None else Sequential(stack)
    m(x)
    m.save(path)
    rewrite(path, edited(lambda d: change(d["model"]["config"])))
    tracemalloc.start()
    with pytest.raises(saving.ModelFileError, match="one sample would have the shape .* numbers. A model file may ask"):
        load_model(path, custom_objects={"Enlarging": Enlarging})
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_a_model_for_large_samples_is_loaded_without_one(path):
    m = Sequential([Input((512, 512, 4)), layers.UpSampling2D(2), layers.GlobalMaxPooling2D(), layers.Dense(2)])
    m.save(path)
    tracemalloc.start()
    twin = load_model(path)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()
    assert [layer.name for layer in twin.layers] == [layer.name for layer in m.layers]


def test_compressed_entries_are_refused(path):
    trained().save(path)
    rewrite(path, lambda c: c.update({"weight0.npy": array_bytes(np.zeros(10**7))}), zipfile.ZIP_DEFLATED)
    with pytest.raises(saving.ModelFileError, match="is compressed or larger than the file"):
        load_model(path)


def test_every_truncation_is_refused(path):
    trained().save(path)
    whole = path.read_bytes()
    for n in [0, 1, 30, *range(100, len(whole), 997), len(whole) - 1]:
        path.write_bytes(whole[:n])
        with pytest.raises(saving.ModelFileError):
            load_model(path)


def test_flipped_bytes_are_refused_or_harmless(path):
    m = trained()
    m.save(path)
    whole, rng = path.read_bytes(), np.random.default_rng(0)
    for place in rng.integers(0, len(whole), 150):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            load_model(path)
        except saving.ModelFileError:
            pass


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "it is no model file, or was cut off"),
        (b"hello", "it is no model file, or was cut off"),
        (b"PK\3\4 and half of the rest", "it is damaged, or was cut off. Copy or save it again"),
        (pickle.dumps(Bomb()), "it is a pickle, which could run code"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "it is an HDF5 file, as Keras writes"),
    ],
)
def test_foreign_files_are_refused(path, tmp_path, monkeypatch, content, reason):
    monkeypatch.chdir(tmp_path)
    path.write_bytes(content)
    with pytest.raises(saving.ModelFileError, match=reason):
        load_model(path)
    assert not os.path.exists("exploded")


def test_a_missing_file_and_a_plain_npz(path):
    with pytest.raises(FileNotFoundError, match="There is no model file"):
        load_model(path)
    np.savez(path, a=np.zeros(3))
    with pytest.raises(saving.ModelFileError, match="it was not written by dlcore"):
        load_model(path)
