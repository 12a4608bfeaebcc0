"""Requests to a running daemon's page: bent ones as bytes, and where schemathesis is installed (`scripts/fuzz`) those
that it makes of the description at /api."""

import json
import re
import socket
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from itertools import count as numbers
from pathlib import Path
from random import Random
from typing import Any

from tests.daemon.process import Daemon
from tests.fuzz.outcome import Broken, Row
from tests.fuzz.pictures import mutated
from tests.fuzz.running import address, peak_mib, running

FULL, SMALL = 20_000, 300
MOST_MIB = 16.0
_STREAMS = ("/api/events", "/stream.mjpg")
_TIMEOUT_SECONDS = 30.0
_PATIENCE_SECONDS = 0.05
_REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: moodcast-moodcast=s.1.ab.cd; a=b\r\n\r\n",
    b"GET /api/status HTTP/1.1\r\nHost: [::1]:8080\r\nAuthorization: Bearer t.1.ab.cd\r\n\r\n",
    b"GET /api/history?hours=1.5 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /api/fact?not=3 HTTP/1.1\r\nHost: moodcast.local\r\nIf-None-Match: *\r\nRange: bytes=0-10\r\n\r\n",
    b"GET /static/page.css HTTP/1.1\r\nHost: localhost\r\nIf-Modified-Since: Sat, 28 Nov 2026 18:00:00 GMT\r\n\r\n",
    b'POST /api/camera HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n\r\n{"on": true}',
    b'POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17\r\n\r\n{"password": "x"}',
    b"POST /camera HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n\r\non=true",
    b"POST /photo?part HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    b'Content-Length: 77\r\n\r\n--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
    b"hi\r\n--x--\r\n",
    b"POST /api/photo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"DELETE /api/calibration HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
)


def fuzz(random: Random, count: int, folder: Path) -> Iterator[Row]:
    described = find_spec("schemathesis") is not None
    with running(folder, snapshot=True) as daemon:
        warm(daemon)
        before = peak_mib(daemon)
        said = Counter(bent(random, daemon, number) for number in range(count // 2 if described else count))
        answers = ", ".join(f"{code or 'none'}: {times:,}" for code, times in sorted(said.items()))
        yield Row("bent HTTP requests to a daemon", said.total(), f"{answers}; none 500, the daemon ran on")
        if described:
            asked = by_description(daemon, random.randrange(2**32), count - count // 2)
            yield Row("requests by schemathesis from `/api`", asked, "none 500, the daemon ran on")
        if (grown := peak_mib(daemon) - before) > MOST_MIB:
            raise Broken(f"the daemon's peak grew by {grown:.1f} MiB")


def warm(daemon: Daemon) -> None:
    """What is dear the first time: the templates, and the demo's portraits when its camera is opened again."""
    for path in ("/", "/day", "/api/history", "/snapshot.jpg"):
        daemon.get(path)
    for on, state in ((b'{"on": false}', "paused"), (b'{"on": true}', "ok")):
        daemon.post("/api/camera", on)
        daemon.until(partial(_is, daemon, state), f"the camera to be {state}")


def _is(daemon: Daemon, state: str) -> bool:
    return bool(daemon.json("/api/status")["camera_state"] == state)


def bent(random: Random, daemon: Daemon, number: int) -> int:
    """Sends one, and hangs up; the code of the answer, 0 where there was none."""
    request = mutated(random, random.choice(_REQUESTS))
    with socket.create_connection(("127.0.0.1", daemon.port), _TIMEOUT_SECONDS, (address(number), 0)) as wire:
        wire.sendall(request)
        wire.settimeout(_PATIENCE_SECONDS)
        try:
            answer = wire.recv(4096)
        except (ConnectionError, TimeoutError):  # half a request: more of it is waited for
            return 0
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    code = int(found[1]) if found else 0
    if code == 500 or (answer and not found):
        raise Broken(f"request {number} got {answer[:300]!r}: {request!r}")
    return code


def by_description(daemon: Daemon, seed: int, count: int) -> int:
    """About `count` requests, half of them as described and half of them not; how many there were."""
    import schemathesis
    from hypothesis import HealthCheck, given, settings
    from hypothesis import seed as seeded
    from hypothesis.errors import Unsatisfiable
    from requests import Session
    from requests.adapters import HTTPAdapter
    from schemathesis import GenerationMode

    class FromElsewhere(HTTPAdapter):  # type: ignore[misc]
        def __init__(self, number: int) -> None:
            self._address = address(number)
            super().__init__()

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, source_address=(self._address, 0), **kwargs)

    home = f"http://127.0.0.1:{daemon.port}"
    with urllib.request.urlopen(f"{home}/api", timeout=10) as answer:
        document = json.load(answer)
    for path in _STREAMS:
        del document["paths"][path]
    operations = [result.ok() for result in schemathesis.openapi.from_dict(document).get_all_operations()]
    sent = numbers()

    def ask(case: Any) -> None:
        with Session() as session:
            session.mount("http://", FromElsewhere(next(sent)))
            answer = case.call(base_url=home, session=session, allow_redirects=False, timeout=_TIMEOUT_SECONDS)
        if answer.status_code == 500:
            raise Broken(f"500 for {case.as_curl_command()[:500]}")

    examples = max(1, count // len(operations) // 2)
    some = settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    for operation in operations:
        for mode in GenerationMode:
            # Where nothing can be wrong (a route that takes nothing), there is nothing to make.
            with suppress(Unsatisfiable):
                seeded(seed)(some(given(operation.as_strategy(generation_mode=mode))(ask)))()
    return next(sent)
