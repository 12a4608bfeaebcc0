"""Which faces are pictures: a living face changes on its own, a picture only together with its surroundings."""

import math
from collections import deque
from dataclasses import dataclass, field

from edge.records import Box, Face, Image, Life
from edge.vision.change import (
    Comparison,
    Reference,
    cut_patch,
    has_changed,
    has_moved,
    measure_head_shift,
    measure_tremble,
    surroundings,
)
from edge.vision.faces import SAME

#: A face that has not changed for this long is a picture; a living one blinks, breathes and sways meanwhile.
PICTURE_SECONDS = 45.0
#: After this long without change it may be a picture: it counts for nothing beside somebody who is alive.
STILL_SECONDS = 8.0
#: A check averages the looks of this time, and at least this many, against the sensor's noise.
CHECK_SECONDS, CHECK_LOOKS = 0.75, 2
#: A look that comes sooner after the last adds little, and is left out.
BETWEEN_LOOKS_SECONDS = 0.3
#: The reference is replaced this often, so that slow changes of the light do not count.
REFERENCE_SECONDS = 10.0
#: LIVELY_CHANGES within PICTURE_SECONDS, or QUICK_CHANGES within LIVELY_SECONDS, show life. A lamp, a shadow, or a new
#: exposure makes four in PICTURE_SECONDS; people make most of the 45 that are possible.
LIVELY_CHANGES = 6
QUICK_CHANGES, LIVELY_SECONDS = 3, 10.0
#: A lively face is not compared for this long after each check, to save CPU time.
REST_SECONDS = 4.0
#: A picture becomes a living face only after this many changes within REVIVING_SECONDS.
REVIVING_CHANGES, REVIVING_SECONDS = 5, 15.0
#: A place without a face is forgotten after this long: a person's, a picture's (the detector may miss it for a while).
PERSON_SECONDS, MEMORY_SECONDS = 60.0, 3600.0
MOST_PLACES = 24
#: The camera's tremble is the mean of the last TREMBLE_MEMORY checks, and unknown before TREMBLE_CHECKS.
TREMBLE_CHECKS, TREMBLE_MEMORY = 4, 24
#: Between two looks further apart than this a face counts as watched for this long only.
LONGEST_LOOK_SECONDS = 2.0


@dataclass(slots=True)
class _Place:
    """A place at which a face has been watched for `watched` seconds; all times but `seen` are values of `watched`.
    `box` is the face's first one and does not move: a face that leaves it is at another place."""

    box: Box
    region: Box
    seen: float  # when the face was last seen, on the source's clock
    reference: Reference
    watched: float = 0.0
    referenced_at: float = 0.0
    checked_at: float = 0.0
    looks_began_at: float = 0.0  # of the present `looks`, the first
    looked_at: float = 0.0  # of the present `looks`, the last
    head_at: tuple[float, float] | None = None  # the head's shift from the reference when it last moved
    averaged: bool = False  # the reference is the mean of a check, not the first look alone
    looks: list[Comparison] = field(default_factory=list)
    changes: deque[float] = field(default_factory=lambda: deque(maxlen=64))  # when it changed
    trembles: deque[float] = field(default_factory=lambda: deque(maxlen=TREMBLE_MEMORY))  # variances, one a check
    picture: bool = False

    def count_changes(self, seconds: float) -> int:
        """The changes within the last `seconds` in which it was watched."""
        return sum(at > self.watched - seconds for at in self.changes)

    def check_sway(self) -> bool:
        """Takes the present looks; whether the head is elsewhere in them than when it last moved."""
        tremble = measure_tremble(self.looks)
        if tremble is not None:
            self.trembles.append(tremble)
        shift = measure_head_shift(self.looks)
        if shift is None or len(self.trembles) < TREMBLE_CHECKS:
            return False
        tremble = math.sqrt(sum(self.trembles) / len(self.trembles))
        if self.head_at is not None and not has_moved(self.head_at, shift, len(self.looks), tremble):
            return False
        swayed, self.head_at = self.head_at is not None, shift
        return swayed

    @property
    def is_lively(self) -> bool:
        return self.count_changes(LIVELY_SECONDS) >= QUICK_CHANGES

    @property
    def life(self) -> Life:
        if self.picture:
            return "picture"
        if self.is_lively or self.count_changes(PICTURE_SECONDS) >= LIVELY_CHANGES:
            return "alive"
        return "still" if self.watched >= STILL_SECONDS else "unknown"


class Liveness:
    """Watches the places at which faces are; not tracks, so that a picture which the detector loses and finds again
    stays a picture. Reads no clock."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._of_track: dict[int, _Place] = {}

    def forget(self) -> None:
        """Forgets all places."""
        self._places.clear()
        self._of_track.clear()

    def judge(self, grey: Image, face: Face, now: float) -> Life:
        """What is known of a confirmed face that was seen in `grey` (uint8, height × width) at `now`."""
        place = self._place_of(grey, face, now)
        place.watched += min(now - place.seen, LONGEST_LOOK_SECONDS)
        place.seen = now
        if not place.picture and place.is_lively and place.watched - place.checked_at < REST_SECONDS:
            return "alive"
        if place.looks and place.watched - place.looked_at < BETWEEN_LOOKS_SECONDS:
            return place.life
        if not place.looks:
            place.looks_began_at = place.watched
        place.looked_at = place.watched
        place.looks.append(place.reference.compare(cut_patch(grey, place.region)))
        if place.watched - place.looks_began_at >= CHECK_SECONDS and len(place.looks) >= CHECK_LOOKS:
            self._check(place)
        if place.picture:
            place.picture = place.count_changes(REVIVING_SECONDS) < REVIVING_CHANGES
        elif place.watched >= PICTURE_SECONDS:
            place.picture = not place.is_lively and place.count_changes(PICTURE_SECONDS) < LIVELY_CHANGES
        return place.life

    def recall(self, track: int) -> Life:
        """What is known of a face that the detector misses in this frame: a picture stays one."""
        place = self._of_track.get(track)
        return "picture" if place is not None and place.picture else "unknown"

    @staticmethod
    def _check(place: _Place) -> None:
        changed = place.averaged and has_changed([look.cells for look in place.looks])
        # A change counts for the checks that a rest left out too, so that the count is the same as without rests.
        rested = int(place.looks_began_at - place.checked_at)
        place.checked_at = place.watched
        if place.check_sway() or changed:
            place.changes.extend([place.watched] * (1 + rested))
        if changed or not place.averaged or place.watched - place.referenced_at >= REFERENCE_SECONDS:
            place.reference = Reference([look.patch for look in place.looks])
            place.referenced_at, place.averaged, place.head_at = place.watched, True, None
        place.looks.clear()

    def _place_of(self, grey: Image, face: Face, now: float) -> _Place:
        """The place of `face`; a new one where no face was. A face that has moved to a new place counts as changed."""
        self._places = [
            p
            for p in self._places
            if now - p.seen <= (MEMORY_SECONDS if p.picture else PERSON_SECONDS) and now >= p.seen
        ]
        if len(self._places) > MOST_PLACES:
            self._places.sort(key=lambda p: p.seen)
            del self._places[0]
        best = max(self._places, key=lambda p: p.box.overlap(face.box), default=None)
        before = self._of_track.get(face.track)
        # The tracker's threshold for one face is used: the detector may see it half as large again.
        if best is None or best.box.overlap(face.box) <= SAME:
            height, width = grey.shape
            region = surroundings(face.box, width, height)
            best = _Place(face.box, region, now, Reference([cut_patch(grey, region)]))
            self._places.append(best)
            if before is not None:
                best.changes.extend([0.0] * LIVELY_CHANGES)
        self._of_track = {track: p for track, p in self._of_track.items() if now - p.seen <= PERSON_SECONDS}
        self._of_track[face.track] = best
        return best
