"""Where faces are in a grey frame: Haar, at the lowest resolution at which it still works."""

import cv2

from edge.config import FacesConfig
from edge.records import Box, Image
from edge.vision.cascade import Cascade

#: Half the cost of haarcascade_frontalface_default at the same recall (docs/crop.md).
CASCADE = "haarcascade_frontalface_alt2.xml"
#: The cascade's window is 20 px; smaller faces cannot be found. Up to twice the window OpenCV tries every other pixel.
_WINDOW = 20
_NEAR_SIDE = 40  # px; a known face is looked at in this size
_NEAR_MARGIN = 0.3  # of the box: how far a face may move between two looks
_NEAR_RANGE = 1.25  # by how much it may grow or shrink


class FaceFinder:
    """Finds faces by a full scan or near a known one; boxes are in pixels of the frame given."""

    def __init__(self, config: FacesConfig) -> None:
        """Raises ModelError when the cascade is missing."""
        self._config = config
        self._cascade = Cascade(CASCADE)
        #: Pixels given to the cascade so far: what the detector's cost grows with.
        self.scanned_pixels = 0

    def full(self, grey: Image) -> list[Box]:
        """Every face of at least config.min_size_share of the frame's height, largest first, max_faces at most."""
        height, width = grey.shape
        factor = min(1.0, self._config.scan_width / width)
        small = _reduced(grey, factor)
        smallest = max(_WINDOW, round(self._config.min_size_share * small.shape[0]))
        boxes = self._detect(small, 1.2, 2, smallest, min(small.shape))
        found = [box.scaled(1 / factor).clipped(width, height) for box in boxes]
        return sorted(found, key=lambda box: box.area, reverse=True)[: self._config.max_faces]

    def near(self, grey: Image, box: Box) -> Box | None:
        """The face that was at `box` a moment ago, or None: looks around it only, for its size only."""
        region = box.grown(_NEAR_MARGIN).clipped(grey.shape[1], grey.shape[0])
        if region.area == 0:
            return None
        factor = min(1.0, _NEAR_SIDE / box.w)
        small = _reduced(region.cut(grey), factor)
        side = box.w * factor
        hits = self._detect(small, 1.1, 1, max(_WINDOW, int(side / _NEAR_RANGE)), round(side * _NEAR_RANGE))
        found = [hit.scaled(1 / factor).moved(region.x, region.y) for hit in hits]
        return max(found, key=box.overlap, default=None)

    def _detect(self, grey: Image, scale: float, neighbours: int, smallest: int, largest: int) -> list[Box]:
        self.scanned_pixels += grey.size
        return self._cascade.detect(grey, scale, neighbours, smallest, largest)


def _reduced(grey: Image, factor: float) -> Image:
    if factor == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR).astype("uint8", copy=False)
