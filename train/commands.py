"""What each subcommand does."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from train import checkpoint
from train.agreement import agreement as agree
from train.agreement import as_text as seen_as
from train.checkpoint import STATE
from train.data import NoFaces, load
from train.duplicates import near_duplicates
from train.errors import TrainError
from train.evaluate import as_text
from train.evaluate import evaluate as measure
from train.load import predictor
from train.machine import gpus, load_tensorflow, precision, quick_products, repeatable
from train.recipe import Recipe, recipe_for
from train.report import PAGE, read_log, write_report
from train.resume import resumed
from train.teach import LESSONS, lessons

_CHOICES = (
    "precision", "rate", "ema", "mixup", "smoothing", "balance", "augment", "geometry", "label_weight", "widths",
    "side", "teach", "sam",
)  # fmt: skip


def fit(arguments: argparse.Namespace) -> int:
    """Trains into `--out`: state.npz, log.json, log.csv, tensorboard/ and one .keras for each head."""
    recipe = recipe_of(arguments)
    taught_by = recipe.taught_by()
    if arguments.init and arguments.resume:
        raise TrainError("--init and --resume: one says where to start, the other where to go on")
    for path in (arguments.init, *(arguments.teacher or ()), *(arguments.label_teacher or ())):
        if path and not path.is_file():
            raise TrainError(f"{path}: no such model file")
    if find_spec("tensorflow") is None:  # before the faces are read, which takes a while
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")
    out = _folder(arguments)
    train = load(arguments.data, "Training", arguments.votes, progress=True)
    check = load(arguments.data, "PublicTest", arguments.votes, progress=True)
    quick_products()
    load_tensorflow()
    from train.fit import Trainer
    from train.machines import strategy_for_machine

    if arguments.precision is None:
        recipe = replace(recipe, precision=precision(recipe.model, gpus()))
    repeatable(recipe.model)
    strategy = strategy_for_machine()
    if arguments.resume:  # before teachers are asked, which takes minutes
        resumed(out / STATE, recipe, train.fingerprint())
    said = lessons(taught_by, train, out / LESSONS, arguments.resume)
    trainer = Trainer(recipe, train, check, out, strategy, said)
    if arguments.resume:
        trainer.resume()
    if arguments.init:
        trainer.start_from(arguments.init)
    trainer.run(arguments.stop_after)
    return 0


def _folder(arguments: argparse.Namespace) -> Path:
    """This machine's folder of the run, made and found to be writable, with a state in it just where it resumes."""
    out = Path(arguments.out / worker())
    if arguments.resume and not (out / STATE).exists():
        raise TrainError(f"{out / STATE}: no such file: nothing to resume (leave out --resume to start)")
    if not arguments.resume and (out / STATE).exists():
        raise TrainError(f"{out}: holds a run already: --resume goes on with it, or give another --out")
    checkpoint.tried(out / STATE)
    return out


def worker() -> str:
    """A folder of its own for each machine of TF_CONFIG but the first (a chief comes before worker 0)."""
    try:
        config = json.loads(os.environ.get("TF_CONFIG") or "{}")
        task, cluster = config.get("task", {}), config.get("cluster", {})
        kind, index = str(task.get("type", "worker")), int(task.get("index", 0))
        if cluster and not 0 <= index < len(cluster[kind]):
            raise ValueError(f"the cluster has no {kind} {index}")
        if any(not isinstance(addresses, list) for addresses in cluster.values()):
            raise ValueError("the cluster's addresses are not lists")
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise TrainError(f"TF_CONFIG: not what TensorFlow's guide to distributed training says ({error})") from error
    if kind == "chief" or (index == 0 and "chief" not in cluster):
        return ""
    return f"{kind}-{index}"


def evaluate(arguments: argparse.Namespace) -> int:
    """Prints the figures, and writes them where they are wanted."""
    log = _log(arguments)
    for path in (arguments.json, arguments.report and arguments.report / PAGE):
        if path:
            checkpoint.tried(path)
    model = predictor(arguments.model, arguments.weights, mean=arguments.mean, std=arguments.std)
    faces = load(arguments.data, arguments.split, arguments.votes, progress=True)
    try:
        training = load(arguments.data, "Training", progress=True)
    except NoFaces as error:
        print(f"{error}: near-duplicates cannot be told", file=sys.stderr)
        training = None
    probabilities = model.probabilities(faces.images)
    same = None if training is None else near_duplicates(faces.images, training.images)
    result = measure(model.name, arguments.split, probabilities, faces, same)
    print(as_text(result))
    if arguments.json:
        try:
            checkpoint.replace(arguments.json, (json.dumps(result, indent=1) + "\n").encode())
        except OSError as error:
            raise TrainError(f"{arguments.json}: cannot be written ({error.strerror})") from error
    if arguments.report:
        print(f"report: {write_report(arguments.report, result, probabilities, faces, log)}")
    return 0


def _log(arguments: argparse.Namespace) -> list[dict[str, float]]:
    """The rows of the run's log that the report draws; none where there is none. Read before anything is measured."""
    if arguments.log:
        return read_log(arguments.log)
    beside = arguments.model.parent / "log.json"
    return read_log(beside) if arguments.report and beside.is_file() else []


def mean(arguments: argparse.Namespace) -> int:
    """Writes the mean of two models or more."""
    from train.mean import mean_of, save

    save(mean_of(arguments.models, arguments.shares or [1.0] * len(arguments.models)), arguments.out)
    print(f"wrote {arguments.out}: the mean of {len(arguments.models)} models' weights")
    return 0


def favour(arguments: argparse.Namespace) -> int:
    """Writes the model with one label favoured."""
    from train.favour import favoured
    from train.mean import save

    save(favoured(arguments.model, arguments.label, arguments.by), arguments.out)
    print(f"wrote {arguments.out}: {arguments.label} favoured by {arguments.by:g}")
    return 0


def agreement(arguments: argparse.Namespace) -> int:
    """Prints what people see in the faces of each label."""
    faces = load(arguments.data, arguments.split, arguments.votes, progress=True)
    print(seen_as(agree(faces), arguments.split))
    return 0


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """The recipe of the model, with what the command line says otherwise."""
    for option, model in (("widths", "seed"), ("side", "seed"), ("side", "edge")):
        if arguments.model == model and getattr(arguments, option) is not None:
            raise TrainError(f"--{option}: the {model} net has no choice of it")
    if arguments.model == "seed" and arguments.labels == "both":
        raise TrainError("--labels both: the seed net has one head: fer2013, crowd or mix:SHARE")
    if arguments.stop_after is not None and arguments.stop_after < 1:
        raise TrainError(f"--stop-after {arguments.stop_after}: at least 1")
    given = {name: getattr(arguments, name) for name in _CHOICES if getattr(arguments, name) is not None}
    recipe = recipe_for(arguments.model, arguments.labels or ("both" if arguments.votes else "fer2013"))
    if recipe.labels != "fer2013" and not arguments.votes:
        recipe.heads()  # what is misspelt is named first
        raise TrainError(f"--labels {recipe.labels} learns from FER+ votes: give --votes CSV")
    return replace(
        recipe, epochs=arguments.epochs, batch=arguments.batch, seed=arguments.seed,
        evaluate_every=arguments.evaluate_every, teachers=tuple(map(str, arguments.teacher or ())),
        label_teachers=tuple(map(str, arguments.label_teacher or ())), **given,
    )  # fmt: skip
