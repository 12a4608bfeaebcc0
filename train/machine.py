"""What this machine does well, settled before TensorFlow is loaded (figures: train/EXPERIMENTS.md)."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge.vision.runtime import hide_greetings
from train.errors import TrainError, first_line

if TYPE_CHECKING:
    import tensorflow as tf

NVIDIA = Path("/dev/nvidiactl")
"""The device file of NVIDIA's driver."""
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8  # of <malloc.h>


def prepare() -> None:
    """Settings for TensorFlow and the C library that make training faster; what the environment sets stays.

    The C library keeps freed memory: a step takes and frees gigabytes, and the system zeroes each page that is given
    back and asked for again.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if platform.machine() == "x86_64":
        # TensorFlow turns oneDNN on by itself only where the CPU has VNNI; without that it pays as well.
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with contextlib.suppress(OSError, AttributeError):  # a C library without it
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in ((_MMAP_MAX, 0), (_TRIM_THRESHOLD, -1), (_TOP_PAD, 256 << 20), (_ARENA_MAX, 1)):
            mallopt(option, value)


def load_tensorflow() -> None:
    """Imports TensorFlow and has it find its GPUs, without its messages about oneDNN and about GPUs that are not there.
    Raises ModuleNotFoundError where it is not installed."""
    if "tensorflow" in sys.modules:
        return
    loud = os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0"
    # Where there is a GPU an error tells why it cannot be used.
    greetings = (b"I0000 ", b"W0000 ", b"WARNING: All log messages", *(() if NVIDIA.exists() else (b"E0000 ",)))
    with contextlib.nullcontext() if loud else hide_greetings(*greetings):
        import tensorflow as tf

        tf.config.list_physical_devices("GPU")


def strategy() -> tuple[tf.distribute.Strategy, str]:
    """Several machines where TF_CONFIG says so, several GPUs where there are, else what TensorFlow does anyway; and the
    name of a folder for what this machine makes: none for the first machine of a cluster, or the only one."""
    import tensorflow as tf

    if not os.environ.get("TF_CONFIG"):
        several = len(tf.config.list_physical_devices("GPU")) > 1
        return (tf.distribute.MirroredStrategy() if several else tf.distribute.get_strategy()), ""
    try:
        cluster = tf.distribute.cluster_resolver.TFConfigClusterResolver()
        machines = tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=cluster)
    except (ValueError, TypeError, KeyError, RuntimeError, tf.errors.OpError) as error:
        raise TrainError(f"TF_CONFIG: TensorFlow cannot use it ({first_line(error)})") from error
    first = "chief" if "chief" in cluster.cluster_spec().jobs else "worker"
    others = cluster.task_id or cluster.task_type not in (first, None)
    return machines, f"{cluster.task_type}-{cluster.task_id}" if others else ""
