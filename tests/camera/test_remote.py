"""Network cameras of every manner, and the process that decodes them: what it dies of harms nobody else."""

import os
import re
import signal
import struct
import time
from collections.abc import Iterator

import pytest

from edge.camera.address import add_password
from edge.camera.capture import Capture
from edge.camera.opening import check_source, open_source
from edge.camera.remote import NetworkCamera
from edge.config import CameraConfig
from edge.errors import CameraError, SourceError
from edge.mailbox import Latest
from edge.records import Frame
from tests.camera.capture.frames import eventually, take
from tests.camera.fakes import number_in, shade
from tests.camera.http_cameras import FORMS, HttpCamera, encoded, noisy

CAMERA = CameraConfig(timeout_seconds=5.0)


@pytest.fixture
def camera() -> Iterator[HttpCamera]:
    with HttpCamera(lambda number: encoded(noisy(shade(number % 25), number))) as camera:
        yield camera


def opened(url: str, timeout: float = 5.0) -> NetworkCamera:
    source = open_source(CameraConfig(timeout_seconds=timeout), url)
    assert isinstance(source, NetworkCamera)
    return source


def numbers(source: NetworkCamera, count: int) -> list[int]:
    return [number_in(frame.bgr()) for _ in range(count) if (frame := source.read())]


@pytest.mark.parametrize("form", FORMS)
def test_every_manner_of_sending_pictures_in_parts_is_understood(camera: HttpCamera, form: str) -> None:
    source = opened(camera.url(f"/{form}.mjpg"))
    assert source.live and source.backlog
    seen = numbers(source, 4)
    source.skip()
    seen += [0, *numbers(source, 1)]
    source.close()
    assert seen == [seen[0], seen[0] + 1, seen[0] + 2, seen[0] + 3, 0, seen[0] + 5]


def test_an_address_of_single_pictures_is_a_camera_that_is_asked_again_and_again(camera: HttpCamera) -> None:
    source = opened(camera.url("/snapshot.jpg"))
    assert source.live and not source.backlog
    assert numbers(source, 3) == [1, 2, 3]
    assert camera.asked == 3
    source.close()


def test_a_password_with_signs_of_an_address_in_it_is_written_with_escapes(camera: HttpCamera) -> None:
    camera.login = "cam user:p@ss/w#rd%1"
    source = opened(f"http://cam%20user:p%40ss%2Fw%23rd%251@127.0.0.1:{camera.port}/stream.mjpg")
    assert len(numbers(source, 2)) == 2
    source.close()
    with pytest.raises(CameraError, match=r"refuses the user or the password \(401\); .*@ as %40"):
        opened(f"http://cam%20user:wrong@127.0.0.1:{camera.port}/stream.mjpg")


def test_a_password_kept_elsewhere_is_put_in_where_the_address_has_a_user_only(camera: HttpCamera) -> None:
    camera.login = "me:p@ss/w#rd:1"
    config = CameraConfig(timeout_seconds=5.0, password="p@ss/w#rd:1")
    source = open_source(config, f"http://me@127.0.0.1:{camera.port}/stream.mjpg")
    assert source.read() is not None
    source.close()
    assert add_password("rtsp://me:own@host/x", "other") == "rtsp://me:own@host/x"
    assert add_password("rtsp://host/x", "other") == "rtsp://host/x"


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://user:hunter2/x@camera/live",
        "rtsp://user:2222/hunter@camera/live",
        "http://user:2222#hunter@camera/live",
        "http://user:2222?hunter@camera/live",
        "rtsp://user:p@hunter/w#x@camera/live",
    ],
)
def test_no_piece_of_a_password_without_escapes_is_taken_for_a_host(address: str) -> None:
    with pytest.raises(SourceError, match=r"write @ as %40, / as %2F, # as %23") as caught:
        check_source(CAMERA, address)
    assert "hunter" not in str(caught.value) and "2222" not in str(caught.value)


def test_a_web_page_is_told_from_a_picture(camera: HttpCamera) -> None:
    with pytest.raises(CameraError, match="a web page is there and no picture"):
        opened(camera.url("/login.html"))


def test_a_damaged_picture_is_left_out(camera: HttpCamera) -> None:
    good = camera.picture
    camera.picture = lambda number: good(number)[:300] if number % 3 == 0 else good(number)
    source = opened(camera.url("/stream.mjpg"))
    assert [number % 3 for number in numbers(source, 6)] == [1, 2, 1, 2, 1, 2]
    source.close()


def test_a_camera_that_changes_its_resolution_goes_on(camera: HttpCamera) -> None:
    camera.picture = lambda number: encoded(noisy(shade(3, *((64, 48) if number < 3 else (128, 96))), number))
    source = opened(camera.url("/stream.mjpg"))
    sizes = [(frame.width, frame.height) for _ in range(4) if (frame := source.read())]
    source.close()
    assert sizes == [(64, 48)] * 2 + [(128, 96)] * 2


def of_size(jpeg: bytes, width: int, height: int) -> bytes:
    """The same JPEG, whose header (SOF0, ITU T.81) says another size."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def test_a_picture_that_claims_to_be_huge_takes_no_memory_of_the_daemon(camera: HttpCamera) -> None:
    good = camera.picture
    camera.picture = lambda number: of_size(good(number), 30_000, 30_000)
    source = opened(camera.url("/stream.mjpg"))
    with pytest.raises(CameraError, match=r"cannot be decoded|its decoder has died"):
        source.read()
    source.close()


def decoder_of(capture: Capture) -> int:
    source = capture._reader and capture._reader._source
    assert isinstance(source, NetworkCamera)
    return source._process.pid


@pytest.mark.parametrize(
    ("harm", "said"),
    [(signal.SIGSEGV, r"its decoder has died \(SIGSEGV\)"), (signal.SIGSTOP, "no frame within 2 s")],
    ids=["crashes", "hangs"],
)
def test_a_decoder_that_crashes_or_hangs_is_started_again_and_nothing_else(
    camera: HttpCamera, caplog: pytest.LogCaptureFixture, harm: signal.Signals, said: str
) -> None:
    frames: Latest[Frame] = Latest()
    config = CameraConfig(timeout_seconds=2.0)
    capture = Capture(lambda: open_source(config, camera.url("/stream.mjpg")), frames, 2.0, retry_seconds=0.1)
    capture.start()
    try:
        take(frames, 2)
        first = decoder_of(capture)
        os.kill(first, harm)
        eventually(lambda: capture.state.word == "recovering")
        eventually(lambda: capture.state.word == "ok")
        assert decoder_of(capture) != first
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
    finally:
        capture.close()
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1 and re.search(said, warnings[0])


def test_a_camera_that_is_silent_is_closed_at_once_when_it_is_switched_off(camera: HttpCamera) -> None:
    frames: Latest[Frame] = Latest()
    config = CameraConfig(timeout_seconds=45.0)
    capture = Capture(lambda: open_source(config, camera.url("/stream.mjpg")), frames, 45.0)
    capture.start()
    take(frames, 2)
    camera.stall.set()
    capture.pause()
    eventually(lambda: capture.state.word == "paused")  # in far less than the timeout
    capture.close()


def test_closing_ends_the_decoder_at_once_whatever_it_does(camera: HttpCamera) -> None:
    source = opened(camera.url("/stream.mjpg"))
    os.kill(source._process.pid, signal.SIGSTOP)
    began = time.monotonic()
    source.close()
    source.close()
    assert source._process.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 20
