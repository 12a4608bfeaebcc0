"""Where the scene has changed, from coarse differences of frames: arithmetic only."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from edge.records import Box, Image

_SIDE = 16  # px of the coarse picture's shorter side
_STEP = 10.0  # grey levels: above a camera's noise once averaged over a cell
_GAIN = 2.5  # the largest change of exposure that is corrected
_BESIDE, _ABOVE = 1.0, 1.0  # of a known face's width and height: the area its owner moves in
_SATURATED = 235.0  # mean grey level of a cell from which it may hold saturated pixels


class Motion:
    """Compares each frame with the one of the last `set_reference`, as a coarse picture of local brightness, after
    correcting a change of the whole picture's brightness (the median ratio of the cells)."""

    def __init__(self) -> None:
        self._reference: npt.NDArray[np.float32] | None = None
        self._present: npt.NDArray[np.float32] | None = None
        self._reference_faces: tuple[Box, ...] = ()
        self._shape = (0, 0)

    def compare(self, grey: Image, known: Sequence[Box] = ()) -> Box | None:
        """The box around all that differs from the reference, in pixels of the frame; None where nothing does. Without
        a reference of the frame's size it is the whole frame.

        The surroundings of `known` faces, from above the head to the frame's lower edge, are left out: where the faces
        are, and where they were at the last `set_reference`.
        """
        height, width = grey.shape
        whole = Box(0, 0, width, height)
        self._present = coarse_cells(grey)
        if self._reference is None or self._shape != grey.shape:
            self._shape = (height, width)
            return whole
        reference, present = self._reference, self._present
        gain = min(max(float(np.median(present / reference)), 1 / _GAIN), _GAIN)
        # A saturated pixel does not follow the gain.
        expected, seen = np.minimum(reference * gain, _SATURATED), np.minimum(present, _SATURATED)
        moved = np.abs(seen - expected) > _STEP
        cell_h, cell_w = height / moved.shape[0], width / moved.shape[1]
        for face in (*self._reference_faces, *known):
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
        """The means of the cells of the last frame compared (grey levels, plus 1)."""
        assert self._present is not None, "compare comes before cells"
        return self._present

    def set_reference(self, known: Sequence[Box] = ()) -> None:
        """Takes the last frame compared, with the faces `known` in it, as the reference."""
        self._reference, self._reference_faces = self._present, tuple(known)


def coarse_cells(grey: Image) -> npt.NDArray[np.float32]:
    """Means of cells of about 30 px: every fourth row and column is read, then averaged; from 1 to 256."""
    height, width = grey.shape
    sparse = np.ascontiguousarray(grey[min(2, height // 2) :: 4, min(2, width // 2) :: 4])  # at least one of each
    short = min(height, width)
    size = (max(1, round(_SIDE * width / short)), max(1, round(_SIDE * height / short)))
    return cv2.resize(sparse, size, interpolation=cv2.INTER_AREA).astype(np.float32) + 1.0
