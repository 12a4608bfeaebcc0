"""Faces over time: the same number for the same face, few full scans, nothing counted on one look."""

from dataclasses import dataclass, replace

from edge.config import FacesConfig
from edge.records import Box, Face, Image, Scan
from edge.vision.faces import FaceFinder

_SAME = 0.25  # overlap from which two boxes are the same face
_LOOKS_APART = 0.08  # seconds between looks that count as two when a face is confirmed
_LOST_RESCAN = 0.3  # seconds; a face just lost is looked for in the whole frame this often
_MOVED_RESCAN = 0.5  # seconds; a scene that keeps changing is scanned this often
_IDLE_RESCAN = 5.0  # seconds; an unchanged scene is scanned this often at least


@dataclass(frozen=True, slots=True)
class Track:
    """One face in view. `seen` is when the detector last saw it, `looks` how often, spaced in time."""

    number: int
    box: Box
    seen: float
    looks: int
    counted: float
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Tracks:
    """What one step gave. `seen` holds the numbers of the faces the detector saw in this very frame."""

    faces: tuple[Face, ...]
    seen: frozenset[int]
    scan: Scan


class Tracker:
    """Follows faces from frame to frame; reads no clock."""

    def __init__(self, config: FacesConfig, finder: FaceFinder) -> None:
        self._config = config
        self._finder = finder
        self._tracks: list[Track] = []
        self._next_number = 1
        self._scanned: float | None = None

    def step(self, grey: Image, now: float, moved: Box | None) -> Tracks:
        """The faces in `grey` (uint8, height × width) at `now`, largest first; quality is left at 0.

        `moved` is the part of the frame that has changed since the last full scan, None where nothing has.
        """
        scan: Scan = "none"
        tracks: list[Track] = []
        for track in self._tracks:
            scan = "near"
            box = self._finder.near(grey, track.box)
            if box is not None and not any(box.overlap(other.box) > _SAME for other in tracks):
                tracks.append(self._counted(track, box, now))
            elif now - track.seen <= self._config.keep_seconds:
                tracks.append(track)
        if self._scan_is_due(tracks, moved, now):
            scan = "full"
            for box in self._finder.full(grey):
                tracks = self._merged(tracks, box, now)
            self._scanned = now
        tracks.sort(key=lambda track: track.box.area, reverse=True)
        self._tracks = tracks[: self._config.max_faces]
        faces = tuple(Face(track.number, track.box, 0.0, None, track.confirmed) for track in self._tracks)
        return Tracks(faces, frozenset(track.number for track in self._tracks if track.seen == now), scan)

    def _scan_is_due(self, tracks: list[Track], moved: Box | None, now: float) -> bool:
        if self._scanned is None or now < self._scanned:
            return True
        since = now - self._scanned
        if since >= max(_IDLE_RESCAN, self._config.rescan_seconds):
            return True
        if any(track.seen != now for track in tracks) or len(tracks) < len(self._tracks):
            return since >= _LOST_RESCAN
        if tracks:
            return since >= self._config.rescan_seconds
        return moved is not None and since >= _MOVED_RESCAN

    def _counted(self, track: Track, box: Box, now: float) -> Track:
        apart = now - track.counted >= _LOOKS_APART
        looks = track.looks + apart
        return replace(
            track,
            box=box,
            seen=now,
            looks=looks,
            counted=now if apart else track.counted,
            confirmed=track.confirmed or looks >= self._config.confirm_looks,
        )

    def _merged(self, tracks: list[Track], box: Box, now: float) -> list[Track]:
        """`tracks` with what a full scan found: a known face seen again, or a new one."""
        best = max(tracks, key=lambda track: track.box.overlap(box), default=None)
        if best is None or best.box.overlap(box) <= _SAME:
            number, self._next_number = self._next_number, self._next_number + 1
            return [*tracks, Track(number, box, now, 1, now, self._config.confirm_looks <= 1)]
        if best.seen == now:
            return tracks
        return [self._counted(track, box, now) if track is best else track for track in tracks]
