"""The daemon: puts the rooms together and runs the main loop."""

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
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import cv2

from edge.camera.capture import Capture
from edge.camera.opening import check_source, open_source
from edge.config import Config
from edge.daemon.continuity import Continuity, start_mood
from edge.daemon.corrections import CorrectionKeeper
from edge.daemon.heart import Heart
from edge.daemon.hours import QuietHours, quiet_until
from edge.daemon.loop import loop, tend
from edge.daemon.memory import set_up_memory
from edge.daemon.reporter import Reporter, WallClock
from edge.daemon.resting import RestingFace
from edge.daemon.settings import Settings, times_of
from edge.daemon.state import SETTINGS, STATE, FormerTopics, State
from edge.daemon.switch import Switch
from edge.daemon.warnings import LastWarnings, passwords
from edge.errors import EdgeError
from edge.mailbox import Latest
from edge.outputs.history import History
from edge.outputs.history_file import adopt_shared_history, history_path
from edge.outputs.machine import Machine
from edge.outputs.mqtt import Mqtt
from edge.outputs.numbers import values_in_force
from edge.outputs.rivals import instance_of
from edge.outputs.systemd import Notifier
from edge.past import HistoryEntry
from edge.pipeline import Pipeline, build_pipeline
from edge.records import Frame, MusicWish
from edge.status import Status
from edge.vision.model import load_model
from edge.web.address import bind, picture_address, reachable

if TYPE_CHECKING:
    from edge.outputs.mpd import Mpd
    from edge.web.server import Server

log = logging.getLogger(__name__)


class _Closable(Protocol):
    def close(self) -> None: ...


T = TypeVar("T", bound=_Closable)
#: The pause of the MQTT command `pause_hour`, in seconds.
HOUR = 3600.0


def run(config: Config, source: str | None, environ: Mapping[str, str] = os.environ) -> None:
    """Runs until a signal says stop, or a recording ends. Raises EdgeError when it cannot start or go on.

    A camera that is away does not end it: see `camera.capture`.
    """
    stop, hangup = handle_signals()
    wishes: SimpleQueue[MusicWish] = SimpleQueue()
    set_up_memory()
    cv2.setNumThreads(config.pace.threads)
    check_source(config.camera, source)
    with ExitStack() as stack:
        closing = Closing(stack)
        warnings = collect_warnings(config, closing)
        # First, so that a daemon whose port is taken ends before MQTT says `online`.
        listening = bind(config.web.host, config.web.port) if config.web.enabled else None
        if listening:
            closing(listening.close)
        usual = history_path(environ, config.device.id)
        former = FormerTopics(usual.parent, config)
        state = State(usual.parent / f"{config.device.id}{STATE}")
        settings = Settings(config, environ, usual.parent / f"{config.device.id}{SETTINGS}")
        config = settings.config
        model = load_model(config.model.path, config.model.threads)
        timed = times_of(source or config.camera.source)
        pipeline = build_pipeline(timed(config), model, Random())
        frames: Latest[Frame] = Latest()
        status: Latest[Status] = Latest()
        capture = closing.enter(
            Capture(lambda: open_source(config.camera, source), frames, config.camera.timeout_seconds)
        )
        switch = Switch(capture, state, locked_off=config.camera.locked_off)
        resting = RestingFace(pipeline.expressions, state, lambda: switch.on)
        closing(resting.keep)
        history, past, last = open_history(config, usual, state, closing)
        frame = partial(visible_frame, frames, switch)
        corrected = CorrectionKeeper(state.path, config.web.keep_faces, frame, status)
        mqtt = start_mqtt(config, timed, former, switch, resting, wishes.put, settings, corrected, closing)
        notifier = closing.enter(Notifier(environ.get("NOTIFY_SOCKET")))
        found = start_mood(switch.on, last)
        reporter = closing.enter(Reporter(status, model.name, WallClock(), mqtt, past, found))
        quiet = follow_settings(settings, pipeline, switch, mqtt, timed)
        player = start_player(config, status, lambda: settings.config, closing)
        heart = Heart(config, pipeline, capture, Machine(), reporter, notifier, mqtt, history, switch, player)

        capture.start()
        page: Server | None = None
        if listening:
            # Imported late, because Flask takes longest: the camera opens meanwhile.
            from edge.daemon.website import free_bytes, session_key, start_server
            from edge.photos import PhotoDesk
            from edge.web.site import Site

            key_file = state.path.with_suffix(".key")
            site = Site(
                config,
                status,
                history=past,
                analyse=closing.enter(PhotoDesk(config.model.path)),
                camera=switch,
                frame=frame,
                calibration=resting,
                corrections=corrected.kept,
                faces=corrected.faces,
                wish=wishes.put,
                healthy=heart.healthy,
                counts=heart.counts,
                settings=lambda: settings.config,
                live=settings,
                warnings=lambda: warnings.lines,
                disk_free=lambda: free_bytes(config.history.path or key_file),
                card=model.figures,
                rng=Random(),
                key=session_key(key_file),
                demo=(source or config.camera.source) == "demo",
            )
            page = closing.enter(start_server(site, listening))
        closing(status.close)
        notifier.ready()
        each_turn = partial(
            tend, mqtt, player, page, hangup, settings.reload, wishes, pipeline, settings.apply, quiet.apply
        )
        loop(stop, frames, pipeline, capture, switch, resting, reporter, heart, each_turn, shows_pictures(config))
        notifier.stopping()


def collect_warnings(config: Config, closing: "Closing") -> LastWarnings:
    """Collects the warnings of this run, for the page."""
    warnings = LastWarnings(passwords(config))
    logging.getLogger().addHandler(warnings)
    closing(lambda: logging.getLogger().removeHandler(warnings))
    return warnings


def open_history(
    config: Config, usual: Path, state: State, closing: "Closing"
) -> tuple[History | None, Continuity | None, HistoryEntry | None]:
    """The history, its continuity across gaps, and its last entry; all None where no history is kept."""
    if not config.history.enabled:
        return None, None, None
    adopt_shared_history(usual, config.device.id)
    history = closing.enter(History(config.history.path or usual, config.history.days))
    past = Continuity(state, history, config.history.days)
    last = past.begin()
    closing(past.end)
    return history, past, last


def start_mqtt(
    config: Config,
    timed: Callable[[Config], Config],
    former: FormerTopics,
    switch: Switch,
    resting: RestingFace,
    wish: Callable[[MusicWish], None],
    settings: Settings,
    corrected: CorrectionKeeper,
    closing: "Closing",
) -> Mqtt | None:
    """Starts MQTT; None where it is switched off."""
    if not (config.mqtt.enabled and config.mqtt.pause_topic):
        switch.hold(False)  # the last run's topic may have held it
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

    mqtt = Mqtt(config.mqtt, config.device, thresholds(timed(config)), switch.ask, instance=instance_of(former.folder),
                on_pause=switch.hold, on_settings=change, on_correction=corrected.correct, commands=commands,
                settings=values_in_force(config), page=lambda: reachable(config.web),
                picture=lambda: picture_address(config.web), traces=former.traces,
                on_removed=former.mark_removed)  # fmt: skip
    mqtt.start()
    closing(mqtt.close)
    return mqtt


def follow_settings(
    settings: Settings, pipeline: Pipeline, switch: Switch, mqtt: Mqtt | None, timed: Callable[[Config], Config]
) -> QuietHours:
    """Registers all that apply changed settings without a restart. Returns the quiet hours, which are one of them."""
    quiet = QuietHours(settings.config, switch)
    settings.follow(lambda changed: pipeline.configure(timed(changed)))
    settings.follow(quiet.configure)
    if mqtt:
        settings.follow(lambda changed: mqtt.configure(thresholds(timed(changed)), values_in_force(changed)))
    return quiet


def visible_frame(frames: Latest[Frame], switch: Switch) -> Frame | None:
    """The newest frame, for the page; None while the camera is off, even if a picture is still in memory."""
    return frames.peek() if switch.on else None


def start_player(
    config: Config, status: Latest[Status], settings: Callable[[], Config], closing: "Closing"
) -> "Mpd | None":
    """Starts the MPD player. Where it is switched off: None, and its client is not imported."""
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


def handle_signals() -> tuple[threading.Event, threading.Event]:
    """Two events: SIGINT and SIGTERM set the first, SIGHUP the second. In a terminal SIGHUP sets the first, because a
    terminal that closes sends it; under `nohup`, which ignores SIGHUP, it stays ignored."""
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
    """The thresholds that decide a change of mood, published as attributes."""
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
    """Registers functions that close something. One that fails is logged, and the others are still called."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def enter(self, thing: T) -> T:
        """Registers `thing.close`; returns `thing`."""
        self(thing.close)
        return thing

    def __call__(self, close: Callable[[], None]) -> None:
        self._stack.callback(self._quietly, close)

    @staticmethod
    def _quietly(close: Callable[[], None]) -> None:
        try:
            close()
        except Exception:  # the rest must be closed too
            log.exception("closing failed; please report this")
