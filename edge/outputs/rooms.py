"""The rooms on the broker, as their messages describe them, and the messages of the home. Pure.

Anybody with access to the broker may write anything here: a room with other messages than a room's counts as unknown.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from edge.config import HomeConfig, MqttConfig
from edge.outputs.discovery import MISSED_HEARTBEATS
from edge.outputs.messages import OFF, OFFLINE, ON, ONLINE, Message, Topics
from edge.records import ABSENT, LABELS, PAUSED, UNKNOWN, Scores
from edge.status import HomeNow, RoomNow

#: The most rooms that are followed where none are listed: anybody could invent thousands.
MOST_ROOMS = 50
#: The word for a room without messages for three heartbeats: its retained messages may be old (a bridge is down).
SILENT = "silent"
_PARTS = ("availability", "presence", "state", "health")
_MOST_FACES = 100


@dataclass(slots=True)
class _Room:
    heard_at: float
    online: bool | None = None  # None: it has not said
    presence: bool | None = None
    mood: str = UNKNOWN
    strength: float = 0.0
    shares: Scores = ()
    face_count: int = 0


class Rooms:
    """Subscribe to `filters` and pass every message to `handle`; then ask `known` and `words`. Call `clear` at the end
    of a connection: the next one brings the retained messages again."""

    def __init__(self, config: MqttConfig, home: HomeConfig) -> None:
        self._base, self._home = config.base_topic, home
        self._silence = MISSED_HEARTBEATS * config.health_seconds
        self._rooms: dict[str, _Room] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        return tuple(f"{self._base}/{room}/{part}" for room in self._home.rooms or ("+",) for part in _PARTS)

    def clear(self) -> None:
        self._rooms.clear()

    def handle(self, topic: str, payload: bytes, now: float) -> None:
        """`now` is monotonic seconds."""
        found = re.fullmatch(rf"{re.escape(self._base)}/([a-z0-9_-]{{1,64}})/(\w+)", topic)
        if found is None or found[1] == self._home.id or (self._home.rooms and found[1] not in self._home.rooms):
            return
        room = self._rooms.get(found[1])
        if room is None:
            if not payload or len(self._rooms) >= MOST_ROOMS:
                return
            room = self._rooms[found[1]] = _Room(now)
        room.heard_at = now
        match found[2]:
            case "availability":
                room.online = {ONLINE.encode(): True, OFFLINE.encode(): False}.get(payload)
            case "presence":
                room.presence = {ON.encode(): True, OFF.encode(): False}.get(payload)
            case "state":
                room.mood, room.strength, room.shares, room.face_count = _state(payload)
        if room.online is None and not payload:
            del self._rooms[found[1]]  # its retained messages were removed

    def known(self, now: float) -> dict[str, RoomNow]:
        """The rooms that count at `now`, by their ids."""
        return {
            name: RoomNow(room.mood, room.strength, room.shares, room.presence, room.face_count)
            for name, room in self._rooms.items()
            if self._word(room, now) in (*LABELS, ABSENT)
        }

    def words(self, now: float) -> dict[str, str]:
        """Each room's mood, or why it does not count: `offline`, `silent`, `paused` or `unknown`."""
        listed = dict.fromkeys(self._home.rooms, OFFLINE)
        return listed | {name: self._word(room, now) for name, room in sorted(self._rooms.items())}

    def _word(self, room: _Room, now: float) -> str:
        if not room.online:
            return OFFLINE
        return SILENT if now - room.heard_at >= self._silence else room.mood


def _state(payload: bytes) -> tuple[str, float, Scores, int]:
    """Mood, strength, shares and faces of a room's state; `unknown` where it is none."""
    nothing = UNKNOWN, 0.0, (0.0,) * len(LABELS), 0
    try:
        state = json.loads(payload)
        if "counted" in state:  # another home's
            return nothing
        mood, strength, faces = state["mood"], _number(state["strength"], 1), _number(state["faces"], _MOST_FACES)
        shares = tuple(_number(state["shares"][label], 1) for label in LABELS)
    except (ValueError, LookupError, TypeError, RecursionError):
        return nothing
    return (mood, strength, shares, int(faces)) if mood in (*LABELS, ABSENT, PAUSED) else nothing


def _number(value: Any, most: float) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or not 0 <= value <= most:
        raise ValueError(value)
    return float(value)


def home_messages(topics: Topics, now: HomeNow, words: dict[str, str]) -> tuple[Message, ...]:
    """The retained messages of the home; `words` are those of the rooms."""
    presence = UNKNOWN if now.presence is None else ON if now.presence else OFF
    state = {
        "mood": now.mood,
        "strength": round(now.strength, 3),
        "shares": {label: round(share, 3) for label, share in zip(LABELS, now.shares, strict=True)},
        "faces": now.face_count,
        "counted": list(now.counted),
    }
    return (
        Message(topics.mood, now.mood, retain=True),
        Message(topics.presence, presence, retain=True),
        Message(topics.state, json.dumps(state, separators=(",", ":")), retain=True),
        Message(topics.attributes, json.dumps({"rooms": words}, separators=(",", ":")), retain=True),
    )
