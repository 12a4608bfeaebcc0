"""How far FER-2013's labels and people agree, and people among themselves: what a model's accuracy is held against."""

from __future__ import annotations

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.metrics import confusion
from train.votes import SEVEN, majority

DRAWS = 20


def agreement(faces: Faces, split: str) -> str:
    """Of the faces with a crowd majority what each label's are seen as, and what `people` gives; as a table to read."""
    truth = majority(faces.votes)
    table = confusion(truth[truth >= 0], faces.labels[truth >= 0])  # rows: labelled as, columns: seen as
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    agree, (voter, ceiling) = table.trace() / max(table.sum(), 1), people(faces.votes)
    lines = [
        f"{split}: of {table.sum()} faces with a crowd majority, {agree * 100:.1f} % have it as their label",
        f"one voter agrees with the others' majority in {voter * 100:.1f} %",
        f"who knew every face's shares exactly would be right in {ceiling * 100:.1f} %",
        f"{'labelled':10}  seen as: " + " ".join(f"{label:>8}" for label in LABELS),
    ]
    for label, row in zip(LABELS, shares, strict=True):
        lines.append(f"{label:10}{'':11}" + " ".join(f"{share * 100:>6.0f} %" for share in row))
    return "\n".join(lines)


def people(votes: Array) -> tuple[float, float]:
    """How well people themselves do, from votes [n, 10]: two shares, 0 where there are no votes.

    Of all votes, where the others have a majority, those that say the same. And of crowds drawn anew from each face's
    shares, where they have a majority, those in which it is the largest share: what who knew the shares exactly would
    be right in.
    """
    label_of = {column: label for label, column in enumerate(SEVEN)}
    right = counted = 0
    for column in range(votes.shape[1]):
        mine, others = votes[votes[:, column] > 0, column], votes[votes[:, column] > 0].copy()
        others[:, column] -= 1
        seen = majority(others)
        counted += int(mine[seen >= 0].sum())
        right += int(mine[seen == label_of.get(column, -2)].sum())
    voted, rng = votes[votes.sum(axis=1) > 0], np.random.default_rng(0)
    shares = voted / np.maximum(voted.sum(axis=1, keepdims=True), 1)
    drawn = np.stack([majority(rng.multinomial(10, shares)) for _ in range(DRAWS)])
    same = (drawn == shares[:, SEVEN].argmax(axis=1))[drawn >= 0]
    return right / max(counted, 1), float(same.mean()) if same.size else 0.0
