"""Recordings that are made up frame by frame: people before a wall, and the camera's own faults."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from edge.records import Frame, Image
from tests.recordings.cutouts import FACE, SIDE, Clip, head_mask

WIDTH, HEIGHT, FPS = 640, 480, 30
_BANKS = 16
_SLIDE_SECONDS = 0.6
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Camera:
    """What the sensor, the lens and the cable do. Grey levels are of 0–255.

    `noise` is the standard deviation of each pixel's, `light` what the scene's levels are multiplied by, `steps` how
    far the exposure jumps every ten seconds or so (0.25: between 0.75 and 1.33 times), `shake` by how many pixels the
    whole picture jumps from frame to frame, `blur` over how many pixels it is smeared sideways, `dropped` the share
    of frames that never arrive, and `stalls` the stretches in which none does.
    """

    noise: float = 4.0
    light: float = 1.0
    steps: float = 0.0
    shake: float = 0.0
    blur: int = 0
    dropped: float = 0.0
    stalls: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Person:
    """Somebody in view during `here`, whose face fills `width` px around (x, y).

    `looks` says which clip shows from when on; one goes over into the next within `fade` seconds (0: at once).
    `sway` is how far the head moves, in px; it tilts by a fifth as many degrees and grows by as many per mille × 3.
    A hand is before the mouth during `hand`, before the whole face during `hidden`. Who comes or goes while the
    recording runs slides in or out at the nearer side.
    """

    looks: tuple[tuple[float, Clip], ...]
    width: int = 150
    x: float = 320.0
    y: float = 240.0
    here: tuple[Span, ...] = ((0.0, math.inf),)
    fade: float = 0.0
    sway: float = 8.0
    hand: tuple[Span, ...] = ()
    hidden: tuple[Span, ...] = ()
    seed: int = 0

    def picture(self, t: float) -> Image:
        """The cut-out at `t`, with the hand where there is one."""
        place = max(i for i, (since, _) in enumerate(self.looks) if since <= t or i == 0)
        since, clip = self.looks[place]
        shown = clip.at(t)
        if place and self.fade and t < since + self.fade:
            shown = np.asarray(
                cv2.addWeighted(
                    shown, (t - since) / self.fade, self.looks[place - 1][1].at(t), 1 - (t - since) / self.fade, 0
                ),
                np.uint8,
            )
        if _within(self.hand, t):
            shown = shown.copy()
            cv2.ellipse(shown, (SIDE // 2, round(SIDE * 0.66)), (FACE // 2, FACE // 4), 8, 0, 360, (150,), -1)
        if _within(self.hidden, t):
            shown = np.asarray(cv2.GaussianBlur(shown, (0, 0), 30), np.uint8)
        return shown

    def away(self, t: float) -> float | None:
        """0 where the person is in place, up to 1 while coming or going; None: not in view."""
        for start, end in self.here:
            if start <= t < end:
                coming = 1 - (t - start) / _SLIDE_SECONDS if start > 0 else 0.0
                going = 1 - (end - t) / _SLIDE_SECONDS
                return min(max(coming, going, 0.0), 1.0)
        return None

    def matrix(self, t: float, away: float) -> npt.NDArray[np.float64]:
        """Takes points of the cut-out to the frame."""
        phase, sway = self.seed * 1.7, self.sway
        scale = self.width / FACE * (1 + 0.003 * sway * math.sin(t / 5.9 + phase))
        matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), 0.2 * sway * math.sin(t / 4.7 + phase), scale)
        beyond = self.width / FACE_HALF_REACH
        aside = -self.x - beyond if self.x < WIDTH / 2 else WIDTH - self.x + beyond
        matrix[0, 2] += self.x + sway * math.sin(t / 3.1 + phase) + away * aside - SIDE / 2
        matrix[1, 2] += self.y + 0.6 * sway * math.sin(t / 2.3 + phase) - SIDE / 2
        return np.asarray(matrix, np.float64)


FACE_HALF_REACH = 2 * FACE / SIDE  # a face's width over this is half the cut-out's side in the frame


@dataclass
class Film:
    """`seconds` of people before a wall at FPS frames a second: the same number gives the same pixels in every run,
    whichever frames are looked at. Painted when somebody looks."""

    seconds: float
    people: tuple[Person, ...]
    wall: Image
    camera: Camera = field(default_factory=Camera)
    seed: int = 0

    def frames(self) -> Iterator[Frame]:
        """Every frame that arrives."""
        lost = np.random.default_rng(self.seed + 1).random(round(self.seconds * FPS)) < self.camera.dropped
        for number in range(len(lost)):
            t = number / FPS
            if not lost[number] and not _within(self.camera.stalls, t):
                yield self.frame(number)

    def frame(self, number: int) -> Frame:
        def bgr() -> Image:
            return np.asarray(cv2.cvtColor(self.paint(number), cv2.COLOR_GRAY2BGR), np.uint8)

        return Frame(number / FPS, WIDTH, HEIGHT, lambda: self.paint(number), bgr)

    def paint(self, number: int) -> Image:
        """Frame `number`, grey (HEIGHT, WIDTH)."""
        t, camera = number / FPS, self.camera
        jump = np.random.default_rng((self.seed, number)).normal(0, camera.shake, 2) if camera.shake else (0.0, 0.0)
        scene = self.wall.copy()
        for person in self.people:
            away = person.away(t)
            if away is not None:
                matrix = person.matrix(t, away)
                matrix[:, 2] += jump
                self._paste(scene, person.picture(t), matrix)
        if camera.blur:
            scene = np.asarray(cv2.blur(scene, (camera.blur, 1)), np.uint8)
        gain = camera.light * self._exposure(t)
        if gain != 1.0:
            scene = np.asarray(cv2.convertScaleAbs(scene, alpha=gain), np.uint8)
        grain = np.roll(_grain(self.seed, camera.noise)[number % _BANKS], 17 * (number // _BANKS) % HEIGHT, axis=0)
        return np.asarray(cv2.add(scene, grain, dtype=cv2.CV_8U), np.uint8)

    def _paste(self, scene: Image, picture: Image, matrix: npt.NDArray[np.float64]) -> None:
        corners = matrix @ np.array([[0, SIDE, 0, SIDE], [0, 0, SIDE, SIDE], [1, 1, 1, 1]], np.float64)
        x0, y0 = (max(0, math.floor(value)) for value in corners.min(axis=1))
        x1, y1 = (
            min(limit, math.ceil(value)) for limit, value in zip((WIDTH, HEIGHT), corners.max(axis=1), strict=True)
        )
        if x1 <= x0 or y1 <= y0:
            return
        inner = matrix.copy()
        inner[:, 2] -= (x0, y0)
        size = (x1 - x0, y1 - y0)
        shown = cv2.warpAffine(picture, inner, size, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
        mask = cv2.warpAffine(self._mask, inner, size)
        part = scene[y0:y1, x0:x1]
        part[:] = part + mask * (shown - part)

    def _exposure(self, t: float) -> float:
        """Jumps every ten seconds or so; the same at any rate of analysis."""
        if not self.camera.steps:
            return 1.0
        step = int(t / 9.7)
        limit = math.log1p(self.camera.steps)
        return math.exp(float(np.random.default_rng((self.seed, 7, step)).uniform(-limit, limit)))

    @cached_property
    def _mask(self) -> npt.NDArray[np.float32]:
        return head_mask()


@lru_cache(maxsize=4)
def _grain(seed: int, noise: float) -> npt.NDArray[np.int16]:
    """(_BANKS, HEIGHT, WIDTH) of a sensor's noise, 10 MB: as many films are made with the same."""
    return np.asarray(np.round(np.random.default_rng(seed).normal(0, noise, (_BANKS, HEIGHT, WIDTH))), np.int16)


def plain_wall(level: int = 140) -> Image:
    """Light falls off to one side."""
    light = np.linspace(level + 15, level - 15, WIDTH)[np.newaxis, :]
    return np.broadcast_to(light, (HEIGHT, WIDTH)).astype(np.uint8)


def cluttered_wall(seed: int) -> Image:
    """Boxes and discs of every grey, like shelves out of focus."""
    random = np.random.default_rng(seed)
    scene = np.full((HEIGHT, WIDTH), int(random.integers(80, 180)), np.uint8)
    for _ in range(60):
        x, y = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        w, h, shade = (int(value) for value in random.integers(5, [140, 140, 255]))
        if random.random() < 0.5:
            cv2.rectangle(scene, (x, y), (x + w, y + h), (shade,), -1)
        else:
            cv2.ellipse(scene, (x, y), (w // 2 + 1, h // 2 + 1), 0, 0, 360, (shade,), -1)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), 2.0), np.uint8)


def _within(spans: tuple[Span, ...], t: float) -> bool:
    return any(start <= t < end for start, end in spans)
