"""What every part of the page is given: one frozen record instead of module-level state."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from edge.config import Config
from edge.mailbox import Latest
from edge.records import Frame, Status
from edge.web import shapes
from edge.web.access import Access
from edge.web.ports import Calibration, CameraSwitch, Corrections, HistoryReader, Photo
from edge.web.shares import Places, Rates

#: Of a pause of the camera: a week.
MOST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class Site:
    """`history` is None when the config keeps none. `analyse` is called by one thread at a time. Whatever may hold a
    thread for long takes a place first, so that threads are left for the page and the switch (`server.threads_for`)."""

    config: Config
    status: Latest[Status]
    history: HistoryReader | None
    analyse: Callable[[bytes], Photo]
    camera: CameraSwitch
    frame: Callable[[], Frame | None]
    calibration: Calibration
    corrections: Corrections
    another: Callable[[], None]
    healthy: Callable[[], bool]
    rng: Random
    too_large: str  # what is said of a photo that is
    access: Access
    tries: Rates  # of the password
    writes: Rates  # what a visitor may have written to the disk: a flash card is worn by it
    viewers: Places  # who follow live
    photos: Places  # the one that is read and the one that waits
    answers: Places  # long ones: a history, a picture
    demo: bool = False  # two portraits are shown instead of a camera's picture
    analysing: threading.Lock = field(default_factory=threading.Lock)

    def present(self, status: Status, *, whole: bool = True) -> shapes.Json:
        """The present moment; not `whole`, for who may see the mood alone, without how the device is doing."""
        shown = shapes.status_json(status, self.calibration.state) | {"camera_locked": bool(self.camera.locked)}
        return shown if whole else shown | {"health": None}
