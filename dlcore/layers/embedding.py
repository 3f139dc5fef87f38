"""Embedding, which gives each token a vector, and what tells a network where in a sequence a vector stands."""

import numpy as np

from .. import initializers, ops, regularizers
from ..ops.index import as_places
from .base import Layer


class Embedding(Layer):
    """y = the row of the table that each token names; training moves the rows.

    Bengio et al., "A Neural Probabilistic Language Model", JMLR 2003.

    Args:
        input_dim: size of the vocabulary: tokens are whole numbers from 0 to input_dim − 1.
        output_dim: how many numbers stand for a token.
        embeddings_initializer: what fills the table at first.
        embeddings_regularizer: what training adds to the loss for the table, such as "l2".
        weights: the first table, an array or a list that holds one.

    Shapes: x (…) of whole numbers, table = embeddings (input_dim, output_dim), y (…, output_dim).
    """

    left_out = Layer.left_out | {"mask_zero": False}
    left_out |= dict.fromkeys(["embeddings_constraint", "lora_rank", "lora_alpha", "quantization_config"])

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        *,
        weights=None,
        **kwargs,
    ):
        kwargs.pop("input_length", None)  # Keras drops it, too: the tokens themselves show how many there are
        super().__init__(**kwargs)
        self.input_dim = self._number("input_dim, the size of the vocabulary,", input_dim, 1, whole=True)
        self.output_dim = self._number("output_dim", output_dim, 1, whole=True)
        self.embeddings_initializer = initializers.get(embeddings_initializer)
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings = None
        if weights is not None:
            self.build()
            self.set_weights(weights if isinstance(weights, (list, tuple)) and len(weights) == 1 else [weights])

    def build(self, input_shape=None):
        self.embeddings = self.add_weight(
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            name="embeddings",
            regularizer=self.embeddings_regularizer,
        )
        self.built = True

    def get_config(self):
        config = super().get_config()
        del config["weights"]  # a file brings them with all other weights
        return config

    def call(self, x):
        return ops.take(self.embeddings, self._places(x.data), axis=0)

    def _places(self, tokens):
        """Tokens as indices, or an error that names the first one that the table has no row for."""
        if tokens.dtype.kind == "c":
            raise self._error("its input holds complex numbers, but tokens are whole numbers.", TypeError)
        places, where = as_places(tokens, self.input_dim)
        if where is not None:
            token = tokens[where].item()
            message = f"token {token} at {list(where)} is none of the vocabulary: with input_dim={self.input_dim}, "
            message += f"tokens are whole numbers from 0 to {self.input_dim - 1}."
            if token == self.input_dim:
                message += f" Do yours start at 1? Then input_dim is {self.input_dim + 1}."
            raise self._error(message)
        return places


class OverPlaces(Layer):
    """What the layers share that tell places of a sequence apart."""

    def _require_sequence(self, shape):
        if len(shape) < 3:
            raise self._error(
                f"input {tuple(shape)} should be (batch, places, features). Is an Embedding missing before it?"
            )


class PositionEmbedding(OverPlaces):
    """y = the table's row for each place, whatever x holds; training moves the rows. Add it to the tokens' vectors.

    As in KerasHub. Gehring et al., "Convolutional Sequence to Sequence Learning", 2017.

    Args:
        sequence_length: how many places the table has: the longest sequence that it can take.
        initializer: what fills the table at first.

    Shapes: x (…, T, features), table = position_embeddings (sequence_length, features), y like x.
    """

    def __init__(self, sequence_length, initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.sequence_length = self._number("sequence_length, the longest sequence,", sequence_length, 1, whole=True)
        self.initializer = initializers.get(initializer)
        self.position_embeddings = None

    def build(self, input_shape):
        self._require_sequence(input_shape)
        self.position_embeddings = self.add_weight(
            (self.sequence_length, input_shape[-1]), self.initializer, name="embeddings"
        )
        self.built = True

    def call(self, x, start_index=0):
        table = self.position_embeddings
        self._require_sequence(x.shape)
        stop = start_index + x.shape[-2]
        if start_index < 0 or stop > self.sequence_length or x.shape[-1] != table.shape[1]:
            raise self._error(
                f"input {x.shape} from place {start_index} on needs {x.shape[-1]} numbers for each of the places up to "
                f"{stop}, but its table {table.shape} has {table.shape[1]} for each of {self.sequence_length}."
            )
        return ops.broadcast_to(table[start_index:stop], x.shape)


class SinePositionEncoding(OverPlaces):
    """y[p, i] = sin(p ωᵢ) for even i, cos(p ωᵢ) for odd i, with ωᵢ = max_wavelength^(−2⌊i/2⌋/features)

    Each place p has its own pattern, like the hands of many clocks, from fast to slow. It holds whatever x holds; add
    it to the tokens' vectors. As in KerasHub. Vaswani et al., "Attention Is All You Need", 2017, section 3.5.

    Args:
        max_wavelength: how slow the slowest clock may be.

    Shapes: x (…, T, features), y like x.
    """

    def __init__(self, max_wavelength=10000, **kwargs):
        super().__init__(**kwargs)
        self.max_wavelength = self._number("max_wavelength", max_wavelength, above=True)

    def call(self, x, start_index=0):
        self._require_sequence(x.shape)
        n_places, n = x.shape[-2:]
        pairs = np.arange(n) // 2
        angles = np.outer(np.arange(start_index, start_index + n_places), self.max_wavelength ** (-2 * pairs / n))
        y = np.where(np.arange(n) % 2 == 0, np.sin(angles), np.cos(angles))
        return ops.broadcast_to(y.astype(self.dtype), x.shape)


class RotaryEmbedding(OverPlaces):
    """y = x with each pair (xᵢ, xᵢ₊ₕ), h = features/2, turned by the angle p ωᵢ at place p, ωᵢ = max_wavelength^(−i/h)

    Turn queries and keys: a product q · k then depends on how far the two places lie apart, not on where they are.
    As in KerasHub. Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021.

    Args:
        max_wavelength: how slow the slowest pair may turn.
        scaling_factor: places are divided by it, to fit longer sequences into the angles of training.
        sequence_axis: which axis of x counts the places.

    Shapes: x (batch, T, features) or (batch, T, heads, features), y like x; features must be even.
    """

    left_out = Layer.left_out | {"rope_type": "linear", "feature_axis": -1}

    def __init__(self, max_wavelength=10000, scaling_factor=1.0, *, sequence_axis=1, **kwargs):
        super().__init__(**kwargs)
        self.max_wavelength = self._number("max_wavelength", max_wavelength, above=True)
        self.scaling_factor = self._number("scaling_factor", scaling_factor, above=True)
        self.sequence_axis = sequence_axis

    def call(self, x, start_index=0):
        self._require_sequence(x.shape)
        axis = self.sequence_axis % x.ndim
        if x.shape[-1] % 2 or axis == x.ndim - 1:
            raise self._error(
                f"input {x.shape} needs an even number of features as its last axis, for they are turned in pairs, and "
                f"its places along another (sequence_axis={self.sequence_axis})."
            )
        half = x.shape[-1] // 2
        places = np.arange(start_index, start_index + x.shape[axis]) / self.scaling_factor
        angles = np.outer(places, self.max_wavelength ** (-np.arange(half) / half))
        angles = angles.reshape([x.shape[axis] if i == axis else 1 for i in range(x.ndim - 1)] + [half])
        cos, sin = np.cos(angles).astype(self.dtype), np.sin(angles).astype(self.dtype)
        first, second = x[..., :half], x[..., half:]
        return ops.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)
