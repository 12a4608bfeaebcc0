"""Several machines train one model: two real workers on this one, wired by TensorFlow's own TF_CONFIG. Several GPUs do
too; CPU devices stand for them."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

from edge.errors import EdgeError
from tests.train_faces import kaggle_folder
from train.arrays import Array
from train.checkpoint import STATE, load, save
from train.commands import worker
from train.model import build

ROOT = Path(__file__).resolve().parent.parent
FIT = [
    *("--labels", "fer2013", "--epochs", "2", "--batch", "14", "--evaluate-every", "2"),
    *("--widths", "16-16-16", "--precision", "float32"),
]


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


def trained(state: Path) -> list[Array]:
    """The weights that learn, and the optimizer's."""
    groups, _ = load(state)
    net = build("edge", ("fer2013",), widths=(16, 16, 16), softmax=False)
    learn = {id(variable) for variable in net.trainable_variables}
    pairs = zip(net.variables, groups["net"], strict=True)
    return [value for variable, value in pairs if id(variable) in learn] + groups["optimizer"]


@pytest.mark.parametrize(
    ("kind", "index", "folder"), [("chief", 0, ""), ("worker", 0, "worker-0"), ("worker", 1, "worker-1")]
)
def test_every_machine_of_a_cluster_with_a_chief_has_a_folder_of_its_own(
    monkeypatch: pytest.MonkeyPatch, kind: str, index: int, folder: str
) -> None:
    cluster = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}}))
    assert worker() == folder


@pytest.mark.parametrize(
    "config",
    [
        "{",
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 3}}',
        '{"cluster": {"worker": ["a:1"]}, "task": {"type": "waiter", "index": 0}}',
        '{"cluster": {"worker": "x"}, "task": {"type": "worker", "index": 0}}',
    ],
)
def test_a_cluster_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, config: str) -> None:
    monkeypatch.setenv("TF_CONFIG", config)
    with pytest.raises(EdgeError, match="TF_CONFIG: not what"):
        worker()


def test_two_machines_train_one_model_and_go_on_with_it(tmp_path: Path) -> None:
    data, out = kaggle_folder(tmp_path / "fer", training=6, public=2), tmp_path / "run"
    command = [sys.executable, "-m", "train", "fit", "--data", str(data), "--out", str(out), *FIT]
    first = together([*command, "--stop-after", "1"])
    assert [machine.returncode for machine in first] == [0, 0], first[0].stdout + first[1].stdout
    second = together([*command, "--resume"])
    assert [machine.returncode for machine in second] == [0, 0], second[0].stdout + second[1].stdout

    logs = [json.loads((folder / "log.json").read_text())["epochs"] for folder in (out, out / "worker-1")]
    assert [row["epoch"] for row in logs[0]] == [1, 2]
    # The gradients were summed: had each gone its own way, their weights and their momentum would differ.
    # BatchNorm's running statistics stay each machine's own; the first one's are in the model.
    one, other = (trained(folder / STATE) for folder in (out, out / "worker-1"))
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(one, other, strict=True))
    assert (out / "fer2013.keras").is_file()

    # As if the second one had been killed while it wrote its last epoch.
    behind = out / "worker-1" / STATE
    groups, about = load(behind)
    save(behind, groups, about | {"epoch": 1})
    apart = together([*command, "--resume", "--epochs", "3"])
    assert [machine.returncode for machine in apart] == [2, 2], apart[0].stdout + apart[1].stdout
    for machine, epoch in zip(apart, (2, 1), strict=True):
        assert f"is at epoch {epoch}, and the machines are not all there" in machine.stdout.splitlines()[-1]
    behind.write_bytes((out / STATE).read_bytes())
    assert [machine.returncode for machine in together([*command, "--resume", "--epochs", "3"])] == [0, 0]


REPLICAS = """
import sys
from dataclasses import replace
from pathlib import Path

import tensorflow as tf

count = int(sys.argv[1])
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * count
)
from tests.test_train_fit import TINY
from tests.train_faces import faces
from train.fit import Trainer

known = faces(each=4)
known.images[:] = known.images[0]
strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(count)])
recipe = replace(TINY, labels="fer2013", batch=14, epochs=1, augment=0.0, geometry=0.0, mixup=0.0)
run = Trainer(recipe, known, known, Path(sys.argv[2]), strategy)
for net in (run.net, run.average):
    net.get_layer("dropout").rate = 0.0
assert strategy.num_replicas_in_sync == count
run.run()
print(run.log.rows[0]["loss"])
"""


def test_two_replicas_share_a_batch(tmp_path: Path) -> None:
    """Every face is the same picture, with labels of its own, and nothing is left to chance: then a BatchNorm sees in
    half of a batch what it sees in the whole, and two replicas have to come to what one comes to."""
    losses, weights = [], []
    exact = {**os.environ, "ONEDNN_DEFAULT_FPMATH_MODE": "STRICT"}  # a run before this may have asked for bfloat16
    for count in (1, 2):
        out = tmp_path / str(count)
        out.mkdir()
        command = [sys.executable, "-c", REPLICAS, str(count), str(out)]
        done = subprocess.run(command, cwd=ROOT, env=exact, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        assert (out / "fer2013.keras").is_file()
        losses.append(float(done.stdout.split()[-1]))
        weights.append(trained(out / STATE))
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    for one, two in zip(*weights, strict=True):
        assert one == pytest.approx(two, abs=1e-4)
