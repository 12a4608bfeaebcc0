"""Checks every request. The page is for the LAN: another site must not send requests through a visitor's browser."""

import ipaddress
import logging
import math
import socket
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, TooManyRequests

from edge.config import WebConfig
from edge.errors import EdgeError
from edge.web.shares import Rates, client

_log = logging.getLogger(__name__)

#: Endings that only a local resolver answers for (RFC 6762, 8375, ICANN's .internal, and what routers hand out).
#: Any other name may be an Internet name that was made to point here (DNS rebinding).
LOCAL_ENDINGS = (".local", ".lan", ".home", ".internal", ".home.arpa", ".localdomain", ".localhost", ".fritz.box")

#: Endpoints that hold a thread while they are followed, so requests from other sites are refused.
STREAMS = frozenset({"live.events", "pictures.moving"})

#: Endpoints without a limit, because they cost no more than a refusal; and those that take many times as long.
VITAL = frozenset({"metrics.healthz", "api.camera", "pages.camera"})
DEAR = frozenset({"pages.page", "pages.wall", "pages.day", "pictures.snapshot"})
#: For one address: so many at once, then one in so many seconds. Opening the page takes seven.
REQUESTS, REQUEST_SECONDS = 200, 0.05
DEAR_REQUESTS, DEAR_SECONDS = 40, 0.25

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


POLICY = "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors "


def framing(ancestors: Sequence[str]) -> dict[str, str]:
    """The headers that say which sites may frame the page. X-Frame-Options cannot name other sites, so it is left out
    where one is named; every browser of the last ten years knows frame-ancestors."""
    named = " ".join("'self'" if each.lower() == "self" else each for each in ancestors)
    policy = {"Content-Security-Policy": POLICY + (named or "'none'")}
    if named in ("", "'self'"):
        policy["X-Frame-Options"] = "SAMEORIGIN" if named else "DENY"
    return policy


def is_local_name(host: str, known: Collection[str]) -> bool:
    """Whether `host` (a Host header, port allowed) can only be this device: an address, a name without a dot,
    a name with a local ending, or one of `known`."""
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    if not name:
        return False
    name = name.rstrip(".")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith(LOCAL_ENDINGS) or name in known
    return True


def is_same_origin(asked: Request) -> bool:
    """Whether a request says that it comes from this page or from no page (curl, a script)."""
    # For a picture over plain http browsers send `Referer` and no `Origin`.
    origin = asked.headers.get("Origin") or (asked.headers.get("Referer") if asked.endpoint in STREAMS else None)
    if "Origin" in asked.headers or origin:
        try:
            return urlsplit(origin or "").netloc.lower() == asked.host.lower()
        except ValueError:  # not an address
            return False
    return asked.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def install(app: Flask, web: WebConfig, too_large: str) -> None:
    """Checks every request, answers every error with one line, and sets the headers of every answer."""
    headers = HEADERS | framing(web.frame_ancestors)
    known = {socket.gethostname().lower(), *(host.lower() for host in web.hosts)}

    usual, dear = Rates(REQUESTS, REQUEST_SECONDS), Rates(DEAR_REQUESTS, DEAR_SECONDS)

    @app.before_request
    def check() -> None:
        if not is_local_name(request.headers.get("Host", ""), known):
            abort(421, "this name is not known to be this device: use its address, or add the name to web.hosts")
        changes = request.method not in ("GET", "HEAD", "OPTIONS")
        if (changes or request.endpoint in STREAMS) and not is_same_origin(request):
            abort(403, "refused: the request comes from another site")
        if request.endpoint not in VITAL:
            spend(dear if request.endpoint in DEAR else usual, client(request.remote_addr))

    @app.after_request
    def add_headers(response: Response) -> Response:
        if web.spotify_player and request.endpoint == "pages.page":
            policy = headers["Content-Security-Policy"]
            response.headers["Content-Security-Policy"] = f"{policy}; frame-src https://open.spotify.com"
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.endpoint == "static":
            response.headers["Cache-Control"] = "no-cache"  # asked again each time, answered 304
        else:
            response.headers["Cache-Control"] = "no-store"
        return response

    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        response = refusal(error.code or 500, " ".join(_line(error, too_large).split()))
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                response.headers[name] = value
        return response

    @app.errorhandler(401)
    def ask_to_log_in(error: HTTPException) -> Response:
        response = refuse(error)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response

    @app.errorhandler(EdgeError)
    def refuse_conflict(error: EdgeError) -> Response:
        return refusal(409, " ".join(str(error).split()))

    @app.errorhandler(Exception)  # the visitor must not see a traceback
    def report_bug(error: Exception) -> Response:
        _log.error("%s %s failed, please report this", request.method, request.path, exc_info=error)
        return refusal(500, "internal error: the log on the device says more")


def spend(budget: Rates, who: str) -> None:
    if wait := budget.wait(who):
        raise TooManyRequests("too many requests from your address: ask less often", retry_after=math.ceil(wait))
    budget.spend(who)


def _line(error: HTTPException, too_large: str) -> str:
    """The error's own description, or one that names the path."""
    if error.code == 413:
        return too_large
    if isinstance(error, NotFound) and error.description == NotFound.description:
        return f"there is nothing at {request.path[:100]}"
    if isinstance(error, MethodNotAllowed):
        # OPTIONS and HEAD are left out: nearly every route takes them.
        taken = sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"})
        return f"{request.path[:100]} does not take {request.method}, only {', '.join(taken)}"
    return error.description or error.name


def refusal(code: int, line: str) -> Response:
    """A refusal: JSON below /api/, a line of text elsewhere."""
    in_json = request.path.startswith("/api/")
    response = jsonify(error=line) if in_json else Response(f"{line}\n", mimetype="text/plain")
    response.status_code = code
    return response
