"""Model files: arrays and a description in JSON, and nothing that could run.

A file is a NumPy .npz archive: one array for each weight, and the description as an array of bytes. It is written
beside its place and moved there when it is complete. It is read with distrust, since model files are passed around:
no pickle, nothing compressed, and no array may claim to be larger than the bytes that stand for it. What a file is
shows in what it holds, not in its name: programs that say 'model.keras' or 'model.weights.h5' may go on doing so.
"""

import json
import math
import os
import warnings
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from .utils import get_custom_objects, nearest, register_keras_serializable

__all__ = ["get_custom_objects", "register_keras_serializable"]  # load_model and save_model come here from models.py


class ModelFileError(ValueError):
    """A model file that was refused, with the reason."""


DESCRIPTION = "dlcore"  # the name of the entry that holds the description
KINDS = ("weight", "optimizer")  # the other entries: weight0, weight1 …, and the state of the optimizer


def write_file(path, description, arrays):
    """Write a description (plain data) and named arrays to `path`, whole or not at all."""
    path = Path(path)
    if path.is_dir() or not path.parent.is_dir():
        problem = "is a folder" if path.is_dir() else f"can't be written: there is no folder '{path.parent}'"
        raise FileNotFoundError(f"The model file '{path}' {problem}. Give the name of a file in a folder that exists.")
    if path.suffix in (".keras", ".h5", ".hdf5"):
        warn_of_name(path.suffix)
    encoded = np.frombuffer(json.dumps(description).encode(), "uint8")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(unfinished, "wb") as file:
            np.savez(file, **{DESCRIPTION: encoded}, **arrays)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


@cache
def warn_of_name(suffix):
    """Say, once for each ending of Keras's, that a file of this name is none of Keras's."""
    warnings.warn(
        f"Files that end in '{suffix}' are Keras's by their name, but dlcore writes its own format, an .npz archive, "
        "whatever they are called: dlcore can load them, Keras can't.",
        stacklevel=5,
    )


def read_file(path):
    """The description and the arrays (a dict by name) of a file that `write_file` wrote.

    Raises:
        FileNotFoundError: if there is no such file.
        ModelFileError: if it is not a dlcore file or is damaged, with the reason.
    """
    path = Path(path)
    if not path.is_file():
        here = sorted(p.name for p in path.parent.glob("*") if p.is_file())
        hint = f" Did you mean '{nearest(path.name, here)}'?" if nearest(path.name, here) else ""
        raise FileNotFoundError(f"There is no model file '{path}'.{hint}")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            require_own_names(path, [entry.filename.removesuffix(".npy") for entry in entries])
            packed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
            if packed or sum(entry.file_size for entry in entries) > os.path.getsize(path):
                raise refusal(path, "what it holds is compressed or larger than the file, which dlcore never writes")
            arrays = {entry.filename.removesuffix(".npy"): read_array(path, archive, entry) for entry in entries}
    except ModelFileError:
        raise
    except Exception as error:  # zipfile has many ways to stumble over a broken archive, and no list of them
        raise refusal(path, f"{kind_of(path)} ({error})") from None
    try:
        description = json.loads(arrays.pop(DESCRIPTION).tobytes())
    except (ValueError, RecursionError) as error:  # no JSON, no text, or a number with thousands of digits
        raise refusal(path, f"its description can't be read ({error})") from None
    if not isinstance(description, dict):
        raise refusal(path, "its description is not a dictionary")
    return description, arrays


def require_own_names(path, names):
    """Refuse an archive whose entries are not those that dlcore writes: each once, and numbered without a gap."""
    if DESCRIPTION not in names:
        raise refusal(path, foreign(set(names)))
    own = [f"{kind}{i}" for kind in KINDS for i in range(sum(name.startswith(kind) for name in names))]
    if sorted(names) != sorted([DESCRIPTION, *own]):
        raise refusal(path, "its entries are not those that dlcore writes: one is missing, foreign, or there twice")


def read_array(path, archive, info):
    """One array out of the archive, after a look at its header: how large it says it is, and whether it is numbers."""
    name = info.filename
    try:
        with archive.open(info) as file:
            version = np.lib.format.read_magic(file)
            reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = reader(file)
            if dtype.hasobject:
                raise refusal(path, f"its entry '{name}' holds pickled Python objects, which could run code")
            if dtype.kind not in "fiub":
                raise refusal(path, f"its entry '{name}' holds no numbers, but {dtype}")
            if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != info.file_size - file.tell():
                raise refusal(path, f"its entry '{name}' says that it has shape {shape}, but holds other than that")
        with archive.open(info) as file:
            return np.lib.format.read_array(file, allow_pickle=False)
    except ModelFileError:
        raise
    except Exception as error:  # a header is parsed as Python literals: a broken one can fail in any way
        raise refusal(path, f"its entry '{name}' can't be read ({error})") from None


#: How files that are no archives begin.
BEGINNINGS = {
    b"PK": "it is damaged, or was cut off. Copy or save it again",
    b"\x89HDF": "it is an HDF5 file, as Keras writes. Load it in Keras and copy the weights",
    b"\x80": "it is a pickle, which could run code, so dlcore reads none. Copy the weights with set_weights",
    b"\x93NUMPY": "it is a single NumPy array. np.load reads it",
}


def kind_of(path):
    """What a file is that can't be opened as an archive."""
    with open(path, "rb") as file:
        start = file.read(8)
    return next(
        (what for first, what in BEGINNINGS.items() if start.startswith(first)), "it is no model file, or was cut off"
    )


def foreign(names):
    """Why an archive without a description is not ours."""
    if {"config.json", "model.weights.h5"} & names:
        return "it is a Keras file. Load it in Keras and copy the weights: model.set_weights(keras_model.get_weights())"
    return "it was not written by dlcore"


def refusal(path, reason):
    return ModelFileError(f"Refused the model file '{path}': {reason}.")
