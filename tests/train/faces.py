"""Small made-up faces in FER-2013's layouts, for the tests of train and convert."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.votes import COLUMNS, SEVEN


def pattern(label: int, index: int) -> Array:
    """uint8 [48, 48]: stripes whose slant is the class, with noise of their own."""
    rng = np.random.default_rng([label, index])
    y, x = np.mgrid[:48, :48]
    angle = np.pi * label / len(LABELS)
    wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) / 2 + rng.uniform(0, 1))
    stripes: Array = np.clip(128 + 90 * wave + rng.normal(0, 12, (48, 48)), 0, 255).astype(np.uint8)
    return stripes


def faces(each: int, start: int = 0) -> Faces:
    """`each` faces of every class, on which ten people agree."""
    pairs = [(label, start + i) for i in range(each) for label in range(len(LABELS))]
    votes = np.zeros((len(pairs), len(COLUMNS)), np.int64)
    for row, (label, _) in enumerate(pairs):
        votes[row, SEVEN[label]] = 10
    return Faces(
        np.stack([pattern(*pair) for pair in pairs]),
        np.array([label for label, _ in pairs]),
        votes,
        tuple(f"train/{LABELS[label]}/Training_{i}.jpg" for label, i in pairs),
    )


def kaggle_folder(folder: Path, training: int = 1, public: int = 1, private: int = 1) -> Path:
    """So many files of each class and split, as Kaggle's download has them."""
    for split, count, start in (
        ("Training", training, 0),
        ("PublicTest", public, 10_000),
        ("PrivateTest", private, 20_000),
    ):
        for label, name in enumerate(LABELS):
            place = folder / ("train" if split == "Training" else "test") / name
            place.mkdir(parents=True, exist_ok=True)
            for i in range(count):
                Image.fromarray(pattern(label, start + i)).save(place / f"{split}_{start + i}.jpg", quality=95)
    return folder


def votes_csv(path: Path, rows: dict[str, dict[str, int]]) -> Path:
    """Votes keyed by file name; columns that are left out are 0."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", *COLUMNS])
        for name, votes in rows.items():
            writer.writerow([name, *(votes.get(column, 0) for column in COLUMNS)])
    return path
