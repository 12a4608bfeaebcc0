"""Photos: the faces in them are found, and only those."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.picture.decode import read_picture
from edge.records import LABELS, Image
from edge.vision.model import Model, load_model
from edge.vision.photo import Photos
from tests.vision.scenes import PORTRAITS, ROOT, hung, portrait, texture, wall


@pytest.fixture(scope="module")
def model(model_path: Path) -> Model:
    return load_model(model_path)


@pytest.fixture(scope="module")
def photos(model: Model) -> Photos:
    return Photos(model)


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_portrait_has_one_face(photos: Photos, name: str) -> None:
    faces = photos.analyse(read_picture(ROOT / "edge" / "demo" / name))
    assert len(faces) == 1
    assert faces[0].expression is not None
    assert faces[0].quality > 0.8
    assert sum(faces[0].expression.scores) == pytest.approx(1)


def test_a_grey_picture_gives_the_same_faces(photos: Photos) -> None:
    grey = portrait()
    assert photos.analyse(grey) == photos.analyse(np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8))


def test_faces_come_largest_first_in_pixels_of_the_photo(photos: Photos) -> None:
    scene = wall(width=1000, height=700)
    scene = hung(hung(scene, portrait(), 40, 100, 300), portrait("grace_hopper.jpg"), 450, 80, 450)
    large = np.asarray(cv2.resize(scene, None, fx=3, fy=3), np.uint8)  # scanned reduced
    for picture, factor in ((scene, 1), (large, 3)):
        _, boxes = photos.find(picture)
        assert len(boxes) == 2
        assert boxes[0].area > boxes[1].area
        assert 450 * factor < boxes[0].centre[0] < 900 * factor
        assert 40 * factor < boxes[1].centre[0] < 340 * factor


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("tilt", [-25, -20, 20, 25])
def test_a_head_on_one_side_is_one_face_where_it_is(photos: Photos, name: str, tilt: float) -> None:
    scene = hung(wall(), portrait(name), 170, 40, 300)
    _, (upright,) = photos.find(scene)
    turn = cv2.getRotationMatrix2D(upright.centre, tilt, 1.0)
    tilted = cv2.warpAffine(scene, turn, scene.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    _, (found,) = photos.find(np.asarray(tilted, np.uint8))
    assert found.overlap(upright) > 0.6


def test_an_upright_face_keeps_its_box_beside_a_tilted_one(photos: Photos) -> None:
    scene = wall(width=1000, height=500)
    _, (alone,) = photos.find(hung(scene, portrait(), 40, 40, 300))
    turn = cv2.getRotationMatrix2D((750.0, 200.0), 25, 1.0)
    other = hung(scene, portrait(), 600, 40, 300)
    tilted = np.asarray(cv2.warpAffine(other, turn, (1000, 500), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    _, boxes = photos.find(hung(tilted, portrait(), 40, 40, 300))
    assert len(boxes) == 2
    assert alone in boxes


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("factor", [1, 3])
def test_a_face_that_fills_the_picture_is_found(photos: Photos, name: str, factor: int) -> None:
    scene = hung(wall(), portrait(name), 170, 40, 300)
    _, (face,) = photos.find(scene)
    close = cv2.resize(face.grown(-0.08).cut(scene), None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    _, (found,) = photos.find(np.ascontiguousarray(close, np.uint8))
    assert found.area > 0.6 * close.size
    assert found == found.clipped(close.shape[1], close.shape[0])


def darkened(grey: Image, share: float) -> Image:
    """The picture in a share of its light, with a sensor's noise."""
    noise = np.random.default_rng(1).normal(0, 1.5, grey.shape)
    return np.clip(grey * share + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("share", [0.3, 0.1, 0.06])
def test_a_face_in_little_light_is_found_and_read_as_in_full_light(photos: Photos, name: str, share: float) -> None:
    scene = hung(wall(), portrait(name), 170, 40, 300)
    (bright,) = photos.analyse(scene)
    (dark,) = photos.analyse(darkened(scene, share))
    assert dark.box.overlap(bright.box) > 0.6
    assert bright.expression is not None
    assert dark.expression is not None
    assert dark.expression.label == bright.expression.label


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_walls_and_clutter_have_no_faces(photos: Photos, share: float) -> None:
    for scene in (wall(), texture(1), texture(2), texture(3)):
        assert photos.analyse(darkened(scene, share) if share < 1.0 else scene) == ()


def test_a_tiny_picture_has_no_faces(photos: Photos) -> None:
    assert photos.analyse(np.zeros((1, 1, 3), np.uint8)) == ()


def test_labelled_photos_are_right_in_nine_of_ten_and_empty_where_nobody_is(photos: Photos, shared: Path) -> None:
    media = shared / "media"
    with (media / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].startswith("photos/")]
    said = {row["file"]: photos.analyse(read_picture(media / row["file"])) for row in rows}
    assert all(not said[row["file"]] for row in rows if row["label"] == "none")
    labelled = [row for row in rows if row["label"] in LABELS]
    faces = {row["file"]: said[row["file"]] for row in labelled}
    assert all(faces.values())
    right = [
        row["file"]
        for row in labelled
        if (largest := faces[row["file"]][0].expression) is not None and largest.label == row["label"]
    ]
    assert len(right) >= 9
