"""How much a face has changed, after correcting for what the camera does: shaking, exposure, saturated pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from edge.records import Box, Image

#: A face has changed where one of its cells differs by CHANGED (a share of the face's contrast) and by CLEARLY times
#: the noise, or by SLIGHTLY and by SURELY times the noise. Noise alone brings the largest of 36 cells to three of its
#: standard deviations in a tenth of all checks, to five in one of 50,000 (docs/alive.md).
CHANGED, CLEARLY = 0.06, 5.0
SLIGHTLY, SURELY = 0.04, 10.0
#: Before a plain wall, a head has moved where it is SWAYED pixels of the patch from its last place, and STEADILY times
#: as far as the camera's trembling explains.
SWAYED, STEADILY = 0.1, 6.0

_SIDE, _CELL = 48, 4  # px of the patch, and of its cells
_SURROUND = 0.5  # of the box, on every side: the surroundings that are compared too
_BLUR = 1.0  # px of the patch: a move by less than a pixel must not look like a change
_RIM = 6  # px of the patch that a shift may leave without data
_FACE = slice(_SIDE // 4, -(_SIDE // 4))  # the middle of the patch
_HEAD = slice(10, -10)  # what moves with the face
_CELLS = _SIDE // _CELL
_FACE_CELLS = slice(_CELLS // 4, -(_CELLS // 4))
_SATURATED = 235.0  # mean grey level from which a pixel of the patch may hold saturated ones
_BESIDE_SATURATED = np.ones((5, 5), np.uint8)  # the blur spreads saturated pixels this far
_SMALL_STEP = 0.55  # px of the patch: after a larger shift the rest is measured again
_TRIES = 6
_LEAST_GAIN = 0.1  # of contrast: below it the patch shows something else

Patch = npt.NDArray[np.float32]
#: The difference of each cell of a patch, as a share of the face's contrast.
Cells = npt.NDArray[np.float32]
_Pixels = npt.NDArray[np.bool_]


def _surroundings() -> Patch:
    """The weight of each pixel in measuring where the camera points: high around the head, low in it, for a head may
    move on its own. Before a plain wall the low weights decide."""
    ramp = np.minimum(np.minimum(np.arange(1, _SIDE + 1), np.arange(_SIDE, 0, -1)) / _RIM, 1.0)
    weights = np.outer(ramp, ramp).astype(np.float32)
    weights[_HEAD, _HEAD] *= 0.05
    return weights


_WEIGHTS = _surroundings()
# The area above and beside a head, without neck and shoulders. A wall is plain where this area's mean squared slope is
# at most _PLAIN times the head's. Measured before plain walls: at most 0.017 (0.002 except in a tenth of the light);
# before cluttered ones: at least 0.022, and more than 0.05 in all but two of 71.
_BACKGROUND = np.zeros((_SIDE, _SIDE), np.bool_)
_BACKGROUND[:2] = _BACKGROUND[: _SIDE // 2, :2] = _BACKGROUND[: _SIDE // 2, -2:] = True
_PLAIN = 0.02
# Keeps the equations solvable: no slope anywhere gives no shift, and everything saturated gives zeros.
_RIDGE = np.diag([1e-3, 1e-3, 1.0, 1.0])
_AROUND = np.flatnonzero(np.pad(np.zeros((_CELLS - 4, _CELLS - 4)), 2, constant_values=1.0))  # the outermost two cells


@dataclass(frozen=True, slots=True)
class Comparison:
    """A look: its patch aligned with the reference, how its cells differ from the reference, and how far it was moved
    (px of the patch to the right and down; None where the camera may have moved, or the shift is unknown)."""

    patch: Patch
    cells: Cells
    moved: tuple[float, float] | None


class Reference:
    """A face and its surroundings at an earlier time, to compare with."""

    def __init__(self, looks: Sequence[Patch]) -> None:
        """The mean of the looks, without pixels that are saturated in any of them: their exposure is unknown."""
        self._level = np.asarray(sum(looks[1:], looks[0]) / len(looks), np.float32)
        self._clear = _find_unsaturated(looks)
        terms = (self._level, np.ones_like(self._level), *_slopes(self._level))
        self._terms = np.stack(terms).reshape(4, -1)
        self._system = self._normal_equations(self._clear)
        steepness = terms[2] ** 2 + terms[3] ** 2
        self._plain_wall = float(steepness[_BACKGROUND].mean()) < _PLAIN * float(steepness[_HEAD, _HEAD].mean())

    def compare(self, patch: Patch) -> Comparison:
        """Aligns the patch first: a camera that shakes moves the face and its surroundings alike."""
        aligned, moved = self._align(patch)
        return Comparison(aligned, self._compare_cells(aligned), moved if self._plain_wall else None)

    def _align(self, patch: Patch) -> tuple[Patch, tuple[float, float] | None]:
        """The patch moved onto the reference, and by how much (None: no fit). Whole pixels are moved without
        interpolation, which would blur them; the rest is corrected by the slopes."""
        right = down = 0
        moved = patch
        for _ in range(_TRIES):
            gain, along_x, along_y = self._fit(moved)
            if gain < _LEAST_GAIN:
                return patch, None
            step_right, step_down = -along_x / gain, -along_y / gain
            if max(abs(step_right), abs(step_down)) <= _SMALL_STEP:
                # Slopes half-way between patch and reference: exact up to the third power of the shift.
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
        """Fits gain · reference + offset + slopes · shift by least squares (Lucas and Kanade, "An Iterative Image
        Registration Technique", IJCAI 1981): the gain, and the factors of the slopes to the right and down."""
        clear = _find_unsaturated([patch])
        weighed, inverse = self._system if clear is None else self._normal_equations(_intersect(clear, self._clear))
        gain, _, along_x, along_y = (inverse @ (weighed @ patch.ravel())).tolist()
        return gain, along_x, along_y

    def _normal_equations(self, clear: _Pixels | None) -> tuple[Patch, npt.NDArray[np.float64]]:
        """Of a fit to the pixels that are `clear` (None: all): the weighted terms, the inverse of their products."""
        weighed = self._terms * (_WEIGHTS if clear is None else _WEIGHTS * clear).ravel()
        return weighed, np.linalg.inv((weighed @ self._terms.T).astype(np.float64) + _RIDGE)

    def _compare_cells(self, patch: Patch) -> Cells:
        """How much each cell of the patch differs, after correcting for exposure and contrast of the face (the patch's
        middle), as a share of that contrast."""
        clear = _intersect(_find_unsaturated([patch]), self._clear)
        x, y = self._level[_FACE, _FACE], patch[_FACE, _FACE]
        if clear is not None:
            seen = clear[_FACE, _FACE]
            if int(np.count_nonzero(seen)) < x.size // 4:
                return np.zeros((_CELLS, _CELLS), np.float32)
            x, y = x[seen], y[seen]
        mean_x, mean_y = cv2.mean(x)[0], cv2.mean(y)[0]
        u, v = (x - np.float32(mean_x)).ravel(), (y - np.float32(mean_y)).ravel()
        spread = float(u @ u)
        gain = float(u @ v) / spread if spread > u.size else 1.0
        left = patch - np.float32(gain) * self._level - np.float32(mean_y - gain * mean_x)
        if clear is not None:
            left *= clear
        contrast = math.sqrt(float(v @ v) / v.size)
        means = cv2.resize(left, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
        return np.asarray(means / np.float32(max(contrast, 1.0)), np.float32)


def has_changed(looks: Sequence[Cells]) -> bool:
    """Whether in the mean of the looks a cell of the face differs from the reference by more than noise explains."""
    cells = np.stack(looks)
    most = _largest(cells)
    if most < SLIGHTLY:
        return False
    # A living face may move everywhere from look to look; its surroundings move less and are as noisy.
    least = most / (CLEARLY if most >= CHANGED else SURELY)
    face = cells[:, _FACE_CELLS, _FACE_CELLS].reshape(len(looks), -1)
    return least >= _noise(face) or least >= _noise(cells.reshape(len(looks), -1)[:, _AROUND])


def _largest(cells: Cells) -> float:
    """The largest difference of a cell of the face, in the mean of the looks (n × cells × cells)."""
    return float(np.abs(cells[:, _FACE_CELLS, _FACE_CELLS].mean(axis=0)).max())


def measure_head_shift(looks: Sequence[Comparison]) -> tuple[float, float] | None:
    """How far a head before a plain wall is from its place in the reference (px of the patch to the right and down).
    None before another wall, and where the face itself has changed, for a shadow's edge shifts the fit."""
    moved = [look.moved for look in looks if look.moved is not None]
    if len(moved) < len(looks) or _largest(np.stack([look.cells for look in looks])) >= CHANGED:
        return None
    right, down = np.mean(moved, axis=0).tolist()
    return right, down


def has_moved(before: tuple[float, float], after: tuple[float, float], looks: int, tremble: float) -> bool:
    """Whether a head is elsewhere than before, by more than a camera explains that moves it by `tremble` (standard
    deviation, px of the patch) from look to look; each place is the mean of `looks`. A head that sways looks the same
    as a camera that moves slowly, but a camera on a shelf trembles."""
    return math.dist(before, after) >= max(SWAYED, STEADILY * tremble / math.sqrt(looks))


def measure_tremble(looks: Sequence[Comparison]) -> float | None:
    """The variance of the face's place (px² of the patch), without steady movement; None of fewer than three looks."""
    moved = [look.moved for look in looks if look.moved is not None]
    if len(moved) < 3:
        return None
    bends = np.diff(np.array(moved), 2, axis=0)
    return float((bends**2).mean()) / 6.0


def _noise(looks: Cells) -> float:
    """The standard deviation of a cell in the mean of the looks, from the differences between neighbouring looks (the
    last and the first count as neighbours). The median leaves out cells that move; the pair that differs least has no
    blink in it."""
    steps = np.sort(np.abs(looks - looks[list(range(-1, len(looks) - 1))]), axis=1)
    return 1.4826 * float(steps[:, steps.shape[1] // 2].min()) / math.sqrt(len(looks))


def surroundings(box: Box, width: int, height: int) -> Box:
    """The region of a frame that is compared for a face in `box`: the face and its surroundings."""
    return box.grown(_SURROUND).clipped(width, height)


def cut_patch(grey: Image, region: Box) -> Patch:
    """The `region` reduced to _SIDE × _SIDE pixels and blurred."""
    cut = region.cut(grey)
    # OpenCV halves a picture at a twentieth of what other sizes cost. The last reduction keeps fractions of grey
    # levels: a face in the dark differs by no more.
    while min(cut.shape) >= 2 * _SIDE:
        height, width = cut.shape[0] // 2, cut.shape[1] // 2
        half = cv2.resize(cut[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        cut = np.asarray(half, np.uint8)
    small = cv2.resize(cut.astype(np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.float32)


def _slopes(patch: Patch) -> tuple[Patch, Patch]:
    """Grey levels a pixel, to the right and down."""
    across = cv2.Sobel(patch, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    upright = cv2.Sobel(patch, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    return np.asarray(across, np.float32), np.asarray(upright, np.float32)


def _find_unsaturated(looks: Sequence[Patch]) -> _Pixels | None:
    """Which pixels none of the looks has saturated; None where that is all of them."""
    brightest = looks[0] if len(looks) == 1 else np.maximum.reduce(looks)
    if float(brightest.max()) < _SATURATED:
        return None
    return np.asarray(cv2.dilate(brightest, _BESIDE_SATURATED) < _SATURATED, np.bool_)


def _intersect(one: _Pixels | None, other: _Pixels | None) -> _Pixels | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
