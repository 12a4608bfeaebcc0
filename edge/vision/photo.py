"""Faces in a single picture: slower and surer than the daemon's scan, for there is no second look."""

import cv2
import numpy as np

from edge.records import Box, Face, Image
from edge.vision.cascade import Cascade
from edge.vision.classifier import Classifier
from edge.vision.faces import CASCADE, SAME, SECOND_CASCADE, SECOND_RANGE, drop_overlapping, reduce, search_around
from edge.vision.model import Model
from edge.vision.preprocess import crop
from edge.vision.quality import measure_quality

_MAX_SIDE = 1280  # px; larger pictures are scanned reduced to this
_SMALLEST_SHARE = 0.06  # of the shorter side
_SMALLEST = 30  # px
#: Raw hits: most faces have that many, most false hits fewer (docs/tracking.md). The second cascade judges the latter.
_SURE = 8
_SECOND_SIDE = 60  # px; their size in the picture it gets


class Photos:
    """Finds and classifies the faces of photos; serves one thread at a time."""

    def __init__(self, model: Model) -> None:
        """Raises ModelError when the cascade is missing."""
        self._classifier = Classifier(model)
        self._first, self._second = Cascade(CASCADE), Cascade(SECOND_CASCADE)

    def find(self, grey: Image) -> list[Box]:
        """The faces in `grey` (uint8, height × width), largest first."""
        factor = min(1.0, _MAX_SIDE / max(grey.shape))
        small = reduce(grey, factor, cv2.INTER_AREA)
        shorter = min(small.shape)
        hits = self._first.detect_with_counts(small, 1.1, 3, max(_SMALLEST, round(_SMALLEST_SHARE * shorter)), shorter)
        sure = [hit for hit, count in hits if count >= _SURE or self._is_confirmed(small, hit)]
        return drop_overlapping([hit.scaled(1 / factor).clipped(grey.shape[1], grey.shape[0]) for hit in sure])

    def _is_confirmed(self, grey: Image, box: Box) -> bool:
        found = search_around(self._second, grey, box, _SECOND_SIDE, neighbours=2, size_range=SECOND_RANGE)
        return any(hit.overlap(box) > SAME for hit, _ in found)

    def analyse(self, picture: Image) -> tuple[Face, ...]:
        """The faces of a picture (uint8, height × width grey or × 3 BGR), largest first, each classified."""
        grey = picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        faces = []
        for number, box in enumerate(self.find(grey), start=1):
            patch = crop(grey, box, self._classifier.input)
            expression = self._classifier.classify_crop(patch)
            faces.append(Face(number, box, measure_quality(patch, box), expression))
        return tuple(faces)
