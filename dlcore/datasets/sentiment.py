"""Sentences that praise or complain: does a model see which?"""

import itertools

import numpy as np

from .bundled import every_fifth_held_out
from .fetched import REGISTRY, load


def load_data():
    """Sentences from reviews of goods, films and restaurants: `((x_train, y_train), (x_test, y_test))`.

    x has shape (2400,) and (600,), an array of strings; y has shape (2400,) and (600,), uint8, 1 for praise and 0 for
    complaint, half of each. The first third of each is from Amazon, the second from IMDb, the last from Yelp. Of each
    site's praise and complaints every fifth is held out for the test. Quotation marks have been left out, since copies
    of the data set differ in them.

    Fetched (0.1 MB) and cached like all real data sets: see `datasets.mnist.load_data`, which fails in the same ways.

    Source: D. Kotzias, M. Denil, N. de Freitas and P. Smyth, "From Group to Individual Labels using Deep Features",
    KDD 2015; "Sentiment Labelled Sentences", UCI Machine Learning Repository, CC BY 4.0.
    """
    rows, site = [], []
    for number, part in enumerate(load(REGISTRY["sentiment"]).values()):
        lines = part.decode().split("\n")
        rows += [line.rpartition("\t") for line in lines]
        site += [number] * len(lines)
    y = np.array([label == "1" for _, _, label in rows], np.uint8)
    return every_fifth_held_out(strings([sentence for sentence, _, _ in rows]), y, groups=2 * np.array(site) + y)


#: From these the stand-in's sentences are made: what is spoken of, and what is said of it.
THINGS = "the film,the story,the cast,the soup,the service,the phone,the battery,the sound,this place,the price"
GOOD = "good,great,lovely,wonderful,excellent,fresh,charming,a joy,worth every cent,better than I had hoped"
BAD = "bad,poor,awful,boring,terrible,dull,disappointing,a mess,a waste of money,worse than I had feared"
FORMS = "{} was {},I think {} was {},honestly {} was {},{} was really {},{} was not {},nobody can say that {} was {}"
TURNED = ("not", "nobody")  # a sentence with one of these words means the opposite


def default(seed=0):
    """The stand-in, made from templates by chance, in the form of `load_data`; it needs no network.

    960 sentences to train and 240 to test, all different, such as "the soup was really fresh." or, a complaint too,
    "nobody can say that the cast was good." Its words are few and its grammar is one, so that a model scores far
    higher here than on what people write.

    Args:
        seed: chooses the order of the sentences.
    """
    x, y = [], []
    for form, thing, (label, words) in itertools.product(FORMS.split(","), THINGS.split(","), ((1, GOOD), (0, BAD))):
        is_turned = any(word in form.split() for word in TURNED)
        x += [form.format(thing, word) + "." for word in words.split(",")]
        y += [label ^ is_turned] * len(words.split(","))
    order = np.random.default_rng(seed).permutation(len(x))
    y = np.array(y, np.uint8)[order]
    return every_fifth_held_out(strings(x)[order], y, groups=y)


def strings(x):
    """A list of strings as an array of Python strings, which can be picked and shuffled like any other array."""
    return np.array(x, dtype=object)
