"""Faults of a camera that its picture shows: frozen, black, incomplete. Pure: pixels in, a word out."""

from typing import Literal

import numpy as np

from edge.records import Image

Fault = Literal["", "frozen", "dark", "incomplete"]

#: One row in this many is read: 60 of 480, which is 38 kB.
ROWS_APART = 8
#: Grey level: a picture with a higher mean is not black. Black is up to 16 in limited range.
BLACK = 24
#: A darker picture is black where the means of its runs of RUN_WIDTH pixels differ by no more than this many grey
#: levels. In a tenth of the light, in which most faces are found (docs/light.md), they differ by more.
ALIKE = 4
RUN_WIDTH = 8
#: This share of the runs may differ more: a lamp of the camera's own, a hot pixel.
LIT_SHARE = 0.001
#: A black picture is reported after this long: exposure needs a moment.
DARK_SECONDS = 5.0
#: Above this grey level the sun may make an area of a picture even.
WHITE = 235


class FaultDetector:
    """Checks the pictures of one camera in turn."""

    def __init__(self) -> None:
        self._rows: Image | None = None
        self._changed_at = self._lit_at = 0.0

    def forget(self) -> None:
        """Drops the last picture, when the camera is switched off."""
        self._rows = None

    def detect(self, grey: Image, now: float, still_seconds: float) -> Fault:
        """The fault of the picture `grey`, empty where there is none. `frozen`: no pixel has changed for
        `still_seconds` (a sensor's noise always changes some); `dark`: black for DARK_SECONDS; `incomplete`: its lowest
        quarter is one even grey, as a decoder leaves it where data is missing."""
        rows = np.ascontiguousarray(grey[::ROWS_APART])
        last, self._rows = self._rows, rows
        if last is None:
            self._changed_at = self._lit_at = now
        elif not np.array_equal(last, rows):
            self._changed_at = now
        if _shows_something(rows):
            self._lit_at = now
        if self._lit_at < now and now - self._lit_at >= DARK_SECONDS:
            return "dark"
        if self._lit_at == now and now - self._changed_at >= still_seconds:
            return "frozen"
        return "incomplete" if _incomplete(rows) else ""


def _shows_something(rows: Image) -> bool:
    if float(rows.mean()) > BLACK:
        return True
    width = rows.shape[1] // RUN_WIDTH * RUN_WIDTH
    means = rows[:, :width].reshape(len(rows), -1, RUN_WIDTH).mean(axis=2)
    return bool(np.count_nonzero(np.abs(means - np.median(means)) > ALIKE) > LIT_SHARE * means.size)


def _incomplete(rows: Image) -> bool:
    lowest = rows[-max(1, len(rows) // 4) :]
    level = int(lowest[0, 0])
    return BLACK < level < WHITE and bool((lowest == level).all()) and not bool((rows == level).all())
