"""CPU, memory, temperature and throttling, from /proc and /sys; None where they have no value."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: Bits 0 to 3 of the firmware's word: under-voltage, frequency capped, throttled, soft temperature limit, each
#: now; from bit 16 on the same since boot (Raspberry Pi documentation, `vcgencmd get_throttled`).
_THROTTLED_NOW = 0xF
UNDERVOLTAGE_NOW = 0x1
#: Where the firmware's driver is bound: soc:firmware, on a Pi 5 soc@107c000000:firmware.
_THROTTLED = "sys/bus/platform/drivers/raspberrypi-firmware/*/get_throttled"


@dataclass(frozen=True, slots=True)
class Vitals:
    """`cpu_percent` is this process's, of one core, since the last reading (None at the first)."""

    cpu_percent: float | None
    rss_mib: float | None
    temperature_celsius: float | None
    throttled: bool | None


def read_throttled(root: Path = Path("/")) -> int | None:
    """The firmware's word. Where the kernel does not show it, as some of a Pi 5 do not, its bit for an under-voltage
    now, which the kernel's own sensor has; None on other machines."""
    for path in root.glob(_THROTTLED):
        with suppress(OSError, ValueError):
            return int(path.read_text(), 16)
    for sensor in root.glob("sys/class/hwmon/hwmon*"):
        with suppress(OSError, ValueError):
            if (sensor / "name").read_text().strip() == "rpi_volt":
                return UNDERVOLTAGE_NOW * int((sensor / "in0_lcrit_alarm").read_text())
    return None


class Machine:
    """Used by one thread; `root` replaces / in tests."""

    def __init__(
        self,
        root: Path = Path("/"),
        clock: Callable[[], float] = time.monotonic,
        cpu_seconds: Callable[[], float] = time.process_time,
    ) -> None:
        self._root = root
        self._clock = clock
        self._cpu_seconds = cpu_seconds
        self._before: tuple[float, float] | None = None
        self._zone = self._find_soc_zone()

    def read(self) -> Vitals:
        return Vitals(self._cpu_percent(), self._rss_mib(), self._temperature(), self._throttled())

    def _cpu_percent(self) -> float | None:
        now, cpu = self._clock(), self._cpu_seconds()
        before, self._before = self._before, (now, cpu)
        if before is None or now <= before[0]:
            return None
        return 100.0 * (cpu - before[1]) / (now - before[0])

    def _rss_mib(self) -> float | None:
        fields = (self._text("proc/self/statm") or "").split()
        try:
            return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
        except (IndexError, ValueError):
            return None

    def _temperature(self) -> float | None:
        text = self._text(f"{self._zone}/temp") if self._zone else None
        try:
            return int(text or "") / 1000.0
        except ValueError:
            return None

    def _throttled(self) -> bool | None:
        word = read_throttled(self._root)
        return None if word is None else bool(word & _THROTTLED_NOW)

    def _find_soc_zone(self) -> str | None:
        """The zone of the SoC: `cpu-thermal` on a Pi, one with `cpu` or `pkg` elsewhere, else the first."""
        zones = sorted((self._root / "sys/class/thermal").glob("thermal_zone*"))
        names = [f"sys/class/thermal/{zone.name}" for zone in zones]
        for name in names:
            kind = self._text(f"{name}/type") or ""
            if "cpu" in kind or "pkg" in kind:
                return name
        return names[0] if names else None

    def _text(self, path: str) -> str | None:
        try:
            return (self._root / path).read_text().strip()
        except (OSError, ValueError):  # missing, unreadable, or a sensor that fails at the moment
            return None
