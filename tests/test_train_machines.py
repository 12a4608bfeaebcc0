"""Several machines: two real workers on this one, wired by TensorFlow's own TF_CONFIG, train one model together."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")

from tests.train_faces import kaggle_folder

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
    for worker in running:
        said, _ = worker.communicate(timeout=300)
        done.append(subprocess.CompletedProcess(worker.args, worker.returncode, said))
    return done


def test_two_machines_train_one_model_and_go_on_with_it(tmp_path: Path) -> None:
    data, out = kaggle_folder(tmp_path / "fer", training=6, public=2), tmp_path / "run"
    command = [sys.executable, "-m", "train", "fit", "--data", str(data), "--out", str(out), *FIT]
    first = together([*command, "--stop-after", "1"])
    assert [worker.returncode for worker in first] == [0, 0], first[0].stdout + first[1].stdout
    second = together([*command, "--resume"])
    assert [worker.returncode for worker in second] == [0, 0], second[0].stdout + second[1].stdout

    logs = [json.loads((folder / "log.json").read_text())["epochs"] for folder in (out, out / "worker-1")]
    assert [row["epoch"] for row in logs[0]] == [1, 2]
    # The gradients were summed: had each gone its own way, their second epochs would differ.
    # BatchNorm's running statistics stay each machine's own; the first one's are in the model.
    assert [row["loss"] for row in logs[0]] == [row["loss"] for row in logs[1]]
    assert (out / "fer2013.keras").is_file()
