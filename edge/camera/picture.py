"""One image file, decoded: empty, huge, cut off and foreign files are told apart before a decoder sees them."""

from pathlib import Path

import cv2
import numpy as np

from edge.errors import CameraError
from edge.records import Image

#: The files of a folder that count as images.
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})
#: A Pi Zero 2 W has 512 MB: decoded, this many pixels take 150 MB.
MAX_PIXELS = 50_000_000
MAX_BYTES = 64 * 2**20

_PNG = b"\x89PNG\r\n\x1a\n"


def read_picture(path: Path) -> Image:
    """The picture as BGR (height, width, 3), turned as its EXIF says. Raises CameraError: one line, with the file."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise CameraError(f"{path}: {size / 2**20:.0f} MiB is more than an image may have ({MAX_BYTES >> 20} MiB)")
        data = path.read_bytes()
    except OSError as error:
        raise CameraError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        return decode_picture(data)
    except CameraError as error:
        raise CameraError(f"{path}: {error}") from None


def decode_picture(data: bytes) -> Image:
    """The same from a file's bytes. Raises CameraError saying what is wrong with them."""
    if not data:
        raise CameraError("the file is empty")
    width, height, whole = _header(data)
    if width * height > MAX_PIXELS:
        raise CameraError(f"{width} × {height} pixels are more than fit in memory ({MAX_PIXELS // 10**6} million)")
    if not whole:
        raise CameraError("the image is cut off; copy it again")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:  # OpenCV's own limits of size
        raise CameraError(f"not an image OpenCV can decode: {error.err}") from error
    if image is None:
        raise CameraError("not an image, or damaged (JPEG, PNG, WebP, BMP, TIFF and PNM are read)")
    return image  # type: ignore[return-value]  # cv2's stub drops the dtype; IMREAD_COLOR is uint8


def _header(data: bytes) -> tuple[int, int, bool]:
    """(width, height, whole) as the header says them; (0, 0, True) of a format whose decoder has to see to it."""
    if data.startswith(_PNG):
        # PNG (ISO 15948) §11.2.2: IHDR comes first; §11.2.5: IEND ends it.
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24]), b"IEND" in data[-1024:]
    if data.startswith(b"\xff\xd8"):
        return _jpeg_header(data)
    if data.startswith(b"BM"):
        width, height = (int.from_bytes(data[a : a + 4], "little", signed=True) for a in (18, 22))
        return abs(width), abs(height), len(data) >= int.from_bytes(data[2:6], "little")
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return 0, 0, len(data) >= int.from_bytes(data[4:8], "little") + 8  # 16383 × 16383 at most: OpenCV refuses it
    return 0, 0, True


def _jpeg_header(data: bytes) -> tuple[int, int, bool]:
    """Walks the segments (ITU T.81 §B.1) to the frame header and the scan; after it, 0xFFD9 is the end only."""
    at, width, height = 2, 0, 0
    while at + 9 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
        if marker == 0xDA:
            return width, height, data.find(b"\xff\xd9", at) > 0
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return width, height, False
