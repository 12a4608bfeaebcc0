"""What the machine tells of itself, from a made-up /proc and /sys, and once from the real ones."""

from pathlib import Path

import pytest

from edge.outputs.machine import Machine, Vitals


def write(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """The files of a Raspberry Pi 4, with a second thermal zone before the SoC's."""
    write(tmp_path, "sys/class/thermal/thermal_zone0/type", "wifi-thermal\n")
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "21000\n")
    write(tmp_path, "sys/class/thermal/thermal_zone1/type", "cpu-thermal\n")
    write(tmp_path, "sys/class/thermal/thermal_zone1/temp", "51608\n")
    write(tmp_path, "sys/bus/platform/drivers/raspberrypi-firmware/soc:firmware/get_throttled", "0\n")
    write(tmp_path, "proc/self/statm", "60000 20480 8000 1 0 30000 0\n")
    return tmp_path


def test_it_reads_the_soc_s_temperature_memory_and_throttling(pi: Path) -> None:
    vitals = Machine(pi).read()
    assert vitals.temperature_celsius == 51.608
    assert vitals.throttled is False
    assert vitals.rss_mib == pytest.approx(80.0)


@pytest.mark.parametrize(("word", "throttled"), [("50005", True), ("50000", False), ("8", True), ("nonsense", None)])
def test_throttled_means_now_not_some_time_since_boot(pi: Path, word: str, throttled: bool | None) -> None:
    write(pi, "sys/bus/platform/drivers/raspberrypi-firmware/soc:firmware/get_throttled", word)
    assert Machine(pi).read().throttled is throttled


@pytest.mark.parametrize(("alarm", "throttled"), [("1\n", True), ("0\n", False)])
def test_a_kernel_without_the_firmware_s_word_still_tells_of_an_undervoltage(
    tmp_path: Path, alarm: str, throttled: bool
) -> None:
    write(tmp_path, "sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    write(tmp_path, "sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    write(tmp_path, "sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    assert Machine(tmp_path).read().throttled is throttled


def test_cpu_is_this_process_s_share_of_one_core_since_the_last_reading(pi: Path) -> None:
    times, cpu = iter([100.0, 110.0, 110.0]), iter([1.0, 3.5, 3.5])
    machine = Machine(pi, clock=lambda: next(times), cpu_seconds=lambda: next(cpu))
    assert [machine.read().cpu_percent for _ in range(3)] == [None, 25.0, None]


def test_a_machine_that_tells_nothing_gives_none(tmp_path: Path) -> None:
    assert Machine(tmp_path).read() == Vitals(None, None, None, None)


def test_a_sensor_that_fails_or_talks_nonsense_gives_none(pi: Path) -> None:
    machine = Machine(pi)
    for content in ("", "hot"):
        write(pi, "sys/class/thermal/thermal_zone1/temp", content)
        assert machine.read().temperature_celsius is None
    (pi / "sys/class/thermal/thermal_zone1/temp").unlink()
    assert machine.read().temperature_celsius is None


def test_this_very_process_has_memory_and_takes_time() -> None:
    machine = Machine()
    machine.read()
    sum(range(2_000_000))
    vitals = machine.read()
    assert vitals.rss_mib is not None and 5 < vitals.rss_mib < 4096
    assert vitals.cpu_percent is not None and vitals.cpu_percent > 1
