"""Every runtime that is installed here, and whether they agree on a model."""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np

from edge.vision.runtime import TensorSpec, tensor_spec, ungreeted
from train.arrays import Array
from train.errors import TrainError
from train.progress import counted

MEAN_DIFFERENCE = 0.02
"""By how much two runtimes' probabilities may differ on average: every layer's kernels round differently. Between
tflite-runtime 2.14 and ai-edge-litert 2.3 it is 0.001 for the shipped model, with single scores up to 0.04 apart."""
SAME_ANSWERS = 0.97
"""Share of the faces on which two runtimes must say the same."""


def interpreters() -> Iterator[tuple[str, Any]]:
    """Name and class of each TFLite interpreter that is installed and works with this NumPy."""
    known = ("ai_edge_litert.interpreter", *([] if left_out() else ["tflite_runtime.interpreter"]), "tensorflow")
    for module in known:
        with contextlib.suppress(ImportError):
            found = importlib.import_module(module)
            yield module.partition(".")[0].replace("_", "-"), getattr(found, "lite", found).Interpreter


def before_tensorflow() -> None:
    """Loads tflite-runtime where it is installed: 2.14 takes no model ("vector::reserve") in a process in which
    TensorFlow, which has symbols of the same names, came first. The other way round both work."""
    if not left_out():
        with contextlib.suppress(ImportError):
            importlib.import_module("tflite_runtime.interpreter")


def left_out() -> str:
    """What is installed and not asked, and why; empty where there is nothing to say."""
    if find_spec("tflite_runtime") is None:
        return ""
    if int(np.__version__.partition(".")[0]) >= 2:
        return f"tflite-runtime is not asked: it does not work with NumPy {np.__version__} (with 'numpy<2' it does)"
    if "tensorflow" in sys.modules and "tflite_runtime" not in sys.modules:
        return "tflite-runtime is not asked: it does not work where TensorFlow was loaded before it"
    return ""


def tensors(content: bytes) -> tuple[TensorSpec, TensorSpec]:
    """The input and the output of a .tflite file, as its interpreter says."""
    interpreter = _loaded(*next(_available()), content)
    return tensor_spec(interpreter.get_input_details()[0]), tensor_spec(interpreter.get_output_details()[0])


def run_everywhere(content: bytes, inputs: Array) -> dict[str, Array]:
    """For each runtime the dequantised outputs [n, 7] for the float32 `inputs` [n, h, w, 1].

    Raises TrainError where one cannot load the file, or differs from the first by more than MEAN_DIFFERENCE or in
    more answers than SAME_ANSWERS allows.
    """
    results: dict[str, Array] = {}
    for name, kind in _available():
        interpreter = _loaded(name, kind, content)
        (taken,), (given,) = interpreter.get_input_details(), interpreter.get_output_details()
        source, sink = tensor_spec(taken), tensor_spec(given)
        rows = []
        for face in counted(inputs, f"running {name}", len(inputs)):
            interpreter.set_tensor(taken["index"], source.quantise(face[None]))
            interpreter.invoke()
            rows.append(sink.dequantise(interpreter.get_tensor(given["index"]))[0])
        results[name] = np.array(rows)
    for name, same, difference in _differences(results):
        if difference > MEAN_DIFFERENCE or same < SAME_ANSWERS:
            raise TrainError(
                f"{name} and {next(iter(results))} give the same answer for {same:.1%} of the faces and probabilities "
                f"that differ by {difference:.3f} on average: do not ship this"
            )
    return results


def agreement(results: dict[str, Array]) -> list[str]:
    """A line for each runtime after the first: how it compares with that."""
    return [
        f"{name}: {same:.1%} the same answers, scores {difference:.4f} apart on average"
        for name, same, difference in _differences(results)
    ]


def _differences(results: dict[str, Array]) -> Iterator[tuple[str, float, float]]:
    """(name, share of the same answers, mean difference) of each runtime after the first."""
    first = next(iter(results.values()))
    for name, rows in list(results.items())[1:]:
        same = float((rows.argmax(axis=1) == first.argmax(axis=1)).mean())
        yield name, same, float(np.abs(rows - first).mean())


def _available() -> Iterator[tuple[str, Any]]:
    found = list(interpreters())
    if not found:
        raise TrainError("no TFLite runtime is installed: pip install ai-edge-litert")
    return iter(found)


def _loaded(name: str, kind: Any, content: bytes) -> Any:
    try:
        with warnings.catch_warnings(), ungreeted():
            warnings.simplefilter("ignore")  # tf.lite announces its own end
            interpreter = kind(model_content=content)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise TrainError(f"{name} cannot load the model ({str(error).splitlines()[0]})") from error
    return interpreter
