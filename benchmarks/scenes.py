"""A recording in code, for benchmarks: the demo's portrait before its wall, with a sensor's noise."""

import cv2
import numpy as np

from edge.camera.demo import HEIGHT, WIDTH, Demo
from edge.camera.pixels import Once, grey_of, lazy_frame
from edge.records import Frame, Image

FPS = 30
_BANKS = 4
_NOISE = 8  # grey levels: the difference of two such is triangular, of standard deviation 3.3


class Room:
    """640×480 frames at 30 a second. The same number gives the same pixels in every run."""

    def __init__(self) -> None:
        self._demo = Demo()
        self._demo.fps = float(FPS)
        random = np.random.default_rng(0)
        shape = (_BANKS, HEIGHT, WIDTH, 3)
        self._brighter = random.integers(0, _NOISE, shape, dtype=np.uint8, endpoint=True)
        self._darker = random.integers(0, _NOISE, shape, dtype=np.uint8, endpoint=True)

    def person(self, number: int) -> Frame:
        """The frame `number`/30 s into the demo; a portrait hangs there from 2 to 18 and from 26 to 42 s."""
        return self._frame(number, self._demo.frame(number))

    def empty(self, number: int) -> Frame:
        """The wall."""
        return self._frame(number, self._demo.frame(0))

    def _frame(self, number: int, clean: Frame) -> Frame:
        """Painted when somebody looks; its grey is made from its colours, as a video's is."""
        picture = Once(lambda: self._noisy(clean.bgr(), number))
        return lazy_frame(number / FPS, (WIDTH, HEIGHT), lambda: grey_of(picture()), picture)

    def _noisy(self, image: Image, number: int) -> Image:
        # 4 × 4 banks and a shift of rows: enough frames that no two neighbours share their noise.
        brighter, darker = self._brighter[number % _BANKS], self._darker[number // _BANKS % _BANKS]
        rolled = np.roll(darker, 7 * number, axis=0)
        return np.asarray(cv2.subtract(cv2.add(image, brighter), rolled), np.uint8)
