"""What every blueprint gets: one record instead of module-level state."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from edge.config import Config
from edge.languages import Texts
from edge.mailbox import Latest
from edge.records import Frame, MusicWish
from edge.status import Counts, Status
from edge.web import shapes
from edge.web.access import Access
from edge.web.ports import Calibration, CameraSwitch, Corrections, HistoryReader, KeptFaces, LiveSettings, Photo
from edge.web.shares import Places, Rates
from edge.web.words import resting

#: The longest pause of the camera: a week.
MOST_MINUTES = 7 * 24 * 60
#: The longest time without music: a day.
MOST_QUIET_MINUTES = 24 * 60
#: Places: one photo is read while one waits; long answers (a history, a picture) for three readers, two of one address.
PHOTOS, ANSWERS, ANSWERS_EACH = 2, 3, 2
#: Wrong passwords of one address: so many, then one in so many seconds.
TRIES, TRY_SECONDS = 5, 30.0
#: Requests of one address that write to the disk: so many at once, then one in so many seconds.
WRITES, WRITE_SECONDS = 10, 5.0


@dataclass
class Site:
    """Everything is called from web threads, `analyse` by one at a time: it takes the bytes of a photo and raises
    EdgeError where they are not a picture. `history` is None where none is kept; `frame` gives the newest frame or
    None; `wish` asks something of the music; `healthy`: the daemon makes progress. `config` is that of the start,
    `settings` the one in force. `warnings` are the last ones with their times, newest first; `disk_free` in bytes, None
    where unknown; `card` has the model's figures, 0 to 1, by name. `key` signs sessions.

    What may hold a thread for long takes a place first, so that threads stay free for the page and the switch
    (`server.threads_for`).
    """

    config: Config
    status: Latest[Status]
    history: HistoryReader | None
    analyse: Callable[[bytes], Photo]
    camera: CameraSwitch
    frame: Callable[[], Frame | None]
    calibration: Calibration
    corrections: Corrections
    faces: KeptFaces
    wish: Callable[[MusicWish], None]
    healthy: Callable[[], bool]
    counts: Callable[[], Counts]
    settings: Callable[[], Config]
    live: LiveSettings
    warnings: Callable[[], Sequence[tuple[float, str]]]
    disk_free: Callable[[], int | None]
    card: Mapping[str, float]
    rng: Random
    key: bytes
    demo: bool = False  # two portraits are shown instead of a camera's picture

    def __post_init__(self) -> None:
        web, most = self.config.web, self.config.web.max_viewers
        self.too_large = f"too large: at most {web.photo_max_mib:g} MiB (web.photo_max_mib)"  # for a photo
        self.access = Access(web, self.key, f"moodcast-{self.config.device.id}")
        self.tries = Rates(TRIES, TRY_SECONDS)  # of the password
        self.writes = Rates(WRITES, WRITE_SECONDS)  # to the disk, because writes wear flash cards
        self.viewers = Places(most, most, "viewers follow (web.max_viewers)", yielding=True)
        self.photos = Places(PHOTOS, PHOTOS, "photos are being read")
        self.answers = Places(ANSWERS, ANSWERS_EACH, "long answers are on their way")
        self.analysing = threading.Lock()

    def silent_since(self, status: Status | None) -> float | None:
        """When the present status was made, where it is old because the daemon hangs; else None."""
        return status.at if status and not self.healthy() else None

    def present(self, status: Status, of: Texts, *, whole: bool = True) -> shapes.Json:
        """The present status in the language `of`; not `whole`: without `health`, for those who may see only the
        mood."""
        shown = shapes.status_json(status, resting(of, self.calibration.state), of)
        shown["camera_locked"] = bool(self.camera.locked)
        return shown if whole else shown | {"health": None}
