"""/api/*: the present moment, the history, the switch, the calibration, a photo, a fact."""

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

from flask import Blueprint, Response, abort, request

from edge.errors import EdgeError
from edge.past import HistoryEntry
from edge.records import MusicWish
from edge.web import shapes, words
from edge.web.description import description as describe
from edge.web.facts import FACTS, another
from edge.web.guard import spend
from edge.web.ports import HistoryReader
from edge.web.shares import client
from edge.web.site import MOST_MINUTES, MOST_QUIET_MINUTES, Site

MAX_ENTRIES = 10_000  # of one answer; the newest are kept
MAX_COMMAND_BYTES = 512
SAD = "sad"  # the mood in which one may want to be cheered up
PART_ENTRIES = 200  # of the history, sent at a time


def blueprint(site: Site) -> Blueprint:
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("")
    def description() -> shapes.Json:
        return describe(site.config)

    @api.get("/status")
    def status() -> shapes.Json:
        present = site.status.peek()
        if present is None:
            abort(503, "no status yet: the camera is starting")
        if silence := site.silent_since(present):
            abort(503, f"no word since {shapes.iso(silence)}: the daemon hangs; restart it, and please report this")
        if site.access.rights(request).sees != "everything":
            return site.present(present, words.words_of_answer(), whole=False)
        return site.present(present, words.words_of_answer()) | shapes.view_json(present)

    @api.get("/history")
    def history() -> Response:
        start, end, entries = _asked_history(site)
        assert site.history is not None
        quarters = [quarter for quarter in site.history.quarters(start) if quarter.at < end]
        hours = round((end - start) / 3600, 4)
        return send_in_parts(site, shapes.history_json(hours, entries, quarters, PART_ENTRIES), "application/json")

    @api.get("/history.csv")
    def history_csv() -> Response:
        *_, entries = _asked_history(site)
        response = send_in_parts(site, shapes.history_csv(entries, PART_ENTRIES), "text/csv")
        response.headers["Content-Disposition"] = "attachment; filename=moodcast-history.csv"
        return response

    @api.delete("/history")
    def forget() -> shapes.Json:
        now = time.time()
        start, end = range_to_forget(request.args, now)
        forget_history(site, start, end)
        whole = start == -math.inf
        return {"forgotten": {"from": None if whole else shapes.iso(start), "to": shapes.iso(min(end, now))}}

    @api.post("/photo")
    def photo() -> shapes.Json:
        return look_at_photo(site)

    @api.post("/camera")
    def camera() -> tuple[shapes.Json, int]:
        command = sent_json(MAX_COMMAND_BYTES)
        on, locked, minutes = command.get("on"), command.get("locked"), command.get("minutes")
        if not (isinstance(on, bool) or isinstance(locked, bool)) or not isinstance(locked, bool | None):
            abort(400, 'the body must be JSON, {"on": true} or {"on": false}')
        if minutes is not None and not (on is False and is_pause(minutes)):
            abort(400, f'minutes go with {{"on": false}}, and must be a number above 0 and at most {MOST_MINUTES}')
        switch_camera(site, on, locked, minutes)
        answer = {} if on is None else {"camera": "ON" if on else "OFF"}
        if minutes is not None:
            answer["until"] = shapes.iso(time.time() + minutes * 60)
        return answer | ({} if locked is None else {"locked": locked}), 202

    @api.post("/playlist")
    def playlist() -> tuple[shapes.Json, int]:
        answer, wish = _music_wish(sent_json(MAX_COMMAND_BYTES))
        present = site.status.peek()
        if wish.what == "cheer" and (present is None or present.mood != SAD):
            abort(409, "nobody is sad now")
        site.wish(wish)
        return answer, 202

    @api.get("/calibration")
    def calibration() -> shapes.Json:
        return {"calibration": words.resting(words.words_of_answer(), site.calibration.state)}

    @api.post("/calibration")
    def calibrate() -> tuple[shapes.Json, int]:
        site.calibration.start()
        return {"calibration": words.resting(words.words_of_answer(), site.calibration.state)}, 202

    @api.delete("/calibration")
    def uncalibrate() -> shapes.Json:
        site.calibration.reset()
        return {"calibration": words.resting(words.words_of_answer(), site.calibration.state)}

    @api.get("/fact")
    def fact() -> shapes.Json:
        shown = request.args.get("not", type=int)
        number, found = another(FACTS, shown, site.rng, request.args.get("mood", ""))
        return shapes.fact_json(number, found) | {"text": words.fact(words.words_of_answer(), number, found.text)}

    return api


def sent_json(most_bytes: int) -> shapes.Json:
    """The JSON object in the body; empty where there is none, or a larger one."""
    if (request.content_length or 0) > most_bytes:
        return {}
    try:
        sent = request.get_json(force=True, silent=True)
    except RecursionError:
        return {}
    return sent if isinstance(sent, dict) else {}


def _music_wish(command: Mapping[str, object]) -> tuple[shapes.Json, MusicWish]:
    """(the answer, the wish for the daemon). Raises 400."""
    cheer, quiet = command.get("cheer"), command.get("quiet")
    if command.get("another") is True:
        return {"another": True}, MusicWish("another")
    if isinstance(cheer, bool):
        return {"cheer": cheer}, MusicWish("cheer" if cheer else "mood")
    if isinstance(quiet, int | float) and not isinstance(quiet, bool) and 0 <= quiet <= MOST_QUIET_MINUTES:
        return {"quiet": quiet}, MusicWish("quiet", quiet * 60.0)
    abort(
        400,
        'the body must be JSON, {"another": true}, {"cheer": true} or {"quiet": 60}: '
        f"minutes, at most {MOST_QUIET_MINUTES}, 0 ends it",
    )


def is_pause(minutes: object) -> bool:
    return isinstance(minutes, int | float) and not isinstance(minutes, bool) and 0 < minutes <= MOST_MINUTES


def switch_camera(site: Site, on: bool | None, locked: bool | None, minutes: float | None = None) -> None:
    """Locks or unlocks the camera, and switches it on, or off for `minutes` or for good. Raises HTTPException, and
    EdgeError where the configuration locks it."""
    if locked is not None:
        if not site.access.has_password:
            abort(403, "a lock needs a password, or anybody could undo it: web.password_file in config.yaml names one")
        site.camera.lock(locked)
    if on and site.camera.locked:
        abort(409, "the camera is locked off: unlock it first")
    if on is not None:
        site.camera.ask(on, None if minutes is None else minutes * 60)


def range_to_forget(asked: Mapping[str, str], now: float) -> tuple[float, float]:
    """`all=true`, the last `hours`, or `from` and `to` (ISO 8601; this device's time without an offset). Raises 400."""
    if asked.get("all") == "true":
        return -math.inf, math.inf
    try:
        start, end = (now - float(asked["hours"]) * 3600, now) if "hours" in asked else _range(asked)
        if math.isfinite(start) and start < end:
            return max(0.0, start), min(end, now)
    except ValueError:
        pass
    abort(400, "say what to forget: hours=1, from=2026-11-29T18:00 and a later to=, or all=true")


def forget_history(site: Site, start: float, end: float) -> None:
    """Raises 404 where no history is kept, 503 where its file cannot be written."""
    if site.history is None:
        abort(404, "no history is kept: set history.enabled: true in config.yaml")
    spend(site.writes, client(request.remote_addr))
    if not site.history.forget(start, end):
        abort(503, "nothing was forgotten: the history cannot be written now, the log on the device says why")


def _range(asked: Mapping[str, str]) -> tuple[float, float]:
    """`from` and a later `to`. Raises ValueError."""
    try:
        start, end = (datetime.fromisoformat(asked[name]).timestamp() for name in ("from", "to"))
    except (KeyError, OverflowError, OSError) as error:
        raise ValueError from error
    if start >= end:
        raise ValueError
    return start, end


def _asked_history(site: Site) -> tuple[float, float, Iterator[HistoryEntry]]:
    """(start, end, the changes between) of a request; wall-clock seconds. Raises 400, and 404 where none are kept."""
    if site.history is None:
        abort(404, "no history is kept: set history.enabled: true in config.yaml")
    now, longest = time.time(), site.config.history.days * 24
    if "from" in request.args or "to" in request.args:
        try:
            start, end = _range(request.args)
        except ValueError:
            abort(400, "say from when to when: from=2026-11-29T18:00 and a later to=")
        start, end = max(start, now - longest * 3600), min(end, now)
        return start, end, _newest(site.history, start, end)
    text = request.args.get("hours", f"{min(24, longest):g}")
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 0 < hours <= longest:
        abort(400, f"hours must be a number above 0 and at most {longest:g} (history.days), not {text[:40]!r}")
    start = now - hours * 3600
    return start, now, _newest(site.history, start, None)


def _newest(history: HistoryReader, start: float, end: float | None) -> Iterator[HistoryEntry]:
    """The newest MAX_ENTRIES. Counts first and reads again, so that they are never all in memory; reads lazily."""
    there = sum(1 for _ in history.walk(start, end))
    yield from islice(history.walk(start, end), max(0, there - MAX_ENTRIES), None)


def send_in_parts(site: Site, parts: Iterable[str], mimetype: str) -> Response:
    """A long answer; its reader holds a place until the end. Raises 503 or 429 where no place is free."""
    place = site.answers.enter(client(request.remote_addr))
    response = Response(parts, mimetype=mimetype)
    response.call_on_close(place.leave)
    return response


def look_at_photo(site: Site) -> shapes.Json:
    """Analyses the photo of this request: the multipart field `photo`, or the body. Nothing is kept.

    Raises HTTPException: 404 switched off, 400 no photo, 413 too large, 422 not a picture; 503 and 429 where one is
    being read and one waits.
    """
    settings = site.config.web
    if not settings.photo:
        abort(404, "photos are off: set web.photo: true in config.yaml")
    place = site.photos.enter(client(request.remote_addr))
    try:
        data = _sent_photo()
        if not data:
            abort(400, "no photo: send one as the multipart field 'photo' or as the body")
        if len(data) > settings.photo_max_mib * 2**20:
            abort(413)  # guard.py has the line for every 413
        with site.analysing:
            found = site.analyse(data)
    except EdgeError as error:
        abort(422, str(error))
    finally:
        place.leave()
    return shapes.photo_json(found, site.settings().playlists.by_mood, site.rng)


def _sent_photo() -> bytes:
    if request.mimetype == "multipart/form-data":
        sent = request.files.get("photo")
        return sent.read() if sent else b""
    return request.get_data(cache=False)
