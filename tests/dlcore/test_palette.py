"""The palette: told apart by everybody, legible on light and dark, and the same in CSS."""

import itertools

import numpy as np
import pytest

from dlcore import palette

#: Linear RGB as seen with normal vision and with complete protanopia, deuteranopia and tritanopia
#: (Machado, Oliveira and Fernandes 2009, severity 1).
VISION = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(color):
    """'#RRGGBB' as linear RGB from 0 to 1."""
    s = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    """Linear RGB in OKLab (Ottosson 2020), where equal distances look about equally large."""
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return lab @ np.cbrt(cones @ np.clip(rgb, 0, 1))


def contrast(a, b):
    """WCAG's contrast of two colours, from 1 to 21."""
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def test_the_measures_themselves():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    np.testing.assert_allclose(oklab(linear("#FFFFFF")), [1, 0, 0], atol=1e-4)
    np.testing.assert_allclose(oklab(linear("#FF0000")), [0.62796, 0.22486, 0.12585], atol=1e-4)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("vision", VISION)
def test_roles_are_told_apart(vision, dark):
    seen = {role: oklab(np.array(VISION[vision]) @ linear(palette.color(role, dark))) for role in palette.ROLES}
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) >= 0.10, (a, b)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("background", ["paper", "panel"])
@pytest.mark.parametrize("role", [*palette.ROLES, "ink", "muted"])
def test_text_is_legible(role, background, dark):
    assert contrast(palette.color(role, dark), palette.color(background, dark)) >= 4.5


def test_css_sets_every_colour_for_light_and_dark():
    css = palette.css_variables()
    light, system_dark, host_dark = css.strip().split("\n")
    for role, (on_light, on_dark) in palette.COLORS.items():
        assert f"--dl-{role}: {on_light};" in light
        assert f"--dl-{role}: {on_dark};" in system_dark
        assert f"--dl-{role}: {on_dark};" in host_dark
    for host in (
        'html[data-theme="dark"]',
        'html[theme="dark"]',
        'body[data-jp-theme-light="false"]',
        "body.vscode-dark",
    ):
        assert host in host_dark
    assert "prefers-color-scheme: dark" in system_dark
    assert css.count("{") == css.count("}")


def test_an_unknown_role_is_refused():
    with pytest.raises(KeyError, match="loss"):
        palette.color("los")
