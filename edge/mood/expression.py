"""What the faces in view show now: evidence, hysteresis, dwell. A change is reported within two seconds."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from edge.config import MoodConfig
from edge.mood.baseline import Baseline, Calibration
from edge.mood.evidence import Evidence, compare, margins, mix
from edge.records import LABELS, NONE, ExpressionChange, Face, RoomExpression, Scores

#: After `none` the first expression needs only this many looks and this lead time: it contradicts no other.
ARRIVAL_LOOKS = 3
ARRIVAL_SECONDS = 0.3
#: A face without a clear expression gets the likeliest one after this long.
ARRIVAL_PATIENCE_SECONDS = 1.2
#: The room is empty only after this many frames without a face too: after a stall one frame proves nothing.
EMPTY_LOOKS = 3
#: A look of less quality never counts, whatever `min_quality` is.
WORTHLESS = 1e-3
#: Longest time one look may add to a lead: what happened between two looks further apart is unknown.
LONGEST_STEP_SECONDS = 0.5
#: Seconds: the accuracy of sums of a clock's differences, so that a dwell of 0.8 s ends at the eighth tenth.
ROUNDING = 1e-6
NO_SCORES: Scores = (0.0,) * len(LABELS)


@dataclass(frozen=True, slots=True)
class CalibrationState:
    """The state of a calibration of the owner's neutral face. `message` is for the owner."""

    state: Literal["idle", "collecting", "done", "failed"]
    message: str = ""


class ExpressionFilter:
    """The room's expression from the faces of each frame. Reads no clock: `now` is the source's own and never falls."""

    def __init__(self, config: MoodConfig) -> None:
        self._config = config
        self.baseline = Baseline(config.baseline_hours)
        self._evidence = Evidence(config.smoothing_seconds)
        self._calibration: Calibration | None = None
        self.calibration = CalibrationState("idle")
        #: A line for the log when the last `update` ended a calibration.
        self.note: str | None = None
        self.expression: RoomExpression | None = None
        #: Whether the last `update` saw somebody who moves as living people do.
        self.alive = False
        #: Whether in the last `update` a face turned out to be a picture, or may be one beside somebody alive.
        self.picture_found = False
        self._start_over()

    def configure(self, config: MoodConfig) -> None:
        """Sets the options; the expression, the evidence and the baseline stay."""
        self._config = config
        self._evidence.configure(config.smoothing_seconds)
        self.baseline.hours = config.baseline_hours

    def _start_over(self) -> None:
        self._evidence.forget()
        self._lead: tuple[str, float, int] | None = None  # who leads, for how many seconds, in how many looks
        self._now: float | None = None
        self._seen: dict[int, float] = {}  # when each face was seen last
        self._settled = 0.0
        self._people: frozenset[int] = frozenset()  # the tracks that were no pictures in the last update
        self._doubted: frozenset[int] = frozenset()  # tracks that may be pictures, beside somebody who is alive
        self._empty_looks = 0
        self._first_look: float | None = None
        self._arrival_looks = self._arrival_misses = 0

    def forget(self) -> None:
        """Forgets all but the baseline: the camera was paused or restarted. A running calibration fails."""
        self._start_over()
        self.expression = None
        if self._calibration is not None:
            self._end_calibration("failed", "the camera was paused")

    def settled_seconds(self, now: float) -> float:
        """How long every look has agreed with the present expression; 0 while something may be changing."""
        return max(now - self._settled, 0.0)

    @property
    def challenger(self) -> tuple[str, float] | None:
        """The expression that leads the present one, and the seconds it lacks of the dwell."""
        return self._lead and (self._lead[0], max(self._config.dwell_seconds - self._lead[1], 0.0))

    def calibrate(self, now: float) -> None:
        """Takes the nearest face of the next CALIBRATION_SECONDS as neutral; `calibration` has the result."""
        self._calibration = Calibration(now)
        self.calibration = CalibrationState("collecting", "keep a calm face and look at the camera")

    def forget_resting_face(self) -> None:
        """Undoes a calibration, running or kept, and all that was learned."""
        self._calibration = None
        self.calibration = CalibrationState("idle")
        self.baseline.reset()

    def _end_calibration(self, state: Literal["done", "failed"], message: str) -> None:
        self._calibration = None
        self.calibration = CalibrationState(state, message)
        self.note = f"neutral face: {message}"

    def _finish_calibration(self, now: float) -> None:
        calibration = self._calibration
        if calibration is None or not calibration.is_over(now):
            return
        try:
            self.baseline.calibrate(calibration.result())
        except ValueError as error:
            self._end_calibration("failed", str(error))
        else:
            self._end_calibration("done", "kept")

    def update(self, faces: tuple[Face, ...], now: float) -> tuple[RoomExpression, ExpressionChange | None]:
        """Takes one frame's faces. Returns the expression that holds now and, where it has just changed, the change.

        A face is seen when it is confirmed, classified, and no picture; it is evidence when its quality is at least
        `min_quality` too. The looks at a picture are dropped, and beside somebody alive those at what may be one.
        """
        self.note = None
        if self.expression is None:
            self.expression = RoomExpression(NONE, 0.0, NO_SCORES, now)
            self._settled = now
        elapsed = 0.0 if self._now is None else min(max(now - self._now, 0.0), LONGEST_STEP_SECONDS)
        self._now = now
        pictures = frozenset(face.track for face in faces if face.picture)
        self.picture_found = not pictures.isdisjoint(self._people)
        self._people = frozenset(face.track for face in faces if face.confirmed and not face.picture)
        for track in pictures:
            self._seen.pop(track, None)
            self._evidence.drop(track)
        seen = [face for face in faces if face.confirmed and face.expression is not None and not face.picture]
        self.alive = any(face.life == "alive" for face in seen)
        if self.alive:
            doubted = frozenset(face.track for face in seen if face.life == "still")
            self.picture_found = self.picture_found or bool(doubted - self._doubted)
            self._doubted = doubted
            for track in doubted:
                self._evidence.drop(track)
            seen = [face for face in seen if face.track not in doubted]
        looked = self._add_looks(
            [face for face in seen if face.quality >= max(self._config.min_quality, WORTHLESS)], now
        )
        self._finish_calibration(now)
        self._seen.update((face.track, now) for face in seen)
        self._seen = {track: at for track, at in self._seen.items() if now - at <= self._config.gone_seconds}
        if seen:
            self._empty_looks = 0
        else:
            self._empty_looks += 1
            self._arrival_misses += 1
        label = self.expression.label
        if looked:
            label = self._next_label(elapsed, now)
        elif self._is_empty(now) or (self.picture_found and not self._seen):
            label = NONE
        return self._change_to(label, now, sum(face.confirmed and not face.picture for face in faces))

    def _add_looks(self, faces: list[Face], now: float) -> bool:
        """Adds the looks to the evidence, the baseline and the calibration; whether there were any."""
        self._evidence.fade(now)
        assert self.expression is not None
        nearest = max(faces, key=lambda face: face.quality * face.box.w, default=None)
        for face in faces:
            assert face.expression is not None
            raw = face.expression.scores
            scores = self.baseline.correct(raw)
            seconds = self._evidence.add(face.track, scores, face.quality, float(face.box.w))
            if self._config.baseline:
                self.baseline.learn(raw, face.quality / len(faces), seconds)
            if self._calibration is not None and face is nearest:
                self._calibration.add(raw, face.quality, seconds)
            if face is nearest and self._read_alone(scores) != self.expression.label:
                self._settled = now
        return bool(faces)

    @staticmethod
    def _read_alone(scores: Scores) -> str:
        """The likeliest expression by one look alone."""
        return LABELS[int(compare([(1.0, np.array(scores))])[0].argmax())]

    def _next_label(self, elapsed: float, now: float) -> str:
        """The expression after a look, by the smoothed scores."""
        assert self.expression is not None
        config, present = self._config, self.expression.label
        running, bare = compare(self._evidence.weigh_tracks())
        place = None if present == NONE else LABELS.index(present)
        lead = margins(place, running, bare, config.enter_level, config.leave_level, config.lead)
        best = int(lead.argmax())
        self._update_lead(LABELS[best] if lead[best] >= 0.0 else None, elapsed)
        if present == NONE:
            return self._choose_first(LABELS[int(running.argmax())], now)
        if self._lead is None:
            return present
        self._settled = now
        candidate, seconds, _ = self._lead
        return candidate if seconds >= config.dwell_seconds - ROUNDING else present

    def _update_lead(self, leader: str | None, elapsed: float) -> None:
        """Updates which expression leads, for how long and in how many looks; a new leader starts from 0."""
        if leader is None:
            self._lead = None
        elif self._lead is None or self._lead[0] != leader:
            self._lead = leader, 0.0, 1
        else:
            self._lead = leader, self._lead[1] + elapsed, self._lead[2] + 1

    def _choose_first(self, likeliest: str, now: float) -> str:
        """The first expression after `none`: soon, but not by a single look, nor by a face that is often missed: a real
        face is seen in nearly every frame, clutter is not."""
        self._settled = now
        if self._first_look is None:
            self._first_look, self._arrival_looks, self._arrival_misses = now, 0, 0
        self._arrival_looks += 1
        if self._arrival_looks <= self._arrival_misses:
            return NONE
        if self._lead and self._lead[1] >= ARRIVAL_SECONDS - ROUNDING and self._lead[2] >= ARRIVAL_LOOKS:
            return self._lead[0]
        patient = now - self._first_look >= ARRIVAL_PATIENCE_SECONDS - ROUNDING
        return likeliest if patient else NONE

    def _is_empty(self, now: float) -> bool:
        """Whether no face was seen for `gone_seconds` and EMPTY_LOOKS frames."""
        last = max(self._seen.values(), default=float("-inf"))
        return now - last >= self._config.gone_seconds - ROUNDING and self._empty_looks >= EMPTY_LOOKS

    def _change_to(self, label: str, now: float, face_count: int) -> tuple[RoomExpression, ExpressionChange | None]:
        """Makes `label` the expression. A change to `none` has no faces, though a lost one may still be tracked."""
        assert self.expression is not None
        previous = self.expression
        changed = label != previous.label
        since = now if changed else previous.since
        if label == NONE:
            if changed or self._is_empty(now):
                self._evidence.forget()
                self._lead = self._first_look = None
                self._seen.clear()
            self.expression = RoomExpression(NONE, 0.0, NO_SCORES, since)
        else:
            tracks = self._evidence.weigh_tracks()
            scores = tuple(mix(tracks).tolist()) if tracks else previous.scores
            self.expression = RoomExpression(label, scores[LABELS.index(label)], scores, since)
        if not changed:
            return self.expression, None
        self._lead = None
        self._settled = now
        in_view = 0 if label == NONE else face_count
        return self.expression, ExpressionChange(label, previous.label, self.expression.confidence, now, in_view)
