"""What a training step and a prediction cost on this machine, and what each of `train/machine.py`'s choices gives.

python -m benchmarks.training [--model edge|mobile] [--widths A-B-…] [--side N] [--steps N] [--json FILE]

Every row is a process of its own with noise for faces, as `train fit` would run it but for the one thing it names; the
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
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from train.__main__ import widths
from train.machine import gpus, load_tensorflow, precision, prepare, quick_products

ROOT = Path(__file__).resolve().parent.parent
BATCH = 128
_OTHER = {"float32": "mixed_bfloat16", "mixed_bfloat16": "float32"}
_WITHOUT_HEAP = "MOODCAST_BENCHMARK_FORGET"


def variants(arguments: argparse.Namespace) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Each row's title, and what its process gets: options, and environment."""
    usual = precision(arguments.model, gpus())
    rows: dict[str, tuple[list[str], dict[str, str]]] = {
        f"as train does it, {usual}": ([usual], {}),
        _OTHER[usual]: ([_OTHER[usual]], {}),
        "freed memory given back": ([usual], {_WITHOUT_HEAP: "1"}),
    }
    if platform.machine() == "x86_64":
        rows["products in float32"] = ([usual], {"ONEDNN_DEFAULT_FPMATH_MODE": "STRICT"})
        rows["without oneDNN"] = ([usual], {"TF_ENABLE_ONEDNN_OPTS": "0"})
    return rows


def measure(arguments: argparse.Namespace, policy: str) -> dict[str, float]:
    """Milliseconds of a step of BATCH faces and of a face predicted, and the most memory it took."""
    if _WITHOUT_HEAP not in os.environ:
        prepare()
    quick_products()
    from edge.vision.preprocess import normalise
    from train.data import Faces
    from train.fit import Trainer
    from train.machines import strategy_for_machine
    from train.model import single
    from train.recipe import Recipe, mobile_recipe

    rng = np.random.default_rng(1)
    count = BATCH * arguments.steps
    images = rng.integers(0, 255, (count, 48, 48)).astype(np.uint8)
    faces = Faces(images, rng.integers(0, 7, count), rng.integers(0, 6, (count, 10)), ("noise",) * count)
    recipe = replace(Recipe(labels="crowd", epochs=3, batch=BATCH), precision=policy)
    if arguments.model == "mobile":
        recipe = replace(mobile_recipe(recipe), side=arguments.side)
    if arguments.widths:
        recipe = replace(recipe, widths=arguments.widths)
    with tempfile.TemporaryDirectory() as out:
        trainer = Trainer(recipe, faces, faces.take(np.arange(BATCH)), Path(out), strategy_for_machine())
        net = single(trainer.net, "crowd")
        inputs = normalise(images[: 2 * BATCH], trainer.spec)[..., None]
        figures = {}
        for _ in range(2):  # the first is the warming up
            figures["step_ms"] = _milliseconds(lambda: trainer._epoch(time.monotonic())) / arguments.steps
            trainer.epoch += 1
        for _ in range(2):
            run = _milliseconds(lambda: net.predict(inputs, batch_size=BATCH, verbose=0))
            figures["predict_ms"] = run / len(inputs)
    figures["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {name: round(value, 1) for name, value in figures.items()}


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return (time.monotonic() - started) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(description="A training step, as train does it and otherwise.")
    parser.add_argument("--model", choices=("edge", "mobile"), default="edge")
    parser.add_argument("--widths", type=widths, help="as of train fit")
    parser.add_argument("--side", type=int, default=144, help="as of train fit")
    parser.add_argument("--steps", type=int, default=8, help="of 128 faces each, that are measured")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--one", choices=tuple(_OTHER), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments, arguments.one)))
        return 0
    load_tensorflow()
    given = [word for word in sys.argv[1:] if word != "--json" and word != str(arguments.json)]
    results = {}
    print(f"{'':34}{'ms a step':>11}{'ms a face predicted':>22}{'MiB':>8}")
    for title, (options, environ) in variants(arguments).items():
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
