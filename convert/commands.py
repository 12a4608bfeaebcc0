"""What `python -m convert` does, step by step."""

from __future__ import annotations

import argparse
import math
import shlex
from pathlib import Path

import numpy as np

from convert.__main__ import parser
from convert.card import metrics_of, write_model
from convert.compare import Comparison, compare, fit_temperature
from convert.quantize import MIN_SAMPLES, quantize, with_softmax
from convert.rounding import on_grid
from convert.runtimes import agreement, before_tensorflow, left_out, run_everywhere, tensors
from edge.vision.preprocess import normalise
from train.arrays import Array
from train.checkpoint import tried
from train.data import Faces, load
from train.duplicates import near_duplicates
from train.errors import TrainError
from train.evaluate import evaluate
from train.load import input_spec_of, keras_model, keras_predictor, resized
from train.metrics import soften
from train.votes import majority


def convert(arguments: argparse.Namespace) -> int:
    """Calibrates on Training, compares on PublicTest, and writes only what lost no more than --max-drop."""
    out: Path = arguments.out
    if out.suffix != ".tflite":
        raise TrainError(f"--out {out}: the file's name ends in .tflite")
    for given in (arguments.model, arguments.weights):
        if given and given.resolve() in (out.resolve(), out.with_suffix(".json").resolve()):
            raise TrainError(f"--out {out}: would write over {given}: give another name or folder")
    if not math.isfinite(arguments.max_drop):
        raise TrainError(f"--max-drop {arguments.max_drop}: a share of 1, such as 0.005")
    if arguments.seed < 0:
        raise TrainError(f"--seed {arguments.seed}: 0 or more")
    if arguments.samples < MIN_SAMPLES:
        raise TrainError(f"--samples {arguments.samples}: at least {MIN_SAMPLES}")
    if arguments.against == "crowd" and not arguments.votes:
        raise TrainError("--against crowd needs FER+ votes: give --votes CSV")
    for path in (out, out.with_suffix(".json")):
        tried(path)
    before_tensorflow()
    model = keras_model(arguments.model, arguments.weights)
    spec = input_spec_of(model, arguments.mean, arguments.std)
    training = load(arguments.data, "Training", progress=True)
    public = load(arguments.data, "PublicTest", arguments.votes, progress=True)
    if arguments.against == "crowd" and not (majority(public.votes) >= 0).any():
        raise TrainError(f"--against crowd: {arguments.votes} has no majority for any face of PublicTest")
    if len(training) < MIN_SAMPLES:
        raise TrainError(f"{arguments.data}: {len(training)} faces of Training: {MIN_SAMPLES} are needed to calibrate")
    chosen = np.random.default_rng(arguments.seed).permutation(len(training))[: arguments.samples]

    inputs = normalise(resized(public.images, spec), spec)[..., None]
    model = with_softmax(model, inputs[:8])
    print(f"converting {arguments.model.name} with {len(chosen)} faces of Training")
    content = quantize(on_grid(model), spec, training.images[chosen])
    results = run_everywhere(content, inputs)
    print(f"{len(content)} bytes; the same {len(inputs)} faces through {', '.join(results)}")
    for line in filter(None, [*agreement(results), left_out()]):
        print(line)
    small = next(iter(results.values())).astype(np.float64)
    small /= small.sum(axis=1, keepdims=True)
    whole = keras_predictor(arguments.model.name, model, spec).probabilities(public.images)

    comparisons = _comparisons(whole, small, public, arguments.against)
    for comparison in comparisons:
        print(comparison.as_text())
    comparisons[0].check(arguments.max_drop)

    truth = majority(public.votes) if comparisons[0].against == "crowd" else public.labels
    temperature = fit_temperature(small, truth)
    same = near_duplicates(public.images, training.images)
    result = evaluate(out.name, "PublicTest", soften(small, temperature), public, same)
    part = result["crowd"] if comparisons[0].against == "crowd" else result
    against = comparisons[0].against
    print(f"temperature {temperature:.2f}: calibration error {part['ece'] * 100:.2f} % against the {against}")
    write_model(
        out, content, spec, tensors(content), temperature=temperature,
        metrics=metrics_of(result, _evaluate_command(arguments)), source=arguments.source or _source(arguments),
    )  # fmt: skip
    print(f"wrote {out} and {out.with_suffix('.json').name}")
    return 0


def _comparisons(whole: Array, small: Array, public: Faces, against: str | None) -> list[Comparison]:
    """Against the crowd, if there are votes, and against the label; the first one decides."""
    both = [compare(whole, small, public.labels, "label")]
    truth = majority(public.votes)
    if (truth >= 0).any():
        both.insert(0, compare(whole, small, truth, "crowd"))
    return both[::-1] if against == "label" else both


def _evaluate_command(arguments: argparse.Namespace) -> str:
    words = ["evaluate", _shown(arguments.out), *_data(arguments), "--split", "PublicTest"]
    return f"python -m train {shlex.join(words)}"


def _source(arguments: argparse.Namespace) -> str:
    """The command that made the file, with every option that is not as usual."""
    usual = parser().parse_args(["-", "--data", "-", "--out", "-"])
    weights = ["--weights", _shown(arguments.weights)] if arguments.weights else []
    words = [_shown(arguments.model), *weights, *_data(arguments)]
    for option in ("against", "max_drop", "samples", "seed", "mean", "std"):
        if (given := getattr(arguments, option)) != getattr(usual, option):
            words += [f"--{option.replace('_', '-')}", str(given)]
    return f"python -m convert {shlex.join([*words, '--out', _shown(arguments.out)])}"


def _data(arguments: argparse.Namespace) -> list[str]:
    return ["--data", arguments.data.name, *(["--votes", arguments.votes.name] if arguments.votes else [])]


def _shown(path: Path) -> str:
    """Where on somebody's disk an absolute path lies is nobody's business."""
    return path.name if path.is_absolute() else path.as_posix()
