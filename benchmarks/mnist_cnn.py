"""The CNN of Keras's own beginners' examples on all of MNIST: how well it does, and how long it takes.

    python -m benchmarks.mnist_cnn                    with dlcore
    python -m benchmarks.mnist_cnn --library keras    the same program in Keras

With --record the run is kept in dlcore/utils/records/mnist_cnn.json, from which the chapter on convolution shows it.
Both take as many threads as they find; OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 gives both two.
"""

import argparse
import datetime
import importlib
import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from dlcore import datasets, utils

RECORD = Path(utils.__file__).parent / "records" / "mnist_cnn.json"


def clock(library):
    """A callback of that library, which prints how each epoch went, and keeps it in its `epochs`."""

    class Clock(library.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.epochs = {"seconds": [], "training": [], "test": []}

        def on_epoch_begin(self, epoch, logs=None):
            self.start = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            seconds = time.perf_counter() - self.start
            accuracy = f"training {logs['accuracy']:.2%}, test {logs['val_accuracy']:.2%}"
            print(f"epoch {epoch + 1}: {seconds:5.1f} s, {accuracy}", flush=True)
            of_this = {"seconds": round(seconds, 1), "training": logs["accuracy"], "test": logs["val_accuracy"]}
            for name, value in of_this.items():
                self.epochs[name].append(round(float(value), 4))

    return Clock()


def train(library, epochs, seed):
    """Train on MNIST's training images; the share of its test images that is right then, and how each epoch went."""
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
    x_train = x_train[..., None].astype("float32") / 255
    x_test = x_test[..., None].astype("float32") / 255

    Sequential = library.Sequential
    Conv2D, MaxPooling2D = library.layers.Conv2D, library.layers.MaxPooling2D
    Flatten, Dense = library.layers.Flatten, library.layers.Dense

    library.utils.set_random_seed(seed)
    model = Sequential(
        [
            Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
            MaxPooling2D((2, 2)),
            Conv2D(64, (3, 3), activation="relu"),
            MaxPooling2D((2, 2)),
            Flatten(),
            Dense(64, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    watch = clock(library)
    data = {"validation_data": (x_test, y_test), "callbacks": [watch], "verbose": 0}
    model.fit(x_train, y_train, epochs=epochs, **data)
    return float(model.evaluate(x_test, y_test, verbose=0)[1]), watch.epochs


def record(library, run, path=RECORD):
    """Keep a run in the file of records, in place of that library's last one."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"runs": {}}
    kept["command"] = "python -m benchmarks.mnist_cnn"
    kept["runs"][library] = run
    path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", choices=["dlcore", "keras"], default="dlcore")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", action="store_true", help="keep the run, for the chapter on convolution")
    asked = parser.parse_args()
    if not datasets.available("mnist"):
        sys.exit("MNIST is not at hand: set DLCORE_DATA_DIR to a folder with mnist.npz, or go online once.")
    library = importlib.import_module(asked.library)
    run = {
        "version": library.__version__,
        "numpy": version("numpy"),
        "hardware": str(utils.hardware()),
        "date": f"{datetime.date.today():%Y-%m-%d}",
        "load": round(os.getloadavg()[0], 1),
        "seed": asked.seed,
        "threads": int(os.environ.get("OMP_NUM_THREADS") or utils.hardware().cores),
    }
    print(f"{run['hardware']}; {asked.library} {run['version']}, NumPy {run['numpy']}; seed {asked.seed}")
    print(f"{run['date']}, load average {run['load']} at the start")
    start = time.perf_counter()
    accuracy, epochs = train(library, asked.epochs, asked.seed)
    seconds = time.perf_counter() - start
    print(f"all: {seconds:.0f} s, {accuracy:.2%} of the test images right")
    if asked.record:
        record(asked.library, {**run, **epochs, "accuracy": round(accuracy, 4), "all_seconds": round(seconds)})


if __name__ == "__main__":
    main()
