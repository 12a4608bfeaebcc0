"""The kinds of values an option may have, each with the words of its error message."""

import ipaddress
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from edge.config.options import Kind, Wrong
from edge.records import Playlist

T = TypeVar("T")
_MOST_IN_A_LIST = 50


def hide_user(text: str) -> str:
    """`text` without the user and password of an address in it."""
    return re.sub(r"//[^/\s]*@", "//…@", text)


def number(low: float, high: float, unit: str = "") -> Kind[float]:
    """A finite number in a range; true and false are not numbers."""
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
    """The same kind, or null."""

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


#: No control characters, and none that change the direction of text.
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
PATH = text("a path that begins with /, such as /mqtt", r"/[!-~]{0,200}")
_HOST = r"[A-Za-z0-9._:%-]{1,253}"
HOST = text("a host name or an address", _HOST)


def _is_broker(value: Any) -> object:
    """A host name; the common mistakes have error messages of their own."""
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


def list_of(words: str, fits: Callable[[Any], object], each: str, make: Any = _tuple) -> Kind[tuple[Any, ...]]:
    """A list of at most 50 values that `fits` accepts; `each` says what one of them must be."""

    def are(value: Any) -> bool:
        for place, one in enumerate(value if isinstance(value, list) else (), start=1):
            if not fits(one):  # the message does not show it: it could hold a password
                raise Wrong(f"number {place} of it must be {each}")
        return isinstance(value, list) and len(value) <= _MOST_IN_A_LIST

    return Kind(words, are, make)


def _is_area(value: Any) -> bool:
    """A box in shares of the picture, not an empty one."""
    shares = value if isinstance(value, list) else []
    return [type(share) in (int, float) and 0 <= share <= 1 for share in shares] == [True] * 4 and 0 not in shares[2:]


_ORIGIN = re.compile(r"self|https?://([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?", re.IGNORECASE).fullmatch


def _is_origin(value: Any) -> object:
    """Origins become part of a header, so nothing else may be in them."""
    return isinstance(value, str) and _ORIGIN(value)


def _is_ip(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_address(value))
    except ValueError:
        return False


def _addresses(folder: Path, value: list[str]) -> tuple[str, ...]:
    return tuple(str(ipaddress.ip_address(address)) for address in value)


_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)").fullmatch


def _is_hours(value: Any) -> object:
    return isinstance(value, str) and _QUIET(value) and value[:5] != value[6:]


def _minutes(folder: Path, value: list[str]) -> tuple[tuple[int, int], ...]:
    times = [[int(digits) for digits in re.findall(r"\d\d", hours)] for hours in value]
    return tuple((a * 60 + b, c * 60 + d) for a, b, c, d in times)


ORIGINS: Kind[tuple[str, ...]] = list_of(
    "a list of origins such as [https://home.lan:8123]", _is_origin, "self or an origin such as https://home.lan:8123"
)
ADDRESSES: Kind[tuple[str, ...]] = list_of(
    "a list of IP addresses such as [192.168.1.5]", _is_ip, "an IP address such as 192.168.1.5", _addresses
)
HOSTS: Kind[tuple[str, ...]] = list_of("a list of host names such as [mood.example.org]", HOST.fits, HOST.words)
IDS: Kind[tuple[str, ...]] = list_of("a list of device.id, such as [kitchen, living_room]", ID.fits, ID.words)
AREAS: Kind[tuple[tuple[float, float, float, float], ...]] = list_of(
    "a list of areas such as [[0.6, 0.1, 0.3, 0.25]]: left, top, width, height",
    _is_area,
    "four shares from 0 to 1: left, top, width, height",
)
#: As minutes of the day.
HOURS: Kind[tuple[tuple[int, int], ...]] = list_of(
    'a list of times of day such as ["22:30-06:00"]',
    _is_hours,
    'a time of day and another, such as "22:30-06:00"',
    _minutes,
)


def _is_title(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= 100 and value.isprintable()


#: Schemes that a browser or player runs as code.
_RUNS = ("javascript", "vbscript", "data", "blob")


def _is_address(value: Any) -> bool:
    """Players differ in what they understand, so only harmful and empty addresses are refused."""
    if not isinstance(value, str) or value != value.strip() or not re.fullmatch(_PRINTABLE + "{1,2000}", value):
        return False
    if re.search(r"[\ud800-\udfff]", value):  # half a surrogate pair, which JSON may hold, cannot be sent
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
    """The shape only; check.py checks each entry."""
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
