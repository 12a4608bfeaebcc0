"""The page itself, and what it needs where scripts are off: the same forms, answered with the same page."""

import time
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from edge.records import LABELS, PAUSED, Playlist, Status
from edge.web import ribbon, shapes, words
from edge.web.api import is_pause, look_at_photo, switch_camera
from edge.web.facts import FACTS, another
from edge.web.site import MOST_MINUTES, Site
from edge.web.words import TITLES

DAY_HOURS = 24
MAX_SPANS = 1000  # changes the ribbon is made of; over 30 an hour all day are beyond the flap budget
_WORDS = {"true": True, "false": False}
MORNING = 6  # the hour at which a pause "until tomorrow" ends
MAX_ROWS = 60  # of the table beside it


def link(playlist: Playlist | None) -> str | None:
    """The playlist's address where it is one that a link may have: http, https or spotify."""
    if playlist and playlist.url.lower().startswith(("http://", "https://", "spotify:")):
        return playlist.url
    return None


def blueprint(site: Site) -> Blueprint:
    pages = Blueprint("pages", __name__)
    pages.add_app_template_filter(words.sureness, "sureness")
    pages.add_app_template_filter(words.sure_percent, "sure_percent")
    pages.add_app_template_filter(words.in_a_sentence, "in_a_sentence")

    @pages.get("/")
    def page() -> Response:
        return _page(site)

    @pages.get("/wall")
    def wall() -> Response:
        """The mood alone, for a screen across the room."""
        return _page(site, template="wall.html")

    @pages.get("/day")
    def day() -> str:
        """The ribbon alone, for the page to put in place of the one it shows."""
        return render_template("day.html", titles=TITLES, **_day(site, site.status.peek()))

    @pages.post("/photo")
    def photo() -> Response:
        """The page with the result in it; with `?part` the result alone, for the page to show."""
        shown: dict[str, Any] = {}
        code = 200
        try:
            found = look_at_photo(site)
            best = found["playlist"]
            shown = {"photo": found, "photo_link": link(Playlist(**best)) if best else None}
        except HTTPException as error:
            code = error.code or 500
            shown = {"photo_error": site.too_large if code == 413 else error.description}
        if "part" in request.args:
            return make_response(render_template("result.html", titles=TITLES, **shown), code)
        return _page(site, code=code, **shown)

    @pages.post("/camera")
    def camera() -> AnyResponse:
        on, locked = (_WORDS.get(request.form.get(field, "")) for field in ("on", "locked"))
        if on is None and locked is None:
            abort(400, "the field 'on' must be true or false")
        minutes = _pause(request.form.get("minutes", ""), datetime.now())
        if minutes is not None and not (on is False and is_pause(minutes)):
            abort(400, f"the field 'minutes' goes with on=false: tomorrow, or a number, at most {MOST_MINUTES}")
        switch_camera(site, on, locked, minutes)
        return redirect("/", 303)

    @pages.get("/favicon.ico")
    def favicon() -> AnyResponse:
        return redirect("/static/favicon.svg", 308)

    return pages


def _page(site: Site, *, template: str = "page.html", code: int = 200, **photo: Any) -> Response:
    present = site.status.peek()
    number, fact = another(FACTS, None, site.rng)
    config, rights = site.config, site.access.rights(request)
    mood = present.mood if present else words.STARTING
    hints = words.HINTS | {PAUSED: _paused(site.camera.locked, rights.controls)}
    now = time.time()
    return make_response(
        render_template(
            template,
            name=config.device.name,
            titles=TITLES,
            status=present and site.present(present),
            rights=rights,
            locked=site.camera.locked,
            has_password=site.access.has_password,
            camera_on=site.camera.on if present is None else present.camera_on,
            mood=mood,
            headline=words.headline(mood, present.camera.word if present else ""),
            hint=(shapes.problem(present) if present else "") or hints.get(mood, ""),
            trouble=words.trouble(present.health if present else None) if rights.sees == "everything" else "",
            words=words.for_scripts(hints),
            morning=MORNING,
            labels=LABELS,
            zeros=dict.fromkeys(LABELS, 0.0),
            now=shapes.iso(now),
            clock=datetime.fromtimestamp(now).strftime("%H:%M"),
            word=shapes.iso(now if present is None or site.healthy() else present.at),
            playlist=present.playlist if present else None,
            link=link(present.playlist) if present else None,
            since=ribbon.duration(max(0.0, now - present.since)) if present else None,
            fact=fact,
            fact_number=number,
            web=config.web,
            demo=site.demo,
            **(_day(site, present) if rights.sees == "everything" else {}),
            **photo,
        ),
        code,
    )


def _pause(asked: str, now: datetime) -> float | None:
    """The minutes of a pause: a number, or `tomorrow`, until MORNING. None where none was asked for; 0: no number."""
    if asked == "tomorrow":
        morning = (now + timedelta(days=1)).replace(hour=MORNING, minute=0, second=0, microsecond=0)
        return (morning.timestamp() - now.timestamp()) / 60
    try:
        return float(asked) if asked else None
    except ValueError:
        return 0.0


def _paused(locked: str, controls: bool) -> str:
    """What is to be done about a camera that is off: whoever cannot switch it on is not asked to."""
    if locked:
        return "The camera is locked off: it stays closed until its owner unlocks it."
    return "The camera is closed. Switch it on to go on." if controls else "The camera is closed."


def _day(site: Site, present: Status | None) -> dict[str, Any]:
    now = time.time()
    start = now - DAY_HOURS * 3600
    if site.history is None:
        return {"spans": None}
    # From long before: the mood with which the day began may have begun days ago.
    entries = site.history.since(start - site.config.history.days * 86400, MAX_SPANS)
    spans = ribbon.spans(entries, present, site.history.gaps(), start, now)
    return {
        "spans": spans,
        "start": start,
        "hours": DAY_HOURS,
        "totals": [(mood, ribbon.duration(seconds)) for mood, seconds in ribbon.totals(spans)],
        "rows": [(s.mood, shapes.iso(s.start), ribbon.duration(s.seconds)) for s in reversed(spans[-MAX_ROWS:])],
        # Of a history of less than a day there is no more to ask for.
        "csv_hours": f"{min(DAY_HOURS, site.config.history.days * 24):g}",
    }
