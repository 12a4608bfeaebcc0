"""Other labelled pictures than FER-2013's: measured, never learnt from."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from edge.records import LABELS
from edge.vision.preprocess import crop
from train.data import SIDE, files_in, picture
from train.errors import TrainError
from train.load import Predictor, resized
from train.metrics import score

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


def measure(model: Predictor, path: Path) -> dict[str, Any]:
    """`metrics.score` of the pictures in a folder or zip, and how many had no face (`missed`).

    What a picture shows is the name of a folder that it lies in. One of 48×48 is a face; in a larger one the device's
    detector finds it, and the nearest to the middle counts.
    """
    from edge.vision.model import load_model
    from edge.vision.photo import Photos

    finder, patches, truth, missed = Photos(load_model()), [], [], 0
    with files_in(path) as files:
        labelled = [(name, label, read) for name, read in files if (label := _label(name)) is not None]
        print(f"looking at {len(labelled)} pictures of {path.name}", file=sys.stderr, flush=True)
        for name, label, read in labelled:
            grey = picture(path, name, read)
            if grey.shape != (SIDE, SIDE):
                grey, boxes = finder.find(np.ascontiguousarray(grey))
                middle = np.array(grey.shape[::-1]) / 2
                if not boxes:
                    missed += 1
                    continue
                box = min(boxes, key=lambda box: float(np.hypot(*(np.array(box.centre) - middle))))
                grey = crop(grey, box, model.input)
            patches.append(resized(grey[None], model.input)[0])
            truth.append(label)
    if not patches:
        faces = f"no face is found in its {missed} pictures" if missed else "no pictures"
        raise TrainError(f"--also {path}: {faces} in folders named {', '.join(LABELS)}")
    return score(model.probabilities(np.stack(patches)), np.array(truth)) | {"missed": missed}


def _label(name: str) -> int | None:
    """What the nearest folder of such a name says; None for what is no picture, or in no such folder."""
    path = PurePosixPath(name)
    if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
        return None
    return next((LABELS.index(part.lower()) for part in reversed(path.parts[:-1]) if part.lower() in LABELS), None)


def as_text(name: str, result: dict[str, Any]) -> str:
    recalls = (
        f"{label} {of['recall'] * 100:.1f} % of {of['n']}" for label, of in result["per_class"].items() if of["n"]
    )
    missed = f" ({result['missed']} more in which no face is found)" if result["missed"] else ""
    right, balanced = (result[key] * 100 for key in ("accuracy", "balanced_accuracy"))
    return f"{name}: {result['n']} faces{missed}, {right:.1f} % right, balanced {balanced:.1f} %: {', '.join(recalls)}"
