"""What a training step and a prediction cost on this machine, and what each of `train/machine.py`'s choices gives.

python -m benchmarks.training [--net edge|mobile] [--widths A-B-…] [--side N] [--steps N] [--json FILE]

Every row is a process of its own with noise for faces, as `train make` would run it but for the one thing it names; the
first rounds, in which TensorFlow traces and memory is taken, do not count. Needs requirements-train.txt, and a machine
that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from train.machine import load_tensorflow, prepare

ROOT = Path(__file__).resolve().parent.parent
BATCH = 128
_WITHOUT_HEAP = "MOODCAST_BENCHMARK_FORGET"


def variants() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Each row's title, and what its process gets: options, and environment."""
    rows: dict[str, tuple[list[str], dict[str, str]]] = {
        "as train does it, float32": (["float32"], {}),
        "mixed_bfloat16": (["mixed_bfloat16"], {}),
        "freed memory given back": (["float32"], {_WITHOUT_HEAP: "1"}),
    }
    if platform.machine() == "x86_64":
        rows["products in bfloat16"] = (["float32"], {"ONEDNN_DEFAULT_FPMATH_MODE": "BF16"})
        rows["without oneDNN"] = (["float32"], {"TF_ENABLE_ONEDNN_OPTS": "0"})
    return rows


def measure(arguments: argparse.Namespace, policy: str) -> dict[str, float]:
    """Milliseconds of a step of BATCH faces and of a face predicted, and the most memory it took."""
    if _WITHOUT_HEAP not in os.environ:
        prepare()
    load_tensorflow()
    from edge.vision.preprocess import normalise
    from train.fit import Pictures, Pupil
    from train.nets import build, shipped
    from train.recipe import NETS, Stage

    rng = np.random.default_rng(1)
    images = rng.integers(0, 255, (BATCH * arguments.steps, 48, 48)).astype(np.uint8)
    targets = rng.dirichlet(np.ones(7), (len(images), 1)).astype(np.float32)
    stage = Stage(
        "noise", 3, net=arguments.net, widths=arguments.widths, side=arguments.side, batch=BATCH, sam=arguments.sam,
        precision=policy,
    )  # fmt: skip
    net = build(stage.net, stage.heads(), stage.widths, stage.side, policy)
    pupil, pictures = Pupil(net.inputs[0], net.outputs, name=stage.net), Pictures(stage, images, targets)
    pupil.prepare(stage, np.zeros((1, 7), np.float32), pictures.steps)
    batches, alone = pictures.dataset(0), shipped(net)
    inputs = normalise(images[: 2 * BATCH], NETS[stage.net].input)[..., None]
    figures = {}
    for _ in range(2):  # the first is the warming up
        run = _milliseconds(lambda: pupil.fit(batches, steps_per_epoch=arguments.steps, shuffle=False, verbose=0))
        figures["step_ms"] = run / arguments.steps
    for _ in range(2):
        run = _milliseconds(lambda: alone.predict(inputs, batch_size=BATCH, verbose=0))
        figures["predict_ms"] = run / len(inputs)
    figures["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {name: round(value, 1) for name, value in figures.items()}


def widths(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("-"))


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return (time.monotonic() - started) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description="A training step, as train does it and otherwise.")
    parser.add_argument("--net", choices=("edge", "mobile"), default="edge")
    parser.add_argument("--widths", type=widths, default=(), metavar="A-B-…", help="as of a recipe's stage")
    parser.add_argument("--side", type=int, default=144, help="as of a recipe's stage")
    parser.add_argument("--sam", type=float, default=0.0, help="as of a recipe's stage")
    parser.add_argument("--steps", type=int, default=8, help="of 128 faces each, that are measured")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--one", choices=("float32", "mixed_bfloat16"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments, arguments.one)))
        return 0
    given = [word for word in sys.argv[1:] if word != "--json" and word != str(arguments.json)]
    results = {}
    print(f"{'':34}{'ms a step':>11}{'ms a face predicted':>22}{'MiB':>8}")
    for title, (options, environ) in variants().items():
        command = [sys.executable, "-m", "benchmarks.training", *given, "--one", *options]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environ}, check=False, capture_output=True, text=True
        )
        if done.returncode:
            print(f"{title}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return 1
        figures = results[title] = json.loads(done.stdout.splitlines()[-1])
        print(
            f"{title:34}{figures['step_ms']:>11.0f}{figures['predict_ms']:>22.2f}{figures['memory_mib']:>8.0f}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
