"""The scripts as they are started, in a copy of the repository."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

ROOT = Path(__file__).resolve().parent.parent
#: The venv these tests run in has all that scripts/run would install.
VENV = Path(sys.prefix)
PATIENCE_SECONDS = 90.0


@pytest.fixture
def environ(python_env: dict[str, str], free_port: int) -> dict[str, str]:
    del python_env["PYTHONPATH"]  # a script finds its own repository
    page = {"MOODCAST_WEB_HOST": "127.0.0.1", "MOODCAST_WEB_PORT": str(free_port)}
    return python_env | page | {"MOODCAST_VENV": str(VENV)}


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
def copy(tmp_path: Path) -> Path:
    """The repository as a clone has it, under a name with a space."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("edge", "scripts", "systemd"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("config.yaml", "requirements-edge.txt", "requirements-demo.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    return folder


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
        broker = f"edge.broker --port {watch[2]}"
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
    while alive(f"edge.broker --port {port}") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(f"edge.broker --port {port}")


def outcome(*command: str, folder: Path, **environ: str) -> tuple[int, str]:
    """(exit status, everything printed)."""
    found = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    return found.returncode, found.stdout + found.stderr


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


@pytest.mark.parametrize("script", ["run", "test", "install"])
def test_help_tells_the_usage_and_does_nothing_else(script: str, copy: Path, environ: dict[str, str]) -> None:
    changed = environ | {"MOODCAST_VENV": str(copy / "venv")}
    status, said = outcome(f"./scripts/{script}", "--help", folder=copy, **changed)
    assert status == 0 and f"scripts/{script}" in said
    assert not (copy / "venv").exists()


def test_a_python_that_is_too_old_is_named(copy: Path, environ: dict[str, str], tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\ncase "$*" in *version_info*) exit 1 ;; esac\necho Python 3.9.2\n', encoding="utf-8")
    old.chmod(0o755)
    changed = environ | {"MOODCAST_VENV": str(copy / "venv"), "MOODCAST_PYTHON": str(old)}
    status, said = outcome("./scripts/run", folder=copy, **changed)
    assert status != 0 and f"MOODCAST_PYTHON={old} is no Python 3.11 or later" in said
    assert "Traceback" not in said


def test_what_was_installed_once_is_not_installed_again_until_the_requirements_change(
    copy: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    """A venv whose pip only writes down what it was asked for."""
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *install*) echo "$*" >>"{venv}/asked" ;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    changed = environ | {"MOODCAST_VENV": str(venv)}
    for _ in range(2):
        assert outcome("./scripts/run", folder=copy, **changed)[0] == 0
    assert (venv / "asked").read_text(encoding="utf-8").count("\n") == 1
    with (copy / "requirements-edge.txt").open("a", encoding="utf-8") as file:
        file.write("one-more\n")
    assert outcome("./scripts/run", folder=copy, **changed)[0] == 0
    assert (venv / "asked").read_text(encoding="utf-8").count("\n") == 2


def test_install_refuses_an_option_it_does_not_know(copy: Path, environ: dict[str, str]) -> None:
    status, said = outcome("./scripts/install", "--unistall", folder=copy, **environ)
    assert status == 2 and "unknown option --unistall" in said


def test_install_with_dry_run_says_every_step_and_takes_none(
    copy: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "root"
    status, said = outcome("./scripts/install", "--dry-run", folder=copy, **environ | {"DESTDIR": str(target)})
    assert status == 0 and not target.exists()
    assert "systemd/moodcast.service" in said and "config.yaml" in said


def test_install_puts_all_in_its_place_keeps_a_configuration_and_can_be_undone(
    copy: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "root"
    venv = target / "opt/moodcast/.venv/bin"
    venv.mkdir(parents=True)
    # The venv is there already and its pip has nothing to do: what pip does is not what is tested.
    (venv / "python").write_text("#!/bin/sh\n", encoding="utf-8")
    (venv / "python").chmod(0o755)
    changed = environ | {"DESTDIR": str(target)}
    assert outcome("./scripts/install", folder=copy, **changed)[0] == 0
    configuration = target / "etc/moodcast/config.yaml"
    assert configuration.read_text(encoding="utf-8") == (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert (target / "opt/moodcast/edge/__main__.py").is_file()
    models = {file.name for file in (target / "opt/moodcast/edge/models").iterdir()}
    assert models == {"README.md", "expression.tflite", "expression.json"}, "and nothing that only training needs"
    assert (target / "etc/systemd/system/moodcast.service").is_file()
    assert not (target / "etc/systemd/system/moodcast.service.d/password.conf").exists()

    configuration.write_text("log_level: debug\n", encoding="utf-8")
    (target / "etc/moodcast/mqtt-password").write_text("secret", encoding="utf-8")
    (target / "opt/moodcast/edge/gone.py").touch()
    status, said = outcome("./scripts/install", folder=copy, **changed)
    assert status == 0 and "kept:" in said and "secret" not in said
    assert configuration.read_text(encoding="utf-8") == "log_level: debug\n"
    assert not (target / "opt/moodcast/edge/gone.py").exists()
    assert (target / "etc/systemd/system/moodcast.service.d/password.conf").is_file()
    assert (target / "etc/moodcast/mqtt-password").stat().st_mode & 0o777 == 0o600

    assert outcome("./scripts/install", "--uninstall", folder=copy, **changed)[0] == 0
    assert not (target / "opt/moodcast").exists() and configuration.exists()
    assert not (target / "etc/systemd/system/moodcast.service").exists()
