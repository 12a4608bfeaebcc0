"""`evaluate --report DIR`: one HTML page that shows what the figures hide."""

from __future__ import annotations

import csv
import math
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
from train.plots import confusion_table, curves, face, reliability_diagram
from train.votes import majority

Log = list[dict[str, float]]
WORST = 24
PAGE = "index.html"
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem;color:#222}
svg{width:100%;max-width:34rem;font:12px system-ui,sans-serif}
pre{overflow-x:auto;background:#f5f5f5;padding:1rem;font-size:13px}
.plots,.faces{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}
.plots svg{flex:1 1 26rem} figure{margin:0;width:9rem;font-size:12px}
.confusion td,.confusion th{padding:.2rem .6rem;text-align:right}"""


def write_report(folder: Path, result: dict[str, Any], probabilities: Array, faces: Faces, log: Log) -> Path:
    """Writes `index.html` into the folder (made if need be) and gives its path; `log` is what `read_log` gives."""
    sections = [_against("the label", result, probabilities, faces.labels, faces)]
    if result["crowd"]["n"]:
        sections.insert(0, _against("the crowd", result["crowd"], probabilities, majority(faces.votes), faces))
    page = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(result['model'])}</title>"
        f"<style>{_STYLE}</style><h1>{escape(result['model'])} on {escape(result['split'])}</h1>"
        f"<pre>{escape(as_text(result))}</pre>{_curves(log)}"
        f"{''.join(sections)}</html>"
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace(folder / PAGE, page.encode())
    except OSError as error:
        raise TrainError(f"{folder}: the report cannot be written ({error.strerror})") from error
    return folder / PAGE


def _against(title: str, part: dict[str, Any], probabilities: Array, truth: Array, faces: Faces) -> str:
    """Plots and faces against one truth [n], which is -1 where a face does not count."""
    clear = truth >= 0
    return (
        f"<h2>Against {title}</h2><div class=plots>{confusion_table(part['confusion'], LABELS)}"
        f"{reliability_diagram(reliability(probabilities[clear], truth[clear]), 'accuracy at each confidence')}</div>"
        f"<h3>Most confidently wrong</h3><div class=faces>{_worst(probabilities, truth, faces)}</div>"
    )


def read_log(path: Path) -> Log:
    """The epochs that CSVLogger wrote; TrainError if they are none."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    except (OSError, ValueError, TypeError, csv.Error) as error:
        raise TrainError(f"{path}: not a stage's log.csv ({error})") from error


def _curves(rows: Log) -> str:
    if not rows:
        return "<h2>Training</h2><p>There is no log of a run beside the model: --log FILE draws its curves.</p>"
    keys = list(dict.fromkeys(key for row in rows for key in row))

    def line(key: str) -> list[tuple[float, float]]:
        return [(row["epoch"], row[key]) for row in rows if math.isfinite(row.get(key, math.nan))]

    losses = {key: line(key) for key in keys if "loss" in key}
    shares = {key: line(key) for key in keys if "accuracy" in key or "balanced" in key}
    plots = curves(losses, "training loss") + curves(shares, "accuracy")
    return f"<h2>Training</h2><div class=plots>{plots}</div>"


def _worst(probabilities: Array, truth: Array, faces: Faces) -> str:
    guess, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero((truth >= 0) & (guess != truth))
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:WORST]
    return "".join(
        f"<figure>{face(faces.images[i])}<figcaption>{LABELS[truth[i]]}, taken for {LABELS[guess[i]]} "
        f"({confidence[i] * 100:.0f} %)<br>{escape(faces.names[i].rsplit('/', 1)[-1])}</figcaption></figure>"
        for i in worst
    )
