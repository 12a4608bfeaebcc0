"""From a grey picture of a face to what the model was trained on: the one preprocessing of training and serving."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What a model's JSON says of its input: `height` × `width` grey pixels, normalised by `mean` and `std`."""

    height: int
    width: int
    mean: float
    std: float


def normalise(grey: npt.NDArray[np.uint8], spec: InputSpec) -> npt.NDArray[np.float32]:
    """Grey levels 0–255 of any shape become (x/255 − mean)/std, float32 of the same shape."""
    scale = 1.0 / (255.0 * spec.std)
    return (grey.astype(np.float32) * np.float32(scale) - np.float32(spec.mean / spec.std)).astype(np.float32)
