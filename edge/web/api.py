"""/api/*: the present moment, the history, the switch, the calibration, a photo, a fact."""

import csv
import io
import math
import time

from flask import Blueprint, Response, abort, request
from werkzeug.exceptions import HTTPException

from edge.errors import EdgeError
from edge.records import HistoryEntry
from edge.web import shapes
from edge.web.facts import FACTS, another
from edge.web.site import Site

MAX_ENTRIES = 10_000  # of one answer; the newest are kept
MAX_COMMAND_BYTES = 512
PHOTO_PATIENCE_SECONDS = 20.0  # how long a photo waits for the one before it


def blueprint(site: Site) -> Blueprint:
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("/status")
    def status() -> shapes.Json:
        present = site.status.peek()
        if present is None:
            abort(503, "no status yet: the camera is starting")
        return shapes.status_json(present, site.calibration.state) | shapes.view_json(present)

    @api.get("/history")
    def history() -> shapes.Json:
        hours, entries = _asked_history(site)
        return {"hours": hours, "changes": [shapes.entry_json(entry) for entry in entries]}

    @api.get("/history.csv")
    def history_csv() -> Response:
        _, entries = _asked_history(site)
        text = io.StringIO()
        table = csv.writer(text)
        table.writerow(shapes.CSV_COLUMNS)
        table.writerows(shapes.csv_rows(entries))
        response = Response(text.getvalue(), mimetype="text/csv")
        response.headers["Content-Disposition"] = "attachment; filename=moodcast-history.csv"
        return response

    @api.post("/photo")
    def photo() -> shapes.Json:
        return look_at_photo(site)

    @api.post("/camera")
    def camera() -> tuple[shapes.Json, int]:
        command = None
        if (request.content_length or 0) <= MAX_COMMAND_BYTES:
            command = request.get_json(force=True, silent=True)
        on = command.get("on") if isinstance(command, dict) else None
        if not isinstance(on, bool):
            abort(400, 'the body must be JSON, {"on": true} or {"on": false}')
        site.camera(on)
        return {"camera": "ON" if on else "OFF"}, 202

    @api.get("/calibration")
    def calibration() -> shapes.Json:
        return {"calibration": site.calibration.state}

    @api.post("/calibration")
    def calibrate() -> tuple[shapes.Json, int]:
        site.calibration.start()
        return {"calibration": site.calibration.state}, 202

    @api.delete("/calibration")
    def uncalibrate() -> shapes.Json:
        site.calibration.reset()
        return {"calibration": site.calibration.state}

    @api.get("/fact")
    def fact() -> shapes.Json:
        shown = request.args.get("not", type=int)
        return shapes.fact_json(*another(FACTS, shown, site.rng))

    return api


def _asked_history(site: Site) -> tuple[float, list[HistoryEntry]]:
    if site.history is None:
        abort(404, "no history is kept: set history.enabled: true in config.yaml")
    longest = site.config.history.days * 24
    text = request.args.get("hours", f"{min(24, longest):g}")
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 0 < hours <= longest:
        abort(400, f"hours must be a number above 0 and at most {longest:g} (history.days), not {text[:40]!r}")
    return hours, list(site.history.since(time.time() - hours * 3600, MAX_ENTRIES))


def look_at_photo(site: Site) -> shapes.Json:
    """Analyses the photo of this request: the multipart field `photo`, or the body itself. Nothing is kept.

    Raises HTTPException: 404 switched off, 400 no photo, 413 too large, 422 no picture in it, 503 busy.
    """
    settings = site.config.web
    if not settings.photo:
        abort(404, "photos are off: set web.photo: true in config.yaml")
    data = _sent_photo()
    if not data:
        abort(400, "no photo: send one as the multipart field 'photo' or as the body")
    if len(data) > settings.photo_max_mib * 2**20:
        abort(413)  # the line is said by the application, for every way to be too large
    if not site.analysing.acquire(timeout=PHOTO_PATIENCE_SECONDS):
        raise Busy
    try:
        found = site.analyse(data)
    except EdgeError as error:
        abort(422, str(error))
    finally:
        site.analysing.release()
    return shapes.photo_json(found, site.config.playlists, site.rng)


def _sent_photo() -> bytes:
    if request.mimetype == "multipart/form-data":
        sent = request.files.get("photo")
        return sent.read() if sent else b""
    return request.get_data(cache=False)


class Busy(HTTPException):
    """All hands are busy; the answer says when to ask again."""

    code = 503
    description = "busy: try again in a moment"

    def get_headers(self, environ: object = None, scope: object = None) -> list[tuple[str, str]]:
        return [("Retry-After", "5")]
