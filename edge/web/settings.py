"""/settings and /api/settings: the options in force, and changes of them apart from the owner's file."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from edge.config import Config
from edge.config.kinds import PLAYLISTS, hide_user
from edge.config.options import walk
from edge.config.overlay import plain
from edge.errors import ConfigError
from edge.web import shapes
from edge.web.api import sent_json
from edge.web.device import OptionRow, option_rows
from edge.web.guard import spend
from edge.web.shares import client
from edge.web.site import Site

#: Enough for fifty playlists with long addresses.
MAX_BYTES = 128 * 1024
#: The most problems of one request that are shown.
MOST_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class Form:
    """The form for one option: `kind` is number, hours or playlists; `value` stands in its field; `below` is the file's
    value where the option was changed here."""

    key: str
    kind: str
    value: Any
    bounds: tuple[float, float] | None
    below: str | None
    error: str = ""


#: The kind of form of each option that can be changed here.
KINDS = {
    key: "playlists" if option.kind is PLAYLISTS else "number" if option.kind.bounds else "hours"
    for key, option, _ in walk(Config())
    if option.changeable
}


def blueprint(site: Site) -> Blueprint:
    settings = Blueprint("settings", __name__)

    @settings.get("/api/settings")
    def everything() -> shapes.Json:
        return {"settings": settings_json(site)}

    @settings.post("/api/settings")
    def change() -> tuple[shapes.Json, int]:
        values = sent_json(MAX_BYTES)
        if not values:
            abort(400, 'the body must be JSON, {"playlists.hold_minutes": 30}; null goes back to the file')
        try:
            _change(site, values)
        except ConfigError as error:
            abort(400, _line(error))
        return {"settings": {key: each for key, each in settings_json(site).items() if key in values}}, 202

    @settings.get("/settings")
    def page() -> Response:
        return _page(site)

    @settings.post("/settings")
    def form() -> AnyResponse:
        """Changes one option; with `back`, to the file's value."""
        if (request.content_length or 0) > MAX_BYTES:
            abort(400, "too long for a setting")
        key = request.form.get("key", "")
        if key not in KINDS:
            abort(400, "the field 'key' must name a setting that can be changed here")
        try:
            _change(site, {key: None if "back" in request.form else _filled_in(key, request.form)})
        except ConfigError as error:
            return _page(site, key, _line(error).removeprefix(f"{key}: "), request.form)
        return redirect(url_for("settings.page", _anchor=key), 303)

    return settings


def settings_json(site: Site) -> dict[str, shapes.Json]:
    """Every option by its key, without passwords and the users of addresses."""
    found, origins = {}, site.live.origins()
    for key, option, value in walk(site.settings()):
        shown = plain(option, value)
        shown = hide_user(shown) if isinstance(shown, str) else shown
        found[key] = {"value": shown, "from": origins[key], "changeable": option.changeable}
    return found


def _change(site: Site, values: Mapping[str, Any]) -> None:
    """Raises ConfigError, 429 for too many, and 503 where it cannot be written."""
    spend(site.writes, client(request.remote_addr))
    if not site.live.change(values):
        abort(503, "it cannot be written now, the log on the device says why")


def _line(error: ConfigError) -> str:
    return "; ".join(error.problems[:MOST_PROBLEMS])


def _page(site: Site, refused: str = "", error: str = "", sent: MultiDict[str, str] | None = None) -> Response:
    config, rights = site.settings(), site.access.rights(request)
    options = list(option_rows(config))
    sections = [(title, list(each)) for title, each in groupby(options, key=lambda one: one.section)]
    file = config.file.absolute() if config.file else None
    html = render_template(
        "settings.html",
        name=config.device.name,
        sections=sections,
        file=file,
        changed=sum(one.value != one.default for one in options),
        forms=_forms(site, refused, error, sent) if rights.controls else {},
    )
    return make_response(html, 400 if refused else 200)


def _forms(site: Site, refused: str, error: str, sent: MultiDict[str, str] | None) -> dict[str, Form]:
    """The forms by key; the one of the `refused` option keeps what was sent."""
    origins = site.live.origins()
    owners: dict[str, OptionRow] = {one.key: one for one in option_rows(site.live.owners)}
    forms = {}
    for key, option, value in walk(site.settings()):
        if key not in KINDS:
            continue
        wrong = key == refused and sent is not None
        now = _filled_in(key, sent) if wrong and sent is not None else plain(option, value)
        below = owners[key].value if origins[key] == "live" else None
        forms[key] = Form(key, KINDS[key], now, option.kind.bounds, below, error if wrong else "")
    return forms


def _filled_in(key: str, sent: MultiDict[str, str]) -> Any:
    """The value in a form, in the file's form. An empty or wrong field gives a value that the check refuses."""
    kind, text = KINDS[key], sent.get("value", "").strip()
    if kind == "playlists":
        rows = zip(sent.getlist("name"), sent.getlist("url"), strict=False)
        return [{"name": name.strip(), "url": url.strip()} for name, url in rows if name.strip() or url.strip()]
    if kind == "hours":
        each = text.replace("–", "-").replace(" ", "").split(",")
        return [hours for hours in each if hours]
    try:
        return float(text)
    except ValueError:
        return text
