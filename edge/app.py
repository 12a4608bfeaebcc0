"""The daemon: puts the rooms together, and the main loop that everything else hangs on."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import TYPE_CHECKING, Any

import cv2

from edge.camera.capture import Capture
from edge.camera.opening import check_source, open_source
from edge.config import Config
from edge.daemon.continuity import Continuity, before
from edge.daemon.corrected import Corrected
from edge.daemon.heart import Heart
from edge.daemon.hours import QuietHours, quiet_until
from edge.daemon.loop import look_after, loop
from edge.daemon.memory import set_up_memory
from edge.daemon.reporter import Reporter, WallClock
from edge.daemon.resting import RestingFace
from edge.daemon.settings import Settings, times_of
from edge.daemon.state import SETTINGS, STATE, Former, State
from edge.daemon.switch import Switch
from edge.daemon.warnings import LastWarnings, passwords
from edge.errors import EdgeError
from edge.mailbox import Latest
from edge.outputs.history import History
from edge.outputs.history_file import history_path, take_over
from edge.outputs.machine import Machine
from edge.outputs.mqtt import Mqtt
from edge.outputs.numbers import told
from edge.outputs.rivals import instance_of
from edge.outputs.systemd import Notifier
from edge.past import HistoryEntry
from edge.pipeline import Pipeline, build_pipeline
from edge.records import Frame, MusicWish, Status
from edge.vision.model import load_model
from edge.web.address import bind, reachable

if TYPE_CHECKING:
    from edge.daemon.website import Website
    from edge.outputs.mpd import Mpd

log = logging.getLogger(__name__)

#: The pause that MQTT may ask for.
HOUR = 3600.0


def run(config: Config, source: str | None, environ: Mapping[str, str] = os.environ) -> None:
    """Runs until a signal says stop, or a recording ends. Raises EdgeError when it cannot start or go on.

    A camera that is away is no reason to end: see `camera.capture`.
    """
    stop, hangup = signals()
    wishes: SimpleQueue[MusicWish] = SimpleQueue()
    set_up_memory()
    cv2.setNumThreads(config.pace.threads)
    check_source(config.camera, source)
    with ExitStack() as stack:
        closing = Closing(stack)
        warnings = last_warnings(config, closing)
        # First: a daemon that cannot have its port ends here, before MQTT says `online`.
        listening = bind(config.web.host, config.web.port) if config.web.enabled else None
        if listening:
            closing(listening.close)
        usual = history_path(environ, config.device.id)
        former = Former(usual.parent, config)
        state = State(usual.parent / f"{config.device.id}{STATE}")
        settings = Settings(config, environ, usual.parent / f"{config.device.id}{SETTINGS}")
        config = settings.config
        model = load_model(config.model.path, config.model.threads)
        timed = times_of(source or config.camera.source)
        pipeline = build_pipeline(timed(config), model, Random())
        frames: Latest[Frame] = Latest()
        status: Latest[Status] = Latest()
        capture = Capture(lambda: open_source(config.camera, source), frames, config.camera.timeout_seconds)
        switch = Switch(capture, state, locked_off=config.camera.locked_off)
        closing(capture.close)
        resting = RestingFace(pipeline.expressions, state, lambda: switch.on)
        closing(resting.keep)
        history, past, last = remembered(config, usual, state, closing)
        frame = partial(seen, frames, switch)
        corrected = Corrected(state.path, config.web.keep_faces, frame, status)
        mqtt = messenger(config, timed, usual.parent, former, switch, resting, wishes.put, settings, corrected, closing)
        notifier = Notifier(environ.get("NOTIFY_SOCKET"))
        closing(notifier.close)
        found = before(switch.on, last)
        reporter = Reporter(status, model.name, WallClock(), mqtt, past, found)
        closing(reporter.close)
        quiet = follow(settings, pipeline, switch, mqtt, timed)
        player = music_player(config, status, lambda: settings.config, closing)
        heart = Heart(config, pipeline, capture, Machine(), reporter, notifier, mqtt, history, switch, player)

        capture.start()
        page: Website | None = None
        if listening:
            from edge.daemon.website import start_website

            # Here, for Flask takes longest to import: the camera is opened meanwhile.
            page = start_website(
                config,
                listening,
                status,
                past,
                frame,
                switch,
                resting,
                heart,
                state.path.with_suffix(".key"),
                corrected,
                settings,
                warnings,
                model.figures,
                wishes.put,
                demo=(source or config.camera.source) == "demo",
            )
            closing(page.close)
        closing(status.close)
        notifier.ready()
        look_around = partial(
            look_after, mqtt, player, page, hangup, settings.reload, wishes, pipeline, settings.obey, quiet.obey
        )
        loop(stop, frames, pipeline, capture, switch, resting, reporter, heart, look_around, shows_pictures(config))
        notifier.stopping()


def last_warnings(config: Config, closing: "Closing") -> LastWarnings:
    """Those of this run, for the page."""
    warnings = LastWarnings(passwords(config))
    logging.getLogger().addHandler(warnings)
    closing(lambda: logging.getLogger().removeHandler(warnings))
    return warnings


def remembered(
    config: Config, usual: Path, state: State, closing: "Closing"
) -> tuple[History | None, Continuity | None, HistoryEntry | None]:
    """The history, the same across gaps, and what it ends with; nothing where none is kept."""
    if not config.history.enabled:
        return None, None, None
    take_over(usual, config.device.id)
    history = History(config.history.path or usual, config.history.days)
    closing(history.close)
    past = Continuity(state, history, config.history.days)
    last = past.begin()
    closing(past.end)
    return history, past, last


def messenger(
    config: Config,
    timed: Callable[[Config], Config],
    folder: Path,
    former: Former,
    switch: Switch,
    resting: RestingFace,
    wish: Callable[[MusicWish], None],
    settings: Settings,
    corrected: Corrected,
    closing: "Closing",
) -> Mqtt | None:
    """MQTT, begun; None where it is switched off."""
    if not (config.mqtt.enabled and config.mqtt.pause_topic):
        switch.hold(False)  # the topic that held it may be one of the last run's configuration
    if not config.mqtt.enabled:
        return None
    commands: dict[str, Callable[[], None]] = {
        "another_playlist": partial(wish, MusicWish("another")),
        "resting_face": resting.start,
        "pause_hour": partial(switch.pause, HOUR),
    }

    def change(values: Mapping[str, Any]) -> None:
        if not settings.change(values):
            raise EdgeError("it cannot be written down, the line before says why")

    mqtt = Mqtt(config.mqtt, config.device, thresholds(timed(config)), switch.ask, instance=instance_of(folder),
                on_pause=switch.hold, on_settings=change, on_correction=corrected.correct, commands=commands,
                settings=told(config), page=lambda: reachable(config.web), traces=former.traces,
                on_removed=former.removed)  # fmt: skip
    mqtt.start()
    closing(mqtt.close)
    return mqtt


def follow(
    settings: Settings, pipeline: Pipeline, switch: Switch, mqtt: Mqtt | None, timed: Callable[[Config], Config]
) -> QuietHours:
    """Has those who can go by other settings at once; one of them are the quiet hours."""
    quiet = QuietHours(settings.config, switch)
    settings.follow(lambda changed: pipeline.configure(timed(changed)))
    settings.follow(quiet.configure)
    if mqtt:
        settings.follow(lambda changed: mqtt.configure(thresholds(timed(changed)), told(changed)))
    return quiet


def seen(frames: Latest[Frame], switch: Switch) -> Frame | None:
    """The newest frame, for the page; while the camera is off, its last picture is not shown."""
    return frames.peek() if switch.on else None


def music_player(
    config: Config, status: Latest[Status], settings: Callable[[], Config], closing: "Closing"
) -> "Mpd | None":
    """The one that an MPD plays for, begun; None where it is switched off: then nothing of it is imported."""
    if not config.player.enabled:
        return None
    from edge.outputs.mpd import Mpd

    player = Mpd(
        lambda: settings().player,
        status.peek,
        quiet=lambda: quiet_until(settings().camera.quiet_hours, time.time()) is not None,
    )
    player.start()
    closing(player.close)
    return player


def shows_pictures(config: Config) -> bool:
    return config.web.enabled and (config.web.snapshot or config.web.stream or config.web.keep_faces)


def signals() -> tuple[threading.Event, threading.Event]:
    """The first is set by SIGINT and SIGTERM, the second by SIGHUP. A terminal that closes sends SIGHUP too: a daemon
    started in one ends then, but for `nohup`."""
    stop, hangup = threading.Event(), threading.Event()
    in_terminal = sys.stdin is not None and sys.stdin.isatty()
    events = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: stop if in_terminal else hangup}
    for number, event in events.items():
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, partial(_set, event))
    return stop, hangup


def _set(event: threading.Event, _number: int, _frame: object) -> None:
    event.set()


def thresholds(config: Config) -> dict[str, float]:
    """What decides a change, for those who wonder why the mood is what it is."""
    mood = config.mood
    return {
        "enter_level": mood.enter_level,
        "leave_level": mood.leave_level,
        "lead": mood.lead,
        "dwell_seconds": mood.dwell_seconds,
        "memory_seconds": mood.memory_seconds,
        "enter_share": mood.enter_share,
        "leave_share": mood.leave_share,
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
