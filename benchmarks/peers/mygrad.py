"""The workloads in MyGrad."""

import mygrad as mg
from mygrad.nnet.activations import relu, sigmoid, softmax
from mygrad.nnet.layers import conv_nd, max_pool
from mygrad.nnet.losses import softmax_crossentropy

from . import plain

mg.turn_memory_guarding_off()  # what its documentation advises for speed


def pool(x):
    """2×2 max-pooling. What is over at the right and below is cut off: MyGrad wants windows that fit."""
    h, w = (n // 2 * 2 for n in x.shape[2:])
    return max_pool(x[:, :, :h, :w], (2, 2), 2)


LIBRARY = plain.library(
    np=mg,
    relu=relu,
    sigmoid=sigmoid,
    softmax=softmax,
    cross_entropy=softmax_crossentropy,
    conv=lambda x, kernel: conv_nd(x, kernel, stride=1),
    pool=pool,
)


def step(name):
    loss, weights, optimizer = plain.program(name)
    tensors = [mg.tensor(w, copy=False) for w in weights]

    def step(x, y):
        value = loss(LIBRARY, tensors, x, y)
        value.backward()
        optimizer.apply(weights, [t.grad for t in tensors])
        return value.item()

    return step
