"""What a batch is to be learnt as: people's answers mixed with what the teachers say of the very pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from edge.records import LABELS
from train.arrays import Array
from train.load import input_spec_of, keras_model
from train.recipe import NETS, Stage

Tensor = Any
Teacher = Callable[[Tensor], Tensor]


class Lessons:
    """The teachers of a stage, and what it costs to be wrong about a class.

    A teacher sees what the pupil sees, augmented and mixed: a pupil that copies a function learns more from it than
    one that is told the function's answers to other pictures (Beyer et al. 2022, Knowledge distillation: a good teacher
    is patient and consistent).
    """

    def __init__(self, stage: Stage, priors: Array, files: Mapping[str, Sequence[Path]]) -> None:
        """`priors` [heads, 7]: what the loss adds to the logits. `files`: for each head that is taught its teachers."""
        self._stage, self._priors = stage, priors
        self._teachers = {head: [_teacher(stage, path) for path in paths] for head, paths in files.items()}
        self._cost = np.array([stage.class_weights.get(label, 1.0) for label in LABELS], np.float32)

    def targets(self, x: Tensor, masses: Tensor) -> Tensor:
        """The pupil's input and people's answers [n, heads, 7] → what the loss wants, of the same shape.

        Each row of `masses` sums to the face's weight, and a taught row keeps it; then each class's part is multiplied
        by its cost: the pupil's odds of it rise by as much. A row of zeros counts nothing.
        """
        heads = [
            self._taught(x, masses[:, index], self._teachers.get(head, ()), prior)
            for index, (head, prior) in enumerate(zip(self._stage.heads(), self._priors, strict=True))
        ]
        return tf.stack(heads, axis=1) * self._cost

    def _taught(self, x: Tensor, mass: Tensor, teachers: Sequence[Teacher], prior: Array) -> Tensor:
        """A share of the masses [n, 7] given as the teachers' mean says (Hinton et al. 2015).

        The teachers' losses added a prior to their logits, so that their answers lack it. With it they are the
        distribution that the teachers learnt: exact for teachers of the same `balance`, near enough for others.
        """
        if not teachers:
            return mass
        said = tf.add_n([teacher(x) for teacher in teachers]) * np.exp(prior)
        said /= tf.reduce_sum(said, axis=1, keepdims=True)
        share = self._stage.teach
        return (1.0 - share) * mass + share * said * tf.reduce_sum(mass, axis=1, keepdims=True)


def _teacher(stage: Stage, path: Path) -> Teacher:
    """A model that answers with probabilities [n, 7] what is shown to the pupil of the stage."""
    model, mine = keras_model(path), NETS[stage.net].input
    spec = input_spec_of(model)

    def answers(x: Tensor) -> Tensor:
        if (spec.height, spec.width) != (mine.height, mine.width):
            x = tf.image.resize(x, (spec.height, spec.width))
        return model((x * mine.std + mine.mean - spec.mean) / spec.std, training=False)

    return answers
