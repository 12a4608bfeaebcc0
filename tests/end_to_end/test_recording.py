"""From recorded faces to messages and the page: the daemon as a process, on a real broker."""

import signal
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.broker.client import BASE
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.daemon.process import PORTRAIT, QUICK, Daemon, film, settings
from tests.end_to_end.wire import moods


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of a smiling face, then six of an empty wall."""
    return film(tmp_path_factory.mktemp("film") / "smile.avi", 6.0, 6.0)


@pytest.fixture
def demo(tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int) -> Iterator[Daemon]:
    """The daemon on the demo's camera."""
    with Daemon(tmp_path / "daemon", python_env, settings(mosquitto.port, free_port), "--demo") as daemon:
        yield daemon


def events(listener: Listener) -> list[Any]:
    return [heard.json for heard in listener.heard if heard.topic == f"{BASE}/event"]


def states(listener: Listener) -> list[Any]:
    return [heard.json for heard in listener.heard if heard.topic == f"{BASE}/state"]


def test_a_recorded_smile_becomes_happy_then_absent_on_the_wire_and_in_the_history(
    recording: Path, tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    started = settings(mosquitto.port, free_port, history={"path": str(tmp_path / "history.db")}, mood=QUICK)
    with (
        Listener(mosquitto.port) as listener,
        Daemon(tmp_path / "daemon", python_env, started, "--source", str(recording)) as daemon,
    ):
        daemon.until(lambda: "absent" in moods(listener)[1:], "the mood after the smile")
        history = daemon.json("/api/history?hours=1")
        assert daemon.wait() == 0, daemon.log
    assert moods(listener) == ["absent", "neutral", "happy", "absent"]
    assert [(event["mood"], event["previous"]) for event in events(listener)] == [
        ("neutral", "absent"),
        ("happy", "neutral"),
        ("absent", "happy"),
    ]
    assert listener.texts(f"{BASE}/expression") == ["none", "happy", "none"]
    assert [p for p in listener.texts(f"{BASE}/presence") if p != "unknown"][-2:] == ["ON", "OFF"]
    assert events(listener)[0]["playlist"]["url"].startswith("https://open.spotify.com/playlist/")
    assert [entry["mood"] for entry in history["changes"]] == ["neutral", "happy", "absent"]
    assert [h.text for h in listener.heard if h.topic == f"{BASE}/availability"] == ["online", "offline"]
    assert "Traceback" not in daemon.log


def test_the_page_and_the_state_topic_say_the_same(demo: Daemon, mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as listener:
        demo.until(lambda: (demo.json("/api/status") or {}).get("mood") == "happy", "a happy face on the page")
        status = demo.json("/api/status")
        state = demo.until(
            lambda: next((s for s in states(listener) if s["mood"] == "happy"), None),
            "the state on the wire",
        )
    assert (state["mood"], state["faces"], state["playlist"]) == (status["mood"], status["faces"], status["playlist"])
    apart = datetime.fromisoformat(state["since"]) - datetime.fromisoformat(status["since"])
    assert abs(apart.total_seconds()) < 1
    page = demo.get("/")
    assert page is not None and status["playlist"]["name"] in page.decode()


def test_switching_the_camera_off_by_mqtt_pauses_and_on_looks_again(demo: Daemon, mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as listener:
        demo.until(lambda: "happy" in moods(listener), "a mood")
        assert demo.post("/api/calibration", b"")[0] == 202
        demo.until(lambda: demo.json("/api/calibration")["calibration"].startswith("collecting"), "the calibration")
        listener.say(f"{BASE}/camera/set", "OFF")
        demo.until(lambda: moods(listener)[-1] == "paused", "the pause")
        assert "neutral face: not taken, for the camera was switched" in demo.log
        assert demo.json("/api/status")["camera"] == "OFF"
        assert demo.get("/healthz") is not None
        listener.say(f"{BASE}/camera/set", "ON")
        demo.until(lambda: moods(listener)[-1] == "happy", "the mood after the pause")
    switched = listener.texts(f"{BASE}/camera/state")
    assert switched[-1] == "ON"
    assert "OFF" in switched


def test_a_camera_switched_off_on_the_page_stays_off_after_a_restart(demo: Daemon) -> None:
    demo.until(lambda: demo.json("/api/status"), "the page")
    assert demo.post("/api/camera", b'{"on": false}')[0] == 202
    paused = demo.until(lambda: (s := demo.json("/api/status"))["mood"] == "paused" and s, "the pause")
    changes = demo.json("/api/history")["changes"]
    assert demo.stop() == 0
    demo.start()
    status = demo.until(
        lambda: (s := demo.json("/api/status")) and s["camera_state"] == "paused" and s, "the page after the restart"
    )
    assert (status["mood"], status["camera"]) == ("paused", "OFF")
    assert demo.json("/api/history")["changes"] == changes
    assert status["since"] == paused["since"] == changes[-1]["at"]


def test_a_port_that_is_taken_ends_it_in_one_line_before_anybody_is_told_of_it(
    tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    with (
        socket.create_server(("127.0.0.1", free_port)),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager,
        Listener(mosquitto.port) as listener,
    ):
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        told = python_env | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with Daemon(tmp_path / "daemon", told, settings(mosquitto.port, free_port), "--demo") as daemon:
            assert daemon.wait() == 2, daemon.log
        listener.say("the/end", "")
        listener.wait_for("the/end")
        with pytest.raises(BlockingIOError):
            manager.recv(100)
    assert [heard.topic for heard in listener.heard] == ["the/end"]
    (line,) = daemon.log.splitlines()
    assert f"web.port: 127.0.0.1:{free_port} is in use" in line


def test_a_daemon_that_is_killed_is_offline_by_its_will(demo: Daemon, mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as listener:
        demo.until(lambda: any(h.text == "online" for h in listener.heard), "online")
        demo.kill()
        listener.wait_for(f"{BASE}/availability", "offline")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(demo: Daemon, mosquitto: Mosquitto, how: signal.Signals) -> None:
    with Listener(mosquitto.port) as listener:
        demo.until(lambda: any(h.text == "online" for h in listener.heard), "online")
        assert demo.stop(how) == 0
        listener.wait_for(f"{BASE}/availability", "offline")
    assert "Traceback" not in demo.log


def test_it_starts_and_serves_its_page_without_a_broker_and_finds_it_later(
    tmp_path: Path, python_env: dict[str, str], free_port: int
) -> None:
    broker = Mosquitto(tmp_path / "mosquitto")
    with Daemon(tmp_path / "daemon", python_env, settings(broker.port, free_port), "--demo") as daemon:
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("mood") == "happy", "a mood without a broker")
        assert "no broker" in daemon.log
        with broker, Listener(broker.port) as listener:
            daemon.until(lambda: moods(listener), "the mood once there is a broker", timeout=60)


def test_a_photo_given_to_the_page_is_read_by_the_same_model(demo: Daemon) -> None:
    demo.until(lambda: demo.json("/api/status"), "the page")
    code, answer = demo.post("/api/photo", PORTRAIT.read_bytes(), "image/png")
    assert code == 200
    assert [face["label"] for face in answer["faces"]] == ["happy"]


def test_home_assistant_is_told_of_every_entity(demo: Daemon, mosquitto: Mosquitto) -> None:
    with Listener(mosquitto.port) as listener:
        heard = listener.wait_for("homeassistant/device/moodcast/config")
    announced = heard.json
    offered = [entity["options"] for entity in announced["components"].values() if "options" in entity]
    assert any({"happy", "sad", "absent", "paused"} <= set(options) for options in offered)
