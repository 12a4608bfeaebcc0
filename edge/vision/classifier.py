"""From a face in a grey frame to seven calibrated probabilities."""

import numpy as np

from edge.records import LABELS, Box, Expression, Image
from edge.vision.model import Model
from edge.vision.preprocess import crop, normalise


class Classifier:
    """Runs one model; serves one thread at a time, as its interpreter does."""

    def __init__(self, model: Model) -> None:
        self.input = model.input
        self._runtime = model.runtime
        self._power = 1.0 / model.temperature
        self._order = np.array([model.labels.index(label) for label in LABELS])
        # A pixel has 256 values, so normalising and quantising are one table.
        levels = normalise(np.arange(256, dtype=np.uint8), model.input)
        self._elements = self._runtime.input.quantise(levels)

    def classify(self, grey: Image, box: Box) -> Expression:
        """The expression of the face whose detector box is `box` in `grey` (uint8, height × width)."""
        return self.classify_crop(crop(grey, box, self.input))

    def classify_crop(self, face: Image) -> Expression:
        """The expression of a crop: uint8 of the model's height × width, as `preprocess.crop` makes it.

        The model's probabilities p become p^(1/temperature), renormalised (temperature scaling: Guo et al. 2017,
        "On Calibration of Modern Neural Networks", written for softmax outputs instead of logits).
        """
        raw = self._runtime.run(self._elements[face][np.newaxis, :, :, np.newaxis])[0]
        powered = np.clip(raw[self._order], 0.0, None).astype(np.float64) ** self._power
        total = powered.sum()
        if not total > 0:  # every output was rounded to 0
            return Expression((1.0 / len(LABELS),) * len(LABELS))
        return Expression(tuple((powered / total).tolist()))
