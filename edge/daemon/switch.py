"""The camera switch: asked for by other threads, obeyed by the main one, remembered across restarts."""

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

_CAMERA, _UNTIL, _WHY, _LOCK = "camera", "camera_until", "camera_why", "camera_locked"
_LOCKED = {
    "config": "the camera is locked off by camera.locked_off in config.yaml",
    "page": "the camera is locked off, and only the page's password unlocks it",
}
#: A camera that is switched to and fro is switched on this often within so many seconds, and off at once.
TIMES, WITHIN_SECONDS = 5, 60.0
#: How often a switch that could not be written down is tried to be, and how often a refusal is told of.
RETRY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Wish:
    """On; or off, for so many seconds or for good. `why`: what but a hand wants it off; empty for a hand."""

    on: bool
    seconds: float | None = None
    why: str = ""


class Switch:
    """Off means that the device is closed. It stays off across a restart: who switched a camera off wants it so.

    `until` is when a pause ends, in wall-clock seconds; None where the camera is on, or off for good. `why` is what but
    a hand switched it off. `locked` says who
    locked it off, `config` or `page`; empty where nobody did. Who calls `lock` knows the password.
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
        self._problem = ""
        self._retry_at = 0.0
        self._switched_on: deque[float] = deque(maxlen=TIMES)
        self._told = False
        kept, end = state.get(_CAMERA), state.get(_UNTIL)
        # In doubt it stays off: who had switched it off would not forgive the other mistake.
        in_doubt = state.in_doubt or kept not in (None, True, False)
        self.locked = "config" if locked_off else "page" if state.get(_LOCK) else ""
        self._lock_kept = self.locked == "page"
        self._refused_at = float("-inf")
        self.on = kept is not False and not in_doubt and not self.locked
        paused = kept is False and not in_doubt and not self.locked and type(end) in (int, float)
        self.until: float | None = float(end) if paused else None
        self.why = str(state.get(_WHY) or "") if kept is False and not self.locked else ""
        #: When this run's own pause ends. A clock that is set meanwhile neither ends it early nor makes it longer.
        self._ends_at: float | None = None
        self._just_started = not self.on
        if not self.on:
            why = (
                f"nobody knows whether the camera was off ({state.path})" if in_doubt else "the camera was switched off"
            )
            until = "it is switched on" if self.until is None else said(self.until)
            stays = f"{why} before the restart; it stays off until {until}"
            log.warning("%s", _LOCKED[self.locked] if self.locked else stays)
            camera.pause()

    def ask(self, on: bool, seconds: float | None = None, why: str = "") -> None:
        """From any thread: the camera is to be on, or off for so many `seconds` or for good. Returns at once. Locked,
        it is not switched on."""
        if on and self.locked:
            if self._clock() - self._refused_at >= RETRY_SECONDS:
                self._refused_at = self._clock()
                log.warning("somebody asked for the camera to be on: refused, %s", _LOCKED[self.locked])
            return
        self._asked.put(Wish(on, None if on else seconds, "" if on else why))

    def pause(self, seconds: float) -> None:
        """From any thread: as `ask`, but what is off for longer stays so. Raises EdgeError then."""
        if not self.on and (self.until is None or self.until > self._wall() + seconds):
            raise EdgeError("the camera is off, and stays so for longer")
        self.ask(False, seconds)

    def lock(self, locked: bool) -> None:
        """From any thread: off, and to stay so, or to be switched on again. Raises EdgeError where config.yaml says."""
        if self.locked == "config":
            raise EdgeError(_LOCKED["config"])
        self.locked = "page" if locked else ""
        if locked:
            self._asked.put(Wish(on=False))

    def turned(self) -> bool | None:
        """From the main thread: the new state when it has just changed (or began as off), else None."""
        if self._just_started:
            self._just_started = False
            return False
        if self._problem and self._clock() >= self._retry_at:
            self._keep()
        if self._lock_kept != (self.locked == "page"):
            self._lock_kept = not self._lock_kept
            if not self._state.keep(_LOCK, self._lock_kept):
                self._state.doubt()  # in doubt it is off after a restart, if not locked
            log.info("the camera was %s", "locked off" if self._lock_kept else "unlocked")
        got = self._asked.wait(after=self._seen, timeout=0)
        if got is None and not self._pause_is_over():
            return None
        version, wish = got or (self._seen, Wish(on=True))
        on = wish.on
        if on and self.locked:
            self._seen = version
            return None
        if on and not self.on and self._braked():
            return None  # asked again at the next turn: the latest wish is the one that counts
        self._seen = version
        before, self.why = (self.until, self.why), wish.why
        self._ends_at = None if wish.seconds is None else self._clock() + wish.seconds
        self.until = None if wish.seconds is None else self._wall() + wish.seconds
        if on == self.on:
            if (self.until, self.why) != before:
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

    def _how_long(self) -> str:
        return "" if self.until is None else f"until {said(self.until)}"

    def _pause_is_over(self) -> bool:
        if self.on or self.locked or self.until is None:
            return False
        return self._wall() >= self.until if self._ends_at is None else self._clock() >= self._ends_at

    @property
    def problem(self) -> str:
        """One line where the switch could not be written down, with what a restart would make of it; else empty."""
        return self._problem

    def _braked(self) -> bool:
        now = self._clock()
        if len(self._switched_on) == TIMES and now - self._switched_on[0] < WITHIN_SECONDS:
            if not self._told:
                log.warning("the camera is switched to and fro; it stays off for a while, until the last wish is on")
            self._told = True
            return True
        self._told = False
        self._switched_on.append(now)
        return False

    def _keep(self) -> None:
        before, self._problem = self._problem, ""
        self._retry_at = self._clock() + RETRY_SECONDS
        # The end first: a power cut between the two must not leave an older pause's end beside a camera that is off.
        if self._state.get(_UNTIL) != self.until:
            self._state.keep(_UNTIL, self.until)
        if (self._state.get(_WHY) or "") != self.why:
            self._state.keep(_WHY, self.why)
        if not self._state.keep(_CAMERA, self.on):
            off_then = self.on or self._state.doubt()
            self._problem = (
                f"the camera is {'on' if self.on else 'off'}, but that could not be written down: after a restart it "
                f"would be {'off' if off_then else 'ON'}; make room on the disk, or see whether it can be written"
            )
            if self._problem != before:
                log.warning("%s", self._problem)


def said(until: float) -> str:
    """For the log, in this device's time."""
    return datetime.fromtimestamp(until).strftime("%Y-%m-%d %H:%M")
