"""The chart's colours: 3 : 1 against its ground in both schemes, and apart for who sees no red or no green."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge import web
from edge.records import LABELS

CSS = (Path(web.__file__).parent / "static/page.css").read_text("utf-8")
#: G. M. Machado et al. (2009), the whole deficiency, on linear RGB.
SIGHT = {
    "all colours": np.eye(3),
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
#: In CIELAB (1976): some eight times what is told apart side by side.
LEAST_APART = 18.0


def palettes() -> list[dict[str, str]]:
    """The colours of the style sheet that differ by scheme: light, dark."""
    found = re.findall(r"--([a-z]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", CSS)
    return [{name: both[place] for name, *both in found} for place in (0, 1)]


def linear(colour: str) -> Any:
    share = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb: Any) -> Any:
    xyz = TO_XYZ @ rgb / (0.95047, 1.0, 1.08883)
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_there_is_a_palette_for_light_and_one_for_dark() -> None:
    light, dark = palettes()
    assert set(LABELS) <= set(light)
    assert light["happy"] != dark["happy"]


@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_every_mood_stands_out_from_the_chart_s_ground(palette: dict[str, str]) -> None:
    ground = linear(palette["card"]) @ TO_XYZ[1]
    for label in LABELS:
        darker, lighter = sorted((ground, linear(palette[label]) @ TO_XYZ[1]))
        assert (lighter + 0.05) / (darker + 0.05) >= 3, label


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("palette", palettes(), ids=["light", "dark"])
def test_no_two_moods_look_alike(palette: dict[str, str], sight: str) -> None:
    seen = {label: lab(np.clip(SIGHT[sight] @ linear(palette[label]), 0, 1)) for label in LABELS}
    for one, other in combinations(LABELS, 2):
        assert np.linalg.norm(seen[one] - seen[other]) >= LEAST_APART, (one, other)
