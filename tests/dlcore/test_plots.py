"""Figures: always labelled, legible on a phone, in the palette's colours, and what is drawn is what was given."""

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex

matplotlib.use("agg")

import matplotlib.pyplot as plt

from dlcore import palette, plots


@pytest.fixture(autouse=True)
def book_style():
    with plt.rc_context():
        plots.style()
        yield
        plt.close("all")


X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def lines(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_style_is_the_same_whatever_was_set_before():
    wanted = dict(plt.rcParams)
    plt.rcParams["font.size"] = 3
    plt.rcParams["axes.linewidth"] = 9
    plots.style()
    assert dict(plt.rcParams) == wanted


def test_text_is_legible_at_phone_width():
    width = plt.rcParams["figure.figsize"][0] * 72  # in points, as the font size
    assert plt.rcParams["xtick.labelsize"] * 390 / width >= 10  # on a page 390 pixels wide


def test_figures_bring_their_own_light_paper():
    assert to_hex(plt.rcParams["figure.facecolor"]).upper() == palette.color("paper")
    assert to_hex(plt.rcParams["savefig.facecolor"]).upper() == palette.color("paper")


def test_roles_differ_by_more_than_colour():
    assert set(plots.ROLE) == set(palette.ROLES)
    assert len({role["marker"] for role in plots.ROLE.values()}) == 5
    assert all(role["color"] == palette.color(name) for name, role in plots.ROLE.items())


def test_scatter_draws_two_classes_as_the_explorables_do():
    ax = plots.scatter(X, [0, 1, 1, 0], labels=["no", "yes"])
    hollow, filled = ax.collections
    assert to_hex(hollow.get_facecolor()[0]).upper() == palette.color("paper")
    assert to_hex(filled.get_facecolor()[0]).upper() == palette.color("input")
    assert hollow.get_offsets().tolist() == [[0, 0], [1, 1]]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["no", "yes"]
    assert ax.get_xlabel() and ax.get_ylabel()


def regions(ax):
    return ax.collections[0].get_array().reshape(200, 200)


def test_decision_regions_of_a_function_with_one_score():
    ax = plots.decision_regions(lambda p: p[:, 0] - 0.5, X, [0, 0, 1, 1])
    shown = regions(ax)
    assert shown[:, 0].max() == 0 and shown[:, -1].min() == 1
    assert 0.45 < shown.mean() < 0.55
    assert ax.get_xlabel() and ax.get_ylabel()


def test_decision_regions_take_probabilities_at_one_half():
    ax = plots.decision_regions(lambda p: 1 / (1 + np.exp(-9 * (p[:, :1] - 0.5))), X, [0, 0, 1, 1])
    assert 0.45 < regions(ax).mean() < 0.55


def test_decision_regions_of_a_model_with_a_score_for_each_class():
    class Model:
        def predict(self, x, verbose="auto"):
            return np.stack([-x[:, 0] + 0.5, x[:, 0] - 0.5, -np.ones(len(x))], axis=1)

    shown = regions(plots.decision_regions(Model(), X, [0, 0, 1, 1]))
    assert set(np.unique(shown)) == {0, 1}


def test_decision_regions_say_when_the_function_takes_one_point_only():
    with pytest.raises(ValueError, match="one answer a point"):
        plots.decision_regions(lambda p: p.sum(), X, [0, 0, 1, 1])
    with pytest.raises(ValueError, match=r"\(n, 2\)"):
        plots.decision_regions(lambda p: p, np.zeros((4, 3)), [0, 0, 1, 1])


class History:
    def __init__(self, **history):
        self.history = history


def test_curves_of_two_runs_are_both_there_under_their_names():
    ax = plots.curves({"dlcore": History(loss=[3, 2, 1]), "Keras": {"loss": [3, 2, 1.5]}})
    drawn = lines(ax)
    assert drawn["dlcore"].get_ydata().tolist() == [3, 2, 1]
    assert drawn["Keras"].get_ydata().tolist() == [3, 2, 1.5]
    assert drawn["Keras"].get_xdata().tolist() == [1, 2, 3]
    assert drawn["dlcore"].get_linewidth() > 2 * drawn["Keras"].get_linewidth()  # one under the other is seen
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


@pytest.mark.parametrize("run", [History(loss=[3, 2], val_loss=[4, 3]), {"loss": [3, 2], "val_loss": [4, 3]}])
def test_curves_of_one_run_show_validation_too(run):
    assert set(lines(plots.curves(run))) == {"training", "validation"}
    assert len(plots.curves(run, validation=False).get_lines()) == 1


def test_curves_of_plain_numbers():
    drawn = lines(plots.curves({"SGD": [3, 2], "Adam": np.array([2, 1])}, "loss"))
    assert drawn["Adam"].get_ydata().tolist() == [2, 1]


def test_curves_name_what_the_history_has():
    with pytest.raises(KeyError, match="accuracy"):
        plots.curves(History(accuracy=[1]), "acc")


def test_image_grid_shows_each_image_with_its_label():
    images = np.arange(5 * 3 * 2).reshape(5, 3, 2)
    figure = plots.image_grid(images, labels="abcde", columns=3, mark=[False, True, False, False, False])
    shown = [ax for ax in figure.axes if ax.images]
    assert len(shown) == 5 and len(figure.axes) == 6
    assert [ax.get_title() for ax in shown] == list("abcde")
    assert np.array_equal(shown[3].images[0].get_array(), images[3])
    assert shown[0].images[0].get_clim() == shown[4].images[0].get_clim() == (0, 29)
    widths = [ax.spines["top"].get_linewidth() for ax in shown]
    assert widths[1] > widths[0] == widths[2]


def test_image_grid_of_weights_is_centred_on_zero():
    figure = plots.image_grid(np.array([[[-1.0, 3.0]]]), cmap="weights")
    assert figure.axes[0].images[0].get_clim() == (-3, 3)


def test_image_grid_says_how_to_bring_flat_images_into_shape():
    with pytest.raises(ValueError, match="reshape"):
        plots.image_grid(np.zeros((3, 784)))


def test_loss_surface_takes_functions_of_arrays_and_of_numbers():
    of_arrays = plots.loss_surface(lambda a, b: a**2 + b**2, (-1, 1), (-2, 2), path=[(1, 1), (0, 0)])
    of_numbers = plots.loss_surface(lambda a, b: float(a) ** 2 + b**2, (-1, 1), (-2, 2))
    for ax in (of_arrays, of_numbers):
        assert ax.get_xlabel() and ax.get_ylabel()
        assert ax.collections[0].get_clim()[1] == pytest.approx(5, abs=0.5)
    assert lines(of_arrays)["path"].get_xydata().tolist() == [[1, 1], [0, 0]]
