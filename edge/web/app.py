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
from edge.web import api, guard, live, metrics, pages, pictures
from edge.web.ports import Calibration, HistoryReader, Photo
from edge.web.site import Site, Viewers

MULTIPART_OVERHEAD_BYTES = 64 * 1024  # what a form adds around the photo


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
    camera: Callable[[bool], None],
    frame: Callable[[], Frame | None],
    calibration: Calibration,
    healthy: Callable[[], bool],
    rng: Random,
) -> Flask:
    """The page and the API of docs/api.md.

    `analyse` takes the bytes of a photo and raises an EdgeError of one line when there is no picture in them; it is
    called by one thread at a time. `camera` asks for the camera to be on or off and returns at once. `frame` is the
    newest frame or None. `healthy` says whether the daemon makes progress. `history` is None when none is kept.
    Everything is called from web threads.
    """
    app = Flask(__name__)
    app.request_class = InMemory
    app.config["MAX_CONTENT_LENGTH"] = largest_body(config)
    app.json = Json(app)
    too_large = f"too large: at most {config.web.photo_max_mib:g} MiB (web.photo_max_mib)"
    app.config["TOO_LARGE"] = too_large
    viewers = Viewers(config.web.max_viewers)
    site = Site(config, status, history, analyse, camera, frame, calibration, healthy, rng, viewers, too_large)
    guard.install(app, config.web.hosts, too_large)
    for room in (pages, live, api, pictures, metrics):
        app.register_blueprint(room.blueprint(site))
    return app
