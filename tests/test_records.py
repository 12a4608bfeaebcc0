"""Geometry of boxes and what an expression says."""

import numpy as np
import pytest

from edge.records import LABELS, Box, Expression


def test_two_equal_boxes_overlap_wholly_and_distant_ones_not_at_all() -> None:
    box = Box(10, 10, 20, 20)
    assert box.overlap(box) == 1.0
    assert box.overlap(box.moved(100, 0)) == 0.0


def test_half_covered_boxes_overlap_by_a_third() -> None:
    assert Box(0, 0, 10, 10).overlap(Box(5, 0, 10, 10)) == pytest.approx(1 / 3)


def test_a_box_is_clipped_to_the_frame_and_is_empty_outside_it() -> None:
    assert Box(-5, 2, 10, 10).clipped(100, 8) == Box(0, 2, 5, 6)
    assert Box(200, 200, 10, 10).clipped(100, 100).area == 0


def test_growing_keeps_the_centre() -> None:
    assert Box(10, 10, 20, 20).grown(0.25) == Box(5, 5, 30, 30)
    assert Box(10, 10, 20, 20).grown(0.25).centre == Box(10, 10, 20, 20).centre


def test_cutting_a_box_copies_nothing() -> None:
    image = np.zeros((50, 60), np.uint8)
    part = Box(5, 10, 20, 30).cut(image)
    assert part.shape == (30, 20)
    assert np.shares_memory(part, image)


def test_an_expression_is_its_most_probable_label() -> None:
    scores = tuple(0.7 if label == "happy" else 0.05 for label in LABELS)
    assert (Expression(scores).label, Expression(scores).confidence) == ("happy", 0.7)


def test_what_two_boxes_share_is_counted_in_pixels() -> None:
    assert Box(0, 0, 10, 10).shared(Box(5, 6, 10, 10)) == 20
    assert Box(0, 0, 10, 10).shared(Box(20, 0, 10, 10)) == 0
