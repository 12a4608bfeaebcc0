"""Which faces are pictures: a face that is alive changes beside its surroundings, a picture changes only with them."""

import math
from collections import deque
from dataclasses import dataclass, field

from edge.records import Box, Face, Image, Life
from edge.vision.change import (
    Compared,
    Reference,
    cut_patch,
    has_changed,
    has_swayed,
    locate_head,
    measure_tremble,
    surroundings,
)
from edge.vision.faces import SAME

#: A face that has not changed for so long is a picture's; a living one blinks, breathes and sways meanwhile.
PICTURE_SECONDS = 45.0
#: After so long without change it may be one: somebody who is alive beside it decides.
STILL_SECONDS = 8.0
#: For so long looks are averaged, against a sensor's noise, and in so many looks at least; then they are compared with
#: how the face was, which begins anew after a while: slow light is no change.
CHECK_SECONDS, CHECK_LOOKS = 0.75, 2
#: A look that comes sooner after the one before has little to add.
BETWEEN_LOOKS_SECONDS = 0.3
REFERENCE_SECONDS = 10.0
#: Changes that show life: within PICTURE_SECONDS, or within LIVELY_SECONDS. A lamp, a shadow, or a camera that exposes
#: anew makes four in that time; people make most of the 45 there can be.
LIVELY_CHANGES = 6
QUICK_CHANGES, LIVELY_SECONDS = 3, 10.0
#: Who is as lively as that is not compared again for so long after each time: it costs.
REST_SECONDS = 4.0
#: What was a picture comes to life only with so many within REVIVING_SECONDS.
REVIVING_CHANGES, REVIVING_SECONDS = 5, 15.0
#: A place nobody was seen at is forgotten: a picture's later than a person's, for the detector may miss it for a while.
PERSON_SECONDS, MEMORY_SECONDS = 60.0, 3600.0
MOST_PLACES = 24
#: Of so many checks is a camera's tremble known, and of the last so many.
TREMBLE_CHECKS, TREMBLE_MEMORY = 4, 24
#: What a face did between two looks further apart is unknown.
LONGEST_LOOK_SECONDS = 2.0


@dataclass(slots=True)
class _Place:
    """Where a face has been seen, for `watched` seconds up to `seen`; `changes` holds after how many it changed, and so
    do `checked` and `referred`. `box` is where it was at first: what is watched does not move, and who leaves it is at
    another place."""

    box: Box
    region: Box
    seen: float
    reference: Reference
    watched: float = 0.0
    referred: float = 0.0
    checked: float = 0.0
    began: float = 0.0  # when the present `looks` did
    looked: float = 0.0  # when the last of them was
    stood: tuple[float, float] | None = None  # where the head did, beside the reference, when it had swayed last
    averaged: bool = False  # the reference is more than the first look
    looks: list[Compared] = field(default_factory=list)
    changes: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    trembles: deque[float] = field(default_factory=lambda: deque(maxlen=TREMBLE_MEMORY))  # variances, one a check
    picture: bool = False

    def count_changes(self, seconds: float) -> int:
        """Of the last so many seconds in which it was watched."""
        return sum(at > self.watched - seconds for at in self.changes)

    def has_swayed(self) -> bool:
        """Whether the head stands elsewhere in the present looks than before."""
        tremble = measure_tremble(self.looks)
        if tremble is not None:
            self.trembles.append(tremble)
        stands = locate_head(self.looks)
        if stands is None or len(self.trembles) < TREMBLE_CHECKS:
            return False
        tremble = math.sqrt(sum(self.trembles) / len(self.trembles))
        if self.stood is not None and not has_swayed(self.stood, stands, len(self.looks), tremble):
            return False
        swayed, self.stood = self.stood is not None, stands
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


class Stillness:
    """Watches the places at which faces are. Reads no clock; places, not tracks, so that a picture which the detector
    loses and finds again stays one."""

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._of_track: dict[int, _Place] = {}

    def forget(self) -> None:
        """Nothing seen before counts any more."""
        self._places.clear()
        self._of_track.clear()

    def judge(self, grey: Image, face: Face, now: float) -> Life:
        """What is known of a confirmed face that was seen in `grey` (uint8, height × width) at `now`."""
        place = self._place_of(grey, face, now)
        place.watched += min(now - place.seen, LONGEST_LOOK_SECONDS)
        place.seen = now
        if not place.picture and place.is_lively and place.watched - place.checked < REST_SECONDS:
            return "alive"
        if place.looks and place.watched - place.looked < BETWEEN_LOOKS_SECONDS:
            return place.life
        if not place.looks:
            place.began = place.watched
        place.looked = place.watched
        place.looks.append(place.reference.compare(cut_patch(grey, place.region)))
        if place.watched - place.began >= CHECK_SECONDS and len(place.looks) >= CHECK_LOOKS:
            self._check(place)
        if place.picture:
            place.picture = place.count_changes(REVIVING_SECONDS) < REVIVING_CHANGES
        elif place.watched >= PICTURE_SECONDS:
            place.picture = not place.is_lively and place.count_changes(PICTURE_SECONDS) < LIVELY_CHANGES
        return place.life

    def recall(self, track: int) -> Life:
        """What is known of a face that the detector misses just now: a picture stays one."""
        place = self._of_track.get(track)
        return "picture" if place is not None and place.picture else "unknown"

    @staticmethod
    def _check(place: _Place) -> None:
        changed = place.averaged and has_changed([look.parts for look in place.looks])
        # It stands for the checks that a rest left out, too: what counts is the same as without.
        rested = int(place.began - place.checked)
        place.checked = place.watched
        if place.has_swayed() or changed:
            place.changes.extend([place.watched] * (1 + rested))
        if changed or not place.averaged or place.watched - place.referred >= REFERENCE_SECONDS:
            place.reference = Reference([look.patch for look in place.looks])
            place.referred, place.averaged, place.stood = place.watched, True, None
        place.looks.clear()

    def _place_of(self, grey: Image, face: Face, now: float) -> _Place:
        """The place of `face`; a new one where nobody was. Who has moved to a new place has changed."""
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
        # What is one face to the tracker is at one place: the detector may see it half as large again.
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
