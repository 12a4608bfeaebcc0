"""Sharpness-aware minimization: a step down from where, nearby, the loss is highest."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import tensorflow as tf

from tests.train_faces import faces
from train.fit import Trainer
from train.recipe import Recipe

pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_step_of_sam_takes_the_slope_of_where_the_loss_is_highest_nearby(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe(widths=(16, 16, 16), epochs=1, batch=7, sam=0.3, mixup=0.0)
    run = Trainer(recipe, faces(each=4), faces(each=1, start=90), tmp_path, tf.distribute.get_strategy())
    images, wanted, seed = tf.constant(run.images[:7]), tf.constant(run.wanted[:7]), tf.constant([1, 1])
    weights, others = run.net.trainable_variables, run.net.non_trainable_variables
    at_first = [variable.numpy() for variable in others]
    applied: list[Any] = []
    monkeypatch.setattr(run.optimizer, "apply", lambda gradients, _: applied.extend(gradients))
    run._replica_step(images, wanted, seed)
    learnt = [variable.numpy() for variable in others]

    for variable, value in zip(others, at_first, strict=True):  # BatchNorm's, and where dropout's dice stood
        variable.assign(value)
    here, _, uphill = run._slope(run._inputs(images, seed), wanted)
    once = [variable.numpy() for variable in others]
    assert all(np.array_equal(*pair) for pair in zip(learnt, once, strict=True)), "BatchNorm learns from one pass"
    for variable, slope in zip(weights, uphill, strict=True):
        variable.assign_add(slope * 0.3 / tf.linalg.global_norm(uphill))
    there, _, slopes = run._slope(run._inputs(images, seed), wanted)
    assert float(there) > float(here)
    for mine, theirs in zip(applied, slopes, strict=True):
        assert np.asarray(mine) == pytest.approx(np.asarray(theirs), abs=1e-4)
