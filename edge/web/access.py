"""Who may see what, and who may change something: the password, sessions, and what is open without."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Request, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from edge.config import WebConfig
from edge.password import LONGEST_BYTES, Password

SESSION_SECONDS = 90 * 86400.0
_SESSION, _TOKEN = "s", "t"

#: Endpoints that need nothing: to log in, for who watches whether the daemon lives, and what a home screen keeps.
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
#: Those that show the present moment, for `web.open: mood`.
MOOD = frozenset(
    {"pages.page", "pages.wall", "pages.favicon", "api.status", "api.fact", "api.description", "live.events"}
)
#: Those that change something, or show a face that was kept. What is in no list, new routes too, is for who may see
#: everything.
CONTROL = frozenset(
    {
        "pages.camera",
        "pages.forget",
        "api.camera",
        "api.playlist",
        "api.calibrate",
        "api.uncalibrate",
        "api.forget",
        "corrections.add",
        "corrections.forget",
        "corrections.face",
        "corrections.forget_face",
        "corrections.form",
        "corrections.forget_form",
        "settings.change",
        "settings.form",
    }
)


@dataclass(frozen=True, slots=True)
class Rights:
    """Of one visitor: `sees` is nothing, mood or everything; `controls` the switch; `known` has given the password."""

    sees: str
    controls: bool
    known: bool


class Access:
    """Decides by the configuration and what a request brings. Sessions and tokens are signed and kept nowhere: they
    hold over restarts as long as `key` does, and end with a change of the password."""

    def __init__(self, web: WebConfig, key: bytes, cookie: str, clock: Callable[[], float] = time.time) -> None:
        """`cookie` is its name: a browser sends it to every port of a host, and so to another Moodcast there."""
        self._password = Password(web.password) if web.password else None
        self._open, self._control, self._clock = web.open, web.control, clock
        self._key = hmac.digest(key, (web.password or "").encode(), hashlib.sha256)
        self.cookie = cookie

    @property
    def has_password(self) -> bool:
        return self._password is not None

    def matches(self, given: str) -> bool:
        """Whether it is the password. Takes a while, and memory: see to how many ask at a time."""
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
        """A new token, for a program: it does not age."""
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
        endpoint = request.endpoint
        if endpoint is None or endpoint in ALWAYS:
            return None
        rights = access.rights(request)
        if endpoint in CONTROL:
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
