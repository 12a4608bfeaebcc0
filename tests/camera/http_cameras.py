"""Network cameras on loopback, real servers that can be told to stall, break off, or go away."""

import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import cv2
import numpy as np

from edge.records import Image


@dataclass(frozen=True, slots=True)
class Form:
    """How a camera writes its parts: the boundary it declares, the line it sends, whether it tells each length."""

    declared: str = "next"
    line: str = "--next"
    length: bool = True
    tail: str = "\r\n"


FORMS = {
    "stream": Form(),
    "dashes": Form(declared="--next"),
    "quoted": Form(declared='"next"'),
    "mismatch": Form(line="--other"),
    "bare": Form(line="next"),
    "no-length": Form(length=False),
    "bare-no-length": Form(line="next", length=False),
    "esp32": Form(line="\r\n--next", tail=""),
}


def encoded(image: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", image)[1].tobytes())


def noisy(image: Image, seed: int) -> Image:
    """The picture with a sensor's noise, another for every seed."""
    grain = np.random.default_rng(seed).integers(-3, 4, image.shape)
    return np.asarray(np.clip(image.astype(int) + grain, 0, 255), np.uint8)


class HttpCamera:
    """/FORM.mjpg: `picture(n)` as JPEG, 20 times a second; /login.html: a web page; anything else: one picture. Use it
    as a context. With `login` (user:password) nothing else is answered.

    `stall` holds a stream back while it is set; `stop` ends the server and every stream; `start` serves again at the
    same port.
    """

    def __init__(self, picture: Callable[[int], bytes]) -> None:
        self.picture = picture
        self.stall = threading.Event()
        self.asked = 0
        self.login = ""
        self.port = 0
        self._number = 0
        self._server: ThreadingHTTPServer | None = None
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._ended = threading.Event()
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # http.server's name
                camera.asked += 1
                camera.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._ended.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def next_picture(self) -> bytes:
        self._number += 1
        return self.picture(self._number)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = self.login and "Basic " + b64encode(self.login.encode()).decode()
        if wanted and request.headers.get("Authorization") != wanted:
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="camera"')
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        request.send_response(200)
        form = FORMS.get(request.path.strip("/").partition(".")[0])
        if form is None and request.path.endswith(".html"):
            request.send_header("Content-Type", "text/html")
            request.end_headers()
            return
        if form is None:
            data = self.next_picture()
            request.send_header("Content-Type", "image/jpeg")
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data)
            return
        request.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={form.declared}")
        request.end_headers()
        ended = self._ended
        while not ended.is_set():
            if not self.stall.is_set():
                data = self.next_picture()
                length = f"Content-Length: {len(data)}\r\n" if form.length else ""
                head = f"{form.line}\r\nContent-Type: image/jpeg\r\n{length}\r\n"
                try:
                    request.wfile.write(head.encode() + data + form.tail.encode())
                except OSError:
                    return
            time.sleep(0.05)
