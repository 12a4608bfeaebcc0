"""The two files: FILE.tflite and FILE.json, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.vision.preprocess import InputSpec
from edge.vision.runtime import TensorSpec
from train.files import replace


def metrics_of(result: dict[str, Any], command: str) -> dict[str, dict[str, Any]]:
    """The figures of `evaluate` that go into the JSON, each with the command that gives it."""
    figures = {"label accuracy": result["accuracy"], "label calibration error": result["ece"]}
    if result["crowd"]["n"]:
        crowd, alone = result["crowd"], result["without_near_duplicates"]
        figures = {
            "crowd accuracy": crowd["accuracy"],
            "crowd balanced accuracy": crowd["balanced_accuracy"],
            "crowd calibration error": crowd["ece"],
            "crowd accuracy without near-duplicates": alone["crowd"]["accuracy"],
            **figures,
        }
    return {
        f"{result['split']} {name}": {"value": round(value, 4), "command": command} for name, value in figures.items()
    }


def write_model(
    out: Path,
    content: bytes,
    spec: InputSpec,
    tensors: tuple[TensorSpec, TensorSpec],
    *,
    labels: Sequence[str],
    temperature: float,
    metrics: dict[str, Any],
    source: str,
) -> None:
    """Writes both files beside each other. The JSON comes last and names the .tflite's sha256, so that a kill
    between the two leaves a pair that is refused instead of one that is wrong."""
    card = {
        "labels": list(labels),
        "input": {"height": spec.height, "width": spec.width, "mean": spec.mean, "std": spec.std},
        "temperature": temperature,
        "quantization": {role: _tensor(tensor) for role, tensor in zip(("input", "output"), tensors, strict=True)},
        "metrics": metrics,
        "source": source,
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    replace(out, content)
    replace(out.with_suffix(".json"), (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())


def _tensor(tensor: TensorSpec) -> dict[str, Any]:
    return {"dtype": tensor.dtype, "scale": tensor.scale, "zero_point": tensor.zero_point}
