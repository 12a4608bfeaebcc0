"""The HTTP interface as an OpenAPI 3.1 document: docs/api.md for machines."""

from edge import __version__
from edge.config import Config
from edge.config.kinds import HOURS
from edge.config.options import walk
from edge.records import ABSENT, EXPRESSIONS, LABELS, MOODS
from edge.web.shapes import Json
from edge.web.site import MOST_MINUTES, MOST_QUIET_MINUTES

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_WHOLE = {"type": "integer"}
_YES_NO = {"type": "boolean"}
_TIME = {"type": "string", "format": "date-time"}
_SCORES = {"type": "object", "properties": dict.fromkeys(LABELS, _SHARE), "required": list(LABELS)}
_LABEL = {"enum": list(LABELS)}
_MOOD = {"enum": list(MOODS)}
_EXPRESSION = {"enum": list(EXPRESSIONS)}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(of: Json) -> Json:
    return {"type": "array", "items": of}


def _query(name: str, what: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": what, "schema": schema}


_PLAYLIST = _or_null(_object(name=_TEXT, url=_TEXT))
_PAPERS = _list(_object(source=_TEXT, link=_or_null(_TEXT)))
_FACT = _object(id=_WHOLE, text=_TEXT, source=_TEXT, link=_or_null(_TEXT), papers=_PAPERS)
_SIZE = _object(width=_WHOLE, height=_WHOLE)
_STATUS = _object(
    mood=_MOOD,
    since=_TIME,
    strength=_SHARE,
    shares=_SCORES,
    expression=_object(label=_EXPRESSION, confidence=_SHARE, since=_TIME),
    presence=_or_null(_YES_NO),
    faces=_WHOLE,
    playlist=_PLAYLIST,
    music=_object(mood=_or_null(_MOOD), cheering=_YES_NO, held_until=_or_null(_TIME), quiet_until=_or_null(_TIME)),
    scores=_SCORES,
    why=_list(_TEXT),
    camera={"enum": ["ON", "OFF"]},
    camera_state=_TEXT,
    camera_until=_or_null(_TIME),
    camera_why={"enum": ["", "topic"]},
    problem=_TEXT,
    camera_locked=_YES_NO,
    calibration=_TEXT,
    model=_TEXT,
    health=_or_null({"type": "object"}),
)
_CHANGE = _object(at=_TIME, mood=_MOOD, previous=_MOOD, strength=_SHARE, faces=_WHOLE, playlist=_PLAYLIST)
_QUARTER = _object(at=_TIME, seconds=_NUMBER, shares=_SCORES)
_HISTORY = _object(hours=_NUMBER, changes=_list(_CHANGE), quarters=_list(_QUARTER))
_FORGOTTEN = _object(forgotten=_object(**{"from": _or_null(_TIME), "to": _TIME}))
_FORGET = [
    _query("hours", "the last ones", _NUMBER),
    _query("from", "with `to`: a range", _TIME),
    _query("to", "its end", _TIME),
    _query("all", "everything", {"enum": ["true"]}),
]
_RIGHT = {"enum": [*LABELS, ABSENT]}
_CORRECTION = _object(at=_TIME, said=_MOOD, right=_RIGHT, expression=_object(label=_EXPRESSION, confidence=_SHARE))
_CORRECTIONS = _object(counts={"type": "object"}, corrections=_list(_CORRECTION))
_CORRECT: Json = {"type": "object", "properties": {"said": _MOOD, "right": _RIGHT}, "required": ["right"]}
_FACE = _object(box=_list(_WHOLE), label=_LABEL, confidence=_SHARE, scores=_SCORES)
_WHOLE_MOOD = _object(mood=_LABEL, confidence=_SHARE, playlist=_PLAYLIST)
_PHOTO = _object(
    faces=_list(_FACE), image=_SIZE, mood=_or_null(_LABEL), playlist=_PLAYLIST, whole=_or_null(_WHOLE_MOOD), fact=_FACT
)
_CALIBRATION = _object(calibration=_TEXT)
_MINUTES: Json = {"type": "number", "exclusiveMinimum": 0, "maximum": MOST_MINUTES}
_SWITCH: Json = {
    "type": "object",
    "properties": {"on": _YES_NO, "minutes": _MINUTES, "locked": _YES_NO},
    "anyOf": [{"required": ["on"]}, {"required": ["locked"]}],
}
_SWITCHED: Json = {
    "type": "object",
    "properties": {"camera": {"enum": ["ON", "OFF"]}, "until": _or_null(_TIME), "locked": _YES_NO},
}
_QUIET: Json = {"type": "number", "minimum": 0, "maximum": MOST_QUIET_MINUTES}
_WISH: Json = {"anyOf": [_object(another={"const": True}), _object(cheer=_YES_NO), _object(quiet=_QUIET)]}
_SETTING = _object(
    value={}, changeable=_YES_NO, **{"from": {"enum": ["default", "config.yaml", "environment", "live"]}}
)
_SETTINGS = _object(settings={"type": "object", "additionalProperties": _SETTING})
_CHANGED: Json = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        key: _or_null(
            {"type": "number", "minimum": option.kind.bounds[0], "maximum": option.kind.bounds[1]}
            if option.kind.bounds
            else _list(_TEXT if option.kind is HOURS else _object(name=_TEXT, url=_TEXT))
        )
        for key, option, _ in walk(Config())
        if option.changeable
    },
}
_PASSWORD = _object(password={"type": "string", "minLength": 1})
_BINARY = {"type": "string", "format": "binary"}
_JSON, _FORM, _HTML, _PLAIN = "application/json", "application/x-www-form-urlencoded", "text/html", "text/plain"
_FORM_BODY: Json = {_FORM: {"type": "object"}}
_HTML_PAGE: Json = {_HTML: _TEXT}
_PICTURE = {"multipart/form-data": _object(photo=_BINARY), "image/*": _BINARY, "application/octet-stream": _BINARY}
#: Refusals that any request may get: no password, another site's request, an unknown host, too many requests, no
#: status.
_ALWAYS = (401, 403, 421, 429, 503)


def description(config: Config) -> Json:
    """The document for this configuration's limits."""
    longest: Json = {"type": "number", "exclusiveMinimum": 0, "maximum": config.history.days * 24}
    asked = [_query("hours", "how far back; 24 unless given", longest), *_FORGET[1:3]]
    shown = _query("not", "the fact that is shown", _WHOLE)
    fits = _query("mood", "the mood that it fits", _TEXT)
    part = _query("part", "the result alone", _TEXT)
    face = _query("name", "as the page has it", _TEXT)
    paths: Json = {
        "/api": {"get": _operation("this document", {_JSON: {"type": "object"}})},
        "/api/status": {"get": _operation("the present moment", {_JSON: _STATUS})},
        "/api/events": {"get": _operation("the same as server-sent events", {"text/event-stream": _TEXT})},
        "/api/history": {
            "get": _operation("the mood changes", {_JSON: _HISTORY}, (400, 404), asked),
            "delete": _operation("forget the last hours, a range, or all", {_JSON: _FORGOTTEN}, (400, 404), _FORGET),
        },
        "/api/history.csv": {"get": _operation("the same as a table", {"text/csv": _TEXT}, (400, 404), asked)},
        "/api/photo": {
            "post": _operation("the faces of a photo", {_JSON: _PHOTO}, (400, 404, 413, 422), body=_PICTURE)
        },
        "/api/camera": {
            "post": _operation(
                "the camera on, off, or locked off", {_JSON: _SWITCHED}, (400, 409), body={_JSON: _SWITCH}, good=202
            )
        },
        "/api/playlist": {
            "post": _operation(
                "another playlist, the happy one for who is sad, or none for some minutes",
                {_JSON: _WISH},
                (400, 409),
                body={_JSON: _WISH},
                good=202,
            )
        },
        "/api/calibration": {
            "get": _operation("how the resting face stands", {_JSON: _CALIBRATION}),
            "post": _operation("take the face in view as neutral", {_JSON: _CALIBRATION}, (409,), good=202),
            "delete": _operation("forget that", {_JSON: _CALIBRATION}),
        },
        "/api/corrections": {
            "get": _operation("what people said the mood really was", {_JSON: _CORRECTIONS}),
            "post": _operation("one more", {_JSON: _CORRECTION}, (400,), body={_JSON: _CORRECT}, good=201),
            "delete": _operation("forget them", {_JSON: _object(forgotten=_WHOLE)}),
        },
        "/api/corrections.csv": {"get": _operation("the same as a table", {"text/csv": _TEXT})},
        "/api/settings": {
            "get": _operation("what it goes by, and where that comes from", {_JSON: _SETTINGS}),
            "post": _operation(
                "some of it changed, apart from config.yaml; null goes back to it",
                {_JSON: _SETTINGS},
                (400,),
                body={_JSON: _CHANGED},
                good=202,
            ),
        },
        "/api/fact": {"get": _operation("a fact", {_JSON: _FACT}, parameters=[shown, fits])},
        "/api/login": {
            "post": _operation(
                "a token for the password", {_JSON: _object(token=_TEXT)}, (400, 404), body={_JSON: _PASSWORD}
            )
        },
        "/": {"get": _operation("the page", _HTML_PAGE, (303,))},
        "/wall": {"get": _operation("the mood alone, for a screen across the room", _HTML_PAGE, (303,))},
        "/day": {"get": _operation("its ribbon", _HTML_PAGE)},
        "/forget": {"post": _operation("forget", None, (400, 404), body=_FORM_BODY, good=303)},
        "/health": {"get": _operation("how the device is doing, for people", _HTML_PAGE, (303,))},
        "/settings": {
            "get": _operation("what it goes by, for people", _HTML_PAGE, (303,)),
            "post": _operation("one of them changed", None, (400,), body=_FORM_BODY, good=303),
        },
        "/corrections": {"get": _operation("what the device got wrong", _HTML_PAGE)},
        "/correction": {"post": _operation("one more", None, (400,), body=_FORM_BODY, good=303)},
        "/corrections/forget": {"post": _operation("forget them", None, (400,), body=_FORM_BODY, good=303)},
        "/corrections/face.png": {"get": _operation("a face that was kept", {"image/png": _BINARY}, (404,), [face])},
        "/corrections/face/forget": {"post": _operation("forget it", None, body=_FORM_BODY, good=303)},
        "/photo": {
            "post": _operation("its photo", _HTML_PAGE, (400, 404, 413, 422), [part], body=_PICTURE),
        },
        "/camera": {"post": _operation("its switch", None, (400, 409), body=_FORM_BODY, good=303)},
        "/login": {
            "get": _operation("its log-in", _HTML_PAGE, (303,)),
            "post": _operation("the password", None, (400, 404), body=_FORM_BODY, good=303),
        },
        "/logout": {"post": _operation("out again", None, good=303)},
        "/manifest.webmanifest": {
            "get": _operation("for a home screen", {"application/manifest+json": {"type": "object"}})
        },
        "/service-worker.js": {"get": _operation("keeps /offline in the browser", {"text/javascript": _TEXT})},
        "/offline": {"get": _operation("what is shown while the device gives no word", _HTML_PAGE)},
        "/favicon.ico": {"get": _operation("its mark", None, good=308)},
        "/snapshot.jpg": {"get": _operation("what the camera sees", {"image/jpeg": _BINARY}, (404,))},
        "/stream.mjpg": {"get": _operation("the same, moving", {"multipart/x-mixed-replace": _BINARY}, (404,))},
        "/healthz": {"get": _operation("whether the daemon makes progress", {_PLAIN: _TEXT})},
        "/metrics": {"get": _operation("numbers for Prometheus", {_PLAIN: _TEXT})},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Moodcast", "version": __version__, "description": "docs/api.md says it for people."},
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }


def _operation(
    summary: str,
    content: Json | None,
    refusals: tuple[int, ...] = (),
    parameters: list[Json] | None = None,
    *,
    body: Json | None = None,
    good: int = 200,
) -> Json:
    answers = {str(good): {"description": summary} | ({"content": _content(content)} if content else {})}
    answers |= {str(code): {"description": "one line that says why"} for code in (*refusals, *_ALWAYS)}
    found: Json = {"summary": summary, "responses": answers}
    if parameters:
        found["parameters"] = parameters
    if body:
        found["requestBody"] = {"required": True, "content": _content(body)}
    return found


def _content(schemas: Json) -> Json:
    return {kind: {"schema": schema} for kind, schema in schemas.items()}
