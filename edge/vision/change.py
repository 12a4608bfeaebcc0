"""How much of a face differs from how it was, once what the camera does is taken out: its shaking, its exposure, its
saturated pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from edge.records import Box, Image

#: A face has changed where a part of it differs by CHANGED, as a share of the face's contrast, and that is CLEARLY so
#: many times what noise explains; or by SLIGHTLY, and SURELY so many times. Noise alone brings the largest of 36 parts
#: to three of its standard deviations in a tenth of all checks, to five in one of 50,000 (docs/alive.md).
CHANGED, CLEARLY = 0.06, 5.0
SLIGHTLY, SURELY = 0.04, 10.0
#: Before a wall that shows nothing a head has swayed where it stands so many pixels of the patch from where it stood,
#: and so many times as far as trembling explains.
SWAYED, STEADILY = 0.1, 6.0

_SIDE, _BLOCK = 48, 4  # px of the patch, and of its parts
_SURROUND = 0.5  # of the box, on every side: what the face is held against
_BLUR = 1.0  # px of the patch: what is moved by parts of a pixel must not differ for that
_RIM = 6  # px of the patch that a shift may leave without data
_FACE = slice(_SIDE // 4, -(_SIDE // 4))  # the middle of the patch
_HEAD = slice(10, -10)  # what moves with the face
_PARTS = _SIDE // _BLOCK
_FACE_PARTS = slice(_PARTS // 4, -(_PARTS // 4))
_SATURATED = 235.0  # mean grey level from which a pixel of the patch may hold saturated ones
_BESIDE_SATURATED = np.ones((5, 5), np.uint8)  # the blur carries them so far
_SMALL_STEP = 0.55  # px of the patch: a shift by more is made, and what is left is measured again
_TRIES = 6
_LEAST_GAIN = 0.1  # of contrast: below it the patch shows something else

Patch = npt.NDArray[np.float32]
#: Of a patch's parts, the differences as shares of the face's contrast.
Parts = npt.NDArray[np.float32]
_Pixels = npt.NDArray[np.bool_]


def _surroundings() -> Patch:
    """How much each pixel says of where the camera looks: what is around the head nearly all, the head itself little,
    for it may move on its own. Before a plain wall that little decides."""
    ramp = np.minimum(np.minimum(np.arange(1, _SIDE + 1), np.arange(_SIDE, 0, -1)) / _RIM, 1.0)
    weights = np.outer(ramp, ramp).astype(np.float32)
    weights[_HEAD, _HEAD] *= 0.05
    return weights


_WEIGHTS = _surroundings()
# What is above and beside a head, with no neck or shoulder in it, and which share of the head's mean squared slope may
# be there before a wall that shows nothing: before plain ones at most 0.017 was measured (0.002 but for a tenth of the
# light), before cluttered ones 0.022 and, but for two of 71, more than 0.05.
_BESIDE = np.zeros((_SIDE, _SIDE), np.bool_)
_BESIDE[:2] = _BESIDE[: _SIDE // 2, :2] = _BESIDE[: _SIDE // 2, -2:] = True
_PLAIN = 0.02
# Where nothing has a slope nothing has moved; and a little of everything, to be solved where all is saturated.
_RIDGE = np.diag([1e-3, 1e-3, 1.0, 1.0])
_AROUND = np.flatnonzero(np.pad(np.zeros((_PARTS - 4, _PARTS - 4)), 2, constant_values=1.0))  # the outermost two parts


@dataclass(frozen=True, slots=True)
class Compared:
    """A look, moved back to where the reference is, how its parts differ from it, and how far it was moved (px of the
    patch to the right and down; None where what moved may be the camera, or it cannot be told)."""

    patch: Patch
    parts: Parts
    moved: tuple[float, float] | None


class Reference:
    """How a face was, with what is around it."""

    def __init__(self, looks: Sequence[Patch]) -> None:
        """The mean of the looks. What one of them has saturated is left out: there no exposure can be taken out."""
        self._level = np.asarray(sum(looks[1:], looks[0]) / len(looks), np.float32)
        self._clear = _unsaturated(looks)
        terms = (self._level, np.ones_like(self._level), *_slopes(self._level))
        self._terms = np.stack(terms).reshape(4, -1)
        self._system = self._weigh(self._clear)
        steepness = terms[2] ** 2 + terms[3] ** 2
        self._before_nothing = float(steepness[_BESIDE].mean()) < _PLAIN * float(steepness[_HEAD, _HEAD].mean())

    def compare(self, patch: Patch) -> Compared:
        """A camera that shakes moves a face and what is around it alike, so the patch is moved back first."""
        aligned, moved = self._align(patch)
        return Compared(aligned, self._differences(aligned), moved if self._before_nothing else None)

    def _align(self, patch: Patch) -> tuple[Patch, tuple[float, float] | None]:
        """Whole pixels are moved as they are, for interpolation would blur them; what is left is a matter of slopes."""
        right = down = 0
        moved = patch
        for _ in range(_TRIES):
            gain, along_x, along_y = self._fit(moved)
            if gain < _LEAST_GAIN:
                return patch, None
            step_right, step_down = -along_x / gain, -along_y / gain
            if max(abs(step_right), abs(step_down)) <= _SMALL_STEP:
                # The slopes half-way between patch and reference: exact up to the third power of the shift.
                across, upright = _slopes(moved + np.float32(gain) * self._level)
                rest = np.float32(0.5 * step_right) * across + np.float32(0.5 * step_down) * upright
                return np.asarray(moved + rest, np.float32), (right + step_right, down + step_down)
            right, down = right + round(step_right), down + round(step_down)
            if max(abs(right), abs(down)) > _RIM:
                return patch, None
            wide = cv2.copyMakeBorder(patch, _RIM, _RIM, _RIM, _RIM, cv2.BORDER_REPLICATE)
            top, left = _RIM + down, _RIM + right
            moved = np.ascontiguousarray(wide[top : top + _SIDE, left : left + _SIDE], np.float32)
        return moved, None

    def _fit(self, patch: Patch) -> tuple[float, float, float]:
        """The patch as gain · reference + offset + slopes · shift, by least squares (Lucas and Kanade, "An Iterative
        Image Registration Technique", IJCAI 1981): the gain, and what stands before the slopes to the right and
        down."""
        clear = _unsaturated([patch])
        weighed, inverse = self._system if clear is None else self._weigh(_both(clear, self._clear))
        gain, _, along_x, along_y = (inverse @ (weighed @ patch.ravel())).tolist()
        return gain, along_x, along_y

    def _weigh(self, clear: _Pixels | None) -> tuple[Patch, npt.NDArray[np.float64]]:
        """The normal equations of a fit to a patch of which only what is `clear` counts: the weighed terms, and the
        inverse of their products."""
        weighed = self._terms * (_WEIGHTS if clear is None else _WEIGHTS * clear).ravel()
        return weighed, np.linalg.inv((weighed @ self._terms.T).astype(np.float64) + _RIDGE)

    def _differences(self, patch: Patch) -> Parts:
        """By how much each part of the patch differs once the exposure and the contrast of the face (its middle) are
        taken out, as a share of that contrast."""
        clear = _both(_unsaturated([patch]), self._clear)
        x, y = self._level[_FACE, _FACE], patch[_FACE, _FACE]
        if clear is not None:
            seen = clear[_FACE, _FACE]
            if int(np.count_nonzero(seen)) < x.size // 4:
                return np.zeros((_PARTS, _PARTS), np.float32)
            x, y = x[seen], y[seen]
        mean_x, mean_y = cv2.mean(x)[0], cv2.mean(y)[0]
        u, v = (x - np.float32(mean_x)).ravel(), (y - np.float32(mean_y)).ravel()
        spread = float(u @ u)
        gain = float(u @ v) / spread if spread > u.size else 1.0
        left = patch - np.float32(gain) * self._level - np.float32(mean_y - gain * mean_x)
        if clear is not None:
            left *= clear
        contrast = math.sqrt(float(v @ v) / v.size)
        means = cv2.resize(left, (_PARTS, _PARTS), interpolation=cv2.INTER_AREA)
        return np.asarray(means / np.float32(max(contrast, 1.0)), np.float32)


def has_changed(looks: Sequence[Parts]) -> bool:
    """Whether a part of the face differs in the mean of the looks from the reference by more than the looks themselves
    explain."""
    parts = np.stack(looks)
    most = _largest(parts)
    if most < SLIGHTLY:
        return False
    # All of a living face may move from look to look; what is around it moves less, and is as noisy.
    least = most / (CLEARLY if most >= CHANGED else SURELY)
    face = parts[:, _FACE_PARTS, _FACE_PARTS].reshape(len(looks), -1)
    return least >= _noise(face) or least >= _noise(parts.reshape(len(looks), -1)[:, _AROUND])


def _largest(parts: Parts) -> float:
    """By how much the part of the face that differs most does, in the mean of the looks (n × parts × parts)."""
    return float(np.abs(parts[:, _FACE_PARTS, _FACE_PARTS].mean(axis=0)).max())


def locate_head(looks: Sequence[Compared]) -> tuple[float, float] | None:
    """Where a head before a wall that shows nothing stands beside where the reference has it (px of the patch to the
    right and down); None where that is not known: before another wall, or where more than its place has changed, for a
    shadow's edge shifts the fit."""
    moved = [look.moved for look in looks if look.moved is not None]
    if len(moved) < len(looks) or _largest(np.stack([look.parts for look in looks])) >= CHANGED:
        return None
    right, down = np.mean(moved, axis=0).tolist()
    return right, down


def has_swayed(before: tuple[float, float], after: tuple[float, float], looks: int, tremble: float) -> bool:
    """Whether a head stands elsewhere than before, by more than a camera explains that moves it by `tremble` (standard
    deviation, px of the patch) from look to look, of which each place is the mean of so many. A head that sways cannot
    be told from a camera that moves slowly; cameras on shelves tremble."""
    return math.dist(before, after) >= max(SWAYED, STEADILY * tremble / math.sqrt(looks))


def measure_tremble(looks: Sequence[Compared]) -> float | None:
    """The variance of where the face stands from look to look, of what is no steady movement; None of fewer than three
    looks."""
    moved = [look.moved for look in looks if look.moved is not None]
    if len(moved) < 3:
        return None
    bends = np.diff(np.array(moved), 2, axis=0)
    return float((bends**2).mean()) / 6.0


def _noise(looks: Parts) -> float:
    """The standard deviation that noise gives a part in the difference of the looks' mean from another such mean: from
    what differs from look to look. The median spares the parts that move, and the quietest step, the one from the last
    look to the first among them, has no blink in it."""
    steps = np.sort(np.abs(looks - looks[list(range(-1, len(looks) - 1))]), axis=1)
    return 1.4826 * float(steps[:, steps.shape[1] // 2].min()) / math.sqrt(len(looks))


def surroundings(box: Box, width: int, height: int) -> Box:
    """What of a frame a face in `box` is held against, itself included."""
    return box.grown(_SURROUND).clipped(width, height)


def cut_patch(grey: Image, region: Box) -> Patch:
    """What is in `region`, small, and a little blurred."""
    part = region.cut(grey)
    # OpenCV halves a picture at a twentieth of what other sizes cost. The last step keeps parts of grey levels, for
    # they are all there is of a face in the dark.
    while min(part.shape) >= 2 * _SIDE:
        height, width = part.shape[0] // 2, part.shape[1] // 2
        half = cv2.resize(part[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        part = np.asarray(half, np.uint8)
    small = cv2.resize(part.astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.float32)


def _slopes(patch: Patch) -> tuple[Patch, Patch]:
    """In grey levels a pixel, to the right and down."""
    across = cv2.Sobel(patch, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    upright = cv2.Sobel(patch, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    return np.asarray(across, np.float32), np.asarray(upright, np.float32)


def _unsaturated(looks: Sequence[Patch]) -> _Pixels | None:
    """Which pixels none of the looks has saturated; None where that is all of them."""
    brightest = looks[0] if len(looks) == 1 else np.maximum.reduce(looks)
    if float(brightest.max()) < _SATURATED:
        return None
    return np.asarray(cv2.dilate(brightest, _BESIDE_SATURATED) < _SATURATED, np.bool_)


def _both(one: _Pixels | None, other: _Pixels | None) -> _Pixels | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
