"""A model is used only when it and its JSON fit; whatever does not is one line that names the file."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from edge.errors import ModelError
from edge.records import LABELS
from edge.vision.model import load_model
from tests.vision.scenes import broken_model


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(path)
    message = str(caught.value)
    assert "\n" not in message
    assert path.stem in message
    return message


def test_the_model_loads_with_what_its_json_says(model_path: Path) -> None:
    model = load_model(model_path)
    card = json.loads(model_path.with_suffix(".json").read_text(encoding="utf-8"))
    assert sorted(model.labels) == list(LABELS)
    assert model.sha256 == hashlib.sha256(model_path.read_bytes()).hexdigest()
    assert (model.input.height, model.input.width) == (card["input"]["height"], card["input"]["width"])
    assert model.temperature == card["temperature"]
    assert model.name == f"{model_path.stem} {model.sha256[:8]}"
    assert model.runtime.input.shape == (1, model.input.height, model.input.width, 1)


@pytest.mark.parametrize(
    ("metrics", "figures"),
    [
        ({"good": {"value": 0.9}, "no": {"value": "x"}, "bare": 0.5, "far": {"value": 10**400}}, {"good": 0.9}),
        ([1], {}),
        (None, {}),
    ],
)
def test_of_the_json_s_figures_those_that_are_shares_are_taken(
    tmp_path: Path, model_path: Path, metrics: Any, figures: dict[str, float]
) -> None:
    assert load_model(broken_model(tmp_path, model_path, metrics=metrics)).figures == figures


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    assert "no such model file" in refusal(tmp_path / "gone.tflite")


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    assert "no such model file" in refusal(tmp_path)


def test_no_model_is_used_without_its_json(tmp_path: Path, model_path: Path) -> None:
    path = broken_model(tmp_path, model_path)
    path.with_suffix(".json").unlink()
    assert "expression.json: missing" in refusal(path)


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.3, 0.999])
def test_a_truncated_model_never_reaches_the_interpreter(tmp_path: Path, model_path: Path, share: float) -> None:
    content = model_path.read_bytes()
    message = refusal(broken_model(tmp_path, model_path, content[: int(len(content) * share)]))
    assert "truncated" in message or "damaged" in message


def test_a_truncated_model_with_a_json_of_its_own_is_refused_by_the_interpreter(
    tmp_path: Path, model_path: Path
) -> None:
    content = model_path.read_bytes()[:300_000]
    path = broken_model(tmp_path, model_path, content, sha256=hashlib.sha256(content).hexdigest())
    assert "cannot load it" in refusal(path)


def test_another_file_is_not_the_model_its_json_names(tmp_path: Path, model_path: Path) -> None:
    content = bytearray(model_path.read_bytes())
    content[-1] ^= 1
    assert "is not the model that expression.json names" in refusal(broken_model(tmp_path, model_path, bytes(content)))


def test_a_picture_is_no_model(tmp_path: Path, model_path: Path) -> None:
    assert "not a TFLite model" in refusal(broken_model(tmp_path, model_path, b"\x89PNG\r\n\x1a\n" + bytes(4000)))


def test_a_json_for_another_shape_is_refused(tmp_path: Path, model_path: Path) -> None:
    path = broken_model(tmp_path, model_path, input={"height": 40, "width": 44, "mean": 0.5, "std": 0.25})
    assert "its JSON needs 1×40×44×1" in refusal(path)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("labels", None, "labels are None"),
        ("labels", list(LABELS[:6]), "they must be the seven angry, disgust"),
        ("labels", [*LABELS[:6], "contempt"], "contempt"),
        ("labels", [*LABELS[:6], "angry"], "they must be the seven"),
        ("input", None, "'input' must be an object"),
        ("input", {"height": 48, "width": 48, "mean": 0.5}, "input.std is None"),
        ("input", {"height": 48, "width": 48, "mean": 0.5, "std": 0}, "input.std is 0"),
        ("input", {"height": 48.5, "width": 48, "mean": 0, "std": 1}, "input is 48.5×48"),
        ("input", {"height": 48, "width": 48, "mean": 0, "std": 1, "equalise": True}, "input names equalise"),
        ("temperature", None, "temperature is None"),
        ("temperature", "warm", "temperature is 'warm'"),
        ("temperature", -1, "must be greater than 0"),
        ("temperature", True, "a number is needed"),
        ("temperature", 10**400, "a number is needed"),
        ("temperature", float("inf"), "a number is needed"),
        ("temperature", float("nan"), "a number is needed"),
        ("sha256", None, "'sha256' is missing"),
    ],
)
def test_each_flaw_of_the_json_is_named(tmp_path: Path, model_path: Path, key: str, value: Any, expected: str) -> None:
    assert expected in refusal(broken_model(tmp_path, model_path, **{key: value}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_a_json_that_is_none_is_refused(tmp_path: Path, model_path: Path, text: bytes, expected: str) -> None:
    path = broken_model(tmp_path, model_path)
    path.with_suffix(".json").write_bytes(text)
    assert expected in refusal(path)
