"""A run's state on disk: written whole or not at all, so that a kill at any point loses at most an epoch."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from train.arrays import Array
from train.errors import TrainError

STATE = "state.npz"
"""A run's file of where it stands."""


def replace(path: Path, data: bytes) -> None:
    """Writes the file beside its name, then renames: a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def tried(path: Path) -> None:
    """Makes the folder of `path` and writes into it: whoever works for minutes is to know before. TrainError if not."""
    if path.is_dir():
        raise TrainError(f"{path}: is a folder")
    trial = path.with_name(f".{path.name}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        raise TrainError(f"{path}: cannot be written ({error.strerror})") from error


def save(path: Path, groups: Mapping[str, Sequence[Any]], about: dict[str, Any]) -> None:
    """Variables by group (in their order) and what is to be known of them (JSON)."""
    arrays = {f"{group}/{i}": np.asarray(v) for group, values in groups.items() for i, v in enumerate(values)}
    temporary = path.with_name(f".{path.stem}.tmp.npz")
    with temporary.open("wb") as file:
        np.savez(file, about=np.array(json.dumps(about)), **arrays)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load(path: Path) -> tuple[dict[str, list[Array]], dict[str, Any]]:
    """What `save` wrote; raises TrainError naming the file where it is missing or damaged."""
    if not path.is_file():
        raise TrainError(f"{path}: no such file: nothing to resume (leave out --resume to start)")
    try:
        with np.load(path) as stored:
            about = json.loads(str(stored["about"]))
            groups: dict[str, list[Array]] = {}
            for name in stored.files:
                if name != "about":
                    groups.setdefault(name.split("/")[0], []).append(stored[name])
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise TrainError(f"{path}: not a checkpoint that can be read ({error})") from error
    return groups, about
