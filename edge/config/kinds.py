"""What the options may be, in the words the owner reads where one is something else."""

import ipaddress
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from edge.config.options import Kind, Wrong
from edge.records import Playlist

T = TypeVar("T")
_MOST_IN_A_LIST = 50


def number(low: float, high: float, unit: str = "") -> Kind[float]:
    """A finite number in a range; true and false are none."""
    words = f"a number{f' of {unit}' if unit else ''} from {low:g} to {high:g}"
    span = f"{low:g} to {high:g} {unit}".rstrip()
    return Kind(
        words, lambda value: type(value) in (int, float) and low <= value <= high, _float, span, bounds=(low, high)
    )


def seconds(low: float, high: float) -> Kind[float]:
    return number(low, high, "seconds")


def whole(low: int, high: int, unit: str = "") -> Kind[int]:
    words = f"a whole number{f' of {unit}' if unit else ''} from {low} to {high}"
    span = f"{low} to {high} {unit}".rstrip()
    return Kind(words, lambda value: type(value) is int and low <= value <= high, span=span, bounds=(low, high))


def one_of(*choices: T, unit: str = "") -> Kind[T]:
    words = f"one of {', '.join(str(choice) for choice in choices)}"
    span = f"{' | '.join(str(choice) for choice in choices)} {unit}".rstrip()
    return Kind(words, lambda value: type(value) is type(choices[0]) and value in choices, span=span)


def text(words: str, pattern: str) -> Kind[str]:
    """Text that matches `pattern` as a whole; `words` say what that is."""
    fits = re.compile(pattern).fullmatch
    return Kind(words, lambda value: isinstance(value, str) and fits(value) and value.strip())


def or_nothing(kind: Kind[T]) -> Kind[T | None]:
    """The same, or null (the key is there and nothing behind it)."""

    def make(folder: Path, value: Any) -> T | None:
        return None if value is None else kind.make(folder, value)

    return Kind(kind.words, lambda value: value is None or kind.fits(value), make)


def _float(folder: Path, value: Any) -> float:
    return float(value)


def _tuple(folder: Path, value: Any) -> tuple[Any, ...]:
    return tuple(tuple(map(float, each)) if isinstance(each, list) else each for each in value)


def _is_file(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(value.strip()) and "\x00" not in value and bool(Path(value).expanduser())
    except RuntimeError:
        raise Wrong("must be the path of a file; there is no such home folder") from None


def _path(folder: Path, value: Any) -> Path:
    return folder / Path(value).expanduser()


def _source(folder: Path, value: str) -> str:
    if re.fullmatch(r"auto|demo|picamera(:\d)?", value) or "://" in value:
        return value
    return str(folder / os.path.expanduser(value))  # noqa: PTH111 - leaves ~nobody as it is


#: No control characters, and none that turn the direction of what follows.
_PRINTABLE = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"

SWITCH: Kind[bool] = Kind("true or false", lambda value: isinstance(value, bool))
FILE = or_nothing(Kind("the path of a file", _is_file, _path))
ID = text("1 to 64 of a-z 0-9 _ -", r"[a-z0-9_-]{1,64}")
NAME = text("1 to 80 characters of text", _PRINTABLE + "{1,80}")
AREA = or_nothing(NAME)
SOURCE = replace(
    text("auto, picamera, demo, /dev/videoN, a video, a folder or a URL", _PRINTABLE + "{1,2000}"),
    make=_source,
    hidden=True,
)
USER = or_nothing(text("text", r"[^\x00]{1,200}"))
PASSWORD = replace(or_nothing(text("text (in quotes if it is a number)", r"[^\x00]{1,1000}")), hidden=True)
TOPIC = text("a topic without +, #, spaces or a slash at its ends", r"(?!\$)[^\s+#/\x00]+(/[^\s+#/\x00]+)*")
_HOST = r"[A-Za-z0-9._:%-]{1,253}"
HOST = text("a host name or an address", _HOST)


def _is_broker(value: Any) -> object:
    """A host, with a word of help for what is often written in its place."""
    if isinstance(value, str):
        if re.fullmatch(r"\[[^\]]+\](:[0-9]*)?", value):
            raise Wrong("must be the address without brackets, such as ::1; the port goes into mqtt.port")
        if re.fullmatch(r"[^:/@]+:[0-9]*", value):
            raise Wrong("must be the host alone; the port goes into mqtt.port")
        if "://" in value:
            raise Wrong("must be the host alone, without mqtt:// and what follows the name; the port goes into "
                        "mqtt.port, TLS into mqtt.tls, the password into mqtt.password_file")  # fmt: skip
    return HOST.fits(value)


BROKER = replace(HOST, fits=_is_broker)
PLAYER = text("a host name, an address or the path of a socket", _HOST + r"|/[^\x00]{1,106}")


def _is_hosts(value: Any) -> bool:
    for place, host in enumerate(value if isinstance(value, list) else (), start=1):
        if not HOST.fits(host):  # it is not shown: it could hold a password
            raise Wrong(f"number {place} of it must be {HOST.words}")
    return isinstance(value, list) and len(value) <= _MOST_IN_A_LIST


def _are_ids(value: Any) -> bool:
    for place, one in enumerate(value if isinstance(value, list) else (), start=1):
        if not ID.fits(one):
            raise Wrong(f"number {place} of it must be {ID.words}")
    return isinstance(value, list) and len(value) <= _MOST_IN_A_LIST


def _is_areas(value: Any) -> bool:
    """Boxes in shares of the picture."""
    for place, area in enumerate(value if isinstance(value, list) else (), start=1):
        shares = area if isinstance(area, list) else []
        if [type(share) in (int, float) and 0 <= share <= 1 for share in shares] != [True] * 4 or 0 in shares[2:]:
            raise Wrong(f"number {place} of it must be four shares from 0 to 1: left, top, width, height")
    return isinstance(value, list) and len(value) <= _MOST_IN_A_LIST


_ORIGIN = re.compile(r"self|https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?", re.IGNORECASE).fullmatch


def _are_origins(value: Any) -> bool:
    """They go into a header of every answer: nothing else is let in."""
    for place, origin in enumerate(value if isinstance(value, list) else (), start=1):
        if not (isinstance(origin, str) and _ORIGIN(origin)):
            raise Wrong(f"number {place} of it must be self or an origin such as https://home.lan:8123")
    return isinstance(value, list) and len(value) <= _MOST_IN_A_LIST


def _are_addresses(value: Any) -> bool:
    for place, address in enumerate(value if isinstance(value, list) else (), start=1):
        try:
            ipaddress.ip_address(address if isinstance(address, str) else "")
        except ValueError:
            raise Wrong(f"number {place} of it must be an IP address such as 192.168.1.5") from None
    return isinstance(value, list) and len(value) <= _MOST_IN_A_LIST


def _addresses(folder: Path, value: list[str]) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_address(address)) for address in value)


ORIGINS: Kind[tuple[str, ...]] = Kind("a list of origins such as [https://home.lan:8123]", _are_origins, _tuple)
ADDRESSES: Kind[tuple[str, ...]] = Kind("a list of IP addresses such as [192.168.1.5]", _are_addresses, _addresses)
HOSTS: Kind[tuple[str, ...]] = Kind("a list of host names such as [mood.example.org]", _is_hosts, _tuple)
IDS: Kind[tuple[str, ...]] = Kind("a list of device.id, such as [kitchen, living_room]", _are_ids, _tuple)
AREAS: Kind[tuple[tuple[float, float, float, float], ...]] = Kind(
    "a list of areas such as [[0.6, 0.1, 0.3, 0.25]]: left, top, width, height", _is_areas, _tuple
)


_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)").fullmatch


def _are_hours(value: Any) -> bool:
    for place, hours in enumerate(value if isinstance(value, list) else (), start=1):
        if not (isinstance(hours, str) and _QUIET(hours)) or hours[:5] == hours[6:]:
            raise Wrong(f'number {place} of it must be a time of day and another, such as "22:30-06:00"')
    return isinstance(value, list) and len(value) <= _MOST_IN_A_LIST


def _minutes(folder: Path, value: list[str]) -> tuple[tuple[int, int], ...]:
    times = [[int(part) for part in re.findall(r"\d\d", hours)] for hours in value]
    return tuple((a * 60 + b, c * 60 + d) for a, b, c, d in times)


#: As minutes of the day.
HOURS: Kind[tuple[tuple[int, int], ...]] = Kind('a list of times of day such as ["22:30-06:00"]', _are_hours, _minutes)


def _is_title(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= 100 and value.isprintable()


#: What a browser or a player would run instead of play.
_RUNS = ("javascript", "vbscript", "data", "blob")


def _is_address(value: Any) -> bool:
    """What players understand differs, and grows: only what would do harm is refused, and an address of nothing."""
    if not isinstance(value, str) or value != value.strip() or not re.fullmatch(_PRINTABLE + "{1,2000}", value):
        return False
    if re.search(r"[\ud800-\udfff]", value):  # half a character, which JSON may hold, cannot be sent
        return False
    if re.match(r"[^/]*//[^/]*@", value):
        raise Wrong("must be without a user and a password: everybody who sees the page or listens on MQTT reads it")
    scheme, colon, rest = value.partition(":")
    scheme = re.sub(r"\s", "", scheme).lower()
    if colon and (scheme in _RUNS or not rest.strip("/: ")):
        return False
    if scheme not in ("http", "https"):
        return True
    try:
        return bool(urlsplit(value).hostname) and " " not in value
    except ValueError:
        return False


def _is_playlists(value: Any) -> bool:
    """In shape: the check looks into each."""
    if isinstance(value, list) and len(value) > _MOST_IN_A_LIST:
        raise Wrong(f"must be at most {_MOST_IN_A_LIST} playlists")
    return value is None or all(isinstance(entry, dict) for entry in (value if isinstance(value, list) else [value]))


TITLE: Kind[str] = Kind(
    "text of 1 to 100 characters (in quotes if it is a number)", _is_title, lambda _, value: str(value).strip()
)
ADDRESS: Kind[str] = Kind(
    "an address or a name that a player understands, such as https://… or library://…", _is_address
)
PLAYLISTS: Kind[tuple[Playlist, ...]] = Kind("a {name, url} or a list of them", _is_playlists)
