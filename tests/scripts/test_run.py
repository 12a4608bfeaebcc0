"""scripts/run, as it is started in a copy of the repository."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.scripts.outcome import PATIENCE_SECONDS, VENV, outcome


class Running:
    """A script in a process group of its own, and what it has printed so far."""

    def __init__(self, *command: str, environ: dict[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def line(self, pattern: str) -> re.Match[str]:
        """The first line so far, or to come, that matches."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            ended = self.process.poll() is not None and not self._reader.is_alive()
            for line in list(self.lines):
                if found := re.search(pattern, line):
                    return found
            if ended:
                break
            time.sleep(0.05)
        raise AssertionError(f"no line with {pattern!r}:\n{''.join(self.lines)}")

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return status

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self._reader.join(PATIENCE_SECONDS)
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def moodcast(copy: Path, environ: dict[str, str], model_path: Path) -> Iterator[Running]:
    """scripts/run with nothing to help it: no camera is asked for, and no broker is where one is expected."""
    closed = {"MOODCAST_MODEL": str(model_path), "MOODCAST_MQTT_HOST": "127.0.0.1", "MOODCAST_MQTT_PORT": "1"}
    running = Running("./scripts/run", "--demo", environ=environ | closed, folder=copy)
    yield running
    running.close()


def alive(pattern: str) -> bool:
    """Whether a process with this in its command line is there."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if pattern in (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                return True
        except OSError:
            continue  # it has just ended
    return False


needs_amqtt = pytest.mark.skipif(
    not any(VENV.glob("lib/python*/site-packages/amqtt")), reason="no amqtt (requirements-demo.txt)"
)


@needs_amqtt
def test_run_shows_a_mood_on_mqtt_and_on_the_page_without_camera_or_broker_and_stops_cleanly(
    moodcast: Running, tmp_path: Path
) -> None:
    assert moodcast.line(r"^run: the demo plays")
    watch = moodcast.line(r"mosquitto_sub -h (127\.0\.0\.1) -p (\d+) -v -t 'moodcast/#'")
    page = moodcast.line(r"^run: page: (http://\S+)$")[1]
    moods: list[str] = []
    listener = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    listener.on_connect = lambda client, *_: client.subscribe("moodcast/#", qos=1)
    states: dict[str, str] = {}

    def heard(_client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        states[message.topic] = message.payload.decode()
        if message.topic == "moodcast/moodcast/mood":
            moods.append(states[message.topic])

    listener.on_message = heard
    listener.connect(watch[1], int(watch[2]))
    listener.loop_start()
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not set(moods) - {"absent", "paused"} and moodcast.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        assert set(moods) - {"absent", "paused"}, f"no mood came, only {states}:\n{''.join(moodcast.lines)}"
        with urllib.request.urlopen(f"{page}api/status", timeout=10) as answer:
            assert json.load(answer)["mood"]
        with urllib.request.urlopen(page, timeout=10) as answer:
            assert b"<html" in answer.read().lower()
        broker = f"edge.cli.broker --port {watch[2]}"
        assert alive(broker)
        assert moodcast.end(signal.SIGTERM) == 0
        assert not alive(broker)
        assert states["moodcast/moodcast/availability"] == "offline"
    finally:
        listener.disconnect()
        listener.loop_stop()
    assert not [line for line in moodcast.lines if "Traceback" in line]


@needs_amqtt
def test_the_embedded_broker_does_not_outlive_a_run_that_was_killed(moodcast: Running) -> None:
    port = moodcast.line(r"-p (\d+) -v")[1]
    moodcast.process.kill()
    moodcast.process.wait()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while alive(f"edge.cli.broker --port {port}") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(f"edge.cli.broker --port {port}")


def test_run_says_in_one_line_what_is_wrong_with_its_arguments_or_the_configuration(
    copy: Path, environ: dict[str, str]
) -> None:
    status, said = outcome("./scripts/run", "--sauce", "x", folder=copy, **environ)
    assert status == 2 and "unrecognized arguments: --sauce x" in said
    status, said = outcome("./scripts/run", "--config", "no.yaml", folder=copy, **environ)
    assert (status, said) == (2, "moodcast: no.yaml: no such file; give the right one with --config\n")
    (copy / "config.yaml").write_text("mood: {dwell_seconds: abc}\nmqtt: {prot: 1}", encoding="utf-8")
    status, said = outcome("./scripts/run", "--demo", folder=copy, **environ)
    assert (status, said.splitlines()) == (
        2,
        [
            'moodcast: config.yaml: mood.dwell_seconds: found "abc", must be a number of seconds from 0 to 60',
            "moodcast: config.yaml: mqtt.prot: unknown option; did you mean port?",
        ],
    )
