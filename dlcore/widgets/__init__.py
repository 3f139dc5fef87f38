"""The book's explorables, quiz and predict question. They need the anywidget package; the rest of dlcore doesn't."""

import importlib

#: public name: the module that holds it
_HOME = {
    "Explorable": "base",
    "Question": "quiz",
    "Quiz": "quiz",
    "Predict": "quiz",
    "DecisionLine": "neuron",
    "PerceptronSteps": "neuron",
    "OneWeight": "one_weight",
    "Broadcasting": "toolbox",
    "ChainGears": "toolbox",
    "ActivationCurves": "activations",
    "ComputationGraph": "graph",
    "ProbabilitySlider": "losses",
    "RobustLine": "losses",
    "BumpBuilder": "networks",
    "BendPlane": "networks",
    "RollingBall": "gradient_descent",
    "NoisySteps": "gradient_descent",
    "LearnedFeatures": "features",
    "OptimizerRace": "optimizers",
    "TrainingPlayback": "training",
    "DrawDigit": "draw_digit",
    "NoisyCurve": "regularization",
    "LayerSizes": "deep_networks",
    "SlidingKernel": "convolution",
    "FeatureMaps": "convolution",
}
__all__ = sorted(_HOME)


class Missing:
    """Stands in for an explorable where anywidget isn't installed, so that a notebook still runs to its end."""

    def __init__(self, name, package):
        self.name, self.package = name, package

    def __call__(self, *args, **kwargs):
        return self

    def __repr__(self):
        return f"{self.name}: needs the package {self.package} (pip install anywidget). The book's page shows it."


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"dlcore.widgets has no {name!r}. It has: {', '.join(__all__)}.")
    try:
        return getattr(importlib.import_module(f"dlcore.widgets.{_HOME[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name not in ("anywidget", "ipywidgets", "traitlets"):
            raise
        return Missing(name, error.name)


def __dir__():
    return __all__
