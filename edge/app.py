"""The daemon: puts the rooms together, and the main loop that everything else hangs on."""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from random import Random

import cv2

from edge.camera.capture import Capture
from edge.camera.source import open_source
from edge.config import Config
from edge.daemon.beside import Beside, Part
from edge.daemon.continuity import Continuity, before
from edge.daemon.heap import return_large_blocks
from edge.daemon.heart import Heart
from edge.daemon.reporter import Reporter, WallClock
from edge.daemon.resting import RestingFace
from edge.daemon.state import State
from edge.daemon.switch import Switch
from edge.mailbox import Closed, Latest
from edge.outputs.device import Device
from edge.outputs.history import History
from edge.outputs.history_file import history_path, take_over
from edge.outputs.mqtt import Mqtt
from edge.outputs.systemd import Notifier
from edge.pipeline import Pipeline, build_pipeline
from edge.records import ABSENT, PAUSED, Frame, Status
from edge.vision.model import load_model
from edge.web.address import bind

log = logging.getLogger(__name__)

#: The longest the loop sleeps when no frame comes: how soon a switch or a signal is seen then.
TICK_SECONDS = 0.5
#: How long a camera may take to open without holding up the start of everything else.
OPENING_SECONDS = 2.0


def run(config: Config, source: str | None, environ: Mapping[str, str] = os.environ) -> None:
    """Runs until a signal says stop, or a recording ends. Raises EdgeError when it cannot start or go on."""
    stop = stopped_by_signals()
    return_large_blocks()
    cv2.setNumThreads(config.pace.threads)
    with ExitStack() as stack:
        closing = Closing(stack)
        # Before anybody is told of a daemon: one that cannot have its port ends here.
        listening = bind(config.web.host, config.web.port) if config.web.enabled else None
        if listening:
            closing(listening.close)
        usual = history_path(environ, config.device.id)
        state = State(usual.parent / f"{config.device.id}.json")
        model = load_model(config.model.path, config.model.threads)
        pipeline = build_pipeline(config, model, Random())
        frames: Latest[Frame] = Latest()
        status: Latest[Status] = Latest()
        capture = Capture(lambda: open_source(config.camera, source), frames, config.camera.timeout_seconds)
        switch = Switch(capture, state, locked_off=config.camera.locked_off)
        capture.start()
        closing(capture.close)
        resting = RestingFace(pipeline.moods, state, lambda: switch.on)
        closing(resting.keep)
        take_over(usual, config.device.id)
        history = History(config.history.path or usual, config.history.days) if config.history.enabled else None
        past, last = None, None
        if history:
            closing(history.close)
            past = Continuity(state, history, config.history.days)
            last = past.begin()
            closing(past.end)
        await_camera(frames, switch)
        mqtt = Mqtt(config.mqtt, config.device, thresholds(config), switch.ask) if config.mqtt.enabled else None
        if mqtt:
            mqtt.start()
            closing(mqtt.close)
        notifier = Notifier(environ.get("NOTIFY_SOCKET"))
        closing(notifier.close)
        found = before(switch.on, last)
        reporter = Reporter(status, model.name, WallClock(), [mqtt] if mqtt else [], [past] if past else [], found)
        heart = Heart(config, pipeline, capture, Device(), reporter, notifier, mqtt, history)

        def website(listening: socket.socket) -> Part:
            from edge.daemon.website import start_website

            return start_website(
                config, listening, status, past, frames, switch, resting, heart, state.path.with_suffix(".key")
            )

        # Flask's import is the longest step of the start (benchmarks.start): the first looks are taken meanwhile.
        page = Beside("page", partial(website, listening), stop) if listening else None
        if page:
            closing(page.close)
        closing(status.close)
        notifier.ready()
        loop(stop, frames, pipeline, capture, switch, resting, reporter, heart)
        notifier.stopping()
        if page:
            page.check()


def stopped_by_signals() -> threading.Event:
    """Set by SIGINT or SIGTERM, and when the terminal closes (SIGHUP, where `nohup` does not have it ignored)."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: stop.set())
    return stop


def await_camera(frames: Latest[Frame], switch: Switch) -> None:
    """Gives the camera a moment to show a frame, or that there is none, before the world is told of a daemon.

    Raises what the camera died of; a camera that is merely slow is not waited for.
    """
    if switch.on:
        with suppress(Closed):
            frames.wait(timeout=OPENING_SECONDS)


def loop(
    stop: threading.Event,
    frames: Latest[Frame],
    pipeline: Pipeline,
    capture: Capture,
    switch: Switch,
    resting: RestingFace,
    reporter: Reporter,
    heart: Heart,
) -> None:
    """Frame in, reading out, until `stop` or the end of a recording. A camera that has died raises here."""
    seen = 0
    while not stop.is_set():
        if (turned := switch.turned()) is not None:
            mood = ABSENT if turned else PAUSED
            resting.switched()
            reporter.switched(mood, pipeline.forget(mood), time.monotonic())
        resting.obey(time.monotonic())
        try:
            got = frames.wait(after=seen, timeout=TICK_SECONDS)
        except Closed:
            log.info("the recording is over")
            return
        if got is not None:
            seen, frame = got
            if switch.on:
                reading = pipeline.step(frame, frame.t)
                capture.want(reading.next_in)
                reporter.reading(reading, frame)
                resting.learned(frame.t)
                heart.looked(reading)
        heart.beat(time.monotonic())


def thresholds(config: Config) -> dict[str, float]:
    """What decides a change, for those who wonder why the mood is what it is."""
    mood = config.mood
    return {
        "enter_level": mood.enter_level,
        "leave_level": mood.leave_level,
        "lead": mood.lead,
        "dwell_seconds": mood.dwell_seconds,
        "absent_seconds": mood.absent_seconds,
    }


class Closing:
    """Registers what has to be closed; one that fails is logged and does not keep the others open."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, close: Callable[[], None]) -> None:
        self._stack.callback(self._quietly, close)

    @staticmethod
    def _quietly(close: Callable[[], None]) -> None:
        try:
            close()
        except Exception:  # the daemon is ending: what is still open must be closed too
            log.exception("closing failed; please report this")
