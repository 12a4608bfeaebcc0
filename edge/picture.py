"""A picture file as pixels, safely: measured before it is decoded, and refused in one line."""

import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from edge.errors import EdgeError
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
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
_USE = "use a JPEG, PNG, WebP or BMP picture"
#: Divisors of a picture's sides that OpenCV decodes to; a JPEG's never are larger in memory.
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_SOS = 0xDA  # start of scan
_MOST_MARKERS = 10_000  # before the first scan; pictures have some dozens, and a file of nothing else holds millions


class PictureError(EdgeError):
    """The bytes are no picture that can be used; one line, without the file's name (the caller knows it)."""


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
    """The picture in a file, as `read_reduced` decodes it."""
    return read_reduced(path).image


def read_reduced(path: Path) -> Reduced:
    """The picture in a file, as `decode_reduced` gives it. Raises PictureError too where the file cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureError(f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise PictureError(f"the file is larger than {MAX_BYTES >> 20} MiB: not a picture, or make it smaller")
    return decode_reduced(data)


def decode_reduced(data: bytes, enough: int = ENOUGH_PIXELS) -> Reduced:
    """As `decode_picture`, at 1/2, 1/4 or 1/8 of its sides where the longer one still has `enough` pixels then.

    A JPEG of 49 megapixels takes 9 MB this way, where whole it takes 147. What cannot be decoded a few rows at a time
    would take all of that first, so of it only MAX_WHOLE_PIXELS are taken. Raises PictureError.
    """
    width, height = picture_size(data)
    if width * height > MAX_WHOLE_PIXELS and not _comes_in_rows(data):
        raise PictureError(
            f"the picture is {width}×{height}, {width * height / 1e6:.0f} megapixels, of a kind that is decoded whole; "
            f"at most {MAX_WHOLE_PIXELS / 1e6:g} are taken: make it smaller, or a JPEG that is not progressive"
        )
    divisor = max((each for each in _REDUCED if max(width, height) >= each * enough), default=1)
    image = decode_picture(data, divisor=divisor)
    if (width > height) != (image.shape[1] > image.shape[0]):
        width, height = height, width  # turned upright by its EXIF
    return Reduced(image, divisor, width, height)


def decode_picture(data: bytes, max_pixels: int = MAX_PIXELS, divisor: int = 1) -> Image:
    """A picture as BGR, uint8 (height, width, 3), turned upright as its EXIF says; `divisor` (1, 2, 4, 8) of its sides.

    Raises PictureError: empty, of another type, damaged or truncated, or of more than `max_pixels`, which its header
    tells before anything is decoded.
    """
    width, height = picture_size(data)
    if width <= 0 or height <= 0:
        raise PictureError(f"the picture's header says {width}×{height} pixels: it is damaged")
    if width * height > max_pixels:
        raise PictureError(
            f"the picture is {width}×{height}, {width * height / 1e6:.0f} megapixels; "
            f"at most {max_pixels / 1e6:g} are taken: make it smaller"
        )
    try:
        if _is_truncated(data):
            raise PictureError(f"the picture is truncated (its {len(data)} bytes lack the end): copy it again")
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), _REDUCED[divisor])
    except struct.error:
        raise PictureError(f"the picture is truncated within its header ({len(data)} bytes): copy it again") from None
    except cv2.error as error:
        raise PictureError(f"the picture cannot be decoded ({error.err}): {_USE}") from error
    if picture is None:
        raise PictureError(f"the picture is damaged and cannot be decoded: {_USE}")
    return np.asarray(picture, np.uint8)


def picture_size(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels from a picture's header, before any EXIF turn. Raises PictureError where none is read.

    The layouts are those of the formats' specifications: PNG (ISO 15948) IHDR, JPEG (ITU T.81) SOFn,
    BMP's BITMAPINFOHEADER or BITMAPCOREHEADER, and RFC 9649 for WebP.
    """
    if not data:
        raise PictureError("the file is empty (0 bytes): save the picture again")
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _unpacked(">II", data, 16)
        if data.startswith(b"\xff\xd8"):
            return _jpeg_size(data)
        if data.startswith(b"BM"):
            core = _unpacked("<HH", data, 14)[0] == 12
            width, height = _unpacked("<HH" if core else "<ii", data, 18)
            return width, abs(height)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
    except struct.error:
        raise PictureError(f"the picture is truncated within its header ({len(data)} bytes): copy it again") from None
    raise PictureError(f"not a picture that is known here: {_USE}")


def _unpacked(layout: str, data: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(layout, data, at)
    return int(first), int(second)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """(code, offset) of every marker up to the first scan (SOS), after which compressed data follows."""
    at, code = 2, 0
    for _ in range(_MOST_MARKERS):
        if code == _SOS:
            return
        marker, code = _unpacked(">BB", data, at)
        if marker != 0xFF or code in (0x00, 0xD9):
            raise PictureError("the picture is a damaged JPEG: save it again")
        if code == 0xFF:  # fill byte
            at += 1
            continue
        yield code, at
        bare = code == 0x01 or 0xD0 <= code <= 0xD7  # markers without a length
        at += 2 if bare else 2 + max(2, _unpacked(">HH", data, at + 2)[0])
    raise PictureError(f"the picture is a damaged JPEG with more than {_MOST_MARKERS} markers: save it again")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """From the first SOFn: C0–CF but for DHT (C4), JPG (C8) and DAC (CC)."""
    for code, at in _jpeg_segments(data):
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            height, width = _unpacked(">HH", data, at + 5)
            return width, height
    raise PictureError("the picture is a damaged JPEG without a frame: save it again")


def _comes_in_rows(data: bytes) -> bool:
    """Whether it is a JPEG of a single scan: not progressive (SOF codes C2, C6, CA, CE), all components in one."""
    if not data.startswith(b"\xff\xd8"):
        return False
    components = 0
    with suppress(struct.error):  # truncated; decoding says so
        for code, at in _jpeg_segments(data):
            if code == _SOS:
                return _unpacked(">BB", data, at + 4)[0] == components
            if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
                if code & 3 == 2:
                    return False
                components = _unpacked(">BB", data, at + 9)[0]
    return True


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        low, high = struct.unpack_from("<IH", data, 24)
        packed = low | high << 32
        return (packed & 0xFFFFFF) + 1, (packed >> 24 & 0xFFFFFF) + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = _unpacked("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _is_truncated(data: bytes) -> bool:
    """Whether the format's own end is missing. OpenCV decodes what there is of a JPEG and says so on stderr only."""
    if data.startswith(b"\xff\xd8"):
        # A thumbnail has an end too, but before the scan; compressed data cannot contain the end by chance.
        scan = [at for code, at in _jpeg_segments(data) if code == _SOS]
        return not scan or data.find(b"\xff\xd9", scan[0]) < 0
    if data.startswith(b"\x89PNG"):
        return b"IEND\xaeB`\x82" not in data
    if data.startswith(b"RIFF"):
        return len(data) < int.from_bytes(data[4:8], "little") + 8
    return len(data) < int.from_bytes(data[2:6], "little")  # BMP
