"""Several machines train one model: two real workers on this one, wired by TensorFlow's own TF_CONFIG."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

import tensorflow as tf

from edge.errors import EdgeError
from tests.train.faces import kaggle_folder, votes_csv
from tests.train.stages import recipe_file
from train.load import keras_model
from train.machine import strategy

ROOT = Path(__file__).resolve().parent.parent.parent


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def together(command: list[str]) -> list[subprocess.CompletedProcess[str]]:
    """The command as two machines' workers, at the same time."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    running = []
    for index in (0, 1):
        config = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
        running.append(
            subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, "TF_CONFIG": config}, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )
        )  # fmt: skip
    done = []
    for machine in running:
        said, _ = machine.communicate(timeout=300)
        done.append(subprocess.CompletedProcess(machine.args, machine.returncode, said))
    return done


@pytest.mark.parametrize(
    ("kind", "index", "folder"), [("chief", 0, ""), ("worker", 0, "worker-0"), ("worker", 1, "worker-1")]
)
def test_every_machine_of_a_cluster_with_a_chief_has_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch, kind: str, index: int, folder: str
) -> None:
    cluster = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}}))
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda **_: None)  # it would wait for the others
    assert strategy() == (None, folder)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{", "TF_CONFIG: TensorFlow cannot use it"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 3}}', "`task_id` 3 exceeds"),
        ('{"cluster": {"worker": ["a:1"]}, "task": {"type": "waiter", "index": 0}}', "Unrecognized task_type: waiter"),
        (
            '{"cluster": {"worker": "x"}, "task": {"type": "worker", "index": 0}}',
            "tasks for job 'worker' must be a list",
        ),
    ],
)
def test_a_cluster_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, config: str, said: str) -> None:
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(EdgeError, match=said):
        strategy()


def test_two_machines_train_one_model_and_go_on_with_it(tmp_path: Path) -> None:
    folder = kaggle_folder(tmp_path / "fer", training=8, public=6)
    votes = votes_csv(tmp_path / "votes.csv", {"train/sad/Training_0.jpg": {"sadness": 10}})
    more = 'targets = "fer2013"'
    path, out = recipe_file(tmp_path, folder, votes, more), tmp_path / "run"
    path.write_text(path.read_text().replace("batch = 49", "batch = 14"))
    command = [sys.executable, "-m", "train", "make", str(path), "--data", str(folder), "--out", str(out)]
    done = together(command)
    # There are too few faces to convert the model with, which the first machine alone tries.
    assert [machine.returncode for machine in done] == [2, 0], done[0].stdout + done[1].stdout
    assert "56 faces to calibrate with: at least 500 are needed" in done[0].stdout
    one, other = (next(place.glob("tiny-*/fer2013.keras")) for place in (out, out / "worker-1"))
    # The gradients were summed: had each gone its own way, their weights would differ. BatchNorm's statistics are
    # each machine's own.
    mine, theirs = (keras_model(place).get_layer("pw2").get_weights()[0] for place in (one, other))
    assert mine == pytest.approx(theirs, abs=1e-6)
