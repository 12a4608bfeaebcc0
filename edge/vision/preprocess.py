"""From a grey picture of a face to the model's input: the same in training and on the device."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from edge.records import Box

#: Share of the detector's box added on every side (negative: cut away), and by which share of the box's height the crop
#: moves up. Measured in docs/crop.md.
MARGIN = -0.05
LIFT = 0.0


@dataclass(frozen=True, slots=True)
class InputSpec:
    """A model's input, from its JSON: `height` × `width` grey pixels, normalised by `mean` and `std`."""

    height: int
    width: int
    mean: float
    std: float


def normalise(grey: npt.NDArray[np.uint8], spec: InputSpec) -> npt.NDArray[np.float32]:
    """Grey levels 0–255 of any shape become (x/255 − mean)/std, float32 of the same shape."""
    scale = 1.0 / (255.0 * spec.std)
    return (grey.astype(np.float32) * np.float32(scale) - np.float32(spec.mean / spec.std)).astype(np.float32)


def crop(
    grey: npt.NDArray[np.uint8], box: Box, spec: InputSpec, margin: float = MARGIN, lift: float = LIFT
) -> npt.NDArray[np.uint8]:
    """The face in the detector's `box` as uint8 (spec.height, spec.width). The box grows by `margin` of its sides on
    every side and moves up by `lift` of its height; outside the frame, the frame's border is repeated."""
    height, width = grey.shape
    wanted = box.grown(margin).moved(0, round(-lift * box.h))
    inside = wanted.clipped(width, height)
    if inside.area == 0:  # outside the frame: the nearest pixel is used
        inside = Box(min(max(wanted.x, 0), width - 1), min(max(wanted.y, 0), height - 1), 1, 1)
        return np.full((spec.height, spec.width), grey[inside.y, inside.x], np.uint8)
    patch = inside.cut(grey)
    if inside != wanted:
        top, left = inside.y - wanted.y, inside.x - wanted.x
        bottom, right = wanted.h - inside.h - top, wanted.w - inside.w - left
        patch = np.asarray(cv2.copyMakeBorder(patch, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8)
    # Averaging avoids aliasing when the patch shrinks; when it grows, interpolation loses nothing (exact, as on ARM).
    shrinks = patch.shape[0] > spec.height or patch.shape[1] > spec.width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR_EXACT
    return np.asarray(cv2.resize(patch, (spec.width, spec.height), interpolation=method), np.uint8)
