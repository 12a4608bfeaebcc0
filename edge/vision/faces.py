"""Where faces are in a grey frame: Haar, at the lowest resolution at which it still works."""

import cv2

from edge.config import FacesConfig
from edge.records import Box, Image
from edge.vision.cascade import Cascade

#: Finds and follows. Against haarcascade_frontalface_default near a known face: the same recall at three quarters of
#: the cost (docs/tracking.md).
CASCADE = "haarcascade_frontalface_alt2.xml"
#: Gives the second opinion: trained apart from the first, it rarely errs on the same wall (docs/tracking.md).
SECOND_CASCADE = "haarcascade_frontalface_alt.xml"
SAME = 0.3  # overlap from which two boxes are the same face
INSIDE = 0.5  # share of a box from which it is a part of the larger one

#: The cascades' window is 20 px: smaller faces cannot be found. Up to twice the window OpenCV tries every other pixel,
#: beyond it every pixel, at four times the cost; so no picture is scanned for faces much larger than that.
_WINDOW = 20
_LARGEST = 44
_SLACK = 0.9  # cascades differ about a face's size: faces this much smaller than asked for are looked for too
_NEAR_SIDE = 40  # px; a known face is looked at in this size
_NEAR_MARGIN = 0.3  # of the box: how far a face may move between two looks
_NEAR_RANGE = 1.25  # by how much it may grow or shrink
SECOND_RANGE = 1.35  # by how much the cascades may differ about a face's size


class FaceFinder:
    """Finds faces by a full scan or near a known one; boxes are in pixels of the frame given."""

    def __init__(self, config: FacesConfig) -> None:
        """Raises ModelError when a cascade is missing."""
        self._config = config
        self._first = Cascade(CASCADE)
        self._second = Cascade(SECOND_CASCADE)

    @property
    def scanned_pixels(self) -> int:
        """Pixels given to the cascades so far: what the detector's cost grows with."""
        return self._first.scanned_pixels + self._second.scanned_pixels

    def full(self, grey: Image) -> list[Box]:
        """Every face of about config.min_size_share of the frame's height or more, largest first, max_faces at most.

        The frame is reduced to config.scan_width, then halved again and again: small faces are looked for in the
        largest picture, large ones in the smallest.
        """
        height, width = grey.shape
        factor = min(1.0, self._config.scan_width / width)
        small = reduced(grey, factor)
        share = _SLACK * self._config.min_size_share
        smallest = max(_WINDOW, round(share * small.shape[0]))
        found: list[Box] = []
        while True:
            last = min(small.shape) < 3 * _LARGEST
            largest = min(small.shape) if last else _LARGEST
            hits = self._first.detect(small, 1.15, 2, smallest, largest)
            found += [hit.scaled(1 / factor).clipped(width, height) for hit in hits]
            if last:
                break
            small, factor = reduced(small, 0.5), factor / 2
            smallest = max(_WINDOW, round(share * small.shape[0]))
        return distinct(found)[: self._config.max_faces]

    def near(self, grey: Image, box: Box) -> Box | None:
        """The face that was at `box` a moment ago, or None: looks around it only, for its size only."""
        found = around(self._first, grey, box, _NEAR_SIDE, neighbours=1, size_range=_NEAR_RANGE)
        return max(found, key=box.overlap, default=None)

    def agrees(self, grey: Image, box: Box) -> bool:
        """Whether the second cascade, asked strictly, sees a face at `box` too."""
        found = around(self._second, grey, box, _NEAR_SIDE, neighbours=3, size_range=SECOND_RANGE)
        return any(hit.overlap(box) > SAME for hit in found)


def around(cascade: Cascade, grey: Image, box: Box, side: int, neighbours: int, size_range: float) -> list[Box]:
    """What `cascade` finds around `box`, up to `size_range` times larger or smaller, looking at it `side` px wide."""
    region = box.grown(_NEAR_MARGIN).clipped(grey.shape[1], grey.shape[0])
    if region.area == 0:
        return []
    factor = min(1.0, side / box.w)
    small = reduced(region.cut(grey), factor)
    present = box.w * factor
    hits = cascade.detect(small, 1.1, neighbours, max(_WINDOW, int(present / size_range)), round(present * size_range))
    return [hit.scaled(1 / factor).moved(region.x, region.y).clipped(grey.shape[1], grey.shape[0]) for hit in hits]


def distinct(boxes: list[Box]) -> list[Box]:
    """The boxes, largest first, without those that overlap a larger one, or lie mostly in it: a mouth is no face."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda box: box.area, reverse=True):
        if not any(box.overlap(other) > SAME or box.shared(other) > INSIDE * box.area for other in kept):
            kept.append(box)
    return kept


def reduced(grey: Image, factor: float) -> Image:
    """`grey` with its sides `factor` times as long (at most 1), cheaply: interpolated, not averaged."""
    if factor == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR).astype("uint8", copy=False)
