"""A bad look is worth little, a very bad one nothing."""

import cv2
import numpy as np
import pytest

from edge.records import Box, Image
from edge.vision.preprocess import InputSpec, crop
from edge.vision.quality import measure_quality
from tests.vision.scenes import PORTRAITS, portrait

BOXES = dict(zip(PORTRAITS, (Box(83, 64, 99, 99), Box(25, 108, 219, 219)), strict=True))


def face(name: str = PORTRAITS[0]) -> Image:
    return crop(portrait(name), BOXES[name], InputSpec(48, 48, 0.5, 0.25))


def changed(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Image:
    return np.clip(values, 0, 255).astype(np.uint8)


NEAR = Box(0, 0, 100, 100)


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_portrait_is_worth_nearly_all(name: str) -> None:
    assert measure_quality(face(name), NEAR) > 0.85


def test_a_far_face_is_worth_less_and_a_tiny_one_nothing() -> None:
    values = [measure_quality(face(), Box(0, 0, side, side)) for side in (24, 36, 48, 64, 200)]
    assert values[0] == 0
    assert values == sorted(values)
    assert values[2] < values[3] == values[4]


def test_blur_lowers_it() -> None:
    values = [measure_quality(cv2.GaussianBlur(face(), (0, 0), sigma).astype(np.uint8), NEAR) for sigma in (1, 2, 3, 5)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_patch_is_worth_nothing(level: int) -> None:
    assert measure_quality(np.full((48, 48), level, np.uint8), NEAR) == 0


def test_the_dark_is_worth_nothing() -> None:
    assert measure_quality(changed(face() * 0.04), NEAR) == 0


def test_a_blown_out_face_is_worth_little() -> None:
    assert measure_quality(changed(face() * 4.0 + 60), NEAR) < 0.3


def test_half_a_face_is_worth_less() -> None:
    half = face().copy()
    half[:, 24:] = 15
    assert measure_quality(half, NEAR) < 0.75 * measure_quality(face(), NEAR)


def test_a_mirrored_face_is_worth_the_same() -> None:
    mirrored = np.ascontiguousarray(face()[:, ::-1])
    assert measure_quality(mirrored, NEAR) == pytest.approx(measure_quality(face(), NEAR), abs=0.02)
