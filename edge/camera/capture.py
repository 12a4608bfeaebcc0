"""The camera as the main loop sees it: frames in a mailbox, a switch, and a state."""

import logging
import threading
import time
from collections.abc import Callable

from edge.camera.faults import Fault, FaultDetector
from edge.camera.nodes import video_nodes
from edge.camera.reader import Reader, no_frame
from edge.camera.source import Source
from edge.errors import CameraError, SourceError
from edge.mailbox import Latest
from edge.records import Frame
from edge.status import CameraState

log = logging.getLogger(__name__)

#: How long to wait before a camera that failed is opened again: at first, and at most.
RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 30.0
#: After frames for this long, the wait before the next opening is RETRY_SECONDS again.
HEALTHY_SECONDS = 30.0
#: How often /dev is read while a camera is missing, and running calls are checked.
LOOK_SECONDS = 1.0
#: No frame for this long is reported, even where the timeout is longer: the mood is `unknown` from then on
#: (daemon/loop.py).
SILENT_SECONDS = 5.0
#: `close` waits this long for the device to be released.
CLOSE_SECONDS = 1.0

_WRONG = {
    "frozen": "the picture does not change at all: the camera hangs; if this stays, take its power away for a moment",
    "dark": "the picture is black: is the lens covered, or the room dark?",
    "incomplete": "its pictures come incomplete: is the cable, the hub or the network failing?",
}


class Capture:
    """Puts the frames of the source that `open_source` opens into `frames`, from a thread of its own.

    A frame's `t` is `time.monotonic()`: for a camera the moment of its capture; for a recording, which plays in real
    time, the moment its first frame was put plus the media's own time since. It rises with every frame, also across
    restarts and pauses.

    A camera that cannot be opened, fails, or gives no usable picture is opened again for ever: after RETRY_SECONDS at
    first, LONGEST_RETRY_SECONDS at most, and at once when a device appears in /dev. `state` says what is wrong; the log
    names each problem once. Where waiting does not help (a SourceError, a recording that breaks, a call that hangs),
    `frames.fail` gets the CameraError, so that the process can end. A recording ends with `frames.close()`.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        frames: Latest[Frame],
        timeout_seconds: float,
        *,
        retry_seconds: float = RETRY_SECONDS,
        nodes: Callable[[], object] = video_nodes,
    ) -> None:
        """`nodes` returns a value that differs once a camera has come to /dev or left it."""
        self._open = open_source
        self._frames = frames
        self._timeout = timeout_seconds
        self._first_retry_seconds = retry_seconds
        self._nodes = nodes
        self._changed = threading.Condition()
        self._reader: Reader | None = None
        self._on = True
        self._closing = False
        self.state = CameraState("opening")
        self._interval = 0.0
        self._faults = FaultDetector()
        self._opened_at = 0.0
        self._good_since: float | None = None  # when this reader's first frame came
        self._good_at = 0.0  # when the last usable frame came
        self._retry_seconds = retry_seconds
        self._retry_at = 0.0  # no opening before this moment
        self._seen_nodes: object = None
        self._reported: set[str] = set()  # problems logged since the camera last worked
        self._thread = threading.Thread(target=self._supervise, name="camera-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def set_interval(self, interval_seconds: float) -> None:
        """Asks for one frame in this time; may be called at every frame, from any thread."""
        with self._changed:
            if interval_seconds != self._interval:
                self._interval = interval_seconds
                if self._reader is not None:
                    self._reader.set_interval(interval_seconds)

    def pause(self) -> None:
        """Drops the last frame and lets no other come. The device is closed soon after; `state` says paused then."""
        with self._changed:
            self._on = False
            self._frames.empty()
            self._faults.forget()
            self._changed.notify_all()

    def resume(self) -> None:
        """Opens the device again; a recording starts from its beginning."""
        with self._changed:
            self._on = True
            self._retry_at, self._retry_seconds = 0.0, self._first_retry_seconds
            self._changed.notify_all()

    def close(self) -> None:
        """Closes the camera. Waits CLOSE_SECONDS at most: the end of the process frees a device that hangs."""
        with self._changed:
            self._closing = True
            reader = self._reader
            if reader is not None:
                reader.stop()
            self._changed.notify_all()
        if reader is not None and not reader.join(CLOSE_SECONDS):
            log.warning("%s does not close; the end of the process will free it", reader.name)
        if self._thread.is_alive():
            self._thread.join()

    def _deliver(self, reader: Reader, frame: Frame) -> None:
        """Called by the reader. Raises CameraError where its camera is to be closed."""
        now, still = time.monotonic(), reader.still_seconds
        fault: Fault = "" if still is None else self._faults.detect(frame.grey(), now, still)
        with self._changed:
            if reader is not self._reader or not self._on or self._closing:
                self._faults.forget()
                return
            if fault:
                self._reject_picture(reader, fault, now)
                return
            self._frames.put(frame)
            self._good_at = now
            if self._good_since is None:
                self._good_since = now
            if self.state.word != "ok":
                if self._reported:
                    log.info("%s works again", reader.name)
                    self._reported.clear()
                self.state = CameraState()

    def _reject_picture(self, reader: Reader, fault: Fault, now: float) -> None:
        line = f"{reader.name}: {_WRONG[fault]}"
        bad_for = now - max(self._good_at, self._opened_at)
        if fault == "incomplete":
            if bad_for > self._timeout:  # an incomplete picture now and then is dropped without a word
                raise CameraError(line)
            return
        self._report_problem(fault, line)
        # Opening it again may help a camera that hangs; it does not help in a dark room.
        if fault == "frozen" and bad_for > max(self._timeout, reader.still_seconds or 0.0):
            raise CameraError(line)

    def _report_problem(self, word: str, problem: str) -> None:
        """Sets the state, and logs each problem once."""
        self.state = CameraState(word, problem)
        if problem not in self._reported:
            self._reported.add(problem)
            log.warning("%s; it is tried again until it works", problem)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _supervise(self) -> None:
        with self._changed:
            try:
                while not self._closing:
                    self._changed.wait(self._supervise_once(time.monotonic()))
            except CameraError as error:
                self.state = CameraState("failed", str(error))
                self._frames.fail(error)
            except Exception as error:  # without this thread a missing camera would stay unnoticed
                self.state = CameraState("failed", "a mistake of Moodcast's own: see the log")
                self._frames.fail(error)

    def _supervise_once(self, now: float) -> float | None:
        """Starts, checks or stops the reader as the switch says; called with the lock held.

        Returns the seconds until the next check; None: when something changes. Raises CameraError where no retry helps.
        """
        if self._reader is not None:
            if self._reader.finished:
                self._handle_reader_end(self._reader, now)
                self._reader = None
            else:
                self._check_reader(self._reader, now)
        if self._closing:
            return 0.0
        if self._reader is not None:
            if not self._on:
                self._reader.stop()
            return min(self._timeout / 2, LOOK_SECONDS)
        if not self._on:
            self.state = CameraState("paused")
            self._reported.clear()
            return None
        if now < self._retry_at and self._nodes() == self._seen_nodes:
            return min(self._retry_at - now, LOOK_SECONDS)
        self._start_reader(now)
        return min(self._timeout / 2, LOOK_SECONDS)

    def _start_reader(self, now: float) -> None:
        if self.state.word == "paused":
            self.state = CameraState("opening")
        self._seen_nodes = self._nodes()
        self._opened_at, self._good_since = now, None
        if self.state.word != "frozen":
            self._faults.forget()
        level = logging.DEBUG if self._reported else logging.INFO
        self._reader = Reader(self._open, self._deliver, self._notify, self._interval, self._timeout, log_level=level)
        self._reader.start()

    def _check_reader(self, reader: Reader, now: float) -> None:
        """Reports a camera that is late. Raises CameraError where a call hangs, which only a restart ends."""
        if reader.is_hung(now):
            what = "does not close" if reader.stopping else "does not answer any more"
            raise CameraError(f"{reader.name}: {what}; only a restart of Moodcast can free the camera")
        if reader.stopping:
            return
        if reader.is_late(now):
            self._report_problem("failed", no_frame(reader.name, self._timeout))
        elif reader.still_seconds is not None and self.state.word == "ok":
            silent = now - self._good_at - self._interval
            if silent > SILENT_SECONDS:
                self._report_problem("recovering", no_frame(reader.name, SILENT_SECONDS))

    def _handle_reader_end(self, reader: Reader, now: float) -> None:
        """Called once the reader has finished. Raises CameraError for an error that no retry helps."""
        if reader.stopping:
            if reader.error is not None:
                log.warning("when it was closed: %s", reader.error)
        elif reader.error is not None:
            self._schedule_retry(reader, reader.error, now)
        else:
            self._frames.close()
            self._closing = True

    def _schedule_retry(self, reader: Reader, error: CameraError, now: float) -> None:
        if reader.plays_recording or isinstance(error, SourceError):
            raise error
        if self._good_since is not None and now - self._good_since >= HEALTHY_SECONDS:
            self._retry_seconds = self._first_retry_seconds
        self._retry_at = now + self._retry_seconds
        self._retry_seconds = min(2 * self._retry_seconds, max(LONGEST_RETRY_SECONDS, self._first_retry_seconds))
        word = self.state.word
        if word != "frozen":
            word = "recovering" if self._good_since is not None and word == "ok" else "failed"
        self._report_problem(word, str(error))
