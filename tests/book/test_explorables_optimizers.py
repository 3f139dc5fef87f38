"""The race of the optimizers chapter in a browser; its slopes and rules are held against dlcore's own."""

import re

import numpy as np
import pytest

from dlcore import Variable, gradients, ops, optimizers, widgets
from dlcore.widgets.optimizers import BEST_RATES, RUNNERS, SURFACES

COS, SIN = np.cos(np.pi / 6), np.sin(np.pi / 6)
LOWEST = {
    "ravine": [(1.6, 0.0)],
    "tilted ravine": [(1.5, 0.6)],
    "saddle": [(0.0, 2**0.5), (0.0, -(2**0.5))],
    "plateau": [(1.0, 0.0)],
    "bend": [(1.5, -0.25)],
}
START = {
    "ravine": (-2.6, 1.2),
    "tilted ravine": (1.5 - 4.2 * COS - 1.2 * SIN, 0.6 - 4.2 * SIN + 1.2 * COS),
    "saddle": (-2.6, 0.05),
    "plateau": (-2.4, 1.1),
    "bend": (-2.4, 1.5),
}
OFFERED = (0.003, 0.01, 0.03, 0.1, 0.3, 1, 3)


def loss_on(surface, x, y):
    """The loss over two weights, written once more, in dlcore's operations."""
    if surface == "ravine":
        return 0.05 * (x - 1.6) ** 2 + 2 * y**2
    if surface == "tilted ravine":
        along, across = COS * (x - 1.5) + SIN * (y - 0.6), COS * (y - 0.6) - SIN * (x - 1.5)
        return 0.05 * along**2 + 2 * across**2
    if surface == "saddle":
        return 0.5 * x**2 - 0.15 * y**2 + 0.0375 * y**4 + 0.15
    if surface == "plateau":
        return 1 - ops.exp(-0.5 * ((x - 1) ** 2 + y**2))
    return 0.04 * (x - 1.5) ** 2 + 0.6 * (y - x**2 / 3 + 1) ** 2


def optimizer(name, rate, mu=0.9):
    if name == "SGD":
        return optimizers.SGD(rate)
    if name in ("momentum", "Nesterov"):
        return optimizers.SGD(rate, momentum=mu, nesterov=name == "Nesterov")
    return getattr(optimizers, name)(rate)


def by_dlcore(surface, name, steps=200, rate=None, mu=0.9, start=None, noise=None):
    """Places after 0 … steps steps, shape (steps + 1, 2), with dlcore's gradients and optimizer in float64."""
    x, y = (Variable(np.array(value)) for value in start or START[surface])
    rule, way = optimizer(name, rate or BEST_RATES[name], mu), [(x.item(), y.item())]
    for t in range(steps):
        slopes = np.array([float(np.asarray(g)) for g in gradients(loss_on(surface, x, y), [x, y])])
        slopes += 0 if noise is None else noise[t]
        rule.apply([np.array(s) for s in slopes], [x, y])
        way.append((x.item(), y.item()))
    return np.array(way)


def row(page, name):
    """What the table says of a runner: loss, distance, step from which on it is there."""
    cells = page.locator(".dl-race-table tbody tr").nth(RUNNERS.index(name)).locator("td").all_inner_texts()
    return cells[-3:]


def to_step(page, step):
    page.get_by_role("slider", name="step").fill(str(step))


def away(surface, places):
    return np.min([np.hypot(*(places - np.array(low)).T) for low in LOWEST[surface]], axis=0)


def loss_at(surface, place):
    return loss_on(surface, *(Variable(np.array(v)) for v in place)).item()


def as_shown(value):
    """Equal up to the digits of the table: three after the point, one from 10 on, none from 100 on."""
    return pytest.approx(value, abs=6e-4 if value < 10 else 0.06 if value < 100 else 0.6)


@pytest.mark.parametrize("surface", SURFACES)
def test_every_rule_on_every_surface_goes_dlcores_way(show, surface):
    page = show(widgets.OptimizerRace(surface=surface))
    ways = {name: by_dlcore(surface, name) for name in RUNNERS}
    for step in (1, 2, 10, 57, 200):
        to_step(page, step)
        for name, way in ways.items():
            loss, far, _ = row(page, name)
            assert float(far) == as_shown(away(surface, way[[step]])[0]), (name, step)
            assert float(loss) == as_shown(loss_at(surface, way[step])), (name, step)
    for name, way in ways.items():
        outside = np.flatnonzero(away(surface, way) > 0.1)[-1]
        assert row(page, name)[2] == ("–" if outside == 200 else str(outside + 1)), name


def test_rate_mu_start_and_noise_change_the_race_as_in_dlcore(show):
    race = widgets.OptimizerRace(surface="bend", seed=3)
    page = show(race)
    page.get_by_label("learning rate of Nesterov").select_option("0.03")
    page.get_by_role("slider", name="momentum μ").fill("0.6")
    page.get_by_label("noise in the slopes").select_option("0.3")
    page.get_by_role("slider", name="the start").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    noise = 0.3 * np.array(race.noise)
    to_step(page, 40)
    for name, rate in (("Nesterov", 0.03), ("momentum", None), ("Adam", None)):
        way = by_dlcore("bend", name, 40, rate, mu=0.6, start=(-1.9, 1.45), noise=noise)
        assert float(row(page, name)[1]) == pytest.approx(away("bend", way[[40]])[0], abs=6e-4), name


def test_one_rate_for_all_and_who_flies_away(show):
    page = show(widgets.OptimizerRace())
    page.get_by_label("all learning rates").select_option("1")
    to_step(page, 200)
    for name in RUNNERS:
        with np.errstate(over="ignore"):
            way = by_dlcore("ravine", name, 60, rate=1.0)
        flown = np.flatnonzero(~(np.hypot(*way.T) < 1000))
        if flown.size:
            assert row(page, name) == ["–", "flown", f"at {flown[0]}"], name
    assert row(page, "SGD")[1] == "flown" and row(page, "Adam")[1] != "flown"
    said = page.locator(".dl-status").inner_text()
    assert "has flown away" in said and "Adam" not in said
    page.get_by_role("button", name="Reset").click()
    to_step(page, 60)
    said = page.locator(".dl-status").inner_text()
    far = {name: float(row(page, name)[1]) for name in RUNNERS}
    first, last = min(far, key=far.get), max(far, key=far.get)
    assert said.startswith(f"Step 60: nearest is {first}, with {far[first]:.3f} to go; farthest {last}, with")
    assert said.endswith("There so far: 3 of 6, Adagrad first, at step 5.")


def test_the_words_tell_who_is_there_when(show):
    said = widgets.OptimizerRace().alternative

    def there(surface):
        page = show(widgets.OptimizerRace(surface=surface))
        to_step(page, 200)
        return {name: row(page, name)[2] for name in RUNNERS}

    flat, tilted, plateau = there("ravine"), there("tilted ravine"), there("plateau")
    saddle, bend = there("saddle"), there("bend")
    assert (
        "SGD is there after {SGD} steps, momentum after {momentum}, Nesterov {Nesterov}, Adagrad {Adagrad}, RMSprop "
        "{RMSprop}, Adam {Adam}.".format(**flat)
        in said
    )
    assert [tilted[name] for name in RUNNERS[:3]] == [flat[name] for name in RUNNERS[:3]]
    assert "Adagrad needs {Adagrad}, RMSprop {RMSprop}, Adam {Adam}:".format(**tilted) in said
    assert (
        "RMSprop is there after {RMSprop} steps, Adagrad {Adagrad}, Nesterov {Nesterov}, Adam {Adam}, "
        "momentum {momentum}, and SGD is not".format(**plateau)
        in said
    )
    assert plateau["SGD"] == "–"
    assert (
        "From the saddle Nesterov is there after {Nesterov} steps, Adagrad {Adagrad}, SGD {SGD}, Adam {Adam}, "
        "momentum {momentum}, RMSprop {RMSprop}.".format(**saddle)
        in said
    )
    assert (
        "Nesterov is there after {Nesterov} steps, momentum {momentum}, Adam {Adam}; SGD, RMSprop and Adagrad are not "
        "there after 200, and Adagrad is farthest.".format(**bend)
        in said
    )
    assert [bend[name] for name in ("SGD", "RMSprop", "Adagrad")] == ["–"] * 3
    assert max(RUNNERS, key=lambda name: away("bend", by_dlcore("bend", name)[[200]])[0]) == "Adagrad"


@pytest.mark.parametrize("surface", ["ravine", "tilted ravine"])
def test_the_rates_are_the_best_of_those_on_offer(surface):
    for name in RUNNERS:
        needed = {}
        for rate in OFFERED:
            with np.errstate(all="ignore"):
                far = away(surface, by_dlcore(surface, name, rate=rate))
            outside = np.flatnonzero(~(far <= 0.1))[-1]
            needed[rate] = outside + 1 if outside < 200 else np.inf
        assert needed[BEST_RATES[name]] == min(needed.values()), (name, needed)


def test_reset_brings_everything_back(show):
    page = show(widgets.OptimizerRace())

    def state():
        return [row(page, name) for name in RUNNERS], page.locator(".dl-race polyline").count()

    before = state()
    page.get_by_label("surface", exact=True).select_option("saddle")
    page.get_by_label("all learning rates").select_option("3")
    page.get_by_label("show Adam").uncheck()
    to_step(page, 90)
    assert state() != before and page.locator("[data-runner=Adam]").count() == 0
    page.get_by_role("button", name="Reset").click()
    assert state() == before


def test_the_start_answers_the_pointer_and_play_moves(show):
    page = show(widgets.OptimizerRace())
    start = page.get_by_role("slider", name="the start")
    first, box = start.get_attribute("aria-valuetext"), start.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for by in (20, 40, 60):
        page.mouse.move(box["x"] + box["width"] / 2 + by, box["y"] + box["height"] / 2)
    page.mouse.up()
    assert start.get_attribute("aria-valuetext") != first
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => Number(/Step (\\d+)/.exec(document.querySelector('.dl-status').textContent)[1]) > 9")
    page.get_by_role("button", name="Pause").click()


def test_every_runner_has_a_mark_of_its_own(show):
    page = show(widgets.OptimizerRace())
    marks = page.locator(".dl-race-table tbody svg path").evaluate_all("(all) => all.map((e) => e.getAttribute('d'))")
    hues = page.locator(".dl-race-table tbody svg path").evaluate_all(
        "(all) => all.map((e) => getComputedStyle(e).color)"
    )
    assert len(set(marks)) == len(set(hues)) == len(RUNNERS)
    drawn = page.locator(".dl-race [data-runner] g path").evaluate_all("(all) => all.map((e) => e.getAttribute('d'))")
    assert drawn == marks


def test_less_motion_plays_slowly(show):
    page = show(widgets.OptimizerRace(), reduced_motion="reduce")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1100)
    step = int(re.search(r"Step (\d+)", page.locator(".dl-status").inner_text()).group(1))
    assert step <= 8


@pytest.mark.parametrize(("theme", "width"), [("light", 390), ("dark", 390), ("light", 320)])
def test_on_a_phone_nothing_is_too_small_or_too_wide(show, theme, width):
    page = show(widgets.OptimizerRace(), width=width, theme=theme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    frame, table = (page.locator(part).bounding_box() for part in (".dl-frame", ".dl-race-table"))
    assert table["x"] + table["width"] <= frame["x"] + frame["width"]
    targets = page.locator(
        ".dl-frame button, .dl-frame select, .dl-controls input, .dl-race-table label.dl-toggle"
    ).all()
    assert min(target.bounding_box()["height"] for target in targets) >= 44


def test_unknown_runners_are_refused():
    with pytest.raises(ValueError, match="no runner is called 'Adamw'.*Adam"):
        widgets.OptimizerRace(learning_rates={"Adamw": 0.1})
