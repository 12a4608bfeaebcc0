"""The main loop: a frame in, what it shows told to everybody, and what others have asked for."""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING

from edge.camera.capture import Capture
from edge.daemon.heart import Heart
from edge.daemon.reporter import Reporter
from edge.daemon.resting import RestingFace
from edge.daemon.sight import Claim, Sight
from edge.daemon.switch import Switch
from edge.errors import EdgeError
from edge.mailbox import Closed, Latest
from edge.outputs.mqtt import Mqtt
from edge.pipeline import Pipeline
from edge.records import ABSENT, PAUSED, UNKNOWN, Frame, MusicWish, Reading

if TYPE_CHECKING:
    from edge.daemon.website import Website
    from edge.outputs.mpd import Mpd

log = logging.getLogger(__name__)

#: The longest the loop sleeps when no frame comes: how soon a switch or a signal is seen then.
TICK_SECONDS = 0.5


def loop(
    stop: threading.Event,
    frames: Latest[Frame],
    pipeline: Pipeline,
    capture: Capture,
    switch: Switch,
    resting: RestingFace,
    reporter: Reporter,
    heart: Heart,
    look_around: Callable[[], None],
    keep_pictures: bool,
) -> None:
    """Frame in, reading out, until `stop` or the end of a recording. What no waiting mends raises here.

    It turns at least every TICK_SECONDS, whether frames come or not. `keep_pictures`: others want the newest one too.
    """
    seen = 0
    sight, claimed = Sight(time.monotonic()), "all"
    if switch.on:
        started = time.monotonic()
        reporter.switched(ABSENT, pipeline.forget(ABSENT, started), started)
    while not stop.is_set():
        if (turned := switch.turned()) is not None:
            mood, turned_at = ABSENT if turned else PAUSED, time.monotonic()
            resting.end_calibration()
            reporter.switched(mood, pipeline.forget(mood, turned_at), turned_at)
            sight, claimed = Sight(time.monotonic()), "all"
        resting.step(time.monotonic())
        try:
            got = frames.wait(after=seen, timeout=TICK_SECONDS)
        except Closed:
            log.info("the recording is over")
            return
        reporter.camera(capture.state)
        reporter.off_until(None if switch.why else switch.until, switch.why)
        if got is not None:
            seen = got[0]
            if switch.on:
                reading = look(got[1], pipeline, capture, resting, reporter, heart)
                sight.looked(time.monotonic(), reading.next_in)
        got = None  # the picture goes as soon as nobody needs it
        if not keep_pictures:
            frames.empty(seen)
        claim = sight.claim(time.monotonic()) if switch.on else "all"
        if claim != claimed:
            claimed = claim
            claim_less(claim, pipeline, resting, reporter)
            if claim == "nothing":
                frames.empty()
        heart.beat(time.monotonic())
        look_around()


def look(
    frame: Frame, pipeline: Pipeline, capture: Capture, resting: RestingFace, reporter: Reporter, heart: Heart
) -> Reading:
    """One frame: what it shows, told to everybody."""
    reading = pipeline.process(frame, frame.t)
    capture.set_interval(reading.next_in)
    reporter.reading(reading, frame)
    resting.keep_learned(frame.t)
    heart.looked(reading)
    return reading


def claim_less(claim: Claim, pipeline: Pipeline, resting: RestingFace, reporter: Reporter) -> None:
    """No frame has come for a while."""
    if claim == "mood":
        reporter.blind()
    elif claim == "nothing":
        resting.end_calibration()
        reporter.switched(UNKNOWN, pipeline.lose_sight(), time.monotonic())


def look_after(
    mqtt: Mqtt | None,
    player: "Mpd | None",
    page: "Website | None",
    hangup: threading.Event,
    reload: Callable[[], None],
    wishes: SimpleQueue[MusicWish],
    pipeline: Pipeline,
    *each_turn: Callable[[], object],
) -> None:
    """Every turn of the loop: whether all threads run, and whether somebody asks for something. Raises EdgeError where
    a thread has ended: systemd starts the daemon anew."""
    for name, part in (("MQTT thread", mqtt), ("player's thread", player), ("page", page)):
        if part is not None and not part.alive:
            raise EdgeError(f"the {name} has stopped by itself (please report it); Moodcast ends, to be started anew")
    if hangup.is_set():
        hangup.clear()
        reload()
    while not wishes.empty():
        pipeline.ask(wishes.get())
    for do in each_turn:
        do()
