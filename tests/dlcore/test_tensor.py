"""The tape: what is recorded, how gradients flow back, and what a long or wide record does to it."""

import copy
import gc
import pickle
import sys
import threading

import numpy as np
import pytest

from dlcore import ops, optimizers
from dlcore.tensor import Tensor, Variable, as_array, gradients, no_grad, op, unbroadcast


def leaf(*values):
    return Tensor(list(values), requires_grad=True)


# ---------------------------------------------------------------- what a user holds


def test_lists_and_python_floats_become_float32_and_arrays_keep_their_dtype():
    assert Tensor([1.0, 2.0]).dtype == np.float32
    assert Tensor(1.5).dtype == np.float32
    assert Tensor([1, 2]).dtype.kind == "i"
    for dtype in (np.float64, np.float16, np.uint8, bool):
        assert Tensor(np.zeros(2, dtype)).dtype == dtype
    assert as_array(Tensor([1.0])).dtype == np.float32


def test_whole_numbers_that_need_a_gradient_become_floats():
    x = Tensor([1, 2], requires_grad=True)
    assert x.dtype == np.float32
    assert Variable(3).dtype == np.float32
    assert Variable(np.array([0], np.int64), trainable=False).dtype == np.int64


def test_it_looks_like_an_array():
    x = leaf(1.0, 2.0, 3.0)
    assert (x.shape, x.ndim, x.size, len(x)) == ((3,), 1, 3, 3)
    assert np.asarray(x).tolist() == [1, 2, 3] and np.sum(x) == 6
    assert [float(v) for v in x] == [1, 2, 3]
    assert float(x[1]) == 2 and x[1].item() == 2 and bool(x[0] > 0)
    assert repr(x) == "Tensor([1., 2., 3.], dtype=float32, requires_grad=True)"
    assert repr(Tensor(2.0)) == "Tensor(2., dtype=float32)"
    with pytest.raises(ValueError, match="ambiguous"):
        bool(x)


def test_variable():
    w = Variable(lambda shape, dtype: np.full(shape, 2, dtype), (2, 3), name="kernel")
    assert w.dtype == np.float32 and w.shape == (2, 3) and w.trainable and w.requires_grad
    assert repr(w) == "Variable('kernel', shape=(2, 3), dtype=float32)"
    data = w.data
    w.assign(np.zeros((2, 3)))
    assert w.data is data and not data.any()
    with pytest.raises(ValueError, match=r"'kernel' of shape \(2, 3\) can't take a value of shape \(3, 2\)"):
        w.assign(np.zeros((3, 2)))
    array = np.ones(2)
    Variable(array).assign([5.0, 5.0])
    assert array.tolist() == [1, 1]  # a variable keeps its values to itself


# ---------------------------------------------------------------- gradients


def test_backward_adds_up_in_the_leaves_and_only_there():
    x = leaf(1.0, 2.0)
    h = x * x
    y = ops.sum(h)
    y.backward()
    y.backward()
    assert x.grad.tolist() == [4, 8]
    assert h.grad is None and y.grad is None


def test_a_leaf_owns_its_grad():
    a, b = leaf(1.0), leaf(2.0)
    ops.sum(a + b).backward()
    a.grad *= 0
    assert b.grad.tolist() == [1]


def test_gradients_leaves_no_trace_and_gives_none_where_nothing_depends():
    x, w, other = leaf(1.0, 2.0), leaf(3.0, 4.0), leaf(5.0)
    y = ops.sum(x * w)
    g = gradients(y, [w, other, x, w])
    assert g[0].tolist() == [1, 2] and g[1] is None and g[2].tolist() == [3, 4] and g[3].tolist() == [1, 2]
    assert x.grad is None and w.grad is None


def test_backward_from_a_given_gradient():
    x = leaf(1.0, 2.0)
    y = x * 3
    y.backward([1.0, 10.0])
    assert x.grad.tolist() == [3, 30]
    with pytest.raises(ValueError, match=r"shape \(2,\), but got \(3,\)"):
        y.backward([1.0, 2.0, 3.0])


def test_what_cannot_be_differentiated_says_why():
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"shape \(2,\).*mean or sum first"):
        (x * 2).backward()
    for y in (ops.sum(Tensor([1.0])), ops.sum(ops.stop_gradient(x)), 3.0):
        with pytest.raises(ValueError, match="nothing to differentiate.*no_grad"):
            gradients(y, [x])


def test_no_gradient_is_computed_for_an_input_that_needs_none():
    asked = []

    @op
    def product(x, w):
        return x * w, lambda g: (lambda: asked.append("x"), lambda: g * x)

    w = leaf(2.0)
    product(Tensor([3.0]), w).backward()
    assert w.grad.tolist() == [3] and asked == []


def test_a_mixed_dtype_gives_each_leaf_a_gradient_of_its_own_dtype():
    x, y = leaf(1.0, 2.0), Tensor(np.ones(2), requires_grad=True)
    ops.sum(x * y).backward()
    assert x.grad.dtype == np.float32 and y.grad.dtype == np.float64


@pytest.mark.parametrize("shape", [(2, 3, 4), (3, 4), (4,), (1, 4), (3, 1), (2, 1, 4), (1, 1, 1), (1,), ()])
def test_unbroadcast_sums_over_the_axes_that_were_repeated(shape):
    g = np.arange(24.0).reshape(2, 3, 4)
    summed = unbroadcast(g, shape)
    assert summed.shape == shape
    for i in np.ndindex(shape):  # the slope of Σ g ⊙ broadcast(x), which is linear in x
        x = np.zeros(shape)
        x[i] = 1
        assert (g * x).sum() == summed[i]


# ---------------------------------------------------------------- recording


def test_no_grad_records_nothing_and_ends_with_an_exception_too():
    x = leaf(1.0)
    with pytest.raises(RuntimeError), no_grad():
        with no_grad():
            pass
        assert not (x * 2).requires_grad
        raise RuntimeError
    assert (x * 2).requires_grad


def test_no_grad_is_a_matter_of_its_thread():
    x, seen = leaf(1.0), []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_tensors_may_be_given_by_name():
    x, kernel, bias = leaf(1.0, 2.0), Variable([[1.0], [2.0]]), Variable([0.0])
    ops.sum(ops.dense(x, kernel, bias=bias)).backward()
    assert bias.grad.tolist() == [1] and kernel.grad.tolist() == [[1], [2]]
    y = ops.subtract(x2=x, x1=2.0)
    assert y.numpy().tolist() == [1, 0]
    with pytest.raises(TypeError, match="before 'x_max' must be given"):
        ops.clip(x, x_max=kernel)
    q, mask = np.ones((1, 2, 1, 3), "float32"), np.eye(2, dtype=bool)
    by_array = ops.dot_product_attention(q, q, q, mask=mask)  # no bias: it has a default
    assert ops.dot_product_attention(q, q, q, mask=Tensor(mask)).numpy().tolist() == by_array.numpy().tolist()


# ---------------------------------------------------------------- long, wide and gone


def test_a_chain_of_20000_operations():
    x = leaf(1.0)
    y = x
    for _ in range(20_000):
        y = y + 1.0
    y.backward()
    assert y.numpy().tolist() == [20_001] and x.grad.tolist() == [1]
    del y  # taking the record apart must not recurse either
    gc.collect()


def test_a_diamond_of_2_to_the_60_paths():
    x = Tensor(np.float64(1.0), requires_grad=True)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert y.item() == 2.0**60 and x.grad == 2.0**60


def test_the_record_is_freed_with_its_result():
    gc.collect()
    gc.disable()
    try:
        x = leaf(1.0)
        y = ops.exp(x * 2)
        count = sys.getrefcount(x)
        del y  # no reference cycles: everything goes without the garbage collector
        assert sys.getrefcount(x) < count
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: Tensor("abc"), TypeError, "a tensor holds <U3 values, but numbers are needed"),
        (lambda: Tensor(np.array([None, 1.0])), TypeError, r"object values, .* Is something missing \(None\) in it"),
        (lambda: Tensor({}), TypeError, "object values"),
        (lambda: leaf(1.0) + None, TypeError, "object values"),
        (lambda: Tensor([[1], [1, 2]]), ValueError, "needs rows of one length"),
        (lambda: Variable(np.zeros(2)).assign([None, None]), TypeError, "numbers are needed"),
        (lambda: Variable(np.zeros(2)).assign([1j, 0]), TypeError, "imaginary parts would be lost"),
        (lambda: gradients(ops.sum(W), W), TypeError, r"for a single one w, write gradients\(y, \[w\]\)"),
        (lambda: gradients(ops.sum(W), [W.data]), TypeError, "needs a list of tensors"),
    ],
)
def test_what_is_no_number_is_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


W = leaf(1.0, 2.0)


def test_a_variable_takes_python_numbers_in_its_own_precision():
    v = Variable(np.zeros(1))
    v.assign([0.1])
    assert v.item() == 0.1


def test_a_gradient_after_a_change_is_refused():
    w = Variable([3.0])
    y = ops.sum(w * w)
    w.assign([5.0])
    with pytest.raises(RuntimeError, match="'variable' was changed after it was used"):
        gradients(y, [w])
    assert gradients(ops.sum(w * w), [w])[0].tolist() == [10.0]


def test_a_gradient_after_a_step_of_an_optimizer_is_refused():
    critic, maker = Variable([2.0]), Variable([1.0])
    step = optimizers.SGD(0.1)
    for _ in range(2):  # the first step moves the weight into the optimizer's own array
        loss = ops.sum(ops.square(critic * maker))
        step.apply(gradients(loss, [critic]), [critic])
        with pytest.raises(RuntimeError, match="Take all gradients first"):
            gradients(loss, [maker])


def test_a_variable_of_another_process_can_be_trained():
    w = Variable([3.0], trainable=False, name="mine")
    w.changed = w.age = 10**9  # as in a process that has computed for long
    copied = pickle.loads(pickle.dumps(w))
    assert (copied.name, copied.trainable, copied.requires_grad) == ("mine", False, False)
    w.requires_grad = True
    copied = copy.deepcopy(w)
    assert copied.data is not w.data
    assert gradients(ops.sum(copied * copied), [copied])[0].tolist() == [6.0]


@pytest.mark.parametrize("setting", [ops.leaky_relu, ops.elu, lambda x, a: ops.clip(x, a, 2.0)])
def test_a_setting_that_asks_for_a_gradient_is_refused(setting):
    x, a = Variable([-1.0, 2.0]), Variable(0.3)
    with pytest.raises(TypeError, match="settings have none"):
        gradients(ops.sum(setting(x, a)) + a * a, [a])


def test_one_number_reads_as_one_number():
    loss = ops.mean(Tensor([2.0, 4.0]))
    assert f"{loss:.3f}" == "3.000" and int(loss) == 3 and f"{loss}" == str(loss)
    with pytest.raises(TypeError, match="single number"):
        sum(loss)
    assert [row.numpy().tolist() for row in Tensor([[1.0], [2.0]])] == [[1.0], [2.0]]


def test_backward_from_a_given_gradient_needs_a_record():
    w = Variable([1.0, 2.0])
    with no_grad():
        y = w * 3
    with pytest.raises(ValueError, match="nothing to differentiate"):
        y.backward(np.ones(2))


@pytest.mark.parametrize(
    "function", [ops.relu, ops.abs, ops.square, ops.negative, ops.sign, ops.sum, ops.max, ops.min, ops.exp, ops.mean]
)
def test_lists_become_float32_in_every_operation(function):
    assert function([1.0, -2.0]).dtype == np.float32


def test_whole_numbers_beside_float32_become_float32():
    half, whole = np.ones(2, "float32"), np.arange(2)
    for join in (ops.concatenate, ops.stack):
        assert join([half, whole]).dtype == np.float32 and join([[1.0, 2.0], Tensor([1.0, 2.0])]).dtype == np.float32
        assert join([whole, whole]).dtype == whole.dtype
    assert ops.pad(np.array([1, 2]), 1).numpy().tolist() == [0, 1, 2, 0] and ops.pad(whole, 1).dtype == whole.dtype


def test_a_variable_counts_in_place():
    total = Variable([1.0, 2.0], dtype="float64")
    data = total.data
    total.assign_add(Tensor([1.0, 1.0]))
    total.assign_sub([0.0, 5.0])
    assert total.data is data and data.tolist() == [2, -2] and total.value is total
    with pytest.raises(ValueError, match=r"of shape \(2,\) can't take a value of shape \(3, 2\)"):
        total.assign_add(np.ones((3, 2)))
