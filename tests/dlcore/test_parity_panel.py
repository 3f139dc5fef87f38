"""The parity panel: it must say DIFFERENT where something differs, and leave the models as they were."""

import html.parser
import re

import numpy as np
import pytest

from dlcore import Input, Sequential, Tensor, layers, losses, ops, optimizers, parity, utils

# ---------------------------------------------------------------- the panel alone


def test_a_difference_within_the_tolerance_is_equal():
    panel = parity.Panel().add("outputs", [1.0, 2.0], np.array([1.0, 2.0 + 5e-7]), tolerance=1e-6)
    assert panel.equal and panel.rows[0].verdict == "equal"
    assert panel.rows[0].difference == pytest.approx(5e-7, rel=1e-3)
    panel.check()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (1.0, 1.1),
        (np.ones(3), np.ones(4)),
        (np.ones((3, 1)), np.ones(3)),  # NumPy would broadcast these
        (np.array([1.0, np.nan]), np.array([1.0, np.nan])),
        (np.inf, -np.inf),
        ([np.ones(2), np.ones(3)], [np.ones(2), np.zeros(3)]),
        ([np.ones(2)], [np.ones(2), np.ones(2)]),
        ([np.ones(2), np.array([np.nan])], [np.zeros(2), np.ones(1)]),
    ],
)
def test_what_differs_is_named(ours, theirs):
    panel = parity.Panel("A and B").add("this row", 1, 1).add("that row", ours, theirs)
    assert [row.verdict for row in panel.rows] == ["equal", "DIFFERENT"]
    assert not panel.equal
    with pytest.raises(AssertionError, match="1 of 2 rows differ: that row") as caught:
        panel.check()
    assert "this row" not in str(caught.value)
    assert "DIFFERENT" in repr(panel) and "DIFFERENT" in panel._repr_html_()


def test_equal_infinities_and_tensors_and_empty_arrays_are_equal():
    panel = (
        parity.Panel()
        .add("a", np.inf, np.inf)
        .add("b", Tensor([1.0]), [1.0])
        .add("c", np.ones((0, 2)), np.ones((0, 2)))
    )
    assert panel.equal


def test_whole_numbers_do_not_wrap_around():
    assert parity.Panel().add("a", np.uint8(1), np.uint8(2)).rows[0].difference == 1


class Table(html.parser.HTMLParser):
    """Collects what is in each tag, and complains about tags that are not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.found.append([tag, dict(attributes), ""])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.found[-1][2] += data

    def all(self, tag):
        return [(attributes, text.strip()) for name, attributes, text in self.found if name == tag]


def test_the_html_is_an_accessible_table():
    panel = parity.Panel("dlcore <and> Keras").add("outputs", 1, 1 + 3e-8).add("loss & co", 1, 2, role="loss")
    table = Table(panel._repr_html_())
    assert table.all("caption") == [({}, "dlcore <and> Keras")]
    headers = table.all("th")
    assert [a["scope"] for a, _ in headers] == ["col"] * 4 + ["row"] * 2
    assert [text for _, text in headers][4:] == ["outputs", "loss & co"]
    assert "--dl-loss" in headers[5][0]["style"]
    assert table.all("span")[0] == ({"class": "dl-measured"}, "≈3.0e-08")
    assert all(name.startswith("dl-") for _, a, _ in table.found for name in a.get("class", "").split())


def test_only_the_measured_number_may_change_between_machines():
    """What is left when numbers behind ≈ are taken out, as the notebooks' tests do, is the same."""
    panels = [parity.Panel().add("outputs", 1, 1 + d).add("loss", 2, 2 + d / 3) for d in (3e-8, 0.0, 4.4e-9)]
    for text in (repr, parity.Panel._repr_html_):
        assert len({re.sub(r"\s*≈\s?\d[\d.]*(?:e[-+]?\d+)?", "≈", text(panel)) for panel in panels}) == 1


def test_an_unknown_role_is_refused():
    with pytest.raises(KeyError, match="colour"):
        parity.Panel().add("a", 1, 1, role="colour")


def test_tolerances_are_round():
    assert [parity.power_of_ten(v) for v in (0.02, 0.1, 1, 1.01, 50, 0)] == pytest.approx([0.1, 0.1, 1, 10, 100, 1e-3])


# ---------------------------------------------------------------- two models


@pytest.fixture(scope="module")
def keras():
    utils.quiet_tensorflow()
    return pytest.importorskip("keras", reason="needs Keras on TensorFlow")


RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6)).astype("float32")
Y = RNG.integers(0, 3, 50)


def twins(keras, optimizer="adam"):
    """A dlcore model and its Keras twin, compiled, with the same weights."""
    ours = Sequential([Input((6,)), layers.Dense(8, "tanh", name="hidden"), layers.Dense(3, name="logits")], seed=0)
    ours.compile(optimizer, losses.SparseCategoricalCrossentropy(from_logits=True))
    theirs = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(3)])
    theirs.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    parity.copy_weights(ours, theirs)
    return ours, theirs


def weights_of(*models):
    return [w for model in models for w in model.get_weights()]


def test_copy_weights_goes_both_ways(keras):
    ours, theirs = twins(keras)
    ours.set_weights([w + 1 for w in ours.get_weights()])
    parity.copy_weights(theirs, ours)
    assert all(np.array_equal(a, b) for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True))


def test_copy_weights_names_what_does_not_fit(keras):
    ours, _ = twins(keras)
    with pytest.raises(ValueError, match=r"Weight 0 has shape \(6, 8\).*\(6, 7\)"):
        parity.copy_weights(ours, keras.Sequential([keras.Input((6,)), keras.layers.Dense(7)]))
    with pytest.raises(ValueError, match="has 4 weights, but .* has 2"):
        parity.copy_weights(ours, keras.Sequential([keras.Input((6,)), keras.layers.Dense(8)]))
    with pytest.raises(ValueError, match="no weights yet"):
        parity.copy_weights(ours, keras.Sequential([keras.layers.Dense(8)]))


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
def test_twins_are_equal_and_stay_as_they_were(keras, optimizer):
    ours, theirs = twins(keras, optimizer)
    before = weights_of(ours, theirs)
    panel = parity.compare(ours, theirs, X, Y, steps=5, batch_size=16)
    panel.check()
    assert [row.what for row in panel.rows] == [
        "weights at the start",
        "outputs",
        "loss",
        "gradient of hidden kernel (6, 8)",
        "gradient of hidden bias (8,)",
        "gradient of logits kernel (8, 3)",
        "gradient of logits bias (3,)",
        "losses of 5 steps",
        "weights after 5 steps",
    ]
    assert all(np.array_equal(a, b) for a, b in zip(before, weights_of(ours, theirs), strict=True))
    assert int(ours.optimizer.iterations.numpy()) == 0 and int(theirs.optimizer.iterations.numpy()) == 0


def wrong(panel):
    return [row.what for row in panel.rows if not row.equal]


def test_a_wrong_weight_is_seen_from_the_start(keras):
    ours, theirs = twins(keras)
    weights = ours.get_weights()
    weights[0][0, 0] += 1e-3
    ours.set_weights(weights)
    panel = parity.compare(ours, theirs, X, Y, steps=0)
    assert wrong(panel)[:2] == ["weights at the start", "outputs"]
    assert "copy_weights" in repr(panel)


def test_a_wrong_gradient_is_seen(keras):
    ours, theirs = twins(keras, "sgd")  # Adam would not notice: it divides by the size of the gradient
    right = ops.tanh

    def tanh(x):  # the right values with a slope that is too small
        y = right(x)
        return y * 0.5 + y.numpy() * 0.5

    ours.layers[0].activation = tanh
    panel = parity.compare(ours, theirs, X, Y, steps=3)
    assert wrong(panel) == [
        "gradient of hidden kernel (6, 8)",
        "gradient of hidden bias (8,)",
        "losses of 3 steps",
        "weights after 3 steps",
    ]


def test_a_wrong_optimizer_is_seen(keras):
    ours, theirs = twins(keras)
    ours.compile(optimizers.Adam(beta_1=0.91), losses.SparseCategoricalCrossentropy(from_logits=True))
    assert wrong(parity.compare(ours, theirs, X, Y, steps=5)) == ["weights after 5 steps"]
    parity.compare(ours, theirs, X, Y, steps=5, tolerances={"steps": 1}).check()


def test_a_wrong_loss_is_seen(keras):
    ours, theirs = twins(keras)
    ours.compile("adam", lambda y, p: 2 * losses.sparse_categorical_crossentropy(y, p, from_logits=True))
    assert wrong(parity.compare(ours, theirs, X, Y, steps=0))[0] == "loss"


def test_outputs_alone_need_no_compile(keras):
    ours = Sequential([Input((6,)), layers.Dense(2)])
    theirs = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])
    parity.copy_weights(ours, theirs)
    panel = parity.compare(ours, theirs, X)
    assert [row.what for row in panel.rows] == ["weights at the start", "outputs"]
    panel.check()
    with pytest.raises(ValueError, match="not compiled"):
        parity.compare(ours, theirs, X, Y)


def test_dropout_needs_training_false(keras):
    ours = Sequential([Input((6,)), layers.Dropout(0.5), layers.Dense(1)])
    theirs = keras.Sequential([keras.Input((6,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    for model in (ours, theirs):
        model.compile("sgd", "mse")
    parity.copy_weights(ours, theirs)
    with pytest.raises(ValueError, match="training=False"):
        parity.compare(ours, theirs, X, Y[:, None].astype("float32"))
    parity.compare(ours, theirs, X, Y[:, None].astype("float32"), training=False).check()


def test_an_unknown_tolerance_gets_the_nearest_name(keras):
    with pytest.raises(ValueError, match="Did you mean 'steps'"):
        parity.compare(*twins(keras), X, Y, tolerances={"step": 1})
