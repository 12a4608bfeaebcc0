"""What config.yaml may say: every key with what it allows, in the words the owner reads when it does not hold."""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from voluptuous import Invalid, MultipleInvalid, Required, Schema

from edge.records import MOODS, UNKNOWN, Playlist

Check = Callable[[Any], Any]

#: While the camera gives no picture the playlist stays the one of the mood before.
WITH_PLAYLIST = tuple(mood for mood in MOODS if mood != UNKNOWN)


def number(low: float, high: float, unit: str = "") -> Check:
    """A finite number in a range; true and false are none."""
    allowed = f"must be a number{f' of {unit}' if unit else ''} from {low:g} to {high:g}"

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Invalid(allowed)
        if not math.isfinite(value) or not low <= value <= high:
            raise Invalid(allowed)
        return float(value)

    return check


def whole(low: int, high: int, unit: str = "") -> Check:
    """A whole number in a range."""
    allowed = f"must be a whole number{f' of {unit}' if unit else ''} from {low} to {high}"

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Invalid(allowed)
        return value

    return check


def switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid("must be true or false")
    return value


def one_of(*choices: str | int) -> Check:
    allowed = f"must be one of {', '.join(str(choice) for choice in choices)}"

    def check(value: Any) -> str | int:
        if isinstance(value, bool) or not isinstance(value, str | int) or value not in choices:
            raise Invalid(allowed)
        return value

    return check


def text(allowed: str, pattern: str) -> Check:
    """Text that matches `pattern` as a whole; `allowed` says in words what that is."""
    expression = re.compile(pattern)

    def check(value: Any) -> str:
        if not isinstance(value, str) or not expression.fullmatch(value) or not value.strip():
            raise Invalid(f"must be {allowed}")
        return value

    return check


def file(value: Any) -> Path:
    """A path; a relative one stays so: the caller knows the folder it starts from."""
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise Invalid("must be the path of a file")
    try:
        return Path(value).expanduser()
    except RuntimeError as error:
        raise Invalid("must be the path of a file; there is no such home folder") from error


def or_nothing(check: Check) -> Check:
    """The same, or null (the key is there and nothing behind it)."""

    def checked(value: Any) -> Any:
        return None if value is None else check(value)

    return checked


def _title(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 100 or not value.isprintable():
        raise Invalid("must be text of 1 to 100 characters (in quotes if it is a number)")
    return value.strip()


def _address(value: Any) -> str:
    if not isinstance(value, str) or not _is_address(value):
        raise Invalid("must be an address that starts with https://, http:// or spotify:")
    return value


def _is_address(url: str) -> bool:
    if len(url) > 2000 or not re.fullmatch(r"[\x21-\x7e]+", url):
        return False
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme, parts.hostname
    except ValueError:
        return False
    if scheme == "spotify":
        return re.fullmatch(r"spotify(:[A-Za-z0-9_.%-]+)+", url) is not None
    return scheme in ("http", "https") and bool(host)


PLAYLIST: Mapping[str, Check] = {"name": _title, "url": _address}
_PLAYLIST = Schema({Required(key): check for key, check in PLAYLIST.items()})


def playlists(value: Any) -> tuple[Playlist, ...]:
    """One {name, url}, a list of them, or null for none at all."""
    if value is None:
        return ()
    if isinstance(value, dict):
        return (Playlist(**_PLAYLIST(value)),)
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Invalid("must be a {name, url} or a list of them")
    if len(value) > 50:
        raise Invalid("must be at most 50 playlists")
    chosen = []
    for index, entry in enumerate(value):
        try:
            chosen.append(Playlist(**_PLAYLIST(entry)))
        except MultipleInvalid as error:
            error.prepend([index])
            raise
    return tuple(chosen)


#: No control characters, and none that turn the direction of what follows.
_PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
_TOPIC = text("a topic without +, #, spaces or a slash at its ends", r"(?!\$)[^\s+#/\x00]+(/[^\s+#/\x00]+)*")
_HOST = text("a host name or an address", r"[A-Za-z0-9._:%-]{1,253}")


def _broker(value: Any) -> str:
    """A host, with a word of help for what is often written in its place."""
    if isinstance(value, str):
        if re.fullmatch(r"\[[^\]]+\](:[0-9]*)?", value):
            raise Invalid("must be the address without brackets, such as ::1; the port goes into mqtt.port")
        if re.fullmatch(r"[^:/@]+:[0-9]*", value):
            raise Invalid("must be the host alone; the port goes into mqtt.port")
        if "://" in value:
            raise Invalid("must be the host alone, without mqtt:// and what follows the name; the port goes into "
                          "mqtt.port, TLS into mqtt.tls, the password into mqtt.password_file")  # fmt: skip
    return str(_HOST(value))


def _hosts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > 50:
        raise Invalid("must be a list of host names such as [mood.example.org]")
    for place, host in enumerate(value, start=1):
        try:
            _HOST(host)
        except Invalid as error:  # what stands there could hold a password
            raise Invalid(f"number {place} of it {error.msg}") from error
    return tuple(value)


def areas(value: Any) -> tuple[tuple[float, float, float, float], ...]:
    """Boxes in shares of the picture: left, top, width, height."""
    if not isinstance(value, list) or len(value) > 50:
        raise Invalid("must be a list of areas such as [[0.6, 0.1, 0.3, 0.25]]: left, top, width, height")
    found = []
    for place, area in enumerate(value, start=1):
        numbers = (
            [share for share in area if isinstance(share, int | float) and not isinstance(share, bool)]
            if isinstance(area, list)
            else []
        )
        if len(numbers) != 4 or not all(0 <= share <= 1 for share in numbers) or 0 in numbers[2:]:
            raise Invalid(f"number {place} of it must be four shares from 0 to 1: left, top, width, height")
        left, top, width, height = (float(share) for share in numbers)
        found.append((left, top, width, height))
    return tuple(found)


#: Section -> key -> check; a mapping in place of a check is a section of its own.
RULES: Mapping[str, Any] = {
    "device": {
        "id": text("1 to 64 of a-z 0-9 _ -", r"[a-z0-9_-]{1,64}"),
        "name": text("1 to 80 characters of text", _PRINTABLE + "{1,80}"),
    },
    "camera": {
        "source": text("auto, picamera, demo, /dev/videoN, a video, a folder or a URL", _PRINTABLE + "{1,2000}"),
        "width": whole(160, 4096, "pixels"),
        "height": whole(120, 4096, "pixels"),
        "rotate": one_of(0, 90, 180, 270),
        "loop": switch,
        "timeout_seconds": number(0.5, 45, "seconds"),
        "password": or_nothing(text("text (in quotes if it is a number)", r"[^\x00]{1,1000}")),
        "password_file": or_nothing(file),
        "locked_off": switch,
    },
    "faces": {
        "scan_width": whole(80, 1920, "pixels"),
        "min_size_share": number(0.02, 0.9),
        "max_faces": whole(1, 20),
        "confirm_looks": whole(1, 10),
        "keep_seconds": number(0, 10, "seconds"),
        "rescan_seconds": number(0.1, 60, "seconds"),
        "ignore": areas,
    },
    "model": {"path": or_nothing(file), "threads": whole(1, 16)},
    "mood": {
        "smoothing_seconds": number(0.05, 60, "seconds"),
        "enter_level": number(0, 1),
        "leave_level": number(0, 1),
        "lead": number(0, 1),
        "dwell_seconds": number(0, 60, "seconds"),
        "gone_seconds": number(0.5, 60, "seconds"),
        "min_quality": number(0, 1),
        "baseline": switch,
        "baseline_hours": number(0.1, 1000, "hours"),
        "memory_seconds": number(1, 3600, "seconds"),
        "enter_share": number(0.01, 0.3),
        "leave_share": number(0, 0.3),
        "first_seconds": number(0, 600, "seconds"),
        "absent_seconds": number(0.5, 3600, "seconds"),
    },
    "pace": {
        "max_fps": number(0.5, 60, "frames a second"),
        "idle_fps": number(0.1, 60, "frames a second"),
        "cpu_percent": number(1, 100, "percent"),
        "hot_celsius": number(40, 100, "degrees Celsius"),
        "threads": whole(1, 16),
    },
    "mqtt": {
        "enabled": switch,
        "host": _broker,
        "port": whole(1, 65535),
        "username": or_nothing(text("text", r"[^\x00]{1,200}")),
        "password": or_nothing(text("text (in quotes if it is a number)", r"[^\x00]{1,1000}")),
        "password_file": or_nothing(file),
        "base_topic": _TOPIC,
        "discovery": one_of("device", "component", "both", "off"),
        "discovery_prefix": _TOPIC,
        "keepalive_seconds": whole(5, 3600, "seconds"),
        "health_seconds": number(5, 3600, "seconds"),
        "tls": {
            "enabled": switch,
            "ca_file": or_nothing(file),
            "cert_file": or_nothing(file),
            "key_file": or_nothing(file),
            "insecure": switch,
        },
    },
    "web": {
        "enabled": switch,
        "host": _HOST,
        "port": whole(1, 65535),
        "snapshot": switch,
        "stream": switch,
        "photo": switch,
        "photo_max_mib": number(0.1, 64, "MiB"),
        "max_viewers": whole(1, 100),
        "hosts": _hosts,
        "control": switch,
        "open": one_of("nothing", "mood", "everything"),
        "password": or_nothing(text("text (in quotes if it is a number)", r"[^\x00]{1,1000}")),
        "password_file": or_nothing(file),
    },
    "history": {"enabled": switch, "path": or_nothing(file), "days": number(0.04, 3660, "days")},
    "playlists": {"hold_minutes": number(0, 1440, "minutes"), **dict.fromkeys(WITH_PLAYLIST, playlists)},
    "log_level": one_of("debug", "info", "warning", "error"),
}


def contradictions(values: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str]]:
    """Keys that do not go together, as ((the keys, the first to be named), what must hold) for every problem.

    `values` maps "section.key" to its value, defaults included.
    """
    problems: list[tuple[tuple[str, ...], str]] = []
    ordered = (
        ("mood.leave_level", "mood.enter_level"),
        ("mood.leave_share", "mood.enter_share"),
        ("pace.idle_fps", "pace.max_fps"),
    )
    for lower, upper in ordered:
        if values[lower] > values[upper]:
            problems.append(((lower, upper), f"must not be above {upper}, which is {values[upper]:g}"))
    for cert, key in (("mqtt.tls.cert_file", "mqtt.tls.key_file"), ("mqtt.tls.key_file", "mqtt.tls.cert_file")):
        if values[cert] is not None and values[key] is None:
            problems.append(((cert, key), f"needs {key} beside it"))
    if values["mqtt.password"] is not None and values["mqtt.username"] is None:
        problems.append((("mqtt.username", "mqtt.password"), "must be given where there is a password"))
    return problems
