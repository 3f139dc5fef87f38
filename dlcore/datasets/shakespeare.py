"""Tiny Shakespeare: 1.1 million characters of plays, which a small model can learn to imitate one by one."""

from pathlib import Path

from .fetched import REGISTRY, load


def load_data():
    """The text, a string of 1,115,394 characters, 65 different ones; speakers' names stand on lines of their own.

    Fetched (1.1 MB) and cached like all real data sets: see `datasets.mnist.load_data`, which fails in the same ways.

    Source: selected plays of William Shakespeare, put together by A. Karpathy for char-rnn, 2015. Public domain.
    """
    return load(REGISTRY["shakespeare"])["tinyshakespeare.txt"].decode()


def default():
    """The stand-in: five sonnets of Shakespeare, a string of about 3,000 characters that needs no network.

    It is enough to see a loss fall, and too little to learn English from.

    Source: sonnets 18, 29, 73, 116 and 130, first printed in 1609. Public domain.
    """
    return Path(__file__).with_name("shakespeare.txt").read_text(encoding="utf-8")
