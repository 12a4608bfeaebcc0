"""Training settles what the machine does well: a precision it has instructions for, and memory that is kept."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from train.machine import precision, quick_products

NOWHERE = Path("/nonexistent")
PASCAL, AMPERE = (6, 1), (8, 0)

FAULTS = """
import resource, sys
import numpy as np
if sys.argv[1:] == ["kept"]:
    from train.machine import keep_freed_memory
    keep_freed_memory()
for turn in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        np.ones(64 << 20, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.parametrize(
    ("line", "pays"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_vnni", "float32"),
        ("flags\t\t: fpu avx2 avx512f avx512_bf16", "mixed_bfloat16"),
        ("flags\t\t: fpu amx_tile amx_bf16", "mixed_bfloat16"),
        ("Features\t: fp asimd asimddp", "float32"),
        ("Features\t: fp asimd svebf16 bf16", "mixed_bfloat16"),
        ("model name\t: bf16 in name only", "float32"),
    ],
)
def test_bfloat16_is_used_where_the_cpu_multiplies_it(tmp_path: Path, line: str, pays: str) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\n{line}\n\n")
    assert precision("edge", [], cpuinfo) == pays
    assert precision("mobile", [], cpuinfo) == "float32", "its convolutions gain nothing from it there"


@pytest.mark.parametrize(
    ("line", "environ", "mode"),
    [
        ("flags\t\t: fpu avx512_bf16 amx_tile amx_bf16", {}, "BF16"),
        ("flags\t\t: fpu amx_bf16", {"ONEDNN_DEFAULT_FPMATH_MODE": "STRICT"}, "STRICT"),
        ("flags\t\t: fpu avx512_bf16", {}, None),
    ],
)
def test_training_multiplies_in_bfloat16_where_the_cpu_has_tiles_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, environ: dict[str, str], mode: str | None
) -> None:
    monkeypatch.setattr(os, "environ", environ)
    (tmp_path / "cpuinfo").write_text(line)
    quick_products(tmp_path / "cpuinfo")
    quick_products(NOWHERE)
    assert environ.get("ONEDNN_DEFAULT_FPMATH_MODE") == mode


@pytest.mark.parametrize("model", ["edge", "mobile", "seed"])
def test_gpus_work_in_what_all_of_them_multiply(model: str) -> None:
    assert precision(model, [AMPERE, (9, 0)], NOWHERE) == "mixed_bfloat16"
    assert precision(model, [AMPERE, PASCAL], NOWHERE) == "float32"
    assert precision(model, [(0, 0)], NOWHERE) == "float32", "it does not say what it is"


def test_a_machine_that_says_nothing_of_itself_works_in_float32() -> None:
    assert precision("edge", [], NOWHERE) == "float32"


LOADED = """
import sys
from train.machine import gpus, load_tensorflow, prepare
prepare()
load_tensorflow()
import keras, tensorflow as tf
tf.constant([1.0]) + 1.0
print(gpus())
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
