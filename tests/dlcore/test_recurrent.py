"""Recurrent layers: the fused operations against the formula step by step, the options, and the wrappers."""

import numpy as np
import pytest

from dlcore import (
    Input,
    Model,
    Sequential,
    Tensor,
    Variable,
    gradcheck,
    gradients,
    layers,
    load_model,
    ops,
    regularizers,
)

RNG = np.random.default_rng(0)
GATES = {"simple_rnn": 1, "gru": 3, "lstm": 4}
LAYERS = {"SimpleRNN": layers.SimpleRNN, "GRU": layers.GRU, "LSTM": layers.LSTM}
every_op = pytest.mark.parametrize("name", GATES)
every_layer = pytest.mark.parametrize("kind", LAYERS)


# ---------------------------------------------------------------- the operations


def arguments(name, batch=3, time=5, features=2, units=4):
    """x, the first states, kernel, recurrent kernel and bias for an operation, drawn at random."""
    n = GATES[name] * units
    shapes = [(batch, time, features), *[(batch, units)] * (2 if name == "lstm" else 1)]
    shapes += [(features, n), (units, n), (2, n) if name == "gru" else (n,)]
    return [RNG.standard_normal(shape) for shape in shapes]


def unrolled(name, x, h, *rest):
    """The same as the operation `name`, composed of small ones: the formulas as they stand in books."""
    *c, W, U, b = rest
    u = h.shape[1]
    hs = []
    for t in range(x.shape[1]):
        if name == "simple_rnn":
            h = ops.tanh(x[:, t] @ W + h @ U + b)
        elif name == "gru":
            from_x, from_h = x[:, t] @ W + b[0], h @ U + b[1]
            z = ops.sigmoid(from_x[:, :u] + from_h[:, :u])
            r = ops.sigmoid(from_x[:, u : 2 * u] + from_h[:, u : 2 * u])
            h = z * h + (1 - z) * ops.tanh(from_x[:, 2 * u :] + r * from_h[:, 2 * u :])
        else:
            sums = x[:, t] @ W + h @ U + b
            i, f, new, o = (sums[:, k * u : (k + 1) * u] for k in range(4))
            c = [ops.sigmoid(f) * c[0] + ops.sigmoid(i) * ops.tanh(new)]
            h = ops.sigmoid(o) * ops.tanh(c[0])
        hs.append(h)
    return ops.stack([*hs, *c], axis=1)


@every_op
@pytest.mark.parametrize("time", [1, 2, 7])
@pytest.mark.parametrize("only_last", [False, True])
def test_one_operation_is_the_loop_over_small_ones(name, time, only_last):
    inputs = [Variable(a) for a in arguments(name, time=time)]
    y = getattr(ops, name)(*inputs, only_last=only_last)
    expected = unrolled(name, *inputs)
    expected = expected[:, time - 1] if only_last else expected[:, :time]
    np.testing.assert_allclose(y.data, expected.data, rtol=0, atol=1e-14)
    g = RNG.standard_normal(y.shape)
    for ours, theirs in zip(gradients(ops.sum(y * g), inputs), gradients(ops.sum(expected * g), inputs)):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_the_last_c_of_an_lstm_comes_behind_all_h():
    inputs = [Variable(a) for a in arguments("lstm")]
    y, expected = ops.lstm(*inputs, and_c=True), unrolled("lstm", *inputs)
    np.testing.assert_allclose(y.data, expected.data, rtol=0, atol=1e-14)
    g = RNG.standard_normal(y.shape)
    for ours, theirs in zip(gradients(ops.sum(y * g), inputs), gradients(ops.sum(expected * g), inputs)):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@every_op
def test_gradients_can_be_asked_for_twice(name):
    inputs = [Variable(a) for a in arguments(name)]
    loss = ops.sum(ops.square(getattr(ops, name)(*inputs)))
    for first, second in zip(gradients(loss, inputs), gradients(loss, inputs)):
        np.testing.assert_array_equal(first, second)


@every_op
@pytest.mark.parametrize("settings", [{}, {"only_last": True}, {"and_c": True}])
def test_an_arriving_gradient_stays_as_it_is_in_any_order_of_memory(name, settings):
    if settings.get("and_c") and name != "lstm":
        settings = {}
    y = getattr(ops, name)(*[Variable(a) for a in arguments(name)], **settings)
    g = RNG.standard_normal(y.shape)
    expected = [share() for share in y.vjp(g)]
    inside = np.roll(range(g.ndim), -1)  # (time, units, batch), as the operation computes
    same = np.ascontiguousarray(g.transpose(inside)).transpose(np.argsort(inside))
    same.setflags(write=False)
    for a, b in zip([share() for share in y.vjp(same)], expected, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(same, g)


@every_op
def test_samples_of_a_batch_know_nothing_of_each_other(name):
    x, *rest = arguments(name)
    states = 2 if name == "lstm" else 1
    whole = getattr(ops, name)(x, *rest).data
    for k in range(len(x)):
        alone = getattr(ops, name)(x[k : k + 1], *[s[k : k + 1] for s in rest[:states]], *rest[states:]).data
        np.testing.assert_allclose(alone[0], whole[k], rtol=0, atol=1e-14)


@every_op
def test_a_thousand_steps(name):
    inputs = [Variable(0.1 * a) for a in arguments(name, time=1000)]
    y = getattr(ops, name)(*inputs, only_last=True)
    for g in gradients(ops.sum(y), inputs):
        assert np.isfinite(g).all()


def test_huge_sums_saturate_without_a_warning():
    x, *rest = arguments("lstm")
    with np.errstate(all="raise", under="ignore"):
        y = ops.lstm(1e6 * x.astype("float32"), *[a.astype("float32") for a in rest])
    assert np.isfinite(y.data).all()


def test_float32_meets_float64():
    x, *rest = arguments("gru")
    assert ops.gru(x.astype("float32"), *rest).dtype == np.float64
    assert ops.gru((10 * x).astype("int64"), *[a.astype("float32") for a in rest]).dtype == np.float32


@pytest.mark.parametrize(
    "name, place, shape, message",
    [
        ("lstm", 0, (3, 2), r"lstm: x \(3, 2\) must be \(batch, time, features\). Is the axis of time missing\?"),
        ("gru", 0, (3, 0, 2), r"gru: x \(3, 0, 2\) has no time steps"),
        ("lstm", 2, (3, 5), r"lstm: .* state must have shape \(3, 4\), not \(3, 5\)"),
        ("simple_rnn", 2, (5, 4), r"simple_rnn: .* kernel must have shape \(2, 4\), not \(5, 4\)"),
        ("gru", 3, (4, 4), r"gru: .* recurrent_kernel must have shape \(4, 12\), not \(4, 4\)"),
        ("gru", 4, (12,), r"gru: .* bias must have shape \(2, 12\), not \(12,\)"),
    ],
)
def test_shapes_that_do_not_fit_an_operation(name, place, shape, message):
    inputs = arguments(name)
    inputs[place] = np.zeros(shape)
    with pytest.raises(ValueError, match=message):
        getattr(ops, name)(*inputs)


# ---------------------------------------------------------------- the layers


def built(kind, *args, features=2, **kwargs):
    """A layer in float64 with random weights, biases too."""
    layer = LAYERS[kind](*(args or (4,)), dtype="float64", **kwargs)
    layer.build((None, None, features))
    layer.set_weights([RNG.standard_normal(v.shape) for v in layer.weights])
    return layer


def twin(layer, **changes):
    """A layer with the same weights and arguments, but for some changes."""
    other = type(layer)(**layer.get_config() | changes)
    other.build((None, None, len(layer.kernel)))
    other.set_weights(layer.get_weights())
    return other


def sequences(batch=3, time=6, features=2):
    return RNG.standard_normal((batch, time, features))


@every_layer
@pytest.mark.parametrize("use_bias", [True, False])
def test_step_by_step_gives_the_same(kind, use_bias):
    """A function of one's own in place of tanh goes the slow way, with the same result."""
    fast = built(kind, use_bias=use_bias, return_sequences=True, return_state=True)
    slow = twin(fast)
    slow.activation = lambda x: ops.tanh(x)
    assert fast._is_standard() and not slow._is_standard()
    x = Variable(sequences())
    found, expected = (ops.concatenate([ops.reshape(y, (3, -1)) for y in layer(x)], axis=1) for layer in (fast, slow))
    np.testing.assert_allclose(found.data, expected.data, rtol=0, atol=1e-14)
    g = RNG.standard_normal(found.shape)
    ours = gradients(ops.sum(found * g), [x, *fast.weights])
    theirs = gradients(ops.sum(expected * g), [x, *slow.weights])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12)


@every_layer
@pytest.mark.parametrize("activation", ["relu", "linear", "sigmoid"])
def test_other_activations(kind, activation):
    layer = built(kind, 3, activation)
    x = 0.3 * sequences()
    gradcheck.check(lambda x: layer(x), x)
    assert not np.allclose(layer(x), twin(layer, activation="tanh")(x))
    assert twin(layer, return_sequences=True)(x).shape == (3, 6, 3)
    np.testing.assert_array_equal(twin(layer, return_sequences=True)(x)[:, -1].data, layer(x).data)


@pytest.mark.parametrize("kind", ["GRU", "LSTM"])
def test_another_recurrent_activation(kind):
    layer = built(kind, recurrent_activation="hard_sigmoid")
    x = sequences()
    assert not np.allclose(layer(x), twin(layer, recurrent_activation="sigmoid")(x))
    gradcheck.check(lambda x: layer(x), x)


@every_layer
def test_a_thousand_steps_one_by_one(kind):
    layer = built(kind, 2, "softsign")
    x = Variable(0.1 * sequences(1, 1000))
    assert all(np.isfinite(g).all() for g in gradients(ops.sum(layer(x)), [x, *layer.weights]))


@every_layer
@pytest.mark.parametrize("activation", ["tanh", "softsign"])
def test_what_is_given_out(kind, activation):
    last = built(kind, activation=activation)
    x = sequences()
    whole = twin(last, return_sequences=True)(x)
    assert whole.shape == (3, 6, 4)
    np.testing.assert_array_equal(last(x).data, whole.data[:, -1])
    y, *states = twin(last, return_state=True)(x)
    assert len(states) == (2 if kind == "LSTM" else 1) and all(s.shape == (3, 4) for s in states)
    np.testing.assert_array_equal(y.data, whole.data[:, -1])
    np.testing.assert_array_equal(states[0].data, y.data)
    both = twin(last, return_state=True, return_sequences=True)(x)
    np.testing.assert_array_equal(both[0].data, whole.data)
    for a, b in zip(both[1:], states, strict=True):
        np.testing.assert_array_equal(a.data, b.data)


@every_layer
def test_going_backwards_is_reading_the_reversed_sequence(kind):
    forwards = built(kind, return_sequences=True)
    backwards = twin(forwards, go_backwards=True)
    x = Variable(sequences())
    reversed_x = Variable(x.data[:, ::-1])
    y, expected = backwards(x), forwards(reversed_x)
    np.testing.assert_array_equal(y.data, expected.data)
    g = RNG.standard_normal(y.shape)
    (gx,), (gr,) = gradients(ops.sum(y * g), [x]), gradients(ops.sum(expected * g), [reversed_x])
    np.testing.assert_array_equal(gx, gr[:, ::-1])


@every_layer
def test_a_sequence_in_two_parts_with_the_states_handed_on(kind):
    layer = built(kind, return_sequences=True, return_state=True)
    x = sequences()
    first, *states = layer(x[:, :2])
    second, *_ = layer(x[:, 2:], initial_state=states)
    whole, *_ = layer(x)
    np.testing.assert_allclose(np.concatenate([first.data, second.data], 1), whole.data, rtol=0, atol=1e-14)


@every_layer
def test_gradients_flow_through_the_states_into_another_layer(kind):
    """An encoder hands its states on to a decoder: the loss of the one trains the weights of the other."""
    encoder, decoder = built(kind, return_state=True), built(kind)
    x, z = sequences(), sequences()
    n = len(encoder.states)

    def both(*states):
        return decoder(z, initial_state=list(states))

    gradcheck.check(both, *[RNG.standard_normal((3, 4)) for _ in range(n)])
    states = encoder(x)[1:]
    for g in gradients(ops.sum(decoder(z, list(states))), encoder.weights):
        assert np.abs(g).max() > 0
    for given in (states, [s.data for s in states]):  # tuple, list, tensors and arrays will do
        np.testing.assert_array_equal(decoder(z, initial_state=given).data, both(*states).data)
    if n == 1:
        np.testing.assert_array_equal(decoder(z, initial_state=states[0]).data, both(*states).data)


@every_layer
def test_weights_and_their_first_values(kind):
    layer = LAYERS[kind](6)
    layer.build((None, None, 3))
    n = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}[kind]
    assert [v.name for v in layer.weights] == ["kernel", "recurrent_kernel", "bias"]
    assert [v.shape for v in layer.weights] == [(3, 6 * n), (6, 6 * n), (2, 18) if kind == "GRU" else (6 * n,)]
    np.testing.assert_allclose(layer.recurrent_kernel.data @ layer.recurrent_kernel.data.T, np.eye(6), atol=1e-6)
    assert np.abs(layer.kernel.data).max() <= np.sqrt(6 / (3 + 6 * n))
    ones = np.flatnonzero(layer.bias.data)
    assert list(ones) == (list(range(6, 12)) if kind == "LSTM" else [])
    assert [v.name for v in built(kind, use_bias=False).weights] == ["kernel", "recurrent_kernel"]


def test_the_forget_gate_need_not_start_open():
    layer = layers.LSTM(3, unit_forget_bias=False, bias_initializer="zeros")
    layer.build((None, None, 2))
    assert not layer.bias.data.any()
    layer = layers.LSTM(3, bias_initializer="ones", kernel_initializer="zeros", recurrent_initializer="zeros")
    layer.build((None, None, 2))
    assert layer.bias.data.all() and not layer.kernel.data.any() and not layer.recurrent_kernel.data.any()


@every_layer
def test_ways_that_change_no_number_are_taken(kind):
    x = sequences()
    plain, other = LAYERS[kind](4), LAYERS[kind](4, unroll=True, implementation=1)
    y = plain(x)
    other.build(x.shape)
    other.set_weights(plain.get_weights())
    np.testing.assert_array_equal(other(x).numpy(), y.numpy())
    assert LAYERS[kind].from_config(other.get_config()).unroll is True


@every_layer
def test_the_states_that_a_sequence_starts_from(kind):
    layer, x = LAYERS[kind](4), sequences()
    states = layer.get_initial_state(len(x))
    assert len(states) == len(layer.states) and all(isinstance(h, Tensor) for h in states)
    np.testing.assert_array_equal(layer(x, initial_state=states).numpy(), layer(x).numpy())


@every_layer
def test_regularizers_price_the_weights(kind):
    layer = built(kind, kernel_regularizer="l2", recurrent_regularizer=regularizers.L1(0.5), bias_regularizer="l1")
    w, u, b = layer.get_weights()
    prices = [0.01 * (w * w).sum(), 0.5 * np.abs(u).sum(), 0.01 * np.abs(b).sum()]
    np.testing.assert_allclose([price.item() for price in layer.losses], prices)


@every_layer
def test_dropout_takes_the_same_features_from_every_step(kind):
    layer = built(kind, features=50, dropout=0.4, seed=1)
    seen = []
    layer._whole = lambda x, states, only_last: seen.append(x.data) or x[:, 0]
    x = np.ones((20, 6, 50))
    layer(x)
    np.testing.assert_array_equal(seen.pop(), x)
    layer(x, training=True)
    masks = seen.pop()
    np.testing.assert_allclose(np.unique(masks), [0, 1 / 0.6], rtol=1e-6)
    assert (masks == masks[:, :1]).all() and not (masks == masks[:1]).all()
    assert abs((masks[:, 0] == 0).mean() - 0.4) < 0.05


@every_layer
def test_only_gradients_that_are_needed(kind):
    layer = built(kind)
    x = sequences()
    layer.trainable = False
    assert not layer(x).requires_grad
    x = Variable(x)
    assert np.abs(gradients(ops.sum(layer(x)), [x])[0]).max() > 0


@every_layer
def test_whole_numbers_and_a_sequence_of_one_step(kind):
    layer = LAYERS[kind](3)
    y = layer(np.ones((2, 1, 5), "int64"))
    assert y.shape == (2, 3) and y.dtype == np.float32


@every_layer
def test_output_shapes_with_any_number_of_steps(kind):
    shape = (None, None, 3)
    make = LAYERS[kind]
    n = 2 if kind == "LSTM" else 1
    assert make(4).compute_output_shape(shape) == (None, 4)
    assert make(4, return_sequences=True).compute_output_shape(shape) == (None, None, 4)
    assert make(4, return_state=True).compute_output_shape(shape) == [(None, 4)] * (1 + n)
    model = Sequential([Input((None, 3)), make(4), layers.Dense(1)])
    assert model.predict(sequences(3, 5, 3), verbose=0).shape == model.predict(sequences(3, 9, 3), verbose=0).shape


@every_layer
def test_it_learns_which_number_came_first(kind):
    """The first of eight steps decides, the others are noise: nothing but memory helps."""
    x = np.random.default_rng(1).standard_normal((64, 8, 1)).astype("float32")
    y = (x[:, 0] > 0).astype("float32")
    model = Sequential([LAYERS[kind](16), layers.Dense(1, "sigmoid")], seed=3)
    model.compile("adam", "binary_crossentropy", ["accuracy"])
    model.optimizer.learning_rate = 0.02
    history = model.fit(x, y, epochs=60, verbose=0)
    assert history.history["accuracy"][-1] > 0.95


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: layers.LSTM(3, name="m")(np.ones((2, 6))),
         r"LSTM 'm': input \(None, 6\) should be \(batch, time, features\) .* Is the axis of time missing\?"),
        (lambda: layers.GRU(3)(np.ones((2, 3, 4, 5))), r"GRU .*: input \(None, 3, 4, 5\) should be \(batch, time"),
        (lambda: built("LSTM")(np.ones((2, 2))), r"input \(2, 2\) should be .* one sequence as x\[None\]"),
        (lambda: layers.GRU(3).build((None, 5, None)), "with a known number of features"),
        (lambda: built("GRU")(np.ones((2, 5, 7))),
         r"input \(2, 5, 7\) has 7 features a step, but its kernel \(2, 12\) was built for 2"),
        (lambda: built("GRU")(np.ones((2, 0, 2))), r"input \(2, 0, 2\) has no time steps"),
        (lambda: built("LSTM")(sequences(), initial_state=[np.zeros((3, 4))]),
         r"initial_state needs 2 of shape \(batch, units\), h and c, but got 1"),
        (lambda: built("GRU")(sequences(), initial_state=[np.zeros((3, 4))] * 2),
         r"initial_state needs 1 of shape \(batch, units\), h, but got 2"),
        (lambda: built("LSTM")(sequences(), initial_state=[np.zeros((3, 4)), np.zeros((1, 4))]),
         r"initial_state c must be \(batch, units\) = \(3, 4\), but has shape \(1, 4\)"),
        (lambda: built("GRU")(sequences(), initial_state=np.array([["a"]])), "its input can't be used"),
        (lambda: layers.LSTM(0), "units, how many outputs it has, is a whole number from 1, but got 0"),
        (lambda: layers.LSTM(True), "a whole number from 1, but got True"),
        (lambda: layers.LSTM(3, "tahn"), "Unknown activation 'tahn'. Did you mean 'tanh'?"),
        (lambda: layers.LSTM(3, return_sequence=True), "Did you mean 'return_sequences'?"),
        (lambda: layers.LSTM(3, dropout=1.5, name="m"), "Dropout 'm_dropout': rate, .* from 0 to 1, but got 1.5"),
        (lambda: layers.LSTM(3, recurrent_dropout=0.2), r"LSTM\(recurrent_dropout=0.2\): Keras has this argument"),
        (lambda: layers.LSTM(3, stateful=True), r"LSTM\(stateful=True\): Keras has this argument, dlcore leaves it"),
        (lambda: layers.GRU(3, implementation=3), "implementation is a whole number from 0 to 2, but got 3"),
        (lambda: layers.GRU(3, reset_after=False), r"GRU\(reset_after=False\): Keras has this argument"),
        (lambda: layers.SimpleRNN(3, recurrent_constraint="max_norm"), r"SimpleRNN\(recurrent_constraint='max_norm'\)"),
        (lambda: layers.Bidirectional(layers.LSTM), "such as LSTM\\(8\\), but got <class"),
        (lambda: layers.Bidirectional(layers.Dense(3, name="d")), "but got <Dense 'd'>"),
        (lambda: layers.Bidirectional(layers.GRU(3), backward_layer=layers.Dense(3, name="e")), "got <Dense 'e'>"),
        (lambda: layers.Bidirectional(layers.LSTM(3), merge_mode="cat"), "Unknown merge_mode 'cat'. Did you mean"),
        (lambda: layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(3)),
         "layer has go_backwards=False, backward_layer go_backwards=False. They need opposite ones."),
        (lambda: layers.Bidirectional(
            layers.LSTM(3), backward_layer=layers.LSTM(3, return_sequences=True, go_backwards=True)),
         "layer has return_sequences=False, backward_layer return_sequences=True. They need the same ones."),
        (lambda: layers.Bidirectional(layers.LSTM(3), weights=[]), r"Bidirectional\(weights=\[\]\): Keras has"),
        (lambda: layers.Bidirectional(layers.GRU(3))(sequences(), initial_state=np.zeros((3, 3))),
         "initial_state is a list: the states of the forward layer, then of the backward one"),
        (lambda: layers.Bidirectional(layers.GRU(3))(sequences(), initial_state=[np.zeros((3, 3))]),
         r"initial_state needs 1 of shape \(batch, units\), h, but got 0"),
        (lambda: layers.TimeDistributed(layers.Dense), r"needs a layer, .* Write Dense\(...\), with brackets"),
        (lambda: layers.TimeDistributed(lambda x: x), r"needs a layer, such as Dense\(8\), but got <function"),
        (lambda: layers.TimeDistributed(layers.Dense(2), name="t")(np.ones((2, 6))),
         r"TimeDistributed 't': input \(None, 6\) should be \(batch, time, …\) .* Is the axis of time missing\?"),
        (lambda: layers.TimeDistributed.from_config({"layer": {"class_name": "Desne", "config": {}}}),
         "Unknown layer 'Desne'. Did you mean 'Dense'?"),
    ],
)  # fmt: skip
def test_bad_arguments(call, message):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message):
        call()


# ---------------------------------------------------------------- Bidirectional


def two_ways(kind="LSTM", **kwargs):
    """A Bidirectional in float64 with random weights."""
    names = {"merge_mode", "backward_layer"} & kwargs.keys()
    outer = {name: kwargs.pop(name) for name in names}
    layer = layers.Bidirectional(LAYERS[kind](4, dtype="float64", **kwargs), dtype="float64", **outer)
    layer.build((None, 6, 2))
    layer.set_weights([RNG.standard_normal(v.shape) for v in layer.weights])
    return layer


MERGED = {
    "concat": lambda y, back: np.concatenate([y, back], -1),
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda y, back: (y + back) / 2,
}


@pytest.mark.parametrize("mode", [*MERGED, None])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_both_ways_and_how_they_are_merged(mode, return_sequences):
    layer = two_ways(merge_mode=mode, return_sequences=return_sequences)
    x = sequences()
    y, back = layer.forward_layer(x).data, layer.backward_layer(x).data
    if return_sequences:
        back = back[:, ::-1]
        np.testing.assert_array_equal(layer.backward_layer(x[:, 3:]).data[:, -1], back[:, 3])
    found = layer(x)
    expected = (y, back) if mode is None else MERGED[mode](y, back)
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))
    shapes = [(None, *each.shape[1:]) for each in (found if mode is None else [found])]
    assert layer.compute_output_shape((None, 6, 2)) == (shapes if mode is None else shapes[0])


@every_layer
@pytest.mark.parametrize("mode", ["sum", None])
def test_states_of_both_ways(kind, mode):
    layer = two_ways(kind, merge_mode=mode, return_state=True)
    x = sequences()
    n = len(layer.layer.states)
    outputs = 2 if mode is None else 1
    given = [RNG.standard_normal((3, 4)) for _ in range(2 * n)]
    found = layer(x, initial_state=given)
    expected = [*layer.forward_layer(x, given[:n])[1:], *layer.backward_layer(x, given[n:])[1:]]
    for a, b in zip(found[outputs:], expected, strict=True):
        np.testing.assert_array_equal(a.data, b.data)
    assert layer.compute_output_shape((None, 6, 2)) == [(None, *each.shape[1:]) for each in found]


def test_the_given_layer_is_a_pattern_and_stays_as_it_is():
    given = layers.GRU(4, name="g", go_backwards=True)
    layer = layers.Bidirectional(given)
    layer(sequences())
    assert not given.built and given.name == "g"
    assert [layer.forward_layer.name, layer.backward_layer.name] == ["forward_g", "backward_g"]
    assert layer.forward_layer.go_backwards and not layer.backward_layer.go_backwards
    assert len(layer.weights) == 6
    assert [v is w for v, w in zip(layer.weights, layer.forward_layer.weights)] == [True] * 3


def test_another_kind_of_layer_on_the_way_back(tmp_path):
    layer = layers.Bidirectional(layers.GRU(4), backward_layer=layers.SimpleRNN(2, go_backwards=True, name="r"))
    x = sequences().astype("float32")
    y = layer(x)
    assert y.shape == (3, 6) and [v.shape for v in layer.weights][3:] == [(2, 2), (2, 2), (2,)]
    model = Sequential([layer])
    model(x)
    model.save(tmp_path / "model.npz")
    np.testing.assert_array_equal(load_model(tmp_path / "model.npz").predict(x, verbose=0), y.data)


def test_frozen_from_the_start():
    x = sequences().astype("float32")
    around = (
        layers.Bidirectional(layers.GRU(2), trainable=False),
        layers.TimeDistributed(layers.Dense(2), trainable=False),
    )
    for layer in around:
        assert not layer(x).requires_grad and layer.weights and not layer.trainable_variables
        layer.trainable = True
        assert layer(x).requires_grad and len(layer.trainable_variables) == len(layer.weights)


def test_dropout_reaches_both_ways():
    layer = two_ways(dropout=0.5, seed=1)
    x = sequences()
    assert np.array_equal(layer(x).data, layer(x).data)
    assert not np.array_equal(layer(x, training=True).data, layer(x).data)


# ---------------------------------------------------------------- TimeDistributed


class Twice(Model):
    """A model of one's own."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second = layers.Dense(4, "tanh"), layers.Dense(3)

    def call(self, x):
        return self.second(self.first(x))


@pytest.mark.parametrize(
    "inner, shape",
    [
        (lambda: layers.Dense(3, "tanh"), (2, 5, 4)),
        (lambda: layers.Flatten(), (2, 5, 4, 3)),
        (lambda: layers.LSTM(3), (2, 5, 4, 3)),
        (lambda: Sequential([layers.Dense(4, "relu"), layers.Dense(2)]), (2, 5, 4)),
        (Twice, (2, 5, 4)),
    ],
)
def test_the_same_layer_at_every_step(inner, shape, tmp_path):
    inner = inner()
    layer = layers.TimeDistributed(inner)
    x = RNG.standard_normal(shape).astype("float32")
    y = layer(x).data
    for t in range(shape[1]):
        np.testing.assert_allclose(inner(x[:, t]).data, y[:, t], rtol=1e-5, atol=1e-6)
    assert [v is w for v, w in zip(layer.weights, inner.weights, strict=True)] == [True] * len(inner.weights)
    assert layer.compute_output_shape((None, *shape[1:])) == (None, *y.shape[1:])
    model = Sequential([layer])
    model(x)
    model.save(tmp_path / "model.npz")
    again = load_model(tmp_path / "model.npz", custom_objects={"Twice": Twice})
    np.testing.assert_array_equal(again.predict(x, verbose=0), y)


def test_training_reaches_the_layer_inside():
    layer = layers.TimeDistributed(layers.Dropout(0.5, seed=1))
    x = np.ones((2, 50, 50), "float32")
    y = layer(x, training=True).data
    assert not np.array_equal(y[:, 0], y[:, 1])  # each step has a mask of its own
    np.testing.assert_array_equal(layer(x).data, x)


def test_gradients_sum_over_the_steps():
    inner = layers.Dense(3, dtype="float64")
    layer = layers.TimeDistributed(inner, dtype="float64")
    x = Tensor(sequences())
    layer(x)
    (g,) = gradients(ops.sum(layer(x)), [inner.kernel])
    np.testing.assert_allclose(g, np.repeat(x.data.sum((0, 1))[:, None], 3, axis=1))


class Louder(layers.SimpleRNN):
    """A recurrent layer of one's own."""

    def call(self, x, **kwargs):
        return 2 * super().call(x, **kwargs)


def test_a_layer_of_ones_own_runs_both_ways_and_comes_back_from_a_file(tmp_path):
    model = Sequential([layers.Bidirectional(Louder(3), backward_layer=Louder(2, go_backwards=True))])
    x = RNG.standard_normal((2, 4, 3)).astype("float32")
    y = model(x).data
    model.save(tmp_path / "model.npz")
    again = load_model(tmp_path / "model.npz", custom_objects={"Louder": Louder})
    np.testing.assert_array_equal(again(x).data, y)
