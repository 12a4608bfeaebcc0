"""The two files: FILE.tflite and FILE.json, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.vision.preprocess import InputSpec
from edge.vision.runtime import TensorSpec
from train.files import replace
from train.metrics import WHOLE


@dataclass(frozen=True)
class Converted:
    """An int8 model and what is known of it; `result` is `evaluate`'s, of PublicTest's faces that say."""

    content: bytes
    spec: InputSpec
    tensors: tuple[TensorSpec, TensorSpec]
    order: Sequence[str]
    temperature: float
    result: dict[str, Any]

    def write(self, out: Path, command: str, source: str) -> None:
        """Both files; `command` is what gives the figures. The JSON comes last and names the .tflite's sha256, so that
        a kill between the two leaves a pair that is refused instead of one that is wrong."""
        tensors = zip(("input", "output"), self.tensors, strict=True)
        card = {
            "labels": list(self.order),
            "input": {key: getattr(self.spec, key) for key in ("height", "width", "mean", "std")},
            "temperature": self.temperature,
            "quantization": {
                role: {"dtype": tensor.dtype, "scale": tensor.scale, "zero_point": tensor.zero_point}
                for role, tensor in tensors
            },
            "metrics": {
                name: {"value": round(value, 4), "command": command} for name, value in self._figures().items()
            },
            "source": source,
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }
        replace(out, self.content)
        replace(out.with_suffix(".json"), (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())

    def _figures(self) -> dict[str, float]:
        label, crowd, alone = self.result, self.result["crowd"], self.result["without_near_duplicates"]["crowd"]
        parts = {"crowd": crowd, "crowd, without near-duplicates,": alone, "label": label}
        split = self.result["split"]
        return {
            f"{split} {of} {name}": part[key] for of, part in parts.items() if part["n"] for name, key in WHOLE.items()
        }
