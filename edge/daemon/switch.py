"""The camera switch: asked for by other threads, obeyed by the main one, remembered across restarts."""

import logging
import time
from collections.abc import Callable
from typing import Protocol

from edge.daemon.state import State
from edge.mailbox import Latest

log = logging.getLogger(__name__)

#: How often a switch that could not be written down is tried to be.
RETRY_SECONDS = 30.0


class Camera(Protocol):
    """The part of the capture that the switch needs."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Switch:
    """Off means that the device is closed. It stays off across a restart: who switched a camera off wants it so."""

    def __init__(self, camera: Camera, state: State, clock: Callable[[], float] = time.monotonic) -> None:
        self._camera, self._state, self._clock = camera, state, clock
        self._asked: Latest[bool] = Latest()
        self._seen = 0
        self._problem = ""
        self._retry_at = 0.0
        kept = state.get("camera")
        # In doubt it stays off: who had switched it off would not forgive the other mistake.
        in_doubt = state.in_doubt or kept not in (None, True, False)
        self.on = kept is not False and not in_doubt
        self._just_started = not self.on
        if not self.on:
            why = (
                f"nobody knows whether the camera was off ({state.path})" if in_doubt else "the camera was switched off"
            )
            log.warning("%s before the restart; it stays off until it is switched on", why)
            camera.pause()

    def ask(self, on: bool) -> None:
        """From any thread: the camera is to be on or off. Returns at once."""
        self._asked.put(on)

    def turned(self) -> bool | None:
        """From the main thread: the new state when it has just changed (or began as off), else None."""
        if self._just_started:
            self._just_started = False
            return False
        if self._problem and self._clock() >= self._retry_at:
            self._keep()
        got = self._asked.wait(after=self._seen, timeout=0)
        if got is None:
            return None
        self._seen, on = got
        if on == self.on:
            return None
        self.on = on
        if on:
            self._camera.resume()
        else:
            self._camera.pause()
        log.info("the camera was switched %s", "on" if on else "off")
        self._keep()
        return on

    @property
    def problem(self) -> str:
        """One line where the switch could not be written down, with what a restart would make of it; else empty."""
        return self._problem

    def _keep(self) -> None:
        before, self._problem = self._problem, ""
        self._retry_at = self._clock() + RETRY_SECONDS
        if not self._state.keep("camera", self.on):
            off_then = self.on or self._state.doubt()
            self._problem = (
                f"the camera is {'on' if self.on else 'off'}, but that could not be written down: after a restart it "
                f"would be {'off' if off_then else 'ON'}; make room on the disk, or see whether it can be written"
            )
            if self._problem != before:
                log.warning("%s", self._problem)
