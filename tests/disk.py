"""A disk without room."""

from pathlib import Path

import pytest


def fill(folder: Path) -> Path:
    """Takes all the room there is, and gives the file that holds it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    return filler
