"""The training loop: one trunk, one head or two, exact resuming, every GPU and every machine there is."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from train import checkpoint
from train.arrays import Array
from train.augment import SEEDS, augment, mixup
from train.averaged import published, reestimate
from train.checkpoint import STATE
from train.data import Faces
from train.errors import TrainError, first_line
from train.machines import alike
from train.model import build, input_spec
from train.recipe import Recipe, priors, rate_at, targets
from train.resume import about, resumed
from train.runlog import RunLog
from train.start import start
from train.teach import taught


class Trainer:
    """One run in one folder: `run()` goes from where the folder's checkpoint stands to the last epoch."""

    def __init__(
        self,
        recipe: Recipe,
        train: Faces,
        check: Faces,
        out: Path,
        strategy: tf.distribute.Strategy,
        lessons: Mapping[str, Array] | None = None,
    ) -> None:
        """`lessons`: for each head that has teachers float32 [n, 7], what they say of the faces of `train`."""
        keras.utils.set_random_seed(recipe.seed)
        self.recipe, self.check, self.out, self.strategy = recipe, check, out, strategy
        wanted = targets(recipe, train)
        added = priors(recipe, wanted)
        for head, lesson in (lessons or {}).items():
            wanted[head] = taught(wanted[head], lesson, added[head], recipe.teach)
        rows = np.any([mass.any(axis=1) for mass in wanted.values()], axis=0)
        self.images, self.faces = train.images[rows], train.fingerprint()
        self.wanted = np.stack([wanted[head][rows] for head in recipe.heads()], axis=1)
        self.priors = np.stack([added[head] for head in recipe.heads()])
        self.loss_weights = np.array([recipe.loss_weight(head) for head in recipe.heads()], np.float32)
        self.spec = input_spec(recipe.model)
        self.steps = len(self.images) // recipe.batch
        if self.steps < 1:
            raise TrainError(f"{len(self.images)} faces to learn from: fewer than a batch of {recipe.batch}")
        self.epoch = 0
        with strategy.scope():
            self.net = self._build()
            self.average = self._build()
            self.optimizer = (
                keras.optimizers.Adam(recipe.rate) if recipe.optimizer == "adam"
                else keras.optimizers.SGD(recipe.rate, momentum=0.9, nesterov=True)
            )  # fmt: skip
            self.optimizer.build(self.net.trainable_variables)
        self.average.set_weights(self.net.get_weights())
        self.log = RunLog(out, [], {"recipe": asdict(recipe)})

    def _build(self) -> keras.Model:
        recipe = self.recipe
        return build(
            recipe.model, recipe.heads(), widths=recipe.widths, side=recipe.side, policy=recipe.precision,
            softmax=False,
        )  # fmt: skip

    # Starting points

    def start_from(self, path: Path) -> None:
        """As `train/start.py` has it: from an earlier model of the same make."""
        start(self.net, self.recipe, path, self.images, self.spec)
        self.average.set_weights(self.net.get_weights())

    def resume(self) -> None:
        """Everything as the last finished epoch left it; TrainError where it cannot (`train/resume.py`)."""
        groups, said = resumed(self.out / STATE, self.recipe, self.faces)
        for group, variables in self._variables().items():
            for variable, value in zip(variables, groups[group], strict=True):
                variable.assign(value)
        self.epoch, self.log.rows = said["epoch"], said["log"]

    def _variables(self) -> dict[str, list[Any]]:
        return {
            "net": self.net.variables,
            "average": self.average.variables,
            "optimizer": self.optimizer.variables,
        }

    def _save(self) -> None:
        groups = {group: [v.numpy() for v in variables] for group, variables in self._variables().items()}
        checkpoint.save(self.out / STATE, groups, about(self.recipe, self.epoch, self.log.rows, self.faces))

    # The loop

    def run(self, stop_after: int | None = None) -> None:
        """Trains to the last epoch, evaluating and saving the models now and then, and at the end.

        After epoch `stop_after` it stops as if killed there: the rate is that of the whole run. Raises TrainError
        where the folder cannot be written, where the loss is no number any more, and where there is nothing to do.
        """
        recipe = self.recipe
        for option, last in (("epochs", recipe.epochs), ("stop-after", stop_after or recipe.epochs)):
            if self.epoch >= last:
                raise TrainError(f"{self.out}: has its {self.epoch} epochs already: give more --{option}")
        with self._computed():
            alike(self.strategy, self.epoch, self.net.trainable_variables, self.out)
        if not self.epoch:
            with self._kept():
                self._save()
        while self.epoch < min(recipe.epochs, stop_after or recipe.epochs):
            started = time.monotonic()
            with self._computed():
                row: dict[str, Any] = {"epoch": self.epoch + 1, **self._epoch(started)}
            if not math.isfinite(row["loss"]):
                raise TrainError(
                    f"{self.out}: epoch {row['epoch']}: the loss is no number any more: start again with a lower "
                    f"--rate than {recipe.rate:g}, into another --out"
                )
            self.epoch += 1
            row["seconds"] = round(time.monotonic() - started, 1)
            with self._kept():
                if self.epoch % recipe.evaluate_every == 0 or self.epoch == recipe.epochs:
                    row.update(self._evaluate())
                self.log.epoch(row)
                self._save()

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        """What is written in it is written, or the run ends with the one line that says why not."""
        try:
            yield
        except (OSError, tf.errors.OpError) as error:
            raise TrainError(
                f"{self.out}: epoch {self.epoch} cannot be kept ({first_line(error)}); "
                "--resume goes on from the last one that could"
            ) from error

    @contextlib.contextmanager
    def _computed(self) -> Iterator[None]:
        """What TensorFlow gives up in it (no memory left, another machine gone) is one line, too."""
        try:
            yield
        except (RuntimeError, tf.errors.OpError) as error:
            raise TrainError(
                f"{self.out}: TensorFlow gave up in epoch {self.epoch + 1} ({first_line(error)}); "
                "--resume goes on from the last finished one"
            ) from error

    def _epoch(self, started: float) -> dict[str, float]:
        """One epoch; the mean loss, and for each head the accuracy on what it was shown (augmented, mixed)."""
        recipe, total, sums = self.recipe, self.steps * self.recipe.epochs, []
        order = np.random.default_rng([recipe.seed, self.epoch]).permutation(len(self.images))
        for step in range(self.steps):
            number = self.epoch * self.steps + step
            rows = order[step * recipe.batch : (step + 1) * recipe.batch]
            sums.append(np.asarray(self._step(rows, number, rate_at(recipe, number, total))))
            self.log.step(self.epoch + 1, recipe.epochs, step + 1, self.steps, float(sums[-1][0]), started)
        loss, *counts = np.mean(sums, axis=0)
        right, shown = np.split(np.array(counts), 2)
        heads = zip(recipe.heads(), right / np.maximum(shown, 1e-9), strict=True)
        return {"loss": float(loss), **{f"{head}_training_accuracy": float(share) for head, share in heads}}

    def _step(self, rows: Array, number: int, rate: float) -> Any:
        """One global batch, cut evenly among the replicas; each replica draws its own augmentations."""
        replicas = self.strategy.num_replicas_in_sync

        def part(index: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            mine = rows[index::replicas]
            seed = np.array([(self.recipe.seed * 1009 + index) % SEEDS, number], np.int32)
            return tf.constant(self.images[mine]), tf.constant(self.wanted[mine]), tf.constant(seed)

        self.optimizer.learning_rate.assign(rate)
        decay = min(self.recipe.ema, (1 + number) / (10 + number)) if self.recipe.ema else 0.0
        if replicas == 1:
            return self._train_step(*part(0), tf.constant(decay, tf.float32))
        values = [
            self.strategy.experimental_distribute_values_from_function(
                lambda context, item=item: part(context.replica_id_in_sync_group)[item]
            )
            for item in range(3)
        ]
        return self._train_step(*values, tf.constant(decay, tf.float32))

    @tf.function
    def _train_step(self, images: Any, wanted: Any, seed: Any, decay: Any) -> Any:
        sums = self.strategy.run(self._replica_step, args=(images, wanted, seed))
        for mean, now in zip(self.average.weights, self.net.weights, strict=True):
            mean.assign(mean.value * decay + now.value * (1.0 - decay))
        return self.strategy.reduce(tf.distribute.ReduceOp.SUM, sums, axis=None)

    def _replica_step(self, images: Any, wanted: Any, seed: Any) -> Any:
        x = self._inputs(images, seed)
        if self.recipe.mixup:
            x, wanted = mixup(x, wanted, tf.random.experimental.stateless_fold_in(seed, 99), self.recipe.mixup)
        loss, logits, gradients = self._slope(x, wanted)
        if self.recipe.sam:
            reach = self.recipe.sam / (tf.linalg.global_norm(gradients) + 1e-12)
            pairs = zip(self.net.trainable_variables, gradients, strict=True)
            _, _, gradients = self._slope(x, wanted, [variable.value + reach * slope for variable, slope in pairs])
        self.optimizer.apply(gradients, self.net.trainable_variables)
        shown = tf.reduce_any(wanted > 0, axis=2)
        right = shown & (tf.argmax(logits, axis=2) == tf.argmax(wanted, axis=2))
        counts = [tf.reduce_sum(tf.cast(rows, tf.float32), axis=0) for rows in (right, shown)]
        return tf.concat([loss[None], *counts], axis=0)

    def _slope(self, x: Any, wanted: Any, at: list[Any] | None = None) -> tuple[Any, Any, list[Any]]:
        """Loss, logits [n, heads, 7], gradients: of the weights, or `at` others, of which BatchNorm learns nothing."""
        net, weights = self.net, self.net.trainable_variables if at is None else at
        with tf.GradientTape() as tape:
            tape.watch([] if at is None else at)
            state = [v.value for v in net.non_trainable_variables]
            logits = net(x, training=True) if at is None else net.stateless_call(at, state, x, training=True)[0]
            logits = tf.stack(logits if isinstance(logits, list | tuple) else [logits], axis=1)
            log_p = tf.nn.log_softmax(logits + self.priors)
            # wanted carries each face's weight; the mean is over the global batch, whatever the weights are.
            per_head = -tf.reduce_sum(wanted * log_p, axis=[0, 2]) / self.recipe.batch
            loss = tf.reduce_sum(per_head * self.loss_weights)
            named = zip(net.trainable_variables, weights, strict=True)
            squares = [tf.nn.l2_loss(value) for variable, value in named if variable.path.endswith("kernel")]
            whole = loss + tf.add_n(squares) * 2.0 * self.recipe.weight_decay / self.strategy.num_replicas_in_sync
        return loss, logits, tape.gradient(whole, weights)

    def _inputs(self, images: Any, seed: Any) -> Any:
        pixels = (
            augment(images, seed, self.recipe.augment, self.recipe.geometry)
            if self.recipe.augment or self.recipe.geometry
            else tf.cast(images[..., None], tf.float32)
        )
        return (pixels / 255.0 - self.spec.mean) / self.spec.std

    def _evaluate(self) -> dict[str, float]:
        """PublicTest's figures with the averaged weights, whose models are saved on the way."""
        shipped = self._build()
        shipped.set_weights(self.average.get_weights() if self.recipe.ema else self.net.get_weights())
        if self.recipe.ema:
            reestimate(shipped, self.images, self._inputs, self.recipe.seed)
        return published(shipped, self.recipe.heads(), self.check, self.spec, self.out)
