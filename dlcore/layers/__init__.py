"""Layers: the building blocks of a model, under Keras's names."""

from ..utils import absent
from .activation import ELU, LeakyReLU, PReLU, ReLU, Softmax
from .attention import MultiHeadAttention
from .base import Layer
from .capsule import Capsule
from .convolution import Conv1D, Conv2D, Conv2DTranspose, DepthwiseConv2D
from .core import Activation, Dense, Dropout, Flatten, Input, Neuron, Permute, Reshape
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
    "Bidirectional", "GRU", "LSTM", "SimpleRNN", "TimeDistributed",
]  # fmt: skip

__getattr__ = absent(__name__, __all__)
