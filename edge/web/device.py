"""/health: how the device is doing, for people; and the options as the page shows them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from edge import __version__
from edge.config import Config
from edge.config.kinds import HOURS, PLAYLISTS, hide_user
from edge.config.options import Option, walk
from edge.config.overlay import plain
from edge.status import Counts, Health
from edge.web import ribbon
from edge.web.site import Site

#: Limits besides those of config.yaml. A healthy daemon has some 110 MiB; systemd slows it down at 280.
MUCH_MIB, LITTLE_DISK_BYTES, MANY_WAITING, MANY_CHANGES = 220, 200 * 2**20, 50, 30


def blueprint(site: Site) -> Blueprint:
    device = Blueprint("device", __name__)

    @device.get("/health")
    def health() -> str:
        """Each number with what it means and when to worry."""
        present, counts, config = site.status.peek(), site.counts(), site.settings()
        measured = present.health if present else None
        free = site.disk_free()
        return render_template(
            "health.html",
            name=config.device.name,
            config=config,
            health=measured,
            model=present.model if present else None,
            card=site.card,
            frames=counts.frames,
            stages=stages_ms(counts),
            free=free,
            viewers=site.viewers,
            up=ribbon.duration(measured.uptime_seconds) if measured else "",
            worries=worries(config, measured, counts, free) if measured else frozenset(),
            healthy=site.healthy(),
            warnings=site.warnings(),
            little_mib=LITTLE_DISK_BYTES // 2**20,
            much_mib=MUCH_MIB,
            many_waiting=MANY_WAITING,
            many_changes=MANY_CHANGES,
            version=__version__,
            now=time.time(),
        )

    return device


def stages_ms(counts: Counts) -> dict[str, float]:
    """The mean time of a frame since the start, by stage, in milliseconds."""
    return {stage: seconds * 1000 / max(1, counts.frames) for stage, seconds in counts.stage_seconds.items()}


def worries(config: Config, health: Health, counts: Counts, disk_free: int | None) -> frozenset[str]:
    """The names of the numbers that are out of their limits."""
    pace, hot = config.pace, health.temperature_celsius
    found = {
        "camera": health.camera not in ("ok", "paused", "opening"),
        "fps": health.camera == "ok" and health.fps < pace.idle_fps / 2,
        "frame": sum(stages_ms(counts).values()) > 1000 / pace.max_fps,
        "cpu": health.cpu_percent > 1.5 * pace.cpu_percent,
        "memory": health.rss_mib > MUCH_MIB,
        "temperature": hot is not None and hot >= pace.hot_celsius,
        "throttled": bool(health.throttled),
        "disk": disk_free is not None and disk_free < LITTLE_DISK_BYTES,
        "broker": health.mqtt is not None and not health.mqtt.startswith("connected"),
        "queue": health.queue > MANY_WAITING,
        "history": health.history == "waiting",
        "player": health.player not in (None, "connected"),
        "changes": health.changes_per_hour > MANY_CHANGES,
    }
    return frozenset(name for name, worrying in found.items() if worrying)


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option as the page shows it."""

    section: str
    name: str
    value: str
    default: str
    line: str
    live: bool

    @property
    def key(self) -> str:
        return f"{self.section}.{self.name}".lstrip(".")


def option_rows(config: Config) -> Iterator[OptionRow]:
    """Every option in the order of the file; of a password only whether it is set."""
    for (key, option, value), (_, _, default) in zip(walk(config), walk(Config()), strict=True):
        section, _, name = key.rpartition(".")
        yield OptionRow(section, name, _text(option, value), _text(option, default), option.line, option.live)


def _text(option: Option, value: Any) -> str:
    """For people: much as the file has it."""
    if option.kind is PLAYLISTS:
        return ", ".join(playlist.name for playlist in value) or "none"
    shown = plain(option, value)
    if isinstance(shown, list):
        text = ", ".join(map(str, shown)) or "none"
        return text.replace("-", "–") if option.kind is HOURS else text
    if shown is None or isinstance(shown, bool):
        return {None: "not set", True: "true", False: "false"}[shown]
    return f"{shown:g}" if isinstance(shown, float) else hide_user(str(shown))
