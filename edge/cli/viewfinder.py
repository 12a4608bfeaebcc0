"""`check --snapshot`: one picture of the camera with a grid of shares, to find the numbers of `faces.ignore`."""

from contextlib import closing
from pathlib import Path

import cv2
import numpy as np

from edge.camera.opening import open_source
from edge.config import Config
from edge.errors import CameraError
from edge.records import Box, Frame, Image
from edge.vision.faces import FaceFinder

_LINE, _FACE = (255, 255, 255), (0, 200, 255)  # blue, green, red
_MARGIN = 0.25  # of a face's box, for the picture's frame


def take_frame(config: Config, source: str | None) -> tuple[str, Frame]:
    """The camera's name and one frame. Raises CameraError where there is none."""
    with closing(open_source(config.camera, source)) as opened:
        frame = opened.read()
        if frame is None:
            raise CameraError(f"{opened.name}: has no frame")
        return opened.name, frame


def take_snapshot(config: Config, source: str | None, path: Path) -> list[str]:
    """Writes the picture to `path`; returns for each face in it the area of `faces.ignore` that leaves it out. Raises
    CameraError where there is no picture, or `path` cannot be written."""
    _, frame = take_frame(config, source)
    faces = FaceFinder(config.faces).scan(frame.grey())
    marked = _draw_grid(frame.bgr().copy(), faces)
    try:
        written = cv2.imwrite(str(path), marked)
    except cv2.error:  # the name's ending is no format of pictures
        written = False
    if not written:
        raise CameraError(f"{path}: the picture cannot be written; name a .jpg or .png in a folder that is there")
    return [_describe_area(face, frame.width, frame.height) for face in faces]


def _draw_grid(picture: Image, faces: list[Box]) -> Image:
    height, width = picture.shape[:2]
    for tenth in range(1, 10):
        x, y = round(width * tenth / 10), round(height * tenth / 10)
        cv2.line(picture, (x, 0), (x, height), _LINE, 1)
        cv2.line(picture, (0, y), (width, y), _LINE, 1)
        cv2.putText(picture, f"0.{tenth}", (x + 2, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, _LINE, 1, cv2.LINE_AA)
        cv2.putText(picture, f"0.{tenth}", (2, y - 3), cv2.FONT_HERSHEY_SIMPLEX, 0.4, _LINE, 1, cv2.LINE_AA)
    for face in faces:
        cv2.rectangle(picture, (face.x, face.y), (face.x + face.w, face.y + face.h), _FACE, 2)
    return np.asarray(picture, np.uint8)


def _describe_area(face: Box, width: int, height: int) -> str:
    """Left, top, width and height in shares of the picture, with a margin."""
    box = face.grown(_MARGIN).clipped(width, height)
    return f"[{box.x / width:.2f}, {box.y / height:.2f}, {box.w / width:.2f}, {box.h / height:.2f}]"
