"""Client address, https and path behind a proxy, from the headers of the proxies that the owner named."""

import ipaddress
import re
from collections.abc import Collection, Iterable
from typing import Any

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

#: A path, not `//elsewhere`, which would make every link lead to another host.
PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+/?").fullmatch


def install(app: Flask, trusted: Collection[str]) -> None:
    """X-Forwarded-Host is not read, because many proxies pass on what a visitor sent; `Host` is checked by guard.py."""

    @app.context_processor
    def below() -> dict[str, str]:
        """`root`: the beginning of every link in a template."""
        return {"root": request.script_root}

    inner, proxied = app.wsgi_app, ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_prefix=1)

    def forward(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if _address(environ.get("REMOTE_ADDR", "")) not in trusted:
            return inner(environ, start)
        if not PREFIX(environ.get("HTTP_X_FORWARDED_PREFIX", "")):
            environ.pop("HTTP_X_FORWARDED_PREFIX", None)
        if not _address(environ.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]):
            environ.pop("HTTP_X_FORWARDED_FOR", None)
        return proxied(environ, start)

    if trusted:
        app.wsgi_app = forward  # type: ignore[method-assign, assignment]  # as Flask's documentation puts a middleware in


def _address(text: str) -> str:
    """An address in the form of `web.trusted_proxies`; empty where it is none."""
    try:
        found = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
