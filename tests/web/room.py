"""What the web room is given in its tests: hand-written fakes that remember what they were asked."""

import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
from flask import Flask
from flask.testing import FlaskClient

from edge.config import Config, DeviceConfig, HistoryConfig, PlaylistsConfig, WebConfig
from edge.config.options import walk
from edge.config.overlay import lay_over, merge
from edge.errors import EdgeError
from edge.mailbox import Latest
from edge.past import Correction, Gap, HistoryEntry, Quarter
from edge.records import LABELS, NONE, Box, Clause, Expression, Face, Frame, MusicWish, Playlist, Scores
from edge.status import Counts, Health, Status
from edge.web.app import create_app
from edge.web.site import Site

HAPPY_HITS = Playlist("Happy Hits!", "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC")
SAD_SONGS = Playlist("Sad Songs", "spotify:playlist:37i9dQZF1DX7qK8ma5wgG1")
HEALTH = Health(
    fps=7.9,
    inference_ms=0.8,
    cpu_percent=11.5,
    rss_mib=80.0,
    temperature_celsius=None,
    throttled=False,
    camera="ok",
    queue=2,
    changes_per_hour=4.5,
    uptime_seconds=3600.0,
    mqtt="connected with MQTT 5",
    history="ok",
)
COUNTS = Counts(1000, {"motion": 0.2, "detect": 1.5, "classify": 0.3}, {"sad": 2, "happy": 1})
IN_VIEW = Box(200, 120, 180, 180)
NOON = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC


def scores(label: str, confidence: float = 0.7) -> Scores:
    rest = (1 - confidence) / (len(LABELS) - 1)
    return tuple(confidence if name == label else rest for name in LABELS)


def face(label: str = "happy", box: Box = IN_VIEW) -> Face:
    return Face(1, box, 0.8, Expression(scores(label)))


def entry(at: float, mood: str, previous: str) -> HistoryEntry:
    return HistoryEntry(at, mood, previous, 0.7, 1, None)


def status(mood: str = "happy", **changes: Any) -> Status:
    someone = mood in LABELS
    fields: dict[str, Any] = {
        "mood": mood,
        "strength": 0.6 if someone else 0.0,
        "shares": scores(mood, 0.4) if someone else (0.0,) * len(LABELS),
        "expression": mood if someone else NONE,
        "confidence": 0.7 if someone else 0.0,
        "scores": scores(mood) if someone else (0.0,) * len(LABELS),
        "faces": (face(mood),) if someone else (),
        "since": NOON,
        "expression_since": NOON + 30,
        "presence": someone if mood != "paused" else None,
        "why": ((Clause("mood", {"mood": mood}),),),
        "at": NOON + 60,
        "playlist": {"happy": HAPPY_HITS, "sad": SAD_SONGS}.get(mood),
        "camera_on": mood != "paused",
        "frame_size": (640, 480),
        "model": "expression",
        "health": HEALTH,
    }
    return Status(**(fields | changes))


class RememberedHistory:
    """Keeps entries as the real one does: `since` gives the newest `limit`, oldest first."""

    def __init__(self) -> None:
        self.entries: list[HistoryEntry] = []
        self.off: list[Gap] = []
        self.hours: list[Quarter] = []
        self.forgotten: list[tuple[float, float]] = []
        self.broken = False

    def since(self, epoch: float, limit: int) -> Sequence[HistoryEntry]:
        first = sum(entry.at < epoch for entry in self.entries)
        return self.entries[max(0, first - 1) :][-limit:]

    def walk(self, since: float, until: float | None = None) -> Iterator[HistoryEntry]:
        return (entry for entry in self.entries if since <= entry.at < (until or math.inf))

    def quarters(self, since: float) -> Sequence[Quarter]:
        return [quarter for quarter in self.hours if quarter.at >= since]

    def forget(self, start: float, end: float) -> bool:
        self.forgotten.append((start, end))
        self.entries = [entry for entry in self.entries if not start <= entry.at < end]
        return not self.broken

    def gaps(self) -> Sequence[Gap]:
        return self.off


class Switched:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[bool] = []
        self.seconds: list[float | None] = []
        self.on = True
        self.locked = ""

    def ask(self, on: bool, seconds: float | None = None) -> None:
        self.asked.append(on)
        self.seconds.append(seconds)

    def lock(self, locked: bool) -> None:
        if self.locked == "config":
            raise EdgeError("the camera is locked off by camera.locked_off in config.yaml")
        self.locked = "page" if locked else ""


class RememberedCorrections:
    def __init__(self) -> None:
        self.kept: list[Correction] = []
        self.broken = False

    def all(self) -> Sequence[Correction]:
        return tuple(self.kept)

    def table(self) -> str:
        return "at,said,right\n"

    def add(self, correction: Correction) -> bool:
        if not self.broken:
            self.kept.append(correction)
        return not self.broken

    def forget(self) -> bool:
        self.kept = self.kept if self.broken else []
        return not self.broken


class RememberedFaces:
    def __init__(self) -> None:
        self.wanted = False
        self.kept: dict[str, bytes] = {}
        self.broken = False

    def keep(self, right: str, at: float) -> None:
        if self.wanted:
            self.kept[f"{right}/{at:.0f}.png"] = b"a face"

    def names(self) -> Sequence[str]:
        return list(self.kept)

    def picture(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def forget(self, name: str | None = None) -> bool:
        if not self.broken:
            self.kept = {} if name is None else {one: face for one, face in self.kept.items() if one != name}
        return not self.broken


class ChangedHere:
    """Takes what the real settings take, and remembers it."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.owners = Config()
        self.broken = False

    def over(self, owners: Config) -> Config:
        self.owners = owners
        return lay_over(owners, self.values)

    def origins(self) -> Mapping[str, str]:
        return {key: "default" for key, _, _ in walk(Config())} | dict.fromkeys(self.values, "live")

    def change(self, values: Mapping[str, Any]) -> bool:
        changes = merge(self.values, values)
        lay_over(self.owners, changes)
        if not self.broken:
            self.values = changes
        return not self.broken


class SwitchedCalibration:
    def __init__(self) -> None:
        self.state = "none"
        self.problem: str | None = None

    def start(self) -> None:
        if self.problem:
            raise EdgeError(self.problem)
        self.state = "collecting: keep a calm face"

    def reset(self) -> None:
        self.state = "none"


@dataclass(frozen=True)
class ReadPhoto:
    faces: tuple[Face, ...]
    width: int = 512
    height: int = 512


@dataclass
class Room:
    """The application with everything around it faked; tests change what they need before `client`."""

    web: WebConfig = field(default_factory=WebConfig)
    language: str = "auto"
    name: str = "Moodcast"
    status: Latest[Status] = field(default_factory=Latest)
    history: RememberedHistory | None = field(default_factory=RememberedHistory)
    days: float = 30.0
    calibration: SwitchedCalibration = field(default_factory=SwitchedCalibration)
    corrections: RememberedCorrections = field(default_factory=RememberedCorrections)
    faces: RememberedFaces = field(default_factory=RememberedFaces)
    photos: list[bytes] = field(default_factory=list)
    found: ReadPhoto = ReadPhoto((face("sad", Box(0, 0, 40, 40)), face("happy", Box(100, 100, 200, 200))))
    camera: Switched = field(default_factory=Switched)
    wishes: list[MusicWish] = field(default_factory=list)
    picture: Frame | None = None
    healthy: bool = True
    demo: bool = False
    counts: Counts = COUNTS
    changed: Config | None = None
    live: ChangedHere = field(default_factory=ChangedHere)
    warnings: list[tuple[float, str]] = field(default_factory=list)
    disk_free: int | None = 5 * 2**30
    analysing: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))
    overlapped: bool = False

    def analyse(self, photo: bytes) -> ReadPhoto:
        """No picture in bytes that begin with `not`; notices when two threads are in here at the same time."""
        if not self.analysing.acquire(blocking=False):
            self.overlapped = True
            raise AssertionError("two photos at the same time")
        try:
            self.photos.append(photo)
            if photo.startswith(b"not"):
                raise EdgeError("photo: this is no picture that can be read; send a JPEG or PNG")
            if photo.startswith(b"slow"):
                time.sleep(0.2)
            if photo.startswith(b"bug"):
                raise ZeroDivisionError("something overlooked")
            return self.found
        finally:
            self.analysing.release()

    def app(self) -> Flask:
        config = Config(
            device=DeviceConfig(name=self.name, language=self.language),
            web=self.web,
            history=HistoryConfig(days=self.days),
            playlists=PlaylistsConfig(happy=(HAPPY_HITS,), fear=()),
        )
        site = Site(
            config,
            self.status,
            history=self.history,
            analyse=self.analyse,
            camera=self.camera,
            frame=lambda: self.picture,
            calibration=self.calibration,
            corrections=self.corrections,
            faces=self.faces,
            wish=self.wishes.append,
            healthy=lambda: self.healthy,
            counts=lambda: self.counts,
            settings=lambda: self.live.over(self.changed or config),
            live=self.live,
            warnings=lambda: self.warnings,
            disk_free=lambda: self.disk_free,
            card={"PublicTest crowd accuracy": 0.906},
            rng=Random(7),
            key=bytes(32),
            demo=self.demo,
        )
        return create_app(site)

    @property
    def switched(self) -> list[bool]:
        return self.camera.asked

    def client(self) -> FlaskClient:
        return self.app().test_client()


def frame(shade: int = 90) -> Frame:
    pixels = np.full((480, 640, 3), shade, np.uint8)
    return Frame(0.0, 640, 480, lambda: pixels[:, :, 0], lambda: pixels)
