"""Faces over time: the same number for the same face, few full scans, nothing counted on one look."""

import math
from dataclasses import dataclass, replace

from edge.config import FacesConfig
from edge.records import Box, Face, Image, Scan
from edge.vision.faces import SAME, FaceFinder

_LOOKS_APART = 0.08  # seconds between looks that count as two
_SURE_SUPPORT = 12  # raw hits of the second cascade: most faces have more, clutter had fewer than 8 (docs/tracking.md)
_SURE_LOOK = 1.5  # looks that such a one is worth: two confirm a face where three are asked for, one never does
_DISTRUST = -6  # looks; how deep a hit that the second cascade keeps denying can sink
_UNSURE_SECONDS = 0.5  # a hit not yet confirmed is kept no longer: what clutter shows now and then must not add up
_SURE_SECONDS = 1.0  # a confirmed face is put to the second cascade this often
_DOUBT_SECONDS = 4.0  # and given up when it has denied it this long; real faces turned away came to 1.4 s
_MOVED_SECONDS = 3.0  # a scene counts as changing this long after it changed
_MOVED_RESCAN = 0.25  # seconds; meanwhile it is scanned this often
_COMPANY_SECONDS = 1.0  # beside a known face the scene counts as changing this long
_COMPANY_RESCAN = 0.5  # seconds; meanwhile it is scanned this often: somebody may have come
_COMING_SECONDS = 1.0  # after something moved whoever came may hold the head on one side: scans look for that too
_IDLE_RESCAN = 5.0  # seconds; an empty scene that does not change is scanned this often
_LOST_RESCAN = 0.25  # seconds; a face that near looks have lost is looked for in the whole frame this often


@dataclass(frozen=True, slots=True)
class Track:
    """One face in view.

    `seen` is when the detector last saw it, `asked` when the second cascade was last asked, `agreed` when that last
    saw it too. `looks` counts for and against it until it is confirmed.
    """

    number: int
    box: Box
    seen: float
    asked: float
    agreed: float
    looks: float
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Tracks:
    """What one step gave. `seen` holds the numbers of the faces the detector saw in this very frame."""

    faces: tuple[Face, ...]
    seen: frozenset[int]
    scan: Scan


class Tracker:
    """Follows faces from frame to frame; reads no clock. `now` may not run backwards, or it starts afresh."""

    def __init__(self, config: FacesConfig, finder: FaceFinder) -> None:
        self._config = config
        self._finder = finder
        self._tracks: list[Track] = []
        self._number = 0
        self._now = self._scanned = self._moved = float("-inf")
        self._company = float("-inf")  # when something last moved beside a known face

    def forget(self) -> None:
        """Nobody is known any more; numbers go on, so that nobody gets another's."""
        self._tracks = []
        self._now = self._scanned = self._moved = self._company = float("-inf")

    @property
    def boxes(self) -> list[Box]:
        """Where the faces known so far were last seen."""
        return [track.box for track in self._tracks]

    def step(self, grey: Image, now: float, moved: Box | None) -> Tracks:
        """The faces in `grey` (uint8, height × width) at `now`, largest first; quality is left at 0.

        `moved` is the part of the frame that has changed since the last full scan beside the known faces (`boxes`),
        None where nothing has.
        """
        if now < self._now:
            self.forget()
        self._now = now
        if moved is not None:
            self._moved, self._company = now, now if self._tracks else self._company
        scan: Scan = "near" if self._tracks else "none"
        tracks = self._followed(grey, now)
        if self._scan_is_due(tracks, now):
            scan, known = "full", len(tracks)
            self._scanned = now
            tracks = self._found(tracks, self._finder.full(grey), grey, now)
            if len(tracks) == known and now - self._moved <= _COMING_SECONDS:
                tracks = self._found(tracks, self._finder.tilted(grey), grey, now)
        tracks.sort(key=_standing, reverse=True)
        self._tracks = sorted(tracks[: self._config.max_faces], key=lambda track: track.box.area, reverse=True)
        faces = tuple(Face(track.number, track.box, 0.0, None, track.confirmed) for track in self._tracks)
        return Tracks(faces, frozenset(track.number for track in self._tracks if track.seen == now), scan)

    def _followed(self, grey: Image, now: float) -> list[Track]:
        """The known faces, each looked for near where it was; those lost for too long are left out."""
        tracks: list[Track] = []
        for track in sorted(self._tracks, key=_standing, reverse=True):
            box = self._finder.near(grey, track.box)
            if box is not None and any(box.overlap(other.box) > SAME for other in tracks):
                continue  # two tracks have run into one face: the confirmed one goes on, else the larger
            if box is not None:
                tracks.append(self._seen(track, box, grey, now))
            elif now - track.seen <= min(self._config.keep_seconds, math.inf if track.confirmed else _UNSURE_SECONDS):
                tracks.append(track)
        return [track for track in tracks if not self._is_doubtful(track, now)]

    @staticmethod
    def _is_doubtful(track: Track, now: float) -> bool:
        """Whether the first cascade goes on seeing a confirmed face that the second has denied for long."""
        return track.confirmed and track.seen == now and now - track.agreed > _DOUBT_SECONDS

    def _scan_is_due(self, tracks: list[Track], now: float) -> bool:
        since = now - self._scanned
        seen = {track.number for track in tracks if track.seen == now}
        if any(track.number not in seen and (track.confirmed or track.looks > 0) for track in self._tracks):
            return since >= _LOST_RESCAN  # what the second cascade has denied may go
        if tracks:
            company = now - self._company <= _COMPANY_SECONDS
            return since >= min(_COMPANY_RESCAN if company else math.inf, self._config.rescan_seconds)
        if now - self._moved <= _MOVED_SECONDS:
            return since >= _MOVED_RESCAN
        return since >= max(_IDLE_RESCAN, self._config.rescan_seconds)

    def _seen(self, track: Track, box: Box, grey: Image, now: float) -> Track:
        """`track` after the detector saw it at `box`: the second cascade is asked now and then."""
        track = replace(track, box=box, seen=now)
        sunk = track.looks <= _DISTRUST
        if now - track.asked < (_SURE_SECONDS if track.confirmed or sunk else _LOOKS_APART):
            return track
        support = self._finder.support(grey, box)
        agrees, worth = support > 0, _SURE_LOOK if support >= _SURE_SUPPORT else 1.0
        looks = track.looks + worth if agrees else max(_DISTRUST, track.looks - 1)
        return replace(
            track,
            asked=now,
            agreed=now if agrees else track.agreed,
            looks=looks,
            confirmed=track.confirmed or looks >= self._config.confirm_looks,
        )

    def _found(self, tracks: list[Track], boxes: list[Box], grey: Image, now: float) -> list[Track]:
        for box in boxes:
            tracks = self._merged(tracks, box, grey, now)
        return tracks

    def _merged(self, tracks: list[Track], box: Box, grey: Image, now: float) -> list[Track]:
        """`tracks` with what a full scan found: a known face seen again, or a new one."""
        best = max(tracks, key=lambda track: track.box.overlap(box), default=None)
        if best is None or best.box.overlap(box) <= SAME:
            best = self._nearest_lost(tracks, box, now)
        if best is None:
            self._number += 1
            never = float("-inf")
            return [*tracks, self._seen(Track(self._number, box, now, never, now, 0, False), box, grey, now)]
        if best.seen == now:
            return tracks
        return [self._seen(track, box, grey, now) if track is best else track for track in tracks]

    def _nearest_lost(self, tracks: list[Track], box: Box, now: float) -> Track | None:
        """The face lost a moment ago that may have moved to `box`: of about its size, at most a face's width away."""

        def away(track: Track) -> float:
            (x0, y0), (x1, y1) = track.box.centre, box.centre
            return max(abs(x1 - x0), abs(y1 - y0)) / max(track.box.w, box.w)

        lost = [track for track in tracks if track.seen != now and 0.6 < track.box.w / box.w < 1.7 and away(track) < 1]
        return min(lost, key=away, default=None)


def _standing(track: Track) -> tuple[bool, int]:
    """Who goes before whom: the confirmed before the others, then the larger."""
    return track.confirmed, track.box.area
