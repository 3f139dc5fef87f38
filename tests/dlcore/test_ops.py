"""Every operation: its gradient against measured slopes, and what holds for all of them.

`CASES` has an entry for each public operation; one without an entry fails `test_no_operation_escapes`.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes

from dlcore import gradcheck, ops
from dlcore.tensor import Tensor

CASES = {}
NOTHING_TO_DIFFERENTIATE = {
    "all", "any", "arange", "argmax", "argsort", "convert_to_numpy", "equal", "full", "greater",
    "greater_equal", "isnan", "less", "less_equal", "logical_and", "logical_not", "logical_or", "ndim",
    "not_equal", "one_hot", "ones", "ones_like", "shape", "size", "stop_gradient", "zeros", "zeros_like",
}  # fmt: skip
few = settings(max_examples=12, derandomize=True, deadline=None)


def case(*names):
    """Register a function (draw, rng, name) → (function, inputs, method) as the case of these operations."""

    def register(make):
        CASES.update(dict.fromkeys(names, make))
        return make

    return register


def a_shape(draw, min_dims=1):
    return draw(array_shapes(min_dims=min_dims, max_dims=3, max_side=3))


# ---------------------------------------------------------------- how inputs are drawn

UNARY = {  # name: smallest, largest input, how to measure
    "abs": (-2, 2, "central"),
    "cast": (-2, 2, "central"),
    "clip": (-2, 2, "central"),
    "convert_to_tensor": (-2, 2, "central"),
    "cos": (-5, 5, "complex"),
    "elu": (-3, 3, "complex"),
    "erf": (-3, 3, "complex"),
    "exp": (-2, 2, "complex"),
    "floor": (-2, 2, "central"),
    "gelu": (-3, 3, "complex"),
    "hard_sigmoid": (-5, 5, "complex"),
    "leaky_relu": (-2, 2, "complex"),
    "log": (0.1, 3, "complex"),
    "log1p": (-0.5, 2, "complex"),
    "negative": (-2, 2, "complex"),
    "relu": (-2, 2, "complex"),
    "round": (-2, 2, "central"),
    "selu": (-3, 3, "complex"),
    "sigmoid": (-5, 5, "complex"),
    "sign": (-2, 2, "central"),
    "silu": (-5, 5, "complex"),
    "sin": (-5, 5, "complex"),
    "softplus": (-5, 5, "complex"),
    "softsign": (-3, 3, "complex"),
    "sqrt": (0.1, 3, "complex"),
    "square": (-2, 2, "complex"),
    "tanh": (-2, 2, "complex"),
}


@case(*UNARY)
def unary(draw, rng, name):
    low, high, method = UNARY[name]
    function = getattr(ops, name)
    settings = {
        "cast": [{"dtype": "float64"}],
        "convert_to_tensor": [{"dtype": "float64"}],
        "clip": [{"x_min": -0.7, "x_max": 0.5}],
        "elu": [{}, {"alpha": 0.5}],
        "gelu": [{}, {"approximate": False}],
        "leaky_relu": [{}, {"negative_slope": 0.01}],
    }.get(name, [{}])
    chosen = draw(st.sampled_from(settings))
    return lambda x: function(x, **chosen), [rng.uniform(low, high, a_shape(draw, min_dims=0))], method


@case("add", "subtract", "multiply", "divide", "maximum", "minimum", "power", "heaviside")
def binary(draw, rng, name):
    shapes = draw(mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3)).input_shapes
    low = 0.5 if name in ("divide", "power") else -2
    method = "central" if name in ("maximum", "minimum", "heaviside") else "complex"
    return getattr(ops, name), [rng.uniform(low, 2, s) for s in shapes], method


@case("where")
def where(draw, rng, name):
    shapes = draw(mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3)).input_shapes
    return ops.where, [rng.random(shapes[0]) > 0.5, *(rng.standard_normal(s) for s in shapes[1:])], "complex"


@case("sum", "mean", "var", "std", "max", "min", "logsumexp")
def reduction(draw, rng, name):
    shape = a_shape(draw)
    n = len(shape)
    axis = draw(st.none() | st.integers(-n, n - 1) | st.sets(st.integers(0, n - 1), min_size=1).map(tuple))
    keepdims = draw(st.booleans())
    method = "central" if name in ("max", "min") else "complex"
    if name == "std":  # of one number alone it has a kink
        shape, axis = (3, *shape[1:]), draw(st.sampled_from([None, 0]))
    return lambda x: getattr(ops, name)(x, axis=axis, keepdims=keepdims), [rng.standard_normal(shape)], method


@case("norm")
def norm(draw, rng, name):
    shape, ord = a_shape(draw), draw(st.sampled_from([None, 1, 2, np.inf]))
    axis = draw(st.none() | st.just((0, -1)[: len(shape)])) if ord is None else draw(st.integers(0, len(shape) - 1))
    keepdims, method = draw(st.booleans()), "complex" if ord in (None, 2) else "central"
    return lambda x: ops.norm(x, ord, axis, keepdims), [rng.standard_normal(shape)], method


@case("cumsum", "sort")
def order(draw, rng, name):
    shape = a_shape(draw)
    axis = draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    return lambda x: getattr(ops, name)(x, axis=axis), [rng.standard_normal(shape)], "central"


@case("top_k")
def top_k(draw, rng, name):
    shape = a_shape(draw)
    k = draw(st.integers(1, shape[-1]))
    return lambda x: ops.top_k(x, k)[0], [rng.standard_normal(shape)], "central"


@case("tile", "repeat", "swapaxes", "split")
def moved(draw, rng, name):
    shape = a_shape(draw)
    axis, other = (draw(st.integers(-len(shape), len(shape) - 1)) for _ in range(2))
    function = {
        "tile": lambda x: ops.tile(x, draw_of_tile),
        "repeat": lambda x: ops.repeat(x, 2, axis if axis else None),
        "swapaxes": lambda x: ops.swapaxes(x, axis, other),
        "split": lambda x: ops.concatenate(ops.split(x, pieces, axis)[::-1], axis),
    }[name]
    draw_of_tile = draw(st.sampled_from([2, (2, 1), (1, 2, 1, 3)]))
    pieces = draw(st.sampled_from([1, shape[axis], [0, 1], [1, shape[axis]]]))
    return function, [rng.standard_normal(shape)], "complex"


@case("dot")
def dot(draw, rng, name):
    shapes = draw(st.sampled_from([*DOTS, ((), (2, 3)), ((3,), ())]))
    return ops.dot, [rng.standard_normal(s) for s in shapes], "complex"


@case("softmax", "log_softmax")
def along_an_axis(draw, rng, name):
    shape = a_shape(draw)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    return lambda x: getattr(ops, name)(x, axis=axis), [rng.standard_normal(shape)], "complex"


@case("reshape")
def reshape(draw, rng, name):
    shape = a_shape(draw)
    new = draw(st.sampled_from([(-1,), (math.prod(shape),), (1, -1), (*shape, 1), shape[::-1]]))
    return lambda x: ops.reshape(x, new), [rng.standard_normal(shape)], "complex"


@case("transpose")
def transpose(draw, rng, name):
    shape = a_shape(draw)
    axes = draw(st.none() | st.permutations(range(len(shape))))
    return lambda x: ops.transpose(x, axes), [rng.standard_normal(shape)], "complex"


@case("broadcast_to")
def broadcast_to(draw, rng, name):
    shapes = draw(mutually_broadcastable_shapes(num_shapes=1, base_shape=(2, 3), max_dims=2))
    return lambda x: ops.broadcast_to(x, (2, 3)), [rng.standard_normal(shapes.input_shapes[0])], "complex"


@case("expand_dims", "squeeze")
def one_more_or_less(draw, rng, name):
    shape = a_shape(draw)
    axis = draw(st.integers(0, len(shape) - 1))
    if name == "squeeze":
        shape = (*shape[:axis], 1, *shape[axis:])
    return lambda x: getattr(ops, name)(x, axis=axis), [rng.standard_normal(shape)], "complex"


@case("concatenate", "stack")
def joined(draw, rng, name):
    shape = a_shape(draw)
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    sizes = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    shapes = [shape] * len(sizes)
    if name == "concatenate":
        place = axis % len(shape)
        shapes = [(*shape[:place], n, *shape[place + 1 :]) for n in sizes]
    return lambda *xs: getattr(ops, name)(list(xs), axis=axis), [rng.standard_normal(s) for s in shapes], "complex"


KEYS = [0, -1, slice(1, 3), (slice(None), 1), (..., None), np.array([0, 2, 0]), (np.array([1, 1]), np.array([0, 0]))]


@case("get_item")
def get_item(draw, rng, name):
    key = draw(st.sampled_from([*KEYS, Tensor(np.array([2, 2])), rng.random((3, 2)) > 0.5]))
    return lambda x: x[key], [rng.standard_normal((3, 2))], "complex"


@case("take")
def take(draw, rng, name):
    axis = draw(st.sampled_from([None, 0, 1, -1]))
    indices = draw(st.sampled_from([1, [0, 1, 0], [[1, 0], [-1, 1]]]))
    return lambda x: ops.take(x, np.array(indices), axis=axis), [rng.standard_normal((2, 2, 3))], "complex"


@case("dot_product_attention")
def attention(draw, rng, name):
    batch, heads, n_queries, n_keys, h, n_values = (draw(st.integers(1, 3)) for _ in range(6))
    spread = draw(st.sampled_from([1, 100]))  # large scores go another way through the softmax
    inputs = [spread * rng.standard_normal((batch, n_queries, heads, h))]
    inputs += [rng.standard_normal((batch, n_keys, heads, n)) for n in (h, n_values)]
    inputs += [rng.standard_normal((heads, 1, n_keys))] * draw(st.integers(0, 1))
    mask = draw(st.none() | st.sampled_from([1, batch]).map(lambda n: rng.random((n, 1, n_queries, n_keys)) > 0.5))
    settings = {"scale": draw(st.none() | st.just(0.3)), "is_causal": draw(st.booleans())}
    function = lambda *inputs: ops.dot_product_attention(*inputs, mask=mask, **settings)  # noqa: E731
    return function, inputs, "complex"


DOTS = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (3, 2))]
PRODUCTS = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 1, 3), (3, 2)), ((3,), (2, 3, 1)),
            ((2, 2, 3), (1, 3, 2)), ((1, 2, 3), (2, 3, 2)), ((2, 3, 1), (1,)), ((1, 1), (2, 1, 1))]  # fmt: skip


@case("matmul")
def matmul(draw, rng, name):
    return ops.matmul, [rng.standard_normal(s) for s in draw(st.sampled_from(PRODUCTS))], "complex"


@case("dense")
def dense(draw, rng, name):
    n_in, n_out = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    inputs = [rng.standard_normal((*draw(array_shapes(min_dims=0, max_dims=2, max_side=3)), n_in))]
    inputs += [rng.standard_normal((n_in, n_out)), rng.standard_normal(n_out)][: draw(st.integers(1, 2))]
    return ops.dense, inputs, "complex"


@case("conv", "depthwise_conv", "conv_transpose")
def convolution(draw, rng, name):
    axes, n_in, n_out = draw(st.integers(1, 2)), draw(st.sampled_from([1, 3, 9])), draw(st.integers(1, 2))
    size = [draw(st.integers(1, 3)) for _ in range(axes)]
    x = rng.standard_normal((draw(st.integers(1, 2)), *(draw(st.integers(5, 6)) for _ in range(axes)), n_in))
    kernel = rng.standard_normal((*size, n_out, n_in) if name == "conv_transpose" else (*size, n_in, n_out))
    chosen = {"strides": draw(st.integers(1, 3)), "padding": draw(st.sampled_from(["valid", "same"]))}
    chosen["dilation_rate"] = draw(st.integers(1, 2))
    return lambda x, kernel: getattr(ops, name)(x, kernel, **chosen), [x, kernel], "complex"


@case("max_pool", "average_pool")
def pooling(draw, rng, name):
    axes = draw(st.integers(1, 2))
    x = rng.standard_normal((2, *(draw(st.integers(3, 6)) for _ in range(axes)), draw(st.integers(1, 2))))
    size = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    chosen = {"strides": draw(st.none() | st.integers(1, 4)), "padding": draw(st.sampled_from(["valid", "same"]))}
    method = "central" if name == "max_pool" else "complex"
    return lambda x: getattr(ops, name)(x, size, **chosen), [x], method


@case("pad")
def pad(draw, rng, name):
    width = draw(st.sampled_from([1, (2, 1), [(0, 1), (2, 0)]]))
    return lambda x: ops.pad(x, width, constant_values=3.0), [rng.standard_normal((2, 3))], "complex"


@case("softmax_cross_entropy", "sigmoid_cross_entropy")
def cross_entropy(draw, rng, name):
    shape = a_shape(draw, min_dims=2)
    spread = draw(st.sampled_from([3, 100]))  # large logits are shifted by rows
    if name == "sigmoid_cross_entropy":
        return ops.sigmoid_cross_entropy, [rng.random(shape), 3 * rng.standard_normal(shape)], "central"
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    function = lambda t, x: ops.softmax_cross_entropy(t, x, axis=axis)  # noqa: E731
    return function, [rng.random(shape), spread * rng.standard_normal(shape)], "central"


@case("cross_entropy", "binary_cross_entropy", "sparse_cross_entropy")
def cross_entropy_of_probabilities(draw, rng, name):
    shape = a_shape(draw, min_dims=2)
    p = rng.uniform(0.05, 0.95, shape)
    if name == "sparse_cross_entropy":
        return ops.sparse_cross_entropy, [rng.integers(0, shape[-1], shape[:-1]), p], "complex"
    if name == "binary_cross_entropy":
        return ops.binary_cross_entropy, [rng.random(shape), p], "central"
    axis = draw(st.integers(-len(shape), len(shape) - 1).filter(lambda axis: shape[axis] > 1))
    return lambda t, p: ops.cross_entropy(t, p, axis=axis), [rng.random(shape), p], "central"


@case("sparse_softmax_cross_entropy")
def sparse_cross_entropy(draw, rng, name):
    shape = a_shape(draw, min_dims=2)
    labels, spread = rng.integers(0, shape[-1], shape[:-1]), draw(st.sampled_from([3, 100]))
    return ops.sparse_softmax_cross_entropy, [labels, spread * rng.standard_normal(shape)], "complex"


@case("layer_normalization", "rms_normalization")
def normalization_of_rows(draw, rng, name):
    shape = draw(array_shapes(min_dims=1, max_dims=4, max_side=3))
    axes = sorted(draw(st.sets(st.integers(0, len(shape) - 1), min_size=1)))
    along = tuple(shape[a] for a in axes)
    parameters = draw(st.integers(0, 1 if name == "rms_normalization" else 2))
    inputs = [rng.standard_normal(shape), *(rng.standard_normal(along) for _ in range(parameters))]
    chosen = {"axis": axes[0] if len(axes) == 1 else axes, "epsilon": 1e-3}
    return lambda *xs: getattr(ops, name)(*xs, **chosen), inputs, "complex"


@case("normalize_batch")
def normalization_of_channels(draw, rng, name):
    shape = draw(array_shapes(min_dims=2, max_dims=4, max_side=3))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    inputs = [rng.standard_normal(shape), *(rng.standard_normal(shape[axis]) for _ in range(draw(st.integers(0, 2))))]
    return lambda *xs: ops.normalize_batch(*xs, axis=axis), inputs, "complex"


@case("batch_normalization")
def normalization_with_given_moments(draw, rng, name):
    shape = draw(array_shapes(min_dims=2, max_dims=4, max_side=3))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    mean, offset, scale = (rng.standard_normal(shape[axis]) for _ in range(3))
    inputs = [rng.standard_normal(shape), mean, rng.random(shape[axis]), offset, scale]
    return lambda x, m, v, b, c: ops.batch_normalization(x, m, v, axis, b, c), inputs, "complex"


@case("moments")
def moments(draw, rng, name):
    shape = a_shape(draw)
    axes, keepdims = draw(st.sampled_from([-1, 0, tuple(range(len(shape)))])), draw(st.booleans())
    return lambda x: ops.stack(ops.moments(x, axes, keepdims)), [rng.standard_normal(shape)], "complex"


@case("simple_rnn", "gru", "lstm")
def recurrent(draw, rng, name):
    batch, time, features, units = (draw(st.integers(1, 3)) for _ in range(4))
    gates = {"simple_rnn": 1, "gru": 3, "lstm": 4}[name]
    shapes = [(batch, time, features), *[(batch, units)] * (2 if name == "lstm" else 1)]
    shapes += [(features, gates * units), (units, gates * units)]
    shapes += draw(st.sampled_from([[], [(2, 3 * units) if name == "gru" else (gates * units,)]]))
    chosen = draw(st.sampled_from([{}, {"only_last": True}, *[{"and_c": True}] * (name == "lstm")]))
    return lambda *xs: getattr(ops, name)(*xs, **chosen), [rng.standard_normal(s) for s in shapes], "complex"


# ---------------------------------------------------------------- what holds for every operation


def test_no_operation_escapes():
    assert set(CASES) | NOTHING_TO_DIFFERENTIATE == set(ops.__all__)
    assert all(callable(getattr(ops, name)) and getattr(ops, name).__doc__ for name in ops.__all__)


@pytest.mark.parametrize("name", sorted(CASES))
@few
@given(data=st.data(), seed=st.integers(0, 1000))
def test_gradient(name, data, seed):
    function, inputs, method = CASES[name](data.draw, np.random.default_rng(seed), name)
    gradcheck.check(function, *inputs, method=method, tolerance=1e-12 if method == "complex" else None)


@pytest.mark.parametrize("name", sorted(set(CASES) - {"cast", "convert_to_tensor"}))
@settings(few, max_examples=5)
@given(data=st.data(), seed=st.integers(0, 1000))
def test_float32_stays_shapes_agree_and_g_is_not_changed(name, data, seed):
    rng = np.random.default_rng(seed)
    function, inputs, _ = CASES[name](data.draw, rng, name)
    inputs = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in inputs]
    tensors = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
    y = function(*tensors)
    assert y.dtype == np.float32
    g = rng.standard_normal(y.shape).astype(np.float32)
    before = g.copy()
    g.setflags(write=False)
    for share in y.vjp(g):
        share = share() if callable(share) else share
        assert share is None or share.dtype == np.float32
    y.backward(g)
    np.testing.assert_array_equal(g, before)
    for x, t in zip(inputs, tensors, strict=True):
        np.testing.assert_array_equal(t.data, x)
        if t.requires_grad:
            assert t.grad.shape == t.shape and t.grad.dtype == np.float32
            assert isinstance(t.grad, np.ndarray) and t.grad.flags.writeable


# ---------------------------------------------------------------- operators and dtypes


def test_operators():
    x, y = Tensor([1.0, 2.0], requires_grad=True), np.array([3.0, 4.0], np.float32)
    for tensor, array in [
        (x + y, x.data + y), (y + x, y + x.data), (x - y, x.data - y), (3 - x, 3 - x.data), (x * 2, x.data * 2),
        (y * x, y * x.data), (x / y, x.data / y), (1 / x, 1 / x.data), (x**2, x.data**2), (2**x, 2**x.data),
        (x @ y, x.data @ y), (y @ x, y @ x.data), (-x, -x.data), (abs(-x), x.data), (x[1], x.data[1]),
    ]:  # fmt: skip
        assert isinstance(tensor, Tensor) and tensor.dtype == np.float32 and tensor.requires_grad
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-6)
    for mask, expected in [
        (x < 2, [True, False]), (x <= 2, [True, True]), (x > y, [False, False]), (2 > x, [True, False]),
        (x >= 2, [False, True]), (x == 2, [False, True]), (x != x, [False, False]),
    ]:  # fmt: skip
        assert isinstance(mask, np.ndarray) and mask.tolist() == mask.numpy().tolist() == expected
    assert len({x, x}) == 1  # a tensor can be the key of a dict: it is the same as itself only


@pytest.mark.parametrize("other", [2, 2.5, np.float64(2.5), np.int64(2), True, [1.5, 2.5], np.array([1, 2])])
@pytest.mark.parametrize("operation", [ops.add, ops.subtract, ops.multiply, ops.divide, ops.power, ops.maximum])
def test_what_stands_beside_float32_does_not_widen_it(operation, other):
    x = Tensor([1.0, 2.0])
    for y, expected in [(operation(x, other), (x.data, other)), (operation(other, x), (other, x.data))]:
        assert y.dtype == np.float32
        np.testing.assert_allclose(y.numpy(), getattr(np, operation.__name__)(*expected), rtol=1e-6)


def test_whole_numbers_become_floats_where_they_must():
    x = Tensor([1, 2, 4])
    for y in (ops.exp(x), ops.mean(x), x / 2, x * 0.5, ops.divide(x, x), ops.softmax(x), x - Tensor([1.0, 2.0, 3.0])):
        assert y.dtype == np.float32
    assert (x + 1).dtype == x.dtype
    assert ops.exp([0.0, 1.0]).dtype == np.float32
    assert ops.where(np.array([True, False]), Tensor([1.0, 2.0]), 0.0).dtype == np.float32
    assert (Tensor(np.ones(2)) * 0.1).numpy()[0] == 0.1  # beside float64, 0.1 is not rounded to float32


# ---------------------------------------------------------------- numbers


def test_erf_is_exact_to_the_last_digits():
    x = np.concatenate([np.linspace(-7, 7, 20001), 10.0 ** np.arange(-300, 1), [0.999999, 1.0, 1.000001, 6.0, 100.0]])
    exact = np.array([math.erf(v) for v in x.tolist()])
    np.testing.assert_allclose(ops.erf(x).numpy(), exact, rtol=5e-16)
    np.testing.assert_allclose(ops.erf(x.astype(np.float32)).numpy(), exact, rtol=4e-7, atol=1e-37)
    assert ops.erf(np.array([np.inf, -np.inf])).numpy().tolist() == [1, -1]
    assert np.isnan(ops.erf(np.nan).item())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nothing_overflows(dtype):
    x = np.array([-1e4, -100.0, 0.0, 100.0, 1e4], dtype)
    zero, one = np.zeros(5, dtype), np.array([0, 0, 0.5, 1, 1], dtype)
    np.testing.assert_allclose(ops.sigmoid(x).numpy(), one, atol=1e-43)
    np.testing.assert_allclose(ops.softplus(x).numpy(), [0, 0, math.log(2), 100, 1e4], rtol=1e-6, atol=1e-43)
    np.testing.assert_allclose(ops.softmax(x).numpy(), [0, 0, 0, 0, 1], atol=1e-43)
    np.testing.assert_allclose(ops.log_softmax(x).numpy(), x - 1e4, rtol=1e-6)
    np.testing.assert_allclose(ops.logsumexp(x).numpy(), 1e4)
    y = ops.sigmoid_cross_entropy(zero, x).numpy()
    np.testing.assert_allclose(y, [0, 0, math.log(2), 100, 1e4], rtol=1e-6, atol=1e-43)
    np.testing.assert_allclose(ops.silu(x).numpy(), [0, 0, 0, 100, 1e4], atol=1e-40)
    np.testing.assert_allclose(ops.elu(x).numpy(), [-1, -1, 0, 100, 1e4])
    for function in (ops.sigmoid, ops.softplus, ops.silu, ops.elu, ops.selu, ops.gelu, ops.tanh, ops.softmax):
        t = Tensor(x, requires_grad=True)
        ops.sum(function(t)).backward()
        assert np.isfinite(t.grad).all()


def test_small_probabilities_keep_their_digits():
    np.testing.assert_allclose(ops.sigmoid(np.array([-40.0])).numpy(), math.exp(-40), rtol=1e-14)
    np.testing.assert_allclose(ops.log1p(np.array([1e-20])).numpy(), 1e-20)
    np.testing.assert_allclose(ops.softplus(np.array([-40.0])).numpy(), math.exp(-40), rtol=1e-14)


def test_masked_places_get_nothing():
    x = np.array([[-np.inf, 1.0], [-np.inf, -np.inf]])
    assert ops.softmax(x[:1]).numpy().tolist() == [[0, 1]]
    assert ops.logsumexp(x, axis=1).numpy().tolist() == [1, -np.inf]


@few
@given(shape=array_shapes(min_dims=2, max_dims=3, max_side=4), shift=st.floats(-1e3, 1e3), seed=st.integers(0, 99))
def test_softmax_does_not_see_a_shift_and_sums_to_one(shape, shift, seed):
    x = np.random.default_rng(seed).standard_normal(shape)
    y = ops.softmax(x).numpy()
    np.testing.assert_allclose(ops.softmax(x + shift).numpy(), y, rtol=1e-11)
    np.testing.assert_allclose(y.sum(-1), 1, rtol=1e-14)
    np.testing.assert_allclose(np.exp(ops.log_softmax(x).numpy()), y, rtol=1e-13)


def test_softmax_of_float16_loses_no_row():
    x = np.array([[0, 0], [30, 30], [0, 8]], "float16")
    np.testing.assert_allclose(ops.softmax(x).numpy()[:2], 0.5)
    np.testing.assert_allclose(ops.log_softmax(x).numpy()[:2], np.log(0.5), rtol=1e-3)
    cost = ops.sparse_softmax_cross_entropy(np.array([0, 1, 1]), x).numpy()
    assert cost.dtype == np.float16 and np.all(cost >= 0) and np.all(cost < 1)


def slope(function, x):
    t = Tensor(np.array(x, dtype=np.float64), requires_grad=True)
    ops.sum(function(t)).backward()
    return t.grad.tolist()


def test_slopes_at_kinks():
    assert slope(ops.relu, [-1, 0, 1]) == [0, 0, 1]
    assert slope(ops.leaky_relu, [-1, 0, 1]) == [0.2, 0.2, 1]
    assert slope(ops.elu, [0.0]) == [1]
    assert slope(ops.abs, [-1, 0, 1]) == [-1, 0, 1]
    assert slope(ops.hard_sigmoid, [-3, 0, 3]) == [0, 1 / 6, 0]
    assert slope(lambda x: ops.clip(x, -1, 1), [-2, -1, 1, 2]) == [0, 1, 1, 0]
    assert slope(lambda x: ops.maximum(x, 0.0), [-1, 0, 1]) == [0, 1, 1]
    assert slope(lambda x: ops.maximum(0.0, x), [-1, 0, 1]) == [0, 0, 1]
    assert slope(lambda x: ops.heaviside(x, 1.0), [-1, 0, 1]) == [0, 0, 0]
    assert slope(lambda x: x**0, [0.0, 2.0]) == [0, 0]
    assert slope(lambda x: x**1, [0.0, 2.0]) == [1, 1]


def test_a_tie_is_shared_evenly():
    assert slope(ops.max, [3, 1, 3, 3]) == [1 / 3, 0, 1 / 3, 1 / 3]
    assert slope(lambda x: ops.min(x, axis=1), [[2, 2], [1, 5]]) == [[0.5, 0.5], [1, 0]]


def test_a_number_picked_twice_gets_both_shares():
    assert slope(lambda x: x[np.array([0, 0, 1])], [1, 2, 3]) == [2, 1, 0]
    assert slope(lambda x: ops.take(x, [2, 2, 2], axis=0), [1, 2, 3]) == [0, 0, 3]


# ---------------------------------------------------------------- fused against composed


def both_ways(fused, composed, *inputs):
    results = []
    for function in (fused, composed):
        tensors = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
        y = function(*tensors)
        y.backward(np.random.default_rng(5).standard_normal(y.shape))
        results.append([y.numpy(), *(t.grad for t in tensors if t.requires_grad)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_fused_operations_equal_their_composition():
    rng = np.random.default_rng(0)
    x, w, b = rng.standard_normal((2, 5, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)
    logits, labels = x @ w, rng.integers(0, 3, (2, 5))
    target = rng.random((2, 5, 3))
    both_ways(ops.dense, lambda x, w, b: x @ w + b, x, w, b)
    both_ways(ops.dense, lambda x, w: x @ w, x, w)
    both_ways(ops.softmax_cross_entropy, lambda t, x: -ops.sum(t * ops.log(ops.softmax(x)), -1), target, logits)
    both_ways(
        ops.sparse_softmax_cross_entropy,
        lambda t, x: -ops.sum(ops.one_hot(t, 3, dtype="float64") * ops.log_softmax(x), -1),
        labels, logits,
    )  # fmt: skip
    both_ways(
        ops.sigmoid_cross_entropy,
        lambda t, x: -t * ops.log(ops.sigmoid(x)) - (1 - t) * ops.log(1 - ops.sigmoid(x)),
        target, logits,
    )  # fmt: skip

    def kept(p):
        return ops.clip(p, 1e-7, 1 - 1e-7)

    for p in (rng.dirichlet(np.ones(3), (2, 5)), np.eye(3)[labels] * (1 + 1e-9) - 1e-9):  # also at and beyond the ends
        both_ways(
            ops.cross_entropy,
            lambda t, p: -ops.sum(t * ops.log(kept(p / ops.sum(p, -1, keepdims=True))), -1),
            target, p,
        )  # fmt: skip
        both_ways(
            ops.sparse_cross_entropy, lambda t, p: ops.sparse_softmax_cross_entropy(t, ops.log(kept(p))), labels, p
        )
        both_ways(
            ops.binary_cross_entropy,
            lambda t, p: -t * ops.log(kept(p)) - (1 - t) * ops.log(1 - kept(p)),
            target, p,
        )  # fmt: skip
    both_ways(ops.var, lambda x: ops.mean((x - ops.mean(x)) ** 2), x)
    both_ways(ops.logsumexp, lambda x: ops.log(ops.sum(ops.exp(x))), x)


def test_dense_computes_no_gradient_that_nobody_needs():
    x, w = Tensor(np.ones((2, 3), np.float32)), Tensor(np.ones((3, 1), np.float32), requires_grad=True)
    to_x, to_kernel, to_bias = ops.dense(x, w).vjp(np.ones((2, 1), np.float32))
    assert callable(to_x) and callable(to_kernel) and callable(to_bias)
    assert all(callable(share) for share in ops.matmul(x, w).vjp(np.ones((2, 1), np.float32)))


# ---------------------------------------------------------------- without gradient


def test_operations_without_gradient():
    x = Tensor([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]], requires_grad=True)
    assert ops.argmax(x, axis=-1).numpy().tolist() == [1, 0]
    assert not ops.argmax(x).requires_grad and not ops.stop_gradient(x).requires_grad
    hot = ops.one_hot(np.array([[1, 0], [5, -1]]), 3)
    assert hot.dtype == np.float32
    assert hot.numpy().tolist() == [[[0, 1, 0], [1, 0, 0]], [[0, 0, 0], [0, 0, 0]]]
    assert ops.one_hot(np.array([1, 0]), 3, axis=0).numpy().tolist() == [[0, 1], [1, 0], [0, 0]]


def test_an_answer_is_an_array_and_a_tensor_as_keras_has_it():
    """`.numpy()` as in Keras; what NumPy computes from it, and how it looks, is as for any array."""
    x = Tensor([[1.0, 2.0], [3.0, np.nan]], requires_grad=True)
    for answer, expected in [
        (x > 1.5, [[False, True], [True, False]]), (ops.greater(x, 1.5), [[False, True], [True, False]]),
        (ops.logical_and(x > 1.5, ops.less(x, 3)), [[False, True], [False, False]]),
        (ops.logical_or(ops.equal(x, 1), ops.isnan(x)), [[True, False], [False, True]]),
        (ops.logical_not(x - 1), [[True, False], [False, False]]),
        (ops.not_equal([1, 2], np.array([1.0, 3.0])), [False, True]),
        (ops.greater_equal(2, Tensor([1, 2, 3])), [True, True, False]), (ops.less_equal(2, 2.0), True),
        (ops.any(x > 2, axis=0), [True, False]), (ops.all(x, axis=-1, keepdims=True), [[True], [True]]),
        (ops.any([0, 0]), False), (ops.all(x > 0), False),
    ]:  # fmt: skip
        assert answer.numpy().tolist() == expected and type(answer.numpy()) is np.ndarray
        assert ops.cast(answer, "float32").dtype == np.float32 and answer.astype("int32").tolist() == expected
        plain = np.array(expected)
        assert repr(answer) == repr(plain[()]) and str(answer) == str(plain)
    y = (x > 1.5) * x
    assert isinstance(y, Tensor) and y.requires_grad
    assert type((x > 1.5).mean()) is np.float64 and type(~(x > 1.5)) is np.ndarray
    assert ops.where(ops.isnan(x), 0.0, x).numpy().tolist() == [[1, 2], [3, 0]]


def test_shapes_and_tensors_from_nothing():
    x = Tensor([[1, 2, 3], [4, 5, 6]])
    assert ops.shape(x) == (2, 3) and ops.shape([[1.0]]) == (1, 1) and ops.shape(3) == ()
    assert ops.size(x) == 6 and ops.ndim(x) == 2
    for y, expected, dtype in [
        (ops.zeros((2, 1)), [[0], [0]], "float32"), (ops.ones(2, "int32"), [1, 1], "int32"),
        (ops.full((2,), 7), [7, 7], "float32"), (ops.full((1, 2), Tensor([1.0, 2.0])), [[1, 2]], "float32"),
        (ops.zeros_like(x), [[0] * 3] * 2, x.dtype), (ops.ones_like([1.0, 2.0]), [1, 1], "float32"),
        (ops.ones_like(x, "bool"), [[True] * 3] * 2, "bool"), (ops.arange(3), [0, 1, 2], "int32"),
        (ops.arange(4, 1, -2), [4, 2], "int32"), (ops.arange(0.0, 1.0, 0.25), [0, 0.25, 0.5, 0.75], "float32"),
        (ops.arange(2, dtype="float32"), [0, 1], "float32"), (ops.convert_to_tensor([1.5, 2.0]), [1.5, 2], "float32"),
        (ops.convert_to_tensor(np.arange(2), "float32"), [0, 1], "float32"),
        (ops.argsort([2, 1, 2]), [1, 0, 2], "int64"),
    ]:  # fmt: skip
        assert isinstance(y, Tensor) and y.dtype == dtype and y.numpy().tolist() == expected
    t = Tensor([1.0], requires_grad=True)
    assert ops.convert_to_tensor(t) is t is ops.convert_to_tensor(t, "float32")
    assert ops.convert_to_tensor(t, "float64").requires_grad
    assert type(ops.convert_to_numpy(t)) is np.ndarray
    assert not ops.zeros_like(t).requires_grad


def test_of_equal_numbers_the_first_comes_first():
    y, i = ops.top_k(np.array([[1, 3, 3, 0], [5, 5, 5, 5]], "uint8"), 3)
    assert y.numpy().tolist() == [[3, 3, 1], [5, 5, 5]] and i.numpy().tolist() == [[1, 2, 0], [0, 1, 2]]
    assert ops.round([0.5, 1.5, -2.5]).numpy().tolist() == [0, 2, -2] and ops.round(1.234, 1).item() == np.float32(1.2)


# ---------------------------------------------------------------- bad input


def zeros(*shape):
    return Tensor(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: zeros(2, 3) + zeros(3, 2), r"add: shapes \(2, 3\) and \(3, 2\).*transposed\?"),
        (lambda: zeros(4, 3) * zeros(4), r"multiply:.*axis -1 has size 3 in one and 4.*reshape \(4,\) to \(4, 1\)"),
        (lambda: zeros(32, 1) - zeros(16, 1), r"subtract:.*different batches\?"),
        (lambda: zeros(2, 3) @ zeros(2, 3), r"matmul:.*last axis has size 3.*size 2. Is the second one transposed\?"),
        (lambda: zeros(2, 3) @ zeros(2, 4), r"Is the first one transposed\?"),
        (lambda: zeros(2) @ zeros(3), r"matmul: shapes \(2,\) and \(3,\)"),
        (lambda: zeros(2, 3, 4) @ zeros(5, 4, 3), r"axes before the matrices"),
        (lambda: zeros(2, 3) @ 2.0, r"Use \* for numbers"),
        (lambda: ops.dense(zeros(2, 6), zeros(5, 3)), r"x \(2, 6\) has last axis 6, but the kernel \(5, 3\) takes 5"),
        (lambda: ops.dense(zeros(2, 3), zeros(5, 3)), r"Is the kernel transposed\? It is \(in, out\)"),
        (lambda: ops.dense(zeros(2, 2, 3), zeros(6, 4)), r"Is a Flatten\(\) missing"),
        (lambda: ops.dense(zeros(2, 5), zeros(5, 3), zeros(5)), r"needs a bias of shape \(3,\), not \(5,\)"),
        (lambda: ops.reshape(zeros(2, 6), (5,)), r"12 numbers of shape \(2, 6\) don't fill the shape \(5,\)"),
        (lambda: ops.transpose(zeros(2, 3), (0, 0)), r"must name each of the 2 axes"),
        (lambda: ops.squeeze(zeros(2, 3), axis=1), r"axis 1 of shape \(2, 3\) does not have size 1"),
        (lambda: ops.concatenate([zeros(2, 3), zeros(2, 4)]), r"other axes must have equal sizes.*\(2, 3\), \(2, 4\)"),
        (lambda: ops.stack([zeros(2), zeros(3)]), r"all shapes must be equal"),
        (lambda: ops.split(zeros(2, 5), 2, axis=1), r"axis 1 of shape \(2, 5\) can't be cut into 2 pieces of one size"),
        (lambda: ops.top_k(zeros(2, 3), 4), r"top_k: the last axis of shape \(2, 3\) does not have 4 numbers"),
        (lambda: ops.equal(zeros(2, 3), zeros(3, 2)), r"equal: shapes \(2, 3\) and \(3, 2\).*transposed\?"),
        (lambda: ops.sum(zeros(2, 3), axis=2), r"axis 2 does not exist in an array with 2 axes \(from -2 to 1\)"),
        (lambda: ops.softmax_cross_entropy(np.array([1, 2]), zeros(2, 3)), r"Then use sparse_softmax_cross_entropy"),
        (lambda: ops.sigmoid_cross_entropy(zeros(2), zeros(2, 1)), r"must have one shape"),
        (lambda: ops.sparse_softmax_cross_entropy(np.array([0]), zeros(2, 3)), r"need labels of shape \(2,\)"),
        (
            lambda: ops.sparse_softmax_cross_entropy(np.array([0, 3]), zeros(2, 3)),
            r"Label 3 in row 1 is no class: with 3 classes, labels go from 0 to 2\. Do yours start at 1\?",
        ),
        (lambda: ops.sparse_softmax_cross_entropy(np.array([[0, -1]]), zeros(1, 2, 3)), r"Label -1 in row \(0, 1\)"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_a_likely_cause(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_take_names_the_wrong_index():
    with pytest.raises(IndexError, match=r"index 7 is outside of the 3 places along axis 0 of shape \(3, 2\)"):
        ops.take(zeros(3, 2), [0, 7], axis=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.dot(zeros(2, 2), zeros(3, 2, 2)), r"dot of shapes \(2, 2\) and \(3, 2, 2\): .* use matmul"),
        (lambda: ops.norm(zeros(2, 2), ord=2), r"norm\(ord=2, axis=None\): dlcore has ord 1, 2 and np.inf, of vectors"),
        (lambda: ops.norm(zeros(2), ord=3), r"norm\(ord=3"),
    ],
)
def test_what_is_left_out_is_refused(call, message):
    with pytest.raises(NotImplementedError, match=message):
        call()
