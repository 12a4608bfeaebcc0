"""The demo's camera: two portraits that come, sway before an empty wall, and go."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from edge.camera.pixels import grey_of, lazy_frame
from edge.camera.source import Recording
from edge.picture.decode import read_picture
from edge.records import Frame, Image

WIDTH, HEIGHT = 640, 480
PORTRAITS = Path(__file__).parent.parent / "demo"

_SLIDE_SECONDS = 1.5  # a portrait takes this long to come or to go


@dataclass(frozen=True, slots=True)
class Visit:
    """A portrait is in view from `start` to `end` seconds of each round, `scale` times its own size."""

    file: str
    start: float
    end: float
    scale: float


VISITS = (Visit("eileen_collins.png", 2.0, 18.0, 1.35), Visit("grace_hopper.jpg", 26.0, 42.0, 0.85))
ROUND_SECONDS = 48.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a portrait hangs: its centre in pixels of the frame, its scale, its tilt in degrees."""

    visit: Visit
    x: float
    y: float
    scale: float
    tilt: float


def placement(t: float) -> Placement | None:
    """The portrait in view `t` seconds after the start; None: the empty wall."""
    at = t % ROUND_SECONDS
    for visit in VISITS:
        if visit.start <= at < visit.end:
            # 1 while it comes in from the right or leaves to the left, 0 while it stays
            away = max(_ease(1 - (at - visit.start) / _SLIDE_SECONDS), _ease(1 - (visit.end - at) / _SLIDE_SECONDS))
            side = 1 if at < (visit.start + visit.end) / 2 else -1
            return Placement(
                visit,
                x=WIDTH / 2 + side * away * WIDTH + 14 * math.sin(t * 2 * math.pi / 5.3),
                y=HEIGHT / 2 + 6 * math.sin(t * 2 * math.pi / 3.7),
                scale=visit.scale * (1 + 0.03 * math.sin(t * 2 * math.pi / 7.1)),
                tilt=1.5 * math.sin(t * 2 * math.pi / 6.1),
            )
    return None


def _ease(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


class Demo(Recording):
    """An endless recording at 10 frames a second, the same every time. Pixels are made only when asked for. Raises
    PictureError where a portrait is missing."""

    name = "demo"
    fps: float = 10.0

    def __init__(self) -> None:
        self._wall = _wall()
        self._grey_wall = grey_of(self._wall)
        self._portraits = {visit.file: read_picture(PORTRAITS / visit.file) for visit in VISITS}
        self._grey_portraits = {file: grey_of(image) for file, image in self._portraits.items()}
        self._taken = 0

    def read(self) -> Frame:
        self.skip()
        return self.frame(self._taken - 1)

    def frame(self, number: int) -> Frame:
        t = number / self.fps
        placed = placement(t)
        grey, bgr = self._painter(placed, grey=True), self._painter(placed, grey=False)
        return lazy_frame(t, (WIDTH, HEIGHT), grey, bgr)

    def skip(self) -> bool:
        self._taken += 1
        return True

    def close(self) -> None:
        """Nothing is open."""

    def _painter(self, placed: Placement | None, *, grey: bool) -> Callable[[], Image]:
        wall = self._grey_wall if grey else self._wall
        portraits = self._grey_portraits if grey else self._portraits
        return lambda: wall if placed is None else _paint(wall, portraits[placed.visit.file], placed)


def _paint(wall: Image, portrait: Image, placed: Placement) -> Image:
    """A copy of `wall` with the portrait on it; works only on the area that the portrait covers."""
    canvas = wall.copy()
    height, width = portrait.shape[:2]
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), placed.tilt, placed.scale), np.float64)
    turn[:, 2] += placed.x - width / 2, placed.y - height / 2
    corners = turn @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    left, top = (max(0, math.floor(side)) for side in corners.min(axis=1))
    right, bottom = (math.ceil(side) for side in np.minimum(corners.max(axis=1), (WIDTH, HEIGHT)))
    if left < right and top < bottom:
        turn[:, 2] -= left, top
        area = canvas[top:bottom, left:right]
        size = (right - left, bottom - top)
        cv2.warpAffine(portrait, turn, size, dst=area, borderMode=cv2.BORDER_TRANSPARENT)
    return canvas


def _wall() -> Image:
    """A plain wall, brighter above than below."""
    shade = np.linspace(200, 150, HEIGHT)[:, np.newaxis, np.newaxis] * np.array([0.90, 0.95, 1.0])
    return np.broadcast_to(shade, (HEIGHT, WIDTH, 3)).astype(np.uint8)
