"""Scaled dot-product attention. In every formula g = ∂L/∂y."""

import math
from functools import cache

import numpy as np

from ..tensor import op
from ..utils import refuse
from .inputs import floating
from .nn import exponentials, summed


@op
def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """y = p v,  p = softmax(x),  x = scale · q kᵀ + bias, for each head

    ∂L/∂v = pᵀ g,  ∂L/∂x = p ⊙ (g vᵀ − Σ g ⊙ y),  ∂L/∂q = scale · ∂L/∂x k,  ∂L/∂k = scale · (∂L/∂x)ᵀ q

    Here p is e = exp(x) over its row's sum n. It is never made: y = (e v) / n, and in the gradients g / n takes the
    place of g, since g and y are smaller than p. Vaswani et al., "Attention Is All You Need", 2017; the
    order of these steps is that of Dao et al., "FlashAttention", 2022.

    Args:
        query: q, (batch, T, heads, H).
        key: k, (batch, S, heads, H).
        value: v, (batch, S, heads, V).
        bias: added to x, which has shape (batch, heads, T, S).
        mask: True where a query may look at a key, broadcast to x's shape. A query that may look at none gets the
            mean of all values, as in Keras.
        scale: 1/√H by default.
        is_causal: whether a query may look at the keys up to its own place only.

    Returns:
        y, (batch, T, heads, V).
    """
    left_out = {"flash_attention": flash_attention, "attn_logits_soft_cap": attn_logits_soft_cap}
    refuse("dot_product_attention", left_out, dict.fromkeys(left_out))
    arrays = [floating(each) for each in (query, key, value)]
    require_heads(*(a.shape for a in arrays))
    q, k, v = (a.swapaxes(1, 2) for a in arrays)  # (batch, heads, places, numbers): a view, np.matmul's order
    scale = 1 / math.sqrt(q.shape[-1]) if scale is None else float(scale)
    q = q * scale
    x = q @ k.swapaxes(-1, -2)
    if bias is not None:
        x = x + require_scores("bias", floating(bias), x.shape)
    mask = allowed(mask, is_causal, x.shape)
    e = exponentials(x, mask=mask, out=x)
    n = summed(e, -1)
    y = heads_last(e, v)
    y /= n.swapaxes(1, 2)

    def vjp(g):
        g_over_n = (g / n.swapaxes(1, 2)).swapaxes(1, 2)

        @cache  # the gradients of q, k and bias all start from it
        def to_x():
            d = g_over_n @ v.swapaxes(-1, -2)
            d -= np.vecdot(g_over_n, y.swapaxes(1, 2))[..., None]
            d *= e
            if mask is not None and not mask.any(-1).all():
                d *= mask  # a query that may look at none has constant scores
            return d

        return (
            lambda: heads_last(to_x(), k) * scale,
            lambda: heads_last(to_x().swapaxes(-1, -2), q),  # q is scaled already
            lambda: heads_last(e.swapaxes(-1, -2), g_over_n),
            to_x,
        )

    return y, vjp


def heads_last(a, b):
    """a b for each head, written in the order (batch, places, heads, numbers) at once."""
    batch, heads, places = a.shape[:3]
    y = np.empty((batch, places, heads, b.shape[-1]), np.result_type(a, b))
    np.matmul(a, b, out=y.swapaxes(1, 2))
    return y


def allowed(mask, is_causal, shape):
    """True where a query may look at a key; None where all may look at all."""
    if mask is not None:
        mask = require_scores("mask", np.asarray(mask).astype(bool, copy=False), shape)
    if not is_causal:
        return mask
    causal = np.tri(*shape[-2:], dtype=bool)
    return causal if mask is None else mask & causal


def require_scores(what, array, shape):
    """`array`, if it can be broadcast to the scores' shape (batch, heads, T, S)."""
    array = np.asarray(array)
    if array.ndim > 4 or any(n not in (1, m) for n, m in zip(array.shape[::-1], shape[::-1])):
        raise ValueError(
            f"dot_product_attention: the {what} {array.shape} doesn't fit the scores {shape}, which are "
            "(batch, heads, queries, keys). For one of (batch, queries, keys), add the axis of the heads: [:, None]."
        )
    return array


def require_heads(query, key, value):
    """Raise a ValueError with what differs where the shapes of query, key and value don't go together."""
    for name, shape in (("query", query), ("key", key), ("value", value)):
        if len(shape) != 4:
            raise ValueError(
                f"dot_product_attention: {name} {shape} should be (batch, places, heads, numbers). "
                "For a single head, add its axis: [:, :, None, :]."
            )
    for what, axis, shapes in (
        ("the batch", 0, (query, key, value)),
        ("the heads", 2, (query, key, value)),
        ("places in key and value", 1, (key, value)),
        ("numbers in query and key", 3, (query, key)),
    ):
        if len({shape[axis] for shape in shapes}) > 1:
            raise ValueError(
                f"dot_product_attention: query {query}, key {key}, value {value}: axis {axis}, {what}, must agree."
            )
