"""What a picture's header tells before anything is decoded: its size, its kind, whether its end is missing.

Layouts: PNG (ISO 15948), JPEG (ITU T.81), BMP's BITMAPINFOHEADER or BITMAPCOREHEADER, WebP (RFC 9649).
"""

import struct
from collections.abc import Iterator
from contextlib import suppress

from edge.errors import PictureError

USE = "use a JPEG, PNG, WebP or BMP picture"
SOS = 0xDA  # start of scan
_MOST_MARKERS = 10_000  # before the first scan; pictures have some dozens, a hostile file may hold millions
_MOST_CHUNKS = 10_000


def picture_size(data: bytes) -> tuple[int, int]:
    """(width, height) in pixels from a picture's header, as stored. Raises PictureError where it is not read."""
    if not data:
        raise PictureError("the file is empty (0 bytes): save the picture again")
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _unpack(">II", data, 16)
        if data.startswith(b"\xff\xd8"):
            return _jpeg_size(data)
        if data.startswith(b"BM"):
            core = _unpack("<HH", data, 14)[0] == 12
            width, height = _unpack("<HH" if core else "<ii", data, 18)
            return width, abs(height)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_size(data)
    except struct.error:
        raise PictureError(f"the picture is truncated within its header ({len(data)} bytes): copy it again") from None
    raise PictureError(f"not a picture that is known here: {USE}")


def _unpack(layout: str, data: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(layout, data, at)
    return int(first), int(second)


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """(code, offset) of every marker up to the first scan (SOS), after which compressed data follows."""
    at, code = 2, 0
    for _ in range(_MOST_MARKERS):
        if code == SOS:
            return
        marker, code = _unpack(">BB", data, at)
        if marker != 0xFF or code in (0x00, 0xD9):
            raise PictureError("the picture is a damaged JPEG: save it again")
        if code == 0xFF:  # fill byte
            at += 1
            continue
        yield code, at
        without_length = code == 0x01 or 0xD0 <= code <= 0xD7
        at += 2 if without_length else 2 + max(2, _unpack(">HH", data, at + 2)[0])
    raise PictureError(f"the picture is a damaged JPEG with more than {_MOST_MARKERS} markers: save it again")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """From the first SOFn: C0–CF without DHT (C4), JPG (C8) and DAC (CC)."""
    for code, at in jpeg_segments(data):
        if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
            height, width = _unpack(">HH", data, at + 5)
            return width, height
    raise PictureError("the picture is a damaged JPEG without a frame: save it again")


def comes_in_rows(data: bytes) -> bool:
    """Whether it is a JPEG of one scan: not progressive (SOF codes C2, C6, CA, CE), and all components in that scan."""
    if not data.startswith(b"\xff\xd8"):
        return False
    components = 0
    with suppress(struct.error):  # truncated; decoding says so
        for code, at in jpeg_segments(data):
            if code == SOS:
                return _unpack(">BB", data, at + 4)[0] == components
            if 0xC0 <= code <= 0xCF and code not in (0xC4, 0xC8, 0xCC):
                if code & 3 == 2:
                    return False
                components = _unpack(">BB", data, at + 9)[0]
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
    width, height = _unpack("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def is_truncated(data: bytes) -> bool:
    """Whether the end is missing, by its marker or the length. Of such a JPEG OpenCV only warns, on stderr."""
    if data.startswith(b"\xff\xd8"):
        # A thumbnail has an end marker too, but before the scan; compressed data never contains one.
        scan = [at for code, at in jpeg_segments(data) if code == SOS]
        return not scan or data.find(b"\xff\xd9", scan[0]) < 0
    if data.startswith(b"\x89PNG"):
        return b"IEND\xaeB`\x82" not in data
    if data.startswith(b"RIFF"):
        return len(data) < int.from_bytes(data[4:8], "little") + 8
    return len(data) < int.from_bytes(data[2:6], "little")  # BMP


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, the chunk with its length and checksum) up to the end of a PNG. Raises PictureError where a chunk claims
    more bytes than the file has, which OpenCV would allocate, or there are more than _MOST_CHUNKS."""
    at = 8
    for _ in range(_MOST_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            raise PictureError(
                f"the picture is truncated (a part of {length} bytes in a file of {len(data)}): copy it again"
            )
        yield kind, data[at : at + 12 + length]
        if kind == b"IEND":
            return
        at += 12 + length
    raise PictureError(f"the picture is a damaged PNG of more than {_MOST_CHUNKS} chunks: save it again")


def webp_chunks(data: bytes, at: int = 12) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of every chunk of a WebP from `at` on."""
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)
