"""FER-2013 and its FER+ votes, from any of the forms people have them in.

The faces: the Kaggle folder (`train/<emotion>/Training_N.jpg`, `test/<emotion>/PublicTest_N.jpg`), a zip of it, or
`fer2013.csv`. The votes: Microsoft's `fer2013new.csv`, or a CSV keyed by the folder's file names.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.errors import TrainError
from train.progress import counted
from train.votes import COLUMNS, Votes, opened, read_votes, rows_of

T = TypeVar("T")

SIDE = 48
SPLITS = ("Training", "PublicTest", "PrivateTest")
CSV_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER-2013's own codes 0 to 6, which are not in alphabetical order."""
_UNREADABLE = (
    OSError, ValueError, SyntaxError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What Pillow and zipfile raise for a damaged picture, and for a member that is damaged, encrypted or packed oddly."""

_NAME = re.compile(r"(?:^|/)(train|test)/([^/]+)/([^/]+)\.(?:jpe?g|png)$", re.IGNORECASE)
_SPLIT = re.compile(r"^(Training|PublicTest|PrivateTest)_")


class NoFaces(TrainError):
    """The data are there and can be read, and have none of the split that was asked for."""


@dataclass(frozen=True)
class Faces:
    """Faces in a fixed order; all arrays have n rows."""

    images: Array
    """uint8 [n, 48, 48], grey."""
    labels: Array
    """int64 [n]: FER-2013's own label, an index into LABELS."""
    votes: Array
    """int64 [n, 10] in the order of votes.COLUMNS; a row of zeros where there are none."""
    names: tuple[str, ...]
    """`train/angry/Training_3908.jpg`, or `fer2013.csv:2` for a row (the header is line 1)."""

    def __len__(self) -> int:
        return len(self.images)

    def fingerprint(self) -> str:
        """What tells these faces, their labels, votes and order apart from others."""
        whole = 0
        for array in (self.images, self.labels, self.votes):
            whole = zlib.crc32(np.ascontiguousarray(array).tobytes(), whole)
        return f"{len(self)} {whole:08x}"

    def take(self, rows: Array) -> Faces:
        """The faces at `rows` (indices, or a mask), in that order."""
        index = np.arange(len(self))[rows]
        return Faces(self.images[index], self.labels[index], self.votes[index], tuple(self.names[i] for i in index))


def load(path: Path, split: str, votes: Path | None = None, *, progress: bool = False) -> Faces:
    """The faces of one split: Training, PublicTest, PrivateTest, or `test` (the latter two together).

    Raises TrainError, naming the file, where anything is missing, unreadable or not what it should be.
    """
    wanted = SPLITS[1:] if split == "test" else (split,)
    if any(name not in SPLITS for name in wanted):
        raise TrainError(f"unknown split {split!r}: Training, PublicTest, PrivateTest or test")
    if not path.exists():
        raise TrainError(
            f"{path}: no such file or folder (--data takes the Kaggle folder, a zip of it, or fer2013.csv)"
        )
    table = read_votes(votes) if votes else None
    if path.is_dir():
        faces = _from_files(path, wanted, _folder(path), table, progress)
    elif zipfile.is_zipfile(path):
        with _opened(path) as archive:
            faces = _from_files(path, wanted, _members(archive), table, progress)
    elif path.suffix.lower() == ".csv":
        faces = _from_csv(path, wanted, table, progress)
    else:
        raise TrainError(f"{path}: neither a folder, nor a zip file that can be read, nor a .csv")
    if not len(faces):
        hint = f" ({table_inside} is in it: give that, unpacked)" if (table_inside := _table_inside(path)) else ""
        raise NoFaces(f"{path}: no faces of {split} in it{hint}")
    return faces


def _table_inside(path: Path) -> str | None:
    """FER-2013's CSV in a folder or zip, as some downloads have it."""
    if path.is_dir():
        names = [found.relative_to(path).as_posix() for found in path.rglob("*.csv")]
    elif path.suffix.lower() == ".csv":
        return None
    else:
        with _opened(path) as archive:
            names = archive.namelist()
    return next((name for name in names if Path(name).name.lower() == "fer2013.csv"), None)


def _opened(path: Path) -> zipfile.ZipFile:
    """The zip, whose list of members is read with it; TrainError where that is damaged."""
    try:
        return zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise TrainError(f"{path}: not a zip file that can be read ({error})") from error


def _folder(path: Path) -> list[tuple[str, Callable[[], bytes]]]:
    files = sorted(p for p in path.rglob("*") if p.is_file())
    return [(p.relative_to(path).as_posix(), p.read_bytes) for p in files]


def _members(archive: zipfile.ZipFile) -> list[tuple[str, Callable[[], bytes]]]:
    def reader(name: str) -> Callable[[], bytes]:
        return lambda: archive.read(name)

    return [(name, reader(name)) for name in sorted(archive.namelist()) if not name.endswith("/")]


def _from_files(
    path: Path,
    wanted: tuple[str, ...],
    files: list[tuple[str, Callable[[], bytes]]],
    table: Votes | None,
    progress: bool,
) -> Faces:
    """The folder form; the split is in the file's name, the emotion is the folder's."""
    if table and table.by_row is not None:
        raise TrainError(f"{table.path}: its rows go with fer2013.csv; a folder or zip needs votes keyed by file name")
    chosen = []
    for name, read in files:
        match = _NAME.search(name)
        split = _SPLIT.match(match[3]) if match else None
        if match and split and split[1] in wanted:
            if match[2].lower() not in LABELS:
                raise TrainError(f"{path}: {name}: folder {match[2]!r} is none of {', '.join(LABELS)}")
            chosen.append((match[0].lstrip("/"), LABELS.index(match[2].lower()), read))
    images = np.empty((len(chosen), SIDE, SIDE), np.uint8)
    for i, (name, _, read) in enumerate(_counted(chosen, path, progress)):
        images[i] = _decode(path, name, read)
    names = tuple(name for name, _, _ in chosen)
    labels = np.array([label for _, label, _ in chosen], np.int64)
    votes = np.zeros((len(chosen), len(COLUMNS)), np.int64)
    if table and table.by_name is not None:
        rows = [table.by_name.get(name) for name in names]
        if chosen and all(row is None for row in rows):
            raise TrainError(f"{table.path}: none of its file names is in {path} (there: {names[0]})")
        for i, row in enumerate(rows):
            if row is not None:
                votes[i] = row
    return Faces(images, labels, votes, names)


def _decode(path: Path, name: str, read: Callable[[], bytes]) -> Array:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(read())) as image:
            grey = np.asarray(image.convert("L"))
    except (*_UNREADABLE, Image.DecompressionBombError) as error:
        raise TrainError(f"{path}: {name}: not an image that can be read ({error})") from error
    if grey.shape != (SIDE, SIDE):
        raise TrainError(f"{path}: {name}: {grey.shape[1]}×{grey.shape[0]} pixels, not {SIDE}×{SIDE}")
    return grey


def _from_csv(path: Path, wanted: tuple[str, ...], table: Votes | None, progress: bool) -> Faces:
    """`fer2013.csv`: emotion (0 to 6), pixels (2,304 numbers), Usage; row-ordered votes only."""
    if table and table.by_row is None:
        raise TrainError(f"{table.path}: keyed by file name; fer2013.csv needs Microsoft's fer2013new.csv")
    images, labels, votes, names = [], [], [], []
    count = 0
    with opened(path, "utf-8") as file:
        reader = csv.DictReader(file)
        if not reader.fieldnames or not {"emotion", "pixels", "Usage"} <= set(reader.fieldnames):
            raise TrainError(f"{path}: line 1: the columns are not emotion,pixels,Usage")
        for number, row in enumerate(_counted(rows_of(path, reader), path, progress), 2):
            count += 1
            if row["Usage"] not in SPLITS:
                raise TrainError(f"{path}: line {number}: Usage {row['Usage']!r} is none of {', '.join(SPLITS)}")
            if row["Usage"] not in wanted:
                continue
            try:
                pixels = np.array(row["pixels"].split(), np.uint8)
                labels.append(LABELS.index(dict(enumerate(CSV_EMOTIONS))[int(row["emotion"])]))
                images.append(pixels.reshape(SIDE, SIDE))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                raise TrainError(f"{path}: line {number}: not an emotion of 0–6 and 2,304 pixels of 0–255") from error
            names.append(f"{path.name}:{number}")
            if table and table.by_row is not None:
                votes.append(table.by_row[number - 2] if number - 2 < len(table.by_row) else [0] * len(COLUMNS))
    if table and table.by_row is not None and len(table.by_row) != count:
        raise TrainError(f"{table.path}: {len(table.by_row)} rows of votes for the {count} rows of {path}")
    return Faces(
        np.array(images, np.uint8).reshape(-1, SIDE, SIDE),
        np.array(labels, np.int64),
        np.array(votes, np.int64) if votes else np.zeros((len(images), len(COLUMNS)), np.int64),
        tuple(names),
    )


def _counted(items: Iterable[T], path: Path, progress: bool) -> Iterable[T]:
    return counted(items, f"reading {path.name}") if progress else items
