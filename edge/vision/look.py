"""The vision room in one call: a grey frame in, faces with their expressions out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import process_time

from edge.config import FacesConfig
from edge.records import Face, Image, Scan
from edge.vision.classifier import Classifier
from edge.vision.faces import FaceFinder
from edge.vision.light import brighten, leave_out, measure_gain, quieten
from edge.vision.model import Model
from edge.vision.motion import Motion
from edge.vision.preprocess import crop
from edge.vision.quality import look_quality
from edge.vision.stillness import Stillness
from edge.vision.tracking import Tracker


@dataclass(frozen=True, slots=True)
class Look:
    """What one frame showed, and the process's CPU milliseconds that it took: motion, detect, classify."""

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
        self._stillness = Stillness()
        self._tracker = Tracker(config, FaceFinder(config))

    def step(self, grey: Image, now: float) -> Look:
        """The faces in `grey` (uint8, height × width) at `now`, largest first.

        A face that is confirmed and was seen in this frame has an expression and a quality; a face that is carried
        over a moment has neither: expression None, quality 0.
        """
        start = process_time()
        grey = leave_out(grey, self._ignored)
        known = self._tracker.boxes
        moved = self._motion.look(grey, known)
        gain = measure_gain(self._motion.cells, self._ignored)
        lit = brighten(grey, gain)
        compared = process_time()
        tracks = self._tracker.step(quieten(lit, gain), now, moved)
        # Where somebody was until now, nobody is known any more: the next to move there has come.
        gone = bool(known) and not self._tracker.boxes
        if tracks.scan == "full" or gone:
            self._motion.settle(self._tracker.boxes)
        tracked = process_time()
        faces = tuple(
            self._judged(grey, lit, face, now)
            if face.track in tracks.seen
            else replace(face, life=self._stillness.recall(face.track))
            for face in tracks.faces
        )
        done = process_time()
        stages = {
            "motion": (compared - start) * 1e3,
            "detect": (tracked - compared) * 1e3,
            "classify": (done - tracked) * 1e3,
        }
        return Look(faces, tracks.scan, stages)

    def forget(self) -> None:
        """Nothing seen before counts any more: who is there next is confirmed anew."""
        self._motion = Motion()
        self._tracker.forget()
        self._stillness.forget()

    def _judged(self, grey: Image, lit: Image, face: Face, now: float) -> Face:
        """`face` with what it shows, read from the brightened picture. A picture of a face is not read."""
        if not face.confirmed:
            return face
        life = self._stillness.judge(grey, face, now)
        if life == "picture":
            return replace(face, life=life)
        patch = crop(lit, face.box, self._classifier.input)
        quality = look_quality(patch, face.box)
        return replace(face, quality=quality, expression=self._classifier.classify_crop(patch), life=life)
