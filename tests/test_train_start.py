"""What a net begins with where the earlier one calls its layers otherwise."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from edge.errors import EdgeError
from tests.train_faces import faces
from train.model import build
from train.nets import SEED_INPUT
from train.recipe import recipe_for
from train.start import start

pytestmark = pytest.mark.filterwarnings("ignore")


def of_another_name(path: Path, units: int = 512) -> keras.Model:
    """The replaced system's net as somebody else would write it."""
    layers = keras.layers
    convolutions = [
        layer
        for filters in (128, 256, 512, 512)
        for layer in (layers.Conv2D(filters, 3, activation="relu"), layers.MaxPooling2D(2))
    ]
    dense = [layers.Dense(n, activation="relu") for n in (units, 256)]
    net = keras.Sequential(
        [keras.Input((48, 48, 1)), *convolutions, layers.Flatten(), *dense, layers.Dense(7, activation="softmax")]
    )
    net.save(path)
    return net


def test_the_seed_net_begins_with_the_replaced_systems_weights(tmp_path: Path) -> None:
    theirs, ours = of_another_name(tmp_path / "theirs.keras"), build("seed", ("fer2013",))
    start(ours, recipe_for("seed"), tmp_path / "theirs.keras", faces(each=1).images, SEED_INPUT)
    for mine, wanted in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert np.array_equal(mine, wanted)
    of_another_name(tmp_path / "narrow.keras", units=300)
    with pytest.raises(EdgeError, match=r"narrow.keras: has no layer conv1: not the same trunk"):
        start(ours, recipe_for("seed"), tmp_path / "narrow.keras", faces(each=1).images, SEED_INPUT)
