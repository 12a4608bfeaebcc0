"""config.yaml as frozen sections: every option, declared here and nowhere else, in the order of that file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edge.config.kinds import (
    ADDRESS,
    ADDRESSES,
    AREA,
    AREAS,
    BROKER,
    FILE,
    HOST,
    HOSTS,
    HOURS,
    ID,
    IDS,
    NAME,
    ORIGINS,
    PASSWORD,
    PATH,
    PLAYER,
    PLAYLISTS,
    SOURCE,
    SWITCH,
    TITLE,
    TOPIC,
    USER,
    number,
    one_of,
    or_nothing,
    seconds,
    whole,
)
from edge.config.options import here, live, option
from edge.languages import LANGUAGES
from edge.records import MOODS, UNKNOWN, Playlist


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    id: str = option("moodcast", ID, "a-z 0-9 _ -; in the MQTT topics and the entity ids, so give each device its own")
    name: str = option("Moodcast", NAME, "what the page and Home Assistant call it")
    area: str | None = option(None, AREA, "the room that Home Assistant suggests for it; null: none")
    language: str = option(
        "auto",
        one_of("auto", *LANGUAGES),
        "of the page and of the names in Home Assistant; auto: what each visitor's browser asks for, and English there",
    )


@dataclass(frozen=True, slots=True)
class CameraConfig:
    source: str = option(
        "auto",
        SOURCE,
        "auto | picamera | picamera:1 | demo | /dev/videoN | a video | a folder of images | an rtsp/http URL",
    )
    width: int = option(640, whole(160, 4096, "pixels"), "what the camera is asked for")
    height: int = option(480, whole(120, 4096, "pixels"), "what the camera is asked for")
    rotate: int = option(
        0, one_of(0, 90, 180, 270, unit="degrees"), "clockwise, for a camera that does not stand upright"
    )
    loop: bool = option(False, SWITCH, "a video or folder starts again at its end")
    timeout_seconds: float = option(5.0, seconds(0.5, 45), "a picture that takes longer counts as a dead camera")
    password: str | None = option(
        None, PASSWORD, "of a network camera whose address has a user only (rtsp://user@host/…)"
    )
    password_file: Path | None = option(
        None,
        FILE,
        "better: a file that holds nothing but it, $MOODCAST_CAMERA_PASSWORD, the credential camera-password",
    )
    locked_off: bool = option(
        False, SWITCH, "true: the camera stays off, and neither the page nor MQTT can switch it on"
    )
    quiet_hours: tuple[tuple[int, int], ...] = here(
        (), HOURS, 'the camera pauses at these times, in this device\'s: ["22:30-06:00", "12:00-13:00"]'
    )


@dataclass(frozen=True, slots=True)
class FacesConfig:
    scan_width: int = option(
        320, whole(80, 1920, "pixels"), "the whole picture is searched at this width: smaller is cheaper"
    )
    min_size_share: float = option(0.12, number(0.02, 0.9), "of the picture's height: smaller faces are not looked for")
    max_faces: int = option(6, whole(1, 20), "more are not followed")
    confirm_looks: int = option(3, whole(1, 10), "a face counts once it was seen this often")
    keep_seconds: float = option(2.0, seconds(0, 10), "a face the detector misses for a moment stays this long")
    rescan_seconds: float = option(
        2.0, seconds(0.1, 60), "the whole picture is searched at least so often while a face is in view"
    )
    ignore: tuple[tuple[float, float, float, float], ...] = option(
        (), AREAS, "areas left out (a television, a poster): [[left, top, width, height], ...], 0 to 1 each"
    )


@dataclass(frozen=True, slots=True)
class ModelConfig:
    path: Path | None = option(
        None,
        FILE,
        "a .tflite file with its .json beside it; null: the one that comes with Moodcast",
        environment="MOODCAST_MODEL",
    )
    threads: int = option(1, whole(1, 16), "for the model")


@dataclass(frozen=True, slots=True)
class MoodConfig:
    smoothing_seconds: float = live(
        0.6,
        seconds(0.05, 60),
        "how slowly the evidence follows the faces",
        heading="The expression: what the faces in view show now, told within two seconds.",
    )
    enter_level: float = here(0.5, number(0, 1), "the share of the evidence an expression needs to be told")
    leave_level: float = here(
        0.35, number(0, 1), "below it the present expression gives way to the leader", at_most="enter_level"
    )
    lead: float = here(0.1, number(0, 1), "by how much the next expression must lead the present one")
    dwell_seconds: float = here(0.9, seconds(0, 60), "how long it must keep that lead")
    gone_seconds: float = live(2.0, seconds(0.5, 60), "with nobody in view for this long nobody is present")
    min_quality: float = live(0.15, number(0, 1), "a look at a face that is worth less counts nothing")
    baseline: bool = live(True, SWITCH, "learn slowly how the faces here look at rest, and correct for it")
    baseline_hours: float = live(8.0, number(0.1, 1000, "hours"), "how slowly")
    memory_seconds: float = here(
        100.0,
        seconds(1, 3600),
        "how slowly what was shown is forgotten",
        heading="The mood: what the room has been like over the last minutes. Music follows the mood.",
    )
    enter_share: float = here(
        0.2, number(0.01, 0.3), "the share of the last minutes an expression needs to become the mood"
    )
    leave_share: float = here(0.06, number(0, 0.3), "with less than this the mood is over", at_most="enter_share")
    first_seconds: float = here(
        10.0, seconds(0, 600), "shown so long, an expression becomes the first mood of somebody who came"
    )
    absent_seconds: float = here(
        60.0, seconds(0.5, 3600), "with nobody present for this long the mood is `absent`", former=(2.0,)
    )


@dataclass(frozen=True, slots=True)
class PaceConfig:
    max_fps: float = live(10.0, number(0.5, 60, "frames a second"), "while a mood may be changing")
    idle_fps: float = live(
        2.0, number(0.1, 60, "frames a second"), "while nobody is there or nothing moves", at_most="max_fps"
    )
    cpu_percent: float = live(30.0, number(1, 100, "percent"), "of one core: the pace slows down to stay below")
    hot_celsius: float = live(75.0, number(40, 100, "degrees Celsius"), "slower when the chip is hotter")
    threads: int = option(1, whole(1, 16), "for OpenCV")


@dataclass(frozen=True, slots=True)
class TlsConfig:
    enabled: bool = option(False, SWITCH, "true: the broker is spoken to over TLS")
    ca_file: Path | None = option(None, FILE, "the authority that signed the broker's certificate; null: the system's")
    cert_file: Path | None = option(
        None, FILE, "a certificate of this device, with key_file, where the broker asks for one"
    )
    key_file: Path | None = option(None, FILE, "the key of that certificate")
    insecure: bool = option(False, SWITCH, "true accepts a certificate made for another host name")


@dataclass(frozen=True, slots=True)
class MqttConfig:
    enabled: bool = option(True, SWITCH, "false: nothing is told over MQTT")
    host: str = option("localhost", BROKER, "name or address of the broker", environment="MOODCAST_MQTT_HOST")
    port: int = option(1883, whole(1, 65535), "brokers use 8883 for TLS", environment="MOODCAST_MQTT_PORT")
    websocket_path: str | None = option(
        None,
        or_nothing(PATH),
        "its path where it speaks MQTT over WebSocket, such as /mqtt (tls.enabled: wss); null: TCP",
    )
    username: str | None = option(None, USER, "the broker's name for this device; null where it asks for none")
    password: str | None = option(
        None, PASSWORD, "better: password_file, or $MOODCAST_MQTT_PASSWORD, or the systemd credential mqtt-password"
    )
    password_file: Path | None = option(None, FILE, "a file that holds nothing but the password")
    base_topic: str = option("moodcast", TOPIC, "the topics are base_topic/device.id/...")
    pause_topic: str | None = option(
        None, or_nothing(TOPIC), "a topic of the house, such as home/guests: while it says ON, the camera is off"
    )
    discovery: str = option(
        "device", one_of("device", "component", "both", "off"), "Home Assistant discovery; before 2024.12: component"
    )
    discovery_prefix: str = option("homeassistant", TOPIC, "where Home Assistant looks for devices")
    bridge_topic: str | None = option(
        None,
        or_nothing(TOPIC),
        "says 1 while the bridge to Home Assistant's broker stands (mosquitto: notification_topic); null: no bridge",
    )
    keepalive_seconds: int = option(
        30, whole(5, 3600, "seconds"), "the broker says `offline` after one and a half of these in silence"
    )
    health_seconds: float = option(60.0, seconds(5, 3600), "from one health message to the next")
    tls: TlsConfig = TlsConfig()


@dataclass(frozen=True, slots=True)
class WebConfig:
    enabled: bool = option(True, SWITCH, "false: no page and no API")
    host: str = option(
        "0.0.0.0", HOST, "the address to listen on; 127.0.0.1 is this device only", environment="MOODCAST_WEB_HOST"
    )
    port: int = option(8080, whole(1, 65535), "of the page and the API", environment="MOODCAST_WEB_PORT")
    snapshot: bool = option(False, SWITCH, "/snapshot.jpg shows the camera's picture to whoever can open the page")
    stream: bool = option(False, SWITCH, "/stream.mjpg does so live")
    photo: bool = option(True, SWITCH, "the page may be given a photo to read; it is not kept")
    photo_max_mib: float = option(8.0, number(0.1, 64, "MiB"), "a larger photo is refused")
    keep_faces: bool = option(
        False,
        SWITCH,
        '"Not quite?" keeps the face in view on this device, 48 by 48 pixels, at most 500: to train with',
    )
    max_viewers: int = option(8, whole(1, 100), "pages that follow live at the same time")
    hosts: tuple[str, ...] = option(
        (), HOSTS, "further names the page is called by, such as [mood.example.org] behind a proxy"
    )
    frame_ancestors: tuple[str, ...] = option(
        (),
        ORIGINS,
        "sites that may show the page inside their own, such as [http://homeassistant.local:8123]",
    )
    trusted_proxies: tuple[str, ...] = option(
        (), ADDRESSES, "proxies that are believed who asks, over https or not, and below which path: [127.0.0.1]"
    )
    control: bool = option(True, SWITCH, "false: the page only shows; the camera is switched over MQTT or not at all")
    open: str = option(
        "mood", one_of("nothing", "mood", "everything"), "what is seen without the password, where one is set"
    )
    spotify_player: bool = option(
        False, SWITCH, "true: Spotify's own player is on the page, which loads it from open.spotify.com and tells it so"
    )
    password: str | None = option(
        None,
        PASSWORD,
        "asked for by the page; better: password_file, $MOODCAST_WEB_PASSWORD, the credential web-password",
    )
    password_file: Path | None = option(
        None, FILE, "a file that holds nothing but the password, or what `python -m edge password` makes of it"
    )


@dataclass(frozen=True, slots=True)
class HistoryConfig:
    enabled: bool = option(True, SWITCH, "false: nothing is kept")
    path: Path | None = option(
        None, FILE, "null: history.db ($STATE_DIRECTORY, else ~/.local/state/moodcast), history-ID.db for other ids"
    )
    days: float = option(30.0, number(0.04, 3660, "days"), "older changes are deleted")


@dataclass(frozen=True, slots=True)
class PlaylistEntry:
    """One playlist of a mood in the file; both values are required."""

    name: str = option("", TITLE, "")
    url: str = option("", ADDRESS, "")


_Lists = tuple[Playlist, ...]


def _spotify(*lists: tuple[str, str], heading: str = "") -> _Lists:
    """The option of one mood; its default are playlists of Spotify, given by name and number."""
    default = tuple(Playlist(name, f"https://open.spotify.com/playlist/{number}") for name, number in lists)
    return here(default, PLAYLISTS, "", heading=heading)


@dataclass(frozen=True, slots=True)
class PlaylistsConfig:
    """The defaults are Spotify's own playlists."""

    hold_minutes: float = here(
        10.0, number(0, 1440, "minutes"), "a playlist stays so long though the mood changes; an empty room ends that"
    )
    angry: _Lists = _spotify(
        ("Rock Hard", "37i9dQZF1DWWJOmJ7nRx0C"),
        ("Rock Classics", "37i9dQZF1DWXRqgorJj26U"),
        heading="For each mood one {name, url} or a list of them, of which one is chosen at every change. An address\n"
        "is what your player understands: https://…, spotify:…, library://…, a file, a name; docs/music.md says which\n"
        "takes what. A mood that is left out keeps its default; null is none.\n"
        "`absent` (nobody is in view) and `paused` (the camera is off) may have one too.",
    )
    disgust: _Lists = _spotify(("Kickass Metal", "37i9dQZF1DWTcqUzwhNmKv"), ("Beast Mode", "37i9dQZF1DX76Wlfdnj7AP"))
    fear: _Lists = _spotify(
        ("Ambient Relaxation", "37i9dQZF1DX3Ogo9pFvBkY"), ("Peaceful Piano", "37i9dQZF1DX4sWSpwq3LiO")
    )
    happy: _Lists = _spotify(("Happy Hits!", "37i9dQZF1DXdPec7aLTmlC"), ("Mood Booster", "37i9dQZF1DX3rxVfibe1L0"))
    neutral: _Lists = _spotify(("Chill Vibes", "37i9dQZF1DX889U0CL85jj"), ("Chill Hits", "37i9dQZF1DX4WYpdgoIcn6"))
    sad: _Lists = _spotify(("Sad Songs", "37i9dQZF1DX7qK8ma5wgG1"), ("Life Sucks", "37i9dQZF1DX3YSRoSdA634"))
    surprise: _Lists = _spotify(("Dance Party", "37i9dQZF1DXaXB8fQg7xif"), ("All Out 80s", "37i9dQZF1DX4UtSsGT1Sbe"))
    absent: _Lists = _spotify()
    paused: _Lists = _spotify()

    @property
    def by_mood(self) -> Mapping[str, tuple[Playlist, ...]]:
        """Without `unknown`: while there is no picture, the last mood's playlist stays."""
        return {mood: getattr(self, mood) for mood in MOODS if mood != UNKNOWN}


@dataclass(frozen=True, slots=True)
class PlayerConfig:
    enabled: bool = option(
        False, SWITCH, "true: Moodcast queues the list that fits in an MPD, by the rules of docs/music.md"
    )
    host: str = option("localhost", PLAYER, "name or address of MPD, or its socket: /run/mpd/socket")
    port: int = option(6600, whole(1, 65535), "of MPD; a socket has none")
    password: str | None = option(
        None, PASSWORD, "better: password_file, $MOODCAST_PLAYER_PASSWORD, the credential player-password"
    )
    password_file: Path | None = option(None, FILE, "a file that holds nothing but MPD's password")
    by: str = live(
        "playlist",
        one_of("playlist", "folder", "genre", "mood"),
        "what in MPD a playlist's address names; else the mood's word (happy) is tried",
    )
    change: str = live(
        "at_song_end",
        one_of("at_song_end", "fade"),
        "fade: the song that plays is left for its last seconds, faded over",
    )
    start_silent: bool = live(False, SWITCH, "true: another list also starts where nothing plays")
    hands_off_minutes: float = live(
        60.0, number(0, 1440, "minutes"), "what somebody has chosen, or stopped, is left alone for so long"
    )


@dataclass(frozen=True, slots=True)
class HomeConfig:
    id: str = option(
        "home",
        ID,
        "a-z 0-9 _ -; its topics are base_topic/home.id/...; no room has this device.id",
        heading="For `python -m edge home`, which tells the mood of several rooms as one more device.",
    )
    name: str = option("Home", NAME, "what Home Assistant calls it")
    rooms: tuple[str, ...] = option((), IDS, "the device.id of each room that counts; []: every one on the broker")


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
    playlists: PlaylistsConfig = PlaylistsConfig()
    player: PlayerConfig = PlayerConfig()
    home: HomeConfig = HomeConfig()
    log_level: str = live("info", one_of("debug", "info", "warning", "error"), "the least that the log tells")
    file: Path | None = field(default=None, compare=False)  # where this was read; None: the defaults


def contradictions(config: Config) -> Iterator[tuple[tuple[str, str], str]]:
    """Options that contradict each other, besides `at_most`: ((the keys, the one to name first), what must hold)."""
    cert, key = "mqtt.tls.cert_file", "mqtt.tls.key_file"
    given, missing = (cert, key) if config.mqtt.tls.key_file is None else (key, cert)
    if (config.mqtt.tls.cert_file is None) != (config.mqtt.tls.key_file is None):
        yield (given, missing), f"needs {missing} beside it"
    if config.mqtt.password is not None and config.mqtt.username is None:
        yield ("mqtt.username", "mqtt.password"), "must be given where there is a password"
