"""The web application; all its state is in its site."""

import io
import re
from typing import IO, Any

from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from jinja2.ext import Extension

from edge.config import Config
from edge.web import (
    access,
    api,
    compression,
    device,
    guard,
    installed,
    live,
    login,
    metrics,
    pages,
    pictures,
    proxy,
    words,
)
from edge.web import corrections as corrected
from edge.web import settings as changing
from edge.web.site import Site

MULTIPART_OVERHEAD_BYTES = 64 * 1024  # of a form around the photo


class InMemory(Request):
    """Keeps uploads in memory; Werkzeug would write those above 500 kB to the disk."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return io.BytesIO()


class Json(DefaultJSONProvider):
    sort_keys = False  # keeps the order of LABELS
    ensure_ascii = False

    def dumps(self, obj: Any, **how: Any) -> str:
        return super().dumps(obj, **{"separators": (",", ":")} | how)


class Flush(Extension):
    """Leaves the templates' indentation out of the page."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return re.sub(r"(?m)^ +", "", source)


def largest_body(config: Config) -> int:
    """The size in bytes of the largest request that is read."""
    return int(config.web.photo_max_mib * 2**20) + MULTIPART_OVERHEAD_BYTES


def create_app(site: Site) -> Flask:
    """The page and the API of docs/api.md."""
    app = Flask(__name__)
    app.request_class = InMemory
    app.json = Json(app)
    app.jinja_options = {"trim_blocks": True, "extensions": [Flush]}  # no empty lines from template tags
    app.config["MAX_CONTENT_LENGTH"] = largest_body(site.config)
    app.config["TOO_LARGE"] = site.too_large
    words.install(app, site.config.device.language)
    guard.install(app, site.config.web, site.too_large)
    access.install(app, site.access)
    compression.install(app)
    proxy.install(app, site.config.web.trusted_proxies)
    for room in (pages, device, changing, installed, live, api, corrected, pictures, metrics, login):
        app.register_blueprint(room.blueprint(site))
    return app
