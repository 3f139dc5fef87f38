"""The workloads in plain array operations, for libraries that differentiate NumPy's functions and have no layers.

Such a library hands over its NumPy as `np`, and with it as attributes what it has besides: relu, sigmoid,
cross_entropy(scores, labels) and, if it has them, conv(x, kernel) and pool(x). Adam, which they lack, is NumPy's.
"""

import math
from types import SimpleNamespace

import numpy

from ..contenders import NotWrittenError


def glorot(*shape):
    fan_in, fan_out = math.prod(shape[:-1]), shape[-1]
    return numpy.random.default_rng(0).standard_normal(shape, "float32") * math.sqrt(2 / (fan_in + fan_out))


def zeros(*shape):
    return numpy.zeros(shape, "float32")


def dense_weights(*sizes):
    return [weight for n, m in zip(sizes, sizes[1:]) for weight in (glorot(n, m), zeros(m))]


def dense(library, x, weights):
    """Dense layers with ReLU between them."""
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2]):
        x = library.relu(x @ kernel + bias)
    return x @ weights[-2] + weights[-1]


def classify(library, weights, x, y):
    return library.cross_entropy(dense(library, x, weights), y)


def regress(library, weights, x, y):
    return library.np.mean((dense(library, x, weights) - y) ** 2)


def convolutional(library, weights, x, y):
    x = x.reshape(-1, 1, 28, 28)
    for kernel, bias in (weights[:2], weights[2:4]):
        x = library.pool(library.relu(library.conv(x, kernel) + bias))
    return classify(library, weights[4:], x.reshape(len(x), -1), y)


def recurrent(library, weights, x, y):
    np, sigmoid = library.np, library.sigmoid
    kernel, recurrent, bias = weights[:3]
    h = c = zeros(len(x), 128)
    for t in range(50):
        z = x[:, t] @ kernel + h @ recurrent + bias
        i, f, o = sigmoid(z[:, :128]), sigmoid(z[:, 128:256]), sigmoid(z[:, 384:])
        c = f * c + i * np.tanh(z[:, 256:384])
        h = o * np.tanh(c)
    return regress(library, weights[3:], h, y)


def norm(library, x, gamma, beta):
    np = library.np
    x = x - np.mean(x, axis=-1, keepdims=True)
    return gamma * (x * (np.mean(x * x, axis=-1, keepdims=True) + 1e-3) ** -0.5) + beta


def block(library, x, weights):
    np = library.np
    gamma1, beta1, heads, heads_bias, mix, mix_bias, gamma2, beta2, *wide_narrow = weights
    n, places, _ = x.shape
    z = (norm(library, x, gamma1, beta1) @ heads + heads_bias).reshape(n, places, 3, 4, 32)
    q, k, v = (np.transpose(z[:, :, i], (0, 2, 1, 3)) for i in range(3))
    scores = q @ np.transpose(k, (0, 1, 3, 2)) * (1 / math.sqrt(32))
    y = library.softmax(scores + numpy.triu(numpy.full((places, places), -1e9, "float32"), 1)) @ v
    x = x + np.transpose(y, (0, 2, 1, 3)).reshape(n, places, 128) @ mix + mix_bias
    z = norm(library, x, gamma2, beta2) @ wide_narrow[0] + wide_narrow[1]
    z = 0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z * z * z)))  # GELU
    return x + z @ wide_narrow[2] + wide_narrow[3]


def transformer(library, weights, x, y):
    tokens, places, *weights = weights
    x = tokens[x] + places
    for i in (0, 12):
        x = block(library, x, weights[i : i + 12])
    scores = norm(library, x, *weights[24:26]) @ weights[26] + weights[27]
    return library.cross_entropy(scores.reshape(-1, 65), y.reshape(-1))


def transformer_weights():
    norm_weights = [zeros(128) + 1, zeros(128)]
    attention = dense_weights(128, 3 * 128) + dense_weights(128, 128)
    blocks = (norm_weights + attention + norm_weights + dense_weights(128, 512, 128)) * 2
    weights = [glorot(65, 128), glorot(64, 128), *blocks, *norm_weights, *dense_weights(128, 65)]
    return [weight.copy() for weight in weights]


def convolutional_weights():
    kernels = [glorot(32, 1, 3, 3), zeros(32, 1, 1), glorot(64, 32, 3, 3), zeros(64, 1, 1)]
    return kernels + dense_weights(1600, 64, 10)


PROGRAMS = {
    "W1": (classify, lambda: dense_weights(784, 256, 128, 10)),
    "W1b": (classify, lambda: dense_weights(784, 256, 128, 10)),
    "W2": (convolutional, convolutional_weights),
    "W3": (recurrent, lambda: [glorot(32, 512), glorot(128, 512), zeros(512), *dense_weights(128, 1)]),
    "W4": (transformer, transformer_weights),
    "W5": (regress, lambda: dense_weights(2, 16, 16, 1)),
}


class Adam:
    """In place, a weight at a time; with `decay` it is AdamW."""

    def __init__(self, weights, decay=0.0):
        self.moments = [(numpy.zeros_like(w), numpy.zeros_like(w)) for w in weights]
        self.decay, self.t = decay, 0

    def apply(self, weights, gradients):
        self.t += 1
        rate = 0.001 * math.sqrt(1 - 0.999**self.t) / (1 - 0.9**self.t)
        for w, g, (m, v) in zip(weights, gradients, self.moments):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            if self.decay:
                w *= 1 - 0.001 * self.decay
            w -= rate * m / (numpy.sqrt(v) + 1e-7)


def program(name):
    """The loss as a function of (library, weights, x, y), the weights, and the optimizer."""
    if name not in PROGRAMS:
        raise NotWrittenError("the library has no exact GELU")
    loss, weights = PROGRAMS[name]
    weights = weights()
    return loss, weights, Adam(weights, decay=0.004 if name == "W4" else 0.0)


library = SimpleNamespace
