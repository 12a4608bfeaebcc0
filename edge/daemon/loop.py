"""The main loop: reads frames, reports what they show, and does what other threads asked for."""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING, Literal

from edge.camera.capture import Capture
from edge.daemon.heart import Heart
from edge.daemon.reporter import Reporter
from edge.daemon.resting import RestingFace
from edge.daemon.switch import Switch
from edge.errors import EdgeError
from edge.mailbox import Closed, Latest
from edge.outputs.mqtt import Mqtt
from edge.pipeline import Pipeline
from edge.records import ABSENT, PAUSED, UNKNOWN, Frame, MusicWish, Reading

if TYPE_CHECKING:
    from edge.outputs.mpd import Mpd
    from edge.web.server import Server

log = logging.getLogger(__name__)

#: The longest wait for a frame, and so the delay with which a switch or a signal is noticed.
TICK_SECONDS = 0.5
#: Without a new frame presence becomes unknown after the first time, the mood after the second, whatever
#: camera.timeout_seconds is.
PRESENCE_SECONDS, MOOD_SECONDS = 2.0, 5.0

Claim = Literal["all", "mood", "nothing"]


class Sight:
    """What is still known while no new frame comes. Pure; all times are monotonic seconds."""

    def __init__(self, now: float) -> None:
        self._seen, self._interval = now, 0.0

    def record_look(self, now: float, next_in: float = 0.0) -> None:
        """A frame was analysed; the next one is due in `next_in` seconds."""
        self._seen, self._interval = now, next_in

    def claim(self, now: float) -> Claim:
        """`all`; `mood`: the mood holds, presence is unknown; `nothing`."""
        # A pause that pace.idle_fps asked for (up to ten seconds) is not counted as blind.
        blind = now - self._seen - self._interval
        if blind >= MOOD_SECONDS:
            return "nothing"
        return "mood" if blind >= PRESENCE_SECONDS else "all"


def loop(
    stop: threading.Event,
    frames: Latest[Frame],
    pipeline: Pipeline,
    capture: Capture,
    switch: Switch,
    resting: RestingFace,
    reporter: Reporter,
    heart: Heart,
    each_turn: Callable[[], None],
    keep_pictures: bool,
) -> None:
    """Runs until `stop` is set or a recording ends; a turn takes at most TICK_SECONDS plus one analysis. Raises what
    the camera's thread failed with. `keep_pictures`: the newest frame stays in `frames`, because the page shows it."""
    seen = 0
    sight, claimed = Sight(time.monotonic()), "all"
    if switch.on:
        started = time.monotonic()
        reporter.report_switch(ABSENT, pipeline.forget(ABSENT, started), started)
    while not stop.is_set():
        if (turned := switch.apply()) is not None:
            mood, turned_at = ABSENT if turned else PAUSED, time.monotonic()
            resting.end_calibration()
            reporter.report_switch(mood, pipeline.forget(mood, turned_at), turned_at)
            sight, claimed = Sight(time.monotonic()), "all"
        resting.apply(time.monotonic())
        try:
            got = frames.wait(after=seen, timeout=TICK_SECONDS)
        except Closed:
            log.info("the recording is over")
            return
        reporter.report_camera(capture.state)
        reporter.report_off_until(None if switch.why else switch.until, switch.why)
        if got is not None:
            seen = got[0]
            if switch.on:
                reading = look(got[1], pipeline, capture, resting, reporter, heart)
                sight.record_look(time.monotonic(), reading.next_in)
        got = None  # frees the picture
        if not keep_pictures:
            frames.empty(seen)
        claim = sight.claim(time.monotonic()) if switch.on else "all"
        if claim != claimed:
            claimed = claim
            report_claim(claim, pipeline, resting, reporter)
            if claim == "nothing":
                frames.empty()
        heart.beat(time.monotonic())
        each_turn()


def look(
    frame: Frame, pipeline: Pipeline, capture: Capture, resting: RestingFace, reporter: Reporter, heart: Heart
) -> Reading:
    """Analyses one frame and reports what it shows."""
    reading = pipeline.process(frame, frame.t)
    capture.set_interval(reading.next_in)
    reporter.report_reading(reading, frame)
    resting.keep_learned(frame.t)
    heart.record(reading)
    return reading


def report_claim(claim: Claim, pipeline: Pipeline, resting: RestingFace, reporter: Reporter) -> None:
    """Reports what is still known without a new frame."""
    if claim == "mood":
        reporter.report_blind()
    elif claim == "nothing":
        resting.end_calibration()
        reporter.report_switch(UNKNOWN, pipeline.lose_sight(), time.monotonic())


def tend(
    mqtt: Mqtt | None,
    player: "Mpd | None",
    page: "Server | None",
    hangup: threading.Event,
    reload: Callable[[], None],
    wishes: SimpleQueue[MusicWish],
    pipeline: Pipeline,
    *others: Callable[[], object],
) -> None:
    """Once a turn: checks that all threads run, reloads after SIGHUP, passes on wishes and calls `others`. Raises
    EdgeError where a thread has ended; systemd then restarts the daemon."""
    for name, part in (("MQTT thread", mqtt), ("player's thread", player), ("page", page)):
        if part is not None and not part.alive:
            raise EdgeError(f"the {name} has stopped by itself (please report it); Moodcast ends, to be started anew")
    if hangup.is_set():
        hangup.clear()
        reload()
    while not wishes.empty():
        pipeline.ask(wishes.get())
    for apply in others:
        apply()
