"""Whether the scene has changed, from coarse differences of frames: arithmetic only."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from edge.records import Box, Image

_SIDE = 16  # px of the coarse picture's shorter side
_STEP = 10.0  # grey levels: above a camera's noise once averaged over a cell
_GAIN = 2.5  # the largest change of exposure that is taken out
_BESIDE, _ABOVE = 1.0, 1.0  # of a known face's width and height: what of the frame its owner moves
_SATURATED = 235.0  # mean grey level of a cell from which it may hold saturated pixels


class Motion:
    """Compares each frame with the one of the last `settle`, as a coarse picture of local brightness.

    A change of the whole picture's brightness (an exposure step) is taken out first: the median ratio of the cells.
    """

    def __init__(self) -> None:
        self._reference: npt.NDArray[np.float32] | None = None
        self._present: npt.NDArray[np.float32] | None = None
        self._settled: tuple[Box, ...] = ()
        self._shape = (0, 0)

    def look(self, grey: Image, known: Sequence[Box] = ()) -> Box | None:
        """The part of the frame that differs from the reference, in pixels of the frame; None where nothing does.

        What the people whose faces are `known` move themselves is left out, where they are and where they were at the
        last `settle`: from above the head down to the frame's lower edge. The whole frame when there is no reference
        or its size has changed.
        """
        height, width = grey.shape
        whole = Box(0, 0, width, height)
        self._present = coarse(grey)
        if self._reference is None or self._shape != grey.shape:
            self._shape = (height, width)
            return whole
        reference, present = self._reference, self._present
        gain = min(max(float(np.median(present / reference)), 1 / _GAIN), _GAIN)
        # A pixel that was or is saturated does not follow the gain.
        expected, seen = np.minimum(reference * gain, _SATURATED), np.minimum(present, _SATURATED)
        moved = np.abs(seen - expected) > _STEP
        cell_h, cell_w = height / moved.shape[0], width / moved.shape[1]
        for face in (*self._settled, *known):
            left, right = face.x - _BESIDE * face.w, face.x + (1 + _BESIDE) * face.w
            top = int(max(face.y - _ABOVE * face.h, 0) / cell_h)
            moved[top:, int(max(left, 0) / cell_w) : math.ceil(max(right, 0) / cell_w)] = False
        if not moved.any():
            return None
        rows, columns = np.flatnonzero(moved.any(axis=1)), np.flatnonzero(moved.any(axis=0))
        left, top = int(columns[0] * cell_w), int(rows[0] * cell_h)
        right, bottom = round((columns[-1] + 1) * cell_w), round((rows[-1] + 1) * cell_h)
        return Box(left, top, right - left, bottom - top)

    @property
    def cells(self) -> npt.NDArray[np.float32]:
        """The means of the cells of the frame looked at last (grey levels, plus 1)."""
        assert self._present is not None, "look comes before cells"
        return self._present

    def settle(self, known: Sequence[Box] = ()) -> None:
        """The frame looked at last, with the faces then `known`, becomes the reference."""
        self._reference, self._settled = self._present, tuple(known)


def coarse(grey: Image) -> npt.NDArray[np.float32]:
    """Means of cells of about 30 px: every fourth row and column is read, then averaged; from 1 to 256."""
    height, width = grey.shape
    sparse = np.ascontiguousarray(grey[min(2, height // 2) :: 4, min(2, width // 2) :: 4])  # at least one of each
    short = min(height, width)
    size = (max(1, round(_SIDE * width / short)), max(1, round(_SIDE * height / short)))
    return cv2.resize(sparse, size, interpolation=cv2.INTER_AREA).astype(np.float32) + 1.0
