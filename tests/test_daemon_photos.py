"""Photos sent to the page: large ones are decoded small, and their faces told of in their own pixels."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.daemon.website import PhotoDesk
from edge.picture import ENOUGH_PIXELS, PictureError, decode_reduced
from edge.records import Image
from edge.vision.model import load_model


def jpeg(picture: Image, orientation: int = 1) -> bytes:
    """The picture as a JPEG whose EXIF says how to turn it."""
    _, data = cv2.imencode(".jpg", picture)
    plain = data.tobytes()
    exif = b"Exif\x00\x00" + b"MM\x00*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    return plain[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + plain[2:]


@pytest.fixture(scope="module")
def portrait(root: Path) -> Image:
    return np.asarray(cv2.imread(str(root / "edge/demo/eileen_collins.png")), np.uint8)


@pytest.fixture
def desk(model_path: Path) -> PhotoDesk:
    return PhotoDesk(lambda: load_model(model_path))


@pytest.mark.parametrize(("side", "divisor"), [(1279, 1), (2559, 1), (2560, 2), (5119, 2), (5120, 4), (10240, 8)])
def test_a_picture_is_decoded_no_larger_than_needed_and_never_smaller(side: int, divisor: int) -> None:
    reduced = decode_reduced(jpeg(np.zeros((100, side, 3), np.uint8)))
    assert reduced.divisor == divisor
    assert reduced.image.shape[1] == -(-side // divisor)
    assert (reduced.width, reduced.height) == (side, 100)


def test_a_picture_on_its_side_is_measured_as_it_is_seen() -> None:
    reduced = decode_reduced(jpeg(np.zeros((100, 2600, 3), np.uint8), orientation=6))
    assert (reduced.width, reduced.height) == (100, 2600)
    assert reduced.image.shape[:2] == (1300, 50)


@pytest.mark.parametrize("data", [b"", b"no picture", jpeg(np.zeros((2600, 2600, 3), np.uint8))[:-200]])
def test_what_cannot_be_used_is_refused_as_ever(data: bytes) -> None:
    with pytest.raises(PictureError):
        decode_reduced(data)


def test_a_large_photo_s_faces_lie_where_a_small_one_s_do_in_its_own_pixels(desk: PhotoDesk, portrait: Image) -> None:
    height, width = portrait.shape[:2]
    factor = -(-2 * ENOUGH_PIXELS // max(height, width))  # large enough to be halved
    large = np.asarray(cv2.resize(portrait, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)
    small_photo, large_photo = desk(jpeg(portrait)), desk(jpeg(large))
    assert (large_photo.width, large_photo.height) == (width * factor, height * factor)
    (small,), (big,) = small_photo.faces, large_photo.faces
    assert big.box.overlap(small.box.scaled(factor)) > 0.7
    assert big.expression is not None
    assert small.expression is not None
    assert big.expression.label == small.expression.label
