"""What each subcommand does."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from train import agreement as people
from train import also
from train.data import NoFaces, load
from train.duplicates import near_duplicates
from train.errors import TrainError
from train.evaluate import as_text
from train.evaluate import evaluate as measure
from train.files import replace, tried
from train.load import predictor
from train.machine import load_tensorflow, strategy
from train.make import Make
from train.recipe import read
from train.report import PAGE, read_log, write_report


def make(arguments: argparse.Namespace) -> int:
    """Runs a recipe's stages, converts, measures and judges; ships what passes the gate."""
    recipe = read(arguments.recipe)
    named = {"faces": arguments.data, "votes": arguments.votes, **dict(arguments.also)}
    given = {name: path for name, path in named.items() if path}
    work = Make(recipe, given, (arguments.out or Path("runs") / recipe.name) / worker(), arguments.share)
    work.check()
    if arguments.dry_run:
        print(work.plan())
        return 0
    load_tensorflow()  # before the faces are read, which takes a while: whoever lacks it is to hear of that
    from train.ship import finish

    with strategy().scope():
        work.stages()
    if not worker():
        finish(work)
    return 0


def worker() -> str:
    """A folder of its own for each machine of TF_CONFIG but the first (a chief comes before worker 0)."""
    try:
        config = json.loads(os.environ.get("TF_CONFIG") or "{}")
        cluster, task = config.get("cluster", {}), config.get("task", {})
        kind, index = str(task.get("type", "worker")), int(task.get("index", 0))
        if cluster and not 0 <= index < len(cluster[kind]):
            raise ValueError(f"the cluster has no {kind} {index}")
        if any(not isinstance(addresses, list) for addresses in cluster.values()):
            raise ValueError("the cluster's addresses are not lists")
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        raise TrainError(f"TF_CONFIG: not what TensorFlow's guide to distributed training says ({error})") from error
    return "" if kind == "chief" or (index == 0 and "chief" not in cluster) else f"{kind}-{index}"


def evaluate(arguments: argparse.Namespace) -> int:
    """Prints the figures, and writes them where they are wanted."""
    beside = arguments.model.parent / "log.csv"
    log = read_log(arguments.log or beside) if arguments.log or (arguments.report and beside.is_file()) else []
    for path in (arguments.json, arguments.report and arguments.report / PAGE):
        if path:
            tried(path)
    for _, path in arguments.also:
        if not path.exists():
            raise TrainError(f"--also {path}: no such file or folder")
    model = predictor(arguments.model, arguments.weights, mean=arguments.mean, std=arguments.std)
    faces = load(arguments.data, arguments.split, arguments.votes)
    try:
        training = load(arguments.data, "Training")
    except NoFaces as error:
        print(f"{error}: near-duplicates cannot be told", file=sys.stderr)
        training = None
    probabilities = model.probabilities(faces.images)
    same = None if training is None else near_duplicates(faces.images, training.images)
    result: dict[str, Any] = measure(model.name, arguments.split, probabilities, faces, same)
    result["also"] = {name: also.measured(model, path) for name, path in arguments.also}
    print("\n".join([as_text(result), *(also.as_text(name, part) for name, part in result["also"].items())]))
    if arguments.json:
        replace(arguments.json, (json.dumps(result, indent=1) + "\n").encode())
    if arguments.report:
        print(f"report: {write_report(arguments.report, result, probabilities, faces, log)}")
    return 0


def agreement(arguments: argparse.Namespace) -> int:
    """Prints what people see in the faces of each label, and how far they agree among themselves."""
    faces = load(arguments.data, arguments.split, arguments.votes)
    print(people.as_text(people.agreement(faces), arguments.split))
    return 0
