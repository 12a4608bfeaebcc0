"""What each subcommand does."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from train import agreement as people
from train import also
from train.data import NoFaces, load
from train.duplicates import near_duplicates
from train.evaluate import as_text
from train.evaluate import evaluate as measure
from train.files import check_writable, replace
from train.load import predictor
from train.machine import load_tensorflow, strategy
from train.make import Make
from train.recipe import read
from train.report import PAGE, write_report


def make(arguments: argparse.Namespace) -> None:
    """Runs a recipe's stages, converts, measures and judges; ships what passes the gate."""
    recipe = read(arguments.recipe)
    named = {"faces": arguments.data, "votes": arguments.votes, **dict(arguments.also)}
    given = {name: path for name, path in named.items() if path}
    work = Make(recipe, given, arguments.out or Path("runs") / recipe.name, arguments.share)
    work.check()
    if arguments.dry_run:
        print(work.plan())
        return
    load_tensorflow()  # before the faces are read, which takes a while: if it is missing that is said at once
    from train.ship import finish

    machines, worker = strategy()
    work.out /= worker
    with machines.scope():
        work.stages()
    if not worker:
        finish(work)


def evaluate(arguments: argparse.Namespace) -> None:
    """Prints the figures, and writes them where they are wanted."""
    for path in (arguments.json, arguments.report and arguments.report / PAGE):
        if path:
            check_writable(path)
    model = predictor(arguments.model, arguments.weights, mean=arguments.mean, std=arguments.std)
    others = {name: also.measure(model, path) for name, path in arguments.also}
    faces = load(arguments.data, arguments.split, arguments.votes)
    try:
        training = load(arguments.data, "Training")
    except NoFaces as error:
        print(f"{error}: near-duplicates cannot be told", file=sys.stderr)
        training = None
    probabilities = model.probabilities(faces.images)
    same = None if training is None else near_duplicates(faces.images, training.images)
    result: dict[str, Any] = measure(model.name, arguments.split, probabilities, faces, same)
    result["also"] = others
    print("\n".join([as_text(result), *(also.as_text(name, part) for name, part in others.items())]))
    if arguments.json:
        replace(arguments.json, (json.dumps(result, indent=1) + "\n").encode())
    if arguments.report:
        print(f"report: {write_report(arguments.report, result, probabilities, faces)}")


def agreement(arguments: argparse.Namespace) -> None:
    """Prints what people see in the faces of each label, and how far they agree among themselves."""
    faces = load(arguments.data, arguments.split, arguments.votes)
    print(people.agreement(faces, arguments.split))
