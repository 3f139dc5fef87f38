"""Small tools: names, seeds, labels, and what they say about the machine."""

import subprocess
import sys

import numpy as np
import pytest

import dlcore
from dlcore import initializers, layers, losses, metrics, regularizers, utils
from dlcore.utils.checks import is_whole


@pytest.mark.parametrize(
    "name, known, expected",
    [
        ("rellu", ["relu", "elu", "selu"], "relu"),
        ("ADAM", ["adam", "sgd"], "adam"),
        ("msee", ["mse", "MSE"], "mse"),
        ("MSEE", ["mse", "MSE"], "MSE"),
        ("Convolution", ["relu"], None),
        (3, ["relu"], None),
    ],
)
def test_nearest(name, known, expected):
    assert utils.nearest(name, known) == expected


def test_unknown_lists_everything_where_nothing_is_near():
    assert utils.unknown("loss", "xyz", ["mse", "mae"]) == "Unknown loss 'xyz'. Known: mae, mse."


@pytest.mark.parametrize("kind", [initializers, losses, metrics, regularizers])
def test_a_description_has_a_name_and_arguments(kind):
    with pytest.raises(ValueError, match=r"'s description is {'class_name': …, 'config': …}, but got {'a': 1}"):
        kind.get({"a": 1})


def test_refuse():
    utils.refuse("f", {"a": None}, {"a": None, "b": 1})
    with pytest.raises(NotImplementedError, match=r"f\(b=2\): Keras has this argument, dlcore leaves it out"):
        utils.refuse("f", {"b": 2}, {"a": None, "b": 1})
    with pytest.raises(TypeError, match="f: Unknown argument 'unit'. Did you mean 'units'?"):
        utils.refuse("f", {"unit": 2}, {}, known=["units"])


@pytest.mark.parametrize(
    "class_name, expected",
    [("Dense", "dense"), ("Conv2DTranspose", "conv2d_transpose"), ("LSTM", "lstm"), ("MaxPooling2D", "max_pooling2d"),
     ("RMSNormalization", "rms_normalization"), ("MyLSTMCell", "my_lstm_cell")],
)  # fmt: skip
def test_names_are_keras_names(class_name, expected):
    assert utils.unique_name(class_name) == expected
    assert utils.unique_name(class_name) == f"{expected}_1"
    utils.clear_session()
    assert utils.unique_name(class_name) == expected


def test_set_random_seed():
    def draw():
        return initializers.GlorotUniform()((3, 4))

    utils.set_random_seed(1)
    first, second = draw(), draw()
    utils.set_random_seed(1)
    np.testing.assert_array_equal(draw(), first)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "1", True, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(ValueError, match="set_random_seed: seed is a whole number from 0 to 4294967295, but got"):
        utils.set_random_seed(seed)


def test_streams_are_independent():
    a, b = utils.Streams(3), utils.Streams(3)
    for _ in range(5):
        a.generator("dropout")
    x, y = a.generator("initialisation").random(4), b.generator("initialisation").random(4)
    np.testing.assert_array_equal(x, y)
    assert not np.array_equal(x, b.generator("shuffling").random(4))
    assert not np.array_equal(x, a.generator("initialisation").random(4))


def test_to_categorical():
    expected = [[0, 0, 1], [1, 0, 0]]
    for labels in ([2, 0], [[2], [0]], np.array([2.0, 0.0])):
        one_hot = utils.to_categorical(labels, 3)
        np.testing.assert_array_equal(one_hot, expected)
        assert one_hot.dtype == np.float32
    assert utils.to_categorical([0, 4]).shape == (2, 5)
    assert utils.to_categorical(np.zeros((2, 3), int), 4).shape == (2, 3, 4)


@pytest.mark.parametrize(
    "labels, classes, message",
    [
        ([0, 3], 3, "labels run from 0 to 3, but 3 classes are numbered 0 to 2"),
        ([-1], None, "from -1"),
        ([0.5], 2, "whole"),
        (["a"], 2, "whole class numbers, but got <U1 such as a"),
        ([0], 2.5, "num_classes is a whole number from 1, but got 2.5"),
    ],
)
def test_to_categorical_refuses_what_is_no_class(labels, classes, message):
    with pytest.raises(ValueError, match=message):
        utils.to_categorical(labels, classes)


@pytest.mark.parametrize("value", [0.0, 0.25, 1, np.float32(0.5), np.int64(1)])
def test_a_number_in_its_range_passes(value):
    assert utils.require_number("rate", value, 0, 1) is value


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_a_whole_number_comes_back_as_one_that_json_can_hold(value):
    assert type(utils.require_number("n", value, 1, whole=True)) is int
    assert type(layers.Dense(value).get_config()["units"]) is int
    assert is_whole(value, 3) and not is_whole(value, 4)


@pytest.mark.parametrize("value", [True, 3.0, "3", None, [3]])
def test_nothing_else_is_a_whole_number(value):
    assert not is_whole(value)


@pytest.mark.parametrize("value", [-0.1, 1.5, "1", None, True, float("nan"), 1j, [0.5]])
def test_any_other_is_refused(value):
    with pytest.raises(ValueError, match="^rate is a number from 0 to 1, but got "):
        utils.require_number("rate", value, 0, 1)


def test_the_ends_of_a_range_may_be_left_out():
    with pytest.raises(ValueError, match="^rho is a number above 0 to below 1, but got 0[.]$"):
        utils.require_number("rho", 0, 0, 1, above=True, below=True)
    with pytest.raises(ValueError, match="to below 1, but got 1[.]$"):
        utils.require_number("rho", 1, 0, 1, below=True)
    with pytest.raises(ValueError, match="^n is a whole number from 2, but got 2.0[.]$"):
        utils.require_number("n", 2.0, 2, whole=True)


@pytest.mark.parametrize("module", ["activations", "datasets", "initializers", "ops", "utils"])
def test_a_module_helps_with_a_name_that_it_does_not_have(module):
    found = getattr(dlcore, module)
    name = found.__all__[-1]
    with pytest.raises(AttributeError, match=f"dlcore.{module} has no '{name}x'. Did you mean '"):
        getattr(found, f"{name}x")


def test_show_source_is_the_library_itself():
    shown = utils.show_source(dlcore.layers.Dense).data
    assert shown.startswith("```python\nclass Dense(Layer):") and shown.endswith("```")
    assert "return self.activation(ops.dense(" in shown
    assert utils.show_source(dlcore.ops.dense).data.startswith("```python\n@op\ndef dense(")


def test_show_config_and_hardware(capsys):
    utils.show_config()
    out = capsys.readouterr().out
    assert f"numpy       {np.__version__}" in out and "BLAS" in out and str(utils.hardware()) in out
    hardware = utils.hardware()
    assert hardware.cpu and hardware.cores >= 1
    assert str(hardware._replace(cpu="C", cores=1, gpu=None)) == "C, 1 core, no GPU"


def test_show_config_notices_kernels_that_are_too_old(capsys, monkeypatch):
    monkeypatch.setattr(utils.system, "blas", lambda: ("openblas", "Haswell", 2))
    monkeypatch.setattr(utils.system, "_cpu_info", lambda key: "sse avx512f" if key == "flags" else "CPU")
    utils.show_config()
    assert "OPENBLAS_CORETYPE=SkylakeX before Python starts" in capsys.readouterr().out


def test_unknown_names_of_the_package():
    with pytest.raises(AttributeError, match="dlcore has no 'layer'. Did you mean 'layers'?"):
        dlcore.layer  # noqa: B018


def test_import_is_light():
    """`import dlcore` loads NumPy and nothing heavier, and does not even touch np.random."""
    program = (
        "import sys, dlcore; heavy = ['matplotlib', 'ipywidgets', 'anywidget', 'tensorflow', 'keras', 'sklearn', "
        "'IPython', 'pooch', 'tqdm', 'scipy', 'difflib', 'numpy.random']; print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    plain = subprocess.run(
        [sys.executable, "-c", program.replace(", dlcore", ", numpy")], capture_output=True, text=True
    )
    assert done.stdout.strip() in ("[]", plain.stdout.strip())
