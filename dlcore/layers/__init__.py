"""Layers: the building blocks of a model, under Keras's names."""

from ..utils import absent, get_custom_objects, unknown
from .activation import ELU, LeakyReLU, PReLU, ReLU, Softmax
from .attention import MultiHeadAttention
from .augmentation import GaussianNoise, RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from .base import Layer
from .capsule import Capsule
from .convolution import Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D
from .core import Activation, Dense, Dropout, Flatten, Input, Neuron, Permute, Reshape
from .core import InputLayer as InputLayer
from .embedding import Embedding, PositionEmbedding, RotaryEmbedding, SinePositionEncoding
from .merging import Add, Concatenate, Multiply, add, concatenate, multiply
from .normalization import BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization
from .pooling import (
    AveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
    UpSampling2D,
    ZeroPadding2D,
)  # fmt: skip
from .recurrent import GRU, LSTM, SimpleRNN
from .wrappers import Bidirectional, TimeDistributed

__all__ = [
    "Add", "Concatenate", "Embedding", "MultiHeadAttention", "Multiply", "Permute", "PositionEmbedding",
    "RotaryEmbedding", "SinePositionEncoding", "add", "concatenate", "multiply",
    "Activation", "AveragePooling1D", "AveragePooling2D", "Conv1D", "Conv2D", "Conv2DTranspose", "Dense",
    "DepthwiseConv2D", "Dropout", "Flatten", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D",
    "GlobalMaxPooling2D", "Input", "Layer", "MaxPooling1D", "MaxPooling2D", "Neuron", "Reshape", "UpSampling2D",
    "ZeroPadding2D", "BatchNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization",
    "Capsule", "ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax",
    "GaussianNoise", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom",
    "Bidirectional", "GRU", "LSTM", "SimpleRNN", "TimeDistributed", "deserialize",
]  # fmt: skip

# Keras's short names for the same layers.
MaxPool1D, MaxPool2D, AvgPool1D, AvgPool2D = MaxPooling1D, MaxPooling2D, AveragePooling1D, AveragePooling2D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
Convolution1D, Convolution2D, Convolution2DTranspose = Conv1D, Conv2D, Conv2DTranspose

__getattr__ = absent(__name__, __all__)
_known = {name: c for name, c in vars().items() if isinstance(c, type) and issubclass(c, Layer) and name in __all__}


def deserialize(config, custom_objects=None):
    """The layer from its description, {"class_name": …, "config": …}; layers inside it are made first.

    Args:
        config: the description; "config" is what `get_config` gives. A layer comes back as it is.
        custom_objects: class name → class, for layers of your own. Only these, those that were registered, and
            dlcore's can be made.
    """
    if isinstance(config, Layer):
        return config
    if not is_description(config):
        raise TypeError(f"A layer's description is {{'class_name': …, 'config': …}}, but got {config!r}.")
    classes, name = _known | get_custom_objects() | (custom_objects or {}), config["class_name"]
    if name not in classes:
        raise ValueError(unknown("layer", name, classes) + " Your own classes go into custom_objects={'Name': Name}.")
    return classes[name].from_config({key: with_layers(each, classes) for key, each in config["config"].items()})


def with_layers(value, classes):
    """A value of a configuration, with layers in place of their descriptions. Initializers' and others' stay."""
    if isinstance(value, list):
        return [with_layers(each, classes) for each in value]
    if is_description(value) and value["class_name"] in classes:
        return deserialize(value, classes)
    return value


def is_description(value):
    return isinstance(value, dict) and {"class_name", "config"} <= value.keys()
