"""How much a look at a face is worth as evidence, from its crop and its box."""

import cv2
import numpy as np

from edge.records import Box, Image


def measure_quality(face: Image, box: Box) -> float:
    """0 (worthless) to 1, from the classifier's crop `face` and the detector's `box` it came from.

    The product of size (24 px is nothing, 64 px enough), contrast (standard deviation of grey levels), light (share
    of pixels neither black nor white), sharpness (spread of the Laplacian over that of the grey levels) and frontality
    (how alike the crop and its mirror image are, light from the side apart).
    """
    mean, deviation = (float(value[0][0]) for value in cv2.meanStdDev(face))
    if deviation < 4.0:
        return 0.0
    size = _ramp(box.w, 24, 64)
    contrast = _ramp(deviation, 6, 25)
    clipped = np.count_nonzero(face < 8) + np.count_nonzero(face > 247)
    light = _ramp(mean, 8, 45) * _ramp(1 - clipped / face.size, 0.3, 0.8)
    small = cv2.GaussianBlur(face, (3, 3), 0)
    edges = float(cv2.meanStdDev(cv2.Laplacian(small, cv2.CV_16S))[1][0][0])
    sharpness = _ramp(edges / deviation, 0.06, 0.2)
    return round(size * contrast * light * sharpness * _frontal(face), 3)


def _frontal(face: Image) -> float:
    """0.4 (turned away) to 1 (frontal)."""
    coarse = cv2.resize(face, (12, 12), interpolation=cv2.INTER_AREA).astype(np.float32)
    centred = coarse - coarse.mean()
    across = np.linspace(-1, 1, 12, dtype=np.float32)
    centred -= across * float((centred @ across).sum() / (12 * (across @ across)))  # light from the side
    power = float((centred * centred).sum())
    likeness = float((centred * centred[:, ::-1]).sum()) / power if power > 0 else 0.0
    return 0.4 + 0.6 * _ramp(likeness, -0.2, 0.4)


def _ramp(value: float, nothing: float, enough: float) -> float:
    """0 at `nothing`, 1 at `enough`, straight between."""
    return min(1.0, max(0.0, (value - nothing) / (enough - nothing)))
