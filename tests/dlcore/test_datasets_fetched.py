"""Data sets that are fetched: every way in which that can fail, and what is left behind."""

import hashlib
import http.server
import io
import socket
import threading
import zipfile
from pathlib import Path

import numpy as np
import pooch
import pytest

from dlcore import datasets
from dlcore.datasets import fetched

ARRAYS = {"x_train": np.arange(24, dtype=np.uint8).reshape(4, 2, 3), "y_train": np.arange(4, dtype=np.uint8)}
ARRAYS |= {"x_test": np.ones((1, 2, 3), np.uint8), "y_test": np.array([3], np.uint8)}


def as_npz(arrays, save=np.savez):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


GOOD = as_npz(ARRAYS)


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends `server.body`, another file, half of it, or an error, as the first part of the path says."""

    def do_GET(self):
        self.server.requests += 1
        kind = self.path.split("/")[1]
        if kind == "missing":
            self.send_error(404)
            return
        body = as_npz({"x_train": np.zeros(3)}) if kind == "wrong" else self.server.body
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "half" else body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.requests, server.body = 0, GOOD
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """An empty cache folder, and no folder of the user's own."""
    monkeypatch.delenv("DLCORE_DATA_DIR", raising=False)
    folder = tmp_path / "cache"
    monkeypatch.setattr(fetched, "cache_folder", lambda: folder)
    return folder


def register(monkeypatch, address):
    """Let the entry for MNIST stand for the small file at this address."""
    parts = {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in ARRAYS.items()}
    source = fetched.Source(
        "mnist", f"{address}/mnist.npz", hashlib.sha256(GOOD).hexdigest(), parts, instead="use less"
    )
    monkeypatch.setitem(fetched.REGISTRY, "mnist", source)


def at(server, kind):
    return f"http://127.0.0.1:{server.server_port}/{kind}"


def files(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# ---------------------------------------------------------------- one file


def test_a_good_file_is_fetched_once(monkeypatch, server, cache):
    register(monkeypatch, at(server, "good"))
    for _ in range(2):
        (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
        assert np.array_equal(x_train, ARRAYS["x_train"]) and np.array_equal(y_test, ARRAYS["y_test"])
    assert datasets.available("mnist")
    assert server.requests == 1
    assert files(cache) == ["mnist.npz"]


@pytest.mark.parametrize(
    ("kind", "error"), [("wrong", ValueError), ("half", ConnectionError), ("missing", ConnectionError)]
)
def test_a_bad_download_leaves_nothing_behind(monkeypatch, server, cache, kind, error):
    register(monkeypatch, at(server, kind))
    with pytest.raises(error) as caught:
        datasets.mnist.load_data()
    assert "mnist" in str(caught.value) and "DLCORE_DATA_DIR" in str(caught.value)
    assert files(cache) == []
    register(monkeypatch, at(server, "good"))  # and the next try works
    datasets.mnist.load_data()


def test_a_download_that_is_stopped_leaves_nothing_behind(monkeypatch, server, cache):
    def half(url, output_file, downloader):
        Path(output_file).write_bytes(GOOD[: len(GOOD) // 2])
        raise KeyboardInterrupt

    register(monkeypatch, at(server, "good"))
    with monkeypatch.context() as stopped:
        stopped.setattr(pooch, "HTTPDownloader", lambda **settings: half)
        with pytest.raises(KeyboardInterrupt):
            datasets.mnist.load_data()
    assert files(cache) == []
    datasets.mnist.load_data()


def test_without_a_network_the_error_says_what_to_do(monkeypatch, cache):
    with socket.socket() as closed:  # bound, but not listening: connections are refused
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        register(monkeypatch, f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(ConnectionError) as caught:
            datasets.mnist.load_data()
        assert not datasets.available("mnist")
    for way in ("network", "DLCORE_DATA_DIR", "use less"):
        assert way in str(caught.value)
    assert files(cache) == []


def test_a_silent_server_is_given_up(monkeypatch, cache):
    monkeypatch.setattr(fetched, "READ_SECONDS", 0.2)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        register(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ConnectionError, match="Timeout"):
            datasets.mnist.load_data()


BROKEN = {
    "no zip": (b"<html>please log in</html>", "can't be read"),
    "cut off": (GOOD[:300], "can't be read"),
    "a part is missing": (as_npz({k: v for k, v in ARRAYS.items() if k != "y_test"}), "no 'y_test'"),
    "a number is wrong": (as_npz(ARRAYS | {"y_test": np.array([4], np.uint8)}), "SHA-256 of 'y_test'"),
    "objects inside": (as_npz(ARRAYS | {"y_test": np.array([{}], object)}), "can't be read"),
}


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_file_in_the_cache_is_deleted_and_refused(monkeypatch, server, cache, content):
    register(monkeypatch, at(server, "good"))
    cache.mkdir()
    (cache / "mnist.npz").write_bytes(BROKEN[content][0])
    with pytest.raises(ValueError, match=BROKEN[content][1]) as caught:
        datasets.mnist.load_data()
    assert "deleted" in str(caught.value)
    assert files(cache) == []
    datasets.mnist.load_data()


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_file_of_the_user_is_refused_and_left_alone(monkeypatch, server, cache, tmp_path, content):
    register(monkeypatch, at(server, "good"))
    path = tmp_path / "mnist.npz"
    path.write_bytes(BROKEN[content][0])
    monkeypatch.setenv("DLCORE_DATA_DIR", str(tmp_path))
    with pytest.raises(ValueError, match=BROKEN[content][1]) as caught:
        datasets.mnist.load_data()
    assert "left" in str(caught.value)
    assert path.read_bytes() == BROKEN[content][0]
    assert server.requests == 0


def test_the_users_folder_comes_first_in_any_layout(monkeypatch, server, cache, tmp_path):
    register(monkeypatch, at(server, "good"))
    (tmp_path / "mnist.npz").write_bytes(as_npz(dict(reversed(ARRAYS.items())), save=np.savez_compressed))
    monkeypatch.setenv("DLCORE_DATA_DIR", str(tmp_path))
    assert datasets.available("mnist")
    (x_train, _), _ = datasets.mnist.load_data()
    assert np.array_equal(x_train, ARRAYS["x_train"])
    assert server.requests == 0 and files(cache) == []


def test_a_folder_without_the_file_is_named_in_the_error(monkeypatch, cache, tmp_path):
    monkeypatch.setenv("DLCORE_DATA_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    register(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(ConnectionError, match="nowhere"):
        datasets.mnist.load_data()


def test_a_cache_that_cannot_be_written_is_named(monkeypatch, server, cache):
    register(monkeypatch, at(server, "good"))
    cache.write_text("a file where the folder should be")
    with pytest.raises(OSError, match="can't be kept in"):
        datasets.mnist.load_data()
    assert not datasets.available("mnist")


@pytest.mark.parametrize("unzipped", [b"", GOOD[:300]])
def test_the_sha256_is_looked_at_before_anything_reads_the_file(monkeypatch, server, cache, unzipped):
    register(monkeypatch, at(server, "good"))
    server.body = unzipped
    monkeypatch.setattr(fetched.np, "load", lambda *arguments, **settings: pytest.fail("read before it was verified"))
    with pytest.raises(ValueError, match="SHA-256 of the file"):
        datasets.mnist.load_data()
    assert files(cache) == []


def test_a_folder_of_ones_own_needs_no_pooch(monkeypatch, tmp_path):
    register(monkeypatch, "http://127.0.0.1:9")
    (tmp_path / "mnist.npz").write_bytes(GOOD)
    monkeypatch.setenv("DLCORE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(fetched, "pooch_module", lambda: pytest.fail("not needed"))
    datasets.mnist.load_data()


# ---------------------------------------------------------------- texts

SMALL = {
    "shakespeare": b"To be,\nor not to be:\n",
    "names": b"emma\nolivia\nzoe",
    "chorales": b'{"test": [[[60, 64, 67, 72], []]], "train": [[[72, 48, 64]]], "valid": []}',
}


def register_text(monkeypatch, name, server, kind="good", body=None):
    """Let the entry for a text stand for a small one, which the server sends."""
    entry = fetched.REGISTRY[name]
    server.body = SMALL[name] if body is None else body
    digest = hashlib.sha256(SMALL[name]).hexdigest()
    url = f"{at(server, kind)}/{entry.url.rsplit('/', 1)[-1]}"
    monkeypatch.setitem(fetched.REGISTRY, name, fetched.text_source(name, url, digest, entry.files[0]))


def test_texts_are_fetched_under_the_name_they_have_here(monkeypatch, server, cache):
    for name in SMALL:
        register_text(monkeypatch, name, server)
        assert datasets.available(name)
    assert files(cache) == ["jsb-chorales-quarter.json", "names.txt", "tinyshakespeare.txt"]
    assert datasets.shakespeare.load_data() == "To be,\nor not to be:\n"
    assert datasets.names.load_data() == ["emma", "olivia", "zoe"]
    train, valid, test = datasets.chorales.load_data()
    assert [piece.tolist() for piece in train] == [[[0, 48, 64, 72]]]
    assert valid == [] and [piece.tolist() for piece in test] == [[[60, 64, 67, 72], [0, 0, 0, 0]]]
    assert server.requests == 3


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize(
    ("kind", "error"), [("wrong", ValueError), ("half", ConnectionError), ("missing", ConnectionError)]
)
def test_a_bad_text_leaves_nothing_behind(monkeypatch, server, cache, name, kind, error):
    register_text(monkeypatch, name, server, kind)
    with pytest.raises(error, match=f"(?s)'{name}'.*DLCORE_DATA_DIR"):
        getattr(datasets, name).load_data()
    assert files(cache) == []
    assert not datasets.available(name)


def test_a_text_with_windows_line_ends_is_the_same_text(monkeypatch, server, cache, tmp_path):
    register_text(monkeypatch, "shakespeare", server)
    (tmp_path / "tinyshakespeare.txt").write_bytes(SMALL["shakespeare"].replace(b"\n", b"\r\n"))
    monkeypatch.setenv("DLCORE_DATA_DIR", str(tmp_path))
    assert datasets.shakespeare.load_data() == "To be,\nor not to be:\n"
    (tmp_path / "tinyshakespeare.txt").write_bytes(b"To be or not to be")
    with pytest.raises(ValueError, match="SHA-256 of 'tinyshakespeare.txt'.*left there"):
        datasets.shakespeare.load_data()


def test_a_text_changed_in_the_cache_is_deleted_and_refused(monkeypatch, server, cache):
    register_text(monkeypatch, "names", server)
    datasets.names.load_data()
    (cache / "names.txt").write_bytes(b"eve")
    with pytest.raises(ValueError, match="SHA-256 of 'names.txt'.*has been deleted"):
        datasets.names.load_data()
    assert files(cache) == []
    assert datasets.names.load_data()[0] == "emma"


# ---------------------------------------------------------------- archives

RATINGS = b"userId,movieId,rating,timestamp\n1,31,2.5,5\n1,99,4.0,6\n7,31,0.5,8\n7,40,3.0,9\n9,99,5.0,9\n"
SENTENCES = {
    "amazon_cells": 'Great phone.\t1\nIt "broke".\t0\n',
    "imdb": 'A "fine" film.  \t1\nAwful\x85 truly awful.  \t0\n',
    "yelp": "Crust is not good.\t0\nLoved\u2028this.\t1\n",
}


def archive(members, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return file.getvalue()


def ratings_archive(**other):
    return archive({"ml-latest-small/README.txt": b"terms", "ml-latest-small/ratings.csv": RATINGS} | other)


def register_ratings(monkeypatch, server, kind="good", body=None):
    server.body = ratings_archive() if body is None else body
    entry = fetched.REGISTRY["movielens"]
    source = fetched.Source(
        "movielens",
        f"{at(server, kind)}/ml-latest-small.zip",
        None,
        {"movielens-ratings.csv": hashlib.sha256(RATINGS).hexdigest()},
        entry.read,
        entry.instead,
        members=entry.members,
    )
    monkeypatch.setitem(fetched.REGISTRY, "movielens", source)


def register_sentences(monkeypatch, server, sentences, tmp_path):
    """The entry for the sentences, with the sums of those in SENTENCES and an archive that holds `sentences`."""
    entry, parts = fetched.REGISTRY["sentiment"], {}
    for file, site in zip(entry.files, SENTENCES):
        path = tmp_path / file
        path.write_text(SENTENCES[site], encoding="utf-8")
        parts |= {name: hashlib.sha256(data).hexdigest() for name, data in entry.read(path).items()}
        path.unlink()
    server.body = archive({f"sentiment labelled sentences/{s}_labelled.txt": text for s, text in sentences.items()})
    url = f"{at(server, 'good')}/sentiment+labelled+sentences.zip"
    source = fetched.Source("sentiment", url, None, parts, entry.read, entry.instead, members=entry.members)
    monkeypatch.setitem(fetched.REGISTRY, "sentiment", source)


def test_an_archive_is_fetched_once_and_unpacked(monkeypatch, server, cache):
    register_ratings(monkeypatch, server)
    for _ in range(2):
        (x_train, y_train), (x_test, y_test) = datasets.movielens.load_data()
        assert x_train.tolist() == [[0, 0], [0, 2], [1, 0], [1, 1]] and y_train.tolist() == [2.5, 4.0, 0.5, 3.0]
        assert x_test.tolist() == [[2, 2]] and y_test.tolist() == [5.0]
    assert server.requests == 1
    assert files(cache) == ["movielens-ratings.csv"]


def test_an_archive_packed_anew_with_windows_line_ends_is_the_same_data(monkeypatch, server, cache):
    body = archive({"ml-latest-small/ratings.csv": RATINGS.replace(b"\n", b"\r\n")})
    register_ratings(monkeypatch, server, body=body)
    (x_train, _), _ = datasets.movielens.load_data()
    assert x_train.tolist() == [[0, 0], [0, 2], [1, 0], [1, 1]]


def test_sentences_come_in_their_normal_form_whatever_the_copy(monkeypatch, server, cache, tmp_path):
    unquoted = {
        site: text.replace('"', "").replace("\x85", "").replace("\u2028", " ") for site, text in SENTENCES.items()
    }
    for sentences in (SENTENCES, unquoted):
        register_sentences(monkeypatch, server, sentences, tmp_path)
        (x, y), (x_test, _) = datasets.sentiment.load_data()
        assert len(x_test) == 0  # two of a kind have no fifth
        assert x.tolist() == [
            "Great phone.",
            "It broke.",
            "A fine film.",
            "Awful truly awful.",
            "Crust is not good.",
            "Loved this.",
        ]
        assert y.tolist() == [1, 0, 1, 0, 0, 1]
        assert files(cache) == ["sentiment-amazon_cells.txt", "sentiment-imdb.txt", "sentiment-yelp.txt"]
        for path in cache.iterdir():
            path.unlink()


def test_one_file_of_several_that_is_missing_is_fetched_again(monkeypatch, server, cache, tmp_path):
    register_sentences(monkeypatch, server, SENTENCES, tmp_path)
    datasets.sentiment.load_data()
    (cache / "sentiment-imdb.txt").unlink()
    datasets.sentiment.load_data()
    assert server.requests == 2
    (cache / "sentiment-imdb.txt").write_text("Good.\t1\n")
    with pytest.raises(ValueError, match="SHA-256 of 'sentiment-imdb.txt'"):
        datasets.sentiment.load_data()
    assert files(cache) == []


PLAIN = archive({"ml-latest-small/ratings.csv": RATINGS}, zipfile.ZIP_STORED)
BAD_ARCHIVES = {
    "cut off": (PLAIN[:-60], "can't be unpacked"),
    "no archive": (b"<html>please log in</html>", "can't be unpacked"),
    "a member is missing": (archive({"ml-latest-small/links.csv": b"1"}), "can't be unpacked"),
    "another table": (archive({"ml-latest-small/ratings.csv": b"userId\n"}), "SHA-256 of 'movielens-ratings.csv'"),
    "a bad checksum": (PLAIN.replace(b"1,31,2.5", b"1,31,3.5"), "can't be unpacked"),
    "only hostile names": (archive({"../../ratings.csv": RATINGS, "/ratings.csv": RATINGS}), "can't be unpacked"),
}


@pytest.mark.parametrize("kind", BAD_ARCHIVES)
def test_a_bad_archive_leaves_nothing_behind(monkeypatch, server, cache, tmp_path, kind):
    body, message = BAD_ARCHIVES[kind]
    register_ratings(monkeypatch, server, body=body)
    with pytest.raises(ValueError, match=message) as caught:
        datasets.movielens.load_data()
    assert "movielens-ratings.csv (in the archive: ml-latest-small/ratings.csv)" in str(caught.value)
    assert files(cache) == [] and files(tmp_path) == ["cache"]
    register_ratings(monkeypatch, server)  # and the next try works
    datasets.movielens.load_data()


def test_a_member_with_a_hostile_name_is_never_written(monkeypatch, server, cache, tmp_path):
    hostile = {"../../evil.txt": b"boo", str(tmp_path / "evil.txt"): b"boo", "..\\evil.txt": b"boo"}
    register_ratings(monkeypatch, server, body=ratings_archive(**hostile))
    datasets.movielens.load_data()
    assert files(cache) == ["movielens-ratings.csv"] and files(tmp_path) == ["cache"]


def test_a_member_that_unpacks_to_too_much_is_refused(monkeypatch, server, cache):
    monkeypatch.setattr(fetched, "LARGEST_MEMBER", 1000)
    register_ratings(monkeypatch, server, body=archive({"ml-latest-small/ratings.csv": bytes(1_000_000)}))
    with pytest.raises(ValueError, match="unpacks to more than 1,000 bytes"):
        datasets.movielens.load_data()
    assert files(cache) == []


def test_an_archive_that_is_stopped_half_way_leaves_nothing_behind(monkeypatch, server, cache):
    register_ratings(monkeypatch, server)

    def stopped(source, whole, folder):
        (folder / source.files[0]).write_bytes(RATINGS[:20])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(fetched, "unpack", stopped)
        with pytest.raises(KeyboardInterrupt):
            datasets.movielens.load_data()
    assert files(cache) == []
    datasets.movielens.load_data()


def test_without_a_network_the_way_out_names_files_and_stand_in(monkeypatch, server, cache):
    register_ratings(monkeypatch, server, "missing")
    with pytest.raises(ConnectionError) as caught:
        datasets.movielens.load_data()
    for way in ("movielens-ratings.csv (in the archive: ml-latest-small/ratings.csv)", "movielens.default()"):
        assert way in str(caught.value)
