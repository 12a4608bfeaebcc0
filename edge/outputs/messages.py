"""What is said on MQTT, as pure functions from records to messages; nothing here sends anything.

Times are ISO 8601 in UTC with the offset, scores and confidence shares from 0 to 1 with three digits.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from edge.config import DeviceConfig, MqttConfig
from edge.records import LABELS, UNKNOWN, Health, MoodChange, Scores, Status

ONLINE, OFFLINE = "online", "offline"
ON, OFF = "ON", "OFF"
HOME_ASSISTANT_BIRTH = "homeassistant/status"
#: The one type of event there is: an event's `event_type`.
MOOD_CHANGE = "mood_change"


@dataclass(frozen=True, slots=True)
class Message:
    """One publication. An empty retained payload removes what the broker keeps under the topic."""

    topic: str
    payload: str
    retain: bool = False
    qos: int = 1


@dataclass(frozen=True, slots=True)
class Topics:
    """Every topic of one device; `base` is `<base_topic>/<device id>`."""

    base: str
    birth: str

    @classmethod
    def of(cls, config: MqttConfig, device: DeviceConfig) -> "Topics":
        return cls(f"{config.base_topic}/{device.id}", f"{config.discovery_prefix}/status")

    @property
    def births(self) -> tuple[str, ...]:
        """Where Home Assistant says that it has started: unless told otherwise not below another discovery prefix."""
        return tuple(dict.fromkeys((self.birth, HOME_ASSISTANT_BIRTH)))

    @property
    def availability(self) -> str:
        return f"{self.base}/availability"

    @property
    def mood(self) -> str:
        return f"{self.base}/mood"

    @property
    def expression(self) -> str:
        return f"{self.base}/expression"

    @property
    def presence(self) -> str:
        return f"{self.base}/presence"

    @property
    def state(self) -> str:
        return f"{self.base}/state"

    @property
    def attributes(self) -> str:
        return f"{self.base}/attributes"

    @property
    def event(self) -> str:
        return f"{self.base}/event"

    @property
    def health(self) -> str:
        return f"{self.base}/health"

    @property
    def camera_set(self) -> str:
        return f"{self.base}/camera/set"

    @property
    def camera_state(self) -> str:
        return f"{self.base}/camera/state"


def availability(topics: Topics, online: bool) -> Message:
    """`online`, or `offline`: also the will the broker sends when the device is gone."""
    return Message(topics.availability, ONLINE if online else OFFLINE, retain=True)


def present(topics: Topics, status: Status, thresholds: Mapping[str, float]) -> tuple[Message, ...]:
    """The retained picture of the moment: mood, expression, presence, state, attributes and the camera's switch."""
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
    attributes = {
        "scores": _by_label(status.scores),
        "why": list(status.why),
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
    return Message(topics.event, _json(body))


def health(topics: Topics, measured: Health) -> Message:
    """The heartbeat: the fields of `Health` by their names, null where this machine cannot tell."""
    body = {key: round(value, 2) if isinstance(value, float) else value for key, value in asdict(measured).items()}
    return Message(topics.health, _json(body), qos=0)


_SCENE = ("mood", "expression", "presence", "playlist", "camera_on", "camera", "camera_until", "model")


def same_scene(one: Status, other: Status) -> bool:
    """Whether nothing but strengths, shares, scores and reasons differs: what may wait for the next refresh.

    `since` is compared to the second, because it is worked out anew from another clock every time.
    """
    return (
        all(getattr(one, name) == getattr(other, name) for name in _SCENE)
        and len(one.faces) == len(other.faces)
        and abs(one.since - other.since) < 1.0
    )


def timestamp(seconds: float) -> str:
    """Seconds since 1970 as `2026-01-31T18:04:05+00:00`, the second that has begun."""
    return datetime.fromtimestamp(math.floor(seconds), UTC).isoformat()


def _by_label(shares: Scores) -> dict[str, float]:
    return {label: _share(share) for label, share in zip(LABELS, shares, strict=True)}


def _share(value: float) -> float:
    return round(float(value), 3)


def _json(value: object) -> str:
    """Compact, and strict: a NaN in it is a bug of ours, not something to send (JSON has none)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
