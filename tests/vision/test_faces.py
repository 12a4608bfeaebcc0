"""Finding faces: a near look sees what a full scan sees, at a fraction of its pixels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import FacesConfig
from edge.errors import ModelError
from edge.records import Box, Image
from edge.vision.cascade import Cascade, cascade_folders
from edge.vision.faces import CASCADE, FaceFinder, drop_overlapping, group_hits
from tests.vision.scenes import PORTRAITS, hung, portrait, room, texture, wall


def laid(scene: Image, tilt: float) -> tuple[Image, Box]:
    """The scene turned by `tilt` degrees about its face, and where that is."""
    known = FaceFinder(FacesConfig()).scan(scene)[0]
    turn = cv2.getRotationMatrix2D(known.centre, tilt, 1.0)
    return np.asarray(cv2.warpAffine(scene, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE), np.uint8), known


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder(FacesConfig())


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("width", [200, 300, 420, 540])
def test_a_full_scan_finds_the_face_whatever_its_size(finder: FaceFinder, name: str, width: int) -> None:
    boxes = finder.scan(room(1, 100, 20, width, name))
    assert len(boxes) == 1
    assert boxes[0].clipped(640, 480) == boxes[0]
    inside = Box(100, 20, width, 480)
    assert inside.overlap(boxes[0]) > 0
    assert inside.x <= boxes[0].centre[0] <= inside.x + width


def test_faces_come_largest_first(finder: FaceFinder) -> None:
    scene = hung(room(1, 20, 60, 200), portrait(), 300, 40, 320)
    sizes = [box.w for box in finder.scan(scene)]
    assert len(sizes) == 2
    assert sizes == sorted(sizes, reverse=True)


def test_no_more_faces_than_asked_for() -> None:
    scene = hung(room(1, 20, 60, 200), portrait(), 300, 40, 320)
    assert len(FaceFinder(FacesConfig(max_faces=1)).scan(scene)) == 1


def test_faces_smaller_than_asked_for_are_not_looked_for() -> None:
    small = room(1, 200, 60, 200)  # a face of about 75 px
    assert FaceFinder(FacesConfig(min_size_share=0.12)).scan(small)
    assert not FaceFinder(FacesConfig(min_size_share=0.25)).scan(small)


def test_a_near_look_finds_what_a_full_scan_finds_after_a_move(finder: FaceFinder) -> None:
    for width in (220, 300, 420):
        known = finder.scan(room(1, 100, 20, width))[0]
        moved = room(2, 100 + known.w // 6, 20 + known.w // 8, round(width * 1.06))
        again = finder.find_near(moved, known)
        assert again is not None
        assert again.overlap(finder.scan(moved)[0]) > 0.7


def test_a_near_look_searches_a_small_share_of_a_full_scans_pixels(finder: FaceFinder) -> None:
    scene = room(1)
    start = finder.scanned_pixels
    known = finder.scan(scene)[0]
    full = finder.scanned_pixels - start
    assert finder.find_near(scene, known) is not None
    near = finder.scanned_pixels - start - full
    assert 0 < near < full / 15


def test_a_near_look_costs_the_same_for_a_large_face(finder: FaceFinder) -> None:
    costs = []
    for width in (200, 420):
        scene = room(1, 100, 20, width)
        known = finder.scan(scene)[0]
        start = finder.scanned_pixels
        finder.find_near(scene, known)
        costs.append(finder.scanned_pixels - start)
    assert costs[1] < 1.3 * costs[0]


def test_a_near_look_at_a_wall_finds_nobody(finder: FaceFinder) -> None:
    assert finder.find_near(wall(), Box(250, 150, 110, 110)) is None


def test_a_near_look_beyond_the_frame_finds_nobody(finder: FaceFinder) -> None:
    assert finder.find_near(wall(), Box(900, 700, 110, 110)) is None
    assert finder.count_support(wall(), Box(900, 700, 110, 110)) == 0


def test_the_second_cascade_agrees_on_faces(finder: FaceFinder) -> None:
    scene = room(1)
    assert finder.count_support(scene, finder.scan(scene)[0]) > 0


def test_the_second_cascade_agrees_on_no_hit_in_clutter(finder: FaceFinder) -> None:
    """Asked anywhere in clutter, at any size."""
    for seed in range(12):
        scene = texture(seed)
        for box in (Box(x, y, side, side) for side in (60, 120) for x in (100, 300, 450) for y in (80, 300)):
            assert finder.count_support(scene, box) == 0


@pytest.mark.parametrize("tilt", [-25, -18, 18, 25])
@pytest.mark.parametrize("name", PORTRAITS)
def test_the_second_cascade_agrees_on_a_head_on_one_side(finder: FaceFinder, name: str, tilt: float) -> None:
    upright = room(1, 200, 40, 260, name)
    tilted, known = laid(upright, tilt)
    assert 0 < finder.count_support(tilted, known) <= 2 * finder.count_support(upright, known)


@pytest.mark.parametrize("tilt", [-25, -18, 18, 25])
def test_a_head_laid_on_one_side_and_moved_is_found_where_it_is(finder: FaceFinder, tilt: float) -> None:
    upright = room(1, 200, 40, 300)
    known = finder.scan(upright)[0]
    turn = cv2.getRotationMatrix2D(known.centre, tilt, 1.0)
    turn = turn + np.array([[0, 0, 0.15 * known.w], [0, 0, -0.1 * known.w]])
    tilted = np.asarray(cv2.warpAffine(upright, turn, (640, 480), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    found = finder.find_near(tilted, known)
    assert found is not None
    assert found.centre[0] - known.centre[0] == pytest.approx(0.15 * known.w, abs=0.1 * known.w)
    assert found.centre[1] - known.centre[1] == pytest.approx(-0.1 * known.w, abs=0.1 * known.w)


def test_hits_that_agree_are_one_place_and_a_lonely_one_is_none() -> None:
    agreed = [Box(100, 100, 50, 50), Box(104, 102, 52, 52), Box(98, 98, 48, 48)]
    assert group_hits([*agreed, Box(300, 100, 50, 50)], 1) == [Box(101, 100, 50, 50)]
    assert group_hits(agreed, 3) == []
    assert group_hits([], 1) == []


def test_tiny_frames_have_no_faces(finder: FaceFinder) -> None:
    assert finder.scan(np.zeros((8, 11), np.uint8)) == []


def test_overlapping_hits_are_one_face() -> None:
    boxes = [Box(12, 11, 90, 90), Box(10, 10, 100, 100), Box(300, 10, 50, 50)]
    assert drop_overlapping(boxes) == [Box(10, 10, 100, 100), Box(300, 10, 50, 50)]


def test_a_box_mostly_within_a_larger_one_is_no_face_of_its_own_and_a_neighbour_is() -> None:
    face, mouth, neighbour = Box(178, 73, 171, 171), Box(216, 190, 90, 90), Box(330, 80, 120, 120)
    assert drop_overlapping([mouth, neighbour, face]) == [face, neighbour]


def test_a_sure_box_stays_whatever_overlaps_it() -> None:
    sure, around, neighbour = Box(216, 190, 90, 90), Box(178, 73, 171, 171), Box(330, 80, 120, 120)
    assert drop_overlapping([around, neighbour], sure=[sure]) == [neighbour, sure]


def test_a_missing_cascade_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.vision.cascade.cascade_folders", lambda: (tmp_path,))
    with pytest.raises(ModelError, match=r"opencv-python-headless<5' or Debian's opencv-data") as caught:
        Cascade(CASCADE)
    assert str(tmp_path) in str(caught.value)


def test_a_damaged_cascade_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.vision.cascade.cascade_folders", lambda: (tmp_path,))
    (tmp_path / CASCADE).write_text("<opencv_storage>", encoding="utf-8")
    with pytest.raises(ModelError, match="not a cascade"):
        Cascade(CASCADE)


def test_cascades_are_looked_for_where_debian_has_them_too() -> None:
    assert Path("/usr/share/opencv4/haarcascades") in cascade_folders()


@pytest.mark.parametrize("tilt", [-25, -21, -15, 15, 21, 25])
@pytest.mark.parametrize("name", PORTRAITS)
def test_a_turned_scan_finds_most_heads_on_one_side_where_they_are(finder: FaceFinder, name: str, tilt: float) -> None:
    scenes = [laid(room(1, 140, 20, width, name), tilt) for width in (320, 350, 380, 410, 440)]
    found = [(finder.scan_tilted(scene), upright) for scene, upright in scenes]
    assert sum(bool(boxes) and boxes[0].overlap(upright) > 0.5 for boxes, upright in found) >= 4


def test_a_turned_scan_finds_nobody_on_a_wall(finder: FaceFinder) -> None:
    assert finder.scan_tilted(wall()) == []


def test_both_turns_search_half_the_pixels_of_a_full_scan(finder: FaceFinder) -> None:
    start = finder.scanned_pixels
    finder.scan(room(1))
    full = finder.scanned_pixels - start
    finder.scan_tilted(room(1))
    turned = finder.scanned_pixels - start - full
    assert 0 < turned < 0.5 * full
