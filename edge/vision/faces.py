"""Finds faces in a grey frame with Haar cascades, at the lowest resolution at which they still work."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2

from edge.records import Box, Image
from edge.vision.cascade import Cascade

if TYPE_CHECKING:  # a workstation that finds faces in photos has no configuration
    from edge.config import FacesConfig

#: Finds and follows faces. Near a known face it has the recall of haarcascade_frontalface_default at three quarters of
#: the cost (docs/tracking.md).
CASCADE = "haarcascade_frontalface_alt2.xml"
#: Confirms faces: trained apart from the first, it rarely errs on the same wall (docs/tracking.md).
SECOND_CASCADE = "haarcascade_frontalface_alt.xml"
SAME = 0.3  # overlap from which two boxes are the same face
INSIDE = 0.5  # share of a box from which it is a part of the larger one

#: The cascades' window is 20 px: smaller faces cannot be found. Below twice the window OpenCV tries every other pixel,
#: from there on every pixel, at four times the cost; so no picture is scanned for larger faces than that.
WINDOW = 20
_LARGEST = 2 * WINDOW
#: From size to size: a little less than a fifth of an octave, so that the fifth size is just below twice the window.
_GROWTH = 1.148
_ALIKE = 0.2  # how much raw hits may differ in place and size and still agree: OpenCV's own value
_SLACK = 0.9  # cascades differ about a face's size: faces down to this share of the asked size are looked for
_NEAR_SIDE = 40  # px; a known face is looked at in this size
_NEAR_MARGIN = 0.3  # of the box: how far a face may move between two looks
_NEAR_RANGE = 1.25  # by how much it may grow or shrink
SECOND_RANGE = 1.35  # by how much the cascades may differ about a face's size
#: Degrees to either side; of faces tilted by 25 degrees, one in ten is found in a picture as it is (docs/tracking.md).
TILT = 21.0
#: Raw hits of the second cascade that must agree in the picture as it is, and in a turned one: a tilted head turned
#: upright mostly has 12 and more, turned clutter had fewer than 4 (docs/tracking.md).
_AGREED, _TILTED = 4, 8
_TILTED_NEAR = 6  # raw hits of the first cascade on a known face, turned: mostly 12 and more, clutter fewer
_TILTED_ALIKE = 3  # raw hits of the first cascade in a whole turned frame


class FaceFinder:
    """Finds faces by a full scan or near a known one; boxes are in pixels of the frame given."""

    def __init__(self, config: "FacesConfig") -> None:
        """Raises ModelError when a cascade is missing."""
        self._config = config
        self._first = Cascade(CASCADE)
        self._second = Cascade(SECOND_CASCADE)

    @property
    def scanned_pixels(self) -> int:
        """Pixels given to the cascades so far: what the detector's cost grows with."""
        return self._first.scanned_pixels + self._second.scanned_pixels

    def scan(self, grey: Image) -> list[Box]:
        """Every face of about config.min_size_share of the frame's height or more, largest first, max_faces at most.
        The frame is reduced to config.scan_width, then halved repeatedly, so that no picture is searched for large
        faces."""
        height, width = grey.shape
        factor = min(1.0, self._config.scan_width / width)
        hits = detect_raw(self._first, reduce(grey, factor), factor, self._config.min_size_share)
        found = [box.clipped(width, height) for box in group_hits(hits, 1)]
        return drop_overlapping(found)[: self._config.max_faces]

    def scan_tilted(self, grey: Image) -> list[Box]:
        """The tilted heads that `scan` may miss, of twice its smallest size and more, largest first. The picture is
        turned by TILT to either side, at half the size: the two search half of a full scan's pixels."""
        height, width = grey.shape
        factor = min(1.0, self._config.scan_width / width)
        small, factor = reduce(reduce(grey, factor), 0.5), factor / 2
        middle = (small.shape[1] / 2, small.shape[0] / 2)
        found: list[Box] = []
        for tilt in (-TILT, TILT):
            hits = detect_raw(self._first, rotate(small, middle, tilt), 1.0, 2 * self._config.min_size_share)
            found += [rotate_back(box, middle, tilt).scaled(1 / factor) for box in group_hits(hits, _TILTED_ALIKE - 1)]
        return drop_overlapping([box.clipped(width, height) for box in found])[: self._config.max_faces]

    def find_near(self, grey: Image, box: Box) -> Box | None:
        """The face that was at `box` a moment ago: searches around it, for its size, upright and tilted."""
        for tilt, neighbours in ((0.0, 1), (-TILT, _TILTED_NEAR - 1), (TILT, _TILTED_NEAR - 1)):
            found = search_around(self._first, grey, box, _NEAR_SIDE, neighbours, _NEAR_RANGE, tilt)
            if found:
                return max((hit for hit, _ in found), key=box.overlap)
        return None

    def count_support(self, grey: Image, box: Box) -> int:
        """How many raw hits of the second cascade agree on a face at `box`; 0: it sees none, nor one in the picture
        turned by TILT to either side, in which more hits must agree."""
        if upright := self._count_second(grey, box, _AGREED):
            return upright
        return max(self._count_second(grey, box, _TILTED, tilt) for tilt in (-TILT, TILT))

    def _count_second(self, grey: Image, box: Box, least: int, tilt: float = 0.0) -> int:
        found = search_around(self._second, grey, box, _NEAR_SIDE, least - 1, SECOND_RANGE, tilt)
        return max((count for hit, count in found if hit.overlap(box) > SAME), default=0)


def detect_raw(cascade: Cascade, small: Image, factor: float, least: float) -> list[Box]:
    """The raw hits of `cascade` in `small`, in pixels of the picture that is 1/`factor` times as large. `least`: the
    smallest faces, as a share of the picture's height. `small` is halved repeatedly, so that it is not searched for
    large faces."""
    share = _SLACK * least
    smallest = max(WINDOW, round(share * small.shape[0]))
    hits: list[Box] = []
    while True:
        last = min(small.shape) < 2 * _LARGEST
        largest = min(small.shape) if last else _LARGEST
        hits += [hit.scaled(1 / factor) for hit in cascade.detect(small, _GROWTH, 0, smallest, largest)]
        if last:
            return hits
        small, factor = reduce(small, 0.5), factor / 2
        # Not the window itself: the picture before ended at that size.
        smallest = max(WINDOW + 1, round(share * small.shape[0]))


def search_around(
    cascade: Cascade, grey: Image, box: Box, side: int, neighbours: int, size_range: float, tilt: float = 0.0
) -> list[tuple[Box, int]]:
    """What `cascade` finds around `box`, up to `size_range` times larger or smaller, in a picture in which the box is
    `side` px wide at most; with the number of raw hits that agreed on each. The picture is first turned about the box
    by `tilt` degrees; hits are then upright boxes around their centres in the frame."""
    height, width = grey.shape
    region = box.grown(_NEAR_MARGIN).clipped(width, height)
    if region.area == 0:
        return []
    factor = min(1.0, side / box.w)
    x, y = (value * factor for value in box.moved(-region.x, -region.y).centre)
    small = rotate(reduce(region.cut(grey), factor), (x, y), tilt)
    present = box.w * factor
    least, most = max(WINDOW, int(present / size_range)), round(present * size_range)
    hits = cascade.detect_with_counts(small, 1.1, neighbours, least, most)
    return [
        (rotate_back(hit, (x, y), tilt).scaled(1 / factor).moved(region.x, region.y).clipped(width, height), count)
        for hit, count in hits
    ]


def rotate(grey: Image, about: tuple[float, float], tilt: float) -> Image:
    """`grey` turned about a point by `tilt` degrees, of the same size."""
    if not tilt:
        return grey
    turn = cv2.getRotationMatrix2D(about, tilt, 1.0)
    size = (grey.shape[1], grey.shape[0])
    return cv2.warpAffine(grey, turn, size, borderMode=cv2.BORDER_REPLICATE).astype("uint8", copy=False)


def rotate_back(hit: Box, about: tuple[float, float], tilt: float) -> Box:
    """`hit` with its centre where it was before the picture was turned by `tilt` degrees (OpenCV turns to the left)."""
    if not tilt:
        return hit
    across, down = (one - other for one, other in zip(hit.centre, about, strict=True))
    cosine, sine = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
    return hit.moved(round(cosine * across - sine * down - across), round(sine * across + cosine * down - down))


def group_hits(hits: Sequence[Box], neighbours: int) -> list[Box]:
    """The mean box of each group of more than `neighbours` raw `hits` that agree."""
    if not hits:
        return []
    places, _ = cv2.groupRectangles([(hit.x, hit.y, hit.w, hit.h) for hit in hits], neighbours, _ALIKE)
    return [Box(int(x), int(y), int(w), int(h)) for x, y, w, h in places]


def drop_overlapping(boxes: list[Box], sure: Sequence[Box] = ()) -> list[Box]:
    """The boxes and those that are `sure`, largest first, without boxes that overlap a larger or a sure one, or lie
    mostly in it, as a mouth does."""
    kept = list(sure)
    for box in sorted(boxes, key=lambda box: box.area, reverse=True):
        if not any(_are_one(box, other) for other in kept):
            kept.append(box)
    return sorted(kept, key=lambda box: box.area, reverse=True)


def _are_one(one: Box, other: Box) -> bool:
    return one.overlap(other) > SAME or one.shared(other) > INSIDE * min(one.area, other.area)


def reduce(grey: Image, factor: float, method: int = cv2.INTER_LINEAR_EXACT) -> Image:
    """`grey` with its sides `factor` times as long (at most 1); by default cheaply: interpolated, not averaged, and to
    the same pixels on every machine, as OpenCV's INTER_LINEAR does not (docs/tried.md)."""
    if factor == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return cv2.resize(grey, size, interpolation=method).astype("uint8", copy=False)
