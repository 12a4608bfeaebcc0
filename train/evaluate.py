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
    """The same as a table to read."""
    alone = result["without_near_duplicates"]
    lines = [
        f"{result['model']} on {result['split']}: {result['n']} faces, {result['crowd']['n']} with a crowd majority",
        f"{'':24}{'crowd':>10}{'label':>10}",
        *_figures(result),
    ]
    if alone:
        same = result["n"] - alone["n"]
        lines += [f"without the {same} faces that have a near-duplicate in Training", *_figures(alone, "  ")]
    else:
        lines.append("without near-duplicates: no faces of Training to compare with")
    for row in result["crowd_by_agreement"]:
        if row["n"]:
            share, faces = f"where over {row['over']:.0%} agree", f"({row['n']} faces, {row['up_to']:.0%} at most)"
            lines.append(f"{share:24}{_percent(row, 'accuracy')}{'':13}{faces}")
    lines += ["", *_per_class("against the crowd", result["crowd"]), *_per_class("against the label", result)]
    return "\n".join(lines).rstrip()


def _figures(part: dict[str, Any], indent: str = "") -> list[str]:
    """The lines of the figures that are one number, against the crowd and against the label."""
    return [f"{indent + title:24}{_percent(part['crowd'], key)}{_percent(part, key)}" for title, key in WHOLE.items()]


def _percent(part: dict[str, Any], key: str) -> str:
    return f"{part[key] * 100:>8.2f} %" if part["n"] else f"{'–':>10}"


def _per_class(title: str, part: dict[str, Any]) -> list[str]:
    if not part["n"]:
        return []
    head = f"{title:18}{'n':>6}{'precision':>11}{'recall':>9}{'F1':>8}   guessed as: "
    lines = [head + " ".join(f"{label:>8}" for label in LABELS)]
    for label, row in zip(LABELS, part["confusion"], strict=True):
        of = part["per_class"][label]
        shares = f"{of['n']:>6}{of['precision'] * 100:>9.1f} %{of['recall'] * 100:>7.1f} %{of['f1']:>8.3f}"
        lines.append(f"{label:18}{shares}{'':15}" + " ".join(f"{count:>8}" for count in row))
    return lines
