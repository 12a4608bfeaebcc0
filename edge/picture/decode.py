"""Bytes as pixels: within limits, upright, and without what a picture can carry besides."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from edge.picture.bare import bare
from edge.picture.errors import USE, PictureError
from edge.picture.exif import orientation, upright
from edge.picture.headers import comes_in_rows, is_truncated, picture_size
from edge.records import Face, Image

#: More than any camera a photo for this device comes from; 50 megapixels are 150 MB of colour.
MAX_PIXELS = 50_000_000
#: Of a picture's longer side: faces are looked for in no more (`vision.photo`).
ENOUGH_PIXELS = 1280
#: The most of a picture that a decoder has to hold whole to make it smaller: a PNG, a WebP, a progressive JPEG (twice).
MAX_WHOLE_PIXELS = 16_000_000
#: A file beyond this is not read into memory.
MAX_BYTES = 64 * 2**20
#: How the files are called that are read.
SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".jpe", ".png", ".webp", ".bmp"})
#: Divisors of a picture's sides that OpenCV decodes to; a JPEG's never are larger in memory.
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


@dataclass(frozen=True, slots=True)
class Reduced:
    """A picture decoded at one `divisor`-th of its sides; `width` and `height` are the whole one's, upright."""

    image: Image
    divisor: int
    width: int
    height: int

    def placed(self, faces: Iterable[Face]) -> tuple[Face, ...]:
        """The faces found in `image`, with their boxes in pixels of the whole picture."""
        return tuple(replace(face, box=face.box.scaled(self.divisor)) for face in faces)


def read_picture(path: Path) -> Image:
    """The picture in a file, as `decode_reduced` gives it. Raises PictureError too where the file cannot be read."""
    return decode_reduced(read_bytes(path)).image


def read_bytes(path: Path) -> bytes:
    """What is in a file. Raises PictureError where it cannot be read, or holds more than any picture."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureError(f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise PictureError(f"the file is larger than {MAX_BYTES >> 20} MiB: not a picture, or make it smaller")
    return data


def decode_reduced(data: bytes, enough: int = ENOUGH_PIXELS) -> Reduced:
    """A picture as BGR, uint8 (height, width, 3), turned upright as its EXIF says; of an animation the first frame. It
    is decoded at 1/2, 1/4 or 1/8 of its sides where the longer one still has `enough` pixels then.

    A JPEG of 49 megapixels takes 9 MB this way, where whole it takes 147. What cannot be decoded a few rows at a time
    would take all of that first, so of it only MAX_WHOLE_PIXELS are taken. Raises PictureError: empty, of another type,
    damaged or truncated, or too large, which its header tells before anything is decoded.
    """
    width, height = picture_size(data)
    try:
        if is_truncated(data):
            raise PictureError(f"the picture is truncated (its {len(data)} bytes lack the end): copy it again")
        alone, note = bare(data), orientation(data)
    except struct.error:
        raise PictureError(f"the picture is truncated within its header ({len(data)} bytes): copy it again") from None
    if alone is not data:
        width, height = picture_size(alone)
    if width <= 0 or height <= 0:
        raise PictureError(f"the picture's header says {width}×{height} pixels: it is damaged")
    size = f"the picture is {width}×{height}, {width * height / 1e6:.0f} megapixels"
    if width * height > MAX_PIXELS:
        raise PictureError(f"{size}; at most {MAX_PIXELS / 1e6:g} are taken: make it smaller")
    if width * height > MAX_WHOLE_PIXELS and not comes_in_rows(alone):
        raise PictureError(
            f"{size}, of a kind that is decoded whole; at most {MAX_WHOLE_PIXELS / 1e6:g} are taken: make it smaller, "
            "or a JPEG that is not progressive"
        )
    divisor = max((each for each in _REDUCED if max(width, height) >= each * enough), default=1)
    try:
        flags = _REDUCED[divisor] | cv2.IMREAD_IGNORE_ORIENTATION
        picture = cv2.imdecode(np.frombuffer(alone, np.uint8), flags)
    except cv2.error as error:
        raise PictureError(f"the picture cannot be decoded ({' '.join(error.err.split())}): {USE}") from error
    except MemoryError:
        raise PictureError("the picture takes more memory than there is for it: make it smaller") from None
    if picture is None:
        raise PictureError(f"the picture is damaged and cannot be decoded: {USE}")
    image = upright(np.asarray(picture, np.uint8), note)
    return Reduced(image, divisor, *((height, width) if note >= 5 else (width, height)))
