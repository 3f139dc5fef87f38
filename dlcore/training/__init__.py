"""Training: how data comes into a model batch by batch (`data`), and the loop that learns from it (`loop`)."""

from .data import Arrays, Stream
from .loop import Trainer

__all__ = ["Arrays", "Stream", "Trainer"]
