"""A model and its JSON, checked against each other before anything runs."""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import ModelError
from edge.records import LABELS
from edge.vision.preprocess import InputSpec
from edge.vision.runtime import DTYPES, Runtime

#: The model that is shipped.
SHIPPED = Path(__file__).parent.parent / "models" / "expression.tflite"
#: The keys the JSON's `input` may have; a model with others was made for another version of the preprocessing.
_INPUT_KEYS = {"height", "width", "mean", "std"}
_MAX_BYTES = 256 * 2**20


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model. `labels` names its outputs in their order; `runtime` serves one thread at a time."""

    path: Path
    labels: tuple[str, ...]
    input: InputSpec
    temperature: float
    sha256: str
    runtime: Runtime
    figures: Mapping[str, float]  # the JSON's metrics by name, 0 to 1; may be empty

    @property
    def name(self) -> str:
        """The file's name and the start of its sha256: enough to tell two versions apart."""
        return f"{self.path.stem} {self.sha256[:8]}"


def load_model(path: Path | None = None, threads: int = 1) -> Model:
    """Loads `path` (None: the shipped model) and the .json of the same name beside it.

    Raises ModelError, one line that names the file and the problem: missing or unreadable, truncated or not TFLite, not
    the file its JSON names (sha256), a JSON that lacks something or names another shape or other labels. The labels'
    order is the JSON's own; the classifier puts the scores in the order of LABELS.
    """
    path = SHIPPED if path is None else path
    card_path = path.with_suffix(".json")
    content = _read_file(path)
    card = _read_card(card_path)
    labels = _read_labels(card, card_path)
    spec = _read_input_spec(card, card_path)
    temperature = _read_number(card, "temperature", card_path)
    if temperature <= 0:
        raise ModelError(f"{card_path}: temperature is {temperature:g}; it must be greater than 0")
    named, found = card.get("sha256"), hashlib.sha256(content).hexdigest()
    if not isinstance(named, str):
        raise ModelError(f"{card_path}: 'sha256' is missing; convert the model again, which writes both files")
    if named.lower() != found:
        raise ModelError(
            f"{path} is not the model that {card_path.name} names (sha256 {found[:12]}… instead of {named[:12]}…),"
            " or it is damaged: copy both files again"
        )
    try:
        runtime = Runtime(content, threads)
        _check_tensors(runtime, spec)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error.__cause__
    return Model(
        path=path,
        labels=labels,
        input=spec,
        temperature=temperature,
        sha256=found,
        runtime=runtime,
        figures=_read_figures(card.get("metrics")),
    )


def _read_figures(metrics: object) -> dict[str, float]:
    """The values of {name: {"value": …, "command": …}}. They are only shown, so what does not fit is left out."""
    found = metrics.items() if isinstance(metrics, dict) else ()
    values = {str(what): figure.get("value") for what, figure in found if isinstance(figure, dict)}
    return {what: value for what, value in values.items() if isinstance(value, float) and 0 <= value <= 1}


def _read_file(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ModelError(f"{path}: no such model file; a configuration names it as model.path, or leaves it out")
        if path.stat().st_size > _MAX_BYTES:
            raise ModelError(f"{path}: larger than {_MAX_BYTES >> 20} MiB, so no model for this device")
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its owner and permissions") from error
    # A flatbuffer starts with the offset of its root table, then the format's identifier.
    root = int.from_bytes(content[:4], "little")
    if len(content) < 8 or content[4:8] != b"TFL3" or not 8 <= root < len(content):
        raise ModelError(f"{path}: not a TFLite model, or truncated ({len(content)} bytes); copy or convert it again")
    return content


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"{path}: missing; no model is used without the JSON that was written beside it") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); check its owner and permissions") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not JSON, or nested without end
        raise ModelError(f"{path}: not valid JSON ({error}); convert the model again") from error
    if not isinstance(card, dict):
        raise ModelError(f"{path}: not a JSON object; convert the model again")
    return card


def _read_labels(card: dict[str, Any], path: Path) -> tuple[str, ...]:
    labels = card.get("labels")
    if not isinstance(labels, list) or sorted(map(str, labels)) != list(LABELS):
        raise ModelError(f"{path}: labels are {_shorten(labels)}; they must be the seven {', '.join(LABELS)}")
    return tuple(str(label) for label in labels)


def _read_input_spec(card: dict[str, Any], path: Path) -> InputSpec:
    given = card.get("input")
    if not isinstance(given, dict):
        raise ModelError(f"{path}: 'input' must be an object with {', '.join(sorted(_INPUT_KEYS))}")
    unknown = sorted(set(given) - _INPUT_KEYS)
    if unknown:
        names = ", ".join(unknown)[:100]
        raise ModelError(f"{path}: input names {names}, which this version does not know; update Moodcast")
    sides = [_read_number(given, key, path, "input.") for key in ("height", "width")]
    if any(side != int(side) or not 8 <= side <= 1024 for side in sides):
        raise ModelError(f"{path}: input is {sides[0]:g}×{sides[1]:g}; whole numbers from 8 to 1024 are allowed")
    mean, std = _read_number(given, "mean", path, "input."), _read_number(given, "std", path, "input.")
    if std <= 0:
        raise ModelError(f"{path}: input.std is {std:g}; it must be greater than 0")
    return InputSpec(int(sides[0]), int(sides[1]), mean, std)


def _shorten(value: object) -> str:
    """A value for a message, at most 100 characters."""
    text = repr(value)
    return text if len(text) <= 100 else text[:99] + "…"


def _read_number(values: dict[str, Any], key: str, path: Path, prefix: str = "") -> float:
    value = values.get(key)
    # Finite; an integer of hundreds of digits is no float.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise ModelError(f"{path}: {prefix}{key} is {_shorten(value)}; a number is needed")
    return float(value)


def _check_tensors(runtime: Runtime, spec: InputSpec) -> None:
    for tensor, wanted, role in (
        (runtime.input, (1, spec.height, spec.width, 1), "input"),
        (runtime.output, (1, len(LABELS)), "output"),
    ):
        if tensor.shape != wanted:
            found, named = "×".join(map(str, tensor.shape)), "×".join(map(str, wanted))
            raise ModelError(f"its {role} is {found}, but its JSON needs {named}")
        if tensor.dtype not in DTYPES:
            raise ModelError(f"its {role} is {tensor.dtype}; {', '.join(DTYPES)} are allowed")
        if tensor.dtype != "float32" and tensor.scale <= 0:
            raise ModelError(f"its {role} is {tensor.dtype} without a scale; convert it again")
