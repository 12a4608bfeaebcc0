"""What `python -m convert` does, step by step; `python -m train make` does the same with what it has made."""

from __future__ import annotations

import argparse
import itertools
import math
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from convert.card import Converted
from convert.compare import compare, fit_temperature
from convert.quantize import MIN_SAMPLES, answers, quantize, with_softmax
from convert.rounding import on_grid
from edge.records import LABELS
from edge.vision.preprocess import InputSpec, normalise
from edge.vision.runtime import Runtime
from train.arrays import Array
from train.data import Faces, choosing, load
from train.duplicates import near_duplicates
from train.errors import TrainError
from train.evaluate import evaluate
from train.files import tried
from train.load import input_spec_of, keras_model, keras_predictor, resized
from train.metrics import soften
from train.votes import majority

if TYPE_CHECKING:
    import keras

MARGIN = 0.02
"""By how much more of the labels another order of the outputs must fit before it is believed."""


def convert(arguments: argparse.Namespace, argv: Sequence[str]) -> None:
    """Calibrates on Training, compares on PublicTest, and writes only what lost no more than --max-drop.

    `argv`: the same arguments as they were given, for the JSON.
    """
    out: Path = arguments.out
    card = out.with_suffix(".json")
    for wrong, line in (
        (out.suffix != ".tflite", f"--out {out}: the file's name ends in .tflite"),
        (not math.isfinite(arguments.max_drop), f"--max-drop {arguments.max_drop}: a share of 1, such as 0.005"),
        (arguments.against == "crowd" and not arguments.votes, "--against crowd needs FER+ votes: give --votes CSV"),
        *(
            (given and given.resolve() in (out.resolve(), card.resolve()), f"--out {out}: would write over {given}")
            for given in (arguments.model, arguments.weights)
        ),
    ):
        if wrong:
            raise TrainError(line)
    order = order_of(arguments.labels) if arguments.labels else None
    for path in (out, card):
        tried(path)
    model = keras_model(arguments.model, arguments.weights)
    spec = input_spec_of(model, arguments.mean, arguments.std)
    training = load(arguments.data, "Training")
    public = load(arguments.data, "PublicTest", arguments.votes)
    if arguments.against == "crowd" and not (majority(public.votes) >= 0).any():
        raise TrainError(f"--against crowd: {arguments.votes} has no majority for any face of PublicTest")
    if order is None:
        fits(arguments.model, keras_predictor(arguments.model.name, model, spec).probabilities(public.images), public)
    made = converted(
        arguments.model.name, model, spec, training, public, against=arguments.against, max_drop=arguments.max_drop,
        order=order or LABELS,
    )  # fmt: skip
    data = ["--data", arguments.data.name, *(["--votes", arguments.votes.name] if arguments.votes else [])]
    command = f"python -m train {shlex.join(['evaluate', shown(str(out)), *data, '--split', 'saying'])}"
    made.write(out, command, f"python -m convert {shlex.join(shown(word) for word in argv)}")
    print(f"wrote {out} and {card.name}")


def converted(
    name: str, model: keras.Model, spec: InputSpec, training: Faces, public: Faces, *, against: str | None = None,
    max_drop: float = 0.005, order: Sequence[str] = LABELS,
) -> Converted:  # fmt: skip
    """The model in int8. Raises TrainError where it lost more than `max_drop` of its accuracy on PublicTest.

    The temperature is fitted on PublicTest's faces by which is chosen; the figures are of the others.
    """
    if len(training) < MIN_SAMPLES:
        raise TrainError(f"{len(training)} faces of Training: {MIN_SAMPLES} are needed to calibrate")
    columns = [list(order).index(label) for label in LABELS]
    inputs = normalise(resized(public.images, spec), spec)[..., None]
    model = with_softmax(model, inputs[:8])
    chosen = np.random.default_rng(1).permutation(len(training))[:MIN_SAMPLES]
    print(f"converting {name} with {len(chosen)} faces of Training")
    content = quantize(on_grid(model), spec, training.images[chosen])
    runtime = Runtime(content)
    print(f"{len(content)} bytes; the same {len(inputs)} faces through {runtime.name}")
    small = answers(runtime, inputs)[:, columns]
    small /= small.sum(axis=1, keepdims=True)
    whole = keras_predictor(name, model, spec, columns).probabilities(public.images)
    truths = {"crowd": majority(public.votes), "label": public.labels}
    if not (truths["crowd"] >= 0).any():
        del truths["crowd"]
    against = against if against in truths else next(iter(truths))
    for each in sorted(truths, key=lambda each: each != against):
        print(compare(whole, small, truths[each], each, max_drop if each == against else None))
    chooses = choosing(public)
    if not (chooses & (truths[against] >= 0)).any() or chooses.all():
        raise TrainError("PublicTest: too few faces to fit a temperature on some and to measure on others")
    temperature = fit_temperature(small[chooses], truths[against][chooses])
    says = public.take(~chooses)
    same = near_duplicates(says.images, training.images)
    result = evaluate(name, "saying", soften(small[~chooses], temperature), says, same)
    part = result["crowd"] if against == "crowd" else result
    print(f"temperature {temperature:.2f}: calibration error {part['ece'] * 100:.2f} % against the {against}")
    return Converted(content, spec, (runtime.input, runtime.output), order, temperature, result)


def order_of(text: str) -> list[str]:
    """`angry,disgust,…`: what the model's outputs stand for, in their order."""
    names = [name.strip().lower() for name in text.split(",")]
    if sorted(names) != list(LABELS):
        raise TrainError(f"--labels {text}: the seven of {','.join(LABELS)}, in the order of the model's outputs")
    return names


def fits(path: Path, probabilities: Array, faces: Faces) -> None:
    """Raises TrainError where the labels say that the outputs stand in another order than that of LABELS."""
    table = np.zeros((len(LABELS), len(LABELS)))
    np.add.at(table, (faces.labels, probabilities.argmax(axis=1)), 1 / len(faces))
    orders = np.array(list(itertools.permutations(range(len(LABELS)))))
    shares = table[orders, np.arange(len(LABELS))].sum(axis=1)
    best = shares.argmax()
    if shares[best] > shares[0] + MARGIN:
        order = ",".join(LABELS[i] for i in orders[best])
        raise TrainError(
            f"{path}: its outputs are not in the order {','.join(LABELS)} ({shares[0]:.1%} of the labels): say which "
            f"it is with --labels; {order} fits best ({shares[best]:.1%})"
        )


def shown(word: str) -> str:
    """Where on somebody's disk an absolute path lies is nobody's business."""
    return Path(word).name if Path(word).is_absolute() else word
