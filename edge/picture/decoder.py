"""Pictures from outside as pixels, decoded in a process of their own: `python -m edge.picture` is its inside."""

import struct

import numpy as np

from edge.picture.apart import Apart
from edge.picture.decode import ENOUGH_PIXELS, MAX_PIXELS, Reduced, decode_reduced
from edge.picture.errors import PictureError

#: divisor, width and height of the picture, height and width of its pixels, which follow as BGR
_HEAD = struct.Struct("<IIIII")
_LONGEST = 2 * ENOUGH_PIXELS  # of what `decode_reduced` gives, but for strips
_MOST_BYTES = _HEAD.size + 3 * _LONGEST**2


class Decoder:
    """As `decode_reduced`. Any thread may ask; close it in the end."""

    def __init__(self) -> None:
        self._apart = Apart("edge.picture")

    def __call__(self, data: bytes) -> Reduced:
        """Raises PictureError, also where the decoder crashed, hung or wanted too much memory."""
        return unpacked(self._apart.ask(data, _MOST_BYTES))

    def close(self) -> None:
        self._apart.close()


def packed(data: bytes) -> bytes:
    """The picture in `data` as the process sends it. Raises PictureError."""
    found = decode_reduced(data)
    height, width = found.image.shape[:2]
    return _HEAD.pack(found.divisor, found.width, found.height, height, width) + found.image.tobytes()


def unpacked(answer: bytes) -> Reduced:
    """The answer of the process, which may have been taken over by a picture: nothing of it is believed unchecked."""
    try:
        divisor, whole_width, whole_height, height, width = _HEAD.unpack_from(answer)
        image = np.frombuffer(answer, np.uint8, offset=_HEAD.size).reshape(height, width, 3)
    except (struct.error, ValueError):
        raise PictureError("the picture could not be read: what came of it is no picture") from None
    if not (divisor in (1, 2, 4, 8) and width and height and 0 < whole_width * whole_height <= MAX_PIXELS):
        raise PictureError("the picture could not be read: what came of it is no picture")
    return Reduced(image, divisor, whole_width, whole_height)
