"""A wide mobile net becomes a narrow one that keeps what matters."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras

from edge.errors import EdgeError
from edge.vision.preprocess import normalise
from tests.train_faces import faces
from train.arrays import Array
from train.fit import Trainer
from train.machines import strategy_for_machine
from train.model import build
from train.narrow import narrowed
from train.nets import EDGE_INPUT
from train.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("ignore")

WIDE, NARROW, SIDE = (16, 24, 24), (9, 12, 10), 48


def inputs() -> Array:
    return normalise(faces(each=3).images, EDGE_INPUT)[..., None]


def net(widths: tuple[int, ...], found: dict[str, list[Array]] | None = None) -> Any:
    model = build("mobile", widths=widths, side=SIDE)
    for name, values in (found or {}).items():
        model.get_layer(name).set_weights(values)
    return model


def test_a_net_of_the_same_widths_says_the_same() -> None:
    wide = net(WIDE)
    same = net(WIDE, narrowed(wide, ["crowd"], WIDE, inputs()))
    assert np.asarray(same(inputs())) == pytest.approx(np.asarray(wide(inputs())), abs=1e-6)


def test_channels_that_nobody_hears_go_first() -> None:
    # A channel that is born never to move would go before those that nobody hears.
    keras.utils.set_random_seed(1)
    wide, rng = net(WIDE), np.random.default_rng(3)
    for block, width in enumerate(NARROW, 1):
        deaf = rng.permutation(WIDE[block - 1])[width:]
        listener = wide.get_layer(f"pw{block + 1}" if block < len(WIDE) else "crowd")
        values = listener.get_weights()
        values[0][..., deaf, :] = 0.0
        listener.set_weights(values)
    narrow = net(NARROW, narrowed(wide, ["crowd"], NARROW, inputs()))
    assert np.asarray(narrow(inputs())) == pytest.approx(np.asarray(wide(inputs())), abs=1e-5)


def test_channels_that_never_move_go_first() -> None:
    wide = net(WIDE)
    gamma, beta, mean, variance = wide.get_layer("pw3_bn").get_weights()
    gamma[::2], beta[::2] = 0.0, -1.0  # ReLU makes them nothing
    wide.get_layer("pw3_bn").set_weights([gamma, beta, mean, variance])
    found = narrowed(wide, ["crowd"], (16, 24, 12), inputs())
    assert np.array_equal(found["pw3"][0], wide.get_layer("pw3").get_weights()[0][..., 1::2])


def test_a_net_of_the_other_head_gives_its_trunk() -> None:
    """What its own head hears decides which channels stay; the new head starts anew."""
    wide = net(WIDE)
    kernel, bias = wide.get_layer("crowd").get_weights()
    kernel[:12] = 0.0
    wide.get_layer("crowd").set_weights([kernel, bias])
    found = narrowed(wide, ["fer2013"], (16, 24, 12), inputs())
    assert "fer2013" not in found
    assert np.array_equal(found["pw3"][0], wide.get_layer("pw3").get_weights()[0][..., 12:])


def test_a_run_begins_with_a_wider_net(tmp_path: Path) -> None:
    wide = tmp_path / "wide.keras"
    net(WIDE).save(wide)
    recipe = Recipe(model="mobile", widths=NARROW, side=SIDE, epochs=1, batch=7, precision="float32", labels="crowd")
    run = Trainer(recipe, faces(each=3), faces(each=2), tmp_path, strategy_for_machine())
    run.start_from(wide)
    assert run.net.get_layer("pw3").get_weights()[0].shape == (1, 1, 12, 10)
    for widths, words in (
        ((16, 24), "it has not 2 blocks"),
        ((16, 30, 24), "its block 2 has 24 channels, not 30"),
    ):
        other = Trainer(replace(recipe, widths=widths), faces(each=3), faces(each=2), tmp_path, strategy_for_machine())
        with pytest.raises(EdgeError, match=f"wide.keras: cannot begin this net: {words}"):
            other.start_from(wide)
