"""What a camera's picture says of the camera itself: frozen, black, incomplete. Pure: pixels in, a word out."""

from typing import Literal

import numpy as np

from edge.records import Image

Sign = Literal["", "frozen", "dark", "incomplete"]

#: Every so many rows are looked at: 60 of 480, which is 38 kB.
ROWS_APART = 8
#: Grey levels: a picture that is brighter on average shows something. Black is up to 16 in limited range.
BLACK = 24
#: Below that it shows nothing where its parts, runs of PART_WIDTH pixels, are all alike up to this. In a tenth of the
#: light, in which most faces are found (docs/light.md), they differ by more.
ALIKE = 4
PART_WIDTH = 8
#: So much of it may differ: a lamp of the camera's own, a hot pixel.
LIT_SHARE = 0.001
#: A black picture is told of after this long: exposure needs a moment.
DARK_SECONDS = 5.0
#: Above this grey level the sun may make a part of a picture even.
WHITE = 235


class Signs:
    """Judges the pictures of one camera in turn."""

    def __init__(self) -> None:
        self._rows: Image | None = None
        self._changed_at = self._lit_at = 0.0

    def forget(self) -> None:
        """The camera was switched off: nothing of its pictures is kept."""
        self._rows = None

    def judge(self, grey: Image, now: float, still_seconds: float) -> Sign:
        """What is wrong with the picture `grey`, empty where nothing is.

        `frozen`: not one pixel has changed for `still_seconds`, where a sensor's noise always changes some; `dark`:
        black for DARK_SECONDS; `incomplete`: its lowest quarter is one even grey, as a decoder leaves it where the
        data ends too soon.
        """
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
    width = rows.shape[1] // PART_WIDTH * PART_WIDTH
    parts = rows[:, :width].reshape(len(rows), -1, PART_WIDTH).mean(axis=2)
    return bool(np.count_nonzero(np.abs(parts - np.median(parts)) > ALIKE) > LIT_SHARE * parts.size)


def _incomplete(rows: Image) -> bool:
    lowest = rows[-max(1, len(rows) // 4) :]
    level = int(lowest[0, 0])
    return BLACK < level < WHITE and bool((lowest == level).all()) and not bool((rows == level).all())
