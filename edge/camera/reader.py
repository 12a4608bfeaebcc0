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

#: Opening may take this many timeouts: picamera2's import and first frame, a camera on Wi-Fi.
OPENING_TIMEOUTS = 4
#: A call that takes this many timeouts counts as one that never returns.
HANGING_TIMEOUTS = 3
#: No call is waited for longer than this: systemd (`WatchdogSec=60`) would end the daemon before it names the camera.
LONGEST_SECONDS = 45.0
#: A call that took this share of the timeout has failed, whatever it returned: OpenCV then returns an old frame.
LATE_SHARE = 0.9
#: A recording that is behind by more than this (the machine slept, or is too slow) goes on from where it is; behind by
#: less, frames are skipped to catch up.
LATE_SECONDS = 1.0


def opening_seconds(timeout_seconds: float) -> float:
    """How long opening may take."""
    return min(OPENING_TIMEOUTS * timeout_seconds, LONGEST_SECONDS)


def no_frame(name: str, seconds: float) -> str:
    """The message for a camera that is open and gives no frame."""
    return f"{name}: no frame within {seconds:g} s; is it on, plugged in, and within reach?"


class Reader:
    """Opens a source in a thread of its own and hands its frames to `deliver` until `stop`, an end, or an error.

    A call into the source may hang in foreign code, and a thread cannot be killed. `is_late` says that a call takes too
    long, `is_hung` that only the end of the process helps. A call that returns too late counts as an error.
    `changed` is called, from the thread, once it has finished. `deliver` may raise CameraError: the camera is closed.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        deliver: Callable[["Reader", Frame], None],
        changed: Callable[[], None],
        interval_seconds: float,
        timeout_seconds: float,
        *,
        log_level: int = logging.INFO,
    ) -> None:
        """`log_level` is that of the lines that say it was opened and closed."""
        self._open = open_source
        self._timeout = timeout_seconds
        self._log_level = log_level
        self._deliver = deliver
        self._changed = changed
        self._interval = interval_seconds
        self._wake = threading.Condition()
        self.stopping = False
        self._calling: tuple[float, float] | None = None  # since when, and how many timeouts it may take
        self._source: Source | None = None
        self.finished = False
        self.error: CameraError | None = None
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def set_interval(self, interval_seconds: float) -> None:
        with self._wake:
            self._interval = interval_seconds
            self._wake.notify()

    def stop(self) -> None:
        """Asks the thread to end; does not wait for it."""
        with self._wake:
            first, self.stopping = not self.stopping, True
            if first and self._source is not None:
                self._source.interrupt()
            self._wake.notify()

    def join(self, timeout: float) -> bool:
        """Waits `timeout` seconds at most; whether the thread has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def is_late(self, now: float) -> bool:
        """Whether a call into the source has been taking longer than it may at `now` (monotonic)."""
        return self._has_been_calling(now, 1)

    def is_hung(self, now: float) -> bool:
        """Whether a call has been taking so long that it will never return."""
        return self._has_been_calling(now, HANGING_TIMEOUTS)

    def _has_been_calling(self, now: float, timeouts: float) -> bool:
        calling = self._calling
        if calling is None:
            return False
        since, allowed = calling
        return now - since > min(max(allowed, timeouts) * self._timeout, LONGEST_SECONDS)

    @property
    def name(self) -> str:
        return "camera" if self._source is None else self._source.name

    @property
    def plays_recording(self) -> bool:
        """Whether the source is known to be a recording, which no retry helps."""
        return self._source is not None and self._source.ends

    @property
    def still_seconds(self) -> float | None:
        """`Source.still_seconds`; None before it is opened."""
        return None if self._source is None else self._source.still_seconds

    def _run(self) -> None:
        try:
            source = self._source = self._call(self._open, OPENING_TIMEOUTS)
            try:
                log.log(self._log_level, "camera: %s opened", source.name)
                (self._read_live if source.live else self._read_recording)(source)
                if not source.ends and not self.stopping:
                    raise CameraError(f"{source.name}: no more frames come from it")
            finally:
                self._call(source.close)
                log.log(self._log_level, "camera: %s closed", source.name)
        except CameraError as error:
            if not self.stopping:  # stopping may itself cause an error
                self.error = error
        except Exception as error:  # a driver's own error must not end the thread unnoticed
            log.debug("camera: %r", error, exc_info=True)
            self.error = CameraError(f"{self.name}: {type(error).__name__}: {error}")
        finally:
            self.finished = True
            self._changed()

    def _call(self, function: Callable[[], T], timeouts: float = 1.0) -> T:
        """Calls into the source; `is_late` and `is_hung` know since when."""
        self._calling = (time.monotonic(), timeouts)
        try:
            return function()
        finally:
            self._calling = None

    def _call_for_frame(self, function: Callable[[], T]) -> T:
        """Calls for a frame. Raises CameraError where it came too late."""
        start = time.monotonic()
        result = self._call(function)
        if time.monotonic() - start > LATE_SHARE * self._timeout:
            raise CameraError(no_frame(self.name, self._timeout))
        return result

    def _read_live(self, source: Source) -> None:
        """Delivers the newest frame of a live camera every interval."""
        last = float("-inf")
        paced = None

        def due() -> float:
            # A camera chooses the moments of its frames: one that comes a little early is taken.
            early = min(0.5 / source.fps, self._interval / 4) if source.fps else 0.0
            return last + self._interval - early

        while not self.stopping:
            if paced != self._interval:
                paced = self._interval
                self._call(partial(source.pace, paced))
            if not source.backlog:
                if self._sleep_until(due):
                    return
            elif time.monotonic() < due():
                self._call_for_frame(source.skip)
                continue
            frame = self._call_for_frame(source.read)
            if frame is None:
                return
            last = time.monotonic()
            self._deliver(self, frame)

    def _read_recording(self, source: Source) -> None:
        """Plays a recording in real time by its own clock; skips frames that are not wanted, or are past."""
        fps = source.fps or 1.0
        last = start = 0.0  # media time of the last frame; monotonic time at which media time was 0

        def due() -> float:
            return start + last + self._frames_to_next(fps) / fps

        frame = self._call(source.read)
        if frame is not None:
            start = time.monotonic() - frame.t
        while frame is not None:
            last = frame.t
            self._deliver(self, dataclasses.replace(frame, t=start + last))
            if self._sleep_until(due):
                return
            behind = time.monotonic() - due()
            if behind > LATE_SECONDS:
                start += behind
            frames_on = max(self._frames_to_next(fps), int((time.monotonic() - start - last) * fps))
            if not all(self._call(source.skip) for _ in range(frames_on - 1)):
                return
            frame = self._call(source.read)

    def _frames_to_next(self, fps: float) -> int:
        """The number of a recording's frames from one that is wanted to the next."""
        return max(1, round(self._interval * fps))

    def _sleep_until(self, due: Callable[[], float]) -> bool:
        """Sleeps until due() (monotonic; asked again when `set_interval` changes it); True when to stop."""
        with self._wake:
            while not self.stopping:
                remaining = due() - time.monotonic()
                if remaining <= 0:
                    break
                self._wake.wait(remaining)
            return self.stopping
