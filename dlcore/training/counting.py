"""What a run counts beside its loss: the metrics of compile, and those that the model and its layers hold."""

from .. import metrics as measures
from ..layers.base import find


class ByShape(measures.Metric):
    """What "accuracy" means, which the shapes of the first batch decide."""

    metric = None

    def update_state(self, y_true, y_pred, sample_weight=None):
        if self.metric is None:
            self.metric = measures.get_metric(self.name, y_true, y_pred)
        self.metric.update_state(y_true, y_pred, sample_weight)

    def result(self):
        return 0.0 if self.metric is None else self.metric.result()

    def reset_state(self):
        if self.metric is not None:
            self.metric.reset_state()


def made(asked):
    """A metric for each name, object or function that compile was given; "accuracy" waits for the first batch."""
    found = [ByShape(name=m) if measures.waits_for_shapes(m) else measures.get_metric(m, None, None) for m in asked]
    names = ["loss", *(metric.name for metric in found)]
    if len(set(names)) < len(names):
        raise ValueError(f"The logs need a name for each, but there are {', '.join(names)}. Pass name=... to one.")
    return found


def held_by(layers):
    """The metrics that these layers hold in their attributes, alone or in lists and dicts."""
    return [metric for layer in layers for metric in find(list(vars(layer).values()), measures.Metric)]


def results(metrics):
    """Name → the method that says what the metric has come to."""
    return {metric.name: metric.result for metric in metrics}
