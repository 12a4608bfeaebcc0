"""The messages published on MQTT, and the parsing of those received. Pure functions.

Times are ISO 8601 in UTC with the offset; scores and confidence are shares from 0 to 1 with three digits.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from edge.config import DeviceConfig, MqttConfig
from edge.languages import OF_THE_DEVICE, texts, told
from edge.outputs.figures import Figures
from edge.outputs.numbers import EXAMPLES, OPTIONS
from edge.past import RIGHT
from edge.records import LABELS, NONE, UNKNOWN, MoodChange, Scores
from edge.status import Health, Status

ONLINE, OFFLINE = "online", "offline"
ON, OFF = "ON", "OFF"
HOME_ASSISTANT_BIRTH = "homeassistant/status"
#: An event's `event_type`; Home Assistant gets the mood in its place.
MOOD_CHANGE = "mood_change"
#: An event that could not be delivered for so long is dropped (MQTT 5).
EVENT_SECONDS = 30
#: The commands that `command/set` accepts.
COMMANDS = ("another_playlist", "resting_face", "pause_hour")
_SWITCH = {b"ON": True, b"OFF": False}
_SHOWN_BYTES = 40
_SETTINGS_BYTES = 200


@dataclass(frozen=True, slots=True)
class Message:
    """One publication. An empty retained payload removes what the broker keeps under the topic. In MQTT 5 the broker
    drops it after `expires` seconds."""

    topic: str
    payload: str
    retain: bool = False
    qos: int = 1
    expires: int | None = None


class Topics:
    """Every topic of one device; `base` is `<base_topic>/<device id>`."""

    def __init__(self, config: MqttConfig, device: DeviceConfig) -> None:
        self.base = base = f"{config.base_topic}/{device.id}"
        self.availability = f"{base}/availability"
        self.mood = f"{base}/mood"
        self.expression = f"{base}/expression"
        self.presence = f"{base}/presence"
        self.state = f"{base}/state"
        self.attributes = f"{base}/attributes"
        self.figures = f"{base}/figures"
        self.event = f"{base}/event"
        self.health = f"{base}/health"
        self.camera_set = f"{base}/camera/set"
        self.command_set = f"{base}/command/set"
        self.camera_state = f"{base}/camera/state"
        self.settings = f"{base}/settings"
        self.settings_set = f"{base}/settings/set"
        self.correction = f"{base}/correction"
        self.correction_set = f"{base}/correction/set"
        #: The newest version there is, as whoever keeps the devices says; for all devices of the broker.
        self.newest = f"{config.base_topic}/newest"
        #: Home Assistant's birth messages; with discovery_prefix and without.
        self.births = tuple(dict.fromkeys((f"{config.discovery_prefix}/status", HOME_ASSISTANT_BIRTH)))


def availability(topics: Topics, online: bool) -> Message:
    """`online`, or `offline`, which is also the will."""
    return Message(topics.availability, ONLINE if online else OFFLINE, retain=True)


def present(topics: Topics, status: Status, thresholds: Mapping[str, float], figures: Figures) -> tuple[Message, ...]:
    """The retained messages of the moment: camera switch, mood, expression, presence, state, attributes, figures."""
    presence = UNKNOWN if status.presence is None else ON if status.presence else OFF
    state: dict[str, object] = {
        "mood": status.mood,
        "since": timestamp(status.since),
        "strength": _share(status.strength),
        "shares": _by_label(status.shares),
        "expression": {
            "label": status.expression,
            "confidence": _share(status.confidence),
            "since": timestamp(status.expression_since),
        },
        "faces": len(status.faces),
        "playlist": status.playlist and status.playlist.to_json(),
        "camera": status.camera.word,
        "problem": status.camera.problem,
    }
    if status.camera_until is not None:
        state["camera_until"] = timestamp(status.camera_until)
    if status.camera_why:
        state["camera_why"] = status.camera_why
    attributes = {
        "scores": _by_label(status.scores),
        "why": [told(texts(OF_THE_DEVICE), reason) for reason in status.why],
        "model": status.model,
        "thresholds": dict(thresholds),
    }
    return (
        Message(topics.camera_state, ON if status.camera_on else OFF, retain=True),
        Message(topics.mood, status.mood, retain=True),
        Message(topics.expression, status.expression, retain=True),
        Message(topics.presence, presence, retain=True),
        Message(topics.state, _json(state), retain=True),
        Message(topics.attributes, _json(attributes), retain=True),
        Message(topics.figures, _json(figures.to_json()), retain=True),
    )


def event(topics: Topics, change: MoodChange, at: float) -> Message:
    """One mood change that happened at `at`, in seconds since 1970; never retained."""
    body = {
        "event_type": MOOD_CHANGE,
        "mood": change.mood,
        "previous": change.previous,
        "strength": _share(change.strength),
        "at": timestamp(at),
        "playlist": change.playlist and change.playlist.to_json(),
    }
    return Message(topics.event, _json(body), expires=EVENT_SECONDS)


def health(topics: Topics, measured: Health) -> Message:
    """The heartbeat: the fields of `Health` by their names, null where this machine cannot tell."""
    body = {key: round(value, 2) if isinstance(value, float) else value for key, value in asdict(measured).items()}
    return Message(topics.health, _json(body), qos=0)


def settings(topics: Topics, values: Mapping[str, float]) -> Message:
    """The settings that may be changed over MQTT, by their options."""
    return Message(topics.settings, _json(dict(values)), retain=True)


def correction(topics: Topics, right: str = NONE) -> Message:
    """The last correction; NONE again a moment later."""
    return Message(topics.correction, right, retain=True)


_SCENE = ("mood", "expression", "presence", "playlist", "camera_on", "camera", "camera_until", "camera_why", "model")


def same_scene(one: Status, other: Status) -> bool:
    """Whether only strengths, shares, scores and reasons differ, which may wait for the next refresh.

    `since` is compared to the second, because it is computed from another clock every time.
    """
    return (
        all(getattr(one, name) == getattr(other, name) for name in _SCENE)
        and len(one.faces) == len(other.faces)
        and abs(one.since - other.since) < 1.0
    )


def timestamp(seconds: float) -> str:
    """Seconds since 1970 as `2026-01-31T18:04:05+00:00`, rounded down."""
    return datetime.fromtimestamp(math.floor(seconds), UTC).isoformat()


def _by_label(shares: Scores) -> dict[str, float]:
    return {label: _share(share) for label, share in zip(LABELS, shares, strict=True)}


def _share(value: float) -> float:
    return round(float(value), 3)


def _json(value: object) -> str:
    """Compact JSON. Raises ValueError for NaN, which JSON does not have."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Request:
    """What a message asks for; all empty: nothing. `command` is one of COMMANDS; `settings` are new values by option,
    not yet checked; `right`: what the present mood really is; `announce`: Home Assistant has started; `warning`: a log
    line about a refused request."""

    camera: bool | None = None
    command: str = ""
    settings: Mapping[str, Any] | None = None
    right: str = ""
    announce: bool = False
    warning: str = ""


def parse_request(topics: Topics, topic: str | None, payload: bytes, retained: bool) -> Request:
    """Refuses `retained` requests, because they may be of any age. `topic` is None where it was not UTF-8. ON and OFF
    may be in any case, with space around. An empty payload removes a retained message, so it asks for nothing."""
    if topic in topics.births:
        return Request(announce=payload == ONLINE.encode() and not retained)
    takes = (topics.camera_set, topics.command_set, topics.settings_set, topics.correction_set)
    if topic not in takes or not payload:
        return Request()
    shown = repr(payload[:_SHOWN_BYTES]) + (f"… ({len(payload)} bytes or more)" if len(payload) > _SHOWN_BYTES else "")
    word = payload.strip() if len(payload) <= _SHOWN_BYTES else b""
    if topic == topics.camera_set:
        asked, known = Request(camera=_SWITCH.get(word.upper())), "ON and OFF"
    elif topic == topics.settings_set:
        asked, known = Request(settings=_asked_settings(payload)), " and ".join(EXAMPLES)
    elif topic == topics.correction_set:
        asked, known = Request(right=_one_of(RIGHT, word)), ", ".join(RIGHT)
    else:
        asked, known = Request(command=_one_of(COMMANDS, word)), ", ".join(COMMANDS)
    if asked == Request():
        return Request(warning=f"{topic}: {shown} is not a command; {known} are")
    if retained:
        return Request(
            warning=f"{topic}: {shown} was kept by the broker (retained), so it is old and not obeyed; "
            f"remove it with: mosquitto_pub -r -n -t {topic}"
        )
    return asked


def _one_of(words: Sequence[str], word: bytes) -> str:
    return next((known for known in words if known.encode() == word), "")


def _asked_settings(payload: bytes) -> Mapping[str, Any] | None:
    """None for anything but a JSON object of OPTIONS."""
    try:
        asked = json.loads(payload) if len(payload) <= _SETTINGS_BYTES else None
    except (ValueError, RecursionError):
        return None
    return asked if isinstance(asked, dict) and asked and set(asked) <= {*OPTIONS} else None
