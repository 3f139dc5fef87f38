"""Data that is fetched once, verified by its SHA-256, and cached.

A data set is one entry of `REGISTRY`. Where it is looked for, in this order: the folder in the environment variable
DLCORE_DATA_DIR, the cache of this user, its public address. What is read is verified in every case; a file that fails
is refused, and deleted if it is in the cache. A download gets its name in the cache only when it is complete and
verified.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CONNECT_SECONDS, READ_SECONDS = 5, 30


def read_npz(path):
    """The arrays of an .npz file by name; objects in it, which could run code, are refused."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


@dataclass(frozen=True)
class Source:
    """Where a data set is, and how to know that it is the right one.

    Attributes:
        name: what it is called here.
        url: its public address; the file is called as in the last part of it.
        sha256: of the file at that address.
        parts: name → SHA-256 of the bytes of that part, whatever file it came in.
        read: a function of the file's path that returns name → array, or bytes, for each part.
        instead: what a reader without it can use.
    """

    name: str
    url: str
    sha256: str
    parts: dict
    read: Callable = read_npz
    instead: str = ""

    @property
    def file(self):
        return self.url.rsplit("/", 1)[-1]


REGISTRY = {
    "mnist": Source(
        name="mnist",
        url="https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
        sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        parts={
            "x_train": "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
            "y_train": "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
            "x_test": "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
            "y_test": "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
        },
        instead="use datasets.digits(), smaller digits that need no network",
    ),
}


def load(source):
    """The verified parts of a data set: name → array or bytes."""
    path, is_cached = obtain(source)
    problem = None
    try:
        parts = source.read(path)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        problem = f"it can't be read ({type(error).__name__}: {error})"
    else:
        problem = first_fault(parts, source)
    if problem is None:
        return parts
    if is_cached:
        path.unlink(missing_ok=True)
        cure = "It was in the cache and has been deleted; the next call fetches it anew."
    else:
        cure = "It is in your own folder (DLCORE_DATA_DIR) and was left there. Replace it, or unset DLCORE_DATA_DIR."
    raise ValueError(f"'{path}' is not the data set '{source.name}': {problem}. {cure}")


def first_fault(parts, source):
    """What the first part that is missing or not right has, or None if all are as they should be."""
    for name, expected in source.parts.items():
        if name not in parts:
            return f"it has no '{name}', only {', '.join(parts) or 'nothing'}"
        part = parts[name]
        data = np.ascontiguousarray(part).data if isinstance(part, np.ndarray) else part
        found = hashlib.sha256(data).hexdigest()
        if found != expected:
            return f"the SHA-256 of '{name}' is {found[:12]}…, but should be {expected[:12]}…"
    return None


def obtain(source):
    """(path, is_cached) of the data set's file, which is fetched if it is nowhere yet."""
    folder = os.environ.get("DLCORE_DATA_DIR")
    if folder and (path := Path(folder).expanduser() / source.file).is_file():
        return path, False
    path = cache_folder() / source.file
    if not path.is_file():
        fetch(source, path)
    return path, True


def cache_folder():
    """The folder for this user's cached data, where the operating system wants it."""
    return Path(pooch_module().os_cache("dlcore"))


def pooch_module():
    try:
        import pooch
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "Data sets are fetched with pooch, which is not installed: pip install pooch."
        ) from None
    return pooch


def fetch(source, path):
    """Download the file to `path`. It lies under another name until it is complete and its SHA-256 is right."""
    pooch = pooch_module()
    from requests.exceptions import RequestException

    download = pooch.HTTPDownloader(timeout=(CONNECT_SECONDS, READ_SECONDS))
    try:
        pooch.retrieve(source.url, f"sha256:{source.sha256}", fname=path.name, path=path.parent, downloader=download)
    except RequestException as error:
        raise ConnectionError(no_way(source, error)) from None
    except OSError as error:
        raise OSError(f"'{source.file}' can't be kept in '{path.parent}': {error}. Is there room?") from None
    except ValueError:
        raise ValueError(
            f"What {source.url} sent is not the data set '{source.name}': its SHA-256 should be {source.sha256[:12]}…, "
            "and is another. It has been deleted. Does a proxy or a log-in page stand between? "
            "Try again, or put a good copy into a folder and name that folder in DLCORE_DATA_DIR."
        ) from None


def no_way(source, error):
    """The message for a data set that could not be fetched: what was tried, and the ways out."""
    folder = os.environ.get("DLCORE_DATA_DIR")
    searched = f"DLCORE_DATA_DIR ({folder}) has no {source.file}" if folder else "DLCORE_DATA_DIR is not set"
    ways = [
        "connect this machine to the network and try again",
        f"put {source.file} into a folder and set the environment variable DLCORE_DATA_DIR to it",
    ]
    ways += [source.instead] if source.instead else []
    listed = "".join(f"\n  {i}. {way}" for i, way in enumerate(ways, 1))
    return (
        f"The data set '{source.name}' could not be had: {searched}, the cache is empty, and fetching {source.url} "
        f"failed ({type(error).__name__}). Ways out:{listed}"
    )
