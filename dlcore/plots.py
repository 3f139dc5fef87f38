"""The book's figures: one style, and a few drawings that many chapters need.

    plots.style()                                   # once, at the top of a notebook
    plots.curves({"dlcore": history, "Keras": keras_history}, "loss")
    plt.show()

A role (input, weight, activation, loss, gradient) has its colour, dash and marker from `ROLE`, so that colour never
stands alone. Figures have a light background of their own and can be read in dark mode too.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap

from . import palette
from .tensor import Tensor

__all__ = [
    "CLASS_COLORS",
    "CLASS_MARKERS",
    "ROLE",
    "curves",
    "decision_regions",
    "image_grid",
    "loss_surface",
    "one_sided",
    "scatter",
    "style",
    "two_sided",
]

_DASHES = {"input": "-", "weight": (0, (6, 2)), "activation": (0, (1, 1.2)), "loss": "-", "gradient": (0, (6, 2, 1, 2))}
_MARKERS = {"input": "o", "weight": "s", "activation": "^", "loss": "D", "gradient": "v"}

#: role → keyword arguments for `ax.plot`: `ax.plot(x, y, **plots.ROLE["loss"])`. Add `marker=None` for a line alone.
ROLE = {
    role: {"color": palette.color(role), "linestyle": _DASHES[role], "marker": _MARKERS[role], "markevery": 0.2}
    for role in palette.ROLES
}

#: Points of class 0, 1, 2 … where there are more than two classes.
CLASS_COLORS = [palette.color(role) for role in palette.ROLES]
CLASS_MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*", "<", ">"]


def style():
    """Set the book's figure style: sizes that can be read at phone width, the palette's colours, quiet axes."""
    ink, muted, rule, paper = (palette.color(role) for role in ("ink", "muted", "rule", "paper"))
    plt.rcdefaults()  # so that a reader's own settings don't change the book's figures
    plt.rcParams.update(
        {
            "figure.figsize": (6.4, 4.0),
            "figure.dpi": 120,
            "figure.constrained_layout.use": True,
            "figure.facecolor": paper,
            "savefig.facecolor": paper,
            "axes.facecolor": paper,
            "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same
            "font.size": 13,
            "axes.titlesize": 14,
            "axes.titlelocation": "left",
            "axes.labelsize": 13,
            "xtick.labelsize": 12,
            "ytick.labelsize": 12,
            "legend.fontsize": 12,
            "legend.frameon": False,
            "lines.linewidth": 2.2,
            "lines.markersize": 6,
            "axes.prop_cycle": plt.cycler(color=CLASS_COLORS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": muted,
            "axes.labelcolor": ink,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": rule,
            "grid.alpha": 0.6,
            "grid.linewidth": 0.8,
            "text.color": ink,
            "xtick.color": muted,
            "ytick.color": muted,
            "xtick.labelcolor": ink,
            "ytick.labelcolor": ink,
            "image.cmap": "gray_r",
            "svg.hashsalt": "dlcore",
        }
    )


# ---------------------------------------------------------------- drawings


def scatter(x, y, ax=None, labels=None, size=36):
    """Points in the plane. Of two classes, 0 is a hollow square and 1 a filled disc, as in the explorables.

    Args:
        x: shape (n, 2).
        y: shape (n,) or (n, 1), class numbers.
        ax: where to draw; a new figure by default.
        labels: name of each class for the legend; "class 0", "class 1" … by default.
        size: of a point, in square points of a printer.
    """
    x, y = as_points(x), np.asarray(y).ravel()
    if len(x) != len(y):
        raise ValueError(f"scatter: x has {len(x)} points, but y has {len(y)} labels.")
    ax = new_axes(ax)
    classes = np.unique(y)
    for i, label in enumerate(classes):
        name = labels[i] if labels is not None else f"class {label:g}"
        ax.scatter(*x[y == label].T, s=size, label=name, zorder=3, **point_look(i, len(classes)))
    ax.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
    return labelled(ax, "$x_1$", "$x_2$")


def point_look(i, n):
    """Colour and marker of the points of class i of n."""
    if n <= 2:
        color = palette.color("input")
        hollow = {"marker": "s", "facecolor": palette.color("paper"), "edgecolor": color, "linewidth": 1.6}
        return (
            hollow if i == 0 and n == 2 else {"marker": "o", "facecolor": color, "edgecolor": "white", "linewidth": 0.6}
        )
    color = CLASS_COLORS[i % len(CLASS_COLORS)]
    return {"marker": CLASS_MARKERS[i % len(CLASS_MARKERS)], "facecolor": color, "edgecolor": "white", "linewidth": 0.6}


def decision_regions(model, x, y, ax=None, labels=None, resolution=200, threshold=None):
    """The plane tinted by what a classifier answers there, the border between the answers, and the data on top.

    Args:
        model: a model with `predict`, or a function, from points of shape (m, 2) to one score a point, shape (m,) or
            (m, 1), or one score a class, shape (m, classes). Scores of classes are compared with each other.
        x, y, ax, labels: as for `scatter`.
        resolution: points along each axis at which the classifier is asked.
        threshold: a single score above it means class 1. By default 0.5 if all scores are within 0…1, as probabilities
            are, else 0.
    """
    x = as_points(x)
    ax = new_axes(ax)
    margin = 0.12 * np.maximum(np.ptp(x, axis=0), 1e-9)
    low, high = x.min(0) - margin, x.max(0) + margin
    first, second = (np.linspace(low[i], high[i], resolution) for i in range(2))
    grid = np.stack(np.meshgrid(first, second), axis=-1)
    scores = scores_of(model, grid.reshape(-1, 2).astype(np.float32))
    if scores.shape[-1] == 1:
        if threshold is None:
            threshold = 0.5 if scores.min() >= 0 and scores.max() <= 1 else 0.0
        answers, tints = scores[:, 0] > threshold, [palette.color("paper"), palette.color("activation")]
    else:
        answers, n = scores.argmax(-1), scores.shape[-1]
        tints = [CLASS_COLORS[i % len(CLASS_COLORS)] for i in range(n)]
    shown = answers.reshape(resolution, resolution).astype(int)
    look = {"vmin": -0.5, "vmax": len(tints) - 0.5, "alpha": 0.18, "shading": "nearest", "rasterized": True}
    ax.pcolormesh(first, second, shown, cmap=ListedColormap(tints), **look)
    for answer in np.unique(shown)[:-1]:
        ax.contour(first, second, shown == answer, levels=[0.5], colors=[palette.color("weight")], linewidths=2)
    ax.grid(False)
    scatter(x, y, ax, labels)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    return ax


def curves(histories, metric="loss", ax=None, validation=True, ylabel=None, xlabel="epoch", log=False):
    """Training curves: one metric over the epochs, for one run or for several on one plot.

    Args:
        histories: name → what `fit` returned (dlcore's or Keras's), its `.history`, or a list of numbers. Or just one.
        metric: the name in the history, such as "loss" or "accuracy".
        ax: where to draw; a new figure by default.
        validation: whether to draw "val_…" too, where it is there, thinner.
        ylabel, xlabel: of the axes; the metric's name and "epoch" by default.
        log: whether the y axis is logarithmic.
    """
    if not isinstance(histories, dict) or metric in histories:
        histories = {"": histories}
    ax = new_axes(ax)
    role = "loss" if "loss" in metric or "error" in metric else "activation"
    for i, (name, run) in enumerate(histories.items()):
        look = curve_look(i, len(histories), role)
        values, held_out = series(run, metric), series(run, f"val_{metric}", missing=None)
        mark_every = max(1, len(values) // 12)
        label = name if len(histories) > 1 else joined(name, "training" if held_out is not None else "")
        ax.plot(1 + np.arange(len(values)), values, label=label, markevery=mark_every, **look)
        if validation and held_out is not None:
            look |= {"linewidth": look["linewidth"] - 0.4, "linestyle": "--", "marker": "none"}
            ax.plot(1 + np.arange(len(held_out)), held_out, label=joined(name, "validation"), **look)
    if log:
        ax.set_yscale("log")
    ax.xaxis.get_major_locator().set_params(integer=True)
    if ax.get_legend_handles_labels()[0]:
        ax.legend()
    return labelled(ax, xlabel, ylabel or metric.replace("_", " "))


def image_grid(images, labels=None, columns=8, title=None, size=1.1, cmap="gray_r", limits=None, mark=None):
    """Small pictures in rows, each with its label above it.

    Args:
        images: shape (n, height, width), (n, height, width, 1), or (n, height, width, 3) for colour.
        labels: what to write above each picture.
        columns: pictures in a row.
        title: of the whole figure.
        size: width of a picture in inches.
        cmap: colour map of one-channel pictures; "weights" for the palette's two-sided one, centred on 0.
        limits: (lowest, highest) value; those of all images together by default.
        mark: booleans: pictures with True get a frame, such as mistakes.

    Returns:
        The figure.
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4):
        raise ValueError(
            f"image_grid needs shape (n, height, width) or (n, height, width, channels), but got {images.shape}. "
            "Reshape flattened images first: x.reshape(-1, 28, 28)."
        )
    if images.ndim == 4 and images.shape[-1] == 1:
        images = images[..., 0]
    if limits is None:
        largest = float(np.abs(images).max(initial=0))
        limits = (-largest, largest) if cmap == "weights" else (float(images.min()), float(images.max()))
    n = len(images)
    columns = min(columns, n)
    rows = -(-n // columns)
    height = size * images.shape[1] / images.shape[2] + (0.32 if labels is not None else 0.06)
    figsize = size * columns, height * rows + (0.4 if title else 0)
    figure, axes = plt.subplots(rows, columns, figsize=figsize, squeeze=False)
    for i, ax in enumerate(axes.flat):
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        if i >= n:
            ax.set_axis_off()
            continue
        ax.imshow(images[i], cmap=two_sided() if cmap == "weights" else cmap, vmin=limits[0], vmax=limits[1])
        marked = mark is not None and mark[i]
        for spine in ax.spines.values():
            spine.set(visible=True, color=palette.color("loss" if marked else "rule"), linewidth=3 if marked else 0.8)
        if labels is not None:
            ax.set_title(str(labels[i]), loc="center", fontsize=12, pad=3)
    if title:
        figure.suptitle(title, x=0.01, ha="left")
    return figure


def loss_surface(function, first, second, ax=None, path=None, levels=18, xlabel="$w_1$", ylabel="$w_2$"):
    """Contour lines of a loss over two weights, and the path that training took over it.

    Args:
        function: from arrays of both weights, shapes (n, m), to the loss, shape (n, m); or from two numbers to one.
        first, second: values along the axes, or (lowest, highest).
        path: shape (steps, 2), the weights after each step.
        levels: number of contour lines, or their values.
    """
    first, second = (np.linspace(*v, 120) if len(v) == 2 else np.asarray(v) for v in (first, second))
    w1, w2 = np.meshgrid(first, second)
    try:
        loss = np.asarray(function(w1, w2), dtype=float)
    except (TypeError, ValueError):
        loss = np.empty(0)
    if loss.shape != w1.shape:
        loss = np.vectorize(lambda a, b: float(function(a, b)), otypes=[float])(w1, w2)
    ax = new_axes(ax)
    filled = ax.contourf(w1, w2, loss, levels=levels, cmap=one_sided("loss"))
    ax.contour(w1, w2, loss, levels=filled.levels, colors=[palette.color("muted")], linewidths=0.5)
    ax.figure.colorbar(filled, ax=ax, label="loss")
    if path is not None:
        path = np.asarray(path, dtype=float)
        ax.plot(*path.T, color=palette.color("ink"), marker="o", markersize=3.5, linewidth=1.4, label="path")
        ax.plot(*path[-1], color=palette.color("ink"), marker="*", markersize=14, linestyle="none", label="end")
        ax.legend()
    ax.grid(False)
    return labelled(ax, xlabel, ylabel)


# ---------------------------------------------------------------- parts


def two_sided(minus="input", plus="weight"):
    """A colour map for numbers around zero: negative in one role's colour, zero white, positive in another's."""
    ends = palette.color(minus), palette.color("paper"), palette.color(plus)
    return LinearSegmentedColormap.from_list("dlcore-two-sided", ends)


def one_sided(role):
    """A colour map from paper to a role's colour."""
    return LinearSegmentedColormap.from_list(f"dlcore-{role}", [palette.color("paper"), palette.color(role)])


def curve_look(i, n, role):
    """Colour, dash and marker of curve i of n. The first is wide and pale, so that one that lies on it is seen too."""
    if n > 1 and i == 0:
        return {"color": palette.color(role), "linewidth": 5, "alpha": 0.45, "linestyle": "-", "marker": "none"}
    colors = [palette.color(r) for r in (role, "ink", "input", "weight", "gradient")]
    dash, marker = [("-", "o"), ("-", "o"), (":", "s"), ("--", "^"), ("-.", "D")][i % 5]
    return {"color": colors[i % 5], "linewidth": 1.8, "linestyle": dash, "marker": marker, "markersize": 4.5}


def new_axes(ax):
    return plt.subplots()[1] if ax is None else ax


def labelled(ax, xlabel, ylabel):
    """Axis labels where none are yet: a figure without them says nothing."""
    ax.set(xlabel=ax.get_xlabel() or xlabel, ylabel=ax.get_ylabel() or ylabel)
    return ax


def as_points(x):
    x = np.asarray(x.data if isinstance(x, Tensor) else x)
    if x.ndim != 2 or x.shape[1] != 2:
        raise ValueError(f"Only points in the plane can be drawn: expected x of shape (n, 2), but got {x.shape}.")
    return x


def scores_of(model, points):
    """What a model or function says about each point, shape (m, 1) or (m, classes)."""
    if hasattr(model, "predict"):
        scores = model.predict(points, verbose=0)
    else:
        scores = model(points)
    scores = np.asarray(scores.numpy() if callable(getattr(scores, "numpy", None)) else scores)
    if scores.shape[:1] != points.shape[:1]:
        raise ValueError(
            f"The classifier was asked about {len(points)} points at once and gave an answer of shape {scores.shape}. "
            "It should give one answer a point: write it for an array of shape (m, 2), not for a single point."
        )
    return scores.reshape(len(points), -1).astype(float)


def series(run, metric, missing=...):
    """The numbers of one metric in a run."""
    run = getattr(run, "history", run)
    if not isinstance(run, dict):
        return np.asarray(run, dtype=float) if not metric.startswith("val_") else missing
    if metric not in run:
        if missing is ...:
            raise KeyError(f"This history has no {metric!r}. It has: {', '.join(run)}.")
        return missing
    return np.asarray(run[metric], dtype=float)


def joined(*words):
    return " ".join(word for word in words if word)
