"""Time of dlcore against Keras on the MNIST network 784-256-128-10, and of `import dlcore` against `import numpy`.

    python -m benchmarks.mlp

Both libraries take turns within one run, so that whatever else the machine does meets both; the table shows medians
and their ratio. Ratios carry over to other machines, milliseconds do not.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

import dlcore


def images():
    """MNIST's training images and labels if they are at hand, else random numbers of the same shape."""
    if dlcore.datasets.available("mnist"):
        (x, y), _ = dlcore.datasets.mnist.load_data()
        return x.reshape(-1, 784).astype("float32") / 255, y.astype("int32"), "MNIST"
    rng = np.random.default_rng(0)
    x = rng.random((60_000, 784), dtype="float32")
    return x, rng.integers(0, 10, len(x), dtype="int32"), "random images (MNIST is not at hand)"


def network(library):
    """The same compiled network from either library: the program differs in the import alone."""
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((784,)),
            layers.Dense(256, activation="relu"),
            layers.Dense(128, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def take_turns(contenders, repeats):
    """Median seconds of each function, after one call to warm up, all functions taking turns."""
    times = {name: [] for name in contenders}
    for turn in range(repeats + 1):
        for name, function in contenders.items():
            start = time.perf_counter()
            function()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def fit_seconds(keras, x, y, batch_size, repeats):
    """Median seconds of one epoch in each library."""
    models = {"dlcore": network(dlcore), "keras": network(keras)}
    epochs = {name: lambda m=model: m.fit(x, y, batch_size=batch_size, verbose=0) for name, model in models.items()}
    return take_turns(epochs, repeats)


def import_seconds(module):
    program = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    folder = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=folder)
    return float(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7, help="turns of each measurement (default 7)")
    repeats = parser.parse_args().repeats

    import keras

    x, y, source = images()
    print(f"{dlcore.utils.hardware()}; NumPy {np.__version__}, Keras {keras.__version__} on {keras.backend.backend()}")
    print(f"{source}; medians of {repeats} turns\n")
    print(f"{'':<36}{'dlcore':>10}{'Keras':>10}{'ratio':>8}")
    for batch, steps in ((64, 200), (512, 40)):
        n = batch * steps
        row(f"a step of fit, batch {batch} (ms)", fit_seconds(keras, x[:n], y[:n], batch, repeats), 1e3 / steps)
    row(f"an epoch of fit, {len(x):,} images (s)", fit_seconds(keras, x, y, 64, max(repeats // 2, 1)), 1)

    seconds = {"numpy": [], "dlcore": []}
    for _ in range(repeats):
        for module, times in seconds.items():
            times.append(import_seconds(module))
    alone, whole = (1e3 * statistics.median(times) for times in seconds.values())
    print(f"\nimport numpy {alone:.0f} ms; import dlcore {whole:.0f} ms, that is {whole - alone:.0f} ms more")


def row(what, seconds, scale):
    ours, theirs = seconds["dlcore"], seconds["keras"]
    print(f"{what:<36}{ours * scale:>10.3f}{theirs * scale:>10.3f}{ours / theirs:>8.2f}")


if __name__ == "__main__":
    main()
