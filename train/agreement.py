"""How far FER-2013's labels and people agree: why there are two figures, and why the crowd's counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.metrics import confusion
from train.votes import SEVEN, majority

DRAWS = 20
_LABEL_OF = {column: label for label, column in enumerate(SEVEN)}


def agreement(faces: Faces) -> dict[str, Any]:
    """Over the faces with a crowd majority: {"n", "agree", "labelled": {label: {what the crowd sees: share}}}."""
    truth = majority(faces.votes)
    clear = truth >= 0
    table = confusion(truth[clear], faces.labels[clear])  # rows: labelled as, columns: seen as
    return {
        "people": people(faces.votes),
        "n": int(clear.sum()),
        "agree": float(table.trace() / max(table.sum(), 1)),
        "labelled": {
            label: {seen: float(count / max(row.sum(), 1)) for seen, count in zip(LABELS, row, strict=True)}
            for label, row in zip(LABELS, table, strict=True)
        },
    }


def people(votes: Array) -> dict[str, Any]:
    """How well people themselves do, from votes [n, 10]: {"n", "voter", "ceiling"}.

    `voter`: of all votes, where the others have a majority, the share that says the same. `ceiling`: of crowds drawn
    anew from each face's shares, where they have a majority, those in which it is the largest share: what who knew the
    shares exactly would be right in.
    """
    right = counted = 0
    for column in range(votes.shape[1]):
        has = votes[:, column] > 0
        others = votes[has].copy()
        others[:, column] -= 1
        seen = majority(others)
        counted += int((votes[has, column] * (seen >= 0)).sum())
        right += int((votes[has, column] * (seen == _LABEL_OF.get(column, -2))).sum())
    voted = votes[votes.sum(axis=1) > 0]
    shares, rng = voted / np.maximum(voted.sum(axis=1, keepdims=True), 1), np.random.default_rng(0)
    drawn = [(majority(rng.multinomial(10, shares)), shares[:, SEVEN].argmax(axis=1)) for _ in range(DRAWS)]
    same = [seen[seen >= 0] == largest[seen >= 0] for seen, largest in drawn]
    ceiling = float(np.concatenate(same).mean()) if len(voted) else 0.0
    return {"n": len(voted), "voter": right / max(counted, 1), "ceiling": ceiling}


def as_text(result: dict[str, Any], split: str) -> str:
    """The same as a table to read."""
    lines = [
        f"{split}: of {result['n']} faces with a crowd majority, {result['agree'] * 100:.1f} % have it as their label",
        f"one voter agrees with the others' majority in {result['people']['voter'] * 100:.1f} %; who knew the shares exactly "
        f"would be right in {result['people']['ceiling'] * 100:.1f} %",
        f"{'labelled':10}  seen as: " + " ".join(f"{label:>8}" for label in LABELS),
    ]
    for label, row in result["labelled"].items():
        lines.append(f"{label:10}{'':11}" + " ".join(f"{share * 100:>6.0f} %" for share in row.values()))
    return "\n".join(lines)
