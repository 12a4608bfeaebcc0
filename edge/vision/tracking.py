"""Follows faces over time: the same number for the same face, few full scans, no face confirmed by one look."""

import math
from dataclasses import dataclass, replace

from edge.config import FacesConfig
from edge.records import Box, Face, Image, Scan
from edge.vision.faces import SAME, FaceFinder

_LOOKS_APART = 0.08  # seconds between looks that count as two
#: A look is worth one for every so many raw hits of the second cascade that agree, and _MOST_WORTH at most; where none
#: do, it takes _DENIED away. Faces mostly have 12 and more in each, clutter fewer than 10 and many denials
#: (docs/tracking.md).
_SUPPORT, _MOST_WORTH, _DENIED = 8, 1.75, 2.0
_DISTRUST = -6  # looks; the lowest count of a hit that the second cascade keeps denying
_UNSURE_SECONDS = 0.5  # a hit not yet confirmed is kept this long: hits of clutter now and then must not add up
_SURE_SECONDS = 1.0  # the second cascade checks a confirmed face this often
_DOUBT_SECONDS = 4.0  # and the face is dropped after denying it this long; real faces turned away came to 1.4 s
_MOVED_SECONDS = 3.0  # an empty scene counts as changing this long after it changed
_MOVED_RESCAN = 0.25  # seconds between scans meanwhile
_COMPANY_SECONDS = 1.0  # beside a known face the scene counts as changing this long
_COMPANY_RESCAN = 0.5  # seconds between scans meanwhile: somebody may have come
_COMING_SECONDS = 1.0  # this long after a movement scans look for tilted heads too
_IDLE_RESCAN = 5.0  # seconds between scans of an empty scene that does not change
_LOST_RESCAN = 0.25  # seconds between scans for a face that was lost


@dataclass(frozen=True, slots=True)
class Track:
    """One face in view. `seen` is when the detector last saw it, `asked` when the second cascade last checked it,
    `agreed` when that saw it too. `looks`: what they are worth for it, less those against it, until it is confirmed."""

    number: int
    box: Box
    seen: float
    asked: float
    agreed: float
    looks: float
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Tracks:
    """What one frame gave. `seen` holds the numbers of the faces that the detector saw in this frame."""

    faces: tuple[Face, ...]
    seen: frozenset[int]
    scan: Scan


class Tracker:
    """Follows faces from frame to frame; reads no clock. Where `now` runs backwards it forgets all faces."""

    def __init__(self, config: FacesConfig, finder: FaceFinder) -> None:
        self._config = config
        self._finder = finder
        self._tracks: list[Track] = []
        self._number = 0
        self._now = self._scanned = self._moved = float("-inf")
        self._company = float("-inf")  # when something last moved beside a known face

    def forget(self) -> None:
        """Forgets all faces; numbers go on, so that no face gets another's."""
        self._tracks = []
        self._now = self._scanned = self._moved = self._company = float("-inf")

    @property
    def boxes(self) -> list[Box]:
        """Where the known faces were last seen."""
        return [track.box for track in self._tracks]

    def update(self, grey: Image, now: float, moved: Box | None) -> Tracks:
        """The faces in `grey` (uint8, height × width) at `now`, largest first; quality is left at 0.

        `moved` is the box of what has changed since the last full scan, the known faces (`boxes`) left out; or None.
        """
        if now < self._now:
            self.forget()
        self._now = now
        if moved is not None:
            self._moved, self._company = now, now if self._tracks else self._company
        scan: Scan = "near" if self._tracks else "none"
        tracks = self._follow(grey, now)
        if self._scan_is_due(tracks, now):
            scan, known = "full", len(tracks)
            self._scanned = now
            for box in self._finder.scan(grey):
                tracks = self._merge(tracks, box, grey, now)
            if len(tracks) == known and now - self._moved <= _COMING_SECONDS:
                for box in self._finder.scan_tilted(grey):
                    tracks = self._merge(tracks, box, grey, now)
        tracks.sort(key=_rank, reverse=True)
        self._tracks = sorted(tracks[: self._config.max_faces], key=lambda track: track.box.area, reverse=True)
        faces = tuple(Face(track.number, track.box, 0.0, None, track.confirmed) for track in self._tracks)
        return Tracks(faces, frozenset(track.number for track in self._tracks if track.seen == now), scan)

    def _follow(self, grey: Image, now: float) -> list[Track]:
        """The known faces, each searched near its last place, without those lost for too long."""
        tracks: list[Track] = []
        for track in sorted(self._tracks, key=_rank, reverse=True):
            box = self._finder.find_near(grey, track.box)
            if box is not None and any(box.overlap(other.box) > SAME for other in tracks):
                continue  # two tracks have met at one face: the confirmed one goes on, else the larger
            if box is not None:
                tracks.append(self._update_track(track, box, grey, now))
            elif now - track.seen <= min(self._config.keep_seconds, math.inf if track.confirmed else _UNSURE_SECONDS):
                tracks.append(track)
        # Without those that the second cascade has denied for long, though the first still sees them.
        return [t for t in tracks if not (t.confirmed and t.seen == now and now - t.agreed > _DOUBT_SECONDS)]

    def _scan_is_due(self, tracks: list[Track], now: float) -> bool:
        since = now - self._scanned
        seen = {track.number for track in tracks if track.seen == now}
        if any(track.number not in seen and (track.confirmed or track.looks > 0) for track in self._tracks):
            return since >= _LOST_RESCAN
        if tracks:
            company = now - self._company <= _COMPANY_SECONDS
            return since >= min(_COMPANY_RESCAN if company else math.inf, self._config.rescan_seconds)
        if now - self._moved <= _MOVED_SECONDS:
            return since >= _MOVED_RESCAN
        return since >= max(_IDLE_RESCAN, self._config.rescan_seconds)

    def _update_track(self, track: Track, box: Box, grey: Image, now: float) -> Track:
        """`track` after the detector saw it at `box`; the second cascade checks it now and then."""
        track = replace(track, box=box, seen=now)
        sunk = track.looks <= _DISTRUST
        if now - track.asked < (_SURE_SECONDS if track.confirmed or sunk else _LOOKS_APART):
            return track
        support = self._finder.count_support(grey, box)
        worth = min(support / _SUPPORT, _MOST_WORTH) if support else -_DENIED
        looks = max(_DISTRUST, track.looks + worth)
        return replace(
            track,
            asked=now,
            agreed=now if support else track.agreed,
            looks=looks,
            confirmed=track.confirmed or looks >= self._config.confirm_looks,
        )

    def _merge(self, tracks: list[Track], box: Box, grey: Image, now: float) -> list[Track]:
        """`tracks` with the face a full scan found at `box`: a known one, or a new one."""
        best = max(tracks, key=lambda track: track.box.overlap(box), default=None)
        if best is None or best.box.overlap(box) <= SAME:
            best = self._find_nearest_lost(tracks, box, now)
        if best is None:
            self._number += 1
            never = float("-inf")
            return [*tracks, self._update_track(Track(self._number, box, now, never, now, 0, False), box, grey, now)]
        if best.seen == now:
            return tracks
        return [self._update_track(track, box, grey, now) if track is best else track for track in tracks]

    def _find_nearest_lost(self, tracks: list[Track], box: Box, now: float) -> Track | None:
        """The face lost a moment ago that may have moved to `box`: of about its size, and within a face's width."""

        def away(track: Track) -> float:
            (x0, y0), (x1, y1) = track.box.centre, box.centre
            return max(abs(x1 - x0), abs(y1 - y0)) / max(track.box.w, box.w)

        lost = [track for track in tracks if track.seen != now and 0.6 < track.box.w / box.w < 1.7 and away(track) < 1]
        return min(lost, key=away, default=None)


def _rank(track: Track) -> tuple[bool, int]:
    """Confirmed tracks before others, then larger before smaller."""
    return track.confirmed, track.box.area
