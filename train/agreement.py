"""How far FER-2013's labels and people agree: why there are two figures, and why the crowd's counts."""

from __future__ import annotations

from typing import Any

from edge.records import LABELS
from train.data import Faces
from train.metrics import confusion
from train.votes import majority


def agreement(faces: Faces) -> dict[str, Any]:
    """Over the faces with a crowd majority: {"n", "agree", "labelled": {label: {what the crowd sees: share}}}."""
    truth = majority(faces.votes)
    clear = truth >= 0
    table = confusion(truth[clear], faces.labels[clear])  # rows: labelled as, columns: seen as
    return {
        "n": int(clear.sum()),
        "agree": float(table.trace() / max(table.sum(), 1)),
        "labelled": {
            label: {seen: float(count / max(row.sum(), 1)) for seen, count in zip(LABELS, row, strict=True)}
            for label, row in zip(LABELS, table, strict=True)
        },
    }


def as_text(result: dict[str, Any], split: str) -> str:
    """The same as a table to read."""
    lines = [
        f"{split}: of {result['n']} faces with a crowd majority, {result['agree'] * 100:.1f} % have it as their label",
        f"{'labelled':10}  seen as: " + " ".join(f"{label:>8}" for label in LABELS),
    ]
    for label, row in result["labelled"].items():
        lines.append(f"{label:10}{'':11}" + " ".join(f"{share * 100:>6.0f} %" for share in row.values()))
    return "\n".join(lines)
