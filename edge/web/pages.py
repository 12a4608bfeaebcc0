"""The page, and its forms for browsers without scripts."""

import re
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from edge.languages import Texts
from edge.past import QUARTER_SECONDS, Quarter
from edge.records import ABSENT, LABELS, PAUSED, Playlist
from edge.status import Status
from edge.web import ribbon, shapes, timeline, words
from edge.web.api import forget_history, is_pause, look_at_photo, range_to_forget, switch_camera
from edge.web.facts import FACTS, another
from edge.web.site import MOST_MINUTES, Site

#: The most changes in a chart, the newest ones; 30 an hour are already many.
MAX_SPANS = {"hour": 1000, "day": 6000, "week": 6000, "month": 20_000}
_WORDS = {"true": True, "false": False}
MORNING = 6  # the hour at which a pause "until tomorrow" ends
#: The pages besides the first that have the switch, and come again when it was used.
WITH_SWITCH = frozenset({"pages.wall", "device.health", "settings.page", "corrections.page"})
MAX_ROWS = 12  # of the table of changes


def link(playlist: Playlist | None) -> str | None:
    """The playlist's address where it can be a link: http, https or spotify."""
    if playlist and playlist.url.lower().startswith(("http://", "https://", "spotify:")):
        return playlist.url
    return None


EMBED = "https://open.spotify.com/embed/"


def player(playlist: Playlist | None) -> str | None:
    """The address of Spotify's player for a playlist of Spotify; else None."""
    found = playlist and re.match(
        r"(?:https://open\.spotify\.com/|spotify:)(playlist|album|track)[/:](\w{22})\b", playlist.url
    )
    return f"{EMBED}{found[1]}/{found[2]}" if found else None


def blueprint(site: Site) -> Blueprint:
    pages = Blueprint("pages", __name__)
    pages.add_app_template_filter(shapes.iso, "iso")
    pages.app_context_processor(lambda: _everywhere(site))

    @pages.get("/")
    def page() -> Response:
        return _page(site)

    @pages.get("/wall")
    def wall() -> Response:
        """The mood alone, for a screen across the room."""
        return _page(site, template="wall.html")

    @pages.get("/day")
    def day() -> str:
        """The chart alone, with which the page replaces its own; with `?strip` a thin one, for the wall."""
        template = "strip.html" if "strip" in request.args else "day.html"
        return render_template(template, **_day(site, site.status.peek()))

    @pages.post("/photo")
    def photo() -> Response:
        """The page with the result; with `?part` the result alone, for the page's script."""
        shown: dict[str, Any] = {}
        code = 200
        try:
            found = look_at_photo(site)
            best = found["whole"] and found["whole"]["playlist"]
            shown = {"photo": found, "photo_link": link(Playlist(**best)) if best else None}
        except HTTPException as error:
            code = error.code or 500
            line = site.too_large if code == 413 else error.description or ""
            shown = {"photo_error": words.of_the_device(words.words(), "errors", f"photo_{code}", line)}
        if "part" in request.args:
            return make_response(render_template("result.html", titles=words.words()["moods"], **shown), code)
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
        back = request.form.get("back", "")
        return redirect(url_for(back, switched="") if back in WITH_SWITCH else url_for("pages.page"), 303)

    @pages.post("/forget")
    def forget() -> AnyResponse:
        """Deletes the last hour, a range, or all; the form needs a tick against mistakes."""
        if request.form.get("sure") != "yes":
            abort(400, "tick that it is to be forgotten for good")
        asked = {name: value for name, value in request.form.items() if value}
        what = asked.pop("what", "")
        chosen = {"hour": {"hours": "1"}, "all": {"all": "true"}}.get(what, asked)
        forget_history(site, *range_to_forget(chosen, time.time()))
        return redirect(url_for("pages.page", _anchor="day-title"), 303)

    @pages.get("/favicon.ico")
    def favicon() -> AnyResponse:
        return redirect(url_for("static", filename="favicon.svg"), 308)

    return pages


def _everywhere(site: Site) -> dict[str, Any]:
    """What every page has: whether pictures can be seen, and the camera's switch for who may use it."""
    present, web = site.status.peek(), site.config.web
    return {
        "pictures_seen": web.snapshot or web.stream,
        "rights": site.access.rights(request),
        "locked": site.camera.locked,
        "camera_on": site.camera.on if present is None else present.camera_on,
        "until": present and present.camera_until,
        "morning": MORNING,
    }


def _page(site: Site, *, template: str = "page.html", code: int = 200, **photo: Any) -> Response:
    present = site.status.peek()
    config, rights = site.config, site.access.rights(request)
    mood = present.mood if present else words.STARTING
    of = words.words()
    paused = "locked" if site.camera.locked else "switch" if rights.controls else "plain"
    hints = of["hints"] | {PAUSED: of["closed"][paused]}
    now = time.time()
    silence = site.silent_since(present)
    camera = present.camera.word if present else ""
    headline = words.headline(of, words.claimed(mood, camera), camera)
    return make_response(
        render_template(
            template,
            name=config.device.name,
            titles=of["moods"],
            status=present and site.present(present, words.words()),
            has_password=site.access.has_password,
            mood=mood,
            silence=silence,
            headline=words.last_seen(of, mood, headline) if silence else headline,
            lead=words.lead(of, mood, silence),
            hint=of["health"]["hangs_hint"] if silence else _hint(of, present, hints, mood),
            trouble=words.trouble(of, present.health if present else None) if rights.sees == "everything" else "",
            words=words.for_scripts(of, hints),
            right=(*LABELS, ABSENT),
            labels=LABELS,
            zeros=dict.fromkeys(LABELS, 0.0),
            now=shapes.iso(now),
            clock=datetime.fromtimestamp(now).strftime("%H:%M"),
            word=shapes.iso(silence or now),
            playlist=present.playlist if present else None,
            link=link(present.playlist) if present else None,
            embed=EMBED,
            player=player(present.playlist) if present and config.web.spotify_player else None,
            since=ribbon.duration(max(0.0, (silence or now) - present.since)) if present else None,
            fact=shapes.fact_json(*another(FACTS, None, site.rng, mood)),
            web=config.web,
            keeps=site.faces.wanted,
            demo=site.demo,
            **(_day(site, present) if rights.sees == "everything" else {}),
            **photo,
        ),
        code,
    )


def _pause(asked: str, now: datetime) -> float | None:
    """The minutes of a pause: a number, or until MORNING for `tomorrow`. None for an empty text, 0 for any other."""
    if asked == "tomorrow":
        morning = (now + timedelta(days=1)).replace(hour=MORNING, minute=0, second=0, microsecond=0)
        return (morning.timestamp() - now.timestamp()) / 60
    try:
        return float(asked) if asked else None
    except ValueError:
        return 0.0


def _hint(of: Texts, present: Status | None, hints: Mapping[str, str], mood: str) -> str:
    """The problem, or why the camera is off, or the mood's hint; as `showStatus` in page.js."""
    if present is None:
        return hints.get(mood, "")
    if problem := shapes.problem(present):
        own = of.get("problems", {}).get(present.camera.word)
        return str(own) if own else Markup('<span lang="en">{}</span>').format(problem)
    return hints.get(present.camera_why) or hints.get(words.claimed(mood, present.camera.word), "")


def _day(site: Site, present: Status | None) -> dict[str, Any]:
    if site.history is None:
        return {"span": "day", "spans": timeline.HOURS, "bins": None}
    now, span, of = time.time(), request.args.get("span", ""), words.words()
    span = span if span in timeline.HOURS else "day"
    at = timeline.edges(span, now)
    # A day is compared with that of a week ago.
    entries = site.history.since(min(at[0], now - 8 * 86400) if span == "day" else at[0], MAX_SPANS[span])
    gaps = site.history.gaps()
    spans = ribbon.spans(entries, present, gaps, at[0], site.silent_since(present) or now)
    quarters = [] if span == "hour" else site.history.quarters(at[0] - QUARTER_SECONDS)
    bins = [(one, timeline.describe(of, one, _near(quarters, one), now)) for one in timeline.bins(spans, at)]
    totals = ribbon.totals(spans)
    whole = sum(seconds for _, seconds in totals)
    then = now - 7 * 86400
    before = [entry for entry in entries if entry.at < then]
    week_ago = ribbon.spans(before, None, gaps, then - 86400, then) if span == "day" else ()
    day = datetime.fromtimestamp(now).weekday()
    return {
        "span": span,
        "spans": timeline.HOURS,
        "kinds": timeline.kinds(of),
        "within": timeline.kinds_within(of),
        "bins": bins,
        "ticks": timeline.ticks(span, at),
        "known": bool(spans),
        "totals": [(mood, ribbon.duration(seconds), timeline.percent(of, seconds / whole)) for mood, seconds in totals],
        "compared": timeline.comparison(
            of, dict(ribbon.totals(_last_day(spans, now))), dict(ribbon.totals(week_ago)), day
        ),
        "rows": [(s.mood, s.start, ribbon.duration(s.seconds)) for s in reversed(spans[-MAX_ROWS:])],
        "stretches": len(spans),
        # At most the length of the history.
        "csv_hours": f"{min(timeline.HOURS[span], site.config.history.days * 24):g}",
    }


def _last_day(spans: Sequence[ribbon.Span], now: float) -> list[ribbon.Span]:
    start = now - 86400
    return [ribbon.Span(s.mood, max(s.start, start), s.end) for s in spans if s.end > start]


def _near(quarters: Sequence[Quarter], one: timeline.Bin) -> list[Quarter]:
    starts = [quarter.at for quarter in quarters]
    return list(quarters[bisect_left(starts, one.start - QUARTER_SECONDS) : bisect_left(starts, one.end)])
