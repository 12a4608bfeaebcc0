"""The camera switch: other threads ask, the main thread applies it, the state keeps it over restarts."""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from edge.camera.capture import Capture
from edge.daemon.state import State
from edge.errors import EdgeError
from edge.mailbox import Latest

log = logging.getLogger(__name__)

_CAMERA, _UNTIL, _HELD, _LOCK = "camera", "camera_until", "camera_held", "camera_locked"
_LOCKED = {
    "config": "the camera is locked off by camera.locked_off in config.yaml",
    "page": "the camera is locked off, and only the page's password unlocks it",
}
#: The camera is switched on at most this often within so many seconds; switching off is not limited.
TIMES, WITHIN_SECONDS = 5, 60.0
#: Between two attempts to write the switch down, and between two log lines about a refusal.
RETRY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Wish:
    """On; or off, for so many seconds or for good."""

    on: bool
    seconds: float | None = None


class Switch:
    """Off means that the device is closed, also after a restart.

    `wanted` is what a person or quiet hours asked for last. `held`: the topic `mqtt.pause_topic` keeps the camera off;
    afterwards `wanted` applies again. `on` is wanted and not held. `until` is the end of a pause in wall-clock seconds,
    None where there is no end or no pause. `locked` says who locked it off, `config` or `page`, or is empty. Callers of
    `lock` must have checked the password. `problem` is one line where the switch could not be written down, with its
    position after a restart; else empty.
    """

    def __init__(
        self,
        camera: Capture,
        state: State,
        clock: Callable[[], float] = time.monotonic,
        locked_off: bool = False,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._camera, self._state, self._clock, self._wall = camera, state, clock, wall
        self._asked: Latest[Wish] = Latest()
        self._seen = 0
        self.problem = ""
        self._retry_at = 0.0
        self._switched_on: deque[float] = deque(maxlen=TIMES)
        self._warned = False
        kept, end = state.get(_CAMERA), state.get(_UNTIL)
        # In doubt it stays off: to switch on a camera that was off would be the worse mistake.
        in_doubt = state.in_doubt or kept not in (None, True, False)
        self.locked = "config" if locked_off else "page" if state.get(_LOCK) else ""
        self._lock_kept = self.locked == "page"
        self._refused_at = float("-inf")
        self.wanted = kept is not False and not in_doubt and not self.locked
        self.held = state.get(_HELD) is True
        self._topic_says: bool | None = None  # since the start
        self._topic_applied: bool | None = None  # the value that was applied last
        self.on = self.wanted and not self.held
        paused = kept is False and not in_doubt and not self.locked and type(end) in (int, float)
        self.until: float | None = float(end) if paused else None
        #: The end of a pause that began in this run, monotonic: setting the clock does not change its length.
        self._ends_at: float | None = None
        self._just_started = not self.on
        if not self.on:
            why = (
                f"nobody knows whether the camera was off ({state.path})" if in_doubt else "the camera was switched off"
            )
            until = "it is switched on" if self.until is None else clock_time(self.until)
            if self.why:
                until = "mqtt.pause_topic says otherwise"
            stays = f"{why} before the restart; it stays off until {until}"
            log.warning("%s", _LOCKED[self.locked] if self.locked else stays)
            camera.pause()

    def ask(self, on: bool, seconds: float | None = None) -> None:
        """From any thread: asks for the camera on, or off for `seconds` or for good. Returns at once. A locked camera
        is not switched on."""
        if on and self.locked:
            if self._clock() - self._refused_at >= RETRY_SECONDS:
                self._refused_at = self._clock()
                log.warning("somebody asked for the camera to be on: refused, %s", _LOCKED[self.locked])
            return
        self._asked.put(Wish(on, None if on else seconds))

    def pause(self, seconds: float) -> None:
        """From any thread: asks for a pause. Raises EdgeError where the camera is already off for longer."""
        if not self.wanted and (self.until is None or self.until > self._wall() + seconds):
            raise EdgeError("the camera is off, and stays so for longer")
        self.ask(False, seconds)

    def hold(self, off: bool) -> None:
        """From any thread: the topic's value; the same value again changes nothing. A camera that somebody switches on
        stays on until the topic changes to `off` again."""
        self._topic_says = off

    @property
    def why(self) -> str:
        """`topic` where only the topic keeps the camera off, now or after a pause; else empty."""
        return "topic" if self.held and (self.wanted or self.until is not None) else ""

    def lock(self, locked: bool) -> None:
        """From any thread: locks the camera off, or unlocks it. Raises EdgeError where config.yaml locks it."""
        if self.locked == "config":
            raise EdgeError(_LOCKED["config"])
        self.locked = "page" if locked else ""
        if locked:
            self._asked.put(Wish(on=False))

    def apply(self) -> bool | None:
        """From the main thread, once a turn: does what was asked for. Returns the new state where it changed, and at
        the first call where the camera began as off; else None."""
        if self._just_started:
            self._just_started = False
            return False
        self._catch_up()
        got, topic = self._asked.wait(after=self._seen, timeout=0), self._topic_says
        if got is None and topic is self._topic_applied and not self._pause_is_over():
            return None
        version, wish = got or (self._seen, Wish(on=True) if self._pause_is_over() else None)
        if wish and wish.on and self.locked:
            wish = None
        wanted = wish.on if wish else self.wanted
        held = self.held if topic is self._topic_applied else bool(topic)
        if got and wish and wish.on:
            held = False
        on = wanted and not held
        if on and not self.on and self._limit_switching():
            return None  # tried again at the next turn, with the latest wish
        self._seen, self._topic_applied = version, topic
        before = (self.wanted, self.held, self.until)
        self.wanted, self.held = wanted, held
        if wish:
            self._ends_at = None if wish.seconds is None else self._clock() + wish.seconds
            self.until = None if wish.seconds is None else self._wall() + wish.seconds
        if on == self.on:
            if (self.wanted, self.held, self.until) != before:
                log.info("the camera stays off %s", self._how_long() or "until it is switched on")
                self._keep()
            return None
        self.on = on
        if on:
            self._camera.resume()
        else:
            self._camera.pause()
        log.info("the camera was switched %s", "on" if on else f"off {self._how_long()}".rstrip())
        self._keep()
        return on

    def _catch_up(self) -> None:
        """Writes down what could not be written before, and a changed lock."""
        if self.problem and self._clock() >= self._retry_at:
            self._keep()
        if self._lock_kept != (self.locked == "page"):
            self._lock_kept = not self._lock_kept
            if not self._state.keep(_LOCK, self._lock_kept):
                self._state.doubt()  # after a restart it is then off, though not locked
            log.info("the camera was %s", "locked off" if self._lock_kept else "unlocked")

    def _how_long(self) -> str:
        if self.why:
            return "while mqtt.pause_topic says so"
        return "" if self.until is None else f"until {clock_time(self.until)}"

    def _pause_is_over(self) -> bool:
        if self.wanted or self.locked or self.until is None:
            return False
        return self._wall() >= self.until if self._ends_at is None else self._clock() >= self._ends_at

    def _limit_switching(self) -> bool:
        now = self._clock()
        if len(self._switched_on) == TIMES and now - self._switched_on[0] < WITHIN_SECONDS:
            if not self._warned:
                log.warning("the camera is switched to and fro; it stays off for a while, until the last wish is on")
            self._warned = True
            return True
        self._warned = False
        self._switched_on.append(now)
        return False

    def _keep(self) -> None:
        before, self.problem = self.problem, ""
        self._retry_at = self._clock() + RETRY_SECONDS
        # The end is written first: after a power cut between the two, an older pause's end must not switch it on.
        if self._state.get(_UNTIL) != self.until:
            self._state.keep(_UNTIL, self.until)
        if (self._state.get(_HELD) is True) != self.held:
            self._state.keep(_HELD, self.held)
        if not self._state.keep(_CAMERA, self.wanted):
            off_then = self.wanted or self._state.doubt()
            self.problem = (
                f"the camera is {'on' if self.on else 'off'}, but that could not be written down: after a restart it "
                f"would be {'off' if off_then else 'ON'}; make room on the disk, or see whether it can be written"
            )
            if self.problem != before:
                log.warning("%s", self.problem)


def clock_time(until: float) -> str:
    """For the log, in this device's time."""
    return datetime.fromtimestamp(until).strftime("%Y-%m-%d %H:%M")
