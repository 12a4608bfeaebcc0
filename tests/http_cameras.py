"""Network cameras on loopback, real servers that can be told to stall, break off, or go away."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import cv2
import numpy as np

from edge.records import Image

BOUNDARY = "next"


def encoded(image: Image) -> bytes:
    return bytes(cv2.imencode(".jpg", image)[1].tobytes())


def noisy(image: Image, seed: int) -> Image:
    """The picture with a sensor's noise, another for every seed."""
    grain = np.random.default_rng(seed).integers(-3, 4, image.shape)
    return np.clip(image.astype(int) + grain, 0, 255).astype(np.uint8)


class HttpCamera:
    """/stream.mjpg: `picture(n)` as JPEG, 20 times a second; /snapshot.jpg: one of them. Use it as a context.

    `stall` holds a stream back while it is set; `stop` ends the server and every stream; `start` serves again at the
    same port.
    """

    def __init__(self, picture: Callable[[int], bytes]) -> None:
        self.picture = picture
        self.stall = threading.Event()
        self.asked = 0
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
        request.send_response(200)
        if not request.path.startswith("/stream"):
            data = self.next_picture()
            request.send_header("Content-Type", "image/jpeg")
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data)
            return
        request.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        request.end_headers()
        ended = self._ended
        while not ended.is_set():
            if not self.stall.is_set():
                data = self.next_picture()
                head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                try:
                    request.wfile.write(head.encode() + data + b"\r\n")
                except OSError:
                    return
            time.sleep(0.05)
