"""One label's score raised for good: what a net that learnt not to be shy of the rare ones owes a common one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from edge.records import LABELS
from train.errors import TrainError
from train.load import keras_model

if TYPE_CHECKING:
    import keras


def favoured(path: Path, label: str, by: float) -> keras.Model:
    """The model at `path` with `by` added to the logit of `label`: its odds against any other label times e^by.

    Logit adjustment after training (Menon et al. 2021), of one label instead of all. Raises TrainError for a label that
    is none of the seven, a `by` that is no number, and a model that does not end in seven units with a bias.
    """
    import keras

    if label not in LABELS:
        raise TrainError(f"--label {label}: one of {', '.join(LABELS)}")
    if not math.isfinite(by):
        raise TrainError(f"--by {by}: a number, such as 0.4")
    model = keras_model(path)
    last = next((layer for layer in reversed(model.layers) if layer.weights), None)
    if not isinstance(last, keras.layers.Dense) or last.units != len(LABELS) or not last.use_bias:
        raise TrainError(f"{path}: does not end in a dense layer of seven units with a bias")
    kernel, bias = last.get_weights()
    bias[LABELS.index(label)] += by
    last.set_weights([kernel, bias])
    return model
