"""Plays a recording through the pipeline on the media's own clock, as fast as possible, and counts what it cost."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from edge.pipeline import Pipeline
from edge.records import NONE, Face, Frame, Reading


@dataclass
class Tally:
    """The figures of a recording. `cpu_seconds` is this process's time in the pipeline, without decoding. A face counts
    in `frames_with_face` from its first look, once it is confirmed; a skipped frame has the faces of the last look."""

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
        """Adds a frame; `reading` is None where the pipeline skipped it: it then has the faces of the last one."""
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
        self._count_faces(self.last.faces if self.last is not None else ())

    def _count_faces(self, faces: tuple[Face, ...]) -> None:
        """Counts a frame with a confirmed face, and the frames before it in which that face was not confirmed yet."""
        faces = tuple(face for face in faces if not face.picture)
        tracks = {face.track for face in faces}
        self._unsure = [waiting for waiting in self._unsure if waiting & tracks]
        if sure := {face.track for face in faces if face.confirmed}:
            self.frames_with_face += 1 + sum(bool(waiting & sure) for waiting in self._unsure)
            self._unsure = [waiting for waiting in self._unsure if not waiting & sure]
        elif tracks:
            self._unsure.append(tracks)


def play(frames: Iterator[Frame], pipeline: Pipeline, tally: Tally, fps: float | None = None) -> Iterator[Reading]:
    """Yields a reading for every frame the pipeline looks at; `tally` counts all frames.

    Without `fps` the pipeline's own pace decides which frames it looks at, as in the daemon; with it, one frame
    every 1/fps seconds. The clock is the frames' own, so the speed of this machine changes nothing.
    """
    last_slot = -1
    for frame in frames:
        start = time.process_time()
        if fps is None:
            wanted = pipeline.due(frame.t)
        else:
            # The first frame of each slot, with a tolerance of 1/1000 slot: of 30 a second every third at 10 fps.
            slot = int(frame.t * fps + 1e-3)
            wanted, last_slot = slot > last_slot, max(slot, last_slot)
        reading = pipeline.process(frame, frame.t) if wanted else None
        tally.count(frame, reading, time.process_time() - start)
        if reading is not None:
            yield reading
