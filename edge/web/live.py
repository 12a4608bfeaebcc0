"""/api/events: the status as server-sent events (WHATWG HTML, "Server-sent events")."""

import json
import time
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from edge.mailbox import Closed
from edge.web.shares import client
from edge.web.site import Site

GAP_SECONDS = 0.25  # between two events: what changes faster cannot be read anyway
LOOK_SECONDS = 1.0  # how soon a viewer who has left is noticed
#: After so much silence the status is sent again: a page tells by it that the device still lives. Two may be late
#: before the page's watchdog says so (PATIENCE_MS in static/live.js).
HEARTBEAT_SECONDS = 8.0
RETRY_MS = 2000  # what the browser waits before it connects again


def blueprint(site: Site) -> Blueprint:
    live = Blueprint("live", __name__)

    @live.get("/api/events")
    def events() -> Response:
        whole = site.access.rights(request).sees == "everything"
        return stream(site, "text/event-stream", lambda over: _events(site, over, whole))

    return live


def left(environ: dict[str, object]) -> Callable[[], bool]:
    """Tells whether the client of this request has gone. Waitress notices it by itself (with a lookahead of 1);
    under a server that cannot tell, the next write does."""
    gone = environ.get("waitress.client_disconnected")
    return (lambda: bool(gone())) if callable(gone) else (lambda: False)


def stream(site: Site, mimetype: str, parts: Callable[[Callable[[], bool]], Iterator[bytes]]) -> Response:
    """An answer that goes on until the viewer leaves; takes one of the viewers' places for that long."""
    if request.method == "HEAD":
        raise MethodNotAllowed(["GET", "OPTIONS"])
    place = site.viewers.enter(client(request.remote_addr))
    gone = left(request.environ)
    response = Response(parts(lambda: place.ended or gone()), mimetype=mimetype)
    response.headers["X-Accel-Buffering"] = "no"  # nginx would hold the stream back
    response.call_on_close(place.leave)
    return response


def _events(site: Site, over: Callable[[], bool], whole: bool) -> Iterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    version, last, present = 0, "", None
    heard = time.monotonic()
    while not over():
        try:
            news = site.status.wait(after=version, timeout=LOOK_SECONDS)
        except Closed:  # the daemon ends
            return
        if not site.healthy():  # the status is not the present moment: silence says so
            time.sleep(GAP_SECONDS)
            continue
        if news:
            version, present = news
        beat = time.monotonic() - heard >= HEARTBEAT_SECONDS
        if not (news or beat):
            continue
        text = json.dumps(site.present(present, whole=whole), separators=(",", ":")) if present else ""
        if text != last or beat:
            last, heard = text, time.monotonic()
            yield f"event: status\ndata: {text}\n\n".encode() if present else b": still here\n\n"
            time.sleep(GAP_SECONDS)
