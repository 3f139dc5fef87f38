"""Initializers: the values that weights start from. Names, arguments and defaults are Keras's.

Called as `initializer(shape, dtype="float32")`, each gives an array. `seed` is a whole number (the same values at
every call), a `np.random.Generator` (it continues), or None: then the values come from `rng`, by which a layer
passes its model's generator, or are the next ones after `utils.set_random_seed`.
"""

import math

import numpy as np

from .utils import absent, generator, refuse, require_number, unknown
from .utils.names import Configured, by_name

# The standard deviation of a normal distribution that is cut off at ±2, divided by that of the whole one.
TRUNCATED = 0.87962566103423978


class Initializer(Configured):
    """Base of all initializers: subclasses compute `values(shape, rng)`; `__call__` adds dtype and randomness."""

    is_random = False
    seed = None

    def __call__(self, shape, dtype="float32", rng=None):
        shape = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        if self.is_random and (self.seed is not None or rng is None):
            rng = generator(self.seed)
        return np.asarray(self.values(shape, rng), dtype=dtype or "float32")

    def values(self, shape, rng):
        """The values as an array of `shape`, drawn from `rng` where there is chance in it."""
        raise NotImplementedError(f"{type(self).__name__} needs a method values(shape, rng).")


# ---------------------------------------------------------------- without chance


class Zeros(Initializer):
    """All 0. For biases; as a kernel, every unit would stay like every other."""

    def values(self, shape, rng):
        return np.zeros(shape)


class Ones(Initializer):
    """All 1."""

    def values(self, shape, rng):
        return np.ones(shape)


class Constant(Initializer):
    """All `value`."""

    def __init__(self, value=0.0):
        self.value = value

    def values(self, shape, rng):
        return np.full(shape, self.value)


class Identity(Initializer):
    """`gain` on the diagonal, 0 elsewhere: the layer starts by passing its input on. Only for two axes."""

    def __init__(self, gain=1.0):
        self.gain = gain

    def values(self, shape, rng):
        if len(shape) != 2:
            raise ValueError(f"Identity makes a matrix, so it needs a shape with two axes, but got {shape}.")
        return self.gain * np.eye(*shape)


# ---------------------------------------------------------------- with chance


class Random(Initializer):
    """Base of all initializers that draw their values."""

    is_random = True


class RandomNormal(Random):
    """Normal distribution around `mean`."""

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        require_number(f"{type(self).__name__}: stddev", stddev)
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def values(self, shape, rng):
        return rng.normal(self.mean, self.stddev, shape)


class RandomUniform(Random):
    """Every value from `minval` to `maxval` alike."""

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def values(self, shape, rng):
        return rng.uniform(self.minval, self.maxval, shape)


class TruncatedNormal(RandomNormal):
    """Normal distribution around `mean`; what falls more than two `stddev` away is drawn again."""

    def values(self, shape, rng):
        return self.mean + self.stddev * truncated(shape, rng)


def truncated(shape, rng):
    """Standard normal values between −2 and 2."""
    z = rng.standard_normal(shape if shape else (1,))
    while (far := np.abs(z) > 2).any():
        z[far] = rng.standard_normal(far.sum())
    return z.reshape(shape)


class Orthogonal(Random):
    """A random rotation times `gain`: its rows or columns, whichever are fewer, are orthogonal (Saxe et al. 2014).

    Repeated products neither grow nor shrink, which recurrent layers need. More than two axes: all but the last
    count as one.
    """

    def __init__(self, gain=1.0, seed=None):
        self.gain, self.seed = gain, seed

    def values(self, shape, rng):
        if len(shape) < 2:
            raise ValueError(f"Orthogonal makes a matrix, so it needs a shape with at least two axes, but got {shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.sign(np.diag(r))  # QR fixes the signs by a rule of its own: undone, every rotation is alike likely
        return self.gain * (q if rows >= columns else q.T).reshape(shape)


class VarianceScaling(Random):
    """Random values with variance scale / n, so that signals keep their size from layer to layer.

    Args:
        scale: 1 for sigmoid-like activations, 2 for ReLU, which throws half of the signal away.
        mode: n is "fan_in" (inputs of a unit), "fan_out" (units that an input feeds) or "fan_avg", their mean.
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
    """

    def __init__(self, scale=1.0, mode="fan_in", distribution="truncated_normal", seed=None, **left_out):
        refuse(type(self).__name__, left_out, dict.fromkeys(["input_axes", "output_axes"]))
        require_number(f"{type(self).__name__}: scale", scale, above=True)
        if mode not in MODES:
            raise ValueError(unknown("mode", mode, MODES))
        distribution = {"normal": "truncated_normal"}.get(distribution, distribution)
        if distribution not in DISTRIBUTIONS:
            raise ValueError(unknown("distribution", distribution, DISTRIBUTIONS))
        self.scale, self.mode, self.distribution, self.seed = scale, mode, distribution, seed

    def values(self, shape, rng):
        variance = self.scale / max(1.0, MODES[self.mode](*fans(shape)))
        return DISTRIBUTIONS[self.distribution](math.sqrt(variance), shape, rng)


MODES = {
    "fan_in": lambda fan_in, fan_out: fan_in,
    "fan_out": lambda fan_in, fan_out: fan_out,
    "fan_avg": lambda fan_in, fan_out: (fan_in + fan_out) / 2,
}
# The uniform distribution on ±a has standard deviation a/√3.
DISTRIBUTIONS = {
    "truncated_normal": lambda stddev, shape, rng: stddev / TRUNCATED * truncated(shape, rng),
    "untruncated_normal": lambda stddev, shape, rng: rng.normal(0, stddev, shape),
    "uniform": lambda stddev, shape, rng: rng.uniform(-math.sqrt(3) * stddev, math.sqrt(3) * stddev, shape),
}


def fans(shape):
    """(fan_in, fan_out) of a kernel (..., in, out); a convolution's positions multiply both."""
    if len(shape) < 2:
        n = shape[0] if shape else 1
        return n, n
    positions = math.prod(shape[:-2])
    return positions * shape[-2], positions * shape[-1]


class Fixed(VarianceScaling):
    """A VarianceScaling with a name of its own, and only the seed to choose."""

    setting = {}

    def __init__(self, seed=None, **left_out):
        super().__init__(**self.setting, seed=seed, **left_out)

    def get_config(self):
        return {"seed": self.seed}


class GlorotUniform(Fixed):
    """Uniform on ±√(6 / (fan_in + fan_out)): Keras's default for kernels (Glorot and Bengio 2010)."""

    setting = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform"}


class GlorotNormal(Fixed):
    """Truncated normal with variance 2 / (fan_in + fan_out) (Glorot and Bengio 2010)."""

    setting = {"scale": 1.0, "mode": "fan_avg", "distribution": "truncated_normal"}


class HeUniform(Fixed):
    """Uniform on ±√(6 / fan_in), for ReLU (He et al. 2015)."""

    setting = {"scale": 2.0, "mode": "fan_in", "distribution": "uniform"}


class HeNormal(Fixed):
    """Truncated normal with variance 2 / fan_in, for ReLU (He et al. 2015)."""

    setting = {"scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal"}


class LecunUniform(Fixed):
    """Uniform on ±√(3 / fan_in) (LeCun et al. 1998)."""

    setting = {"scale": 1.0, "mode": "fan_in", "distribution": "uniform"}


class LecunNormal(Fixed):
    """Truncated normal with variance 1 / fan_in, for SELU (LeCun et al. 1998)."""

    setting = {"scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal"}


# ---------------------------------------------------------------- by name

_known = {
    "zeros": Zeros, "ones": Ones, "constant": Constant, "identity": Identity, "random_normal": RandomNormal,
    "random_uniform": RandomUniform, "truncated_normal": TruncatedNormal, "orthogonal": Orthogonal,
    "variance_scaling": VarianceScaling, "glorot_uniform": GlorotUniform, "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform, "he_normal": HeNormal, "lecun_uniform": LecunUniform, "lecun_normal": LecunNormal,
}  # fmt: skip
_by_class = {c.__name__: c for c in _known.values()}
globals().update(_known)  # Keras has each by this name, too: initializers.he_normal()
_known |= {"normal": RandomNormal, "uniform": RandomUniform, "one": Ones, "zero": Zeros}  # Keras's short names
__all__ = ["Initializer", "get", *_by_class]
__getattr__ = absent(__name__, __all__)


def get(identifier):
    """The initializer for a name ("he_normal" or "HeNormal"), a class, a saved configuration, or a function (as it is).

    None stays None.
    """
    form = "An initializer is a name or a function of (shape, dtype)"
    return by_name("initializer", identifier, _known | _by_class, form, _known)
