"""Convolution: against plain loops, its properties, and what the layers say when something doesn't fit.

Gradients of the single operations are checked in test_ops.py, the layers' contract in test_layers.py.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcore import Sequential, Tensor, gradcheck, layers, ops
from dlcore.ops.conv_pool import conv_relu_max_pool
from dlcore.ops.convolution import conv_bias_relu, convolution

RNG = np.random.default_rng(0)
few = settings(max_examples=25, derandomize=True, deadline=None)


def by_loops(x, kernel, strides=1, padding="valid", dilation_rate=1):
    """The sum over a window, one output number at a time, from the definition."""
    n = [len(x), *x.shape[1:-1]]
    reach = [(k - 1) * dilation_rate + 1 for k in kernel.shape[:2]]
    out, before = [], []
    for size, r in zip(n[1:], reach):
        if padding == "same":
            out.append(-(-size // strides))
            before.append(max((out[-1] - 1) * strides + r - size, 0) // 2)
        else:
            out.append((size - r) // strides + 1)
            before.append(0)
    groups = x.shape[-1] // kernel.shape[2]
    n_in, n_out = kernel.shape[2], kernel.shape[3] // groups
    y = np.zeros((n[0], *out, kernel.shape[3]))
    for b, p, q, f in np.ndindex(y.shape):
        for i, j, c in np.ndindex(kernel.shape[:3]):
            row, column = p * strides + i * dilation_rate - before[0], q * strides + j * dilation_rate - before[1]
            if 0 <= row < n[1] and 0 <= column < n[2]:
                y[b, p, q, f] += x[b, row, column, f // n_out * n_in + c] * kernel[i, j, c, f]
    return y


geometry = st.fixed_dictionaries(
    {
        "strides": st.integers(1, 4),
        "padding": st.sampled_from(["valid", "same"]),
        "dilation_rate": st.integers(1, 3),
    }
)


@few
@given(chosen=geometry, size=st.tuples(st.integers(1, 3), st.integers(1, 3)), channels=st.sampled_from([1, 2, 8]),
       groups=st.sampled_from([1, 1, 2]), seed=st.integers(0, 99))  # fmt: skip
def test_conv_is_what_the_definition_says(chosen, size, channels, groups, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, *rng.integers(7, 10, 2), channels * groups))
    kernel = rng.standard_normal((*size, channels, 2 * groups))
    np.testing.assert_allclose(ops.conv(x, kernel, **chosen).numpy(), by_loops(x, kernel, **chosen), atol=1e-12)


@few
@given(chosen=geometry, size=st.tuples(st.integers(1, 3), st.integers(1, 3)), seed=st.integers(0, 99))
def test_depthwise_conv_is_a_convolution_of_each_channel(chosen, size, seed):
    rng = np.random.default_rng(seed)
    x, kernel = rng.standard_normal((2, 8, 7, 3)), rng.standard_normal((*size, 3, 2))
    parts = [by_loops(x[..., c : c + 1], kernel[..., c : c + 1, :], **chosen) for c in range(3)]
    y = ops.depthwise_conv(x, kernel, **chosen).numpy()
    np.testing.assert_allclose(y, np.concatenate(parts, -1), atol=1e-12)


@few
@given(chosen=geometry, size=st.tuples(st.integers(1, 4), st.integers(1, 3)), seed=st.integers(0, 99))
def test_conv_transpose_turns_a_convolution_around(chosen, size, seed):
    """⟨conv(u), x⟩ = ⟨u, conv_transpose(x)⟩ for every u: that is what transposed means."""
    rng = np.random.default_rng(seed)
    x, kernel = rng.standard_normal((2, 4, 3, 3)), rng.standard_normal((*size, 2, 3))
    y = ops.conv_transpose(x, kernel, **chosen).numpy()
    u = rng.standard_normal(y.shape)
    forward = ops.conv(u, kernel, **chosen).numpy()
    assert forward.shape == x.shape
    np.testing.assert_allclose((forward * x).sum(), (u * y).sum(), rtol=1e-10)


@few
@given(chosen=geometry, shift=st.integers(1, 3), seed=st.integers(0, 99))
def test_linear_and_the_same_everywhere(chosen, shift, seed):
    rng = np.random.default_rng(seed)
    x1, x2 = rng.standard_normal((2, 1, 12, 12, 2))
    kernel = rng.standard_normal((3, 2, 2, 3))

    def f(x):
        return ops.conv(x, kernel, **chosen).numpy()

    np.testing.assert_allclose(f(2 * x1 - 3 * x2), 2 * f(x1) - 3 * f(x2), atol=1e-12)
    chosen = {**chosen, "padding": "valid"}
    moved = np.roll(x1, (shift * chosen["strides"],) * 2, axis=(1, 2))
    y, y_moved = f(x1), f(moved)
    np.testing.assert_allclose(y_moved[:, shift:, shift:], y[:, :-shift, :-shift], atol=1e-12)


@few
@given(chosen=geometry, seed=st.integers(0, 99))
def test_a_sequence_is_an_image_of_height_one(chosen, seed):
    rng = np.random.default_rng(seed)
    x, g = rng.standard_normal((2, 9, 2)), None
    for operation, kernel in (
        (ops.conv, rng.standard_normal((3, 2, 4))),
        (ops.depthwise_conv, rng.standard_normal((3, 2, 4))),
        (ops.conv_transpose, rng.standard_normal((3, 4, 2))),
    ):
        results = []
        wide = {**chosen, "strides": (1, chosen["strides"]), "dilation_rate": (1, chosen["dilation_rate"])}
        for inputs, how in (((x, kernel), chosen), ((x[:, None], kernel[None]), wide)):
            tensors = [Tensor(a, requires_grad=True) for a in inputs]
            y = operation(*tensors, **how)
            g = rng.standard_normal(y.size) if not results else g
            y.backward(g.reshape(y.shape))
            results.append([y.numpy().ravel(), *(t.grad.ravel() for t in tensors)])
        for one, other in zip(*results):
            np.testing.assert_array_equal(one, other)


def test_causal_never_looks_ahead():
    x, kernel = RNG.standard_normal((1, 9, 2)), RNG.standard_normal((3, 2, 1))
    y = ops.conv(x, kernel, padding="causal", dilation_rate=2).numpy()
    assert y.shape == (1, 9, 1)
    for t in range(9):
        changed = x.copy()
        changed[:, t:] = RNG.standard_normal((1, 9 - t, 2))
        after = ops.conv(changed, kernel, padding="causal", dilation_rate=2).numpy()
        np.testing.assert_array_equal(after[:, :t], y[:, :t])
        assert (after[:, t] != y[:, t]).all()


# ---------------------------------------------------------------- bias, ReLU and pool on the way


def results(function, *inputs):
    """Output and gradients, for one random cotangent."""
    tensors = [Tensor(x, requires_grad=True) for x in inputs]
    y = function(*tensors)
    y.backward(np.random.default_rng(3).standard_normal(y.shape))
    return [y.numpy(), *(t.grad for t in tensors)]


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


@few
@given(chosen=geometry, relu=st.booleans(), channels=st.sampled_from([2, 8]), groups=st.sampled_from([1, 1, 2]),
       height=st.integers(9, 12), width=st.integers(9, 12), seed=st.integers(0, 99))  # fmt: skip
def test_on_the_way_gives_the_same_as_one_after_the_other(chosen, relu, channels, groups, height, width, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, height, width, channels))
    kernel, bias = rng.standard_normal((3, 2, channels // groups, 4)), rng.standard_normal(4)

    def apart(x, kernel, bias):
        y = ops.conv(x, kernel, **chosen) + bias
        return ops.relu(y) if relu else y

    assert_same(
        results(lambda *a: convolution(*a, relu=relu, **chosen), x, kernel, bias), results(apart, x, kernel, bias)
    )
    if min(apart(x, kernel, bias).shape[1:3]) > 1 and groups == 1:
        assert_same(
            results(lambda *a: conv_relu_max_pool(*a, relu=relu, **chosen), x, kernel, bias),
            results(lambda *a: ops.max_pool(apart(*a), 2), x, kernel, bias),
        )
        gradcheck.check(lambda x, k, b: conv_relu_max_pool(x, k, b, relu=relu, **chosen), x, kernel, bias)


@pytest.mark.parametrize("relu", [False, True])
def test_ties_in_a_pool_go_to_the_first_on_the_way_too(relu):
    x = RNG.integers(-1, 2, (3, 9, 8, 1)).astype(float)  # so few different numbers that most blocks have a tie
    kernel = np.ones((1, 1, 1, 1))
    on_the_way = results(lambda x, k: conv_relu_max_pool(x, k, relu=relu), x, kernel)
    one_by_one = results(lambda x, k: ops.max_pool(convolution(x, k, relu=relu), 2), x, kernel)
    assert_same(on_the_way, one_by_one)


def test_sequential_pools_on_the_way_and_gives_the_same():
    of = {"dtype": "float64"}
    first = [layers.Conv2D(4, 3, activation="relu", **of), layers.MaxPooling2D(**of)]
    second = [layers.Conv2D(9, 2, padding="same", **of), layers.MaxPooling2D(**of)]
    model = Sequential([*first, *second, layers.Flatten(**of)], **of)

    def one_by_one(x):
        for layer in model._stack:
            x = layer(x)
        return x

    x = RNG.standard_normal((2, 13, 12, 2))
    y = model(x).numpy()  # the first call builds the layers, and goes one by one
    found = []
    for function in (model, one_by_one):
        for v in model.trainable_variables:
            v.grad = None
        found.append([*results(function, x), *(v.grad for v in model.trainable_variables)])
    assert_same(*found)
    np.testing.assert_allclose(y, found[0][0], atol=1e-12)
    for conv, pool in (first, second):
        assert conv.can_pool(pool)


@pytest.mark.parametrize(
    "conv, pool",
    [
        (lambda: layers.Conv2D(4, 3, activation="tanh"), lambda: layers.MaxPooling2D()),
        (lambda: layers.Conv2D(4, 3, groups=2), lambda: layers.MaxPooling2D()),
        (lambda: layers.Conv2D(4, 3), lambda: layers.MaxPooling2D(3)),
        (lambda: layers.Conv2D(4, 3), lambda: layers.MaxPooling2D(2, strides=1)),
        (lambda: layers.Conv2D(4, 3), lambda: layers.MaxPooling2D(padding="same")),
        (lambda: layers.Conv2D(4, 3), lambda: layers.AveragePooling2D(2)),
        (lambda: layers.Conv2D(4, 3), lambda: layers.Flatten()),
        (lambda: layers.Conv2D(4, 3, activity_regularizer="l2"), lambda: layers.MaxPooling2D()),
        (lambda: layers.Conv2D(4, 3), lambda: layers.MaxPooling2D(activity_regularizer="l2")),
    ],
)
def test_other_pairs_stay_apart(conv, pool):
    conv, pool = conv(), pool()
    x = RNG.standard_normal((2, 8, 8, 2)).astype("float32")
    model = Sequential([conv, pool])
    model(x)
    assert not conv.can_pool(pool)
    np.testing.assert_array_equal(model(x).numpy(), pool(conv(x)).numpy())


def test_no_gradient_that_nobody_needs():
    x, kernel = RNG.standard_normal((2, 6, 6, 1)), Tensor(RNG.standard_normal((3, 3, 1, 2)), requires_grad=True)
    for operation in (conv_bias_relu, conv_relu_max_pool, ops.depthwise_conv):
        y = operation(x, kernel)
        assert all(callable(share) for share in y.vjp(np.ones(y.shape)))


@pytest.mark.parametrize("channels", [2, 9])
def test_an_empty_batch_gives_an_empty_batch(channels):
    x = np.zeros((0, 6, 6, channels), "float32")
    for layer in (layers.Conv2D(3, 3, activation="relu"), layers.DepthwiseConv2D(3), layers.Conv2DTranspose(3, 3)):
        assert layer(x).shape[0] == 0
    assert conv_relu_max_pool(x, np.ones((3, 3, channels, 2))).shape == (0, 2, 2, 2)


# ---------------------------------------------------------------- layers


def test_layers_take_whole_numbers():
    for layer in (layers.Conv2D(2, 3), layers.DepthwiseConv2D(3), layers.Conv2DTranspose(2, 3)):
        assert layer(np.ones((1, 5, 5, 1), "uint8")).dtype == np.float32


def test_nothing_but_the_pattern_answers():
    layer = layers.Conv2D(1, (1, 3), use_bias=False)
    layer.build((None, 3, 3, 1))
    layer.set_weights([np.array([-1.0, 2.0, -1.0]).reshape(1, 3, 1, 1)])
    line, flat = np.zeros((1, 3, 3, 1), "float32"), np.ones((1, 3, 3, 1), "float32")
    line[:, :, 1] = 1
    assert layer(line).numpy().ravel().tolist() == [2, 2, 2] and not layer(flat).numpy().any()


def built(layer, shape):
    layer.build((None, *shape))
    return layer


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: layers.Conv2D(4, 3, name="c")(np.ones((2, 28, 28))),
         r"Conv2D 'c': input \(None, 28, 28\) should be \(batch, height, width, channels\). Is the channel axis "
         r"missing\? x\[..., None\] adds it. Or the batch axis\? x\[None\] adds that."),
        (lambda: layers.Conv1D(4, 3)(np.ones((2, 5, 5, 1))), r"should be \(batch, length, channels\)"),
        (lambda: built(layers.Conv2D(4, 3, name="c"), (8, 8, 3))(np.ones((1, 8, 8))), "Is the channel axis missing"),
        (lambda: built(layers.Conv2D(4, 3, name="c"), (8, 8, 3))(np.ones((1, 3, 8, 8))),
         r"Conv2D 'c': input \(1, 3, 8, 8\) has 8 channels, but its kernel \(3, 3, 3, 4\) was built for 3. Channels "
         "come last"),
        (lambda: layers.Conv2D(4, 5, name="c")(np.ones((1, 9, 3, 1))),
         r"Conv2D 'c': conv: input \(1, 9, 3, 1\): a window of 5 is larger than the input's 3 along that axis. "
         "padding='same' adds zeros"),
        (lambda: layers.Conv2D(4, 3, dilation_rate=4)(np.ones((1, 8, 8, 1))),
         "a window of 3, spread over 9 by its dilation 4, is larger than the input's 8"),
        (lambda: Sequential([layers.Conv2D(4, 3, input_shape=(2, 2, 1))]), "a window of 3 is larger"),
        (lambda: conv_relu_max_pool(np.ones((1, 3, 3, 1)), np.ones((3, 3, 1, 1))), "a window of 2 is larger"),
        (lambda: layers.Conv2D(4, 3, groups=3), "4 filters can't be divided evenly into 3 groups"),
        (lambda: layers.Conv2D(4, 3, groups=2)(np.ones((1, 8, 8, 3))), "3 channels can't be divided evenly into 2"),
        (lambda: layers.Conv2D(4, 3, strides=2, dilation_rate=(1, 2)), "only one of them may be above 1"),
        (lambda: layers.Conv2D(4, 3, padding="sane"), "padding is 'valid' or 'same', but got 'sane'"),
        (lambda: layers.Conv2D(4, 3, padding="causal"), "padding is 'valid' or 'same', but got 'causal'"),
        (lambda: layers.Conv2D(0, 3), "filters is a whole number from 1, but got 0"),
        (lambda: layers.Conv2D(4, 3, groups=1.5), "groups is a whole number from 1, but got 1.5"),
        (lambda: layers.Conv2D(4, (3, 3, 3)),
         r"kernel_size is a whole number from 1 or 2 of them, but got \(3, 3, 3\)"),
        (lambda: layers.Conv1D(4, 0), "kernel_size is a whole number from 1, but got 0"),
        (lambda: layers.Conv2D(4, 3, strides=0), "strides is a whole number from 1 or 2 of them, but got 0"),
        (lambda: layers.Conv2D(4, 3, dilation_rate="2"), "dilation_rate is a whole number"),
        (lambda: layers.Conv2D(4, 3, data_format="channels_first"), "Keras has this argument, dlcore leaves it out"),
        (lambda: layers.Conv2D(4, 3, kernel_constraint="unit_norm"), "dlcore leaves it out"),
        (lambda: layers.DepthwiseConv2D(3, depthwise_constraint="unit_norm"), "dlcore leaves it out"),
        (lambda: layers.Conv2D(4, 3, kernel=3), "Unknown argument 'kernel'"),
        (lambda: layers.Conv2D(4, 3).build((None, 8, 8, None)), "should end with a known number of channels"),
        (lambda: layers.Conv2D(4, 3)(np.ones((1, 8, 8, 0))), "should end with a known number of channels, from 1"),
        (lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier is a whole number from 1"),
        (lambda: built(layers.DepthwiseConv2D(3), (8, 8, 3))(np.ones((1, 8, 8, 1))), "has 1 channels, but its kernel"),
        (lambda: layers.Conv2DTranspose(3, 3, strides=2, output_padding=2)(np.ones((1, 4, 4, 1))),
         "output_padding 2 makes an output of 11 entries, which a convolution with stride 2 would not turn back into "
         "the input's 4"),
        (lambda: ops.conv(np.ones((1, 8, 8, 3)), np.ones((3, 3, 2, 4))),
         r"conv: input \(1, 8, 8, 3\) has 3 channels, but the kernel \(3, 3, 2, 4\) takes 2"),
        (lambda: ops.conv(np.ones((1, 8, 8, 4)), np.ones((3, 3, 2, 3))), "the number of outputs multiples"),
        (lambda: ops.conv(np.ones((8, 8)), np.ones((3, 3, 2, 3))), r"conv: input \(8, 8\) should be \(batch, height"),
        (lambda: ops.conv(np.ones((1, 8, 8, 1)), np.ones(3)), "should be of 3 or 4 axes"),
        (lambda: ops.conv(np.ones((1, 8, 8, 1)), np.ones((3, 3, 1, 1)), padding="causal"), "padding is 'valid' or"),
        (lambda: ops.conv(np.ones((1, 8, 1)), np.ones((3, 1, 1)), data_format="channels_first"), "leaves it out"),
        (lambda: ops.depthwise_conv(np.ones((1, 8, 8, 3)), np.ones((3, 3, 2, 1))),
         r"has 3 channels, but the kernel \(3, 3, 2, 1\) takes 2"),
        (lambda: ops.conv_transpose(np.ones((1, 8, 8, 3)), np.ones((3, 3, 3, 2))),
         r"has 3 channels, but the kernel \(3, 3, 3, 2\) takes 2. It is \(height, width, out, in\)"),
        (lambda: ops.conv_transpose(np.ones((1, 8, 3)), np.ones((3, 3, 3, 3))), "Is the channel axis missing"),
        (lambda: ops.conv_transpose(np.ones((1, 8, 3)), np.ones((3, 3, 3)), padding="full"), "but got 'full'"),
    ],
)  # fmt: skip
def test_messages(make, message):
    with pytest.raises((ValueError, TypeError, NotImplementedError), match=message):
        make()
