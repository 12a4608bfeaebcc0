"""Network cameras: a real MJPEG server, a web server with a video, one that is silent; and no password in any log."""

import itertools
import logging
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import pytest

from edge.camera.address import redact
from edge.camera.capture import Capture
from edge.camera.opening import open_source
from edge.camera.remote import NetworkCamera
from edge.config import CameraConfig
from edge.errors import CameraError
from edge.mailbox import Latest
from edge.records import Frame
from tests.camera.fakes import number_in, shade, write_video

CAMERA = CameraConfig(timeout_seconds=3.0)


class Handler(BaseHTTPRequestHandler):
    """/stream.mjpg: 25 pictures a second, `pictures` of them; anything else is a file of the folder `folder`."""

    folder: Path
    pictures = 10**6

    def do_GET(self) -> None:  # http.server's name
        if self.path.startswith("/stream.mjpg"):
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
            self.end_headers()
            for number in range(self.pictures):
                picture = cv2.imencode(".jpg", shade(number % 25))[1].tobytes()
                head = f"--next\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                try:
                    self.wfile.write(head.encode() + picture + b"\r\n")
                except OSError:
                    return
                time.sleep(0.04)
        elif (self.folder / self.path[1:]).is_file():
            content = (self.folder / self.path[1:]).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """host:port of a web server."""
    monkeypatch.setattr(Handler, "folder", tmp_path, raising=False)
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    yield f"127.0.0.1:{http.server_address[1]}"
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def silent() -> Iterator[str]:
    """host:port of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_an_mjpeg_camera_gives_frames(server: str) -> None:
    source = open_source(CAMERA, f"http://{server}/stream.mjpg")
    assert isinstance(source, NetworkCamera)
    assert source.live
    frames = [source.read() for _ in range(5)]
    source.close()
    shown_numbers = [number_in(frame.bgr()) for frame in frames if frame]
    assert shown_numbers == list(range(shown_numbers[0], shown_numbers[0] + 5))


def test_what_is_wanted_seldom_is_still_fresh(server: str) -> None:
    """A stream that is not drained falls ever further behind."""
    frames: Latest[Frame] = Latest()
    capture = Capture(lambda: open_source(CAMERA, f"http://{server}/stream.mjpg"), frames, 5.0)
    capture.set_interval(0.4)
    capture.start()
    taken, version = [], 0
    for _ in range(4):
        got = frames.wait(version, 10.0)
        assert got is not None
        version, frame = got
        taken.append(frame)
    capture.close()
    steps = [(number_in(b.bgr()) - number_in(a.bgr())) % 25 for a, b in itertools.pairwise(taken)]
    assert min(steps) >= 5, steps  # 0.4 s are ten pictures at the server


def test_a_stream_that_stops_is_told(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "pictures", 10)
    source = open_source(CAMERA, f"http://{server}/stream.mjpg")
    with pytest.raises(CameraError, match=f"http://{server}: the stream has ended; is the camera on"):
        for _ in range(20):
            source.read()
    source.close()


def test_a_video_on_a_web_server_is_a_recording(server: str, tmp_path: Path) -> None:
    write_video(tmp_path / "a.avi", 6, fps=10, codec="MJPG")
    source = open_source(CAMERA, f"http://{server}/a.avi")
    assert not source.live
    assert not source.ends
    numbers = []
    while (frame := source.read()) is not None:
        numbers.append(number_in(frame.bgr()))
    source.close()
    assert numbers == list(range(6))


def test_a_server_that_says_nothing_is_not_waited_for(silent: str) -> None:
    for scheme in ("http", "rtsp"):
        began = time.monotonic()
        with pytest.raises(CameraError, match=r"no video comes from there|no answer from there|no frame within"):
            open_source(CameraConfig(timeout_seconds=0.5), f"{scheme}://{silent}/live")
        assert time.monotonic() - began < 20  # FFmpeg's own patience has no end


def test_a_page_that_is_not_there_and_a_port_nobody_listens_on_are_told(server: str, free_port: int) -> None:
    for address, said in (
        (f"http://{server}/nowhere", r"the camera has nothing at that path \(404\)"),
        (f"http://127.0.0.1:{free_port}/", r"no answer from there \(Connection refused\)"),
        (f"rtsp://127.0.0.1:{free_port}/live", "check the address, the password and the network"),
    ):
        with pytest.raises(CameraError, match=said):
            open_source(CAMERA, address)


def test_neither_password_nor_token_is_ever_shown(
    server: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    for address in (f"http://admin:hunter2@{server}/nowhere?token=hunter3", f"rtsp://admin:hunter2@{server}/hunter3"):
        frames: Latest[Frame] = Latest()
        capture = Capture(partial(open_source, CAMERA, address), frames, 3.0)
        capture.start()
        deadline = time.monotonic() + 30.0
        while not capture.state.problem and time.monotonic() < deadline:
            time.sleep(0.01)
        said.append(capture.state.problem)
        capture.close()
    source = open_source(CAMERA, f"http://admin:hunter2@{server}/stream.mjpg?token=hunter3")
    said += [source.name, caplog.text, *capfd.readouterr()]
    source.close()
    assert "hunter" not in "".join(said)
    assert source.name == f"http://{server}"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("rtsp://user:pass@camera.local:554/stream?x=1", "rtsp://camera.local:554"),
        ("http://[fe80::1]:8080/video", "http://[fe80::1]:8080"),
        ("HTTPS://Camera/", "https://camera"),
    ],
)
def test_of_an_address_only_scheme_host_and_port_are_shown(url: str, name: str) -> None:
    assert redact(url) == name


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("rtsp://", "the rtsp:// address names no host"),
        ("http:///video", "the http:// address names no host"),
        ("rtsp://host:99999/x", "not an address; write rtsp://host:port/path"),
        ("rtsp://[::1/x", "not an address; write rtsp://host:port/path"),
        ("mailto://a@b", "mailto:// is not supported; "),
    ],
)
def test_an_address_of_nothing_is_told(url: str, said: str) -> None:
    with pytest.raises(CameraError, match=f"^{said}"):
        redact(url)
