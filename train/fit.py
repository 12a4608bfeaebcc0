"""One stage of a recipe, trained with Keras' `fit`: its net, its data, its callbacks; resumed where it was stopped."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edge.vision.preprocess import normalise
from train.arrays import Array
from train.augment import augment
from train.begin import begin
from train.data import Faces
from train.errors import TrainError, first_line
from train.lessons import Lessons
from train.metrics import score
from train.nets import build, shipped
from train.recipe import NETS, Stage
from train.targets import of_people, priors
from train.votes import majority

NORM_BATCH, NORM_BATCHES, NORM_QUICK = 256, 48, 20
"""Faces, and batches of them, with which BatchNorm's statistics are estimated anew: at last, and after each epoch."""


class Pupil(keras.Model):  # type: ignore[misc]  # Keras has no types
    """A net of logits that learns distributions, by sharpness-aware minimization where the stage says so."""

    def prepare(self, stage: Stage, priors: Array, steps: int, lessons: Lessons) -> None:
        """`priors` [heads, 7] are added to the logits inside the loss."""
        self.stage, self.priors, self.wanted = stage, priors, lessons.targets
        self.replicas = tf.distribute.get_strategy().num_replicas_in_sync
        self.loss_mean, self.right = keras.metrics.Mean(name="loss"), keras.metrics.Mean(name="accuracy")
        average = {"use_ema": True, "ema_momentum": stage.ema} if stage.ema else {}
        warm = round(stage.warmup * steps * stage.epochs)
        rate = keras.optimizers.schedules.CosineDecay(
            stage.rate / warm if warm else stage.rate, max(steps * stage.epochs - warm, 1),
            warmup_target=stage.rate if warm else None, warmup_steps=warm,
        )  # fmt: skip
        if stage.optimizer == "sgd":
            optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, **average)
        else:
            optimizer = keras.optimizers.Adam(stage.rate, **average)
        self.compile(optimizer=optimizer, jit_compile=False)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        return [self.loss_mean, self.right]

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Keras would build the net, which is built, from a batch, and cannot do so on several machines."""
        self.optimizer.build(self.trainable_variables)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, masses = data
        targets = self.wanted(x, masses)
        loss, logits, gradients = self._slope(x, targets)
        if self.stage.sam:
            reach = self.stage.sam / (tf.linalg.global_norm(gradients) + 1e-12)
            pairs = zip(self.trainable_variables, gradients, strict=True)
            _, _, gradients = self._slope(x, targets, [variable.value + reach * slope for variable, slope in pairs])
        self.optimizer.apply(gradients, self.trainable_variables)
        self.loss_mean.update_state(loss * self.replicas)
        seen = tf.cast(tf.reduce_any(targets > 0, axis=2), tf.float32)
        self.right.update_state(tf.argmax(logits, 2) == tf.argmax(targets, 2), sample_weight=seen)
        # On several machines Keras 3 reduces what comes out over its first axis, which a scalar lacks.
        apart = isinstance(tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy)
        return {metric.name: metric.result()[None] if apart else metric.result() for metric in self.metrics}

    def _slope(self, x: Any, targets: Any, at: list[Any] | None = None) -> tuple[Any, Any, list[Any]]:
        """Loss, logits [n, heads, 7], gradients: of the weights, or `at` others, from which BatchNorm takes nothing."""
        weights = self.trainable_variables if at is None else at
        with tf.GradientTape() as tape:
            if at is None:
                logits = self(x, training=True)
            else:
                tape.watch(at)
                state = [variable.value for variable in self.non_trainable_variables]
                logits = self.stateless_call(at, state, x, training=True)[0]
            logits = tf.stack(logits if isinstance(logits, list | tuple) else [logits], axis=1)
            # The targets carry each face's weight; the mean is over the whole batch, whatever the weights are.
            heads = -tf.reduce_sum(targets * tf.nn.log_softmax(logits + self.priors), axis=[0, 2]) / self.stage.batch
            loss = tf.reduce_sum(heads * np.array([1.0, self.stage.label_weight][: len(self.priors)], np.float32))
            named = zip(self.trainable_variables, weights, strict=True)
            squares = [tf.nn.l2_loss(value) for variable, value in named if variable.path.endswith("kernel")]
            whole = loss + tf.add_n(squares) * 2.0 * self.stage.weight_decay / self.replicas
        return loss, logits, tape.gradient(whole, weights)


class Pictures:
    """The faces of a stage, augmented: the same step gets the same batch, however often the stage was stopped."""

    def __init__(self, stage: Stage, images: Array, targets: Array) -> None:
        self.stage, self.images, self.targets = stage, tf.constant(images), tf.constant(targets)
        self.steps = len(images) // stage.batch
        if not self.steps:
            raise TrainError(
                f"stage {stage.name}: {len(images)} faces to learn from, fewer than a batch of {stage.batch}"
            )
        self.mixup = keras.layers.MixUp(stage.mixup, seed=stage.seed) if stage.mixup else None

    def dataset(self, first: int) -> tf.data.Dataset:
        """Batches from step `first` to the stage's last."""
        steps = tf.data.Dataset.range(first, self.steps * self.stage.epochs)
        return steps.map(self._batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True).prefetch(2)

    def _batch(self, step: Any) -> tuple[Any, Any]:
        batch = self.stage.batch
        places = step % self.steps * batch + tf.range(batch, dtype=tf.int64)
        key = tf.cast(tf.stack([self.stage.seed, step // self.steps]), tf.int32)
        rows = tf.random.experimental.index_shuffle(places, key, tf.constant(len(self.images) - 1, tf.int64))
        images, targets = tf.gather(self.images, rows), tf.gather(self.targets, rows)
        images.set_shape([batch, *self.images.shape[1:]])
        x = self.inputs(images, tf.cast(tf.stack([self.stage.seed, step]), tf.int32))
        if self.mixup:
            mixed = self.mixup({"images": x, "labels": tf.reshape(targets, [batch, -1])})
            x, targets = mixed["images"], tf.reshape(mixed["labels"], targets.shape)
        return x, targets

    def inputs(self, images: Any, seed: Any) -> Any:
        stage, spec = self.stage, NETS[self.stage.net].input
        some = stage.augment or stage.geometry
        x = augment(images, seed, stage.augment, stage.geometry) if some else tf.cast(images[..., None], tf.float32)
        return (x / 255.0 - spec.mean) / spec.std

    def fit_norm(self, net: keras.Model, batches: int = NORM_BATCHES) -> None:
        """BatchNorm's statistics of averaged weights: those of the weights that were averaged do not fit them."""
        forward = tf.function(lambda images, seed: net(self.inputs(images, seed), training=True))
        rng, count = np.random.default_rng(self.stage.seed), len(self.images)
        for index in range(batches if any(layer.name.endswith("_bn") for layer in net.layers) else 0):
            images = tf.gather(self.images, rng.integers(0, count, min(NORM_BATCH, count)))
            forward(images, tf.constant([self.stage.seed, -1 - index], tf.int32))


class Checked(keras.callbacks.Callback):  # type: ignore[misc]
    """After each epoch: the weights as they would be kept, and their figures."""

    def __init__(self, stage: Stage, pictures: Pictures, net: keras.Model, check: Faces) -> None:
        super().__init__()
        self.stage, self.pictures, self.net, self.check = stage, pictures, net, check

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for variable in self.model.non_trainable_variables:  # dropout's random numbers, which no backup holds
            if variable.path.endswith("seed_generator_state"):
                variable.assign([self.stage.seed + 1 + epoch, 0])

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is None or not math.isfinite(logs["loss"]):
            lost = f"stage {self.stage.name}: epoch {epoch + 1}: the loss is no number any more"
            raise TrainError(f"{lost}: try a lower rate than {self.stage.rate:g}")
        raw = self.model.get_weights()
        self.model.optimizer.finalize_variable_values(self.model.trainable_variables)  # the moving average, if any
        self.net.set_weights(self.model.get_weights())
        self.model.set_weights(raw)
        if self.stage.ema:
            self.pictures.fit_norm(self.net, NORM_QUICK)
        logs |= figures(self.net, self.stage, self.check)


def figures(net: keras.Model, stage: Stage, check: Faces) -> dict[str, float]:
    """How often each head is right about the faces of `check`, held against the crowd and the label."""
    outputs = net.predict(normalise(check.images, NETS[stage.net].input)[..., None], batch_size=256, verbose=0)
    truth, found = majority(check.votes), dict[str, float]()
    for head, scores in zip(stage.heads(), outputs if isinstance(outputs, list) else [outputs], strict=True):
        if head != "fer2013":
            crowd = score(scores[truth >= 0], truth[truth >= 0])
            found |= {f"{head}_accuracy": crowd["accuracy"], f"{head}_balanced": crowd["balanced_accuracy"]}
        if head != "crowd":
            found[f"{head}_label_accuracy"] = score(scores, check.labels)["accuracy"]
    return found


def fit(
    stage: Stage, faces: Faces, check: Faces, start: Sequence[Path], taught: Mapping[str, Sequence[Path]], folder: Path
) -> dict[str, float]:
    """Trains the stage in `folder`, from its last finished epoch if it was stopped there; writes HEAD.keras.

    `taught`: for each head that has teachers their files. Gives the figures on the faces of `check`. Raises TrainError
    where the folder cannot be written, where TensorFlow gives up, and where the loss is no number any more.
    """
    keras.utils.set_random_seed(stage.seed)
    masses = of_people(stage, faces)
    rows = np.any([mass.any(axis=1) for mass in masses.values()], axis=0)
    pictures = Pictures(stage, faces.images[rows], np.stack([mass[rows] for mass in masses.values()], axis=1))
    net, kept = (build(stage.net, stage.heads(), stage.widths, stage.side) for _ in range(2))
    pupil = Pupil(net.inputs[0], net.outputs, name=stage.net)
    if start:
        begin(pupil, stage, start, faces.images)
    prior = priors(stage, masses)
    pupil.prepare(stage, prior, pictures.steps, Lessons(stage, prior, taught))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        callbacks = [
            keras.callbacks.TerminateOnNaN(),
            Checked(stage, pictures, kept, check),
            keras.callbacks.CSVLogger(folder / "log.csv", append=True),
            keras.callbacks.TensorBoard(folder / "tensorboard", write_graph=False),
            keras.callbacks.BackupAndRestore(folder / "backup", double_checkpoint=True, delete_checkpoint=False),
        ]
        pupil.fit(
            pictures.dataset(_epochs_done(folder) * pictures.steps), steps_per_epoch=pictures.steps,
            epochs=stage.epochs, callbacks=callbacks, shuffle=False, verbose=1 if sys.stdout.isatty() else 2,
        )  # fmt: skip
        kept.set_weights(pupil.get_weights())  # at the end of `fit` the moving average, if there is one
        if stage.ema:
            pictures.fit_norm(kept)
        for index, head in enumerate(stage.heads()):
            shipped(kept, index).save(folder / f"{head}.keras")  # `done.json`, written last, says that it is whole
    except OSError as error:
        raise TrainError(f"{folder}: cannot be written or read ({first_line(error)})") from error
    except (RuntimeError, tf.errors.OpError) as error:
        gave_up = f"stage {stage.name}: TensorFlow gave up ({first_line(error)})"
        raise TrainError(f"{gave_up}; the same command goes on from the last finished epoch") from error
    shutil.rmtree(folder / "backup", ignore_errors=True)
    return figures(kept, stage, check)


def _epochs_done(folder: Path) -> int:
    """After how many BackupAndRestore will go on: the batches begin there."""
    try:
        return int(json.loads((folder / "backup" / "training_metadata.json").read_text())["epoch"])
    except (OSError, ValueError, KeyError):
        return 0
