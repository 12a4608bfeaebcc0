"""Plays a recording through the pipeline on the media's own clock, as fast as it goes, and counts what it cost."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from edge.pipeline import Pipeline
from edge.records import NONE, Face, Frame, Reading


class Recording(Protocol):
    """The part of a camera source that playing needs."""

    def read(self) -> Frame | None: ...


@dataclass
class Tally:
    """What a recording came to. `cpu_seconds` is this process's time in the pipeline, decoding left out.

    `frames_with_face` counts a face from its first look on, once it is confirmed; a frame that was skipped has the
    faces of the look before.
    """

    frames: int = 0
    analysed: int = 0
    frames_with_face: int = 0
    changes: int = 0
    expression_changes: int = 0
    present_frames: int = 0
    first_t: float = 0.0
    last_t: float = 0.0
    cpu_seconds: float = 0.0
    scans: Counter[str] = field(default_factory=Counter)
    stages_ms: Counter[str] = field(default_factory=Counter)
    last: Reading | None = None
    _unsure: list[set[int]] = field(default_factory=list)  # tracks of the frames that may yet turn out to have a face

    @property
    def seconds(self) -> float:
        """The recording's length on its own clock, its last frame's duration included."""
        if self.frames < 2:
            return 0.0
        return (self.last_t - self.first_t) * self.frames / (self.frames - 1)

    @property
    def changes_per_hour(self) -> float:
        return self.changes * 3600 / self.seconds if self.seconds else 0.0

    @property
    def presence_share(self) -> float:
        """Share of the frames in which somebody was present."""
        return self.present_frames / self.frames if self.frames else 0.0

    @property
    def cpu_ms_per_frame(self) -> float:
        """Over every frame of the recording, analysed or skipped."""
        return self.cpu_seconds * 1000 / self.frames if self.frames else 0.0

    @property
    def cpu_ms_per_analysed_frame(self) -> float:
        return self.cpu_seconds * 1000 / self.analysed if self.analysed else 0.0

    def count(self, frame: Frame, reading: Reading | None, cpu_seconds: float) -> None:
        """Adds a frame; `reading` is None where the pipeline skipped it, and then its last faces still hold."""
        if not self.frames:
            self.first_t = frame.t
        self.frames += 1
        self.last_t = frame.t
        self.cpu_seconds += cpu_seconds
        if reading is not None:
            self.last = reading
            self.analysed += 1
            self.changes += reading.change is not None
            self.expression_changes += reading.expression_change is not None
            self.scans[reading.scan] += 1
            self.stages_ms.update(reading.stages_ms)
        self.present_frames += self.last is not None and self.last.expression.label != NONE
        self._see(self.last.faces if self.last is not None else ())

    def _see(self, faces: tuple[Face, ...]) -> None:
        """A face is there from its first look on; but only once it is confirmed is it known to be one."""
        faces = tuple(face for face in faces if not face.picture)
        tracks = {face.track for face in faces}
        self._unsure = [waiting for waiting in self._unsure if waiting & tracks]
        if sure := {face.track for face in faces if face.confirmed}:
            self.frames_with_face += 1 + sum(bool(waiting & sure) for waiting in self._unsure)
            self._unsure = [waiting for waiting in self._unsure if not waiting & sure]
        elif tracks:
            self._unsure.append(tracks)


def play(source: Recording, pipeline: Pipeline, tally: Tally, fps: float | None = None) -> Iterator[Reading]:
    """Yields a reading for every frame the pipeline looks at; `tally` counts all of them.

    Without `fps` the pipeline's own pace decides which frames it looks at, as in the daemon; with it, one frame
    every 1/fps seconds. The clock is the frames' own, so the speed of this machine changes nothing.
    """
    last_slot = -1
    while (frame := source.read()) is not None:
        start = time.process_time()
        if fps is None:
            wanted = pipeline.due(frame.t)
        else:
            # Slots of a grid, and a hair's tolerance: 30 frames a second looked at 10 times are every third.
            slot = int(frame.t * fps + 1e-3)
            wanted, last_slot = slot > last_slot, max(slot, last_slot)
        reading = pipeline.process(frame, frame.t) if wanted else None
        tally.count(frame, reading, time.process_time() - start)
        if reading is not None:
            yield reading
