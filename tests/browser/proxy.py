"""A small reverse proxy: one path of it is the page's, as an owner's nginx or Caddy has it."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOP = {"connection", "keep-alive", "transfer-encoding"}


@contextmanager
def behind(port: int, prefix: str) -> Iterator[tuple[int, list[str]]]:
    """(its port; what was asked of it outside `prefix`)."""
    strays: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def hand_on(self) -> None:
            if not self.path.startswith(f"{prefix}/"):
                strays.append(self.path)
                self.send_error(404)
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            told = {
                "X-Forwarded-For": self.client_address[0],
                "X-Forwarded-Proto": "http",
                "X-Forwarded-Prefix": prefix,
            }
            onward = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                onward.request(self.command, self.path.removeprefix(prefix), body, {**dict(self.headers), **told})
                answer = onward.getresponse()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                self.end_headers()
                while part := answer.read1(65536):
                    self.wfile.write(part)
            except OSError:  # the browser, or the page, has gone
                pass
            finally:
                onward.close()

        do_GET = do_POST = do_DELETE = hand_on  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], strays
        server.shutdown()
