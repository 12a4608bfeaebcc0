"""Honest evaluation: against the label, against the crowd, and without the test faces that were trained on."""

from __future__ import annotations

import itertools
from typing import Any

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.metrics import WHOLE, score
from train.votes import majority, strongest_share

AGREEMENT = (0.5, 0.6, 0.7, 0.8, 1.0)
"""Shares of the votes between which the crowd's faces are counted apart."""


def evaluate(model: str, split: str, probabilities: Array, faces: Faces, duplicates: Array | None) -> dict[str, Any]:
    """What `evaluate --json` writes; the crowd's part has n = 0 where there are no votes.

    `probabilities` is [n, 7], `duplicates` a mask [n] of the faces with a near-duplicate in Training, None
    where these are not there: then `without_near_duplicates` is null.
    """
    truth, agreed = majority(faces.votes), strongest_share(faces.votes)
    result = {"model": model, "split": split, **_scores(probabilities, faces.labels, truth), "crowd_by_agreement": []}
    for low, high in itertools.pairwise(AGREEMENT):  # what people dispute is harder
        part = (truth >= 0) & (agreed > low) & (agreed <= high)
        right = (probabilities[part].argmax(axis=1) == truth[part]).tolist()
        row = {"over": low, "up_to": high, "n": len(right), "accuracy": sum(right) / max(len(right), 1)}
        result["crowd_by_agreement"].append(row)
    alone = None if duplicates is None else ~duplicates
    result["without_near_duplicates"] = (
        None if alone is None else _scores(probabilities[alone], faces.labels[alone], truth[alone])
    )
    return result


def _scores(probabilities: Array, labels: Array, truth: Array) -> dict[str, Any]:
    clear = truth >= 0
    return {**score(probabilities, labels), "crowd": score(probabilities[clear], truth[clear])}


def as_text(result: dict[str, Any]) -> str:
    """The same to read: against the crowd and against the label the figures, and a table by class."""
    alone = result["without_near_duplicates"]
    lines = [
        f"{result['model']} on {result['split']}: {result['n']} faces, {result['crowd']['n']} with a crowd majority"
    ]
    if not alone:
        lines.append("without near-duplicates: no faces of Training to compare with")
    for row in result["crowd_by_agreement"]:
        if row["n"]:
            share = f"where over {row['over']:.0%}, at most {row['up_to']:.0%} agree with the crowd's majority"
            lines.append(f"{share}: {row['n']} faces, accuracy {row['accuracy']:.2%}")
    for title, part in {"crowd": result["crowd"], "label": result}.items():
        if part["n"]:
            lines += ["", f"against the {title}: {_whole(part)}"]
            if alone:
                lines.append(
                    f"  without near-duplicates of Training: {_whole(alone if part is result else alone['crowd'])}"
                )
            lines += _by_class(part)
    return "\n".join(lines)


def _whole(part: dict[str, Any]) -> str:
    return ", ".join([f"{part['n']} faces", *(f"{title} {part[key]:.2%}" for title, key in WHOLE.items())])


def _by_class(part: dict[str, Any]) -> list[str]:
    head = f"  {'':10}{'n':>6}{'precision':>11}{'recall':>9}{'F1':>8}   guessed as: "
    lines = [head + " ".join(f"{label:>8}" for label in LABELS)]
    for label, row in zip(LABELS, part["confusion"], strict=True):
        of = part["per_class"][label]
        shares = f"{of['n']:>6}{of['precision']:>11.1%}{of['recall']:>9.1%}{of['f1']:>8.3f}"
        lines.append(f"  {label:10}{shares}{'':15}" + " ".join(f"{count:>8}" for count in row))
    return lines
