"""/login, /logout and /api/login: the password for a session, or for a token."""

import logging
import math
import threading

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests
from werkzeug.wrappers import Response as AnyResponse

from edge.web import shapes
from edge.web.access import SESSION_SECONDS
from edge.web.api import sent_json
from edge.web.shares import client
from edge.web.site import Site
from edge.web.words import of_the_device, words

_log = logging.getLogger(__name__)

MAX_BYTES = 4096
#: One comparison takes 16 MiB, and a second on a Pi, so only one runs at a time; others wait no longer than this.
PATIENCE_SECONDS = 2.0


def blueprint(site: Site) -> Blueprint:
    login = Blueprint("login", __name__)
    comparing = threading.Lock()

    def check(given: object) -> None:
        """Raises 400 for nothing, 401 for a wrong password, 429 for too many of them, 503 while others are checked."""
        who = client(request.remote_addr)
        if not site.access.has_password:
            abort(404, "no password is set: web.password_file in config.yaml names one")
        if not isinstance(given, str) or not given:
            abort(400, 'give the password, as {"password": "…"} or the field of the form')
        wait = site.tries.wait(who)
        if wait:
            seconds = math.ceil(wait)
            raise TooManyRequests(f"too many wrong passwords: try again in {seconds} s", retry_after=seconds)
        if not comparing.acquire(timeout=PATIENCE_SECONDS):
            raise ServiceUnavailable("somebody else is logging in: try again in a moment", retry_after=5)
        try:
            # Spent before the comparison, so that parallel requests get no more tries.
            site.tries.spend(who)
            right = site.access.matches(given)
        finally:
            comparing.release()
        if not right:
            _log.warning("the page: a wrong password from %s", request.remote_addr)
            abort(401, "that is not the password")
        site.tries.forgive(who)

    @login.get("/login")
    def page() -> AnyResponse:
        if not site.access.has_password or site.access.rights(request).known:
            return redirect(url_for("pages.page"), 303)
        return _page(site)

    @login.post("/login")
    def enter() -> AnyResponse:
        try:
            check(request.form.get("password") if (request.content_length or 0) <= MAX_BYTES else None)
        except HTTPException as error:
            wait = getattr(error, "retry_after", None)
            line = of_the_device(words(), "errors", f"login_{error.code}", error.description or "")
            answer = _page(site, line.format(seconds=wait), error.code or 500)
            for name, value in error.get_headers():
                if name == "Retry-After":
                    answer.headers[name] = value
            return answer
        entered = redirect(url_for("pages.page"), 303)
        secure = request.is_secure or request.headers.get("X-Forwarded-Proto", "").lower() == "https"
        entered.set_cookie(
            site.access.cookie,
            site.access.session(),
            max_age=int(SESSION_SECONDS),
            path=request.script_root or "/",
            secure=secure,
            httponly=True,
            samesite="Strict",
        )
        return entered

    @login.post("/logout")
    def leave() -> AnyResponse:
        answer = redirect(url_for("pages.page"), 303)
        answer.delete_cookie(site.access.cookie, request.script_root or "/", httponly=True, samesite="Strict")
        return answer

    @login.post("/api/login")
    def token() -> shapes.Json:
        check(sent_json(MAX_BYTES).get("password"))
        return {"token": site.access.token()}

    return login


def _page(site: Site, error: str = "", code: int = 200) -> Response:
    shows_mood = site.config.web.open != "nothing"
    html = render_template("login.html", name=site.config.device.name, error=error, shows_mood=shows_mood)
    return make_response(html, code)
