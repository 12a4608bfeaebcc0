"""Honest evaluation: against the label, against the crowd, and without the test faces that were trained on."""

from __future__ import annotations

import itertools
from typing import Any

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.metrics import score
from train.votes import agreement, majority

AGREEMENT = (0.5, 0.6, 0.7, 0.8, 1.0)
"""Shares of the votes between which the crowd's faces are counted apart."""


def evaluate(model: str, split: str, probabilities: Array, faces: Faces, duplicates: Array | None) -> dict[str, Any]:
    """What `evaluate --json` writes; the crowd's part has n = 0 where there are no votes.

    `probabilities` is [n, 7], `duplicates` a mask [n] of the faces with a near-duplicate in Training, None
    where these are not there: then `without_near_duplicates` is null.
    """
    truth = majority(faces.votes)
    clear = truth >= 0
    label = score(probabilities, faces.labels)
    return {
        "model": model,
        "split": split,
        **label,
        "crowd": score(probabilities[clear], truth[clear]),
        "crowd_by_agreement": _by_agreement(probabilities, truth, agreement(faces.votes)),
        "without_near_duplicates": None if duplicates is None else _alone(probabilities, faces, truth, ~duplicates),
    }


def _alone(probabilities: Array, faces: Faces, truth: Array, alone: Array) -> dict[str, Any]:
    """All of it on the faces of the mask `alone` only."""
    clear = alone & (truth >= 0)
    crowd = score(probabilities[clear], truth[clear])
    return {
        **score(probabilities[alone], faces.labels[alone]),
        "crowd_n": crowd["n"],
        "crowd_accuracy": crowd["accuracy"],
        "crowd": crowd,
    }


def _by_agreement(probabilities: Array, truth: Array, agreed: Array) -> list[dict[str, Any]]:
    """Accuracy against the crowd's majority, by the share of the votes it has: what people dispute is harder."""
    rows = []
    for low, high in itertools.pairwise(AGREEMENT):
        part = (truth >= 0) & (agreed > low) & (agreed <= high)
        right = probabilities[part].argmax(axis=1) == truth[part]
        rows.append({"over": low, "up_to": high, "n": len(right), "accuracy": float(right.mean()) if len(right) else 0})
    return rows


def as_text(result: dict[str, Any]) -> str:
    """The same as a table to read."""
    crowd, alone = result["crowd"], result["without_near_duplicates"]
    lines = [
        f"{result['model']} on {result['split']}: {result['n']} faces, {crowd['n']} with a crowd majority",
        f"{'':24}{'crowd':>10}{'label':>10}",
        *_figures(crowd, result),
        *(
            [
                f"without the {result['n'] - alone['n']} faces that have a near-duplicate in Training",
                *_figures(alone["crowd"], alone, "  "),
            ]
            if alone
            else ["without near-duplicates: no faces of Training to compare with"]
        ),
        *(
            f"{'where over ' + format(row['over'], '.0%') + ' agree':24}{_percent(row, 'accuracy')}"
            f"{'':13}({row['n']} faces, {row['up_to']:.0%} at most)"
            for row in result["crowd_by_agreement"]
            if row["n"]
        ),
        "",
    ]
    for title, part in (("against the crowd", crowd), ("against the label", result)):
        lines += _per_class(title, part)
    if alone:
        lines.append("without the near-duplicates")
        for title, part in (("against the crowd", alone["crowd"]), ("against the label", alone)):
            lines += _per_class(title, part)
    return "\n".join(lines).rstrip()


def _figures(crowd: dict[str, Any], label: dict[str, Any], indent: str = "") -> list[str]:
    """The lines of the figures that are one number, against the crowd and against the label."""
    return [
        f"{indent + title:24}{_percent(crowd, key)}{_percent(label, key)}"
        for title, key in (
            ("accuracy", "accuracy"),
            ("balanced accuracy", "balanced_accuracy"),
            ("calibration error", "ece"),
        )
    ]


def _percent(part: dict[str, Any], key: str) -> str:
    return f"{part[key] * 100:>8.2f} %" if part["n"] else f"{'–':>10}"


def _per_class(title: str, part: dict[str, Any]) -> list[str]:
    if not part["n"]:
        return []
    head = f"{title:18}{'n':>6}{'precision':>11}{'recall':>9}{'F1':>8}   guessed as: "
    lines = [head + " ".join(f"{label:>8}" for label in LABELS)]
    for label, row in zip(LABELS, part["confusion"], strict=True):
        figures = part["per_class"][label]
        lines.append(
            f"{label:18}{figures['n']:>6}{figures['precision'] * 100:>9.1f} %{figures['recall'] * 100:>7.1f} %"
            f"{figures['f1']:>8.3f}{'':15}" + " ".join(f"{count:>8}" for count in row)
        )
    return [*lines, ""]
