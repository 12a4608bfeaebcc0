"""config.yaml as frozen sections, one a part of the daemon; the unit is in the name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.config.playlists import DEFAULT_PLAYLISTS
from edge.records import Playlist


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    id: str = "moodcast"  # in topics and entity ids: a-z 0-9 _ -
    name: str = "Moodcast"


@dataclass(frozen=True, slots=True)
class CameraConfig:
    # auto | picamera | /dev/videoN | video file | folder | rtsp/http URL; a URL may hold a password
    source: str = field(default="auto", repr=False)
    width: int = 640
    height: int = 480
    rotate: int = 0  # 0 | 90 | 180 | 270 degrees clockwise
    loop: bool = False  # recorded sources start again at their end
    timeout_seconds: float = 5.0  # a capture that takes longer counts as a dead camera
    password: str | None = field(default=None, repr=False)  # where `source` has a user only; see `load`
    password_file: Path | None = None
    locked_off: bool = False  # stays closed, whatever the page or MQTT ask for


@dataclass(frozen=True, slots=True)
class FacesConfig:
    scan_width: int = 320  # px; a full scan looks at the frame reduced to this width
    min_size_share: float = 0.12  # of the frame's height: smaller faces are not looked for
    max_faces: int = 6
    confirm_looks: int = 3  # a face counts once the detector has seen it this often
    keep_seconds: float = 2.0  # a face the detector misses stays this long
    rescan_seconds: float = 2.0  # a full scan at least this often while a face is in view
    ignore: tuple[tuple[float, float, float, float], ...] = ()  # areas left out: left, top, width, height in shares


@dataclass(frozen=True, slots=True)
class ModelConfig:
    path: Path | None = None  # .tflite with its .json beside it; None: the one that is shipped
    threads: int = 1


@dataclass(frozen=True, slots=True)
class MoodConfig:
    # The expression: what the faces in view show now.
    smoothing_seconds: float = 0.6  # time constant of the evidence
    enter_level: float = 0.5  # smoothed share an expression needs to be told
    leave_level: float = 0.35  # below this the present one is left for the leader
    lead: float = 0.1  # by how much the next must lead the present one (hysteresis)
    dwell_seconds: float = 0.9  # how long it must keep that lead
    gone_seconds: float = 2.0  # nobody in view for this long: nobody is present
    min_quality: float = 0.15  # looks worth less than this count nothing
    baseline: bool = True  # learn the resting face slowly
    baseline_hours: float = 8.0  # time constant of that learning
    # The mood: what the room has been like.
    memory_seconds: float = 100.0  # time constant with which what was shown is forgotten
    enter_share: float = 0.2  # share of the last minutes an expression needs to be the mood
    leave_share: float = 0.06  # below this the mood is over
    first_seconds: float = 10.0  # of one expression, for the first mood of somebody who has just come
    absent_seconds: float = 60.0  # nobody present for this long is `absent`


@dataclass(frozen=True, slots=True)
class PaceConfig:
    max_fps: float = 10.0
    idle_fps: float = 2.0
    cpu_percent: float = 30.0  # of one core; the pace slows down to stay below
    hot_celsius: float = 75.0
    threads: int = 1  # OpenCV's


@dataclass(frozen=True, slots=True)
class TlsConfig:
    enabled: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class MqttConfig:
    enabled: bool = True
    host: str = "localhost"
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)  # may come from elsewhere: see `load`
    password_file: Path | None = None
    base_topic: str = "moodcast"  # <base> is base_topic/device.id
    discovery: str = "device"  # device | component | both | off
    discovery_prefix: str = "homeassistant"
    keepalive_seconds: int = 30
    health_seconds: float = 60.0
    tls: TlsConfig = TlsConfig()


@dataclass(frozen=True, slots=True)
class WebConfig:
    enabled: bool = True
    host: str = "0.0.0.0"
    port: int = 8080
    snapshot: bool = False  # /snapshot.jpg
    stream: bool = False  # /stream.mjpg
    photo: bool = True  # POST /api/photo
    photo_max_mib: float = 8.0
    max_viewers: int = 8  # pages that follow live at the same time
    hosts: tuple[str, ...] = ()  # further names the page may be called by (behind a proxy, say)
    control: bool = True  # false: the page only shows
    open: str = "mood"  # what may be seen without the password: nothing | mood | everything
    password: str | None = field(default=None, repr=False)  # or its hash; may come from elsewhere: see `load`
    password_file: Path | None = None


@dataclass(frozen=True, slots=True)
class HistoryConfig:
    enabled: bool = True
    path: Path | None = None  # None: see `history_path` in outputs
    days: float = 30.0


@dataclass(frozen=True, slots=True)
class Config:
    device: DeviceConfig = DeviceConfig()
    camera: CameraConfig = CameraConfig()
    faces: FacesConfig = FacesConfig()
    model: ModelConfig = ModelConfig()
    mood: MoodConfig = MoodConfig()
    pace: PaceConfig = PaceConfig()
    mqtt: MqttConfig = MqttConfig()
    web: WebConfig = WebConfig()
    history: HistoryConfig = HistoryConfig()
    playlists: Mapping[str, tuple[Playlist, ...]] = field(default_factory=lambda: DEFAULT_PLAYLISTS)
    hold_minutes: float = 10.0  # playlists.hold_minutes: how long a playlist is held against the next mood's
    log_level: str = "info"
    file: Path | None = field(default=None, compare=False)  # where this was read; None: the defaults
