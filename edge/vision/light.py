"""Prepares a picture for the cascades: gain where there is little light, and areas left out."""

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from edge.records import Image

#: Left, top, width and height, in shares of the picture.
Area = tuple[float, float, float, float]

#: A picture is brightened to the mean grey level MEAN at most, and so that BRIGHT_SHARE of its cells stay below BRIGHT.
#: OpenCV's cascades skip a window whose grey levels spread by 10 or less: in a fifth of the light they find 37 % of the
#: light-skinned faces and 11 % of the dark-skinned ones; brightened, all but a few of both (docs/light.md).
MEAN, BRIGHT, BRIGHT_SHARE = 120.0, 230.0, 0.98
MOST_GAIN = 12.0
#: A picture that needs less gain is left as it is: faces are found in it, and gain may make other things look like one.
LEAST_GAIN = 1.7
#: From this gain on the sensor's noise hides faces, so the cascades get the mean of 3×3 pixels.
NOISY_GAIN = 3.0


def measure_gain(cells: npt.NDArray[np.float32], areas: Sequence[Area] = ()) -> float:
    """The gain, 1 or LEAST_GAIN to MOST_GAIN, for a picture with these `motion.coarse_cells`; `areas` do not count."""
    if areas:
        cells = cells[_outside(cells.shape, areas)]
    if not cells.size:
        return 1.0
    gain = MEAN / cv2.mean(cells)[0]
    if gain < LEAST_GAIN:  # bright cells can only lower it
        return 1.0
    brightest = float(np.sort(cells, axis=None)[int(BRIGHT_SHARE * (cells.size - 1))])
    gain = min(gain, BRIGHT / brightest)
    return min(gain, MOST_GAIN) if gain >= LEAST_GAIN else 1.0


def brighten(grey: Image, gain: float) -> Image:
    """`grey` times `gain`, saturated; the same picture where the gain is 1."""
    return grey if gain == 1.0 else np.asarray(cv2.convertScaleAbs(grey, alpha=gain), np.uint8)


def quieten(lit: Image, gain: float) -> Image:
    """A picture brightened by `gain`, with its noise reduced for the cascades."""
    return lit if gain < NOISY_GAIN else np.asarray(cv2.blur(lit, (3, 3)), np.uint8)


def _outside(shape: tuple[int, ...], areas: Sequence[Area]) -> npt.NDArray[np.bool_]:
    """Which cells lie outside all of the areas."""
    outside = np.ones(shape, bool)
    height, width = shape
    for left, top, across, down in areas:
        rows = slice(math.floor(top * height), math.ceil((top + down) * height))
        outside[rows, math.floor(left * width) : math.ceil((left + across) * width)] = False
    return outside


def leave_out(grey: Image, areas: Sequence[Area]) -> Image:
    """A copy whose `areas` are plain grey; `grey` itself where there are none."""
    if not areas:
        return grey
    height, width = grey.shape
    plain = grey.copy()
    for left, top, across, down in areas:
        x, y = round(left * width), round(top * height)
        plain[y : round((top + down) * height), x : round((left + across) * width)] = 128
    return plain
