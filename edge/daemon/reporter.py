"""Reports what the pipeline read to the page, MQTT and the history, in wall-clock time."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from edge.daemon.continuity import Continuity, StartMood
from edge.daemon.quarters import Quarters
from edge.mailbox import Latest
from edge.mood.expression import NO_SCORES
from edge.outputs.mqtt import Mqtt
from edge.past import HistoryEntry, Quarter
from edge.records import ABSENT, NONE, PAUSED, UNKNOWN, Face, Frame, MoodChange, Music, Playlist, Reading
from edge.status import CameraState, Health, Status

log = logging.getLogger(__name__)

#: A larger jump means that the clock was set (most Pis have no battery clock); a smaller one is drift.
JUMP_SECONDS = 1.0
#: For so long after the first look `none` says nothing about presence: a face takes a few looks to be read.
SETTLING_SECONDS = 3.0


class WallClock:
    """Converts monotonic seconds to seconds since 1970; the offset changes only when the clock was set."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._offset = wall() - monotonic()

    def at(self, t: float) -> float:
        offset = self._wall() - self._monotonic()
        if abs(offset - self._offset) > JUMP_SECONDS:
            log.info("the clock was set by %+.0f s", offset - self._offset)
            self._offset = offset
        return t + self._offset


class Reporter:
    """Used by the main thread only; `status` is what the web threads read."""

    def __init__(
        self,
        status: Latest[Status],
        model: str,
        clock: WallClock,
        mqtt: Mqtt | None,
        past: Continuity | None,
        before: StartMood | None = None,
    ) -> None:
        self._status, self._model, self._clock = status, model, clock
        self._mqtt, self._past = mqtt, past
        self._health: Health | None = None
        self._shown: Status | None = None
        self._before = before or StartMood()
        self._since: float | None = None  # start of the present mood, monotonic; None where it began before this run
        self._first_look: float | None = None  # since the start, or since the camera came back
        self._frame_size = (0, 0)
        self._camera = CameraState("opening")
        self._off_until: float | None = None
        self._off_why = ""
        self._quarters = Quarters()
        self._music = Music()
        self.changes = Counter[str]()  # by mood; read by other threads

    def report_reading(self, reading: Reading, frame: Frame) -> None:
        """One frame was analysed."""
        expression, mood = reading.expression, reading.mood
        if self._first_look is None:
            self._first_look = reading.t
        settled = expression.label != NONE or reading.t - self._first_look >= SETTLING_SECONDS
        if not settled and self._before.mood == UNKNOWN:
            return  # somebody may be in view whose face is not read yet
        self._frame_size = (frame.width, frame.height)
        self._since = mood.since
        held, quiet = reading.music.held_until, reading.music.quiet_until
        self._music = replace(
            reading.music,
            held_until=None if held is None else self._clock.at(held),
            quiet_until=None if quiet is None else self._clock.at(quiet),
        )
        status = Status(
            mood=mood.label,
            strength=mood.strength,
            shares=mood.shares,
            since=self._clock.at(mood.since),
            expression=expression.label,
            confidence=expression.confidence,
            scores=expression.scores,
            expression_since=self._clock.at(expression.since),
            presence=expression.label != NONE if settled else None,
            faces=in_view(reading),
            at=self._clock.at(reading.t),
            playlist=reading.playlist,
            why=reading.why,
            camera_on=True,
            frame_size=self._frame_size,
            model=self._model,
            health=self._health,
            camera=self._camera,
            music=self._music,
        )
        self._tell(status, self._change(reading))
        self._keep(self._quarters.look(expression.label, status.at))

    def report_camera(self, state: CameraState) -> None:
        """The camera's state; may be called at every turn of the loop."""
        if state != self._camera:
            self._camera = state
            if self._shown is not None:
                self._tell(replace(self._shown, camera=state), None)

    def report_off_until(self, until: float | None, why: str = "") -> None:
        """When the camera switches itself on, and `topic` where a topic holds it off; may be called at every turn."""
        if (until, why) != (self._off_until, self._off_why):
            self._off_until, self._off_why = until, why
            if self._shown is not None:
                self._tell(replace(self._shown, camera_until=until, camera_why=why), None)

    def report_blind(self) -> None:
        """No frame has come for a moment: presence is unknown."""
        if self._shown is not None and self._shown.presence is not None:
            self._tell(replace(self._shown, presence=None), None)

    def report_switch(self, mood: str, playlist: Playlist | None, now: float) -> None:
        """Reports a mood that needs no look: `paused` while the camera is off, `absent` after it was switched on,
        `unknown` while it gives no picture. The same mood as before is no change."""
        before, at, on = self._before, self._clock.at(now), mood != PAUSED
        self._first_look = None
        change = None if mood == before.mood else MoodChange(mood, before.mood, 0.0, now, 0, playlist)
        since, self._since = at, now
        if change is None and before.since is not None:
            since, self._since = before.since, None
        status = Status(
            mood=mood,
            strength=0.0,
            shares=NO_SCORES,
            since=since,
            expression=NONE if mood == ABSENT else mood,
            confidence=0.0,
            scores=NO_SCORES,
            expression_since=since,
            presence=None,
            faces=(),
            at=at,
            playlist=playlist,
            why=(),
            camera_on=on,
            frame_size=self._frame_size,
            model=self._model,
            health=self._health,
            camera=self._camera,
            camera_until=None if on else self._off_until,
            camera_why="" if on else self._off_why,
            music=Music(quiet_until=self._music.quiet_until),
        )
        self._tell(status, change)

    def _change(self, reading: Reading) -> MoodChange | None:
        """The mood change of a reading; the first reading after `unknown` is always one."""
        if self._before.mood != UNKNOWN:
            return reading.change
        mood, faces = reading.mood, len(in_view(reading))
        change = MoodChange(mood.label, UNKNOWN, mood.strength, reading.t, faces, reading.playlist)
        return replace(reading.change, previous=UNKNOWN) if reading.change else change

    def report_health(self, health: Health, *, heartbeat: bool) -> None:
        """How the device is doing: shown at once, because the next reading may be far away; with `heartbeat` on MQTT
        too. Also corrects `since` after the clock was set."""
        self._health = health
        if self._shown is not None:
            since = self._shown.since if self._since is None else self._clock.at(self._since)
            status = replace(self._shown, since=since, health=health)
            if since == self._shown.since:
                self._show(status)
            else:
                self._tell(status, None)
        self._keep(self._quarters.due(self._clock.at(time.monotonic())))
        if self._past:
            self._past.mark_alive()
        if heartbeat and self._mqtt:
            self._mqtt.health(health)

    def close(self) -> None:
        """Keeps the present quarter of an hour."""
        self._keep(self._quarters.end())

    def _keep(self, quarter: Quarter | None) -> None:
        if quarter is not None and self._past:
            self._past.add_quarter(quarter)

    def _tell(self, status: Status, change: MoodChange | None) -> None:
        self._before = StartMood(status.mood, status.since)
        self._show(status)
        at = status.at if change is None else self._clock.at(change.at)
        if self._mqtt:
            self._mqtt.publish(status, change, at)
        if change is None:
            return
        self.changes[change.mood] += 1
        log.info("mood: %s (was %s)%s", change.mood, change.previous, details(change))
        entry = HistoryEntry(at, change.mood, change.previous, change.strength, change.face_count, change.playlist)
        if self._past:
            self._past.add(entry)

    def _show(self, status: Status) -> None:
        self._shown = status
        self._status.put(status)


def details(change: MoodChange) -> str:
    """The details of a change for the log: `: 2 faces, playlist Happy Hits!`."""
    if not change.face_count:
        return ""
    parts = ["1 face" if change.face_count == 1 else f"{change.face_count} faces"]
    if change.playlist:
        parts.append(f"playlist {change.playlist.name}")
    return ": " + ", ".join(parts)


def in_view(reading: Reading) -> tuple[Face, ...]:
    """The faces to show: confirmed, and not pictures. None while the expression is `none`, also in the first second, in
    which a newcomer's face is not read yet."""
    if reading.expression.label == NONE:
        return ()
    return tuple(face for face in reading.faces if face.confirmed and not face.picture)
