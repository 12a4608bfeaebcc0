"""The camera as the main loop sees it: frames in a mailbox, a switch, and a state."""

import logging
import threading
import time
from collections.abc import Callable

from edge.camera.reader import Reader
from edge.camera.source import Source
from edge.errors import CameraError
from edge.mailbox import Latest
from edge.records import Frame

log = logging.getLogger(__name__)

#: A camera that has worked this long since its restart may be restarted again.
HEALTHY_SECONDS = 300.0
#: How long a device is left alone between closing it and opening it again.
REST_SECONDS = 1.0
#: `close` waits this long for the device to be given back.
CLOSE_SECONDS = 2.0


class Capture:
    """Puts the frames of the source that `open_source` opens into `frames`, from a thread of its own.

    A frame's `t` is `time.monotonic()`: for a camera the moment it was captured; for a recording, which is
    played in real time, the moment its first frame was put plus the media's own time since. It rises with
    every frame, also across restarts and pauses.

    Nothing waits for ever: a call into the source that takes longer than `timeout_seconds` (opening: four times
    that, 45 s at most) counts as a dead camera, and its thread is left behind. A camera that dies gets one restart;
    when the restart fails or it dies again within HEALTHY_SECONDS, `frames.fail` is given the CameraError, so that
    the process can end and be started anew. So it is at once when a source cannot be opened the first time, when a
    recording breaks, or when the device cannot be closed for a pause. The end of a recording is `frames.close()`.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        frames: Latest[Frame],
        timeout_seconds: float,
        *,
        healthy_seconds: float = HEALTHY_SECONDS,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self._open = open_source
        self._frames = frames
        self._timeout = timeout_seconds
        self._healthy = healthy_seconds
        self._rest = rest_seconds
        self._changed = threading.Condition()
        self._reader: Reader | None = None
        self._on = True
        self._closing = False
        self._state = "ok"
        self._interval = 0.0
        self._has_worked = False
        self._restarted: float | None = None  # when
        self._not_before = 0.0  # no opening before this moment
        self._thread = threading.Thread(target=self._supervise, name="camera-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def state(self) -> str:
        """ok, paused (the device is closed), recovering (a restart is under way) or failed."""
        return self._state

    def want(self, interval_seconds: float) -> None:
        """One frame in this time is enough; may be called at every frame, from any thread."""
        with self._changed:
            if interval_seconds != self._interval:
                self._interval = interval_seconds
                if self._reader is not None:
                    self._reader.want(interval_seconds)

    def pause(self) -> None:
        """No frame comes after this. The device is closed soon after: `state` says paused once it is."""
        self._switch(on=False)

    def resume(self) -> None:
        """Opens the device again; a recording starts from its beginning."""
        self._switch(on=True)

    def close(self) -> None:
        """Ends it all. Waits CLOSE_SECONDS at most: a device that hangs is left to the end of the process."""
        with self._changed:
            self._closing = True
            reader = self._reader
            if reader is not None:
                reader.stop()
            self._changed.notify_all()
        if reader is not None and not reader.join(CLOSE_SECONDS):
            log.warning("%s does not close; the end of the process will free it", reader.name)
        if self._thread.is_alive():
            self._thread.join()  # it only ever waits to be woken

    def _switch(self, *, on: bool) -> None:
        with self._changed:
            self._on = on
            self._changed.notify_all()

    def _deliver(self, reader: Reader, frame: Frame) -> None:
        with self._changed:
            if reader is self._reader and self._on and not self._closing:
                self._frames.put(frame)
                self._has_worked = True
                if self._state == "recovering":
                    log.info("%s works again", reader.name)
                self._state = "ok"

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _supervise(self) -> None:
        with self._changed:
            try:
                while not self._closing:
                    self._changed.wait(self._turn())
            except CameraError as error:
                self._state = "failed"
                self._frames.fail(error)

    def _turn(self) -> float | None:
        """Brings the reader in line with the switch; called with the lock held.

        Returns the seconds until it should be looked at again, None: not before something changes. Raises
        CameraError when it is over.
        """
        now = time.monotonic()
        if self._reader is not None and (self._reader.over or self._reader.stuck(now, self._timeout)):
            self._part_from(self._reader, now)
            self._reader = None
        if self._closing:
            return 0.0
        if self._reader is not None:
            if not self._on:
                self._reader.stop()
        elif not self._on:
            self._state = "paused"
            return None
        elif now < self._not_before:
            return self._not_before - now
        else:
            if self._state == "paused":
                self._state = "ok"
            self._reader = Reader(self._open, self._deliver, self._notify, self._interval)
            self._reader.start()
        return self._timeout / 2

    def _part_from(self, reader: Reader, now: float) -> None:
        """The reader is over, or stuck: an end, a pause or a death. Raises CameraError for a death that is final."""
        if not reader.over and reader.stopping:
            raise CameraError(f"{reader.name}: does not close; only the end of the process can free the camera")
        if not reader.over:
            reader.stop()
            self._died(reader, CameraError(f"{reader.name}: no frame within {self._timeout:g} s"), now)
        elif reader.stopping:
            if reader.error is not None:
                log.warning("when it was closed: %s", reader.error)
        elif reader.error is not None:
            self._died(reader, reader.error, now)
        else:
            self._frames.close()
            self._closing = True

    def _died(self, reader: Reader, error: CameraError, now: float) -> None:
        restarted_lately = self._restarted is not None and now - self._restarted < self._healthy
        if not self._has_worked or reader.recorded or restarted_lately:
            raise error
        log.warning("%s; the camera is opened again, once", error)
        self._restarted = now
        self._not_before = now + self._rest
        self._state = "recovering"
