"""Capsules: groups of neurons whose vector says whether a part is there (its length) and how it lies (its direction).

Sabour, Frosst and Hinton, "Dynamic Routing Between Capsules", NeurIPS 2017.
"""

import numpy as np

from .. import activations, initializers, ops, regularizers
from ..tensor import Tensor
from .base import Layer


class Capsule(Layer):
    """Each capsule below foretells each one above, and the routing listens to those that agree.

        û_j|i = u_i W_ij                         what capsule i foretells for capsule j
        c_ij  = softmax over j of b_ij           how much of capsule i goes to capsule j; b = 0 at first
        v_j   = squash(Σ_i c_ij û_j|i)           what comes out: length below 1
        b_ij  ← b_ij + û_j|i · v_j               who foretold it gets more say in the next round

    Nothing is learned in the rounds themselves; but they are steps of the computation like any other, and the
    gradient flows back through all of them, as in the authors' code. (Many later programs take c as a constant
    instead, and differentiate the last round only.)

    Args:
        num_capsule: how many capsules come out.
        dim_capsule: how many numbers each has.
        routings: how many rounds.
        kernel_initializer: what fills W at first.
        kernel_regularizer: what training adds to the loss for W.

    Shapes: x (batch, n, d), W = kernel (n, num_capsule, d, dim_capsule), y (batch, num_capsule, dim_capsule).
    """

    def __init__(
        self,
        num_capsule,
        dim_capsule,
        routings=3,
        kernel_initializer="glorot_uniform",
        kernel_regularizer=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.num_capsule = self._number("num_capsule", num_capsule, 1, whole=True)
        self.dim_capsule = self._number("dim_capsule", dim_capsule, 1, whole=True)
        self.routings = self._number("routings", routings, 1, whole=True)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)

    def build(self, input_shape):
        if len(input_shape) != 3 or None in input_shape[1:]:
            raise self._error(
                f"input {tuple(input_shape)} should be (batch, capsules, numbers in each). "
                "Is a Reshape missing before it?"
            )
        _, n, d = input_shape
        self.kernel = self.add_weight(
            (n, self.num_capsule, d, self.dim_capsule),
            self.kernel_initializer,
            name="kernel",
            regularizer=self.kernel_regularizer,
        )
        self.built = True

    def call(self, x):
        n, _, d, _ = self.kernel.shape
        if x.shape[1:] != (n, d):
            raise self._error(f"input {x.shape} should be (batch, {n}, {d}), for which its kernel was built.")
        # A product of matrices for each pair of capsules, with the batch as rows: (n, 1, batch, d) @ (n, J, d, D).
        each = ops.expand_dims(ops.transpose(x, (1, 0, 2)), 1)
        foretold = ops.transpose(ops.matmul(each, self.kernel), (2, 1, 0, 3))  # (batch, J, n, D)
        b = Tensor(np.zeros((*foretold.shape[:3], 1), x.dtype))
        for round in range(self.routings):
            c = ops.softmax(b, axis=1)
            v = activations.squash(ops.matmul(ops.transpose(c, (0, 1, 3, 2)), foretold))  # (batch, J, 1, D)
            if round < self.routings - 1:
                b = b + ops.matmul(foretold, ops.transpose(v, (0, 1, 3, 2)))
        return ops.squeeze(v, 2)
