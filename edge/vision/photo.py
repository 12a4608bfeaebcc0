"""Faces in a single picture: slower and surer than the daemon's scan, for there is no second look."""

import cv2
import numpy as np

from edge.records import Box, Face, Image
from edge.vision.cascade import Cascade
from edge.vision.classifier import Classifier
from edge.vision.faces import (
    CASCADE,
    SAME,
    SECOND_CASCADE,
    SECOND_RANGE,
    WINDOW,
    detect_raw,
    drop_overlapping,
    group_hits,
    reduce,
    search_around,
)
from edge.vision.model import Model
from edge.vision.preprocess import crop
from edge.vision.quality import measure_quality

_MAX_SIDE = 1280  # px; larger pictures are scanned reduced to this
_SMALLEST_SHARE = 0.06  # of the shorter side
_SMALLEST = 30  # px
_NEIGHBOURS = 3  # more raw hits than these must agree on a face
#: Raw hits: most faces have that many, most false hits fewer (docs/tracking.md). The second cascade judges the latter.
_SURE = 8
_NEAR_SIDE = 60  # px; a face's size in the picture in which it is searched for thoroughly


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
        smallest = max(_SMALLEST, round(_SMALLEST_SHARE * shorter))
        hits = self._find_where_likely(small, smallest)
        if not hits:  # some faces are seen by the thorough scan only (docs/tracking.md)
            hits = self._keep_sure(small, self._first.detect_with_counts(small, 1.1, _NEIGHBOURS, smallest, shorter))
        return drop_overlapping([hit.scaled(1 / factor).clipped(grey.shape[1], grey.shape[0]) for hit in hits])

    def _find_where_likely(self, small: Image, smallest: int) -> list[Box]:
        """Searches thoroughly around each hit of the daemon's cheap scan, lone ones too, and nowhere else."""
        factor = min(1.0, WINDOW / smallest)
        raw = detect_raw(self._first, reduce(small, factor, cv2.INTER_AREA), factor, smallest / small.shape[0])
        sure = []
        for place in group_hits(2 * raw, 1):  # twice, so that a lone hit is a group as well
            hits = search_around(self._first, small, place, _NEAR_SIDE, _NEIGHBOURS, SECOND_RANGE)
            near = [(hit, count) for hit, count in hits if hit.w >= smallest and hit.overlap(place) > SAME]
            sure += self._keep_sure(small, near)
        return sure

    def _keep_sure(self, grey: Image, hits: list[tuple[Box, int]]) -> list[Box]:
        """The boxes of those `hits` on which enough raw hits agree, or that the second cascade sees as well."""
        return [hit for hit, count in hits if count >= _SURE or self._is_confirmed(grey, hit)]

    def _is_confirmed(self, grey: Image, box: Box) -> bool:
        found = search_around(self._second, grey, box, _NEAR_SIDE, neighbours=2, size_range=SECOND_RANGE)
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
