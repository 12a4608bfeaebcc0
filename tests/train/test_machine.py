"""Training settles what the machine does well: oneDNN, and memory that is kept."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

FAULTS = """
import resource, sys
import numpy as np
if sys.argv[1:] == ["kept"]:
    from train.machine import prepare
    prepare()
for turn in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        np.ones(64 << 20, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


LOADED = """
import sys
from train.machine import load_tensorflow, prepare
prepare()
load_tensorflow()
import keras, tensorflow as tf
tf.constant([1.0]) + 1.0
print(tf.config.list_physical_devices("GPU"))
"""


def test_tensorflow_is_loaded_without_a_word_where_there_is_no_gpu(root: Path) -> None:
    pytest.importorskip("tensorflow", reason="TensorFlow is not installed (requirements-train.txt)")
    environ = {**os.environ, "PYTHONPATH": str(root), "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, "-c", LOADED], env=environ, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def test_memory_that_was_freed_is_used_again_without_page_faults(root: Path) -> None:
    def faults(*arguments: str) -> int:
        environ = {**os.environ, "PYTHONPATH": str(root), "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-c", FAULTS, *arguments]
        return int(subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout)

    if platform.libc_ver()[0] != "glibc":
        pytest.skip("no glibc: its heap is left as it is")
    assert faults("kept") < 100 < faults()


@pytest.mark.skipif(platform.machine() != "x86_64", reason="oneDNN is turned on for x86-64 alone")
@pytest.mark.parametrize(("said", "becomes"), [(None, "1"), ("0", "0")])
def test_onednn_is_on_unless_the_environment_says_otherwise(root: Path, said: str | None, becomes: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    environ |= {"PYTHONPATH": str(root)} | ({"TF_ENABLE_ONEDNN_OPTS": said} if said else {})
    code = "import os, train.machine; train.machine.prepare(); print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    done = subprocess.run([sys.executable, "-c", code], env=environ, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == becomes
