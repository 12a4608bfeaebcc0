"""/api/events: the status as server-sent events (WHATWG HTML, "Server-sent events")."""

import json
import time
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from edge.languages import Texts
from edge.mailbox import Closed
from edge.web.shares import client
from edge.web.site import Site
from edge.web.words import words_of_answer

GAP_SECONDS = 0.25  # between two events; nobody reads faster changes
LOOK_SECONDS = 1.0  # how often a stream checks whether its viewer has left
#: After so long without an event the status is sent again, which shows that the device runs. The page warns after two
#: missing ones (PATIENCE_MS in static/live.js).
HEARTBEAT_SECONDS = 8.0
RETRY_MS = 2000  # the browser's wait before it connects again


def blueprint(site: Site) -> Blueprint:
    live = Blueprint("live", __name__)

    @live.get("/api/events")
    def events() -> Response:
        of = words_of_answer()  # the request is over when the stream is sent
        whole = site.access.rights(request).sees == "everything"
        return stream(site, "text/event-stream", lambda over: _events(site, over, of, whole))

    return live


def stream(site: Site, mimetype: str, parts: Callable[[Callable[[], bool]], Iterator[bytes]]) -> Response:
    """An answer that goes on until the viewer leaves, and holds one of the viewers' places until then."""
    if request.method == "HEAD":
        raise MethodNotAllowed(["GET", "OPTIONS"])
    place = site.viewers.enter(client(request.remote_addr))
    # Waitress notices a closed connection (with a lookahead of 1); with another server the next write fails.
    gone = request.environ.get("waitress.client_disconnected", lambda: False)
    response = Response(parts(lambda: place.ended or gone()), mimetype=mimetype)
    response.headers["X-Accel-Buffering"] = "no"  # nginx would hold the stream back
    response.call_on_close(place.leave)
    return response


def _events(site: Site, over: Callable[[], bool], of: Texts, whole: bool) -> Iterator[bytes]:
    yield f"retry: {RETRY_MS}\n\n".encode()
    version, last, present = 0, "", None
    sent_at = time.monotonic()
    while not over():
        try:
            news = site.status.wait(after=version, timeout=LOOK_SECONDS)
        except Closed:  # the daemon ends
            return
        if not site.healthy():  # the status is old, so nothing is sent
            time.sleep(GAP_SECONDS)
            continue
        if news:
            version, present = news
        beat = time.monotonic() - sent_at >= HEARTBEAT_SECONDS
        if not (news or beat):
            continue
        text = json.dumps(site.present(present, of, whole=whole), separators=(",", ":")) if present else ""
        if text != last or beat:
            last, sent_at = text, time.monotonic()
            yield f"event: status\ndata: {text}\n\n".encode() if present else b": still here\n\n"
            time.sleep(GAP_SECONDS)
