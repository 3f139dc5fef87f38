"""Small tools that the other modules and the chapters share."""

from .checks import require_number
from .data import PyDataset, pack_x_y_sample_weight, to_categorical, unpack_x_y_sample_weight
from .memory import keep_freed_memory
from .names import absent, clear_session, nearest, refuse, unique_name, unknown
from .notebook import show_source
from .randomness import Streams, generator, set_random_seed
from .records import recorded
from .registry import get_custom_objects, register_keras_serializable
from .setup import check_setup
from .system import hardware, quiet_tensorflow, show_config

__all__ = [
    "PyDataset",
    "Streams",
    "absent",
    "check_setup",
    "clear_session",
    "generator",
    "get_custom_objects",
    "hardware",
    "keep_freed_memory",
    "nearest",
    "pack_x_y_sample_weight",
    "quiet_tensorflow",
    "recorded",
    "refuse",
    "register_keras_serializable",
    "require_number",
    "set_random_seed",
    "show_config",
    "show_source",
    "to_categorical",
    "unique_name",
    "unknown",
    "unpack_x_y_sample_weight",
]

__getattr__ = absent(__name__, __all__)
