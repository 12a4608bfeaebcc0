"""The crop: the same pixels for training and serving, also where a face leaves the frame."""

import numpy as np
import pytest

from edge.records import Box
from edge.vision.preprocess import InputSpec, crop
from tests.vision.scenes import portrait

SPEC = InputSpec(48, 48, 0.5, 0.25)


def test_a_crop_has_the_models_size_and_the_frames_type() -> None:
    face = crop(portrait(), Box(83, 64, 99, 99), InputSpec(40, 56, 0.5, 0.25))
    assert face.shape == (40, 56)
    assert face.dtype == np.uint8


def test_without_margin_a_box_of_the_models_size_is_its_pixels() -> None:
    grey = portrait()
    assert np.array_equal(crop(grey, Box(100, 60, 48, 48), SPEC, margin=0.0, lift=0.0), grey[60:108, 100:148])


def test_the_margin_widens_and_the_lift_raises() -> None:
    grey = portrait()
    assert np.array_equal(crop(grey, Box(104, 64, 40, 40), SPEC, margin=0.1, lift=0.0), grey[60:108, 100:148])
    assert np.array_equal(crop(grey, Box(100, 60, 48, 48), SPEC, margin=0.0, lift=0.25), grey[48:96, 100:148])


@pytest.mark.parametrize("box", [Box(-30, 20, 96, 96), Box(220, 240, 96, 96), Box(-20, -20, 330, 330)])
def test_a_box_that_leaves_the_frame_sees_its_border_repeated(box: Box) -> None:
    grey = portrait()
    padded = np.pad(grey, 100, mode="edge")
    assert np.array_equal(crop(grey, box, SPEC), crop(padded, box.moved(100, 100), SPEC))


def test_a_box_beyond_the_frame_is_the_nearest_pixel() -> None:
    grey = portrait()
    assert np.array_equal(crop(grey, Box(2000, 3000, 90, 90), SPEC), np.full((48, 48), grey[-1, -1]))
    assert np.array_equal(crop(grey, Box(-500, -500, 90, 90), SPEC), np.full((48, 48), grey[0, 0]))


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    checks = np.indices((96, 96)).sum(axis=0) % 2 * 255
    face = crop(checks.astype(np.uint8), Box(0, 0, 96, 96), SPEC, margin=0.0, lift=0.0)
    assert face.min() >= 127
    assert face.max() <= 128


def test_a_slice_of_a_larger_buffer_gives_the_same_crop() -> None:
    grey = portrait()
    buffer = np.zeros((grey.shape[0] + 40, grey.shape[1] + 52), np.uint8)
    padded = buffer[: grey.shape[0], : grey.shape[1]]
    padded[:] = grey
    box = Box(83, 64, 99, 99)
    assert np.array_equal(crop(padded, box, SPEC), crop(grey, box, SPEC))
