"""The vision room in one call: a grey frame in, faces with their expressions out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import process_time

from edge.config import FacesConfig
from edge.records import Face, Image, Scan
from edge.vision.classifier import Classifier
from edge.vision.faces import FaceFinder
from edge.vision.light import brighten, leave_out, measure_gain, quieten
from edge.vision.liveness import Liveness
from edge.vision.model import Model
from edge.vision.motion import Motion
from edge.vision.preprocess import crop
from edge.vision.quality import measure_quality
from edge.vision.tracking import Tracker

#: Where looks have agreed for a second, what a face showed stands for this long: of four looks a second every other one
#: reads it, for that is the dearest part of a look. After half a second doubtful changes are told (docs/cost.md).
STANDS_SECONDS, AGREED_SECONDS = 0.4, 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """What one frame showed, and the CPU milliseconds of the process for each stage: motion, detect, classify."""

    faces: tuple[Face, ...]
    scan: Scan
    stages_ms: Mapping[str, float]


class Vision:
    """Tracks and classifies; serves one thread at a time."""

    def __init__(self, config: FacesConfig, model: Model) -> None:
        """Raises ModelError when the cascade is missing."""
        self._classifier = Classifier(model)
        self._ignored = config.ignore
        self._motion = Motion()
        self._liveness = Liveness()
        self._tracker = Tracker(config, FaceFinder(config))
        self._read_at = -math.inf
        self._shown: dict[int, Face] = {}  # what the faces read since then showed

    def look(self, grey: Image, now: float, agreed_seconds: float = 0.0) -> Look:
        """The faces in `grey` (uint8, height × width) at `now`, largest first. Those not confirmed, or not seen in this
        frame, have expression None and quality 0. Where looks have agreed for `agreed_seconds`, a face may have what it
        showed a moment ago."""
        start = process_time()
        grey = leave_out(grey, self._ignored)
        known = self._tracker.boxes
        moved = self._motion.compare(grey, known)
        gain = measure_gain(self._motion.cells, self._ignored)
        lit = brighten(grey, gain)
        compared = process_time()
        tracks = self._tracker.update(quieten(lit, gain), now, moved)
        # The last known face is lost: movement there now means that somebody comes.
        gone = bool(known) and not self._tracker.boxes
        if tracks.scan == "full" or gone:
            self._motion.set_reference(self._tracker.boxes)
        if not (agreed_seconds >= AGREED_SECONDS and 0.0 <= now - self._read_at < STANDS_SECONDS):
            self._read_at, self._shown = now, {}
        tracked = process_time()
        faces = tuple(
            self._read_face(grey, lit, face, now)
            if face.track in tracks.seen
            else replace(face, life=self._liveness.recall(face.track))
            for face in tracks.faces
        )
        done = process_time()
        seconds = {"motion": compared - start, "detect": tracked - compared, "classify": done - tracked}
        return Look(faces, tracks.scan, {stage: spent * 1e3 for stage, spent in seconds.items()})

    def forget(self) -> None:
        """Forgets everything seen so far; the next faces are confirmed anew."""
        self._motion = Motion()
        self._tracker.forget()
        self._liveness.forget()
        self._shown.clear()

    def _read_face(self, grey: Image, lit: Image, face: Face, now: float) -> Face:
        """`face` with its expression, as it was shown a moment ago or else from the brightened picture; a picture of a
        face gets none."""
        if not face.confirmed:
            return face
        life = self._liveness.judge(grey, face, now)
        if life == "picture":
            return replace(face, life=life)
        if shown := self._shown.get(face.track):
            return replace(face, quality=shown.quality, expression=shown.expression, life=life, read=False)
        patch = crop(lit, face.box, self._classifier.input)
        quality = measure_quality(patch, face.box)
        expression = self._classifier.classify_crop(patch)
        self._shown[face.track] = face = replace(face, quality=quality, expression=expression, life=life)
        return face
