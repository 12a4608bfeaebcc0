"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from train.errors import TrainError


def replace(path: Path, data: bytes) -> None:
    """Writes the file beside its name, then renames; TrainError where it cannot."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise TrainError(f"{path}: cannot be written ({error.strerror})") from error


def check_writable(path: Path) -> None:
    """Makes the folder of `path` and writes into it: said before minutes of work. TrainError if not."""
    if path.is_dir():
        raise TrainError(f"{path}: is a folder")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise TrainError(f"{path}: cannot be written ({error.strerror})") from error
