"""Hits and misses of a yes-or-no decision, at one threshold or at many: precision, recall, the area under a curve."""

import numpy as np

from ..ops.crossentropy import SIGMOID, require_probabilities
from ..ops.nn import sigmoid_values
from ..utils import require_number, unknown
from .base import Metric, as_number, matched, ratio, weights_for


class Confusion(Metric):
    """Base of the metrics that count, for each threshold, how many predictions above it are right and wrong.

    Counting is one pass whatever the number of thresholds: each prediction is sorted into the bucket between two of
    them, and what lies above a threshold is the sum of all buckets from there on.
    """

    def __init__(self, thresholds, name=None, **left_out):
        super().__init__(name=name, **left_out)
        self._thresholds = np.asarray(thresholds, np.float32)
        self.reset_state()

    def reset_state(self):
        self.true_positives = self.false_positives = 0.0  # by threshold, once a batch has come
        self.positives = self.negatives = 0.0

    def count(self, y_true, y_pred, weight):
        """Add samples: labels 0 or 1, predictions and weights, all (samples, outputs)."""
        outputs, n = y_pred.shape[1], len(self._thresholds) + 1
        below = np.searchsorted(self._thresholds, y_pred)  # how many thresholds each prediction is above
        buckets = (below + np.arange(0, outputs * n, n)).ravel()

        def above(weight):
            counts = np.bincount(buckets, weight.ravel(), outputs * n).reshape(outputs, n)
            # Added up from the last bucket down. The first bucket is left out: it lies above no threshold.
            return counts[:, :0:-1].cumsum(1)[:, ::-1].T, weight.sum(0)

        hits, positives = above(weight * y_true)
        alarms, negatives = above(weight * (1 - y_true))
        self.true_positives, self.positives = self.true_positives + hits, self.positives + positives
        self.false_positives, self.negatives = self.false_positives + alarms, self.negatives + negatives

    @property
    def false_negatives(self):
        return self.positives - self.true_positives

    @property
    def true_negatives(self):
        return self.negatives - self.false_positives


def decisions(what, y_true, y_pred, sample_weight):
    """Labels, predictions and weights as arrays of one shape; labels are 0 or 1, predictions are not NaN."""
    y_true, y_pred = matched(what, y_true, y_pred)
    if not ((y_true == 0) | (y_true == 1)).all():
        raise ValueError(f"{what}: labels are 0 or 1, but these go from {y_true.min():.4g} to {y_true.max():.4g}.")
    if y_pred.size and np.isnan(y_pred.max()):
        raise ValueError(f"{what}: the predictions hold NaN, which is neither above a threshold nor below it.")
    weight = np.broadcast_to(weights_for(sample_weight, y_pred), y_pred.shape)
    return y_true.astype(np.float64), y_pred.astype(np.float32, copy=False), weight


class AtThresholds(Confusion):
    """Base of the metrics with `thresholds`, one number (0.5 by default) or a list, for which they give an array.

    Args:
        thresholds: from where on a prediction says yes; 0 for logits.
        top_k: says yes to the k largest predictions of each sample instead.
        class_id: looks at this class alone.
    """

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, **left_out):
        self.thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        if thresholds is None:
            thresholds = 0.5 if top_k is None else LOWEST
        thresholds = list(thresholds) if isinstance(thresholds, (list, tuple)) else [thresholds]
        for t in thresholds:
            require_number(f"{type(self).__name__}: a threshold", t, LOWEST)
        if top_k is not None:
            require_number(f"{type(self).__name__}: top_k", top_k, 1, whole=True)
        self._order = np.argsort(thresholds)
        super().__init__(np.sort(thresholds), name, **left_out)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in labels 0 or 1 and predictions, of one shape."""
        y_true, y_pred, weight = decisions(type(self).__name__, y_true, y_pred, sample_weight)
        if self.top_k is not None:
            y_pred = largest(y_pred, self.top_k)
        if self.class_id is not None:
            if y_pred.ndim < 2 or not 0 <= self.class_id < y_pred.shape[-1]:
                raise ValueError(f"{self!r}: there is no class {self.class_id} in predictions of shape {y_pred.shape}.")
            y_true, y_pred, weight = (a[..., self.class_id] for a in (y_true, y_pred, weight))
        self.count(*(a.reshape(-1, 1) for a in (y_true, y_pred, weight)))

    def told(self, values):
        """One value for each threshold as asked for; a single one as a number."""
        values = np.broadcast_to(np.asarray(values, np.float64).reshape(-1), self._order.shape)
        return as_number(values[np.argsort(self._order)] if len(values) > 1 else values[0])

    def get_config(self):
        own = {"thresholds": self.thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **own}


LOWEST = -1e10  # below every prediction


def largest(scores, k):
    """The scores, with all but the k largest along the last axis so low that no threshold is below; the first of a tie
    counts.
    """
    order = np.argsort(-scores, axis=-1, kind="stable")[..., k:]
    scores = scores.copy()
    np.put_along_axis(scores, order, LOWEST, -1)
    return scores


class Precision(AtThresholds):
    """How many of those found are right: true positives / (true positives + false positives). Arguments as `Recall`."""

    def result(self):
        return self.told(ratio(self.true_positives, self.true_positives + self.false_positives))


class Recall(AtThresholds):
    """How many of those that were to be found are found: true positives / (true positives + false negatives).

    Args:
        thresholds: from where on a prediction says yes, a number (0.5 by default; 0 suits logits) or a list of them,
            for which the result is an array.
        top_k: says yes to the k largest predictions of each sample instead.
        class_id: looks at this class alone.
    """

    def result(self):
        return self.told(ratio(self.true_positives, self.positives))


class Counted(AtThresholds):
    """Base of the four plain counts, which take `thresholds` as `Recall` does."""

    def __init__(self, thresholds=None, name=None, **left_out):
        super().__init__(thresholds, name=name, **left_out)

    def get_config(self):
        return {"name": self.name, "thresholds": self.thresholds}


class TruePositives(Counted):
    """How many (by weight) were 1 and are predicted as 1; `thresholds` as for `Recall`."""

    def result(self):
        return self.told(self.true_positives)


class FalsePositives(Counted):
    """How many (by weight) were 0 but are predicted as 1; `thresholds` as for `Recall`."""

    def result(self):
        return self.told(self.false_positives)


class TrueNegatives(Counted):
    """How many (by weight) were 0 and are predicted as 0; `thresholds` as for `Recall`."""

    def result(self):
        return self.told(self.true_negatives)


class FalseNegatives(Counted):
    """How many (by weight) were 1 but are predicted as 0; `thresholds` as for `Recall`."""

    def result(self):
        return self.told(self.false_negatives)


class AUC(Confusion):
    """The area under the curve that a classifier draws as its threshold moves.

    "ROC": recall over the share of false alarms; the area is the probability that a sample of class 1 gets a larger
    prediction than one of class 0. "PR": precision over recall, for rare classes.

    Args:
        num_thresholds: how many points the curve has, evenly from 0 to 1.
        curve: "ROC" or "PR".
        summation_method: "interpolation" joins the points (on PR as Davis and Goadrich 2006 do); "minoring" and
            "majoring" give a bound from below and from above.
        thresholds: points of your own between 0 and 1, instead of num_thresholds.
        multi_label: whether each output has its own curve; the result is the mean of the areas.
        num_labels: how many outputs there are, with multi_label; it is seen from the data.
        label_weights: how much each output counts.
        from_logits: whether predictions are logits, not probabilities.
    """

    def __init__(self, num_thresholds=200, curve="ROC", summation_method="interpolation", name=None, *,
                 thresholds=None, multi_label=False, num_labels=None, label_weights=None, from_logits=False,
                 **left_out):  # fmt: skip
        curve = curve.upper() if isinstance(curve, str) else curve
        for what, value, known in (("curve", curve, ("ROC", "PR")), ("summation_method", summation_method, METHODS)):
            if value not in known:
                raise ValueError(unknown(what, value, known))
        if num_labels is not None and not multi_label:
            raise ValueError("AUC: num_labels goes with multi_label=True.")
        thresholds, label_weights = as_list(thresholds), as_list(label_weights)
        self.settings = {
            "num_thresholds": num_thresholds, "curve": curve, "summation_method": summation_method,
            "thresholds": thresholds, "multi_label": multi_label, "num_labels": num_labels,
            "label_weights": label_weights, "from_logits": from_logits,
        }  # fmt: skip
        if thresholds is None:
            inner = np.arange(1, require_number("AUC: num_thresholds", num_thresholds, 2, whole=True) - 1)
            inner = inner / (num_thresholds - 1)
        else:
            inner = np.sort([require_number("AUC: a threshold", t, 0, 1) for t in thresholds])
        super().__init__([-1e-7, *inner, 1 + 1e-7], name, **left_out)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take in labels 0 or 1 and predictions, of one shape."""
        y_true, y_pred, weight = decisions("AUC", y_true, y_pred, sample_weight)
        if self.settings["from_logits"]:
            y_pred = sigmoid_values(y_pred)
        require_probabilities("AUC: predictions", y_pred, SIGMOID)
        y_pred = y_pred.clip(0, 1)
        weights, outputs = self.settings["label_weights"], self.settings["num_labels"]
        if self.settings["multi_label"]:
            if y_pred.ndim != 2 or outputs not in (None, y_pred.shape[1]):
                raise ValueError(f"AUC: with multi_label, predictions are (samples, {outputs or 'labels'}), "
                                 f"but they have shape {y_pred.shape}.")  # fmt: skip
        else:
            if weights is not None:
                weight = weight * np.asarray(weights)
            y_true, y_pred, weight = (a.reshape(-1, 1) for a in (y_true, y_pred, weight))
        self.count(y_true, y_pred, weight)

    def result(self):
        if not np.any(self.positives + self.negatives):
            return 0.0
        recall = ratio(self.true_positives, self.positives)
        found = self.true_positives + self.false_positives
        if self.settings["curve"] == "ROC":
            false_alarms = ratio(self.false_positives, self.negatives)
            areas = area(false_alarms, recall, self.settings["summation_method"])
        elif self.settings["summation_method"] == "interpolation":
            areas = ratio(interpolated(self.true_positives, found), self.positives)
        else:
            areas = area(recall, ratio(self.true_positives, found), self.settings["summation_method"])
        weights = self.settings["label_weights"]
        return float(np.average(areas, weights=weights if self.settings["multi_label"] else None))

    def get_config(self):
        return {**super().get_config(), **self.settings}


def as_list(values):
    """Numbers as a list of Python floats, which a model file can hold; None stays None."""
    return None if values is None else [float(v) for v in values]


METHODS = {"interpolation": lambda a, b: (a + b) / 2, "minoring": np.minimum, "majoring": np.maximum}


def area(x, y, method):
    """Σ width · height between one threshold (a row) and the next, for each output (a column)."""
    return ((x[:-1] - x[1:]) * METHODS[method](y[:-1], y[1:])).sum(0)


def interpolated(hits, found):
    """∫ precision d(hits). Between two thresholds the hits h are taken to grow in proportion to those found, f.

    With h = slope · f + h₀, the precision is h/f = slope + h₀/f, so that
    ∫ (h/f) dh = slope ∫ (slope + h₀/f) df = slope (Δh + h₀ log(f₁/f₀)).

    Source: Davis and Goadrich 2006, The Relationship Between Precision-Recall and ROC Curves.
    """
    more_hits, more_found = hits[:-1] - hits[1:], found[:-1] - found[1:]
    slope = ratio(more_hits, np.maximum(more_found, 0))
    start = hits[1:] - slope * found[1:]
    both = (found[:-1] > 0) & (found[1:] > 0)
    grown = np.where(both, ratio(found[:-1], found[1:]), 1.0)
    return (slope * (more_hits + start * np.log(grown))).sum(0)
