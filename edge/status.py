"""The records of the present moment, which page, API and MQTT show. All are frozen.

Times are wall-clock seconds (since 1970), because people and other machines read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.records import Face, Music, Playlist, Reason, Scores

#: The states of a camera. A `failed` one is opened again without end; `frozen` gives the same picture again and again,
#: `dark` a black one.
CAMERA_WORDS: tuple[str, ...] = ("ok", "opening", "paused", "recovering", "failed", "frozen", "dark")


@dataclass(frozen=True, slots=True)
class CameraState:
    """The camera's state: one of CAMERA_WORDS, and a line that says what is wrong and what to do, or empty."""

    word: str = "ok"
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """How the device is doing; None where this machine cannot measure it. `camera` is CameraState's word; `problem`
    joins those of the camera, of a switch that could not be written, and of a second device with our device.id; `mqtt`
    is connecting, connected with MQTT 5 (or 3.1.1), closed or a kind of failure; `history` is ok, or waiting for the
    disk; `player` is for MPD what `mqtt` is for the broker; these are None where switched off. `inference_ms` is the
    time to read one face, with crop and quality; `changes_per_hour` does not count switching the camera."""

    fps: float
    inference_ms: float | None
    cpu_percent: float
    rss_mib: float
    temperature_celsius: float | None
    throttled: bool | None
    camera: str
    queue: int
    changes_per_hour: float
    uptime_seconds: float
    mqtt: str | None = None
    history: str | None = None
    player: str | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RoomNow:
    """One room of a home, as its messages say. `mood` is one of LABELS or `absent`: other rooms do not count.
    `presence` is None where it is unknown."""

    mood: str
    strength: float
    shares: Scores
    presence: bool | None
    face_count: int


@dataclass(frozen=True, slots=True)
class HomeNow:
    """Several rooms as one. `mood` is one of LABELS, `absent` or `unknown`; `shares` are the mean of the occupied
    rooms; `face_count` is the sum, None where no room counts; `counted` are the ids of the rooms that count."""

    mood: str
    strength: float
    shares: Scores
    presence: bool | None
    face_count: int | None
    counted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Since the start of the daemon: analysed frames, the CPU seconds of each stage, and the changes to each mood."""

    frames: int = 0
    stage_seconds: Mapping[str, float] = field(default_factory=dict)
    mood_changes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """What the page, the API and MQTT show now. `since`, `expression_since`, `at` and `camera_until` are wall-clock
    seconds. `camera_until`: when a camera that is off switches itself on, or None; `camera_why`: `topic` where
    `mqtt.pause_topic` keeps it off. `faces` are the confirmed ones, none while nobody is present. `presence`: whether
    somebody is in view; None where unknown. `why` explains the mood in a few lines."""

    mood: str
    strength: float
    shares: Scores
    since: float
    expression: str
    confidence: float
    scores: Scores
    expression_since: float
    presence: bool | None
    faces: tuple[Face, ...]
    at: float
    playlist: Playlist | None
    why: tuple[Reason, ...]
    camera_on: bool
    frame_size: tuple[int, int]
    model: str
    health: Health | None = None
    camera: CameraState = CameraState()
    camera_until: float | None = None
    camera_why: str = ""
    music: Music = field(default_factory=Music)
