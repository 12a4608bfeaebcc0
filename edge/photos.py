"""Finds and reads the faces in photos from outside, in a process of its own: `python -m edge.photos MODEL DESCRIPTOR`.

It does all of the work and not the decoding alone: the daemon never holds the pixels, nor a second detector and
interpreter, and gets a few numbers, which are quickly checked.
"""

import math
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge.errors import EdgeError, PictureError
from edge.picture.decode import MAX_PIXELS, decode_reduced
from edge.picture.sandbox import Sandbox
from edge.picture.zygote import serve
from edge.records import LABELS, Box, Expression, Face
from edge.vision.model import load_model
from edge.vision.photo import Photos

MOST_FACES = 100  # of one photo; the largest
_SIZE = struct.Struct("<II")  # of the photo: width, height; then each face:
_FACE = struct.Struct(f"<4if{len(LABELS)}f")  # box, quality, scores


@dataclass(frozen=True, slots=True)
class Analysed:
    """The faces of one photo of `width` × `height` pixels, largest first, each with an expression."""

    faces: tuple[Face, ...]
    width: int
    height: int


class PhotoDesk(Sandbox):
    """Reads photos from outside."""

    def __init__(self, model: Path | None) -> None:
        """`model` is a .tflite file with its JSON; None is the one that is shipped."""
        super().__init__("edge.photos", [str(model.absolute()) if model else ""])

    def __call__(self, data: bytes) -> Analysed:
        """Raises PictureError when there is no picture in `data`, EdgeError when the model cannot be used."""
        return unpack(self.ask(data, _SIZE.size + MOST_FACES * _FACE.size))


def pack(photos: Photos, data: bytes) -> bytes:
    """The faces in a photo, as the process sends them. Raises PictureError."""
    picture = decode_reduced(data)
    faces = picture.scale_to_whole(photos.analyse(picture.image))[:MOST_FACES]
    return _SIZE.pack(picture.width, picture.height) + b"".join(
        _FACE.pack(face.box.x, face.box.y, face.box.w, face.box.h, face.quality, *face.expression.scores)
        for face in faces
        if face.expression
    )


def unpack(answer: bytes) -> Analysed:
    """The faces in an answer. A hostile photo may have taken the process over, so everything is checked."""
    try:
        width, height = _SIZE.unpack_from(answer)
        rows = list(_FACE.iter_unpack(answer[_SIZE.size :]))
    except struct.error:
        raise PictureError("the picture could not be read: what came of it is no answer") from None
    if not 0 < width * height <= MAX_PIXELS or len(rows) > MOST_FACES:
        raise PictureError("the picture could not be read: what came of it is no answer")
    faces = []
    for number, (x, y, w, h, quality, *scores) in enumerate(rows, start=1):
        box = Box(x, y, w, h).clipped(width, height)
        if not all(math.isfinite(each) and 0 <= each <= 1 for each in (quality, *scores)) or not box.area:
            raise PictureError("the picture could not be read: what came of it is no answer")
        faces.append(Face(number, box, quality, Expression(tuple(scores))))
    return Analysed(tuple(faces), width, height)


def main(model: str, descriptor: int) -> None:
    control = socket.socket(fileno=descriptor)
    cv2.setNumThreads(1)  # a fork has none of its parent's threads
    try:
        photos = Photos(load_model(Path(model) if model else None, 1))
    except EdgeError as error:
        control.send(str(error).encode()[:1000])
        return
    photos.analyse(np.zeros((64, 64), np.uint8))  # so that forks inherit all that the first use makes
    serve(control, lambda data: pack(photos, data))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
