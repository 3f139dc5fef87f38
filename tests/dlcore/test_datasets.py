"""Data sets: shapes and seeds of those that are made, and every way in which one that is fetched can fail."""

import hashlib
import http.server
import io
import os
import socket
import threading
from pathlib import Path

import numpy as np
import pooch
import pytest

from dlcore import datasets
from dlcore.datasets import fetched

# ---------------------------------------------------------------- made by a formula


@pytest.mark.parametrize(("name", "classes"), [("moons", 2), ("circles", 2), ("spirals", 3), ("xor", 2)])
def test_generated_sets_have_the_promised_form(name, classes):
    make = getattr(datasets, name)
    x, y = make(101, seed=3)
    assert x.shape == (101, 2) and x.dtype == np.float32
    assert y.shape == (101,) and y.dtype == np.int64
    assert set(y) == set(range(classes))
    assert np.ptp(np.bincount(y)) <= 1  # the classes are equally large
    again, _ = make(101, seed=3)
    other, _ = make(101, seed=4)
    assert np.array_equal(x, again) and not np.array_equal(x, other)
    assert datasets.available(name)


def test_circles_have_their_radii():
    x, y = datasets.circles(50, noise=0, factor=0.3)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), np.where(y == 0, 1, 0.3), atol=1e-6)


def test_moons_are_half_circles():
    x, y = datasets.moons(60, noise=0)
    np.testing.assert_allclose(np.linalg.norm(x[y == 0], axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(x[y == 1] - [1, 0.5], axis=1), 1, atol=1e-6)
    assert (x[y == 0, 1] >= 0).all() and (x[y == 1, 1] <= 0.5).all()


def test_spirals_are_one_arm_turned():
    x, y = datasets.spirals(400, classes=4, noise=0)
    angle = np.arctan2(x[:, 1], x[:, 0]) - 4 * np.linalg.norm(x, axis=1)
    turned = np.exp(1j * (angle - 2 * np.pi * y / 4))
    np.testing.assert_allclose(turned, 1, atol=1e-5)


def test_xor_without_noise_is_the_truth_table():
    x, y = datasets.xor(4, noise=0)
    assert x.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize("arguments", [{"n": 1}, {"n": 2.5}, {"n": True}, {"noise": -1}, {"noise": np.nan}])
def test_generated_sets_refuse_nonsense(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        datasets.moons(**arguments)


def test_other_arguments_are_checked_too():
    with pytest.raises(ValueError, match="factor"):
        datasets.circles(factor=1)
    with pytest.raises(ValueError, match="classes"):
        datasets.spirals(classes=1)


# ---------------------------------------------------------------- bundled


def test_digits_are_split_the_same_way_always():
    (x_train, y_train), (x_test, y_test) = datasets.digits()
    assert x_train.shape == (1442, 8, 8) and x_test.shape == (355, 8, 8)
    assert x_train.dtype == np.float32 and x_train.min() == 0 and x_train.max() == 1
    assert y_train.dtype == np.int64
    share = np.bincount(y_test) / (np.bincount(y_test) + np.bincount(y_train))
    assert np.all(np.abs(share - 0.2) < 0.005)  # stratified
    digest = hashlib.sha256(np.concatenate([y_train, y_test]).tobytes()).hexdigest()
    assert digest.startswith("c8df6b4a39826bbb")
    assert datasets.available("digits")


# ---------------------------------------------------------------- fetched

ARRAYS = {"x_train": np.arange(24, dtype=np.uint8).reshape(4, 2, 3), "y_train": np.arange(4, dtype=np.uint8)}
ARRAYS |= {"x_test": np.ones((1, 2, 3), np.uint8), "y_test": np.array([3], np.uint8)}


def as_npz(arrays, save=np.savez):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


GOOD = as_npz(ARRAYS)


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends the good file, another one, half of one, or an error."""

    def do_GET(self):
        self.server.requests += 1
        kind = self.path.split("/")[1]
        if kind == "missing":
            self.send_error(404)
            return
        body = as_npz({"x_train": np.zeros(3)}) if kind == "wrong" else GOOD
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
        server.requests = 0
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


def test_an_unknown_set_gets_the_nearest_name():
    with pytest.raises(ValueError, match="Did you mean 'mnist'"):
        datasets.available("minst")


@pytest.mark.skipif(not os.environ.get("DLCORE_DATA_DIR"), reason="needs MNIST in DLCORE_DATA_DIR")
def test_the_real_mnist():
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
    assert x_train.shape == (60000, 28, 28) and x_test.shape == (10000, 28, 28)
    assert all(array.dtype == np.uint8 for array in (x_train, y_train, x_test, y_test))
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
