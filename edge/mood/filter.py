"""From looks at faces to the room's mood: evidence, hysteresis, dwell, absence."""

from dataclasses import dataclass
from typing import Literal

from edge.config import MoodConfig
from edge.mood.baseline import Baseline, Calibration
from edge.mood.budget import FlapBudget
from edge.mood.challenge import ROUNDING, UNCLEAR_DWELL, Challenge
from edge.mood.evidence import Evidence
from edge.mood.race import Race, margins_alone, margins_over, mixed, race
from edge.records import ABSENT, LABELS, Face, Mood, MoodChange, Scores

#: After `absent` the first mood needs this many looks and this lead time only: nothing is being contradicted.
ARRIVAL_LOOKS = 3
ARRIVAL_SECONDS = 0.3
#: Somebody whose face says nothing clear gets the likeliest mood after this long.
ARRIVAL_PATIENCE_SECONDS = 1.2
#: The room is empty only after this many frames without a face too: after a stall one frame proves nothing.
EMPTY_LOOKS = 3

#: A look of quality 0 is no look, whatever `min_quality` is.
WORTHLESS = 1e-3
NO_SCORES: Scores = (0.0,) * len(LABELS)


@dataclass(frozen=True, slots=True)
class CalibrationState:
    """How "this is my neutral face" is doing. `message` is for the owner."""

    state: Literal["idle", "collecting", "done", "failed"]
    message: str = ""


class MoodFilter:
    """The room's mood from the faces of each frame. Reads no clock: `now` is the source's own, and never goes back."""

    def __init__(self, config: MoodConfig, baseline: Baseline | None = None) -> None:
        self._config = config
        self.baseline = baseline or Baseline(config.baseline_hours)
        self._budget = FlapBudget(config.dwell_seconds, config.changes_per_hour)
        self._evidence = Evidence(config.smoothing_seconds)
        self._challenge = Challenge()
        self._calibration: Calibration | None = None
        self.calibration = CalibrationState("idle")
        #: A line for the log, when this step has one: the dwell widened or narrowed, a calibration ended.
        self.note: str | None = None
        self.mood: Mood | None = None
        self._start_over()

    def configure(self, config: MoodConfig) -> None:
        """Goes by `config` from now on; the mood, what was seen, and what was learned stay."""
        self._config = config
        self._budget.configure(config.dwell_seconds, config.changes_per_hour)
        self._evidence.configure(config.smoothing_seconds)
        self.baseline.hours = config.baseline_hours

    def _start_over(self) -> None:
        self._evidence.forget()
        self._challenge.clear()
        self._now: float | None = None
        self._seen = self._settled = 0.0
        self._empty_looks = 0
        self._first_look: float | None = None
        self._arrival_looks = self._arrival_misses = 0

    def forget(self) -> None:
        """The camera was paused or restarted: what was seen is over. Keeps the baseline and the flap budget.

        A calibration under way fails. The next step starts from `absent`.
        """
        self._start_over()
        self.mood = None
        if self._calibration is not None:
            self._end_calibration("failed", "the camera was paused")

    # What the daemon shows and the pace needs.

    def forget_old_changes(self, now: float) -> None:
        """Changes grow older than an hour without a look too: the camera may be off."""
        self._budget.forget_old(now)

    @property
    def dwell_seconds(self) -> float:
        """The dwell now in force: the configured one, or more while the flap budget is exceeded."""
        return self._budget.dwell_seconds

    @property
    def changes_per_hour(self) -> float:
        """Changes within the last hour."""
        return self._budget.changes_per_hour

    def settled_seconds(self, now: float) -> float:
        """How long every look has agreed with the present mood; 0 while something may be changing."""
        return max(now - self._settled, 0.0)

    # Calibration: "this is my neutral face".

    def calibrate(self, now: float, seconds: float = 5.0) -> None:
        """Takes the nearest face of the next `seconds` as neutral; `calibration` says how it went."""
        self._calibration = Calibration(now, seconds)
        self.calibration = CalibrationState("collecting", "keep a calm face and look at the camera")

    def forget_resting_face(self) -> None:
        """Undoes calibration, under way or kept, and all that was learned."""
        self._calibration = None
        self.calibration = CalibrationState("idle")
        self.baseline.reset()

    def _end_calibration(self, state: Literal["done", "failed"], message: str) -> None:
        self._calibration = None
        self.calibration = CalibrationState(state, message)
        self.note = f"neutral face: {message}"

    def _calibration_step(self, now: float) -> None:
        calibration = self._calibration
        if calibration is None or not calibration.over(now):
            return
        try:
            self.baseline.calibrate(calibration.result())
        except ValueError as error:
            self._end_calibration("failed", str(error))
        else:
            self._end_calibration("done", "kept")

    # The mood.

    def step(self, faces: tuple[Face, ...], now: float) -> tuple[Mood, MoodChange | None]:
        """One frame's faces. Returns the mood that holds now and, where it has just changed, the change.

        A face counts as seen when it is confirmed and was looked at (`expression` is there); it counts as evidence
        when its quality is at least `min_quality` too. The change carries no playlist.
        """
        self.note = None
        if self.mood is None:
            self.mood = Mood(ABSENT, 0.0, NO_SCORES, now)
            self._seen = self._settled = now
        elapsed = 0.0 if self._now is None else max(now - self._now, 0.0)
        self._now = now
        widened = self._budget.step(now)
        seen = [face for face in faces if face.confirmed and face.expression is not None]
        looked = self._look([face for face in seen if face.quality >= max(self._config.min_quality, WORTHLESS)], now)
        self._calibration_step(now)
        self.note = self.note or widened
        if seen:
            self._seen, self._empty_looks = now, 0
        else:
            self._empty_looks += 1
            self._arrival_misses += 1
        label = self._next_label(elapsed, now) if looked else self._label_unseen(now)
        return self._turn(label, now, sum(face.confirmed for face in faces))

    def _look(self, faces: list[Face], now: float) -> bool:
        """Adds the looks to the evidence, the baseline and the calibration. Whether there were any."""
        self._evidence.fade(now)
        assert self.mood is not None
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
            if face is nearest and race([(1.0, scores)]).leader != self.mood.label:
                self._settled = now
        return bool(faces)

    def _next_label(self, elapsed: float, now: float) -> str:
        """The mood after a look, on the smoothed scores as they stand."""
        assert self.mood is not None
        config, standing = self._config, race(self._evidence.faces())
        if self.mood.label == ABSENT:
            return self._arrival(standing, elapsed, now)
        margins = margins_over(self.mood.label, standing, config.enter_level, config.leave_level, config.lead)
        self._challenge.step(margins, elapsed, standing.past(config.enter_level))
        candidate = self._challenge.candidate
        if candidate is None:
            return self.mood.label
        self._settled = now
        dwell = self.dwell_seconds * (1.0 if standing.is_clear(candidate, config.enter_level) else UNCLEAR_DWELL)
        return candidate if self._challenge.has_won(dwell) else self.mood.label

    def _arrival(self, standing: Race, elapsed: float, now: float) -> str:
        """The first mood after `absent`: soon, but not from a single look, nor from one that comes and goes.

        A face is seen in nearly every look; what clutter shows for one in a few minutes is not.
        """
        self._settled = now
        if self._first_look is None:
            self._first_look, self._arrival_looks, self._arrival_misses = now, 0, 0
        self._arrival_looks += 1
        self._challenge.step(margins_alone(standing, self._config.enter_level, self._config.lead), elapsed)
        if self._arrival_looks <= self._arrival_misses:
            return ABSENT
        challenge = self._challenge
        led = challenge.own_seconds >= ARRIVAL_SECONDS - ROUNDING
        if challenge.candidate and challenge.looks >= ARRIVAL_LOOKS and led:
            return challenge.candidate
        if now - self._first_look >= ARRIVAL_PATIENCE_SECONDS - ROUNDING:
            return standing.leader
        return ABSENT

    def _label_unseen(self, now: float) -> str:
        """Nobody to look at: the mood stays through a blink, and ends after `absent_seconds`."""
        assert self.mood is not None
        return ABSENT if self._empty(now) else self.mood.label

    def _empty(self, now: float) -> bool:
        return now - self._seen >= self._config.absent_seconds - ROUNDING and self._empty_looks >= EMPTY_LOOKS

    def _turn(self, label: str, now: float, faces: int) -> tuple[Mood, MoodChange | None]:
        """Makes `label` the mood. A face that is only carried along is nobody in view."""
        assert self.mood is not None
        previous = self.mood
        changed = label != previous.label
        since = now if changed else previous.since
        if label == ABSENT:
            if changed or self._empty(now):
                self._evidence.forget()
                self._challenge.clear()
                self._first_look = None
            self.mood = Mood(ABSENT, 0.0, NO_SCORES, since)
        else:
            tracks = self._evidence.faces()
            scores = mixed(tracks) if tracks else previous.scores
            self.mood = Mood(label, scores[LABELS.index(label)], scores, since)
        if not changed:
            return self.mood, None
        self._challenge.clear()
        self._settled = now
        self._budget.count(now, flap=ABSENT not in (label, previous.label))
        in_view = 0 if label == ABSENT else faces
        return self.mood, MoodChange(label, previous.label, self.mood.confidence, now, in_view)
