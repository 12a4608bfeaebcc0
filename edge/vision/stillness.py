"""Which faces are pictures: a face that is alive changes beside its surroundings, a picture changes only with them."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from edge.records import Box, Face, Image, Life

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
#: From CHANGED on a face has changed: the largest difference of a part of it, as a share of the face's contrast. From
#: SLIGHTLY on it has where that is so many times (SURELY) what the parts differ by from look to look (docs/alive.md).
CHANGED, SLIGHTLY, SURELY = 0.12, 0.06, 10.0
#: Changes that show life: within PICTURE_SECONDS, or within LIVELY_SECONDS. A lamp, a shadow, or a camera that exposes
#: anew makes four in that time; people make most of the 45 there can be.
LIVELY_CHANGES = 6
QUICK_CHANGES, LIVELY_SECONDS = 3, 10.0
#: Who is as lively as that is not compared again for so long after each time: it costs.
REST_SECONDS = 4.0
#: What was a picture comes to life only with so many within REVIVING_SECONDS.
REVIVING_CHANGES, REVIVING_SECONDS = 5, 15.0
#: Faces whose boxes overlap by so much are at one place.
SAME_PLACE = 0.5
#: A place nobody was seen at is forgotten: a picture's later than a person's, for the detector may miss it for a while.
PERSON_SECONDS, MEMORY_SECONDS = 60.0, 3600.0
MOST_PLACES = 24
#: What a face did between two looks further apart is unknown.
LONGEST_LOOK_SECONDS = 2.0

_SIDE, _BLOCK = 48, 4  # px of the patch, and of its parts
_SURROUND = 0.5  # of the box, on every side: what the face is held against
_BLUR = 1.0  # px of the patch
_RIM = 6  # px of the patch that a shift may leave without data
_FACE = slice(_SIDE // 4, -(_SIDE // 4))  # the middle of the patch
_PARTS = _SIDE // 2 // _BLOCK
_BURNT = 245.0  # grey levels from which a pixel may be saturated
_WINDOW = cv2.createHanningWindow((_SIDE, _SIDE), cv2.CV_32F)

Patch = npt.NDArray[np.float32]


@dataclass(slots=True)
class _Place:
    """Where a face has been seen, for `watched` seconds up to `seen`; `changes` holds after how many it changed, and so
    do `checked` and `referred`."""

    box: Box
    region: Box
    seen: float
    reference: Patch
    watched: float = 0.0
    referred: float = 0.0
    checked: float = 0.0
    began: float = 0.0  # when the present `looks` did
    looked: float = 0.0  # when the last of them was
    averaged: bool = False  # the reference is more than the first look
    looks: list[Patch] = field(default_factory=list)
    changes: deque[float] = field(default_factory=lambda: deque(maxlen=64))
    picture: bool = False

    def count_changes(self, seconds: float) -> int:
        """Of the last so many seconds in which it was watched."""
        return sum(at > self.watched - seconds for at in self.changes)

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
        place.seen, place.box = now, face.box
        if not place.picture and place.is_lively and place.watched - place.checked < REST_SECONDS:
            return "alive"
        if place.looks and place.watched - place.looked < BETWEEN_LOOKS_SECONDS:
            return place.life
        if not place.looks:
            place.began = place.watched
        place.looked = place.watched
        place.looks.append(align(place.reference, _patch(grey, place.region)))
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
        mean = np.mean(place.looks, axis=0, dtype=np.float32)
        changed = place.averaged and has_changed(place.reference, mean, place.looks)
        # It stands for the checks that a rest left out, too: what counts is the same as without.
        rested = int(place.began - place.checked)
        place.looks.clear()
        place.checked = place.watched
        if changed:
            place.changes.extend([place.watched] * (1 + rested))
        if changed or not place.averaged or place.watched - place.referred >= REFERENCE_SECONDS:
            place.reference, place.referred, place.averaged = mean, place.watched, True

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
        if best is None or best.box.overlap(face.box) < SAME_PLACE:
            height, width = grey.shape
            region = face.box.grown(_SURROUND).clipped(width, height)
            best = _Place(face.box, region, now, _patch(grey, region))
            self._places.append(best)
            if before is not None:
                best.changes.extend([0.0] * LIVELY_CHANGES)
        self._of_track = {track: p for track, p in self._of_track.items() if now - p.seen <= PERSON_SECONDS}
        self._of_track[face.track] = best
        return best


def align(reference: Patch, patch: Patch) -> Patch:
    """`patch` moved back to where `reference` is: a camera that shakes moves a face and what is around it alike."""
    (across, down), _ = cv2.phaseCorrelate(reference.copy(), patch.copy(), _WINDOW)  # it writes into what it is given
    if max(abs(across), abs(down)) > _RIM:
        return patch
    back = np.array([[1, 0, -across], [0, 1, -down]], np.float32)
    moved = cv2.warpAffine(patch, back, (_SIDE, _SIDE), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.float32)


def parts(reference: Patch, patch: Patch) -> Patch:
    """By how much each part of the face (the middle of both patches) differs once its exposure and contrast are taken
    out, as a share of that contrast."""
    x, y = reference[_FACE, _FACE], patch[_FACE, _FACE]
    unburnt = (x < _BURNT) & (y < _BURNT)
    if int(unburnt.sum()) < x.size // 4:
        return np.zeros((_PARTS, _PARTS), np.float32)
    u, v = x[unburnt], y[unburnt]
    spread = float(u.var())
    gain = float(((u - u.mean()) * (v - v.mean())).mean()) / spread if spread > 1.0 else 1.0
    left = np.where(unburnt, y - (gain * x + (float(v.mean()) - gain * float(u.mean()))), 0.0).astype(np.float32)
    means = cv2.resize(left, (_PARTS, _PARTS), interpolation=cv2.INTER_AREA)
    return np.asarray(means / max(float(v.std()), 1.0), np.float32)


def has_changed(reference: Patch, mean: Patch, looks: Sequence[Patch]) -> bool:
    """Whether a part of the face differs in the `mean` of the `looks` from the reference by more than the looks
    themselves explain."""
    most = float(np.abs(parts(reference, mean)).max())
    if most >= CHANGED or most < SLIGHTLY:
        return most >= CHANGED
    # From look to look: what noise does, and a camera that shakes. The median spares the parts that move.
    steps = np.abs(np.diff(np.stack([parts(reference, look) for look in looks]), axis=0))
    noise = 1.4826 * float(np.median(steps)) / math.sqrt(2.0)
    return most >= SURELY * noise * math.sqrt(2.0 / len(looks))


def _patch(grey: Image, region: Box) -> Patch:
    """What is in `region`, small, and a little blurred: what is moved by parts of a pixel must not differ for that."""
    small = cv2.resize(region.cut(grey), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), _BLUR), np.float32)
