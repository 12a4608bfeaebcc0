"""`evaluate --report DIR`: one HTML page that shows what the figures hide."""

from __future__ import annotations

import csv
import io
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.data import Faces
from train.errors import TrainError
from train.evaluate import as_text
from train.files import replace
from train.metrics import reliability
from train.votes import majority

Log = list[dict[str, float]]
WORST = 24
PAGE = "index.html"


def write_report(folder: Path, result: dict[str, Any], probabilities: Array, faces: Faces, log: Log) -> Path:
    """Writes the page into the folder and gives its path; `log` is what `read_log` gives."""
    parts = [f"<pre>{escape(as_text(result))}</pre>", *([_curves(log)] if log else [])]
    for title, part, truth in (
        ("the crowd", result["crowd"], majority(faces.votes)), ("the label", result, faces.labels),
    ):  # fmt: skip
        if part["n"]:
            parts.append(f"<h2>Against {title}</h2>{_against(part, probabilities, truth)}")
            parts.append(f"<h3>Most confidently wrong</h3>{_worst(probabilities, truth, faces)}")
    title = escape(f"{result['model']} on {result['split']}")
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><h1>{title}</h1>"
    replace(folder / PAGE, (head + "".join(parts) + "</html>").encode())
    return folder / PAGE


def read_log(path: Path) -> Log:
    """The epochs that Keras' CSVLogger wrote; TrainError if they are none."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))  # of validation, which Keras does not do here, it says NA
            return [{key: float(value) for key, value in row.items() if value != "NA"} for row in rows]
    except (OSError, ValueError, TypeError, AttributeError, csv.Error) as error:
        raise TrainError(f"{path}: not a stage's log.csv ({error})") from error


def _figure(columns: int, rows: int = 1, height: float = 4.5) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, height * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False).ravel()


def _svg(figure: Any) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg")
    return text.getvalue().partition("<svg")[1] + text.getvalue().partition("<svg")[2]


def _curves(log: Log) -> str:
    figure, axes = _figure(2)
    for key in (key for key in log[0] if key != "epoch"):
        axes[0 if "loss" in key else 1].plot([row["epoch"] + 1 for row in log], [row[key] for row in log], label=key)
    for axis in axes:
        axis.set_xlabel("epoch")
        axis.legend()
    return f"<h2>Training</h2>{_svg(figure)}"


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
    rows = reliability(probabilities[truth >= 0], truth[truth >= 0])
    right.bar([(b + 0.5) / len(rows) for b in range(len(rows))], [row[2] for row in rows], 0.9 / len(rows))
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
