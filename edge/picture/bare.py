"""A picture without what it can carry besides: of an animation the first frame, of a PNG only what makes its pixels.

OpenCV 4.11 and later decode animations, at the cost of all of their frames, and 4.11 and 4.12 crash on a damaged one.
"""

import struct

from edge.picture.errors import PictureError
from edge.picture.headers import png_chunks, webp_chunks

#: PNG (ISO 15948): header, palette, transparency, pixels, end.
_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_FRAME_HEADER = 16  # bytes of an ANMF chunk before its picture: place, size, duration, flags (RFC 9649)


def bare(data: bytes) -> bytes:
    """The same picture, alone. Raises PictureError, or struct.error where the file ends too early."""
    if data.startswith(b"\x89PNG"):
        return data[:8] + b"".join(chunk for kind, chunk in png_chunks(data) if kind in _PIXELS)
    if data.startswith(b"RIFF"):
        for kind, content in webp_chunks(data):
            if kind == b"ANMF":
                return _still(content)
    return data


def _still(frame: bytes) -> bytes:
    for kind, content in webp_chunks(frame, _FRAME_HEADER):
        if kind in (b"VP8 ", b"VP8L"):
            picture = kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)
            return b"RIFF" + struct.pack("<I", 4 + len(picture)) + b"WEBP" + picture
    raise PictureError("the picture is a damaged animation without a frame: save it again")
