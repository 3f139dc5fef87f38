"""Layers: the building blocks of a model, under Keras's names."""

from ..utils import absent
from .base import Layer
from .core import Activation, Dense, Dropout, Flatten, Input, Neuron, Reshape

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Input", "Layer", "Neuron", "Reshape"]

__getattr__ = absent(__name__, __all__)
