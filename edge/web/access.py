"""Who may see and change what: the password, sessions, and the routes that are open without it."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Request, abort, redirect, request, url_for
from werkzeug.routing import Rule
from werkzeug.wrappers import Response as AnyResponse

from edge.config import WebConfig
from edge.password import LONGEST_BYTES, Password

SESSION_SECONDS = 90 * 86400.0
_SESSION, _TOKEN = "s", "t"

#: Endpoints open to everybody: logging in, the health check, and the files of a home screen.
ALWAYS = frozenset(
    {
        "static",
        "login.page",
        "login.enter",
        "login.leave",
        "login.token",
        "metrics.healthz",
        "installed.manifest",
        "installed.worker",
        "installed.offline",
    }
)
#: Those that `web.open: mood` opens. All others, also new ones, are for those who may see everything.
MOOD = frozenset(
    {"pages.page", "pages.wall", "pages.favicon", "api.status", "api.fact", "api.description", "live.events"}
)
#: POST routes that change nothing. All others that are not for GET need the right to control.
READS = frozenset({"pages.photo", "api.photo"})


def needs_control(rule: Rule) -> bool:
    """Whether a route changes something, or shows a face that was kept."""
    changes = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"} and rule.endpoint not in READS
    return bool(changes) or rule.endpoint == "corrections.face"


@dataclass(frozen=True, slots=True)
class Rights:
    """Of one visitor. `sees`: nothing, mood or everything; `known`: logged in."""

    sees: str
    controls: bool
    known: bool


class Access:
    """Decides from the configuration and the request. Sessions and tokens are signed, not stored: they stay valid over
    restarts with the same `key`, and end with a change of the password."""

    def __init__(self, web: WebConfig, key: bytes, cookie: str, clock: Callable[[], float] = time.time) -> None:
        """`cookie` is its name, one for each device: browsers send a cookie to every port of a host."""
        self._password = Password(web.password) if web.password else None
        self._open, self._control, self._clock = web.open, web.control, clock
        self._key = hmac.digest(key, (web.password or "").encode(), hashlib.sha256)
        self.cookie = cookie

    @property
    def has_password(self) -> bool:
        return self._password is not None

    def matches(self, given: str) -> bool:
        """Whether it is the password. Takes time and memory; callers limit how many run at once."""
        if self._password is None or len(given.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
            return False
        return self._password.matches(given)

    def rights(self, asked: Request) -> Rights:
        if self._password is None:
            return Rights("everything", self._control, known=False)
        kind, _, token = asked.headers.get("Authorization", "").partition(" ")
        known = self._is_signed(asked.cookies.get(self.cookie, ""), _SESSION)
        known = known or (kind.lower() == "bearer" and self._is_signed(token.strip(), _TOKEN))
        return Rights("everything" if known else self._open, known and self._control, known)

    def session(self) -> str:
        """A new session, for a cookie."""
        return self._sign(_SESSION)

    def token(self) -> str:
        """A new token, for a program; it does not expire."""
        return self._sign(_TOKEN)

    def _sign(self, kind: str) -> str:
        text = f"{kind}.{int(self._clock())}.{secrets.token_hex(8)}"
        return f"{text}.{self._mark(text)}"

    def _is_signed(self, value: str, kind: str) -> bool:
        text, _, mark = value[:200].rpartition(".")
        if not mark.isascii() or not hmac.compare_digest(mark, self._mark(text)):
            return False
        made, since, _ = text.split(".")
        return made == kind and (kind == _TOKEN or self._clock() - int(since) < SESSION_SECONDS)

    def _mark(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def install(app: Flask, access: Access) -> None:
    @app.before_request
    def check() -> AnyResponse | None:
        rule, endpoint = request.url_rule, request.endpoint
        if rule is None or endpoint in ALWAYS:
            return None
        rights = access.rights(request)
        if needs_control(rule):
            if access.has_password and not rights.known:
                refuse()
            if not rights.controls:
                abort(403, "this page only shows (web.control: false in config.yaml)")
        elif rights.sees == "nothing" or (rights.sees == "mood" and endpoint not in MOOD):
            if endpoint in ("pages.page", "pages.wall", "device.health", "settings.page"):
                return redirect(url_for("login.page"), 303)
            refuse()
        return None


def refuse() -> None:
    abort(401, "the password is needed: log in at /login, or send a token (Authorization: Bearer …)")
