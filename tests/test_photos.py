"""Photos sent to the page: large ones are decoded small, and their faces told of in their own pixels."""

import math
import struct
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import PictureError
from edge.photos import Analysed, PhotoDesk, unpack
from edge.picture.decode import ENOUGH_PIXELS, decode_reduced
from edge.records import Image
from tests.picture.hostile import encoded, with_exif


def jpeg(picture: Image, orientation: int = 1) -> bytes:
    """The picture as a JPEG whose EXIF says how to turn it."""
    return with_exif(encoded(picture, ".jpg"), orientation)


@pytest.fixture(scope="module")
def portrait(root: Path) -> Image:
    return np.asarray(cv2.imread(str(root / "edge/demo/eileen_collins.png")), np.uint8)


@pytest.fixture
def desk(model_path: Path) -> Iterator[PhotoDesk]:
    made = PhotoDesk(model_path)
    yield made
    made.close()


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


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        bytes(8),
        struct.pack("<II", 640, 480) + b"half a face",
        struct.pack("<II", 640, 480) + struct.pack("<4i8f", 10, 10, 50, 50, 0.5, *[0.1] * 6, math.nan),
        struct.pack("<II", 640, 480) + struct.pack("<4i8f", 10, 10, 50, 50, 7.5, *[0.1] * 7),
        struct.pack("<II", 640, 480) + struct.pack("<4i8f", 700, 10, 50, 50, 0.5, *[0.1] * 7),
        struct.pack("<II", 640, 480) + struct.pack("<4i8f", 10, 10, 50, 50, 0.5, *[0.1] * 7) * 101,
    ],
)
def test_an_answer_that_is_none_is_not_believed(answer: bytes) -> None:
    with pytest.raises(PictureError, match="no answer"):
        unpack(answer)


def test_a_photo_without_a_face_is_an_answer() -> None:
    assert unpack(struct.pack("<II", 640, 480)) == Analysed((), 640, 480)
