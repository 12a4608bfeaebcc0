"""What every part of the page is given: one record instead of module-level state."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from edge.config import Config
from edge.mailbox import Latest
from edge.records import Counts, Frame, MusicWish, Status
from edge.web import shapes
from edge.web.access import Access
from edge.web.ports import Calibration, CameraSwitch, Corrections, HistoryReader, KeptFaces, LiveSettings, Photo
from edge.web.shares import Places, Rates

#: Of a pause of the camera: a week.
MOST_MINUTES = 7 * 24 * 60
#: Of "not now", said of the music: a day.
MOST_QUIET_MINUTES = 24 * 60
#: One photo is read while one waits; long answers (a history, a picture) go to three readers, two of one address.
PHOTOS, ANSWERS, ANSWERS_EACH = 2, 3, 2
#: Wrong passwords of one address: so many, and then one in so many seconds.
TRIES, TRY_SECONDS = 5, 30.0
#: Corrections, and what is forgotten, of one address: so many at once, and then one in so many seconds.
WRITES, WRITE_SECONDS = 10, 5.0


@dataclass
class Site:
    """All of it is called from web threads, `analyse` by one at a time: it takes the bytes of a photo and raises an
    EdgeError of one line where there is no picture in them. `history` is None where none is kept, `frame` the newest
    frame or None; `wish` asks something of the music, `healthy` says whether the daemon makes progress, `counts` what
    it has done. `settings` is the configuration in force, which a reload or `live` may have changed since `config`;
    `warnings` are the last ones, newest first, with their times; `disk_free` is in bytes, None where nobody knows;
    `card` has the model's figures, 0 to 1, by what they are of. `key` signs sessions: the same over restarts, and
    nobody else's.

    Whatever may hold a thread for long takes a place first, so that threads are left for the page and the switch
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
        self.too_large = f"too large: at most {web.photo_max_mib:g} MiB (web.photo_max_mib)"  # said of a photo
        self.access = Access(web, self.key, f"moodcast-{self.config.device.id}")
        self.tries = Rates(TRIES, TRY_SECONDS)  # of the password
        self.writes = Rates(WRITES, WRITE_SECONDS)  # what a visitor may have written to the disk: it wears flash cards
        self.viewers = Places(most, most, "viewers follow (web.max_viewers)", yielding=True)
        self.photos = Places(PHOTOS, PHOTOS, "photos are being read")
        self.answers = Places(ANSWERS, ANSWERS_EACH, "long answers are on their way")
        self.analysing = threading.Lock()

    def present(self, status: Status, *, whole: bool = True) -> shapes.Json:
        """The present moment; not `whole`, for who may see the mood alone, without how the device is doing."""
        shown = shapes.status_json(status, self.calibration.state) | {"camera_locked": bool(self.camera.locked)}
        return shown if whole else shown | {"health": None}
