"""What all tests share."""

import pytest

from dlcore import utils

utils.quiet_tensorflow()  # before any test imports Keras


@pytest.fixture(autouse=True)
def seeded():
    """Every test draws the same random numbers and names its layers alike, whichever tests ran before."""
    utils.set_random_seed(0)
    utils.clear_session()
