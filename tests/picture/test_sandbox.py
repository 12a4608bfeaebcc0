"""The process for pictures from outside: whatever a picture does to it, the next picture is read."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.errors import EdgeError, PictureError
from edge.photos import PhotoDesk
from edge.picture import decoder as decoders
from edge.picture.decoder import Decoder
from edge.picture.sandbox import Sandbox
from tests.picture import hostile

CASES = {
    "an animated PNG of 205 bytes with a filter that does not exist": hostile.animated_png(16, 16, 2, filtered=9),
    "one with it in its second frame": hostile.animated_png(16, 16, 2, filtered_later=9),
    "a PNG that says 2 GB": hostile.boastful_png(2_000_000_000),
    "a PNG that says 400 MB": hostile.boastful_png(400_000_000),
    "a PNG that says 400 MB of what nobody knows": hostile.boastful_png(400_000_000, b"zzZz"),
    "an animated PNG of 12 frames of 9 megapixels": hostile.animated_png(3000, 3000, 12),
    "an animated WebP of 12 frames": hostile.animated_webp(1200, 900, 12),
    "a PNG of 600,000 bad chunks": hostile.talkative_png(600_000),
}


@pytest.fixture(scope="module")
def decode() -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.close()


def peak_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_picture_is_read_or_refused_in_a_line_and_the_next_one_is_read(
    decode: Decoder, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    portrait = hostile.encoded(np.full((48, 64, 3), 90, np.uint8), ".png")
    decode(portrait)
    before = peak_mib(os.getpid())
    try:
        decode(CASES[name])
    except PictureError as error:
        assert "\n" not in str(error)
    assert decode(portrait).image.shape == (48, 64, 3)
    assert peak_mib(os.getpid()) - before < 16
    assert capfd.readouterr() == ("", "")


def test_of_an_animation_the_first_frame_is_read(decode: Decoder) -> None:
    assert decode(hostile.animated_png(64, 48, 12)).image.shape == (48, 64, 3)
    webp = decode(hostile.animated_webp(64, 48, 12))
    assert (webp.image.shape, webp.width, webp.height) == ((48, 64, 3), 64, 48)
    assert webp.image.mean() < 5


def test_a_picture_that_takes_for_ever_is_stopped_after_seconds_of_the_cpu(decode: Decoder) -> None:
    with pytest.raises(PictureError, match="took more than 5 s to decode"):
        decode(hostile.jpeg_of_many_scans(3000, 2000))


# what a picture that has taken its decoder over can do


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox("tests.picture.misbehave", timeout_seconds=10)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("what", "line"),
    [
        (b"eat", "takes more memory than there is for it"),
        (b"crash", "its decoder failed on it"),
        (b"exit", "its decoder failed on it"),
        (b"chatter", "what came of it is too much"),
        (b"write", "its decoder failed on it"),
        (b"read", "its decoder failed on it"),
        (b"spawn", "its decoder failed on it"),
    ],
    ids=lambda value: value.decode() if isinstance(value, bytes) else "",
)
def test_it_gets_nothing_and_the_next_picture_is_read(sandbox: Sandbox, what: bytes, line: str) -> None:
    with pytest.raises(PictureError, match=line):
        sandbox.ask(what, 1000)
    assert not Path("/tmp/moodcast-was-here").exists() or not Path("/tmp/moodcast-was-here").stat().st_size
    assert sandbox.ask(b"a picture", 1000) == b"a picture"


def test_it_connects_to_nobody(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        with pytest.raises(PictureError):
            sandbox.ask(b"connect %d" % listening.getsockname()[1], 1000)
        listening.setblocking(False)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_it_knows_no_password_of_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOODCAST_MQTT_PASSWORD", "secret")
    sandbox.close()
    said = sandbox.ask(b"environment", 1000)
    assert b"MOODCAST" not in said
    assert b"PATH" in said


def test_it_waits_for_nobody_longer_than_the_patience() -> None:
    impatient = Sandbox("tests.picture.misbehave", timeout_seconds=0.5)
    impatient.ask(b"a picture", 1000)
    first = impatient.pid()
    with pytest.raises(PictureError, match=r"took longer than 0\.5 s"):
        impatient.ask(b"sleep", 1000)
    assert impatient.ask(b"a picture", 1000) == b"a picture"
    assert impatient.pid() != first
    impatient.close()


# the process itself


def test_it_is_there_only_while_pictures_come() -> None:
    sandbox = Sandbox("tests.picture.misbehave", keep_seconds=0.3)
    assert sandbox.pid() is None
    sandbox.ask(b"a picture", 1000)
    pid = sandbox.pid()
    assert pid is not None
    until_gone(pid)
    assert sandbox.pid() is None
    assert sandbox.ask(b"a picture", 1000) == b"a picture"
    sandbox.close()


def test_one_that_was_killed_is_replaced() -> None:
    sandbox = Sandbox("tests.picture.misbehave")
    sandbox.ask(b"a picture", 1000)
    pid = sandbox.pid()
    assert pid is not None
    os.kill(pid, 9)
    until_gone(pid, zombie=True)
    assert sandbox.ask(b"a picture", 1000) == b"a picture"
    sandbox.close()


def test_one_that_cannot_start_says_why(tmp_path: Path) -> None:
    desk = PhotoDesk(tmp_path / "no.tflite")
    with pytest.raises(EdgeError, match=r"no\.tflite"):
        desk(hostile.encoded(np.zeros((48, 64, 3), np.uint8), ".png"))
    desk.close()
    nowhere = Sandbox("tests.picture.no_such_module")
    with pytest.raises(EdgeError, match="does not start"):
        nowhere.ask(b"a picture", 1000)
    nowhere.close()


def until_gone(pid: int, zombie: bool = False) -> None:
    end = time.monotonic() + 30
    status = Path(f"/proc/{pid}/stat")
    while status.exists() and not (zombie and status.read_text().split()[2] == "Z"):
        assert time.monotonic() < end
        time.sleep(0.05)


# what comes back


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"short",
        decoders._HEAD.pack(1, 8, 8, 8, 8),
        decoders._HEAD.pack(3, 8, 8, 1, 1) + bytes(3),
        decoders._HEAD.pack(1, 100_000, 100_000, 1, 1) + bytes(3),
        decoders._HEAD.pack(1, 8, 8, 0, 8),
        decoders._HEAD.pack(1, 8, 8, 2**31, 2**31) + bytes(64),
    ],
)
def test_an_answer_that_is_none_is_not_believed(answer: bytes) -> None:
    with pytest.raises(PictureError, match="no picture"):
        decoders.unpack(answer)


@pytest.mark.parametrize("kind", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("note", range(1, 9))
def test_a_picture_is_turned_upright_whatever_its_format(decode: Decoder, kind: str, note: int) -> None:
    upright = np.zeros((60, 100, 3), np.uint8)
    upright[:20] = 255
    upright[:, :20] = 128
    # How a camera that is held so stores it: the inverse of what each note asks for (EXIF 2.32, 4.6.4).
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[note]
    data = hostile.with_exif(hostile.encoded(np.ascontiguousarray(stored), kind, cv2.IMWRITE_WEBP_QUALITY, 100), note)
    read = decode(data)
    assert (read.width, read.height) == (100, 60)
    assert np.abs(read.image.astype(int) - upright).mean() < 8
