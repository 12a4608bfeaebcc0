"""A tracker as the daemon runs it, and what its steps say."""

from collections.abc import Iterable

from edge.config import FacesConfig
from edge.records import Face, Image
from edge.vision.faces import FaceFinder
from edge.vision.motion import Motion
from edge.vision.tracking import Tracker, Tracks


class Watcher:
    """A tracker with its motion detector, as the daemon couples them."""

    def __init__(self, config: FacesConfig | None = None) -> None:
        config = config or FacesConfig()
        self.tracker, self.motion = Tracker(config, FaceFinder(config)), Motion()

    def update(self, grey: Image, now: float) -> Tracks:
        tracks = self.tracker.update(grey, now, self.motion.compare(grey, self.tracker.boxes))
        if tracks.scan == "full":
            self.motion.set_reference(self.tracker.boxes)
        return tracks

    def run(self, scenes: Iterable[Image], start: float = 0.0, fps: float = 10.0) -> list[Tracks]:
        return [self.update(scene, start + number / fps) for number, scene in enumerate(scenes)]


def confirmed(tracks: Tracks) -> list[Face]:
    return [face for face in tracks.faces if face.confirmed]


def scans(steps: Iterable[Tracks]) -> list[str]:
    return [step.scan for step in steps]
