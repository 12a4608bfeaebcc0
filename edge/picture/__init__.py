"""A picture file as pixels: measured before it is decoded, refused in one line, and decoded where it can do no harm.

What comes from outside goes through `apart`, a process of its own; what is shipped with Moodcast is decoded here.
"""

from edge.picture.decode import (
    ENOUGH_PIXELS,
    MAX_BYTES,
    MAX_PIXELS,
    SUFFIXES,
    Reduced,
    decode_reduced,
    read_bytes,
    read_picture,
)
from edge.picture.errors import PictureError
from edge.picture.headers import picture_size

__all__ = [
    "ENOUGH_PIXELS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "SUFFIXES",
    "PictureError",
    "Reduced",
    "decode_reduced",
    "picture_size",
    "read_bytes",
    "read_picture",
]
