"""MNIST: 70,000 handwritten digits of 28×28 pixels, the data set that most first networks learn."""

from .fetched import REGISTRY, load


def load_data():
    """`((x_train, y_train), (x_test, y_test))`, as `keras.datasets.mnist.load_data()` gives it.

    x has shape (60000, 28, 28) and (10000, 28, 28), uint8, from 0 (paper) to 255 (ink); y has shape (60000,) and
    (10000,), uint8, 0 to 9. Divide x by 255 before a network sees it.

    It is taken from the folder in the environment variable DLCORE_DATA_DIR, else from the cache, else fetched (11 MB)
    and cached; verified in every case.

    Source: Y. LeCun, C. Cortes and C. Burges, CC BY-SA 3.0.

    Raises:
        ConnectionError: it is nowhere on this machine and can't be fetched; the message says what can be done.
        ValueError: the file is not what it should be.
    """
    parts = load(REGISTRY["mnist"])
    return (parts["x_train"], parts["y_train"]), (parts["x_test"], parts["y_test"])
