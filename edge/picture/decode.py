"""Decodes pictures: within limits, upright, and without what a file may hold besides."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from edge.errors import PictureError
from edge.picture.exif import orientation, upright
from edge.picture.headers import USE, comes_in_rows, is_truncated, picture_size, png_chunks, webp_chunks
from edge.records import Face, Image

#: More than a photo has; 50 megapixels are 150 MB in colour.
MAX_PIXELS = 50_000_000
#: Of a picture's longer side: `vision.photo` looks for faces in no more.
ENOUGH_PIXELS = 1280
#: Of a picture that is decoded whole before it is reduced: a PNG, a WebP, a progressive JPEG (which takes twice).
MAX_WHOLE_PIXELS = 16_000_000
#: A larger file is not read into memory.
MAX_BYTES = 64 * 2**20
#: Names of picture files end in one of these.
SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".jpe", ".png", ".webp", ".bmp"})
#: PNG (ISO 15948): header, palette, transparency, pixels, end.
_PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_FRAME_HEADER = 16  # bytes of an ANMF chunk before its picture: place, size, duration, flags (RFC 9649)
#: Divisors of a picture's sides that OpenCV decodes to; a JPEG is never larger in memory.
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

    def scale_to_whole(self, faces: Iterable[Face]) -> tuple[Face, ...]:
        """The faces found in `image`, with their boxes in pixels of the whole picture."""
        return tuple(replace(face, box=face.box.scaled(self.divisor)) for face in faces)


def read_picture(path: Path) -> Image:
    """`decode_reduced` of a file. Raises PictureError also where the file cannot be read."""
    return decode_reduced(read_bytes(path)).image


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises PictureError where it cannot be read, or is larger than MAX_BYTES."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureError(f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise PictureError(f"the file is larger than {MAX_BYTES >> 20} MiB: not a picture, or make it smaller")
    return data


def decode_reduced(data: bytes) -> Reduced:
    """A picture as BGR, uint8 (height, width, 3), turned upright as its EXIF says; of an animation the first frame. It
    is decoded at 1/2, 1/4 or 1/8 of its sides where the longer one keeps ENOUGH_PIXELS.

    A JPEG of 49 megapixels takes 9 MB this way; decoded whole it takes 147. Of what cannot be decoded row by row,
    MAX_WHOLE_PIXELS are taken. Raises PictureError: empty, of another type, damaged, truncated, or (by its header) too
    large.
    """
    width, height = picture_size(data)
    try:
        if is_truncated(data):
            raise PictureError(f"the picture is truncated (its {len(data)} bytes lack the end): copy it again")
        alone, note = _strip(data), orientation(data)
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
    divisor = max((each for each in _REDUCED if max(width, height) >= each * ENOUGH_PIXELS), default=1)
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


def _strip(data: bytes) -> bytes:
    """Of an animation the first frame, of a PNG only what makes its pixels: OpenCV 4.11 and later decode all frames,
    and 4.11 and 4.12 crash on a damaged one. Raises PictureError, or struct.error where the file ends too early."""
    if data.startswith(b"\x89PNG"):
        return data[:8] + b"".join(chunk for kind, chunk in png_chunks(data) if kind in _PIXEL_CHUNKS)
    if data.startswith(b"RIFF"):
        for kind, content in webp_chunks(data):
            if kind == b"ANMF":
                return _webp_of_frame(content)
    return data


def _webp_of_frame(frame: bytes) -> bytes:
    for kind, content in webp_chunks(frame, _FRAME_HEADER):
        if kind in (b"VP8 ", b"VP8L"):
            picture = kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)
            return b"RIFF" + struct.pack("<I", 4 + len(picture)) + b"WEBP" + picture
    raise PictureError("the picture is a damaged animation without a frame: save it again")
