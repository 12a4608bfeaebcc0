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
    TILT,
    WINDOW,
    detect_raw,
    drop_overlapping,
    group_hits,
    reduce,
    rotate,
    rotate_back,
    search_around,
)
from edge.vision.light import brighten, measure_gain, quieten
from edge.vision.model import Model
from edge.vision.motion import coarse_cells
from edge.vision.preprocess import crop
from edge.vision.quality import measure_quality

_MAX_SIDE = 1280  # px; larger pictures are scanned reduced to this
_SMALLEST_SHARE = 0.06  # of the shorter side
_SMALLEST = 30  # px
_NEIGHBOURS = 3  # more raw hits than these must agree on a face
#: Raw hits: most faces have that many, most false hits fewer (docs/tracking.md). The second cascade judges the latter.
_SURE = 8
#: Raw hits of the second cascade that confirm a face, and one that is tilted (docs/tracking.md).
_CONFIRMED, _CONFIRMED_TILTED = 3, 4
_FILLS = 0.5  # of the shorter side: a face that fills the picture is that large at least
_FILLING_SIDE = 160  # px of the shorter side of the picture in which it is searched for
_RIM = 0.25  # of the longer side: how far the border is repeated then
_NEAR_SIDE = 60  # px; a face's size in the picture in which it is searched for thoroughly


class Photos:
    """Finds and classifies the faces of photos; serves one thread at a time."""

    def __init__(self, model: Model) -> None:
        """Raises ModelError when the cascade is missing."""
        self._classifier = Classifier(model)
        self._first, self._second = Cascade(CASCADE), Cascade(SECOND_CASCADE)

    def find(self, grey: Image) -> tuple[Image, list[Box]]:
        """`grey` (uint8, height × width) as the model is to see it, brightened where it has little light; and the faces
        in it, largest first: tilted heads from twice the smallest size on."""
        gain = measure_gain(coarse_cells(grey))
        lit = brighten(grey, gain)
        quiet = quieten(lit, gain)
        return lit, self._find_boxes(quiet) or self._find_filling(quiet)

    def _find_filling(self, grey: Image) -> list[Box]:
        """Faces that fill the picture: the cascades want something around a face, so its border is repeated."""
        height, width = grey.shape
        factor = min(1.0, _FILLING_SIDE / min(grey.shape))
        small = reduce(grey, factor, cv2.INTER_AREA)
        rim = round(_RIM * max(small.shape))
        wide = np.asarray(cv2.copyMakeBorder(small, rim, rim, rim, rim, cv2.BORDER_REPLICATE), np.uint8)
        found = [box for box in self._find_boxes(wide) if box.w >= _FILLS * min(small.shape)]
        return [box.moved(-rim, -rim).scaled(1 / factor).clipped(width, height) for box in found]

    def _find_boxes(self, grey: Image) -> list[Box]:
        factor = min(1.0, _MAX_SIDE / max(grey.shape))
        small = reduce(grey, factor, cv2.INTER_AREA)
        shorter = min(small.shape)
        smallest = max(_SMALLEST, round(_SMALLEST_SHARE * shorter))
        hits = self._find_where_likely(small, smallest)
        if not hits:  # some faces are seen by the thorough scan only (docs/tracking.md)
            thorough = self._first.detect_with_counts(small, 1.1, _NEIGHBOURS, smallest, shorter)
            hits = [hit for hit, count in thorough if self._is_face(small, hit, count)]
        tilted = [hit for tilt in (-TILT, TILT) for hit in self._find_where_likely(small, 2 * smallest, tilt)]
        found = drop_overlapping(tilted, sure=drop_overlapping(hits))
        return [hit.scaled(1 / factor).clipped(grey.shape[1], grey.shape[0]) for hit in found]

    def _find_where_likely(self, small: Image, smallest: int, tilt: float = 0.0) -> list[Box]:
        """Searches thoroughly around each hit of the daemon's cheap scan, lone ones too, and nowhere else; in a picture
        turned by `tilt` degrees, in which a tilted head is upright."""
        factor = min(1.0, WINDOW / smallest)
        reduced = reduce(small, factor, cv2.INTER_AREA)
        turned = rotate(reduced, (reduced.shape[1] / 2, reduced.shape[0] / 2), tilt)
        raw = detect_raw(self._first, turned, factor, smallest / small.shape[0])
        middle = (small.shape[1] / 2, small.shape[0] / 2)
        sure = []
        for place in group_hits(2 * raw, 1):  # twice, so that a lone hit is a group as well
            near = rotate_back(place, middle, tilt)
            for hit, count in search_around(self._first, small, near, _NEAR_SIDE, _NEIGHBOURS, SECOND_RANGE, tilt):
                if hit.w >= smallest and hit.overlap(near) > SAME and self._is_face(small, hit, count, tilt):
                    sure.append(hit)
        return sure

    def _is_face(self, grey: Image, hit: Box, count: int, tilt: float = 0.0) -> bool:
        """Whether enough raw hits agree, or the second cascade sees it as well; a tilted head needs both."""
        if not tilt:
            return count >= _SURE or self._second_sees(grey, hit, _CONFIRMED)
        return count >= _SURE and self._second_sees(grey, hit, _CONFIRMED_TILTED, tilt)

    def _second_sees(self, grey: Image, hit: Box, least: int, tilt: float = 0.0) -> bool:
        found = search_around(self._second, grey, hit, _NEAR_SIDE, least - 1, SECOND_RANGE, tilt)
        return any(box.overlap(hit) > SAME for box, _ in found)

    def analyse(self, picture: Image) -> tuple[Face, ...]:
        """The faces of a picture (uint8, height × width grey or × 3 BGR), largest first, each classified."""
        grey = picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        lit, boxes = self.find(np.ascontiguousarray(grey))
        faces = []
        for number, box in enumerate(boxes, start=1):
            patch = crop(lit, box, self._classifier.input)
            expression = self._classifier.classify_crop(patch)
            faces.append(Face(number, box, measure_quality(patch, box), expression))
        return tuple(faces)
