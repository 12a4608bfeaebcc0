"""Where a run stood, and whether what is asked for now goes on with it. No TensorFlow here."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from train import checkpoint
from train.arrays import Array
from train.errors import TrainError
from train.recipe import Recipe

CHANGEABLE = ("epochs", "augment", "geometry", "mixup", "evaluate_every", "precision")
"""What a run that resumes may have otherwise than before."""
GROUPS = ("net", "average", "optimizer")


def about(recipe: Recipe, epoch: int, log: list[dict[str, Any]], faces: str) -> dict[str, Any]:
    """What a state says of itself; `faces` is their fingerprint."""
    return {"recipe": asdict(recipe), "epoch": epoch, "log": log, "faces": faces}


def resumed(path: Path, recipe: Recipe, faces: str) -> tuple[dict[str, list[Array]], dict[str, Any]]:
    """The variables and the `about` of the state at `path`.

    Raises TrainError naming the file where it cannot be read, is of other faces, or was made with another option than
    the CHANGEABLE ones.
    """
    groups, said = checkpoint.load(path)
    ours, theirs = json.loads(json.dumps(asdict(recipe))), said.get("recipe", {})
    if not theirs or "epoch" not in said or set(groups) != set(GROUPS):
        raise TrainError(f"{path}: not a run's state of this version")
    if said.get("faces") != faces:
        raise TrainError(f"{path}: learnt from other faces or votes: --resume wants the same --data and --votes")
    # A state of before an option there is now was made without it.
    theirs = json.loads(json.dumps(asdict(Recipe()))) | theirs
    other = [key for key in ours if key not in CHANGEABLE and ours[key] != theirs[key]]
    if other:
        was = theirs[other[0]]
        shown = ", ".join(map(str, was)) if isinstance(was, list) else was
        raise TrainError(f"{path}: was made with another {_option(other[0])} ({shown})")
    return groups, said


def _option(field: str) -> str:
    """The command line's name of a recipe's field."""
    return "--" + {"teachers": "teacher", "label_teachers": "label-teacher"}.get(field, field.replace("_", "-"))
