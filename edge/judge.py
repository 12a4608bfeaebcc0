"""Scores a recording's mood changes against ranges labelled by people."""

import csv
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge.errors import EdgeError
from edge.records import ABSENT, LABELS, MoodChange

COLUMNS = ("file", "t0", "t1", "label")
#: How the labelled ranges call nobody in view.
NOBODY = "none"
#: Labels are by eye: a change this much before a labelled range still counts as its own.
EARLY_SECONDS = 0.5
#: And one this much after it: the mood was true a moment ago, and is late rather than false.
LATE_SECONDS = 2.0


class TruthError(EdgeError):
    """The CSV of labelled ranges cannot be read or used."""


@dataclass(frozen=True, slots=True)
class Segment:
    """From `t0` to `t1` seconds of the recording people saw the mood `label`."""

    t0: float
    t1: float
    label: str

    @property
    def seconds(self) -> float:
        return self.t1 - self.t0


def read_segments(path: Path, media: str) -> tuple[Segment, ...]:
    """The ranges of `path` (columns file, t0, t1, label; others are not read) that are about `media`.

    A row is about `media` when its file has the same name; ranges come back in order of time. Raises TruthError
    with one line that names the file and the line.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise TruthError(f"{path}: line 1: no column {', '.join(missing)}; needed: {', '.join(COLUMNS)}")
            rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise TruthError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise TruthError(f"{path}: is not a CSV text file: {error}") from None
    name = Path(media).name
    found = [(number, _segment(path, number, row)) for number, row in rows if Path(row["file"] or "").name == name]
    if not found:
        raise TruthError(f"{path}: no line is about {name}")
    found.sort(key=lambda pair: pair[1].t0)
    for (_, one), (number, other) in itertools.pairwise(found):
        if other.t0 < one.t1:
            raise TruthError(f"{path}: line {number}: {other.t0:g}–{other.t1:g} s overlaps {one.t0:g}–{one.t1:g} s")
    return tuple(segment for _, segment in found)


def _segment(path: Path, number: int, row: dict[str, Any]) -> Segment:
    def seconds(name: str) -> float:
        text = row.get(name) or None
        try:
            value = float("" if text is None else text)
        except ValueError:
            raise TruthError(f"{path}: line {number}: {name} is {text!r}, not a number") from None
        if not math.isfinite(value) or value < 0:
            raise TruthError(f"{path}: line {number}: {name} is {text}, but must be 0 or more")
        return value

    t0, t1, label = seconds("t0"), seconds("t1"), (row["label"] or "").strip()
    if t1 <= t0:
        raise TruthError(f"{path}: line {number}: t1 ({t1:g}) must come after t0 ({t0:g})")
    if label not in (*LABELS, NOBODY, ABSENT):
        raise TruthError(f"{path}: line {number}: label is {label!r}; allowed: {', '.join(LABELS)}, {NOBODY}")
    return Segment(t0, t1, ABSENT if label == NOBODY else label)


@dataclass(frozen=True, slots=True)
class TrueChange:
    """Where a labelled range begins that is not of the mood before it; `delay` None: its mood never came."""

    t: float
    mood: str
    delay: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`labelled_seconds` of the recording were judged, `right_seconds` of them had the labelled mood.

    A change is false when it falls into a labelled range and its mood is of no range that holds from LATE_SECONDS
    before it to EARLY_SECONDS after it. Changes outside all labelled ranges are `unjudged`.
    """

    labelled_seconds: float
    right_seconds: float
    true_changes: tuple[TrueChange, ...]
    false_changes: tuple[MoodChange, ...]
    unjudged_changes: int

    @property
    def right_share(self) -> float:
        return self.right_seconds / self.labelled_seconds if self.labelled_seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """As `replay --truth --json` prints it."""
        return {
            "labelled_seconds": round(self.labelled_seconds, 3),
            "right_share": round(self.right_share, 4),
            "true_changes": [
                {"t": round(c.t, 3), "mood": c.mood, "delay": None if c.delay is None else round(c.delay, 3)}
                for c in self.true_changes
            ],
            "missed_changes": sum(c.delay is None for c in self.true_changes),
            "false_changes": [{"t": round(c.at, 3), "mood": c.mood} for c in self.false_changes],
            "unjudged_changes": self.unjudged_changes,
        }

    def lines(self) -> list[str]:
        """The same for people."""
        said = [f"right mood for {self.right_share:.0%} of {self.labelled_seconds:.1f} labelled seconds"]
        for change in self.true_changes:
            how = "never reported" if change.delay is None else f"reported after {change.delay:.2f} s"
            said.append(f"{change.t:8.2f} s  {change.mood}: {how}")
        for false in self.false_changes:
            said.append(f"{false.at:8.2f} s  {false.mood}: false change")
        return said


def judge(changes: Sequence[MoodChange], segments: Sequence[Segment], duration: float) -> Verdict:
    """Compares the changes of a recording of `duration` seconds with what people saw.

    The mood is `absent` until the first change. Segments are in order of time and do not overlap; what lies beyond
    `duration` is cut off.
    """
    segments = [replace(s, t1=min(s.t1, duration)) for s in segments if s.t0 < duration]
    starts = [(0.0, ABSENT), *((c.at, c.mood) for c in changes)]
    ends = [at for at, _ in starts[1:]] + [max(duration, starts[-1][0])]
    held = [(start, end, mood) for (start, mood), end in zip(starts, ends, strict=True)]

    right = sum(
        max(0.0, min(end, s.t1) - max(start, s.t0)) for s in segments for start, end, mood in held if mood == s.label
    )
    before = [ABSENT, *(s.label for s in segments)]
    true_changes = tuple(
        TrueChange(s.t0, s.label, _delay(s, held))
        for s, previous in zip(segments, before, strict=False)
        if s.label != previous
    )
    false, unjudged = [], 0
    for change in changes:
        if any(s.t0 - EARLY_SECONDS <= change.at <= s.t1 + LATE_SECONDS and s.label == change.mood for s in segments):
            continue
        if any(s.t0 <= change.at <= s.t1 for s in segments):
            false.append(change)
        else:
            unjudged += 1
    return Verdict(sum(s.seconds for s in segments), right, true_changes, tuple(false), unjudged)


def _delay(segment: Segment, held: Sequence[tuple[float, float, str]]) -> float | None:
    """Seconds from the segment's start until its mood held; 0 where it already did, None where it never did."""
    for start, end, mood in held:
        if mood == segment.label and end > segment.t0 and start < segment.t1 + LATE_SECONDS:
            return max(start - segment.t0, 0.0)
    return None
