"""What `report` makes of the figures, and what it takes out."""

from pathlib import Path

import pytest

from edge.cli.report import Anonymous, journal_warnings, machine, measured, parse_metrics
from edge.config import CameraConfig, Config, DeviceConfig, MqttConfig, PlaylistsConfig
from edge.records import Playlist

OWNER = Config(
    device=DeviceConfig(id="attic", name="Anna's attic"),
    camera=CameraConfig(source="rtsp://anna@cam7/stream", password="hunter2"),
    mqtt=MqttConfig(host="broker7", username="annas-mqtt", password="swordfish"),
    playlists=PlaylistsConfig(happy=(Playlist("Our song", "library://playlist/7"),)),
)
METRICS = """\
# HELP moodcast_frames_total frames looked at, since the start
# TYPE moodcast_frames_total counter
moodcast_frames_total {frames}
moodcast_stage_seconds_total{{stage="detect"}} {detect}
moodcast_resident_memory_bytes {memory}
moodcast_temperature_celsius {celsius}
moodcast_throttled {throttled}
moodcast_uptime_seconds 120
moodcast_nonsense x
other 1
"""


def sample(frames: float, detect: float, memory: float, celsius: float, throttled: int) -> dict[str, float]:
    text = METRICS.format(frames=frames, detect=detect, memory=memory, celsius=celsius, throttled=throttled)
    return parse_metrics(text)


def test_rates_are_of_the_time_it_was_watched_and_spans_of_all_samples() -> None:
    mib = 2.0**20
    samples = [(10.0, sample(100, 1.0, 100 * mib, 50, 0)), (40.0, sample(250, 1.3, 120 * mib, 80, 1)),
               (70.0, sample(400, 1.6, 110 * mib, 60, 0))]  # fmt: skip
    found = measured(samples)
    assert found.seconds == 60.0
    assert dict(found.rows) == {
        "frames looked at a second": "5.00",
        "CPU a frame, detect": "2.00 ms",
        "resident memory": "110.0 MiB (100.0 to 120.0)",
        "temperature": "60.0 °C (50.0 to 80.0)",
        "throttled": "in 1 of 3 looks",
        "up for": "2.0 min",
    }


def test_a_machine_that_tells_little_and_one_that_was_started_again_give_no_wrong_figures() -> None:
    assert measured([(0.0, {})]).rows == ()
    again = measured([(0.0, sample(100, 1.0, 1, 50, 0)), (9.0, sample(5, 0.1, 1, 50, 0))])
    assert not [what for what, _ in again.rows if "frame" in what]


@pytest.mark.parametrize("line", [
    "the camera rtsp://anna@cam7/stream does not answer: hunter2", "no broker at broker7:1883", "user 'annas-mqtt'",
    "http://10.0.0.7:8080/ and 192.168.1.20:1883", "fe80::1ff:fe23:4567:890a and ::1", "2001:db8:0:1:1:1:1:1",
    "dc:a6:32:01:02:03", "cabin.fritz.box", "my-pi.local", "anna@example.org", "/home/anna/moodcast/config.yaml",
    "Anna's attic", "moodcast/attic/mood", "pi-of-anna says", "Our song is library://playlist/7", "swordfish",
])  # fmt: skip
def test_names_addresses_and_passwords_are_taken_out(line: str) -> None:
    said = Anonymous(OWNER, "pi-of-anna")(line)
    private = ("anna", "Anna", "cam7", "hunter2", "broker7", "10.0.0.7", "192.168", "fe80", "2001:db8", "dc:a6",
               "cabin", "my-pi", "attic", "Our song", "playlist/7", "swordfish", "::1")  # fmt: skip
    assert "…" in said and not [word for word in private if word in said]


@pytest.mark.parametrize("line", [
    "the voltage is too low at 12:30:45", "4 faces, 0.5 s, LiteRT 2.3.0", "expression b7698fb6, 48×48 px",
    "PROBLEM: disk: /var/lib/moodcast cannot be written to",
])  # fmt: skip
def test_what_is_nobody_s_stays(line: str) -> None:
    assert Anonymous(OWNER, "pi-of-anna")(line) == line


def test_a_line_cannot_break_out_of_the_table_it_stands_in() -> None:
    assert Anonymous(Config(), "")("a | b\n<script> `x`\x1b[2J\u202e") == "a   b  script   x  [2J "


def test_warnings_are_counted_and_the_rest_of_the_journal_is_left_out() -> None:
    lines = ["INFO    started", "WARNING no broker at broker7", "WARNING no broker at broker7", "ERROR   it broke", ""]
    assert journal_warnings(lines, Anonymous(OWNER, "x")) == ["2 × WARNING no broker at …", "1 × ERROR   it broke"]


def test_the_board_and_its_cameras_are_read_from_the_system(tmp_path: Path) -> None:
    for name, text in {
        "proc/device-tree/model": "Raspberry Pi Zero 2 W Rev 1.0\0",
        "proc/meminfo": "MemTotal:         431204 kB\n",
        "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
        "sys/class/video4linux/video0/name": "unicam\n",
        "sys/class/video4linux/video1/name": "unicam\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    rows = dict(machine(Anonymous(OWNER, "x"), tmp_path))
    assert rows["board"] == "Raspberry Pi Zero 2 W Rev 1.0" and rows["memory"] == "421 MiB"
    assert rows["system"] == "Debian GNU/Linux 12 (bookworm)" and rows["V4L2 devices"] == "unicam"
    assert rows["numpy"] and rows["Python"].startswith("3.")
