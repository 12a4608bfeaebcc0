"""The units, as far as systemd itself can judge them without starting them."""

import configparser
import getpass
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: Also where an ordinary user does not look.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
UNIT = ROOT / "systemd" / "moodcast.service"
HOME = ROOT / "systemd" / "moodcast-home.service"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze (apt: systemd)")


class Unit(configparser.ConfigParser):
    """A unit's sections; capitals of a key are kept, as systemd keeps them."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(params=[UNIT, HOME], ids=["moodcast", "home"])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The unit with paths that exist on this machine in place of those that exist after an installation."""
    shipped: Path = request.param
    text = shipped.read_text(encoding="utf-8").replace("/opt/moodcast/current/.venv/bin/python", sys.executable)
    unit = tmp_path / shipped.name
    unit.write_text(text.replace("/opt/moodcast/current", str(ROOT)), encoding="utf-8")
    return unit


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(here: Path) -> None:
    found = analyze("verify", "--recursive-errors=no", str(here))
    assert (found.returncode, found.stderr) == (0, "")


@needs_systemd
def test_systemd_would_find_a_misspelt_option(here: Path) -> None:
    here.write_text(here.read_text(encoding="utf-8").replace("RestartSec=", "RestartSecs="), encoding="utf-8")
    assert "RestartSecs" in analyze("verify", "--recursive-errors=no", str(here)).stderr


@needs_systemd
@pytest.mark.parametrize("unit", [UNIT, HOME])
def test_the_service_is_sandboxed_to_an_exposure_of_at_most_1_5_of_10(unit: Path) -> None:
    found = analyze("security", "--offline=true", "--threshold=15", str(unit))
    assert found.returncode == 0, found.stdout[-200:] + found.stderr


def test_the_unit_starts_restarts_and_watches_the_daemon_as_it_expects() -> None:
    unit = Unit(strict=False, interpolation=None)
    unit.read(UNIT, encoding="utf-8")
    service = unit["Service"]
    assert service["ExecStart"].split()[1:5] == ["-m", "edge", "run", "--config"]
    assert service["Type"] == "notify" and int(service["WatchdogSec"]) > 0
    assert (service["Restart"], service["RestartSec"]) == ("always", "15")
    assert "RestartPreventExitStatus" not in service  # a camera that comes later must be found
    assert service["StateDirectory"] == "moodcast"


def test_the_home_is_told_by_a_service_that_starts_with_the_rooms_and_reads_a_closed_configuration() -> None:
    unit = Unit(strict=False, interpolation=None)
    unit.read(HOME, encoding="utf-8")
    assert unit["Service"]["ExecStart"].split()[1:4] == ["-m", "edge", "home"]
    assert unit["Service"]["LoadCredential"] == "config.yaml:/etc/moodcast/home.yaml"
    assert unit["Unit"]["PartOf"] == "moodcast.service" and "moodcast.service" in unit["Install"]["WantedBy"]


def test_no_picture_reaches_the_disk_by_a_core_file_or_swap_space() -> None:
    unit = Unit(strict=False, interpolation=None)
    unit.read(UNIT, encoding="utf-8")
    assert (unit["Service"]["LimitCORE"], unit["Service"]["MemorySwapMax"]) == ("0", "0")


def test_the_password_is_handed_over_under_the_name_the_configuration_looks_for() -> None:
    text = (ROOT / "systemd" / "moodcast-password.conf").read_text(encoding="utf-8")
    assert re.search(r"^LoadCredential=mqtt-password:/etc/moodcast/mqtt-password$", text, re.MULTILINE)


needs_mosquitto = pytest.mark.skipif(
    not (shutil.which("mosquitto", path=PATH) and shutil.which("mosquitto_pub")),
    reason="no mosquitto (apt: mosquitto mosquitto-clients)",
)


@needs_mosquitto
def test_mosquitto_takes_its_snippet_and_then_asks_for_a_password(tmp_path: Path, free_port: int) -> None:
    passwords = tmp_path / "passwords"
    passwords.touch(0o600)
    subprocess.run(["mosquitto_passwd", "-b", passwords, "moodcast", "right"], check=True)
    snippet = (ROOT / "systemd" / "mosquitto-moodcast.conf").read_text(encoding="utf-8")
    snippet = snippet.replace("listener 1883", f"listener {free_port} 127.0.0.1", 1)
    access = tmp_path / "access"
    access.write_text((ROOT / "systemd" / "mosquitto-moodcast.acl").read_text(encoding="utf-8"), encoding="utf-8")
    access.chmod(0o600)
    snippet = snippet.replace("acl_file /etc/mosquitto/moodcast.acl", f"acl_file {access}")
    configuration = tmp_path / "mosquitto.conf"
    # Started by root it would become a user who may not look into this folder.
    user = f"user {getpass.getuser()}\n"
    configuration.write_text(user + snippet.replace("/etc/mosquitto/moodcast.passwd", str(passwords)), encoding="utf-8")
    mosquitto = str(shutil.which("mosquitto", path=PATH))
    broker = subprocess.Popen([mosquitto, "-c", configuration], stderr=subprocess.PIPE, text=True)
    try:
        assert broker.stderr
        started = next((line for line in broker.stderr if "running" in line or "Error" in line), "nothing")
        assert "running" in started
        publish = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(free_port), "-t", "a", "-m", "b"]
        named = [*publish, "-u", "moodcast", "-P"]
        assert subprocess.run([*named, "right"], check=False, timeout=20).returncode == 0
        assert subprocess.run([*named, "wrong"], check=False, timeout=20, capture_output=True).returncode != 0
        assert subprocess.run(publish, check=False, timeout=20, capture_output=True).returncode != 0
    finally:
        broker.terminate()
        broker.communicate(timeout=10)
