"""The orientation in a JPEG, PNG or WebP (EXIF 2.32, tag 0x0112), which OpenCV reads in some formats only."""

import struct

import numpy as np

from edge.picture.headers import SOS, jpeg_segments, png_chunks, webp_chunks
from edge.records import Image

_ORIENTATION = 0x0112
_MOST_ENTRIES = 1000
_MARK = b"Exif\x00\x00"


def orientation(data: bytes) -> int:
    """1 (upright) to 8; 1 where there is none that can be read."""
    try:
        return _read_orientation(_find_tiff(data))
    except struct.error:
        return 1


def upright(image: Image, note: int) -> Image:
    """`image` turned and mirrored as the orientation `note` (1 to 8) says."""
    if note >= 5:
        image = image.transpose(1, 0, *range(2, image.ndim))
    if note in (2, 3, 6, 7):
        image = image[:, ::-1]
    if note in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def _find_tiff(data: bytes) -> bytes:
    """The EXIF data, a TIFF block; empty where there is none."""
    if data.startswith(b"\xff\xd8"):
        for code, at in jpeg_segments(data):
            if code == SOS:
                break
            if code == 0xE1 and data.startswith(_MARK, at + 4):
                return data[at + 4 + len(_MARK) : at + 2 + struct.unpack_from(">H", data, at + 2)[0]]
    elif data.startswith(b"\x89PNG"):
        return next((chunk[8:-4] for kind, chunk in png_chunks(data) if kind == b"eXIf"), b"")
    elif data.startswith(b"RIFF"):
        found = next((content for kind, content in webp_chunks(data) if kind == b"EXIF"), b"")
        return found.removeprefix(_MARK)
    return b""


def _read_orientation(block: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return 1
    (at,) = struct.unpack_from(f"{order}I", block, 4)
    (entries,) = struct.unpack_from(f"{order}H", block, at)
    for number in range(min(entries, _MOST_ENTRIES)):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", block, at + 2 + 12 * number)
        if tag == _ORIENTATION and kind == 3:  # SHORT
            return int(value) if 1 <= value <= 8 else 1
    return 1
