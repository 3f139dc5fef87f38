"""Models, under the name that Keras has for the module."""

from . import saving
from .model import Model, Sequential, load_model

__all__ = ["Model", "Sequential", "clone_model", "load_model", "save_model"]


def clone_model(model):
    """A model of the same layers, with weights of its own that are new."""
    return type(model).from_config(model.get_config())


def save_model(model, filepath, overwrite=True):
    """`model.save(filepath, overwrite)`: write the whole model to a file."""
    model.save(filepath, overwrite)


# Keras has both in `saving`, too; here that module stands below the models, which are written with it.
saving.load_model, saving.save_model = load_model, save_model
