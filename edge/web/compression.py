"""Answers go out in gzip where the browser takes it: what the page loads is a third of its bytes then.

Streams, pictures and long answers stay as they are. No answer mixes a secret with what another site may choose: a
session's cookie is not sent along with another site's requests, so what is guessed from lengths (BREACH) has no start.
"""

import gzip

from flask import Flask, Response, request

KINDS = frozenset(
    {
        "application/json",
        "application/manifest+json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
        "text/plain",
    }
)
LEAST_BYTES = 500  # less is not worth the time
LEVEL, STATIC_LEVEL = 5, 9  # a file is compressed once


def install(app: Flask) -> None:
    files: dict[str, tuple[str, bytes]] = {}  # by path: the tag of the file that was compressed, and what came of it

    @app.after_request
    def compress(response: Response) -> Response:
        static = request.endpoint == "static"
        if response.mimetype not in KINDS or (response.is_streamed and not static):
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 or not request.accept_encodings["gzip"]:
            return response
        tag, _ = response.get_etag()
        made = files.get(request.path)
        if static and tag and made and made[0] == tag:
            response.call_on_close(response.response.close)  # type: ignore[union-attr]  # the file is not read
            data = made[1]
        else:
            response.direct_passthrough = False
            plain = response.get_data()
            if len(plain) < LEAST_BYTES:
                return response
            data = gzip.compress(plain, STATIC_LEVEL if static else LEVEL, mtime=0)
            if static and tag:
                files[request.path] = tag, data
        response.direct_passthrough = False
        response.set_data(data)
        response.content_encoding = "gzip"
        if tag:
            response.set_etag(tag, weak=True)  # the same file in other bytes; browsers compare weakly
        return response
