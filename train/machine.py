"""What this machine does well, settled before TensorFlow is loaded. How much each of it gives:
`python -m benchmarks.training`."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path

from edge.vision.runtime import ungreeted

CPUINFO = Path("/proc/cpuinfo")
NVIDIA = Path("/dev/nvidia0")
_BFLOAT16 = {"avx512_bf16", "amx_bf16", "bf16"}
"""The flags, as Linux names them, of CPUs that multiply bfloat16: x86 of two makes, and arm64."""

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


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Keeps off stderr what TensorFlow says of oneDNN and of missing GPUs while it is loaded: it drowns what we say."""
    if "tensorflow" in sys.modules or os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0":
        yield
        return
    with ungreeted(b"I0000 ", b"W0000 ", b"WARNING: All log messages before absl"):
        yield


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


def precision(cpuinfo: Path = CPUINFO, gpu: Path = NVIDIA) -> str:
    """The Keras policy that pays: `mixed_bfloat16` on a GPU and on a CPU that multiplies bfloat16, else `float32`.

    A CPU without such instructions does bfloat16 too, in software, and takes many times as long.
    """
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    flags = {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.split()}
    return "mixed_bfloat16" if gpu.exists() or flags & _BFLOAT16 else "float32"
