"""The interpreter that runs the model, and its two tensors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.errors import ModelError

#: The element types a model's tensors may have.
DTYPES = ("int8", "uint8", "float32")
#: What a pipe holds on Linux: one read empties it.
PIPE_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """The interpreter's description of a tensor. `scale` is 0 where the tensor is not quantised."""

    shape: tuple[int, ...]
    dtype: str
    scale: float
    zero_point: int

    def quantise(self, values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        """Real values as the tensor's elements: divided by the scale, rounded to nearest even, then clipped."""
        if self.scale == 0:
            return values.astype(self.dtype)
        limits = np.iinfo(self.dtype)
        steps = np.rint(values / np.float32(self.scale)) + self.zero_point
        return np.asarray(np.clip(steps, limits.min, limits.max), self.dtype)

    def dequantise(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """The tensor's elements as real values."""
        values = raw.astype(np.float32)
        return values if self.scale == 0 else (values - np.float32(self.zero_point)) * np.float32(self.scale)


class Runtime:
    """One interpreter with its tensors allocated; it serves one thread at a time.

    `content` is a whole .tflite file, checked before, for an interpreter may crash on a damaged one. No delegate but
    the interpreter's own is used. Raises ModelError where there is no interpreter, or it cannot run the model.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        self.name, interpreter_class = _interpreter_class()
        try:
            with hide_greetings():
                self._interpreter = interpreter_class(model_content=content, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise ModelError(f"{self.name} cannot load it ({reason}): convert it again for this runtime") from error
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        if len(inputs) != 1 or len(outputs) != 1:
            raise ModelError(f"has {len(inputs)} inputs and {len(outputs)} outputs instead of one of each")
        self.input, self.output = tensor_spec(inputs[0]), tensor_spec(outputs[0])
        self._input_index, self._output_index = inputs[0]["index"], outputs[0]["index"]

    def run(self, elements: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """One inference: elements of the input's shape and dtype in, the output's real values out."""
        self._interpreter.set_tensor(self._input_index, elements)
        self._interpreter.invoke()
        return self.output.dequantise(self._interpreter.get_tensor(self._output_index))


@contextmanager
def hide_greetings(*greetings: bytes) -> Iterator[None]:
    """Drops lines that begin with `INFO: ` or one of `greetings` from stderr. The interpreter writes `INFO: Created
    TensorFlow Lite XNNPACK delegate for CPU.` there, past Python, and has no switch for it. All other output comes out
    at the end. For one thread at a time."""
    try:
        stderr = os.dup(2)
    except OSError:  # stderr is closed
        yield
        return
    reader, writer = os.pipe()
    for end in (reader, writer):  # a full pipe loses the rest and does not block the writer
        os.set_blocking(end, False)
    os.dup2(writer, 2)
    os.close(writer)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        with suppress(OSError):  # nothing was written, or stderr is a pipe whose reader has gone
            lines = os.read(reader, PIPE_BYTES).splitlines(keepends=True)
            os.write(2, b"".join(line for line in lines if not line.startswith((b"INFO: ", *greetings))))
        os.close(reader)


def tensor_spec(details: dict[str, Any]) -> TensorSpec:
    """From one tensor of an interpreter's `get_input_details` or `get_output_details`."""
    scale, zero_point = details["quantization"]
    shape = tuple(int(side) for side in details["shape"])
    return TensorSpec(shape, np.dtype(details["dtype"]).name, float(scale), int(zero_point))


def _interpreter_class() -> tuple[str, Any]:
    """The name and class of the first interpreter installed: LiteRT, tflite-runtime, TensorFlow."""
    try:
        from ai_edge_litert.interpreter import Interpreter as LiteRt

        return "ai-edge-litert", LiteRt
    except ImportError:
        pass
    try:
        from tflite_runtime.interpreter import Interpreter as TfliteRuntime

        if int(np.__version__.partition(".")[0]) >= 2:  # its Interpreter() fails there with an unrelated message
            raise ModelError("tflite-runtime does not work with numpy 2: install 'numpy<2' or ai-edge-litert")
        return "tflite-runtime", TfliteRuntime
    except ImportError:
        pass
    try:
        from tensorflow import lite

        return "tensorflow", lite.Interpreter
    except ImportError:
        raise ModelError(
            "no interpreter is installed: install ai-edge-litert (64 bit) or tflite-runtime with 'numpy<2'"
        ) from None
