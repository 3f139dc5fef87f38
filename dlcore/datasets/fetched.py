"""Data that is fetched once, verified by its SHA-256, and cached.

A data set is one entry of `REGISTRY`. Where it is looked for, in this order: the folder in the environment variable
DLCORE_DATA_DIR, the cache of this user, its public address. What is read is verified in every case; a file that fails
is refused, and deleted if it is in the cache. A download gets its name in the cache only when it is complete and
verified.
"""

import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

CONNECT_SECONDS, READ_SECONDS = 5, 30
LARGEST_MEMBER = 50_000_000  # bytes; an archive whose member unpacks to more is not one of ours


class Fault(ValueError):
    """What is wrong with the files of a data set."""


# ---------------------------------------------------------------- what is in a file


def read_npz(path):
    """The arrays of an .npz file by name; objects in it, which could run code, are refused."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def read_text(path):
    """The bytes of a text file, its lines ended as on Unix, under the file's name."""
    return {path.name: path.read_bytes().replace(b"\r\n", b"\n")}


def read_sentences(path):
    """The rows "sentence, tab, label" of a text file in a normal form, under the file's name.

    Copies of these files differ in quotation marks, control characters and spaces. The normal form has none of the
    first two and single spaces, so that every machine has the same sentences, and one SHA-256 fits all copies.
    """
    rows = []
    for row in path.read_text(encoding="utf-8").split("\n"):
        sentence, tab, label = row.rpartition("\t")
        printable = "".join(c if c.isprintable() else " " for c in sentence.replace('"', ""))
        rows += [" ".join(printable.split()) + tab + label.strip()] if tab else []
    return {path.name: "\n".join(rows).encode()}


# ---------------------------------------------------------------- the data sets


@dataclass(frozen=True)
class Source:
    """Where a data set is, and how to know that it is the right one.

    Attributes:
        name: what it is called here.
        url: its public address.
        sha256: of the file at that address; None for an archive, which may be packed anew: its content is verified.
        parts: name → SHA-256 of the bytes of that part, whatever file it came in.
        read: a function of a file's path that returns name → array, or bytes, for each part in it.
        instead: what a reader without it can use.
        file: what the file is called in the folder and in the cache; as in the address if not given.
        members: for an archive, file in the folder and in the cache → what it is called in the archive.
    """

    name: str
    url: str
    sha256: str | None
    parts: dict
    read: Callable = read_npz
    instead: str = ""
    file: str = ""
    members: dict = field(default_factory=dict)

    @property
    def files(self):
        return list(self.members) or [self.file or self.url.rsplit("/", 1)[-1]]


def text_source(name, url, sha256, file=""):
    """A data set that is one text file. What is verified is the file, and after it the text with Unix line ends."""
    file = file or url.rsplit("/", 1)[-1]
    instead = f"use datasets.{name}.default(), which needs no network"
    return Source(name, url, sha256, {file: sha256}, read_text, instead, file)


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
    "shakespeare": text_source(
        "shakespeare",
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        file="tinyshakespeare.txt",
    ),
    "names": text_source(
        "names",
        "https://raw.githubusercontent.com/karpathy/makemore/master/names.txt",
        "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
    ),
    "sentiment": Source(
        name="sentiment",
        url="https://archive.ics.uci.edu/static/public/331/sentiment+labelled+sentences.zip",
        sha256=None,
        parts={  # of the rows in the normal form of `read_sentences`
            "sentiment-amazon_cells.txt": "34882e72322ea0451aafc9c193006ad1241f0341765ceb52228078d6dba27059",
            "sentiment-imdb.txt": "480ae807ba5ebb2cb498c4c14ceb76afd7f973dbe17c3182f23583aee84b36da",
            "sentiment-yelp.txt": "495940faed4769235486ca5f02acfd46565c334ceb117bc9e62d6723e7fa6bad",
        },
        read=read_sentences,
        instead="use datasets.sentiment.default(), sentences made from templates",
        members={
            f"sentiment-{site}.txt": f"sentiment labelled sentences/{site}_labelled.txt"
            for site in ("amazon_cells", "imdb", "yelp")
        },
    ),
    "movielens": Source(
        name="movielens",
        url="https://files.grouplens.org/datasets/movielens/ml-latest-small.zip",
        sha256=None,
        # The table in the archive has Windows line ends; verified is the one with Unix line ends.
        parts={"movielens-ratings.csv": "80da8b3393dae325bbba5a31f291a6ba55d8d4f4396de3c456f2c1635b1b70e8"},
        read=read_text,
        instead="use datasets.movielens.default(), ratings made by a formula",
        members={"movielens-ratings.csv": "ml-latest-small/ratings.csv"},
    ),
    "chorales": text_source(
        "chorales",
        "https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/master/jsb-chorales-quarter.json",
        "2db9329f1881a1d3f49703ec556bf1d6f84b4f6c1d702c156536e93cf31e1c91",
    ),
}


# ---------------------------------------------------------------- getting them


def load(source):
    """The verified parts of a data set: name → array or bytes."""
    paths, is_cached = obtain(source)
    try:
        return verified(source, paths)
    except Fault as fault:
        problem = fault
    if is_cached:
        for path in paths:
            path.unlink(missing_ok=True)
        cure = "It was in the cache and has been deleted; the next call fetches it anew."
    else:
        cure = "It is in your own folder (DLCORE_DATA_DIR) and was left there. Replace it, or unset DLCORE_DATA_DIR."
    where = " with ".join(f"'{path}'" for path in paths)
    raise ValueError(f"{where} is not the data set '{source.name}': {problem}. {cure}")


def verified(source, paths):
    """The parts that the files hold, or a Fault that says which is missing or not right."""
    parts = {}
    try:
        for path in paths:
            parts |= source.read(path)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise Fault(f"it can't be read ({type(error).__name__}: {error})") from None
    for name, expected in source.parts.items():
        if name not in parts:
            raise Fault(f"it has no '{name}', only {', '.join(parts) or 'nothing'}")
        require_sha256(f"'{name}'", parts[name], expected)
    return parts


def require_sha256(what, data, expected):
    """A Fault if the bytes of the data have another SHA-256."""
    found = hashlib.sha256(np.ascontiguousarray(data).data if isinstance(data, np.ndarray) else data).hexdigest()
    if found != expected:
        raise Fault(f"the SHA-256 of {what} is {found[:12]}…, but should be {expected[:12]}…")


def obtain(source):
    """(paths, is_cached) of the data set's files, which are fetched if they are nowhere yet."""
    own = os.environ.get("DLCORE_DATA_DIR")
    if own and (paths := present(source, Path(own).expanduser())):
        return paths, False
    cache = cache_folder()
    if not present(source, cache):
        fetch(source, cache)
    return present(source, cache), True


def present(source, folder):
    """The paths of the data set's files in a folder, or None if one is missing."""
    paths = [folder / file for file in source.files]
    return paths if all(path.is_file() for path in paths) else None


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


def fetch(source, folder):
    """Download the data set into `folder`. Its files get their names there when all are complete and verified."""
    download = pooch_module().HTTPDownloader(timeout=(CONNECT_SECONDS, READ_SECONDS))
    from requests.exceptions import RequestException

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            unfinished = Path(name)
            whole = unfinished / "download"
            download(source.url, str(whole), None)
            if source.sha256:
                require_sha256("the file", whole.read_bytes(), source.sha256)
            unpack(source, whole, unfinished)
            verified(source, [unfinished / file for file in source.files])
            for file in source.files:
                os.replace(unfinished / file, folder / file)
    except RequestException as error:
        raise ConnectionError(no_way(source, error)) from None
    except OSError as error:
        raise OSError(f"The data set '{source.name}' can't be kept in '{folder}': {error}. Is there room?") from None
    except Fault as fault:
        raise ValueError(
            f"What {source.url} sent is not the data set '{source.name}': {fault}. It has been deleted. "
            "Does a proxy or a log-in page stand between? "
            f"Try again, or put {wanted(source)} into a folder and name that folder in DLCORE_DATA_DIR."
        ) from None


def unpack(source, whole, folder):
    """Make the data set's files out of the downloaded one.

    From an archive only the members we know are taken, and written under names of our own: no name that stands in an
    archive ever becomes a path.
    """
    if not source.members:
        whole.rename(folder / source.files[0])
        return
    try:
        with zipfile.ZipFile(whole) as archive:
            for file, member in source.members.items():
                with archive.open(member) as packed:
                    data = packed.read(LARGEST_MEMBER + 1)
                if len(data) > LARGEST_MEMBER:
                    raise Fault(f"its member '{member}' unpacks to more than {LARGEST_MEMBER:,} bytes")
                (folder / file).write_bytes(data)
    except (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise Fault(f"it can't be unpacked ({type(error).__name__}: {error})") from None


def wanted(source):
    """The files that a folder of one's own must hold, and what they are called in the archive they come in."""
    return ", ".join(
        f"{file} (in the archive: {source.members[file]})" if source.members else file for file in source.files
    )


def no_way(source, error):
    """The message for a data set that could not be fetched: what was tried, and the ways out."""
    folder = os.environ.get("DLCORE_DATA_DIR")
    files = ", ".join(source.files)
    searched = f"DLCORE_DATA_DIR ({folder}) has no {files}" if folder else "DLCORE_DATA_DIR is not set"
    ways = [
        "connect this machine to the network and try again",
        f"put {wanted(source)} into a folder and set the environment variable DLCORE_DATA_DIR to it",
    ]
    ways += [source.instead] if source.instead else []
    listed = "".join(f"\n  {i}. {way}" for i, way in enumerate(ways, 1))
    return (
        f"The data set '{source.name}' could not be had: {searched}, the cache is empty, and fetching {source.url} "
        f"failed ({type(error).__name__}). Ways out:{listed}"
    )
