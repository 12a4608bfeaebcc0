"""A stage: it learns, goes on after a kill as if nothing had been, and says in one line what went wrong."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras
import tensorflow as tf

from edge.errors import EdgeError
from edge.vision.preprocess import normalise
from tests.train.faces import faces
from tests.train.stages import tiny
from train import fit as fitting
from train.arrays import Array
from train.fit import Checked, Pictures, Pupil, fit
from train.lessons import Lessons
from train.load import keras_model
from train.nets import build
from train.recipe import NETS, Stage

pytestmark = pytest.mark.filterwarnings("ignore")

NO_PRIOR = np.zeros((1, 7), np.float32)


def read_log(path: Path) -> Array:
    """The epochs that Keras' CSVLogger wrote."""
    return np.asarray(np.genfromtxt(path, delimiter=",", names=True))


class Killed(Exception):
    pass


def run(folder: Path, stage: Stage) -> dict[str, float]:
    return fit(stage, faces(each=4), faces(each=1, start=90), [], {}, folder)


def weights(folder: Path, head: str = "crowd") -> list[Array]:
    return list(keras_model(folder / f"{head}.keras").get_weights())


def test_it_goes_on_after_a_kill_as_if_nothing_had_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = tiny(epochs=3)
    figures = run(tmp_path / "straight", stage)
    assert set(figures) == {"crowd_accuracy", "crowd_balanced"}
    checked = Checked.on_epoch_end

    def kill(self: Checked, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if epoch == 1:  # after the second epoch's last step, before anything of it is kept
            raise Killed
        checked(self, epoch, logs)

    def stop(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Checked, "on_epoch_end", kill)
        with pytest.raises(Killed):
            run(tmp_path / "killed", stage)
    with monkeypatch.context() as patched:
        patched.setattr(fitting, "shipped", stop)  # after the last epoch
        with pytest.raises(Killed):
            run(tmp_path / "killed", stage)
    run(tmp_path / "killed", stage)
    for mine, theirs in zip(weights(tmp_path / "killed"), weights(tmp_path / "straight"), strict=True):
        assert mine == pytest.approx(theirs, abs=1e-5)
    assert read_log(tmp_path / "killed" / "log.csv")["epoch"].tolist() == [0, 1, 2]
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == ["crowd.keras", "log.csv", "tensorboard"]


def test_it_learns(tmp_path: Path) -> None:
    stage = tiny(targets="fer2013", epochs=12, rate=0.2, ema=0.5, augment=0.0, geometry=0.0, smoothing=0.0, sam=0.01)
    known = faces(each=20)
    figures = fit(stage, known, faces(each=4, start=90), [], {}, tmp_path)
    losses = read_log(tmp_path / "log.csv")["loss"]
    assert losses[-1] < 0.7 * losses[0]
    assert figures["fer2013_label_accuracy"] > 0.3


@pytest.mark.parametrize(("net", "widths"), [("edge", (16, 16, 16)), ("seed", ())])
def test_the_other_nets_and_both_heads(tmp_path: Path, net: str, widths: tuple[int, ...]) -> None:
    """The seed net as it was trained: Adam, nothing averaged, nothing augmented."""
    targets, kind = ("fer2013", "adam") if net == "seed" else ("both", "sgd")
    options = {"ema": 0.0, "augment": 0.0, "geometry": 0.0, "weight_decay": 0.0} if net == "seed" else {"mixup": 0.2}
    run(tmp_path, tiny(net=net, widths=widths, targets=targets, optimizer=kind, epochs=1, batch=14, **options))
    heads = sorted(path.stem for path in tmp_path.glob("*.keras"))
    assert heads == (["fer2013"] if net == "seed" else ["crowd", "fer2013"])
    model = keras_model(tmp_path / "fer2013.keras")
    assert (model.name, model.output_shape) == (net, (None, 7))
    assert not any("fused" in type(layer).__name__.lower() for layer in model.layers)


def test_the_same_step_has_the_same_faces_and_every_epoch_each_face_once() -> None:
    known = faces(each=4)
    stage = tiny(epochs=2, mixup=0.0, augment=0.0, geometry=0.0)
    pictures = Pictures(stage, known.images, np.eye(28, dtype=np.float32)[:, None])
    batches = [(np.asarray(x), np.asarray(targets)) for x, targets in pictures.dataset(0)]
    later = [np.asarray(x) for x, _ in pictures.dataset(5)]
    assert len(batches) == 2 * pictures.steps == 8
    assert all(np.array_equal(mine, theirs) for mine, (theirs, _) in zip(later, batches[5:], strict=True))
    for epoch in (batches[:4], batches[4:]):
        assert np.concatenate([targets for _, targets in epoch]).sum(axis=(0, 1)).tolist() == [1.0] * 28
    assert not np.array_equal(batches[0][0], batches[4][0])


def test_training_sees_the_pixels_as_the_device_does() -> None:
    images = faces(each=1).images
    pictures = Pictures(tiny(augment=0.0, geometry=0.0), images, np.zeros((7, 1, 7), np.float32))
    seen = np.asarray(pictures.inputs(tf.constant(images), tf.constant([1, 1])))
    assert seen == pytest.approx(normalise(images, NETS["mobile"].input)[..., None], abs=1e-5)


def test_a_step_of_sam_takes_the_slope_of_where_the_loss_is_highest_nearby(monkeypatch: pytest.MonkeyPatch) -> None:
    keras.utils.set_random_seed(1)
    stage = tiny(sam=0.3, ema=0.0)
    net = build(stage.net, stage.heads(), stage.widths, stage.side)
    pupil = Pupil(net.inputs[0], net.outputs)
    pupil.prepare(stage, NO_PRIOR, 1, Lessons(stage, NO_PRIOR, {}))
    x = normalise(faces(each=1).images, NETS["mobile"].input)[..., None]
    targets = np.eye(7, dtype=np.float32)[:, None]
    weights, others = pupil.trainable_variables, pupil.non_trainable_variables
    at_first = [variable.numpy() for variable in others]
    applied: list[Any] = []
    monkeypatch.setattr(pupil.optimizer, "apply", lambda gradients, _: applied.extend(gradients))
    pupil.train_step((x, targets))
    learnt = [variable.numpy() for variable in others]

    for variable, value in zip(others, at_first, strict=True):  # BatchNorm's, and where dropout's dice stood
        variable.assign(value)
    here, _, uphill = pupil._slope(x, targets)
    once = [variable.numpy() for variable in others]
    assert all(np.array_equal(*pair) for pair in zip(learnt, once, strict=True)), "BatchNorm learns from one pass"
    for variable, slope in zip(weights, uphill, strict=True):
        variable.assign_add(slope * 0.3 / tf.linalg.global_norm(uphill))
    there, _, slopes = pupil._slope(x, targets)
    assert float(there) > float(here)
    for mine, theirs in zip(applied, slopes, strict=True):
        assert np.asarray(mine) == pytest.approx(np.asarray(theirs), abs=1e-4)


def test_the_rate_warms_up_and_falls_and_adams_stays() -> None:
    stage = tiny(epochs=10, warmup=0.1, rate=0.1)
    net = build(stage.net, stage.heads(), stage.widths, stage.side)
    pupil = Pupil(net.inputs[0], net.outputs)
    pupil.prepare(stage, NO_PRIOR, 10, Lessons(stage, NO_PRIOR, {}))
    rates = [float(pupil.optimizer._learning_rate(step)) for step in range(100)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == rates[10] == pytest.approx(0.1)
    assert rates[-1] < 1e-4
    pupil.prepare(tiny(optimizer="adam", rate=0.1), NO_PRIOR, 10, Lessons(stage, NO_PRIOR, {}))
    assert float(pupil.optimizer.learning_rate) == pytest.approx(0.1)


def test_what_went_wrong_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EdgeError, match=r"^stage tiny: 28 faces to learn from, fewer than a batch of 70$"):
        run(tmp_path / "few", tiny(batch=70))
    lost = Checked(tiny(rate=5.0), Any, Any, Any)  # type: ignore[arg-type]
    with pytest.raises(EdgeError, match="stage tiny: epoch 1: the loss is no number any more: try a lower rate than 5"):
        lost.on_epoch_end(0, {"loss": float("nan")})
    (tmp_path / "file").write_text("")
    with pytest.raises(EdgeError, match="cannot be written or read"):
        run(tmp_path / "file", tiny())

    def no_memory(*_: Any, **__: Any) -> Any:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating\nmore lines")

    monkeypatch.setattr(fitting.Pupil, "fit", no_memory)
    with pytest.raises(EdgeError, match=r"TensorFlow gave up \(.*OOM.*\); the same command goes on") as error:
        run(tmp_path / "large", tiny())
    assert "\n" not in str(error.value)


REPLICAS = """
import sys
from pathlib import Path
import tensorflow as tf
count = int(sys.argv[1])
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * count
)
import train.nets
from tests.train.faces import faces
from tests.train.stages import tiny
from train.fit import fit
train.nets._end = lambda x: train.nets.layers.GlobalAveragePooling2D(name="average")(x)  # without dropout
known = faces(each=4)
known.images[:] = known.images[0]
strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(count)])
stage = tiny(targets="fer2013", batch=14, augment=0.0, geometry=0.0)
with strategy.scope():
    assert strategy.num_replicas_in_sync == count
    fit(stage, known, known, [], {}, Path(sys.argv[2]))
"""


def test_two_replicas_share_a_batch(tmp_path: Path, root: Path) -> None:
    """Every face is the same picture, with labels of its own, and nothing is left to chance: then a BatchNorm sees in
    half of a batch what it sees in the whole, and two replicas have to come to what one comes to."""
    for count in (1, 2):
        command = [sys.executable, "-c", REPLICAS, str(count), str(tmp_path / str(count))]
        done = subprocess.run(command, cwd=root, env=os.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    one, two = (read_log(tmp_path / str(count) / "log.csv") for count in (1, 2))
    assert one["loss"] == pytest.approx(two["loss"], rel=1e-3)
    for mine, theirs in zip(*(weights(tmp_path / str(count), "fer2013") for count in (1, 2)), strict=True):
        assert mine == pytest.approx(theirs, abs=1e-3)
