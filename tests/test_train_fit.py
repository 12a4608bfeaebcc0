"""Training: it learns, it goes on after a kill as if nothing had been, and it refuses what does not go together."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import keras
import tensorflow as tf

from edge.errors import EdgeError
from edge.vision.preprocess import normalise
from tests.train_faces import faces
from train.checkpoint import STATE, save
from train.fit import Trainer
from train.recipe import Recipe

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.filterwarnings("ignore")

# oneDNN (TensorFlow 2.21) crashes in the gradient of convolutions with eight channels: 16 is as tiny as it gets.
TINY = Recipe(widths=(16, 16, 16), epochs=3, batch=7, rate=0.05, ema=0.9, precision="float32", evaluate_every=3, seed=3)


def trainer(folder: Path, recipe: Recipe = TINY, strategy: Any = None) -> Trainer:
    folder.mkdir(exist_ok=True)
    return Trainer(recipe, faces(each=4), faces(each=1, start=90), folder, strategy or tf.distribute.get_strategy())


class Killed(Exception):
    pass


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Trainer:
    """A run that went through undisturbed; its folder is `straight.out`."""
    run = trainer(tmp_path_factory.mktemp("straight"))
    run.run()
    return run


def test_resuming_after_a_kill_gives_the_same_weights(
    straight: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = trainer(tmp_path / "killed")
    step = killed._step

    def until(rows: Any, number: int, rate: float) -> Any:
        if number == 2 * killed.steps + 1:  # in the middle of the third epoch
            raise Killed
        return step(rows, number, rate)

    monkeypatch.setattr(killed, "_step", until)
    with pytest.raises(Killed):
        killed.run()
    (tmp_path / "killed" / f".{Path(STATE).stem}.tmp.npz").write_bytes(b"half a checkpoint")

    resumed = trainer(tmp_path / "killed")
    resumed.resume()
    assert resumed.epoch == 2
    resumed.run()
    for mine, theirs in zip(resumed.net.get_weights(), straight.net.get_weights(), strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)
    for mine, theirs in zip(resumed.average.get_weights(), straight.average.get_weights(), strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)
    log = json.loads((tmp_path / "killed" / "log.json").read_text())
    assert [row["epoch"] for row in log["epochs"]] == [1, 2, 3]
    assert {"crowd_accuracy", "crowd_balanced", "fer2013_label_accuracy"} <= set(log["epochs"][2])
    assert sorted(path.name for path in (tmp_path / "killed").glob("[!.]*.keras")) == ["crowd.keras", "fer2013.keras"]


def test_a_kill_in_the_first_epoch_leaves_the_start_to_resume_from(
    tmp_path: Path, straight: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = trainer(tmp_path / "run", replace(TINY, seed=9))
    begun.start_from(straight.out / "crowd.keras")
    monkeypatch.setattr(begun, "_step", lambda *_: (_ for _ in ()).throw(Killed))
    with pytest.raises(Killed):
        begun.run()
    resumed = trainer(tmp_path / "run", replace(TINY, seed=9))
    resumed.resume()
    assert resumed.epoch == 0
    for mine, theirs in zip(resumed.net.get_weights(), begun.net.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)


def test_the_same_seed_gives_the_same_run_and_another_another(straight: Trainer, tmp_path: Path) -> None:
    same, other = trainer(tmp_path / "same"), trainer(tmp_path / "other", replace(TINY, seed=4))
    same.run()
    other.run()
    kernels = [run.net.get_layer("stage1_block1_a").get_weights()[0] for run in (straight, same, other)]
    assert np.array_equal(kernels[0], kernels[1])
    assert not np.allclose(kernels[0], kernels[2])
    assert [row["loss"] for row in same.log.rows] == [row["loss"] for row in straight.log.rows]


def test_the_largest_seed_will_do(tmp_path: Path) -> None:
    run = trainer(tmp_path / "run", replace(TINY, seed=2**32 - 1, epochs=1))
    run.run()
    assert np.isfinite(run.log.rows[0]["loss"])


def test_a_run_that_diverges_ends_before_it_saves_what_it_has_become(straight: Trainer, tmp_path: Path) -> None:
    run = trainer(tmp_path / "run", replace(TINY, evaluate_every=1))
    run.wanted[:] = np.nan
    with pytest.raises(EdgeError, match=r"epoch 1: the loss is no number any more: start again with a lower --rate"):
        run.run()
    assert not (tmp_path / "run" / "crowd.keras").exists()


def test_a_run_with_nothing_left_to_do_says_so(straight: Trainer) -> None:
    again = Trainer(straight.recipe, faces(each=4), straight.check, straight.out, tf.distribute.get_strategy())
    again.resume()
    for stop, option in ((None, "epochs"), (2, "epochs")):
        with pytest.raises(EdgeError, match=f"has its 3 epochs already: give more --{option}"):
            again.run(stop)
    again.recipe = replace(straight.recipe, epochs=5)
    with pytest.raises(EdgeError, match="has its 3 epochs already: give more --stop-after"):
        again.run(3)


def test_what_cannot_be_resumed_is_named(straight: Trainer, tmp_path: Path) -> None:
    other = trainer(tmp_path / "run", replace(TINY, rate=0.2))
    with pytest.raises(EdgeError, match=r"state.npz: no such file: nothing to resume"):
        other.resume()
    content = (straight.out / STATE).read_bytes()
    (tmp_path / "run" / STATE).write_bytes(content)
    with pytest.raises(EdgeError, match=r"was made with another --rate \(0.05\)"):
        other.resume()
    (tmp_path / "run" / STATE).write_bytes(content[: len(content) // 2])
    with pytest.raises(EdgeError, match="not a checkpoint that can be read"):
        other.resume()
    (tmp_path / "run" / STATE).write_bytes(b"")
    with pytest.raises(EdgeError, match="not a checkpoint that can be read"):
        other.resume()
    save(tmp_path / "run" / STATE, {"net": []}, {"epoch": 1})
    with pytest.raises(EdgeError, match="not a run's state of this version"):
        other.resume()


def test_a_run_is_not_resumed_with_other_faces(straight: Trainer, tmp_path: Path) -> None:
    (tmp_path / STATE).write_bytes((straight.out / STATE).read_bytes())
    revoted = faces(each=4)
    revoted.votes[0] = revoted.votes[1]
    for known in (faces(each=4, start=1), revoted):
        other = Trainer(TINY, known, straight.check, tmp_path, tf.distribute.get_strategy())
        with pytest.raises(EdgeError, match="learnt from other faces or votes"):
            other.resume()


def test_an_epoch_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "run" / "log.json").mkdir(parents=True)
    with pytest.raises(EdgeError, match=r"run: epoch 1 cannot be kept \(.*directory.*\); --resume") as error:
        trainer(tmp_path / "run", replace(TINY, epochs=1)).run()
    assert "\n" not in str(error.value)


def test_a_run_goes_on_in_the_precision_of_another_machine(straight: Trainer, tmp_path: Path) -> None:
    elsewhere = trainer(tmp_path / "run", replace(TINY, epochs=4, evaluate_every=9, precision="mixed_bfloat16"))
    (tmp_path / "run" / STATE).write_bytes((straight.out / STATE).read_bytes())
    elsewhere.resume()
    for mine, theirs in zip(elsewhere.net.get_weights(), straight.net.get_weights(), strict=True):
        assert np.array_equal(mine, theirs)
    elsewhere.run()
    assert elsewhere.epoch == 4
    assert all(np.isfinite(weights).all() for weights in elsewhere.net.get_weights())


def test_a_single_head_starts_from_the_common_trunk(straight: Trainer, tmp_path: Path) -> None:
    alone = trainer(tmp_path / "alone", replace(TINY, labels="crowd"))
    alone.start_from(straight.out / "crowd.keras")
    assert len(alone.net.outputs) == 1
    first = straight.average.get_layer("stage1_block1_a").get_weights()[0]
    assert np.array_equal(alone.net.get_layer("stage1_block1_a").get_weights()[0], first)


def test_a_wider_net_starts_as_the_narrow_one_it_grows_from(straight: Trainer, tmp_path: Path) -> None:
    narrow = straight.out / "crowd.keras"
    wide = trainer(tmp_path / "wide", replace(TINY, labels="crowd", widths=(16, 24, 32)))
    wide.start_from(narrow)
    images = normalise(faces(each=2).images, wide.spec)[..., None]
    expected = keras.models.load_model(narrow, compile=False)(images)
    assert np.asarray(tf.nn.softmax(wide.net(images))) == pytest.approx(np.asarray(expected), abs=1e-5)
    new_kernels = wide.net.get_layer("stage2_block1_a").get_weights()[0][..., 16:]
    assert np.abs(new_kernels).min(axis=(0, 1, 2)).all()


def test_a_net_that_is_taught_has_other_targets(straight: Trainer, tmp_path: Path) -> None:
    said = np.tile(np.eye(7, dtype=np.float32)[3], (28, 1))
    recipe = replace(TINY, labels="crowd", teach=0.25, balance=0.0)
    (tmp_path / "taught").mkdir()
    run = Trainer(
        recipe,
        faces(each=4),
        faces(each=1, start=90),
        tmp_path / "taught",
        tf.distribute.get_strategy(),
        {"crowd": said},
    )
    weight = straight.wanted[:, 0].sum(axis=1)
    assert run.wanted[:, 0] == pytest.approx(0.75 * straight.wanted[:, 0] + 0.25 * weight[:, None] * said)


def test_each_head_has_a_lesson_of_its_own(straight: Trainer, tmp_path: Path) -> None:
    said = np.tile(np.eye(7, dtype=np.float32)[3], (28, 1))
    run = Trainer(
        replace(TINY, teach=1.0), faces(each=4), faces(each=1, start=90), tmp_path, tf.distribute.get_strategy(),
        {"fer2013": said},
    )  # fmt: skip
    assert np.array_equal(run.wanted[:, 0], straight.wanted[:, 0])
    assert run.wanted[:, 1] == pytest.approx(said)


def test_a_narrower_net_cannot_start_from_a_wide_one(straight: Trainer, tmp_path: Path) -> None:
    with pytest.raises(EdgeError, match=r"layer stage2_block1_a is wider than this net's"):
        trainer(tmp_path / "run", replace(TINY, widths=(16, 12, 16))).start_from(straight.out / "crowd.keras")


def test_what_tensorflow_gives_up_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = trainer(tmp_path / "run")

    def no_memory(*_: Any) -> Any:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating\nmore lines")

    monkeypatch.setattr(run, "_step", no_memory)
    with pytest.raises(
        EdgeError, match=r"TensorFlow gave up in epoch 1 \(.*OOM when allocating.*\); --resume"
    ) as error:
        run.run()
    assert "\n" not in str(error.value)
