"""What several rooms are like as one home: from their moods to one."""

from collections.abc import Mapping

from edge.mood.room import LEAD, MOST_EVIDENCE, NO_SHARES
from edge.records import ABSENT, LABELS, UNKNOWN
from edge.status import HomeNow, RoomNow

NEUTRAL = "neutral"
#: By how much another mood must lead the home's to take its place: the room's own lead, for strengths end at the brim.
LEAD_STRENGTH = LEAD / MOST_EVIDENCE
#: What a room leaves behind that is known no more holds for so long: its daemon may be starting again, which takes
#: systemd 15 seconds (RestartSec) and a Pi Zero some ten more.
HOLD_SECONDS = 30.0


class HomeMood:
    """The mood of the home. Reads no clock: `now` is monotonic seconds.

    A mood weighs what the rooms that have it have together: the sum of their strengths. The home's is the one that
    weighs most, and stays until another leads it by LEAD_STRENGTH, or until no room has it any more: one room's mood
    ends as the room ends it. A neutral room weighs nothing, as in a room neutral is the absence of evidence: the home
    is neutral where somebody is and no room has another mood. It is `absent` when every known room is, and `unknown`
    when none is known. While a room has been known no more for less than HOLD_SECONDS the mood does not change; nor is
    `absent` told before rooms have been known for so long: where all start again, they come one after the other.
    """

    def __init__(self) -> None:
        self._mood = UNKNOWN
        self._counted: frozenset[str] = frozenset()
        self._lost = float("-inf")  # when a room was last known that is not any more
        self._known: float | None = None  # since when some room is known

    def step(self, rooms: Mapping[str, RoomNow], left: frozenset[str], now: float) -> HomeNow:
        """`rooms` are those that are known at `now`, by their ids; `left` those of the others that have said why (their
        camera is switched off): for them nothing is held."""
        if self._counted - rooms.keys() - left:
            self._lost = now
        self._counted = frozenset(rooms)
        self._known = None if not rooms else now if self._known is None else self._known
        if self._known is None:
            self._mood = UNKNOWN
        elif self._mood == UNKNOWN or now - self._lost >= HOLD_SECONDS:
            decided = self._decide(rooms, self._weights(rooms))
            too_soon = decided == ABSENT and self._mood == UNKNOWN and now - self._known < HOLD_SECONDS
            self._mood = UNKNOWN if too_soon else decided
        presences = [room.presence for room in rooms.values() if room.presence is not None]
        occupied = [room for room in rooms.values() if room.mood != ABSENT]
        shares = tuple(sum(all_of) / len(occupied) for all_of in zip(*(room.shares for room in occupied), strict=True))
        return HomeNow(
            mood=self._mood,
            strength=max((room.strength for room in occupied if room.mood == self._mood), default=0.0),
            shares=shares or NO_SHARES,
            presence=any(presences) if presences else None,
            face_count=sum(room.face_count for room in rooms.values()) if rooms else None,
            counted=tuple(sorted(rooms)),
        )

    def _weights(self, rooms: Mapping[str, RoomNow]) -> dict[str, float]:
        weights: dict[str, float] = {}
        for room in rooms.values():
            if room.mood not in (NEUTRAL, ABSENT):
                weights[room.mood] = weights.get(room.mood, 0.0) + room.strength
        return weights

    def _decide(self, rooms: Mapping[str, RoomNow], weights: Mapping[str, float]) -> str:
        if all(room.mood == ABSENT for room in rooms.values()):
            return ABSENT
        if not weights:
            return NEUTRAL
        heaviest = max(sorted(weights, key=LABELS.index), key=weights.__getitem__)
        held = weights.get(self._mood)
        return self._mood if held is not None and weights[heaviest] - held < LEAD_STRENGTH else heaviest
