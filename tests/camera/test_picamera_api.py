"""The calls to picamera2, held against the real package's signatures: a name or keyword it does not know is an error.

picamera2 cannot be imported without a Pi's libcamera, but mypy reads it without importing. The package is fetched
for this; where none can be had the test is skipped.
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.camera.picamera import OLDEST

#: The newest that was tried, and the oldest that works.
NEWEST = "0.3.38"


@pytest.fixture(scope="module", params=[NEWEST, OLDEST])
def real_picamera2(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package and nothing else."""
    folder, package = tmp_path_factory.mktemp("picamera2"), f"picamera2=={request.param}"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "--target", str(folder), package], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{package} cannot be fetched here: {done.stderr.strip().splitlines()[-1:]}")
    return folder


def complaints(code: Path, real_picamera2: Path, root: Path, cache: Path) -> str:
    """What mypy says of `code` beside the real picamera2. The project's own settings leave picamera2 unread."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed")
    command = [sys.executable, "-m", "mypy", "--config-file=", "--follow-imports=silent", "--ignore-missing-imports"]
    environment = {**os.environ, "MYPYPATH": f"{real_picamera2}{os.pathsep}{root}"}
    done = subprocess.run(
        [*command, "--check-untyped-defs", f"--cache-dir={cache}", str(code)],
        cwd=cache,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def test_the_camera_room_calls_picamera2_as_it_is(real_picamera2: Path, root: Path, cache: Path) -> None:
    assert complaints(root / "edge" / "camera" / "picamera.py", real_picamera2, root, cache).startswith("Success")


@pytest.mark.parametrize(
    ("right", "wrong"), [("cancel_all_and_flush", "cancel_and_flush"), ("queue=False", "queued=False")]
)
def test_a_misspelt_call_would_be_found(
    real_picamera2: Path, root: Path, cache: Path, tmp_path: Path, right: str, wrong: str
) -> None:
    code = (root / "edge" / "camera" / "picamera.py").read_text()
    assert right in code
    misspelt = tmp_path / "misspelt.py"
    misspelt.write_text(code.replace(right, wrong))
    assert wrong.partition("=")[0] in complaints(misspelt, real_picamera2, root, cache)
