"""The camera switch: asked for by other threads, obeyed by the main one, remembered across restarts."""

import logging
from typing import Protocol

from edge.daemon.state import State
from edge.mailbox import Latest

log = logging.getLogger(__name__)


class Camera(Protocol):
    """The part of the capture that the switch needs."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Switch:
    """Off means that the device is closed. It stays off across a restart: who switched a camera off wants it so."""

    def __init__(self, camera: Camera, state: State) -> None:
        self._camera, self._state = camera, state
        self._asked: Latest[bool] = Latest()
        self._seen = 0
        self.on = state.get("camera") is not False
        self._just_started = not self.on
        if not self.on:
            log.info("the camera was switched off before the restart, and stays so until it is switched on")
            camera.pause()

    def ask(self, on: bool) -> None:
        """From any thread: the camera is to be on or off. Returns at once."""
        self._asked.put(on)

    def turned(self) -> bool | None:
        """From the main thread: the new state when it has just changed (or began as off), else None."""
        if self._just_started:
            self._just_started = False
            return False
        got = self._asked.wait(after=self._seen, timeout=0)
        if got is None:
            return None
        self._seen, on = got
        if on == self.on:
            return None
        self.on = on
        self._state.keep("camera", on)
        if on:
            self._camera.resume()
        else:
            self._camera.pause()
        log.info("the camera was switched %s", "on" if on else "off")
        return on
