"""TrainingPlayback: a finished training played back, its weights kept as bytes so that a page stays small."""

import math

import numpy as np
import traitlets

from .base import Explorable

#: What the weight images of a playback may take, in bytes; in a page it is 4/3 of that.
WEIGHT_BYTES = 180_000


class TrainingPlayback(Explorable):
    """Loss and metrics that grow epoch by epoch, and first-layer weights as images that change with them.

    Args:
        history: what `fit` returned, or its dict: {"loss": [...], "accuracy": [...], "val_loss": [...], …},
            one value an epoch. "val_…" is drawn dashed beside its training curve.
        weights: the first layer's kernel at several moments, each of shape (inputs, units), or None.
        weights_at: the epoch after which each was recorded, 0 for before training. Not needed where there is
            one for each value of the history, or one more, from before training.
        unit: what one value stands for: "epoch", or "step" for a record by batches.
        every: how many units lie between two values: 100 if each hundredth step was recorded.
        image_shape: (height, width) of a weight image; the square root of the inputs by default.
        units: how many units to show, the first ones, or a list of which.
        title, try_first, alternative: texts of the frame.

    The weights are kept as int8, in 127 steps up to the value that 99.5% of them stay below, and thinned
    evenly in time if they took more than `WEIGHT_BYTES`. 400 values a curve are kept at most.
    """

    script = ("pixels.js", "playback.js")
    styles = "playback.css"
    texts = {
        "title": "Training, played back",
        "try_first": "Press Play and watch when the two curves part. Then drag back to that moment.",
    }

    curves = traitlets.List().tag(sync=True)
    at = traitlets.List().tag(sync=True)
    unit = traitlets.Unicode("epoch").tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    weight_scale = traitlets.Float(1.0).tag(sync=True)
    frames_at = traitlets.List().tag(sync=True)
    image_shape = traitlets.List().tag(sync=True)

    def __init__(
        self, history, weights=None, *, weights_at=None, unit="epoch", every=1, image_shape=None, units=16, **texts
    ):
        curves, at = read_history(history, every)
        state = {"curves": curves, "at": at, "unit": unit}
        if weights is not None:
            state |= read_weights(weights, weights_at, range(0, at[-1] + 1, every), image_shape, units)
        texts.setdefault("alternative", describe(curves, at, unit, state.get("frames_at", [])))
        super().__init__(**state, **texts)


def read_history(history, every):
    """The curves as `[{"name", "kind", "split", "share", "values"}]`, and the unit at which each value stands."""
    history = getattr(history, "history", history)
    curves = []
    for name, values in history.items():
        kind = name.removeprefix("val_")
        values = [float(v) for v in values]
        if not np.isfinite(values).all():
            raise ValueError(f"history[{name!r}] holds NaN or infinity: that training broke, no curve can show it.")
        split = "training" if kind == name else "validation"
        curves.append({"name": name, "kind": kind, "split": split, "values": values})
    lengths = {c["name"]: len(c["values"]) for c in curves}
    if not curves or min(lengths.values()) == 0:
        raise ValueError("The history is empty; pass what fit() returned, or {'loss': [...]} with one value an epoch.")
    if len(set(lengths.values())) > 1:
        raise ValueError(f"All curves need the same number of values, but the history has {lengths}.")
    keep = thin(len(curves[0]["values"]), 400)
    for curve in curves:
        curve["values"] = [float(f"{curve['values'][i]:.5g}") for i in keep]
        curve["share"] = "accuracy" in curve["kind"] or curve["kind"] == "acc"
    curves.sort(key=lambda c: (c["kind"] != "loss", c["kind"], c["split"]))
    return curves, [int((i + 1) * every) for i in keep]


def read_weights(weights, weights_at, moments, image_shape, units):
    """The recorded kernels as int8 images, with the scale that turns them back. moments: 0 and where values stand."""
    frames = np.stack([np.asarray(w, dtype=np.float32) for w in weights])
    if frames.ndim != 3:
        raise ValueError(f"weights: expected kernels of shape (inputs, units), but they stack to {frames.shape}.")
    count, inputs, available = frames.shape
    if image_shape is None:
        image_shape = (math.isqrt(inputs),) * 2
    if math.prod(image_shape) != inputs:
        raise ValueError(
            f"{inputs} inputs make no image of {image_shape[0]} × {image_shape[1]}. Give image_shape=(height, width)."
        )
    chosen = list(range(min(units, available))) if isinstance(units, int) else list(units)
    if weights_at is None:
        if count not in (len(moments), len(moments) - 1):
            raise ValueError(
                f"There are {count} kernels for {len(moments) - 1} values in the history. "
                "Say with weights_at=[0, …] after which epoch each was recorded."
            )
        weights_at = moments[-count:]
    if len(weights_at) != count:
        raise ValueError(f"weights_at names {len(weights_at)} moments, but there are {count} kernels.")
    keep = thin(count, max(2, WEIGHT_BYTES // (inputs * len(chosen))))
    pictures = frames[keep][:, :, chosen].transpose(0, 2, 1)
    scale = float(np.quantile(np.abs(pictures), 0.995)) or 1.0
    return {
        "weights": np.round(np.clip(pictures / scale, -1, 1) * 127).astype(np.int8).tobytes(),
        "weight_scale": scale,
        "frames_at": [int(weights_at[i]) for i in keep],
        "image_shape": [len(chosen), *image_shape],
    }


def thin(count, most):
    """The indices of at most `most` of `count` moments, evenly spread, first and last among them."""
    return sorted({round(i) for i in np.linspace(0, count - 1, min(count, most))})


def describe(curves, at, unit, frames):
    lines = [f"{c['name']} goes from {c['values'][0]:.4g} to {c['values'][-1]:.4g}" for c in curves]
    text = f"Curves over {at[-1]} {unit}s: {'; '.join(lines)}."
    if frames:
        text += (
            f" Beside them the weights of the first layer as small images, recorded {len(frames)} times: at first "
            "noise, later spots and strokes where a unit looks for ink (in colour) or for its absence (grey)."
        )
    return text
