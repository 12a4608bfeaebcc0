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
#: A call that takes this many times as long as it may never returns.
HANGING = 3
#: But no call is waited for longer than this: systemd (`WatchdogSec=60`) would end the daemon before it could name the
#: camera.
LONGEST_SECONDS = 45.0
#: A call that took so much of the timeout was in vain, whatever it returned: OpenCV hands out frames it still has.
VAIN_SHARE = 0.9
#: A recording that falls back further than this (the machine slept, or is too slow for it) goes on from where it is;
#: until then frames are skipped to catch up.
LATE_SECONDS = 1.0


def opening_seconds(timeout_seconds: float) -> float:
    """How long opening may take."""
    return min(OPENING * timeout_seconds, LONGEST_SECONDS)


def no_frame(name: str, seconds: float) -> str:
    """What is wrong with a camera that is open and gives nothing."""
    return f"{name}: no frame within {seconds:g} s; is it on, plugged in, and within reach?"


class Reader:
    """Opens a source in a thread of its own and hands its frames to `deliver` until `stop`, an end, or an error.

    A call into the source may hang in foreign code, and a thread cannot be killed: `late` tells, and `hangs` where
    nothing but the end of the process is left. A call that returns too late counts as a camera that has died.
    `changed` is called, from the thread, when it is over. `deliver` may raise CameraError: the camera is given up.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        deliver: Callable[["Reader", Frame], None],
        changed: Callable[[], None],
        interval_seconds: float,
        timeout_seconds: float,
        *,
        news: bool = True,
    ) -> None:
        """`news`: that the camera is opened is worth a line in the log."""
        self._open = open_source
        self._timeout = timeout_seconds
        self._level = logging.INFO if news else logging.DEBUG
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
            first, self._stopping = not self._stopping, True
            if first and self._source is not None:
                self._source.interrupt()
            self._wake.notify()

    def join(self, timeout: float) -> bool:
        """Waits; False where the thread is still there."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        return self._stopping

    def late(self, now: float) -> bool:
        """Whether a call into the source has been taking longer than it may at `now` (monotonic)."""
        return self._calling_for(now, 1)

    def hangs(self, now: float) -> bool:
        """Whether it has been taking so long that it will never return."""
        return self._calling_for(now, HANGING)

    def _calling_for(self, now: float, timeouts: float) -> bool:
        calling = self._calling
        if calling is None:
            return False
        since, allowed = calling
        return now - since > min(max(allowed, timeouts) * self._timeout, LONGEST_SECONDS)

    @property
    def name(self) -> str:
        return "camera" if self._source is None else self._source.name

    @property
    def recorded(self) -> bool:
        """It is known to read a recording, which no waiting mends."""
        return self._source is not None and self._source.ends

    @property
    def still_seconds(self) -> float | None:
        """How long the source's picture may stay the very same; None where it may for ever."""
        return None if self._source is None else self._source.still_seconds

    def _run(self) -> None:
        try:
            source = self._source = self._call(self._open, OPENING)
            try:
                log.log(self._level, "camera: %s opened", source.name)
                (self._follow if source.live else self._play)(source)
                if not source.ends and not self._stopping:
                    raise CameraError(f"{source.name}: no more frames come from it")
            finally:
                self._call(source.close)
                log.log(self._level, "camera: %s closed", source.name)
        except CameraError as error:
            if not self._stopping:  # else it is what stopping it made of it
                self.error = error
        except Exception as error:  # a driver's own error must not end the thread unnoticed
            log.debug("camera: %r", error, exc_info=True)
            self.error = CameraError(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.over = True
            self._changed()

    def _call(self, function: Callable[[], T], timeouts: float = 1.0) -> T:
        """Calls into the source, with the time noted for `late` and `hangs`."""
        self._calling = (time.monotonic(), timeouts)
        try:
            return function()
        finally:
            self._calling = None

    def _take(self, function: Callable[[], T]) -> T:
        """Calls for a frame."""
        began = time.monotonic()
        taken = self._call(function)
        if time.monotonic() - began > VAIN_SHARE * self._timeout:
            raise CameraError(no_frame(self.name, self._timeout))
        return taken

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
                self._take(source.skip)
                continue
            frame = self._take(source.read)
            if frame is None:
                return
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
