"""Decodes pictures from outside in a process of its own, `python -m edge.picture.decoder DESCRIPTOR`."""

import socket
import struct
import sys

import cv2
import numpy as np

from edge.errors import PictureError
from edge.picture.decode import ENOUGH_PIXELS, MAX_PIXELS, Reduced, decode_reduced
from edge.picture.sandbox import Sandbox
from edge.picture.zygote import serve

#: divisor, width and height of the picture, height and width of its pixels, which follow as BGR
_HEAD = struct.Struct("<IIIII")
_LONGEST = 2 * ENOUGH_PIXELS  # side of what `decode_reduced` gives, except for strips
_MOST_BYTES = _HEAD.size + 3 * _LONGEST**2


class Decoder(Sandbox):
    """`decode_reduced` in a process of its own."""

    def __init__(self) -> None:
        super().__init__("edge.picture.decoder")

    def __call__(self, data: bytes) -> Reduced:
        """Raises PictureError, also where the decoder crashed, hung or wanted too much memory."""
        return unpack(self.ask(data, _MOST_BYTES))


def pack(data: bytes) -> bytes:
    """The picture in `data` as the process sends it. Raises PictureError."""
    found = decode_reduced(data)
    height, width = found.image.shape[:2]
    return _HEAD.pack(found.divisor, found.width, found.height, height, width) + found.image.tobytes()


def unpack(answer: bytes) -> Reduced:
    """The picture in an answer. A hostile picture may have taken the process over, so everything is checked."""
    try:
        divisor, whole_width, whole_height, height, width = _HEAD.unpack_from(answer)
        image = np.frombuffer(answer, np.uint8, offset=_HEAD.size).reshape(height, width, 3)
    except (struct.error, ValueError):
        raise PictureError("the picture could not be read: what came of it is no picture") from None
    if not (divisor in (1, 2, 4, 8) and width and height and 0 < whole_width * whole_height <= MAX_PIXELS):
        raise PictureError("the picture could not be read: what came of it is no picture")
    return Reduced(image, divisor, whole_width, whole_height)


if __name__ == "__main__":
    cv2.setNumThreads(1)  # a fork has none of its parent's threads
    serve(socket.socket(fileno=int(sys.argv[1])), pack)
