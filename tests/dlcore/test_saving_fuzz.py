"""Model files from hostile hands: every one is refused with a reason, or is the model that it says it is."""

import contextlib
import io
import json
import warnings
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dlcore import Input, Sequential, layers, load_model, optimizers, saving

X = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")
SETTINGS = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])


def model():
    m = Sequential([Input((4,)), layers.Dense(3, "relu"), layers.Dropout(0.1), layers.Dense(2, "softmax")], seed=0)
    m.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    m.fit(X, [0, 1, 0], verbose=0)
    return m


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a good file, and where to put a bad one."""
    path = tmp_path_factory.mktemp("fuzz") / "model.npz"
    model().save(path)
    return path.read_bytes(), path


def image_model():
    return Sequential(
        [
            Input((8, 8, 2)),
            layers.RandomFlip("horizontal"),
            layers.RandomTranslation((-0.1, 0.2), 0.1, "wrap", seed=1),
            layers.Conv2D(3, 3, padding="same", activation="relu", kernel_regularizer="l2"),
            layers.BatchNormalization(),
            layers.MaxPooling2D(2),
            layers.UpSampling2D(2),
            layers.ZeroPadding2D(1),
            layers.DepthwiseConv2D(3),
            layers.Conv2DTranspose(2, 3, strides=2),
            layers.GlobalAveragePooling2D(),
        ]
    )


def sequence_model():
    return Sequential(
        [
            Input((5,)),
            layers.Embedding(7, 4),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(2)),
            layers.GRU(3, return_sequences=True),
            layers.LayerNormalization(),
            layers.Conv1D(2, 2, padding="causal"),
            layers.Permute((2, 1)),
            layers.Reshape((5, 2)),
            layers.SimpleRNN(2),
        ]
    )


@pytest.fixture(
    scope="module", params=[(image_model, (1, 8, 8, 2)), (sequence_model, (1, 5))], ids=["images", "series"]
)
def saved_other(request, tmp_path_factory):
    """The same for models of other layers."""
    make, shape = request.param
    path = tmp_path_factory.mktemp("fuzz") / "model.npz"
    m = make()
    m.compile(optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)), "mse")
    m(np.zeros(shape, "float32" if len(shape) == 4 else "int32"))
    m.save(path)
    assert refused(path, path.read_bytes()) is None
    return path.read_bytes(), path


def entries(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive_of(pairs, compression=zipfile.ZIP_STORED):
    """An archive of (name, bytes) pairs; names may come twice."""
    file = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w", compression) as archive:
        warnings.simplefilter("ignore")  # zipfile warns of names that come twice
        for name, data in pairs:
            archive.writestr(name, data)
    return file.getvalue()


def array_bytes(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    return file.getvalue()


def header_bytes(header, data=b"", version=(1, 0)):
    """An array file with this header, whatever it says."""
    text = header if isinstance(header, bytes) else header.encode()
    size = len(text).to_bytes(2 if version == (1, 0) else 4, "little")
    return b"\x93NUMPY" + bytes(version) + size + text + data


def with_entry(content, name, data):
    return archive_of((entries(content) | {name: data}).items())


def with_description(content, text):
    return with_entry(content, "dlcore.npy", array_bytes(np.frombuffer(text.encode(), "uint8")))


def description_of(content):
    raw = entries(content)["dlcore.npy"]
    return json.loads(raw[raw.index(b"\n") + 1 :])


def refused(path, content):
    """Load the bytes; the reason why they were refused, or None with a model that works."""
    path.write_bytes(content)
    try:
        loaded = load_model(path)
    except saving.ModelFileError as error:
        assert str(error).startswith(f"Refused the model file '{path}'")
        return str(error)
    assert all(np.shape(w) == v.shape for w, v in zip(loaded.get_weights(), loaded.weights))
    return None


# ---------------------------------------------------------------- bytes


def test_cut_off_at_every_hundredth_byte(saved):
    content, path = saved
    for n in range(0, len(content), 100):
        assert refused(path, content[:n]), f"cut off after {n} bytes"


@SETTINGS
@given(data=st.data())
def test_changed_bytes(saved, data):
    content, path = saved
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    refused(path, bytes(changed))


@SETTINGS
@given(data=st.data())
def test_pieces_taken_out_doubled_and_swapped(saved, data):
    content, path = saved
    a, b, c = sorted(data.draw(st.lists(st.integers(0, len(content)), min_size=3, max_size=3)))
    for changed in (content[:a] + content[b:], content[:b] + content[a:], content[:a] + content[b:c] + content[a:b]):
        refused(path, changed)


@SETTINGS
@given(content=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\3\4", b"PK\5\6", b"\x93NUMPY", b"\x80\4"]))
@example(b"", b"PK\5\6" + bytes(18))
def test_any_bytes(saved, content, start):
    assert refused(saved[1], start + content)


# ---------------------------------------------------------------- entries


@SETTINGS
@given(pairs=st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=60)), max_size=5))
def test_foreign_archives(saved, pairs):
    assert refused(saved[1], archive_of([(name.replace("\0", "") or "x", data) for name, data in pairs]))


@pytest.mark.parametrize(
    "name", ["weight0.npy", "weight0", "weight4.npy", "weight00.npy", "../weight0.npy", "extra.npy", "dlcore.npy"]
)
def test_an_entry_too_many_or_there_twice(saved, name):
    content, path = saved
    pairs = [*entries(content).items(), (name, array_bytes(np.zeros(3, "float32")))]
    if name == "weight4.npy":  # the next in the count: an entry of dlcore's, but of no weight
        assert "it has 4 weights" in refused(path, archive_of(pairs))
    else:
        assert "one is missing, foreign, or there twice" in refused(path, archive_of(pairs))


def test_a_weight_too_few(saved):
    content, path = saved
    for name in entries(content):
        kept = [(n, data) for n, data in entries(content).items() if n != name]
        assert refused(path, archive_of(kept))


SHAPES = ["(0,)", "()", "(-1,)", "(-4, -3)", "(True, 12)", "(4.0, 3)", "(10**9, 10**9)", f"({10**30},)", "'43'", "None"]
DESCRS = ["<f4", "|O", "|V0", "|V4", "<U3", "|S0", "<M8[s]", "<c8", ">f4", "[('a', '<f4')]", "f4,f4", "nonsense", ""]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("descr", DESCRS)
def test_headers_that_lie(saved, shape, descr):
    content, path = saved
    descr = descr if descr.startswith("[") else repr(descr)
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n"
    assert refused(path, with_entry(content, "weight0.npy", header_bytes(header, bytes(48))))
    assert refused(path, with_entry(content, "weight0.npy", header_bytes(header)))


@pytest.mark.parametrize("descr", ["|V0", "|S0", "<U0"])
def test_things_of_no_size_can_be_many(saved, descr):
    content, path = saved
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({2**62},)}}\n"
    assert "no numbers" in refused(path, with_entry(content, "weight0.npy", header_bytes(header)))


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"(" * 9_000,
        b"{[]: 1}\n",
        b"{'descr': __import__('os').mkdir('exploded')}\n",
        b"\xff\xfe\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), 'more': 1}\n",
        b"{'descr': '<f4', 'fortran_order': 7, 'shape': (4, 3)}\n",
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (4L, 3)",
        b"'''",
        b" " * 60_000,
    ],
)
@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0), (9, 9)])
def test_headers_that_are_none(saved, tmp_path, monkeypatch, header, version):
    monkeypatch.chdir(tmp_path)
    content, path = saved
    for name in ("weight0.npy", "dlcore.npy"):
        assert refused(path, with_entry(content, name, header_bytes(header, bytes(48), version)))
    assert list(tmp_path.iterdir()) == []


@SETTINGS
@given(header=st.text(max_size=80), data=st.binary(max_size=60), version=st.sampled_from([(1, 0), (2, 0), (3, 0)]))
def test_any_header(saved, header, data, version):
    content, path = saved
    assert refused(path, with_entry(content, "weight0.npy", header_bytes(header, data, version)))


def test_entries_that_lie_over_each_other_are_not_read_out_many_times(saved):
    content, path = saved
    big = archive_of([*entries(content).items(), ("weight4.npy", array_bytes(np.zeros(10_000, "float32")))])
    place = big.rindex(b"PK\1\2")  # the directory entry of weight4: repeated, it points to the same bytes
    end = big.index(b"PK\5\6")
    listed, count = big[place:end], 50
    more = b"".join(
        listed.replace(b"weight4.npy", f"weight{i}.npy".encode()[:11].ljust(11, b"y")) for i in range(count)
    )
    tail = bytearray(big[end:])
    tail[8:10] = tail[10:12] = (int.from_bytes(tail[8:10], "little") + count).to_bytes(2, "little")
    tail[12:16] = (int.from_bytes(tail[12:16], "little") + len(more)).to_bytes(4, "little")
    assert refused(path, big[:end] + more + bytes(tail))


def test_weights_that_are_no_number_come_back_as_they_are(saved):
    content, path = saved
    weights = np.full((4, 3), np.nan, "float32")
    weights[0] = np.inf
    path.write_bytes(with_entry(content, "weight0.npy", array_bytes(weights)))
    np.testing.assert_array_equal(load_model(path).get_weights()[0], weights)


# ---------------------------------------------------------------- the description

DEEP = 100_000


@pytest.mark.parametrize(
    "text",
    [
        "[" * DEEP + "]" * DEEP,
        '{"a":' * DEEP + "1" + "}" * DEEP,
        "1" * 10_000,
        '{"format": ' + "1" * 10_000 + "}",
        '{"format": 1e999}',
        '{"format": NaN}',
        "null",
        '"model"',
        "",
        '{"format": 1}',
        '{"format": 1, "kind": "model"}',
        '{"format": true, "kind": "model"}',
        '{"format": 1, "kind": ["model"]}',
        '{"format": 1, "format": 1, "kind": {}}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_descriptions_that_are_none(saved, text):
    content, path = saved
    assert refused(path, with_description(content, text))


def test_models_in_models_without_end(saved):
    content, path = saved
    description = description_of(content)
    whole, inner = json.dumps(description | {"model": "INNER"}), json.dumps(description["model"])
    for depth in (20, 200, 2_000, 20_000):
        before = '{"class_name": "Sequential", "config": {"name": "deep", "layers": [' * depth
        why = refused(path, with_description(content, whole.replace('"INNER"', before + inner + "]}}" * depth)))
        assert why or depth == 20


def places(value, found=()):
    """The way to every value inside plain data."""
    yield found
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield from places(each, (*found, key))


def replaced(value, place, new):
    """Plain data with another value in one place."""
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = replaced(value[place[0]], place[1:], new)
    return copy


NAMES = [
    "Dense",
    "Sequential",
    "Model",
    "Layer",
    "relu",
    "get",
    "np",
    "os.system",
    "__import__",
    "eval",
    "Tensor",
    "",
    "Adam",
]
WRONG = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.integers(10**16, 10**25) | st.floats() | st.sampled_from(NAMES),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(["class_name", "config", "name", "units", "shape", "x"]), inside, max_size=3)
    ),
    max_leaves=4,
)


@SETTINGS
@given(data=st.data())
def test_a_wrong_value_anywhere_in_the_description(saved, tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    spoil_description(*saved, data)
    assert list(tmp_path.iterdir()) == []


@SETTINGS
@given(data=st.data())
def test_a_wrong_value_in_the_description_of_other_layers(saved_other, data):
    spoil_description(*saved_other, data)


def spoil_description(content, path, data):
    description = description_of(content)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(list(places(description))))
        description = replaced(description, place, data.draw(WRONG))
        if not isinstance(description, dict):
            break
    refused(path, with_description(content, json.dumps(description)))


def test_a_key_missing_or_too_many_anywhere_in_the_description(saved):
    content, path = saved
    description = description_of(content)
    for place in list(places(description))[1:]:
        *way, key = place
        around = description
        for step in way:
            around = around[step]
        if isinstance(around, dict):
            less = {k: v for k, v in around.items() if k != key}
            refused(path, with_description(content, json.dumps(replaced(description, tuple(way), less))))
            more = around | {"surprise": 1}
            refused(path, with_description(content, json.dumps(replaced(description, tuple(way), more))))


# ---------------------------------------------------------------- a model that is there already


@SETTINGS
@given(data=st.data())
def test_a_model_takes_all_weights_of_a_file_or_none(saved, data):
    content, path = saved
    m = model()
    before = m.get_weights()
    name = data.draw(st.sampled_from([name for name in entries(content) if name.startswith("weight")]))
    shape = data.draw(st.lists(st.integers(0, 4), max_size=3))
    dtype = data.draw(st.sampled_from(["float32", "float64", "int8", "uint64", "bool", "float16"]))
    path.write_bytes(with_entry(content, name, array_bytes(np.ones(shape, dtype))))
    with contextlib.suppress(saving.ModelFileError, ValueError):
        m.load_weights(path)
        return
    for a, b in zip(before, m.get_weights()):
        np.testing.assert_array_equal(a, b)
