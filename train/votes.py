"""FER+'s crowd votes: reading them, their majority, and what a net is to learn from them.

FER+ (Barsoum et al. 2016) has ten votes a face over ten columns. Single votes are dropped as noise.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

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


@dataclass(frozen=True)
class Votes:
    """One file of votes: exactly one of the two forms is there."""

    path: Path
    by_name: dict[str, list[int]] | None = None
    """Ten votes by `train/angry/Training_3908.jpg`."""
    by_row: list[list[int]] | None = None
    """Ten votes for each row of fer2013.csv."""


def read_votes(path: Path) -> Votes:
    """Reads either form; raises TrainError naming file, line and what is wrong."""
    if not path.is_file():
        raise TrainError(f"{path}: no such file (--votes takes fer2013new.csv or a CSV keyed by file names)")
    with opened(path) as file:
        reader = csv.DictReader(file)
        fields = fields_of(path, reader, COLUMNS)
        if "file" not in fields and "Usage" not in fields:
            raise TrainError(f"{path}: line 1: neither a column 'file' nor fer2013new.csv's 'Usage'")
        rows, names = [], []
        for number, row in enumerate(rows_of(path, reader), 2):
            try:
                rows.append([int(row[column]) for column in COLUMNS])
            except (TypeError, ValueError) as error:
                raise TrainError(f"{path}: line {number}: the ten votes are not all whole numbers") from error
            if not 0 <= min(rows[-1]) <= max(rows[-1]) <= MOST:
                raise TrainError(f"{path}: line {number}: votes are counts from 0 to {MOST}")
            names.append(row.get("file") or "")
    if "file" in fields:
        return Votes(path, by_name=dict(zip(names, rows, strict=True)))
    return Votes(path, by_row=rows)


def opened(path: Path) -> TextIO:
    """A CSV to be read, without the mark that Excel puts before it; TrainError where it may not be."""
    try:
        return path.open(newline="", encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise TrainError(f"{path}: cannot be read ({error.strerror})") from error


def fields_of(path: Path, reader: csv.DictReader[str], wanted: Sequence[str]) -> set[str]:
    """The names of the columns, without spaces around them; TrainError where one of `wanted` is missing."""
    try:
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
    except csv.Error as error:
        raise TrainError(f"{path}: line 1: not CSV ({error})") from error
    if missing := [name for name in wanted if name not in reader.fieldnames]:
        raise TrainError(f"{path}: line 1: no column {', '.join(missing)}")
    return set(reader.fieldnames)


def rows_of(path: Path, reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    """The reader's rows; TrainError with the line where the csv module gives up, as it does after a stray quote."""
    try:
        yield from reader
    except csv.Error as error:
        raise TrainError(f"{path}: line {reader.line_num}: not CSV from there on ({error})") from error


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


def agreement(votes: Array) -> Array:
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
