"""A house full of connections that ask for nothing: whoever comes to look at the page still gets in."""

import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from edge.web import server
from edge.web.server import Server
from tests.web.room import Room, entry, status
from tests.web.server.viewer import Viewer, ask, until

HALF_A_REQUEST = b"GET /api/status HTTP/1.1\r\nHost: localhost\r\nX: "
Connect = Callable[..., socket.socket]


@pytest.fixture
def connect(served: Server) -> Iterator[Connect]:
    """Opens a connection from a client of this machine (127.0.0.1, .2 and so on), and sends what is given."""
    with ExitStack() as stack:

        def connect(sent: bytes = b"", client: str = "127.0.0.1") -> socket.socket:
            wire = socket.create_connection(("127.0.0.1", served.port), timeout=10, source_address=(client, 0))
            stack.callback(wire.close)
            wire.sendall(sent)
            return wire

        yield connect


def is_open(wire: socket.socket) -> bool:
    wire.setblocking(False)
    try:
        return bool(wire.recv(1))
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


@pytest.mark.parametrize("sent", [b"", HALF_A_REQUEST], ids=["nothing", "half a request"])
def test_connections_that_ask_for_nothing_keep_nobody_out(served: Server, connect: Connect, sent: bytes) -> None:
    for _ in range(2 * server.MAX_CONNECTIONS):
        connect(sent)
    assert ask(served.port, "GET", "/api/status")[0] == 200


def test_a_request_that_trickles_in_for_ever_keeps_nobody_out(served: Server, connect: Connect) -> None:
    trickles = [connect(HALF_A_REQUEST) for _ in range(server.WAITING_CONNECTIONS)]
    for _ in range(server.WAITING_CONNECTIONS):
        for wire in trickles[-20:]:
            with suppress(ConnectionError):  # sent away by now: that is how room is made
                wire.sendall(b"x")
        connect(HALF_A_REQUEST)
    assert ask(served.port, "GET", "/api/status")[0] == 200


def test_who_holds_most_of_them_makes_room_not_who_has_waited_longest(served: Server, connect: Connect) -> None:
    kept = connect(HALF_A_REQUEST, client="127.0.0.2")
    crowd = [connect() for _ in range(server.WAITING_CONNECTIONS + 20)]
    until(lambda: not is_open(crowd[19]))
    assert is_open(crowd[-1])
    kept.setblocking(True)
    kept.sendall(b"\r\n\r\n")
    assert kept.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_who_follows_live_is_not_sent_away(room: Room, served: Server, connect: Connect) -> None:
    viewer = Viewer(served.port)
    viewer.event()
    crowd = [connect() for _ in range(server.WAITING_CONNECTIONS + 1)]
    until(lambda: not is_open(crowd[0]))
    room.status.put(status("sad"))
    assert viewer.event()["mood"] == "sad"
    viewer.leave()


def test_half_sent_photos_are_not_heaped_up_in_memory(room: Room, served: Server, connect: Connect) -> None:
    head = b"POST /api/photo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
    heap = [connect(head + bytes(900_000), client="127.0.0.2") for _ in range(2 * server.BODIES)]
    until(lambda: not is_open(heap[server.BODIES - 1]))
    assert is_open(heap[-1])
    assert ask(served.port, "POST", "/api/photo", bytes(500_000))[0] == 200, "who sends a whole one is not concerned"
    heap[-1].setblocking(True)
    heap[-1].sendall(bytes(100_000))
    assert heap[-1].recv(4096).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /api/history HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /api/history.csv HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20,
        b"GET /snapshot.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20,
        b"GET /stream.mjpg HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/photo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500000\r\n\r\nslow" + bytes(499_996),
    ],
    ids=["histories", "pipelined histories", "pipelined pictures", "streams", "photos"],
)
def test_seventy_that_ask_for_much_and_read_nothing_keep_nobody_from_the_page_and_the_switch(
    room: Room, served: Server, connect: Connect, sent: bytes
) -> None:
    assert room.history
    now = time.time()
    room.history.entries = [entry(now - 80_000 + 7 * number, "happy", "sad") for number in range(10_000)]
    for _ in range(70):
        with suppress(ConnectionError):
            connect(sent)
    assert ask(served.port, "GET", "/healthz") == (200, b"ok\n")
    assert ask(served.port, "POST", "/api/camera", b'{"on": false}')[0] == 202
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, 10, ("127.0.0.9", 0))) as visitor:
        visitor.request("GET", "/")
        assert visitor.getresponse().status == 200
