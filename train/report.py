"""`evaluate --report DIR`: one HTML page with confusions, calibration and the worst faces."""

from __future__ import annotations

import io
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.evaluate import as_text
from train.files import replace
from train.metrics import BINS, reliability
from train.votes import majority

WORST = 24
PAGE = "index.html"


def write_report(folder: Path, result: dict[str, Any], probabilities: Array, faces: Faces) -> Path:
    """Writes the page into the folder and gives its path; `result` is `evaluate`'s, of `probabilities` [n, 7]."""
    parts = [f"<pre>{escape(as_text(result))}</pre>"]
    truths = {"the crowd": (result["crowd"], majority(faces.votes)), "the label": (result, faces.labels)}
    for title, (part, truth) in truths.items():
        if part["n"]:
            parts.append(f"<h2>Against {title}</h2>{_against(part, probabilities, truth)}")
            parts.append(f"<h3>Most confidently wrong</h3>{_worst(probabilities, truth, faces)}")
    title = escape(f"{result['model']} on {result['split']}")
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
    replace(folder / PAGE, (head + "".join(parts) + "</html>").encode())
    return folder / PAGE


def _figure(columns: int, rows: int = 1, height: float = 4.5) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, height * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False).ravel()


def _svg(figure: Any) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg")
    return text.getvalue()[text.getvalue().index("<svg") :]


def _against(part: dict[str, Any], probabilities: Array, truth: Array) -> str:
    """Who is taken for whom, and how often each confidence is right."""
    figure, (left, right) = _figure(2)
    table = np.array(part["confusion"])
    left.imshow(table / np.maximum(table.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(table):
        left.text(column, row, str(count), ha="center", va="center")
    left.set_xticks(range(len(LABELS)), LABELS, rotation=45)
    left.set_yticks(range(len(LABELS)), LABELS)
    left.set(xlabel="guess", ylabel="truth")
    _, _, accuracy = reliability(probabilities[truth >= 0], truth[truth >= 0])
    right.bar((np.arange(BINS) + 0.5) / BINS, accuracy, 0.9 / BINS)
    right.plot([0, 1], [0, 1], "--", color="grey")
    right.set(xlabel="confidence", ylabel="accuracy")
    return _svg(figure)


def _worst(probabilities: Array, truth: Array, faces: Faces) -> str:
    guess, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero((truth >= 0) & (guess != truth))
    figure, axes = _figure(8, WORST // 8, 1.9)
    for axis in axes:
        axis.axis("off")
    for axis, i in zip(axes, wrong[np.argsort(-confidence[wrong], kind="stable")], strict=False):
        axis.imshow(faces.images[i], cmap="gray", vmin=0, vmax=255)
        said = f"{LABELS[truth[i]]}, taken for\n{LABELS[guess[i]]} ({confidence[i]:.0%})\n{Path(faces.names[i]).name}"
        axis.set_title(said, fontsize=7)
    return _svg(figure)
