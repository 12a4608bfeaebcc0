"""The web application: `create_app` is given everything it shows and moves; nothing lives in the module."""

import io
from collections.abc import Callable
from random import Random
from typing import IO

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider

from edge.config import Config
from edge.mailbox import Latest
from edge.records import Frame, Status
from edge.web import access, api, guard, live, login, metrics, pages, pictures
from edge.web import corrections as corrected
from edge.web.ports import Calibration, CameraSwitch, Corrections, HistoryReader, Photo
from edge.web.shares import Places, Rates
from edge.web.site import Site

MULTIPART_OVERHEAD_BYTES = 64 * 1024  # what a form adds around the photo
#: One photo is read while one waits; long answers (a history, a picture) go to three readers, two of one address.
PHOTOS, ANSWERS, ANSWERS_EACH = 2, 3, 2
#: Corrections, and what is forgotten, of one address: so many at once, and then one in so many seconds.
WRITES, WRITE_SECONDS = 10, 5.0


class InMemory(Request):
    """A photo is never written to disk, not even while it is received (Werkzeug would, above 500 kB)."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


class Json(DefaultJSONProvider):
    sort_keys = False  # the order of LABELS is one to read by
    ensure_ascii = False


def largest_body(config: Config) -> int:
    """Bytes of the largest request that is read."""
    return int(config.web.photo_max_mib * 2**20) + MULTIPART_OVERHEAD_BYTES


def create_app(
    config: Config,
    status: Latest[Status],
    *,
    history: HistoryReader | None,
    analyse: Callable[[bytes], Photo],
    camera: CameraSwitch,
    frame: Callable[[], Frame | None],
    calibration: Calibration,
    corrections: Corrections,
    another: Callable[[], None],
    healthy: Callable[[], bool],
    rng: Random,
    key: bytes,
    demo: bool = False,
) -> Flask:
    """The page and the API of docs/api.md.

    `analyse` takes the bytes of a photo and raises an EdgeError of one line when there is no picture in them; it is
    called by one thread at a time. `another` asks for another playlist. `frame` is the newest frame or None. `healthy`
    says whether the daemon makes progress. `history` is None when none is kept. `key` signs sessions: the same over
    restarts, and nobody else's. `demo`: there is no camera. Everything is called from web threads.
    """
    app = Flask(__name__)
    app.request_class = InMemory
    app.config["MAX_CONTENT_LENGTH"] = largest_body(config)
    app.json = Json(app)
    too_large = f"too large: at most {config.web.photo_max_mib:g} MiB (web.photo_max_mib)"
    app.config["TOO_LARGE"] = too_large
    most = config.web.max_viewers
    site = Site(
        config,
        status,
        history,
        analyse,
        camera,
        frame,
        calibration,
        corrections,
        another,
        healthy,
        rng,
        too_large,
        access.Access(config.web, key, f"moodcast-{config.device.id}"),
        tries=Rates(login.TRIES, login.TRY_SECONDS),
        writes=Rates(WRITES, WRITE_SECONDS),
        viewers=Places(most, most, "viewers follow (web.max_viewers)", yielding=True),
        photos=Places(PHOTOS, PHOTOS, "photos are being read"),
        answers=Places(ANSWERS, ANSWERS_EACH, "long answers are on their way"),
        demo=demo,
    )
    guard.install(app, config.web.hosts, too_large)
    access.install(app, site.access)
    for room in (pages, live, api, corrected, pictures, metrics, login):
        app.register_blueprint(room.blueprint(site))
    return app
