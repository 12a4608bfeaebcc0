"""FER+'s crowd votes: reading them, their majority, and what a net is to learn from them.

FER+ (Barsoum et al. 2016) has ten votes a face over ten columns. Single votes are dropped as noise.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from edge.records import LABELS
from train.arrays import Array
from train.errors import TrainError

COLUMNS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
_OF_LABEL = {"angry": "anger", "happy": "happiness", "sad": "sadness"}
SEVEN = tuple(COLUMNS.index(_OF_LABEL.get(label, label)) for label in LABELS)
"""Where each of LABELS stands among COLUMNS."""
MOST = 1000
"""Votes of one kind for one face: FER+ has ten people; more than this is not a count."""


def row_name(line: int) -> str:
    """The name of the face in that line of fer2013.csv (the header is line 1)."""
    return f"fer2013.csv:{line}"


def read_votes(path: Path) -> dict[str, list[int]]:
    """Ten votes by the name of the face, of either form; TrainError naming file, line and what is wrong."""
    if not path.is_file():
        raise TrainError(f"{path}: no such file (--votes takes fer2013new.csv or a CSV keyed by file names)")
    table: dict[str, list[int]] = {}
    for number, row in rows_of(path, COLUMNS):
        try:
            votes = [int(row[column]) for column in COLUMNS]
        except (TypeError, ValueError) as error:
            raise TrainError(f"{path}: line {number}: the ten votes are not all whole numbers") from error
        if not 0 <= min(votes) <= max(votes) <= MOST:
            raise TrainError(f"{path}: line {number}: votes are counts from 0 to {MOST}")
        table[row["file"] if "file" in row else row_name(number)] = votes
    return table


def rows_of(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of each row of a CSV; the columns' names lose the spaces around them and the mark that Excel puts
    first. TrainError where the file cannot be read, where a column of `wanted` is missing, and where it is no CSV any
    more, as after a stray quote."""
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            reader = csv.DictReader(file)
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            if missing := [name for name in wanted if name not in reader.fieldnames]:
                raise TrainError(f"{path}: line 1: no column {', '.join(missing)}")
            yield from enumerate(reader, 2)
    except csv.Error as error:
        raise TrainError(f"{path}: line {reader.line_num}: not CSV from there on ({error})") from error
    except OSError as error:
        raise TrainError(f"{path}: cannot be read ({error.strerror})") from error


def without_singles(votes: Array) -> Array:
    """The votes [n, 10] with every single vote dropped."""
    return np.where(votes > 1, votes, 0)


def majority(votes: Array) -> Array:
    """int64 [n]: the index into LABELS that has more than half of all remaining votes, or -1 where none has."""
    kept = without_singles(votes)
    seven = kept[:, SEVEN]
    best = seven.argmax(axis=1)
    most = seven[np.arange(len(seven)), best]
    return np.where(2 * most > kept.sum(axis=1), best, -1)


def strongest_share(votes: Array) -> Array:
    """float64 [n]: the share of all remaining votes that the strongest of the seven has; 0 where none remains."""
    kept = without_singles(votes)
    return np.asarray(kept[:, SEVEN].max(axis=1) / np.maximum(kept.sum(axis=1), 1), np.float64)


def target_mass(votes: Array) -> Array:
    """float32 [n, 7]: what the crowd saw, as a distribution times the weight it deserves.

    Each row sums to the share of the remaining votes that falls on the seven: a face that half of the crowd calls
    contempt or no face counts half, one without votes not at all.
    """
    kept = without_singles(votes)
    return np.asarray((kept[:, SEVEN] / np.maximum(kept.sum(axis=1, keepdims=True), 1)).astype(np.float32))
