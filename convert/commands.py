"""What `python -m convert` does, step by step; `python -m train make` does the same with what it has made."""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convert.compare import compare, fit_temperature
from convert.quantize import MIN_SAMPLES, answers, quantize
from convert.rounding import on_grid
from edge.records import LABELS
from edge.vision.preprocess import InputSpec, normalise
from edge.vision.runtime import Runtime
from train.arrays import Array
from train.data import Faces, choosing, load
from train.duplicates import near_duplicates
from train.errors import TrainError
from train.evaluate import evaluate
from train.files import check_writable, replace
from train.load import input_spec_of, keras_model, keras_predictor, resized
from train.metrics import WHOLE, calibration_error, confusion, soften
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
    if out.suffix != ".tflite":
        raise TrainError(f"--out {out}: the file's name ends in .tflite")
    if not math.isfinite(arguments.max_drop):
        raise TrainError(f"--max-drop {arguments.max_drop}: a share of 1, such as 0.005")
    for given in filter(None, (arguments.model, arguments.weights)):
        if given.resolve() in (out.resolve(), card.resolve()):
            raise TrainError(f"--out {out}: would write over {given}")
    order = order_of(arguments.labels) if arguments.labels else None
    for path in (out, card):
        check_writable(path)
    model = keras_model(arguments.model, arguments.weights)
    spec = input_spec_of(model, arguments.mean, arguments.std)
    training = load(arguments.data, "Training")
    public = load(arguments.data, "PublicTest", arguments.votes)
    if arguments.votes and not (majority(public.votes) >= 0).any():
        raise TrainError(f"{arguments.votes}: has no majority for any face of PublicTest; without --votes labels count")
    if order is None:
        fits(arguments.model, keras_predictor(arguments.model.name, model, spec).probabilities(public.images), public)
    data = ["--data", arguments.data.name, *(["--votes", arguments.votes.name] if arguments.votes else [])]
    # The JSON may be published: of an absolute path only the file's name is written.
    words = [Path(word).name if Path(word).is_absolute() else word for word in argv]
    convert_model(
        arguments.model.name, model, spec, training, public, out,
        command=f"python -m train {shlex.join(['evaluate', out.name, *data, '--split', 'saying'])}",
        source=f"python -m convert {shlex.join(words)}",
        max_drop=arguments.max_drop, order=order or LABELS,
    )  # fmt: skip
    print(f"wrote {out} and {card.name}")


def convert_model(
    name: str, model: keras.Model, spec: InputSpec, training: Faces, public: Faces, out: Path, *, command: str,
    source: str, against: str = "crowd", max_drop: float = 0.005, order: Sequence[str] = LABELS,
) -> dict[str, Any]:  # fmt: skip
    """Writes the model in int8 as `out`, and its JSON beside it; gives `evaluate`'s result of the faces that say.

    `command` is what gives the JSON's figures, `source` what made the file. The accuracy on PublicTest is compared, and
    the temperature fitted on its faces by which is chosen, against the crowd or the label (`against`; the label where
    there are no votes). Raises TrainError, and writes nothing, where int8 loses more than `max_drop` of the accuracy.
    """
    columns = [list(order).index(label) for label in LABELS]
    inputs = normalise(resized(public.images, spec), spec)[..., None]
    chosen = np.random.default_rng(1).permutation(len(training))[:MIN_SAMPLES]
    print(f"converting {name} with {len(chosen)} faces of Training")
    content = quantize(on_grid(model), spec, training.images[chosen])
    runtime = Runtime(content)
    print(f"{len(content)} bytes; the same {len(inputs)} faces through {runtime.name}")
    small = answers(runtime, inputs)[:, columns]
    small /= small.sum(axis=1, keepdims=True)
    whole = keras_predictor(name, model, spec, columns).probabilities(public.images)
    truth = majority(public.votes)
    if against == "label" or not (truth >= 0).any():
        against, truth = "label", public.labels
    print(compare(whole, small, truth, against, max_drop))
    chooses = choosing(public)
    if not (chooses & (truth >= 0)).any() or chooses.all():
        raise TrainError("PublicTest: too few faces to fit a temperature on some and to measure on others")
    temperature = fit_temperature(small[chooses], truth[chooses])
    says = public.take(~chooses)
    same = near_duplicates(says.images, training.images)
    result = evaluate(name, "saying", soften(small[~chooses], temperature), says, same)
    part = result["crowd"] if against == "crowd" else result
    raw = calibration_error(small[truth >= 0], truth[truth >= 0])
    print(f"temperature {temperature:.2f}: calibration error ({against}) {part['ece']:.2%}, without it {raw:.2%}")
    alone = result["without_near_duplicates"]["crowd"]
    parts = {"crowd {}": result["crowd"], "crowd {} without near-duplicates": alone, "label {}": result}
    card = {
        "labels": list(order),
        "input": asdict(spec),
        "temperature": temperature,
        "quantization": {
            role: {"dtype": tensor.dtype, "scale": tensor.scale, "zero_point": tensor.zero_point}
            for role, tensor in (("input", runtime.input), ("output", runtime.output))
        },
        "metrics": {
            of.format(title): {"value": round(part[key], 4), "command": command}
            for of, part in parts.items() if part["n"] for title, key in WHOLE.items()
        },
        "source": source,
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    # The JSON names the .tflite's sha256 and comes last: a kill between the two leaves a pair that is refused.
    replace(out, content)
    replace(out.with_suffix(".json"), (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())
    return result


def order_of(text: str) -> list[str]:
    """`angry,disgust,…`: what the model's outputs stand for, in their order."""
    names = [name.strip().lower() for name in text.split(",")]
    if sorted(names) != list(LABELS):
        raise TrainError(f"--labels {text}: the seven of {','.join(LABELS)}, in the order of the model's outputs")
    return names


def fits(path: Path, probabilities: Array, faces: Faces) -> None:
    """Raises TrainError where the labels say that the outputs stand in another order than that of LABELS."""
    table = confusion(probabilities.argmax(axis=1), faces.labels) / len(faces)
    orders = np.array(list(itertools.permutations(range(len(LABELS)))))
    shares = table[orders, np.arange(len(LABELS))].sum(axis=1)
    best = shares.argmax()
    if shares[best] > shares[0] + MARGIN:
        order = ",".join(LABELS[i] for i in orders[best])
        raise TrainError(
            f"{path}: its outputs are not in the order {','.join(LABELS)} ({shares[0]:.1%} of the labels): say which "
            f"it is with --labels; {order} fits best ({shares[best]:.1%})"
        )
