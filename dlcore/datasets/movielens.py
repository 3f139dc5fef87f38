"""Ratings of films: who will like what?"""

import numpy as np

from .bundled import every_fifth_held_out
from .fetched import REGISTRY, load


def load_data():
    """100,836 ratings by 610 people of 9,724 films: `((x_train, y_train), (x_test, y_test))`.

    A row of x is (person, film), from 0 to 609 and from 0 to 9723: shape (80669, 2) and (20167, 2), int64, which two
    Embedding layers can look up. y has shape (80669,) and (20167,), float32, from 0.5 to 5 stars in halves. The rows
    are in the order of people, then of films; every fifth is held out for the test. There, 770 films have no rating in
    the training data.

    Fetched (1 MB) and cached like all real data sets: see `datasets.mnist.load_data`, which fails in the same ways.

    Source: F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", ACM Transactions on
    Interactive Intelligent Systems 5 (4), 2015; `ml-latest-small` of GroupLens, which may not be used commercially.
    """
    table = load(REGISTRY["movielens"])["movielens-ratings.csv"].decode().splitlines()[1:]
    person, film, stars, _ = np.loadtxt(table, delimiter=",", unpack=True)
    x = np.stack([np.unique(ids, return_inverse=True)[1] for ids in (person, film)], axis=1)  # ids → 0, 1, 2 …
    return every_fifth_held_out(x.astype(np.int64), stars.astype(np.float32))


def default(seed=0):
    """The stand-in, made by a formula, in the form of `load_data`: 200 people and 150 films; it needs no network.

    Each person p and each film f has a general leaning b and two tastes t, all normally distributed. A rating is
    3.5 + b_p + b_f + t_p · t_f and a little noise, rounded to halves, from 0.5 to 5. Each person has rated 50 films:
    8,000 ratings to train and 2,000 to test. So there is something to find, and it is known what.

    Args:
        seed: of the random generator.
    """
    rng, people, films, rated = np.random.default_rng(seed), 200, 150, 50
    x = np.stack(
        [
            np.repeat(np.arange(people), rated),
            np.concatenate([rng.permutation(films)[:rated] for _ in range(people)]),
        ],
        axis=1,
    )
    leaning_p, leaning_f = 0.5 * rng.normal(size=people), 0.5 * rng.normal(size=films)
    taste_p, taste_f = 0.6 * rng.normal(size=(people, 2)), 0.6 * rng.normal(size=(films, 2))
    p, f = x.T
    stars = 3.5 + leaning_p[p] + leaning_f[f] + (taste_p[p] * taste_f[f]).sum(1) + 0.2 * rng.normal(size=len(x))
    return every_fifth_held_out(x, np.clip(np.round(2 * stars) / 2, 0.5, 5).astype(np.float32))
