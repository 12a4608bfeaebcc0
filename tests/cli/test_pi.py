"""What `check` notes on a Raspberry Pi. There is none here: folders stand for its files."""

from pathlib import Path

import pytest

from edge.cli.pi import notes

THROTTLED = "sys/bus/platform/drivers/raspberrypi-firmware/soc:firmware/get_throttled"
NOW = 1_790_000_000.0
GOOD = {
    "proc/device-tree/model": "Raspberry Pi Zero 2 W Rev 1.0\0",
    "proc/meminfo": "MemTotal:         469000 kB\nMemAvailable:     300000 kB\nSwapTotal:        102396 kB\n",
    THROTTLED: "0\n",
    "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids\n",
    "boot/firmware/config.txt": "camera_auto_detect=1\n[all]\ndtoverlay=vc4-kms-v3d  # as shipped\n",
}


def a_pi(root: Path, **changed: str) -> Path:
    names = {"throttled": THROTTLED, "memory": "proc/meminfo",
             "controllers": "sys/fs/cgroup/cgroup.controllers", "config": "boot/firmware/config.txt"}  # fmt: skip
    for path, text in (GOOD | {names[name]: text for name, text in changed.items()}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def test_a_pi_that_is_well_has_nothing_to_note(tmp_path: Path) -> None:
    assert list(notes(NOW, a_pi(tmp_path))) == []


def test_another_machine_has_nothing_to_note(tmp_path: Path) -> None:
    assert list(notes(NOW, tmp_path)) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"throttled": "50005\n"}, "voltage is too low"),
        ({"throttled": "80008\n"}, "was slowed down"),
        ({"memory": "MemTotal: 469000 kB\nSwapTotal: 0 kB\n"}, "458 MiB of memory and no swap"),
        ({"controllers": "cpuset cpu io pids\n"}, "cgroup_enable=memory"),
        ({"config": "start_x=1\ndtoverlay=vc4-kms-v3d\n"}, "start_x=1 is the legacy camera stack"),
        ({"config": "dtoverlay=vc4-fkms-v3d\n"}, "wants dtoverlay=vc4-kms-v3d"),
        ({"config": "#dtoverlay=vc4-kms-v3d\n"}, "there is no dtoverlay=vc4-kms-v3d"),
        ({"config": "camera_auto_detect=0\ndtoverlay=vc4-kms-v3d\n"}, "a ribbon camera is not looked for"),
    ],
)
def test_what_goes_wrong_is_named_with_what_to_do(tmp_path: Path, changed: dict[str, str], said: str) -> None:
    assert any(said in note for note in notes(NOW, a_pi(tmp_path, **changed)))


def test_an_overlay_of_a_camera_s_own_is_as_good_as_looking_for_it(tmp_path: Path) -> None:
    config = "camera_auto_detect=0\ndtoverlay=imx219,cam0\ndtoverlay=vc4-kms-v3d\n"
    assert list(notes(NOW, a_pi(tmp_path, config=config))) == []


def test_a_clock_that_the_network_has_not_set_is_named(tmp_path: Path) -> None:
    (note,) = notes(60.0, a_pi(tmp_path))
    assert "no time from the network yet" in note
    (tmp_path / "run/systemd/timesync").mkdir(parents=True)
    (note,) = notes(NOW, tmp_path)  # the time at which it was switched off
    assert "no time from the network yet" in note
    (tmp_path / "run/systemd/timesync/synchronized").touch()
    assert list(notes(NOW, tmp_path)) == []
