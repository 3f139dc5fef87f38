"""Recurrent layers over a whole sequence as one operation, with backpropagation through time written out.

Composed from other operations, fifty steps of an LSTM record two thousand tensors; here they are one. Three things
make the loop over time short and quick, and all three functions share them:

- Inside, everything is turned to (units, batch), so that each gate is one contiguous block of memory.
- xₜ, a 1 for the bias and hₜ₋₁ are stacked into one vector, so that one product a step makes all sums x W + b + h U.
- Only what needs the step before stays in the loop. What the gradient needs of the gates, and the gradients of the
  weights, are computed for all steps at once.

In every formula g = ∂L/∂y, and ⊙ multiplies number by number. In the code `hs` and `cs` hold h and c of all steps, with
those that step 0 finds in front (so hs[t] is hₜ₋₁, and hs[t + 1] is hₜ), and `new` is c̃ or h̃.

Backwards, from the last step to the first, two things meet in dh = ∂L/∂hₜ: what arrives from outside, g at step t, and
what the later steps send back through U. Let a be the sums that enter the gates. Then ∂L/∂a is dh (for the gates of c:
dc) times slopes that are known beforehand: they are written into `d` for all steps at once, and the loop multiplies
them by dh as soon as that is known. dh for the step before is U times this step's ∂L/∂a. Once the loop is over, d holds
∂L/∂a of all steps, from which x, W, b and U get their gradients in one product each. See Werbos, "Backpropagation
through time: what it does and how to do it", Proceedings of the IEEE, 1990.
"""

from functools import cache

import numpy as np

from ..tensor import op
from .inputs import floating

# ---------------------------------------------------------------- what the three share


def prepared(what, gates, x, states, kernel, recurrent_kernel, bias):
    """The inputs as arrays of one floating type, if their shapes fit; a missing bias is zeros."""
    x, kernel, recurrent_kernel = floating(x), floating(kernel), floating(recurrent_kernel)
    if x.ndim != 3:
        raise ValueError(f"{what}: x {x.shape} must be (batch, time, features). Is the axis of time missing?")
    if x.shape[1] == 0:
        raise ValueError(f"{what}: x {x.shape} has no time steps, so there is nothing to run through.")
    units = recurrent_kernel.shape[0] if recurrent_kernel.ndim else 0
    columns = gates * units
    bias_shape = (2, columns) if what == "gru" else (columns,)
    wanted = [
        ("x", x, x.shape),
        *(("each state", floating(state), (len(x), units)) for state in states),
        ("kernel", kernel, (x.shape[2], columns)),
        ("recurrent_kernel", recurrent_kernel, (units, columns)),
        ("bias", np.zeros(bias_shape, x.dtype) if bias is None else floating(bias), bias_shape),
    ]
    for name, array, shape in wanted:
        if array.shape != shape:
            raise ValueError(
                f"{what}: with x {x.shape} and a recurrent_kernel {recurrent_kernel.shape}, {name} must have shape "
                f"{shape}, not {array.shape}."
            )
    dtype = np.result_type(*(array for _, array, _ in wanted))
    return [array.astype(dtype, copy=False) for _, array, _ in wanted]


def stacked(x, h):
    """[xₜ; 1; hₜ₋₁] for each step t, (time + 1, features + 1 + units, batch), and a view of its part h.

    The loop fills in h. The entry after the last step has no x: it only takes the last h.
    """
    batch, time, features = x.shape
    inputs = np.zeros((time + 1, features + 1 + h.shape[1], batch), x.dtype)
    inputs[:-1, :features] = x.transpose(1, 2, 0)
    inputs[:, features] = 1
    hs = inputs[:, features + 1 :]
    hs[0] = h.T
    return inputs, hs


def arriving(g, like):
    """What comes in from outside: g = ∂L/∂y, turned to (time, units, batch), and the dh to start from.

    That is zeros like `like`. But where only the last h was given out, g is its dh, and no other step gets any.
    """
    if g.ndim == 2:
        return None, np.array(g.T, order="C")
    return np.ascontiguousarray(g.transpose(1, 2, 0)), np.zeros_like(like)


def all_steps(inputs, d):
    """Σ over time of inputs_t d_tᵀ, in one product: the gradient of the weights with which inputs_t is multiplied."""
    inputs, d = (a.swapaxes(0, 1).reshape(a.shape[1], -1) for a in (inputs[: len(d)], d))
    return inputs @ d.T


# ---------------------------------------------------------------- LSTM


@op
def lstm(x, h, c, kernel, recurrent_kernel, bias=None, only_last=False, and_c=False):
    """i, f, o = σ(x W + h U + b), c̃ = tanh(x W + h U + b), each with its own quarter of W, U and b
    cₜ = f ⊙ cₜ₋₁ + i ⊙ c̃          hₜ = o ⊙ tanh(cₜ)

    Hochreiter and Schmidhuber, "Long short-term memory", 1997, with the forget gate of Gers and others, 2000.

    Args:
        x: (batch, time, features).
        h, c: what step 0 finds, (batch, units).
        kernel, recurrent_kernel, bias: W (features, 4 units), U (units, 4 units), b (4 units,); quarters i, f, c̃, o.
        only_last: give out only the last h.
        and_c: give out the last c as well, as one more row behind all h.

    Returns:
        h of all steps, (batch, time, units), or (batch, time + 1, units) with `and_c`; (batch, units) with `only_last`.
    """
    x, h, c, kernel, recurrent_kernel, bias = prepared("lstm", 4, x, (h, c), kernel, recurrent_kernel, bias)
    (batch, time, features), units = x.shape, h.shape[1]
    # σ(a) = ½ tanh(a/2) + ½: with the half of a/2 already in the weights, one tanh serves all four gates.
    half = np.array([0.5, 0.5, 1, 0.5], x.dtype)[:, None, None]
    weights = np.concatenate([kernel, bias[None], recurrent_kernel]).T
    weights = (weights.reshape(4, units, -1) * half).reshape(weights.shape)
    inputs, hs = stacked(x, h)
    gates = np.empty((time, 4, units, batch), x.dtype)
    cs, tanh_c = np.empty((time + 1, units, batch), x.dtype), np.empty((time, units, batch), x.dtype)
    cs[0] = c.T
    for t in range(time):
        now = i, f, new, o = gates[t]
        np.matmul(weights, inputs[t], out=now.reshape(4 * units, batch))
        np.tanh(now, out=now)
        now *= half
        now += 1 - half
        np.multiply(f, cs[t], out=cs[t + 1])
        cs[t + 1] += i * new
        np.tanh(cs[t + 1], out=tanh_c[t])
        np.multiply(o, tanh_c[t], out=hs[t + 1])

    def vjp(g):
        i, f, new, o = gates.swapaxes(0, 1)
        d = 1 - gates
        d *= gates  # σ' = σ (1 − σ)
        d[:, 2] = 1 - new * new  # tanh' = 1 − tanh²
        d[:, 0] *= new  # ∂c/∂i = c̃
        d[:, 1] *= cs[:-1]  # ∂c/∂f = cₜ₋₁
        d[:, 2] *= i  # ∂c/∂c̃ = i
        d[:, 3] *= tanh_c  # ∂h/∂o = tanh c
        dh_dc = o * (1 - tanh_c * tanh_c)
        every, dh = arriving(g, cs[0])
        # What reaches the last c from outside: the row behind all h, where c was given out.
        dc = np.zeros_like(dh) if every is None or len(every) == time else every[time].copy()
        for t in reversed(range(time)):
            if every is not None:
                dh += every[t]
            dc += dh * dh_dc[t]
            d[t, :3] *= dc
            d[t, 3] *= dh
            dc *= f[t]  # ∂cₜ/∂cₜ₋₁ = f: the way on which gradients reach far back
            np.matmul(recurrent_kernel, d[t].reshape(4 * units, batch), out=dh)
        d = d.reshape(time, 4 * units, batch)
        dweights = cache(lambda: all_steps(inputs, d))
        return (
            lambda: np.matmul(kernel, d).transpose(2, 0, 1),
            lambda: dh.T,
            lambda: dc.T,
            lambda: dweights()[:features],
            lambda: dweights()[features + 1 :],
            lambda: dweights()[features],
        )

    if only_last:
        return hs[time].T.copy(), vjp  # a copy, so that who keeps it does not keep all steps
    return (np.concatenate([hs[1:], cs[time:]]) if and_c else hs[1:]).transpose(2, 0, 1), vjp


# ---------------------------------------------------------------- SimpleRNN


@op
def simple_rnn(x, h, kernel, recurrent_kernel, bias=None, only_last=False):
    """hₜ = tanh(xₜ W + hₜ₋₁ U + b)          Elman, "Finding structure in time", 1990

    Args:
        x: (batch, time, features).
        h: what step 0 finds, (batch, units).
        kernel, recurrent_kernel, bias: W (features, units), U (units, units), b (units,) or None.
        only_last: give out only the last h.

    Returns:
        h of all steps, (batch, time, units). With `only_last`, (batch, units).
    """
    x, h, kernel, recurrent_kernel, bias = prepared("simple_rnn", 1, x, (h,), kernel, recurrent_kernel, bias)
    _, time, features = x.shape
    weights = np.concatenate([kernel, bias[None], recurrent_kernel]).T
    inputs, hs = stacked(x, h)
    for t in range(time):
        np.tanh(weights @ inputs[t], out=hs[t + 1])

    def vjp(g):
        d = 1 - hs[1:] * hs[1:]  # tanh' = 1 − tanh²
        every, dh = arriving(g, d[0])
        for t in reversed(range(time)):
            if every is not None:
                dh += every[t]
            d[t] *= dh
            np.matmul(recurrent_kernel, d[t], out=dh)
        dweights = cache(lambda: all_steps(inputs, d))
        return (
            lambda: np.matmul(kernel, d).transpose(2, 0, 1),
            lambda: dh.T,
            lambda: dweights()[:features],
            lambda: dweights()[features + 1 :],
            lambda: dweights()[features],
        )

    return (hs[time].T.copy() if only_last else hs[1:].transpose(2, 0, 1)), vjp


# ---------------------------------------------------------------- GRU


@op
def gru(x, h, kernel, recurrent_kernel, bias=None, only_last=False):
    """z, r = σ(x W + b + h U + b'), h̃ = tanh(x W + b + r ⊙ (h U + b')), each with its own third of W, U, b and b'
    hₜ = z ⊙ hₜ₋₁ + (1 − z) ⊙ h̃

    Cho and others, "Learning phrase representations using RNN encoder-decoder", 2014, with r behind the product,
    as all fast implementations have it.

    Args:
        x: (batch, time, features).
        h: what step 0 finds, (batch, units).
        kernel, recurrent_kernel: W (features, 3 units), U (units, 3 units); thirds z, r, h̃.
        bias: (2, 3 units), rows b and b', or None.
        only_last: give out only the last h.

    Returns:
        h of all steps, (batch, time, units). With `only_last`, (batch, units).
    """
    x, h, kernel, recurrent_kernel, bias = prepared("gru", 3, x, (h,), kernel, recurrent_kernel, bias)
    (batch, time, features), units = x.shape, h.shape[1]
    # Four sums a step: of z, of r, and the two halves of h̃ apart, since r comes between them: q = h U + b', and
    # x W + b. So the third of the four sees no x, and the fourth no h: there the weights are 0.
    from_h, from_x = [0, 1, 2], [0, 1, 3]
    weights = np.zeros((features + 1 + units, 4, units), x.dtype)
    weights[:features, from_x] = kernel.reshape(features, 3, units)
    weights[features, from_x] = bias[0].reshape(3, units)
    weights[features, from_h] += bias[1].reshape(3, units)
    weights[features + 1 :, from_h] = recurrent_kernel.reshape(units, 3, units)
    weights[:, :2] *= 0.5  # σ(a) = ½ tanh(a/2) + ½, as in the LSTM
    weights = weights.reshape(-1, 4 * units).T
    inputs, hs = stacked(x, h)
    gates = np.empty((time, 4, units, batch), x.dtype)
    for t in range(time):
        np.matmul(weights, inputs[t], out=gates[t].reshape(4 * units, batch))
        z, r, q, new = gates[t]
        zr = np.tanh(gates[t, :2], out=gates[t, :2])
        zr *= 0.5
        zr += 0.5
        new += r * q
        np.tanh(new, out=new)
        np.add(new, z * (hs[t] - new), out=hs[t + 1])  # z ⊙ hₜ₋₁ + (1 − z) ⊙ h̃

    def vjp(g):
        z, r, q, new = gates.swapaxes(0, 1)
        d = np.empty_like(gates)
        d[:, 0] = (hs[:-1] - new) * z * (1 - z)  # ∂h/∂z = hₜ₋₁ − h̃, σ' = σ (1 − σ)
        d[:, 3] = (1 - z) * (1 - new * new)  # ∂h/∂h̃ = 1 − z, tanh' = 1 − tanh²
        d[:, 2] = d[:, 3] * r  # to q, through r ⊙ q
        d[:, 1] = d[:, 2] * q * (1 - r)  # to r: ⊙ q in place of r, and σ' = r (1 − r)
        every, dh = arriving(g, d[0, 0])
        for t in reversed(range(time)):
            if every is not None:
                dh += every[t]
            d[t] *= dh
            dh *= z[t]  # ∂hₜ/∂hₜ₋₁ = z, beside the way through U
            dh += recurrent_kernel @ d[t, :3].reshape(3 * units, batch)
        dweights = cache(lambda: all_steps(inputs, d.reshape(time, 4 * units, batch)).reshape(-1, 4, units))
        return (
            lambda: np.matmul(kernel, d[:, from_x].reshape(time, 3 * units, batch)).transpose(2, 0, 1),
            lambda: dh.T,
            lambda: dweights()[:features, from_x].reshape(kernel.shape),
            lambda: dweights()[features + 1 :, from_h].reshape(recurrent_kernel.shape),
            lambda: dweights()[features, [from_x, from_h]].reshape(bias.shape),
        )

    return (hs[time].T.copy() if only_last else hs[1:].transpose(2, 0, 1)), vjp
