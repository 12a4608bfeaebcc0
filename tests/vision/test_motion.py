"""The scene has changed when somebody came or moved, not when the light or the sensor did."""

import numpy as np
import pytest

from edge.records import Box
from edge.vision.motion import Motion
from tests.vision.scenes import hung, portrait, room, wall


def settled(scene: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Motion:
    motion = Motion()
    motion.compare(scene)
    motion.set_reference()
    return motion


def test_the_first_frame_is_all_new() -> None:
    assert Motion().compare(wall()) == Box(0, 0, 640, 480)


def test_a_frame_of_another_size_is_all_new() -> None:
    motion = settled(wall())
    assert motion.compare(wall(width=320, height=240)) == Box(0, 0, 320, 240)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 500), (500, 2)])
def test_a_frame_of_a_few_pixels_is_compared_too(shape: tuple[int, int]) -> None:
    motion = settled(np.full(shape, 20, np.uint8))
    assert motion.compare(np.full(shape, 20, np.uint8)) is None


def test_noise_is_no_change() -> None:
    motion = settled(wall(1))
    assert all(motion.compare(wall(seed)) is None for seed in range(2, 30))


@pytest.mark.parametrize("gain", [0.7, 0.85, 1.2])
def test_an_exposure_step_is_no_change(gain: float) -> None:
    motion = settled(room(1))
    assert motion.compare(np.clip(room(2) * gain, 0, 255).astype(np.uint8)) is None


def test_somebody_who_comes_is_where_the_change_is() -> None:
    motion = settled(wall(1))
    moved = motion.compare(hung(wall(2), portrait(), 320, 120, 200))
    assert moved is not None
    assert Box(320, 120, 200, 209).overlap(moved) > 0.5


def test_slow_change_adds_up_against_the_settled_scene() -> None:
    motion = settled(room(1, 200))
    changes = [motion.compare(room(2 + step, 200 + 2 * step)) is not None for step in range(12)]
    assert not changes[0]
    assert changes[-1]


def test_a_settled_scene_is_no_change_any_more() -> None:
    motion = settled(wall(1))
    assert motion.compare(room(2)) is not None
    motion.set_reference()
    assert motion.compare(room(3)) is None


def test_what_a_known_person_moves_is_left_out_and_somebody_beside_is_not() -> None:
    scene = hung(wall(1), portrait(), 40, 120, 160)
    motion = settled(scene)
    face = Box(90, 150, 60, 60)
    nodded = hung(wall(2), portrait(), 44, 126, 160)
    assert motion.compare(nodded) is not None
    assert motion.compare(nodded, [face]) is None
    moved = motion.compare(hung(nodded, portrait(), 400, 120, 160), [face])
    assert moved is not None
    assert moved.x >= 380
