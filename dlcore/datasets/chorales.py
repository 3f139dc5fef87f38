"""Four-part chorales: which chord comes next?"""

import json

import numpy as np

from .fetched import REGISTRY, load


def load_data():
    """382 chorales of J. S. Bach: `(train, valid, test)`, three lists of 229, 76 and 77 pieces.

    A piece has shape (steps, 4), uint8, of 25 to 160 steps; a step lasts a quarter note. A row is the chord that
    sounds, as MIDI numbers from low to high (60 is the middle C, 61 the key above it), from 43 to 96. Where two voices
    sing the same note, or one is silent, fewer than four sound, and the row begins with zeros. Some pieces stand an
    octave above where they are sung, as in the source.

    Fetched (0.4 MB) and cached like all real data sets: see `datasets.mnist.load_data`, which fails in the same ways.

    Source: N. Boulanger-Lewandowski, Y. Bengio and P. Vincent, "Modeling Temporal Dependencies in High-Dimensional
    Sequences", ICML 2012, whose split it keeps; as JSON from C.-Z. A. Huang's JSB-Chorales-dataset. Bach's music is in
    the public domain.
    """
    (part,) = load(REGISTRY["chorales"]).values()
    splits = json.loads(part)
    return tuple([chords(piece) for piece in splits[split]] for split in ("train", "valid", "test"))


def chords(piece):
    """A list of chords, each a list of up to four notes, as an array with zeros before the lowest note."""
    return np.array([[0] * (4 - len(notes)) + sorted(notes) for notes in piece], np.uint8)


#: Which chord may follow which: the numbers are steps of the scale, 0 for the chord on its first note.
FOLLOWS = {0: (1, 3, 4, 5), 1: (4, 6), 3: (0, 1, 4), 4: (0, 0, 5), 5: (1, 3, 4), 6: (0,)}
MAJOR = (0, 2, 4, 5, 7, 9, 11)  # half tones of a major scale above its first note
START = (48, 55, 60, 64)  # the four voices before their first chord


def default(seed=0):
    """The stand-in, made by rules and chance, in the form of `load_data`; it needs no network.

    120, 40 and 40 pieces of 32 steps, each in a major key. They walk from chord to chord as beginners' harmony allows,
    begin on the first chord of the key and end with its cadence. The bass sings the root, and the upper voices move as
    little as they can. No ear will take it for Bach.

    Args:
        seed: of the random generator.
    """
    rng = np.random.default_rng(seed)
    return tuple([made_piece(rng) for _ in range(n)] for n in (120, 40, 40))


def made_piece(rng, steps=32):
    """One generated piece, an array of shape (steps, 4)."""
    walk = [0]
    while len(walk) < steps - 2:
        allowed = FOLLOWS[walk[-1]]
        walk.append(allowed[rng.integers(len(allowed))])
    walk += [4, 0]  # the cadence
    key, rows, voices = rng.integers(-5, 7), [], START
    for degree in walk:
        tones = [MAJOR[(degree + i) % 7] for i in (0, 2, 4)]  # root, third and fifth
        voices = sung(voices, tones)
        rows.append(voices)
    return (np.array(rows) + key).astype(np.uint8)


def sung(voices, tones):
    """The next four notes: the bass sings the root, the others go to the nearest place where the chord lies close."""
    scale = [note for note in range(53, 80) if note % 12 in tones]
    places = [scale[i : i + 3] for i in range(3)]
    nearest = min(places, key=lambda place: sum(abs(old - new) for old, new in zip(voices[1:], place)))
    return (41 + (tones[0] - 41) % 12, *nearest)
