"""The real server: its address, what it refuses by itself, and that it ends quickly."""

import http.client
import json
import socket
import tempfile
import threading
import time
from contextlib import closing

import pytest
from waitress.trigger import trigger

from edge.config import WebConfig
from edge.errors import EdgeError
from edge.web import address, server
from edge.web.address import bind
from edge.web.server import Server, _Channel, _ErrorTask
from tests.web.room import Room
from tests.web.server.viewer import Viewer, ask, http_answer, until


def web_threads() -> int:
    return sum(thread.name.startswith("waitress") for thread in threading.enumerate())


def test_over_https_by_way_of_a_proxy_a_session_is_for_https_only() -> None:
    room = Room(web=WebConfig(password="guten tag mond"))
    running = Server(room.app(), bind("127.0.0.1", 0), threads=6)
    running.start()
    with closing(http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)) as client:
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-Proto": "https"}
        client.request("POST", "/login", "password=guten+tag+mond", form)
        assert "; Secure; HttpOnly" in (client.getresponse().getheader("Set-Cookie") or "")
    room.status.close()
    running.close()


# ending


def test_it_ends_at_once_with_viewers_that_stay(room: Room) -> None:
    before = web_threads()
    running = Server(room.app(), bind("127.0.0.1", 0), threads=6)
    running.start()
    viewers = [Viewer(running.port), Viewer(running.port, "/stream.mjpg")]
    viewers[0].event()
    room.status.close()
    running.close()
    assert web_threads() == before
    assert all(viewer.ended() for viewer in viewers)
    for viewer in viewers:
        viewer.leave()
    bind("127.0.0.1", running.port).close()


def test_it_ends_soon_even_where_the_streams_do_not_end_by_themselves(room: Room) -> None:
    before = web_threads()
    running = Server(room.app(), bind("127.0.0.1", 0), threads=6)
    running.start()
    viewer = Viewer(running.port)
    viewer.event()
    running.close()
    assert web_threads() == before
    viewer.leave()


def test_it_ends_cleanly_while_a_request_wakes_it_up(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    pull = vars(trigger)["_physical_pull"]  # which types-waitress leaves out

    def pulled_twice(self: trigger) -> None:
        pull(self)  # another thread, whose request has just ended
        time.sleep(0.05)
        pull(self)

    monkeypatch.setattr(trigger, "_physical_pull", pulled_twice)
    running = Server(room.app(), bind("127.0.0.1", 0), threads=4)
    running.start()
    running.close()
    bind("127.0.0.1", running.port).close()


def test_it_may_end_without_having_served(room: Room) -> None:
    idle = Server(room.app(), bind("127.0.0.1", 0), threads=4)
    idle.close()
    idle.close()
    bind("127.0.0.1", idle.port).close()


# the address


def test_a_port_in_use_is_named_with_its_key(free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        line = rf"^web.port: 127.0.0.1:{free_port} is in use by another program; choose another web.port"
        with pytest.raises(EdgeError, match=line):
            bind("127.0.0.1", free_port)
        with pytest.raises(EdgeError, match=line):
            bind("127.0.0.1", free_port).close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.name.invalid", "300.1.1.1", "a" * 300])
def test_an_address_that_is_not_this_device_is_named_with_its_key(host: str) -> None:
    with pytest.raises(EdgeError, match=r"^web\.host: .* is not an address of this device") as caught:
        bind(host, 0).close()
    assert "\n" not in str(caught.value)


def test_an_address_of_one_interface_is_looked_for_there() -> None:
    with pytest.raises(EdgeError, match=r"^web\.host: fe80::1%lo:0 is not an address of this device"):
        bind("fe80::1%lo", 0).close()


def test_all_addresses_of_both_kinds_where_there_is_one_kind_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: False)
    with pytest.raises(EdgeError, match=r"^web\.host: this device has no IPv6, so no '::'; 0\.0\.0\.0 means all$"):
        bind("::", 0).close()


def test_a_port_that_needs_root_is_named_with_its_key() -> None:
    line = address.why_not(PermissionError(13, "Permission denied"), "0.0.0.0:80")
    assert line == "web.port: 0.0.0.0:80 needs root, as all ports below 1024 do; choose a higher web.port"


def test_a_viewer_that_vanishes_without_a_word_is_given_up() -> None:
    with bind("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as _:
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == address.VANISHED_MS


def test_all_addresses_of_both_kinds_are_one_socket(room: Room) -> None:
    running = Server(room.app(), bind("::", 0), threads=4)
    running.start()
    for host in ("127.0.0.1", "::1"):
        with socket.create_connection((host, running.port), timeout=10) as wire:
            wire.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert http_answer(wire)[2] == b"ok\n"
    running.close()


# what comes in


def test_a_photo_never_touches_the_disk(room: Room, served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    photo = bytes(2**20 - 1000)
    assert ask(served.port, "POST", "/api/photo", photo)[0] == 200
    form = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n' + photo + b"\r\n--x--\r\n"
    with closing(http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)) as connection:
        connection.request("POST", "/api/photo", form, {"Content-Type": "multipart/form-data; boundary=x"})
        assert connection.getresponse().status == 200
    assert room.photos == [photo, photo]


@pytest.mark.parametrize("mib", [1.03, 3, 20])
def test_a_photo_that_is_too_large_is_refused_in_words_that_arrive(room: Room, served: Server, mib: float) -> None:
    code, said = ask(served.port, "POST", "/api/photo", bytes(int(mib * 2**20)))
    assert (code, json.loads(said)) == (413, {"error": "too large: at most 1 MiB (web.photo_max_mib)"})
    assert room.photos == []


def test_an_absurd_length_is_refused_without_waiting_for_it(served: Server) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        wire.sendall(b"POST /api/photo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
        assert wire.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"GET / HTTP/1.1\r\nno header at all\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nX: ".ljust(server.MAX_HEADER_BYTES, b"x"), 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET http://[::1/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", 400),
    ],
)
def test_what_is_not_http_gets_one_line_of_json(
    served: Server, sent: bytes, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        wire.sendall(sent)
        head, _, body = http_answer(wire)
    assert int(head.split()[1]) == code
    assert list(json.loads(body)) == ["error"]
    # On a busy machine the request may wait for a thread, which Waitress tells of.
    assert [record for record in caplog.records if record.name != "waitress.queue"] == []


@pytest.mark.parametrize(
    ("request_line", "length", "code"),
    [
        (b"POST /api/photo", 99_999_999_999, 413),
        (b"POST /api/photo", 3_000_000, 413),
        (b"POST /api/photo", -1, 400),
        (b"GET /api/status", 0, 200),
    ],
)
def test_who_waits_to_be_told_to_go_on_is_answered_where_nothing_more_is_wanted(
    served: Server, request_line: bytes, length: int, code: int
) -> None:
    head = b"%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        wire.sendall(head % (request_line, length))
        assert int(http_answer(wire)[0].split()[1]) == code


def test_who_waits_to_be_told_to_go_on_with_a_photo_is_told(room: Room, served: Server) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        wire.sendall(
            b"POST /api/photo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
        )
        assert wire.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.sendall(b"the photo")
        assert wire.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert room.photos == [b"the photo"]


def test_who_is_gone_before_a_refusal_is_no_failure(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended, failures = threading.Event(), threading.Event(), list[Exception]()
    serve = _Channel.service

    class Late(_ErrorTask):
        def service(self) -> None:
            begun.set()
            until(lambda: not self.channel.connected)
            super().service()

    def watched(channel: _Channel) -> None:
        try:
            serve(channel)
        except Exception as error:  # Waitress's thread would log it
            failures.append(error)
        ended.set()

    monkeypatch.setattr(_Channel, "error_task_class", Late)
    monkeypatch.setattr(_Channel, "service", watched)
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nno header at all\r\n\r\n")
        assert begun.wait(10)
    assert ended.wait(10)
    assert failures == []


def test_after_all_that_it_still_serves(served: Server) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as wire:
            wire.sendall(b"POST /api/photo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\nhalf a pho")
    assert ask(served.port, "GET", "/api/status")[0] == 200
