"""What this machine does well, settled before TensorFlow is loaded. How much each of it gives:
`python -m benchmarks.training`."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from edge.vision.runtime import ungreeted

CPUINFO = Path("/proc/cpuinfo")
NVIDIA = Path("/dev/nvidiactl")
"""The device file of NVIDIA's driver."""
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""The flags, as Linux names them, of CPUs that multiply bfloat16: x86 of two makes, and arm64."""
_TILES = "amx_bf16"
"""The flag of those x86 CPUs that multiply whole tiles of it."""
_AMPERE = (8, 0)
"""From this compute capability on a GPU of NVIDIA's multiplies bfloat16 (CUDA C++ Programming Guide)."""

#: Of <malloc.h>.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX, _M_ARENA_MAX = -1, -2, -4, -8
_NEVER = -1
_AHEAD_BYTES = 256 << 20


def prepare() -> None:
    """Tells TensorFlow and the C library to be quick here; what the environment says already stands."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if platform.machine() == "x86_64":
        # TensorFlow turns oneDNN on by itself only where the CPU has VNNI; without that it pays as well.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    keep_freed_memory()


def load_tensorflow() -> None:
    """Imports TensorFlow and has it find its GPUs, without what it says of oneDNN and of GPUs that are not there: that
    drowns what we say. Raises ModuleNotFoundError where it is not installed."""
    if "tensorflow" in sys.modules:
        return
    loud = os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0"
    # Where there is a GPU an error tells why it cannot be used.
    error = () if NVIDIA.exists() else (b"E0000 ",)
    with contextlib.nullcontext() if loud else ungreeted(b"I0000 ", b"W0000 ", b"WARNING: All log messages", *error):
        import tensorflow as tf

        tf.config.list_physical_devices("GPU")


def keep_freed_memory() -> None:
    """Lets what is freed stay with the process: a step takes and frees gigabytes, the same ones each time.

    Given back and asked for again, every page of them is a fault and is zeroed. Does nothing where the C library has
    no mallopt.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, _NEVER)
    mallopt(_M_TOP_PAD, _AHEAD_BYTES)
    mallopt(_M_ARENA_MAX, 1)


def gpus() -> list[tuple[int, int]]:
    """The compute capability of every GPU that TensorFlow can use, (0, 0) where it does not say."""
    import tensorflow as tf

    details = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    return [tuple(each.get("compute_capability") or (0, 0)) for each in details]


def repeatable(model: str) -> None:
    """Has GPUs add up in the same order each time, for what a CPU does so anyway; call it before the first step.

    Not for `mobile`: a depthwise convolution's gradient has no such way everywhere, and TensorFlow would stop there
    (`tf.config.experimental.enable_op_determinism`).
    """
    import tensorflow as tf

    if gpus() and model != "mobile":
        tf.config.experimental.enable_op_determinism()


def precision(model: str, gpus: Sequence[tuple[int, int]] = (), cpuinfo: Path = CPUINFO) -> str:
    """The Keras policy that pays for a net of that name: `mixed_bfloat16`, or `float32`.

    On GPUs the former where all of them multiply bfloat16. On a CPU where it does, and not for `mobile`, whose
    depthwise convolutions are slower in it (`train/EXPERIMENTS.md`); a CPU that does not does it in software, and takes
    many times as long.
    """
    if gpus:
        return "mixed_bfloat16" if min(gpus) >= _AMPERE else "float32"
    return "mixed_bfloat16" if model != "mobile" and _flags(cpuinfo) & _BFLOAT16 else "float32"


def quick_products(cpuinfo: Path = CPUINFO) -> None:
    """Has oneDNN multiply float32 in bfloat16 and add up in float32 (its `fpmath` mode) where the CPU has tiles for it;
    what the environment says already stands. Call it before TensorFlow is loaded.

    For training, where the teachers' answers come twice as fast and steps of `mobile` a little; what is measured is
    measured in float32.
    """
    if _TILES in _flags(cpuinfo):
        os.environ.setdefault("ONEDNN_DEFAULT_FPMATH_MODE", "BF16")


def _flags(cpuinfo: Path) -> set[str]:
    """What the CPU says it can do; nothing where it says nothing."""
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return set()
    return {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.split()}
