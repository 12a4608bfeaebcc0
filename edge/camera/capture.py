"""The camera as the main loop sees it: frames in a mailbox, a switch, and a state."""

import logging
import threading
import time
from collections.abc import Callable

from edge.camera.nodes import video_nodes
from edge.camera.reader import Reader, no_frame
from edge.camera.signs import Sign, Signs
from edge.camera.source import Source
from edge.errors import CameraError, SourceError
from edge.mailbox import Latest
from edge.records import CameraState, Frame

log = logging.getLogger(__name__)

#: How long a camera that died is left alone before it is opened again: at first, and at most.
REST_SECONDS, LONGEST_REST_SECONDS = 1.0, 30.0
#: A camera that has given frames for this long is opened again as soon as at first.
HEALTHY_SECONDS = 30.0
#: How often /dev is looked at while a camera is away, and calls that may hang are.
LOOK_SECONDS = 1.0
#: A camera that has given nothing for this long is told of, though its timeout may be longer: nothing is claimed of the
#: room any more by then (daemon/sight.py).
SILENT_SECONDS = 5.0
#: `close` waits this long for the device to be given back.
CLOSE_SECONDS = 1.0

_WRONG = {
    "frozen": "the picture does not change at all: the camera hangs; if this stays, take its power away for a moment",
    "dark": "the picture is black: is the lens covered, or the room dark?",
    "incomplete": "its pictures come incomplete: is the cable, the hub or the network failing?",
}


class Capture:
    """Puts the frames of the source that `open_source` opens into `frames`, from a thread of its own.

    A frame's `t` is `time.monotonic()`: for a camera the moment it was captured; for a recording, which is
    played in real time, the moment its first frame was put plus the media's own time since. It rises with
    every frame, also across restarts and pauses.

    A camera that cannot be opened, dies, or gives no picture that is worth anything is opened again for ever, after
    REST_SECONDS at first and LONGEST_REST_SECONDS at last, and at once when a device appears in /dev: `state` says what
    is wrong, the log says each problem once. `frames.fail` is given the CameraError, so that the process can end, where
    no waiting helps: a SourceError, a recording that breaks, and a call into the driver that does not return. The end
    of a recording is `frames.close()`.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        frames: Latest[Frame],
        timeout_seconds: float,
        *,
        rest_seconds: float = REST_SECONDS,
        nodes: Callable[[], object] = video_nodes,
    ) -> None:
        """`nodes` says what cameras /dev has: something that differs when one has come or gone."""
        self._open = open_source
        self._frames = frames
        self._timeout = timeout_seconds
        self._first_rest = rest_seconds
        self._nodes = nodes
        self._changed = threading.Condition()
        self._reader: Reader | None = None
        self._on = True
        self._closing = False
        self._state = CameraState("opening")
        self._interval = 0.0
        self._signs = Signs()
        self._opened_at = 0.0
        self._good_since: float | None = None  # when this reader's first frame came
        self._good_at = 0.0  # when the last frame came that is worth something
        self._rest = rest_seconds
        self._not_before = 0.0  # no opening before this moment
        self._seen_nodes: object = None
        self._told: set[str] = set()  # problems that the log has had since the camera worked last
        self._thread = threading.Thread(target=self._supervise, name="camera-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def state(self) -> CameraState:
        return self._state

    def want(self, interval_seconds: float) -> None:
        """One frame in this time is enough; may be called at every frame, from any thread."""
        with self._changed:
            if interval_seconds != self._interval:
                self._interval = interval_seconds
                if self._reader is not None:
                    self._reader.want(interval_seconds)

    def pause(self) -> None:
        """No frame comes after this, and none is left. The device is closed soon after: `state` says paused then."""
        with self._changed:
            self._on = False
            self._frames.empty()
            self._signs.forget()
            self._changed.notify_all()

    def resume(self) -> None:
        """Opens the device again; a recording starts from its beginning."""
        with self._changed:
            self._on = True
            self._not_before, self._rest = 0.0, self._first_rest
            self._changed.notify_all()

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

    def _deliver(self, reader: Reader, frame: Frame) -> None:
        """Called by the reader. Raises CameraError where its camera is to be given up."""
        now, still = time.monotonic(), reader.still_seconds
        sign: Sign = "" if still is None else self._signs.judge(frame.grey(), now, still)
        with self._changed:
            if reader is not self._reader or not self._on or self._closing:
                self._signs.forget()
                return
            if sign:
                self._unusable(reader, sign, now)
                return
            self._frames.put(frame)
            self._good_at = now
            if self._good_since is None:
                self._good_since = now
            if self._state.word != "ok":
                if self._told:
                    log.info("%s works again", reader.name)
                    self._told.clear()
                self._state = CameraState()

    def _unusable(self, reader: Reader, sign: Sign, now: float) -> None:
        line = f"{reader.name}: {_WRONG[sign]}"
        bad_for = now - max(self._good_at, self._opened_at)
        if sign == "incomplete":
            if bad_for > self._timeout:  # one that comes now and then is left out in silence
                raise CameraError(line)
            return
        self._say(sign, line)
        # Opening it again may help a camera that hangs; in a dark room it helps nobody.
        if sign == "frozen" and bad_for > max(self._timeout, reader.still_seconds or 0.0):
            raise CameraError(line)

    def _say(self, word: str, problem: str) -> None:
        """The state, and one line in the log for each problem."""
        self._state = CameraState(word, problem)
        if problem not in self._told:
            self._told.add(problem)
            log.warning("%s; it is tried again until it works", problem)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _supervise(self) -> None:
        with self._changed:
            try:
                while not self._closing:
                    self._changed.wait(self._turn(time.monotonic()))
            except CameraError as error:
                self._state = CameraState("failed", str(error))
                self._frames.fail(error)
            except Exception as error:  # without this thread nobody would notice a camera that is away
                self._state = CameraState("failed", "a mistake of Moodcast's own: see the log")
                self._frames.fail(error)

    def _turn(self, now: float) -> float | None:
        """Brings the reader in line with the switch; called with the lock held.

        Returns the seconds until it should be looked at again, None: not before something changes. Raises
        CameraError when it is over.
        """
        if self._reader is not None:
            if self._reader.over:
                self._part_from(self._reader, now)
                self._reader = None
            else:
                self._watch(self._reader, now)
        if self._closing:
            return 0.0
        if self._reader is not None:
            if not self._on:
                self._reader.stop()
            return min(self._timeout / 2, LOOK_SECONDS)
        if not self._on:
            self._state = CameraState("paused")
            self._told.clear()
            return None
        if now < self._not_before and self._nodes() == self._seen_nodes:
            return min(self._not_before - now, LOOK_SECONDS)
        self._begin(now)
        return min(self._timeout / 2, LOOK_SECONDS)

    def _begin(self, now: float) -> None:
        if self._state.word == "paused":
            self._state = CameraState("opening")
        self._seen_nodes = self._nodes()
        self._opened_at, self._good_since = now, None
        if self._state.word != "frozen":
            self._signs.forget()
        self._reader = Reader(
            self._open, self._deliver, self._notify, self._interval, self._timeout, news=not self._told
        )
        self._reader.start()

    def _watch(self, reader: Reader, now: float) -> None:
        """Raises CameraError where a call into the driver hangs: only the end of the process frees the camera then."""
        if reader.hangs(now):
            what = "does not close" if reader.stopping else "does not answer any more"
            raise CameraError(f"{reader.name}: {what}; only a restart of Moodcast can free the camera")
        if reader.stopping:
            return
        if reader.late(now):
            self._say("failed", no_frame(reader.name, self._timeout))
        elif reader.still_seconds is not None and self._state.word == "ok":
            silent = now - self._good_at - self._interval
            if silent > SILENT_SECONDS:
                self._say("recovering", no_frame(reader.name, SILENT_SECONDS))

    def _part_from(self, reader: Reader, now: float) -> None:
        """The reader is over: an end, a pause or a death. Raises CameraError for a death that no waiting mends."""
        if reader.stopping:
            if reader.error is not None:
                log.warning("when it was closed: %s", reader.error)
        elif reader.error is not None:
            self._died(reader, reader.error, now)
        else:
            self._frames.close()
            self._closing = True

    def _died(self, reader: Reader, error: CameraError, now: float) -> None:
        if reader.recorded or isinstance(error, SourceError):
            raise error
        if self._good_since is not None and now - self._good_since >= HEALTHY_SECONDS:
            self._rest = self._first_rest
        self._not_before = now + self._rest
        self._rest = min(2 * self._rest, max(LONGEST_REST_SECONDS, self._first_rest))
        word = self._state.word
        if word != "frozen":
            word = "recovering" if self._good_since is not None and word == "ok" else "failed"
        self._say(word, str(error))
