"""The Python side of the explorables: state in traits, checks of what is given, a stable repr."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from dlcore import widgets
from dlcore.widgets.base import Explorable
from dlcore.widgets.neuron import CORNERS, LOGIC, bank_clerk, perceptron_steps

WRONG = {"two": "Two would need two lines.", "none": "That is XOR's whole trouble."}
QUESTION = widgets.Question("How many mistakes remain?", right="one", why="Three points can be parted.", wrong=WRONG)


def synchronised(widget):
    return {name: getattr(widget, name) for name in widget.keys if not name.startswith("_") and name != "layout"}


def test_every_explorable_carries_frame_colours_and_its_own_script():
    for widget in (widgets.Quiz(QUESTION), widgets.DecisionLine(), widgets.PerceptronSteps()):
        assert widget._esm.startswith("/* The frame") and widget._esm.count("export default") == 1
        assert "--dl-weight:" in widget._css and ".dl-frame" in widget._css


def test_style_sheets_use_only_our_class_names():
    css = widgets.Quiz(QUESTION)._css
    names = set(re.findall(r"\.(-?[a-zA-Z_][\w-]*)(?=[^{}]*\{)", re.sub(r"/\*.*?\*/", "", css, flags=re.S)))
    assert {name for name in names if not name.startswith(("dl-", "vscode-"))} == set()


def test_a_misspelt_text_is_refused():
    with pytest.raises(TypeError, match="Misspelt: the frame has no text 'titel'"):
        type("Misspelt", (Explorable,), {"script": "one-weight.js", "texts": {"titel": "One weight"}})


def test_a_misspelt_argument_is_refused():
    with pytest.raises(TypeError, match="DecisionLine: Unknown argument 'titel'. Did you mean 'title'?"):
        widgets.DecisionLine(titel="Two inputs")


def test_a_subclass_without_script_is_refused():
    with pytest.raises(TypeError, match="names no script"):
        type("Nameless", (Explorable,), {})


def test_state_survives_json():
    for widget in (widgets.Quiz(QUESTION), widgets.DecisionLine(), widgets.PerceptronSteps()):
        json.dumps(synchronised(widget))


def test_repr_is_stable_and_says_what_there_is():
    assert repr(widgets.DecisionLine()) == repr(widgets.DecisionLine())
    assert "0x" not in repr(widgets.DecisionLine())
    assert repr(widgets.DecisionLine()).startswith("A neuron with two inputs. A plane of points")
    assert repr(widgets.Quiz(QUESTION)).splitlines()[:2] == ["Quiz", "How many mistakes remain?"]
    assert "Three points" not in repr(widgets.Quiz(QUESTION))


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(AttributeError, match=r"has no 'Kwiz'. It has: .*Quiz"):
        widgets.Kwiz  # noqa: B018


def test_without_anywidget_a_notebook_still_runs():
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "from dlcore import widgets\n"
        "print(widgets.Quiz(widgets.Question('Why?', right='so', why='so', wrong={})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "Quiz: needs the package anywidget (pip install anywidget). The book's page shows it."


# ---------------------------------------------------------------------------------------------------- quiz


def test_options_hold_their_order_and_the_right_one_is_not_always_first():
    def places(seed):
        predict = widgets.Predict(f"Question {seed}?", right="a", why="so", wrong={"b": "no", "c": "no"})
        return predict.questions[0]["options"]

    assert places(1) == places(1)
    assert len({[option["right"] for option in places(seed)].index(True) for seed in range(12)}) == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"right": ""}, "no right answer"),
        ({"why": ""}, "the right answer has no reason"),
        ({"wrong": {"two": "", "none": "x"}}, "the wrong option 'two' has no reason"),
        ({"wrong": {"two": None, "none": "x"}}, "the wrong option 'two' has no reason"),
        ({"wrong": {"two": "x"}}, "2 options with the right one. Expected at least 3"),
        ({"wrong": {"one": "x", "two": "x"}}, "both as right and as wrong"),
    ],
)
def test_a_question_that_does_not_teach_is_refused(changes, message):
    given = {"text": "How many?", "right": "one", "why": "so", "wrong": WRONG, **changes}
    with pytest.raises(ValueError, match=f"'How many\\?'.*{message}"):
        widgets.Quiz(widgets.Question(**given))


def test_other_wrong_arguments_of_quiz():
    with pytest.raises(ValueError, match="no questions"):
        widgets.Quiz()
    with pytest.raises(TypeError, match="got a str"):
        widgets.Quiz("How many?")
    with pytest.raises(TypeError, match="wrong is a list"):
        widgets.Quiz(widgets.Question("How many?", right="one", why="so", wrong=["two", "three"]))


def test_predict_takes_two_options_and_one_try():
    predict = widgets.Predict("Can it?", right="no", why="so", wrong={"yes": "try it"})
    assert predict.one_try and not widgets.Quiz(QUESTION).one_try
    assert len(predict.questions[0]["options"]) == 2


# ---------------------------------------------------------------------------------------------------- neuron


def test_a_decision_line_without_soft_is_a_step_and_says_nothing_of_activations():
    hard, soft = widgets.DecisionLine(soft=False), widgets.DecisionLine()
    assert (hard.activation, hard.loss) == ("step", "squared error")
    assert "activation" not in hard.alternative and "activation" in soft.alternative
    assert "With the keyboard" in hard.alternative and "With the keyboard" in soft.alternative
    assert soft.bias_limit is None and widgets.DecisionLine(bias_limit=6).bias_limit == 6


def test_bank_clerk_is_seeded_and_without_moods_a_line_parts_her_decisions():
    x, y = bank_clerk()
    again, _ = bank_clerk()
    assert x.shape == (100, 2) and y.shape == (100,) and np.array_equal(x, again)
    x, y = bank_clerk(noise=0)
    assert np.array_equal(y, (1.5 * x[:, 0] - 2.0 * x[:, 1] + 0.5 > 0).astype(int))
    assert 30 < y.sum() < 70


def test_presets_and_own_data():
    assert [s["name"] for s in widgets.DecisionLine().sets] == ["bank clerk", "AND", "OR", "XOR"]
    own = widgets.DecisionLine(np.array([[0, 1], [2, 3]]), np.array([0, 1]), data="two points", presets=("XOR",))
    assert [s["name"] for s in own.sets] == ["two points", "XOR"]
    assert own.sets[0] == {"name": "two points", "x": [[0.0, 1.0], [2.0, 3.0]], "y": [0, 1]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.zeros((4, 3)), "y": np.zeros(4)}, r"x has shape \(4, 3\). Expected \(n, 2\)"),
        ({"x": np.zeros((4, 2)), "y": np.zeros(3)}, "y has 3 entries for 4 points"),
        ({"x": np.zeros((2, 2)), "y": [-1, 1]}, r"y holds \[-1, 1\]. Expected the classes 0 and 1"),
        ({"x": [[np.nan, 0]], "y": [1]}, "NaN"),
        ({"x": np.zeros((4, 2))}, "Only one of x and y"),
        ({"presets": ("NAND",)}, "No preset 'NAND'. There are: bank clerk, AND, OR, XOR"),
        ({"presets": ()}, "has no data"),
        ({"weights": (1, 2, 3)}, r"weights have shape \(3,\)"),
    ],
)
def test_wrong_data_for_the_neuron(arguments, message):
    for kind in (widgets.DecisionLine, widgets.PerceptronSteps):
        with pytest.raises(ValueError, match=message):
            kind(**arguments)


def test_perceptron_rule_by_hand():
    # AND from zero: the first example, (0, 0), is called 1 as z = 0; the bias falls to −1.
    first = perceptron_steps([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])["steps"][:4]
    assert [(s["prediction"], s["error"], s["weights"], s["bias"]) for s in first] == [
        (1, -1, [0.0, 0.0], -1.0),
        (0, 0, [0.0, 0.0], -1.0),
        (0, 0, [0.0, 0.0], -1.0),
        (0, 1, [1.0, 1.0], 0.0),
    ]


def test_perceptron_solves_what_a_line_parts_and_cycles_on_xor():
    stepper = widgets.PerceptronSteps()
    for name in ("AND", "OR"):
        result = stepper.run(name)
        assert result["end"][0] == "solved" and result["steps"][-1]["mistakes"] == 0
    xor = stepper.run("XOR")
    kind, first, last = xor["end"]
    assert kind == "cycle" and first < last
    state = {0: ([0.0, 0.0], 0.0)} | {i // 4 + 1: (s["weights"], s["bias"]) for i, s in enumerate(xor["steps"])}
    assert state[first] == state[last]
    assert min(step["mistakes"] for step in xor["steps"]) > 0


@pytest.mark.parametrize("name", LOGIC)
def test_from_zero_the_learning_rate_only_scales_the_perceptron(name):
    one, tenth = (perceptron_steps(CORNERS, LOGIC[name], learning_rate=rate) for rate in (1.0, 0.1))
    assert one["end"] == tenth["end"]
    assert [step["error"] for step in one["steps"]] == [step["error"] for step in tenth["steps"]]


def test_perceptron_gives_up_after_its_rounds():
    x, y = bank_clerk()
    result = perceptron_steps(x, y, rounds=3)
    assert result["end"] == ("open", 3) and len(result["steps"]) == 300


def test_text_alternative_tells_how_each_run_ends():
    stepper = widgets.PerceptronSteps()
    _, first, last = stepper.run("XOR")["end"]
    assert f"On XOR, after round {last} the weights are those after round {first} again" in stepper.alternative
    assert f"On AND, round {stepper.run('AND')['end'][1]} is the first without a mistake." in stepper.alternative
    with pytest.raises(ValueError, match="No data set 'NAND' here"):
        stepper.run("NAND")
