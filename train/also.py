"""Other labelled pictures than FER-2013's: measured, never learnt from."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from edge.records import LABELS
from edge.vision.preprocess import crop
from train.arrays import Array
from train.data import SIDE, files_in, picture
from train.errors import TrainError
from train.load import Predictor
from train.metrics import score
from train.progress import counted

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


def measured(model: Predictor, path: Path) -> dict[str, Any]:
    """`metrics.score` of the pictures in a folder or zip, and how many had no face (`missed`).

    What a picture shows is the name of a folder that it lies in. One of 48×48 is a face; in a larger one the device's
    detector finds it, and the nearest to the middle counts.
    """
    from edge.vision.model import load_model
    from edge.vision.photo import Photos

    finder = Photos(load_model())
    patches, truth, missed = [], [], 0
    with files_in(path) as files:
        labelled = [(name, label, read) for name, read in files if (label := _label(name)) is not None]
        if not labelled:
            raise TrainError(f"--also {path}: no pictures in folders named {', '.join(LABELS)}")
        for name, label, read in counted(labelled, f"looking at {path.name}", len(labelled)):
            grey = picture(path, name, read)
            if grey.shape != (SIDE, SIDE):
                middle = np.array(grey.shape[::-1]) / 2
                boxes = finder.find(np.ascontiguousarray(grey))
                if not boxes:
                    missed += 1
                    continue
                box = min(boxes, key=lambda box: float(np.hypot(*(np.array(box.centre) - middle))))
                grey = np.asarray(crop(grey, box, model.input), np.uint8)
            patches.append(_sized(grey, model))
            truth.append(label)
    if not patches:
        raise TrainError(f"--also {path}: no face is found in any of its {missed} pictures")
    return score(model.probabilities(np.stack(patches)), np.array(truth)) | {"missed": missed}


def _label(name: str) -> int | None:
    """The label that the nearest folder of such a name says; None for what is no picture, or in no such folder."""
    path = PurePosixPath(name)
    if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
        return None
    return next((LABELS.index(part.lower()) for part in reversed(path.parts[:-1]) if part.lower() in LABELS), None)


def _sized(grey: Array, model: Predictor) -> Array:
    from train.load import resized

    return np.asarray(resized(grey[None], model.input)[0])


def as_text(name: str, result: dict[str, Any]) -> str:
    by_class = ", ".join(
        f"{label} {each['recall'] * 100:.1f} % of {each['n']}"
        for label, each in result["per_class"].items()
        if each["n"]
    )
    missed = f" ({result['missed']} more not found)" if result["missed"] else ""
    return (
        f"{name}: {result['n']} faces{missed}, {result['accuracy'] * 100:.1f} % right, balanced "
        f"{result['balanced_accuracy'] * 100:.1f} %: {by_class}"
    )
