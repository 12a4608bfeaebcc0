"""Faces in a single picture: slower and surer than the daemon's scan, for nothing can be looked at twice."""

import cv2
import numpy as np

from edge.errors import EdgeError
from edge.records import Box, Face, Image
from edge.vision.cascade import Cascade
from edge.vision.classifier import Classifier
from edge.vision.faces import CASCADE
from edge.vision.model import Model
from edge.vision.preprocess import crop
from edge.vision.quality import look_quality

_MAX_SIDE = 1280  # px; larger pictures are scanned reduced to this


class PhotoError(EdgeError):
    """The bytes are no picture that can be read; the message is one line without the file's name."""


class Photos:
    """Finds and classifies the faces of photos; serves one thread at a time."""

    def __init__(self, model: Model) -> None:
        """Raises ModelError when the cascade is missing."""
        self._classifier = Classifier(model)
        self._cascade = Cascade(CASCADE)

    def find(self, grey: Image) -> list[Box]:
        """The faces in `grey` (uint8, height × width), largest first."""
        factor = min(1.0, _MAX_SIDE / max(grey.shape))
        size = (round(grey.shape[1] * factor), round(grey.shape[0] * factor))
        small = grey if factor == 1.0 else np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
        smallest = max(30, round(0.06 * min(small.shape)))
        hits = self._cascade.detect(small, 1.1, 3, smallest, min(small.shape))
        boxes = [hit.scaled(1 / factor).clipped(grey.shape[1], grey.shape[0]) for hit in hits]
        return sorted(boxes, key=lambda box: box.area, reverse=True)

    def analyse(self, picture: Image) -> tuple[Face, ...]:
        """The faces of a picture (uint8, height × width grey or × 3 BGR), largest first, each classified."""
        grey = picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        faces = []
        for number, box in enumerate(self.find(grey), start=1):
            patch = crop(grey, box, self._classifier.input)
            expression = self._classifier.classify_crop(patch)
            faces.append(Face(number, box, look_quality(patch, box), expression))
        return tuple(faces)


def decode_photo(data: bytes) -> Image:
    """A picture file's bytes as BGR, uint8 (height, width, 3), turned upright as its EXIF says.

    Raises PhotoError: empty, not a picture OpenCV reads, truncated, or of more than 50 megapixels.
    """
    if not data:
        raise PhotoError("the picture is empty (0 bytes)")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise PhotoError(f"the picture cannot be decoded ({error.err})") from error
    if picture is None:
        raise PhotoError("not a picture that can be read: use JPEG, PNG, WebP, BMP or TIFF")
    return np.asarray(picture, np.uint8)
