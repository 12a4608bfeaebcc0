"""Live viewers of the real server: they come, follow and leave; one too many is told to come back."""

import json
import time

import pytest

from edge.web.address import bind
from edge.web.server import Server
from tests.web.room import Room, frame, status
from tests.web.server.viewer import VIEWERS, Viewer, ask, until


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is short here."""
    monkeypatch.setattr("edge.web.live.HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr("edge.web.live.LOOK_SECONDS", 0.05)


def test_a_viewer_gets_the_present_status_at_once_and_then_each_change(room: Room, served: Server) -> None:
    viewer = Viewer(served.port)
    assert viewer.answer.headers["Content-Type"].startswith("text/event-stream")
    assert viewer.part() == {"retry": "2000"}
    assert (first := viewer.event())["mood"] == "happy"
    assert list(first)[:5] == ["mood", "since", "strength", "shares", "expression"]
    room.status.put(status("sad"))
    assert viewer.event()["mood"] == "sad"
    viewer.leave()


def test_a_status_that_says_nothing_new_is_not_sent(room: Room, served: Server) -> None:
    viewer = Viewer(served.port)
    viewer.event()
    for second in range(3):
        room.status.put(status(at=1e9 + second))
        time.sleep(0.05)
    room.status.put(status("sad"))
    assert viewer.event()["mood"] == "sad"
    viewer.leave()


def test_a_viewer_may_come_before_the_first_status(served: Server, room: Room) -> None:
    late = Room(web=room.web)
    running = Server(late.app(), bind("127.0.0.1", 0), threads=4)
    running.start()
    viewer = Viewer(running.port)
    assert viewer.part() == {"retry": "2000"}
    late.status.put(status("fear"))
    assert viewer.event()["mood"] == "fear"
    viewer.leave()
    late.status.close()
    running.close()


def test_a_quiet_stream_says_the_status_again(room: Room, served: Server, quick: None) -> None:
    viewer = Viewer(served.port)
    first = viewer.event()
    assert viewer.event() == first
    viewer.leave()


def test_a_quiet_stream_before_the_first_status_has_a_comment(quick: None) -> None:
    late = Room()
    running = Server(late.app(), bind("127.0.0.1", 0), threads=4)
    running.start()
    viewer = Viewer(running.port)
    assert viewer.part() == {"retry": "2000"}
    assert viewer.part() == {"": "still here"}
    viewer.leave()
    late.status.close()
    running.close()


def test_while_the_daemon_makes_no_progress_the_stream_says_nothing(room: Room, served: Server, quick: None) -> None:
    room.healthy = False
    viewer = Viewer(served.port)
    assert viewer.part() == {"retry": "2000"}
    with pytest.raises(TimeoutError):
        viewer.part(within=0.5)
    viewer.leave()
    room.healthy = True
    again = Viewer(served.port)
    assert again.event()["mood"] == "happy"
    again.leave()


def test_one_viewer_too_many_is_told_to_come_back(room: Room, served: Server) -> None:
    viewers = [Viewer(served.port) for _ in range(VIEWERS)]
    for viewer in viewers:
        viewer.event()
    refused = Viewer(served.port)
    assert refused.answer.status == 503
    assert refused.answer.headers["Retry-After"] == "5"
    assert "web.max_viewers" in json.loads(refused.answer.read())["error"]
    assert ask(served.port, "GET", "/api/status")[0] == 200, "everything else still answers"
    for viewer in [*viewers, refused]:
        viewer.leave()


def test_a_viewer_who_leaves_makes_place(room: Room, served: Server) -> None:
    for viewer in [Viewer(served.port) for _ in range(VIEWERS)]:
        viewer.event()
        viewer.leave()
    until(lambda: b"moodcast_viewers 0" in ask(served.port, "GET", "/metrics")[1], 5)
    viewer = Viewer(served.port)
    assert viewer.event()["mood"] == "happy"
    viewer.leave()


def test_a_stream_ends_when_the_daemon_does(room: Room, served: Server) -> None:
    viewer = Viewer(served.port)
    viewer.event()
    room.status.close()
    assert viewer.ended()
    viewer.leave()


def test_the_moving_picture_is_one_frame_after_another(room: Room, served: Server) -> None:
    viewer = Viewer(served.port, "/stream.mjpg")
    assert viewer.answer.headers["Content-Type"] == "multipart/x-mixed-replace; boundary=moodcast-frame"
    for number in (2, 3):
        assert viewer.answer.readline() == b"--moodcast-frame\r\n"
        assert viewer.answer.readline() == b"Content-Type: image/jpeg\r\n"
        length = int(viewer.answer.readline().split(b":")[1])
        viewer.answer.readline()
        assert viewer.answer.read(length)[:2] == b"\xff\xd8"
        viewer.answer.readline()
        room.picture = frame(shade=30 * number)
        room.status.put(status())
    viewer.leave()


def test_the_moving_picture_takes_a_viewers_place(room: Room, served: Server) -> None:
    viewers = [Viewer(served.port, "/stream.mjpg") for _ in range(VIEWERS)]
    refused = Viewer(served.port)
    assert refused.answer.status == 503
    for viewer in [*viewers, refused]:
        viewer.leave()
