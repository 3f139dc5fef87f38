"""MultiHeadAttention: every place of a sequence looks at the others and takes what it needs from them."""

import math

import numpy as np

from .. import initializers, ops, regularizers
from ..ops.attention import allowed
from ..tensor import Tensor
from ..utils import refuse
from .base import Layer
from .core import Dropout


class MultiHeadAttention(Layer):
    """y = Σ softmax(q kᵀ / √H) v W_o + b_o over the heads, where q = query W_q + b_q; k and v alike, of key and value

    Each head asks with its queries q, compares them with the keys k, and mixes the values v of what it finds.
    Self-attention is `layer(x, x)`; in cross-attention the query comes from one sequence, the value from another.
    Vaswani et al., "Attention Is All You Need", 2017.

    Args:
        num_heads: how many heads, N.
        key_dim: numbers in each query and key of a head, H.
        value_dim: numbers in each value of a head, V; key_dim by default.
        dropout: the share of the scores that is dropped in training.
        use_bias: whether there are the b's.
        output_shape: size, or sizes, of what comes out for each place; that of the query by default.
        kernel_initializer, bias_initializer: what fills the weights at first.
        kernel_regularizer, bias_regularizer: what training adds to the loss for them, such as "l2".
        seed: for a dropout mask of its own, apart from the model's.

    Shapes: query (batch, T, D), value (batch, S, D'), key like value; W_q (D, N, H), b_q (N, H), W_k and W_v alike,
    W_o (N, V, D), b_o (D,); y (batch, T, D), scores (batch, N, T, S).
    """

    left_out = Layer.left_out | {"use_gate": False}
    left_out |= dict.fromkeys(
        ["attention_axes", "sliding_window", "flash_attention", "kernel_constraint", "bias_constraint"]
    )

    def __init__(
        self,
        num_heads,
        key_dim,
        value_dim=None,
        dropout=0.0,
        use_bias=True,
        output_shape=None,
        *,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_heads = self._number("num_heads", num_heads, 1, whole=True)
        self.key_dim = self._number("key_dim", key_dim, 1, whole=True)
        self.value_dim = self._number("value_dim", key_dim if value_dim is None else value_dim, 1, whole=True)
        self.dropout = dropout
        self.use_bias = use_bias
        self.output_shape = [output_shape] if isinstance(output_shape, int) else output_shape
        for n in self.output_shape or ():
            self._number("output_shape is a size or several; each", n, 1, whole=True)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.seed = seed
        self._dropout = Dropout(dropout, seed=seed, dtype=self.dtype, name=f"{self.name}_dropout")

    def __call__(self, query, value=None, key=None, **kwargs):
        if value is None:
            raise self._error(
                "it is called with query and value. For self-attention both are x: layer(x, x).", TypeError
            )
        return super().__call__(query, value, value if key is None else key, **kwargs)

    def _charge(self, y):
        """Nothing for the whole: each projection is charged for what it gives, as in Keras."""

    def build(self, query_shape, value_shape, key_shape=None):
        key_shape = value_shape if key_shape is None else key_shape
        for name, shape in (("query", query_shape), ("value", value_shape), ("key", key_shape)):
            if len(shape) != 3 or not shape[-1]:
                raise self._error(
                    f"{name} {tuple(shape)} should be (batch, places, features) with a known number of features. "
                    "Is the batch axis missing? One sequence x goes in as x[None]."
                )
        heads, out = self.num_heads, tuple(self.output_shape or query_shape[-1:])
        self._query = self._add_projection("query", query_shape[-1:], (heads, self.key_dim))
        self._key = self._add_projection("key", key_shape[-1:], (heads, self.key_dim))
        self._value = self._add_projection("value", value_shape[-1:], (heads, self.value_dim))
        self._output = self._add_projection("attention_output", (heads, self.value_dim), out)
        self.built = True

    def _add_projection(self, name, axes_in, axes_out):
        """Kernel and bias that lead from the last axes of x, `axes_in`, to `axes_out`."""
        kind, shape = self.kernel_initializer, axes_in + axes_out
        if isinstance(kind, initializers.VarianceScaling):  # which asks how many numbers go in and come out
            shape = math.prod(axes_in), math.prod(axes_out)
        kernel = self.add_weight(shape, kind, name=f"{name}_kernel", regularizer=self.kernel_regularizer)
        kernel.data = kernel.data.reshape(axes_in + axes_out)
        if not self.use_bias:
            return kernel, None
        return kernel, self.add_weight(
            axes_out, self.bias_initializer, name=f"{name}_bias", regularizer=self.bias_regularizer
        )

    def _project(self, x, projection, axes_in=1):
        """x W + b over the last axes of x: with these as one axis, it is what a Dense layer does."""
        kernel, bias = projection
        n_in, axes_out = math.prod(kernel.shape[:axes_in]), kernel.shape[axes_in:]
        n_out = math.prod(axes_out)
        x = ops.reshape(x, (*x.shape[:2], n_in))
        y = ops.dense(x, ops.reshape(kernel, (n_in, n_out)), None if bias is None else ops.reshape(bias, (n_out,)))
        y = ops.reshape(y, (*x.shape[:2], *axes_out))
        if self.activity_regularizer is not None:
            super()._charge(y)
        return y

    def call(
        self,
        query,
        value,
        key,
        query_mask=None,
        value_mask=None,
        key_mask=None,
        attention_mask=None,
        return_attention_scores=False,
        training=False,
        use_causal_mask=False,
    ):
        """y, or (y, scores) with `return_attention_scores`.

        Args:
            attention_mask: (batch, T, S) or (T, S), True where a query may look at a key. A query that may look at
                none gets the mean of the values, or zeros where there are scores or dropout, as in Keras.
            use_causal_mask: whether a query may look at the places up to its own only.
        """
        masks = {"query_mask": query_mask, "value_mask": value_mask, "key_mask": key_mask}
        given = {name: "an array" for name, mask in masks.items() if mask is not None}
        refuse("MultiHeadAttention", given, dict.fromkeys(masks))
        self._require_inputs(query, value, key)
        query, value, key = map(self._as_floats, (query, value, key))
        mask = self._four_axes(attention_mask, (query.shape[0], self.num_heads, query.shape[1], value.shape[1]))
        q, k, v = self._project(query, self._query), self._project(key, self._key), self._project(value, self._value)
        if return_attention_scores or self.dropout > 0:
            y, scores = self._step_by_step(q, k, v, mask, use_causal_mask, training)
        else:
            y = ops.dot_product_attention(q, k, v, mask=mask, is_causal=use_causal_mask)
        y = self._project(y, self._output, axes_in=2)
        return (y, scores) if return_attention_scores else y

    def _step_by_step(self, q, k, v, mask, is_causal, training):
        """What ops.dot_product_attention does, with the scores kept in between."""
        q, k, v = (ops.transpose(each, (0, 2, 1, 3)) for each in (q, k, v))  # (batch, heads, places, numbers)
        x = ops.matmul(q * (1 / math.sqrt(self.key_dim)), ops.transpose(k, (0, 1, 3, 2)))
        mask = allowed(mask, is_causal, x.shape)
        scores = ops.softmax(x if mask is None else ops.where(mask, x, -1e9))  # far below the others: e to it is 0
        if mask is not None:
            scores = scores * mask.astype(scores.dtype)  # where a row is all masked, softmax made it even
        y = ops.matmul(self._dropout(scores, training=training), v)
        return ops.transpose(y, (0, 2, 1, 3)), scores

    def _four_axes(self, mask, shape):
        """The mask as booleans with the axes (batch, heads, T, S) of the scores."""
        if mask is None:
            return None
        mask = np.asarray(mask.data if isinstance(mask, Tensor) else mask).astype(bool, copy=False)
        full = mask[..., None, :, :] if mask.ndim in (2, 3) else mask
        if full.ndim not in (3, 4) or any(n not in (1, m) for n, m in zip(full.shape[::-1], shape[::-1])):
            batch, heads, t, s = shape
            raise self._error(
                f"attention_mask {mask.shape} should be (batch, queries, keys) = {(batch, t, s)}, or {(t, s)} for "
                f"all, or have an axis of {heads} heads as its second."
            )
        return full

    def _require_inputs(self, query, value, key):
        for x, (kernel, _), name in (
            (query, self._query, "query"),
            (value, self._value, "value"),
            (key, self._key, "key"),
        ):
            if x.ndim != 3 or x.shape[-1] != kernel.shape[0]:
                raise self._error(
                    f"{name} {x.shape} should be (batch, places, {kernel.shape[0]}), for its weights were built for "
                    f"{kernel.shape[0]} features."
                )
        if not len(query) == len(value) == len(key) or value.shape[1] != key.shape[1]:
            raise self._error(
                f"query {query.shape}, value {value.shape} and key {key.shape} need the same batch, and value and "
                "key the same number of places."
            )
