"""What strangers send to a daemon that runs: pictures that do harm, and commands for a camera that is locked off."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.broker.client import BASE
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.daemon.process import PORTRAIT, Daemon, edge, settings
from tests.fuzz.running import peak_mib
from tests.picture import hostile

SECRET = "guten tag mond"


def guarded(folder: Path, env: dict[str, str], mosquitto: Mosquitto, port: int, **web: str) -> Daemon:
    started = settings(mosquitto.port, port)
    started["web"] |= web
    return Daemon(folder, env | {"MOODCAST_WEB_PASSWORD": SECRET}, started, "--demo")


def told(daemon: Daemon, body: Any, token: str = "") -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{daemon.port}/api/camera", json.dumps(body).encode(), {"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_hostile_photos_are_a_line_each_and_the_daemon_goes_on(
    tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    with guarded(tmp_path / "daemon", python_env, mosquitto, free_port, open="everything") as daemon:
        daemon.until(lambda: daemon.get("/healthz"), "the page")
        assert daemon.post("/api/photo", PORTRAIT.read_bytes(), "image/png")[0] == 200
        before = peak_mib(daemon)
        for photo in hostile.worst():
            code, said = daemon.post("/api/photo", photo, "image/png")
            assert code in (200, 422), said
        code, said = daemon.post("/api/photo", PORTRAIT.read_bytes(), "image/png")
        assert (code, len(said["faces"])) == (200, 1)
        # A photo of 7 MB is in the daemon's memory while it is received and handed on, and no picture is.
        assert peak_mib(daemon) - before < 32
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.log
        assert "libpng" not in daemon.log


def test_the_command_line_goes_on_after_a_hostile_file(tmp_path: Path, python_env: dict[str, str]) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(hostile.animated_png(16, 16, 2, filtered=9))
    done = edge(python_env, tmp_path, "photo", "--json", bomb, PORTRAIT)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert list(lines[0]) == ["file", "error"]
    assert lines[1]["faces"][0]["label"] == "happy"
    assert done.stderr == ""


def test_a_camera_that_is_locked_off_stays_off_for_everybody_without_the_password(
    tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    daemon = guarded(tmp_path / "daemon", python_env, mosquitto, free_port)
    with Listener(mosquitto.port) as listener, daemon:
        daemon.until(lambda: daemon.get("/healthz"), "the page")
        token = daemon.post("/api/login", json.dumps({"password": SECRET}).encode())[1]["token"]
        assert told(daemon, {"locked": True}) == 401
        assert told(daemon, {"locked": True}, token) == 202
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("camera") == "OFF", "the camera off")
        for _ in range(5):
            listener.say(f"{BASE}/camera/set", "ON")
        daemon.until(lambda: "refused" in daemon.log, "the refusal in the log")
        assert daemon.log.count("refused") == 1
        assert told(daemon, {"on": True}, token) == 409
        daemon.stop()
        daemon.start()
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("camera_locked"), "the lock after a restart")
        listener.say(f"{BASE}/camera/set", "ON")
        daemon.until(lambda: daemon.log.count("refused") == 2, "another refusal")
        assert daemon.json("/api/status")["camera"] == "OFF"
        assert told(daemon, {"on": True, "locked": False}, token) == 202, "the token holds over the restart"
        daemon.until(lambda: daemon.json("/api/status")["camera"] == "ON", "the camera on")
    switched = [heard.text for heard in listener.heard if heard.topic == f"{BASE}/camera/state"]
    assert "ON" not in switched[switched.index("OFF") : -1]
