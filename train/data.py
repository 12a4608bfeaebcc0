"""FER-2013 and its FER+ votes, from any of the forms people have them in.

The faces: a Kaggle folder (`train/<emotion>/Training_N.jpg` and `test/<emotion>/PublicTest_N.jpg`, or without these
names, and `validation` for `test`), a zip of it, `fer2013.csv`, or `icml_face_data.csv`. The votes: Microsoft's
`fer2013new.csv`, or a CSV keyed by the folder's file names.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.duplicates import groups
from train.errors import TrainError
from train.votes import COLUMNS, read_votes, row_name, rows_of

SIDE = 48
SPLITS = ("Training", "PublicTest", "PrivateTest")
PARTS = {"choosing": ("PublicTest",), "saying": ("PublicTest",), "test": ("PublicTest", "PrivateTest")}
"""`choosing` is a third of PublicTest, by which runs and temperatures are chosen, `saying` the rest, which says how
good what was chosen is. Faces that are nearly the same are in the same one."""
CSV_EMOTIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""FER-2013's own codes 0 to 6, which are not in alphabetical order."""
UNREADABLE = (
    OSError, ValueError, SyntaxError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What Pillow and zipfile raise for a damaged picture, and for a member that is damaged, encrypted or packed oddly."""

_NAME = re.compile(r"(?:^|/)(train|test|validation)/([^/]+)/([^/.][^/]*)\.(?:jpe?g|png)$", re.IGNORECASE)
_SPLIT = re.compile(r"^(Training|PublicTest|PrivateTest)_")
_FORMS = "fer2013.csv needs Microsoft's fer2013new.csv, a folder or zip needs votes keyed by file name"
_FOLDERS = {"train": "Training", "validation": "PublicTest"}
"""What a file is of whose own name does not say it."""


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
    """`train/angry/Training_3908.jpg`, or `votes.row_name`."""

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: Array) -> Faces:
        """The faces at `rows` (indices, or a mask), in that order."""
        index = np.arange(len(self))[rows]
        return Faces(self.images[index], self.labels[index], self.votes[index], tuple(self.names[i] for i in index))


def load(path: Path, split: str, votes: Path | None = None) -> Faces:
    """The faces of one of SPLITS or PARTS. Raises TrainError naming the file where something is not as it should be."""
    wanted = PARTS.get(split, (split,))
    if not path.exists():
        raise TrainError(f"{path}: no such file or folder (--data takes a Kaggle folder, a zip of it, or fer2013.csv)")
    table = read_votes(votes) if votes else {}
    if path.suffix.lower() == ".csv" and not path.is_dir():
        faces, rows = _from_csv(path, wanted)
        if votes and len(table) != rows:
            raise TrainError(f"{votes}: {len(table)} rows of votes for the {rows} rows of {path}; {_FORMS}")
    else:
        with files_in(path) as files:
            faces = _from_files(path, wanted, files)
    if not len(faces):
        raise NoFaces(f"{path}: no faces of {wanted[0]} in it (if it holds a CSV: give that, unpacked)")
    if votes:
        found = [table.get(name) for name in faces.names]
        if not any(found):
            raise TrainError(f"{votes}: none of its file names is in {path} (there: {faces.names[0]}); {_FORMS}")
        faces = replace(faces, votes=np.array([row or [0] * len(COLUMNS) for row in found], np.int64))
    return faces.take(choosing(faces) == (split == "choosing")) if split in ("choosing", "saying") else faces


def choosing(faces: Faces) -> Array:
    """bool [n]: the third by which is chosen, by the hash of the first name among those that look the same."""
    leaders = groups(faces.images)
    hashes = [int(hashlib.sha256(Path(faces.names[i]).name.encode()).hexdigest(), 16) for i in leaders]
    return np.array([number % 3 == 0 for number in hashes], bool)


@contextlib.contextmanager
def files_in(path: Path) -> Iterator[list[tuple[str, Callable[[], bytes]]]]:
    """Name (with /) and reader of each file in a folder or zip, by name; TrainError where it is neither."""
    if path.is_dir():
        yield [(p.relative_to(path).as_posix(), p.read_bytes) for p in sorted(path.rglob("*")) if p.is_file()]
        return
    try:
        archive = zipfile.ZipFile(path)
    except UNREADABLE as error:
        raise TrainError(f"{path}: neither a folder, nor a zip file that can be read, nor a .csv ({error})") from error
    with archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        # Windows' own zips have backslashes between the folders.
        yield [(name.replace("\\", "/"), functools.partial(archive.read, name)) for name in names]


def _from_files(path: Path, wanted: tuple[str, ...], files: list[tuple[str, Callable[[], bytes]]]) -> Faces:
    """The folder form; the split is in the file's name or its folder's, the emotion is the folder's."""
    chosen: dict[str, tuple[int, Callable[[], bytes]]] = {}
    for name, read in files:
        if match := _NAME.search(name):
            own = _SPLIT.match(match[3])
            if (own[1] if own else _FOLDERS.get(match[1].lower())) in wanted:
                if match[2].lower() not in LABELS:
                    raise TrainError(f"{path}: {name}: folder {match[2]!r} is none of {', '.join(LABELS)}")
                # Some downloads have all of it twice, one folder in another.
                chosen.setdefault(match[0].lstrip("/"), (LABELS.index(match[2].lower()), read))
    names = tuple(chosen)
    images = np.empty((len(names), SIDE, SIDE), np.uint8)
    for i, name in enumerate(names):
        grey = picture(path, name, chosen[name][1])
        if grey.shape != (SIDE, SIDE):
            raise TrainError(f"{path}: {name}: {grey.shape[1]}×{grey.shape[0]} pixels, not {SIDE}×{SIDE}")
        images[i] = grey
    labels = np.array([label for label, _ in chosen.values()], np.int64)
    return Faces(images, labels, np.zeros((len(names), len(COLUMNS)), np.int64), names)


def picture(path: Path, name: str, read: Callable[[], bytes]) -> Array:
    """uint8 [h, w], grey; TrainError where it cannot be read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(read())) as image:
            return np.asarray(image.convert("L"))
    except (*UNREADABLE, Image.DecompressionBombError) as error:
        raise TrainError(f"{path}: {name}: not an image that can be read ({error})") from error


def _from_csv(path: Path, wanted: tuple[str, ...]) -> tuple[Faces, int]:
    """`fer2013.csv`, or Kaggle's `icml_face_data.csv`: emotion (0 to 6), pixels (2,304 numbers), Usage. And how many
    rows it has in all."""
    images, labels, names, number = [], [], [], 1
    for number, row in rows_of(path, ("emotion", "pixels", "Usage")):
        if row["Usage"] not in SPLITS:
            raise TrainError(f"{path}: line {number}: Usage {row['Usage']!r} is none of {', '.join(SPLITS)}")
        if row["Usage"] not in wanted:
            continue
        try:
            labels.append(LABELS.index(dict(enumerate(CSV_EMOTIONS))[int(row["emotion"])]))
            images.append(np.array(row["pixels"].split(), np.uint8).reshape(SIDE, SIDE))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise TrainError(f"{path}: line {number}: not an emotion of 0–6 and 2,304 pixels of 0–255") from error
        names.append(row_name(number))
    pixels, votes = np.array(images, np.uint8).reshape(-1, SIDE, SIDE), np.zeros((len(names), len(COLUMNS)), np.int64)
    return Faces(pixels, np.array(labels, np.int64), votes, tuple(names)), number - 1
