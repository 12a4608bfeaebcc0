"""A frame's pixels, made at the first request and kept."""

import threading
from collections.abc import Callable

import cv2
import numpy as np

from edge.records import Frame, Image

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Once:
    """Makes an image at the first call, turned `rotate` degrees clockwise, and returns it to any thread after that."""

    def __init__(self, make: Callable[[], Image], rotate: int = 0) -> None:
        self._make: Callable[[], Image] | None = make
        self._rotate = rotate
        self._made: Image | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Image:
        with self._lock:
            if self._made is None:
                assert self._make is not None
                made = self._make()
                self._made = np.asarray(cv2.rotate(made, _TURNS[self._rotate]), np.uint8) if self._rotate else made
                self._make = None  # frees what the image was made from
            return self._made


def lazy_frame(
    t: float,
    size: tuple[int, int],
    grey: Callable[[], Image],
    bgr: Callable[[], Image],
    *,
    rotate: int = 0,
) -> Frame:
    """A Frame of pixels that are made on demand and turned `rotate` degrees clockwise (0, 90, 180, 270).

    `size` is (width, height) before turning; the Frame's is after. `grey` and `bgr` are called at most once.
    """
    width, height = size
    if rotate in (90, 270):
        width, height = height, width
    return Frame(t, width, height, Once(grey, rotate), Once(bgr, rotate))


def frame_of_bgr(t: float, image: Image, rotate: int = 0) -> Frame:
    """A Frame of a decoded colour image (height, width, 3); its grey is made on demand."""
    height, width = image.shape[:2]
    return lazy_frame(t, (width, height), lambda: grey_of(image), lambda: image, rotate=rotate)


def grey_of(image: Image) -> Image:
    """(height, width, 3) BGR to (height, width)."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
