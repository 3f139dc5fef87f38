"""Small tools that the other modules and the chapters share."""

from .data import to_categorical
from .names import clear_session, nearest, refuse, unique_name, unknown
from .notebook import show_source
from .randomness import Streams, generator, set_random_seed
from .setup import check_setup
from .system import hardware, quiet_tensorflow, show_config

__all__ = [
    "Streams",
    "check_setup",
    "clear_session",
    "generator",
    "hardware",
    "nearest",
    "quiet_tensorflow",
    "refuse",
    "set_random_seed",
    "show_config",
    "show_source",
    "to_categorical",
    "unique_name",
    "unknown",
]
