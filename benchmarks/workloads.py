"""What is measured: small networks, their data, and the matrix products that no step of theirs can do without.

A network is written once. It takes the library, `dlcore` or `keras`, as its argument: a program of your own would
differ in its import line alone.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Workload(NamedTuple):
    """A network with its data. `network(library)` gives it compiled; `data(samples)` gives x and y."""

    what: str
    network: Callable
    data: Callable
    batch: int
    steps: int  # in an epoch: what one call of fit is timed for
    products: list  # the matrix products of a step: (times, m, k, n)
    epochs: int = 1  # in a call of fit

    @property
    def samples(self):
        return self.batch * self.steps


# ------------------------------------------------------------------ networks


def dense_network(library):
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((784,)),
            layers.Dense(256, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def convolutional_network(library):
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((28, 28, 1)),
            layers.Conv2D(32, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Conv2D(64, (3, 3), activation="relu"),
            layers.MaxPooling2D((2, 2)),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def recurrent_network(library):
    layers = library.layers
    model = library.Sequential([library.Input((50, 32)), layers.LSTM(128), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def small_network(library):
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((2,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    return model


def transformer(library, approximate=True):
    """Two blocks as in GPT-2, whose GELU is the one through tanh; not approximate: Keras's default, through erf."""
    layers = library.layers
    gelu = functools.partial(library.activations.gelu, approximate=approximate)

    class Block(layers.Layer):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = layers.LayerNormalization(), layers.LayerNormalization()
            self.attention = layers.MultiHeadAttention(num_heads=4, key_dim=32)
            self.wide, self.narrow = layers.Dense(512, activation=gelu), layers.Dense(128)

        def call(self, x):
            h = self.norm1(x)
            x = x + self.attention(h, h, use_causal_mask=True)
            return x + self.narrow(self.wide(self.norm2(x)))

    class Transformer(library.Model):
        def __init__(self):
            super().__init__()
            self.tokens, self.places = layers.Embedding(65, 128), layers.Embedding(64, 128)
            self.blocks = [Block(), Block()]
            self.norm, self.scores = layers.LayerNormalization(), layers.Dense(65)

        def call(self, x):
            x = self.tokens(x) + self.places(np.arange(64))
            for block in self.blocks:
                x = block(x)
            return self.scores(self.norm(x))

    model = Transformer()
    model.compile("adamw", library.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


# ---------------------------------------------------------------------- data


def numbers(shape, classes):
    """Random x of this shape and labels. The time of a step doesn't hang on what the numbers are."""

    def data(samples):
        rng = np.random.default_rng(0)
        return rng.random((samples, *shape), dtype="float32"), rng.integers(0, classes, samples, dtype="int32")

    return data


def sequences(samples):
    rng = np.random.default_rng(0)
    return rng.standard_normal((samples, 50, 32), dtype="float32"), rng.random((samples, 1), dtype="float32")


def points(samples):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((samples, 2), dtype="float32")
    return x, np.sign(x[:, :1] * x[:, 1:])


def text(samples):
    """Random tokens; the target at each place is the token that follows."""
    tokens = np.random.default_rng(0).integers(0, 65, (samples, 65), dtype="int32")
    return tokens[:, :-1].copy(), tokens[:, 1:].copy()


# ------------------------------------------------------- the products' shapes


def product(m, k, n, times=1, first=False):
    """Y = X W of shapes (m, k) and (k, n), and what its gradient needs: Xᵀ G and, unless X is the data, G Wᵀ."""
    return [(times, m, k, n), (times, k, m, n)] + ([] if first else [(times, m, n, k)])


def dense_products(batch):
    return product(batch, 784, 256, first=True) + product(batch, 256, 128) + product(batch, 128, 10)


CONVOLUTIONAL_PRODUCTS = [
    *product(64 * 26 * 26, 9, 32, first=True),
    *product(64 * 11 * 11, 9 * 32, 64),
    *product(64, 1600, 64),
    *product(64, 64, 10),
]
RECURRENT_PRODUCTS = [
    *product(50 * 32, 32, 512, first=True),  # the inputs of all times at once
    *[(1, 32, 128, 512), (1, 32, 512, 128)] * 50,  # one time after the other, there and back
    (1, 128, 50 * 32, 512),  # the gradient of the recurrent weights, over all times at once
    *product(32, 128, 1),
]
BLOCK_PRODUCTS = [
    *product(2048, 128, 128) * 4,
    *product(64, 32, 64, times=128),  # 32 samples × 4 heads: queries by keys
    *product(64, 64, 32, times=128),  # scores by values
    *product(2048, 128, 512),
    *product(2048, 512, 128),
]
TRANSFORMER_PRODUCTS = BLOCK_PRODUCTS * 2 + product(2048, 128, 65)
SMALL_PRODUCTS = product(100, 2, 16, first=True) + product(100, 16, 16) + product(100, 16, 1)

WORKLOADS = {
    "W1": Workload("MLP 784-256-128-10, batch 64", dense_network, numbers((784,), 10), 64, 300, dense_products(64)),
    "W1b": Workload("the same, batch 512", dense_network, numbers((784,), 10), 512, 100, dense_products(512)),
    "W2": Workload(
        "CNN: two convolutions with pooling, two dense layers, 28×28 images, batch 64",
        convolutional_network, numbers((28, 28, 1), 10), 64, 60, CONVOLUTIONAL_PRODUCTS,
    ),
    "W3": Workload(
        "LSTM: 128 units, 50 steps, 32 features, batch 32", recurrent_network, sequences, 32, 60, RECURRENT_PRODUCTS
    ),
    "W4": Workload(
        "transformer: two blocks, 128 features, 4 heads, 64 tokens of 65, GPT-2's GELU (through tanh), batch 32, AdamW",
        transformer, text, 32, 15, TRANSFORMER_PRODUCTS,
    ),
    "W4b": Workload(
        "the same with the exact GELU, through erf",
        functools.partial(transformer, approximate=False), text, 32, 15, TRANSFORMER_PRODUCTS,
    ),
    "W5": Workload("MLP 2-16-16-1, 100 points at once", small_network, points, 100, 1, SMALL_PRODUCTS, epochs=100),
}  # fmt: skip
