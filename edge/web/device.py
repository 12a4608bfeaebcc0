"""/health: how the device is doing, for people; and what it goes by, in their words."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from edge import __version__
from edge.config import Config
from edge.config.kinds import HOURS, PASSWORD, PLAYLISTS
from edge.config.options import Option, walk
from edge.records import Counts, Health
from edge.web import ribbon
from edge.web.site import Site

#: When to worry, beside what config.yaml says: a healthy daemon holds some 110 MiB, systemd brakes it at 280.
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
    """What a frame takes, by stage, on average since the start."""
    return {stage: seconds * 1000 / max(1, counts.frames) for stage, seconds in counts.stage_seconds.items()}


def worries(config: Config, health: Health, counts: Counts, disk_free: int | None) -> frozenset[str]:
    """The names of the numbers that somebody should look at."""
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
    """Every option, in the order of the file; of a secret only whether it is set."""
    for (key, option, value), (_, _, default) in zip(walk(config), walk(Config()), strict=True):
        section, _, name = key.rpartition(".")
        yield OptionRow(section, name, _text(option, value), _text(option, default), option.line, option.live)


def _text(option: Option, value: Any) -> str:
    """As the file has it, more or less: for people."""
    if option.kind is PASSWORD:
        return "set" if value else "not set"
    if option.kind is PLAYLISTS:
        return ", ".join(playlist.name for playlist in value) or "none"
    if option.kind is HOURS:
        value = tuple(f"{a // 60:02}:{a % 60:02}–{b // 60:02}:{b % 60:02}" for a, b in value)
    if isinstance(value, tuple):
        return ", ".join(str(list(each)) if isinstance(each, tuple) else str(each) for each in value) or "none"
    if value is None or isinstance(value, bool):
        return {None: "not set", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return f"{value:g}"
    return re.sub(r"//[^/\s]*@", "//…@", str(value))
