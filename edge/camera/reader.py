"""One opening of a source: the thread that opens it, takes its frames at the right moment, and closes it."""

import dataclasses
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from edge.camera.source import Source
from edge.errors import CameraError
from edge.records import Frame

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Opening may take this many times as long as a capture: picamera2's import and first frame, a camera on Wi-Fi.
OPENING = 4
#: But no call takes longer than this: systemd (`WatchdogSec=60`) would end the daemon before it could name the camera.
LONGEST_SECONDS = 45.0
#: A recording that falls back further than this (the machine slept, or is too slow for it) goes on from where it is;
#: until then frames are skipped to catch up.
LATE_SECONDS = 1.0


class Reader:
    """Opens a source in a thread of its own and hands its frames to `deliver` until `stop`, an end, or an error.

    A call into the source may hang in foreign code, and a thread cannot be killed: `stuck` tells, and whoever
    asked leaves the thread behind. It gives the device back should it ever wake up, and delivers nothing more.
    `changed` is called, from the thread, when it is over.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        deliver: Callable[["Reader", Frame], None],
        changed: Callable[[], None],
        interval_seconds: float,
    ) -> None:
        self._open = open_source
        self._deliver = deliver
        self._changed = changed
        self._interval = interval_seconds
        self._wake = threading.Condition()
        self._stopping = False
        self._calling: tuple[float, float] | None = None  # since when, and how many timeouts it may take
        self._source: Source | None = None
        self.over = False
        self.error: CameraError | None = None
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def want(self, interval_seconds: float) -> None:
        with self._wake:
            self._interval = interval_seconds
            self._wake.notify()

    def stop(self) -> None:
        """Asks for the end; does not wait for it."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

    def join(self, timeout: float) -> bool:
        """Waits; False where the thread is still there."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        return self._stopping

    def stuck(self, now: float, timeout_seconds: float) -> bool:
        """Whether a call into the source has been taking longer than it may at `now` (monotonic)."""
        calling = self._calling
        return calling is not None and now - calling[0] > min(calling[1] * timeout_seconds, LONGEST_SECONDS)

    @property
    def name(self) -> str:
        return "camera" if self._source is None else self._source.name

    @property
    def recorded(self) -> bool:
        """It is known to read a recording."""
        return self._source is not None and not self._source.live

    def _run(self) -> None:
        try:
            source = self._source = self._call(self._open, OPENING)
            try:
                log.info("camera: %s opened", source.name)
                (self._follow if source.live else self._play)(source)
            finally:
                self._call(source.close)
                log.info("camera: %s closed", source.name)
        except CameraError as error:
            self.error = error
        except Exception as error:  # a driver's own error must not end the thread unnoticed
            log.debug("camera: %r", error, exc_info=True)
            self.error = CameraError(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.over = True
            self._changed()

    def _call(self, function: Callable[[], T], timeouts: float = 1.0) -> T:
        """Calls into the source, with the time noted for `stuck`."""
        self._calling = (time.monotonic(), timeouts)
        try:
            return function()
        finally:
            self._calling = None

    def _follow(self, source: Source) -> None:
        """A live camera: a frame as fresh as can be, every interval."""
        last = float("-inf")
        paced = None

        def due() -> float:
            # A camera gives frames at its own moments: one that comes a little early is the one to take.
            early = min(0.5 / source.fps, self._interval / 4) if source.fps else 0.0
            return last + self._interval - early

        while not self._stopping:
            if paced != self._interval:
                paced = self._interval
                self._call(partial(source.pace, paced))
            if not source.backlog:
                if self._sleep_until(due):
                    return
            elif time.monotonic() < due():
                self._call(source.skip)
                continue
            frame = self._call(source.read)
            if frame is None:
                raise CameraError(f"{source.name}: no more frames come from it")
            last = time.monotonic()
            self._deliver(self, frame)

    def _play(self, source: Source) -> None:
        """A recording: in real time by its own clock, skipping what nobody wants and what is already past."""
        fps = source.fps or 1.0
        last = start = 0.0  # media time of the last frame; monotonic time at which media time was 0

        def due() -> float:
            return start + last + self._frames_on(fps) / fps

        frame = self._call(source.read)
        if frame is not None:
            start = time.monotonic() - frame.t
        while frame is not None:
            last = frame.t
            self._deliver(self, dataclasses.replace(frame, t=start + last))
            if self._sleep_until(due):
                return
            late = time.monotonic() - due()
            if late > LATE_SECONDS:
                start += late
            frames_on = max(self._frames_on(fps), int((time.monotonic() - start - last) * fps))
            if not all(self._call(source.skip) for _ in range(frames_on - 1)):
                return
            frame = self._call(source.read)

    def _frames_on(self, fps: float) -> int:
        """How many frames of a recording lie from one that was wanted to the next that is."""
        return max(1, round(self._interval * fps))

    def _sleep_until(self, due: Callable[[], float]) -> bool:
        """Sleeps until due() (monotonic; asked again when `want` changes it); True when to stop."""
        with self._wake:
            while not self._stopping:
                remaining = due() - time.monotonic()
                if remaining <= 0:
                    break
                self._wake.wait(remaining)
            return self._stopping
