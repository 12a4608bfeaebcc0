"""What the camera does is no change of a face, and what the face does is one."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from edge.records import Box, Image
from edge.vision.change import CHANGED, Cells, Reference, cut_patch, has_changed, surroundings
from tests.vision.scenes import hung, portrait, texture

FACE = Box(281, 110, 130, 130)
LOOKS = 3


def sitting() -> npt.NDArray[np.float32]:
    """A portrait before a cluttered wall, whose greys leave room for a brighter exposure."""
    return 0.6 * hung(texture(5), portrait(), 250, 60, 200).astype(np.float32)


def look(scene: npt.NDArray[np.float32], seed: int, noise: float = 4.0) -> Image:
    grain = np.random.default_rng(seed).normal(0, noise, scene.shape)
    return np.clip(np.round(scene + grain), 0, 255).astype(np.uint8)


def compared(before: npt.NDArray[np.float32], after: npt.NDArray[np.float32], noise: float = 4.0) -> list[Cells]:
    """Three noisy looks at `after`, held against three at `before`."""
    region = surroundings(FACE, 640, 480)
    reference = Reference([cut_patch(look(before, seed, noise), region) for seed in range(LOOKS)])
    looks = (cut_patch(look(after, 10 + seed, noise), region) for seed in range(LOOKS))
    return [reference.compare(patch).cells for patch in looks]


def moved(scene: npt.NDArray[np.float32], right: float, down: float) -> npt.NDArray[np.float32]:
    there = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return cv2.warpAffine(scene, there, (640, 480), borderMode=cv2.BORDER_REPLICATE).astype(np.float32)


@pytest.mark.parametrize("noise", [2.0, 8.0])
@pytest.mark.parametrize("light", [0.08, 1.0])
def test_noise_is_no_change(noise: float, light: float) -> None:
    assert not has_changed(compared(light * sitting(), light * sitting(), noise))


@pytest.mark.parametrize("gain", [0.6, 0.9, 1.2, 1.6])
def test_another_exposure_is_no_change(gain: float) -> None:
    assert not has_changed(compared(sitting(), gain * sitting()))


@pytest.mark.parametrize("gain", [2.0, 2.2])
def test_an_exposure_that_burns_parts_of_the_face_is_no_change(gain: float) -> None:
    burnt = gain * sitting()
    assert (FACE.cut(np.clip(burnt, 0, 255).astype(np.uint8)) == 255).mean() > 0.03
    assert not has_changed(compared(sitting(), burnt))
    assert not has_changed(compared(burnt, sitting()))


def test_a_face_that_is_burnt_out_says_nothing() -> None:
    assert not has_changed(compared(sitting(), sitting() + 250))


@pytest.mark.parametrize("shake", [(0.7, -1.9), (-3.0, 4.0), (9.0, -6.0)])
def test_a_camera_that_shakes_is_no_change(shake: tuple[float, float]) -> None:
    assert not has_changed(compared(sitting(), moved(sitting(), *shake)))


@pytest.mark.parametrize("sway", [1.5, 4.0, 12.0])
def test_a_head_that_moves_before_the_wall_is_one(sway: float) -> None:
    head = np.zeros((480, 640), np.float32)
    cv2.ellipse(head, (351, 160), (60, 70), 0, 0, 360, (1.0,), -1)
    head = moved(cv2.GaussianBlur(head, (0, 0), 3).astype(np.float32), sway, 0)
    swayed = sitting() + head * (moved(sitting(), sway, 0) - sitting())
    assert has_changed(compared(sitting(), swayed.astype(np.float32)))


def test_one_blink_among_the_looks_is_a_change() -> None:
    blinking = sitting()
    blinking[150:165, 320:385] = 60
    looks = [compared(sitting(), sitting())[0], compared(sitting(), blinking)[0], compared(sitting(), sitting())[1]]
    assert has_changed(looks)


def test_looks_that_are_as_far_from_each_other_prove_nothing() -> None:
    cells = np.random.default_rng(1).normal(0, CHANGED, (LOOKS, 12, 12)).astype(np.float32)
    assert np.abs(cells.mean(axis=0)).max() > CHANGED
    assert not has_changed(list(cells))
