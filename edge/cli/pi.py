"""Known problems of Raspberry Pis that the system's files show, each with what to do."""

import re
from collections.abc import Iterator
from pathlib import Path

from edge.camera.nodes import is_raspberry_pi
from edge.outputs.machine import read_throttled

#: Bits of the firmware's state (Raspberry Pi documentation, `vcgencmd get_throttled`): now, and since the start.
_UNDERVOLTAGE, _SLOWED = 0x1_0001, 0xE_000E
#: Between boards of 512 MiB (Zero 2 W, 3A+) and those of a gigabyte and more.
ENOUGH_MEMORY_MIB = 700
#: 2023, the year of Bookworm: an earlier clock has not been set since the board was switched on.
_SET_YEAR_SECONDS = 1_672_531_200


def notes(now: float, root: Path = Path("/")) -> Iterator[str]:
    """One line for each problem found. `now` is wall-clock seconds; `root` stands for / in tests."""
    state = read_throttled(root) or 0
    if state & _UNDERVOLTAGE:
        yield "the voltage is too low, now or since the start: use the official supply and a short, thick cable"
    if state & _SLOWED:
        yield "the processor was slowed down, for heat or voltage: give it air, or a heat sink"
    memory = dict(re.findall(r"^(\w+): +(\d+) kB", _text(root / "proc/meminfo"), re.MULTILINE))
    total, swap = (int(memory.get(key, 0)) // 1024 for key in ("MemTotal", "SwapTotal"))
    if 0 < total < ENOUGH_MEMORY_MIB and swap == 0:
        yield f"{total} MiB of memory and no swap: sudo apt install zram-tools, or the system kills something one day"
    controllers = _text(root / "sys/fs/cgroup/cgroup.controllers").split()
    if controllers and "memory" not in controllers:
        yield "the kernel counts no memory for services, so MemoryMax= is void: cgroup_enable=memory in cmdline.txt"
    # A Pi begins with the time at which it was switched off (fake-hwclock), which says nothing.
    clock = root / "run/systemd/timesync"
    if now < _SET_YEAR_SECONDS or (clock.is_dir() and not (clock / "synchronized").exists()):
        yield "no time from the network yet: times in the history and on MQTT may be wrong until then"
    if is_raspberry_pi(root):
        yield from _firmware(root)


def _firmware(root: Path) -> Iterator[str]:
    """What in config.txt keeps libcamera from working."""
    files = [root / "boot/firmware/config.txt", root / "boot/config.txt"]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        return
    lines = [line.split("#")[0].strip().replace(" ", "") for line in _text(file).splitlines()]
    if "start_x=1" in lines:
        yield f"{file}: start_x=1 is the legacy camera stack, which hides the camera from libcamera: take it out"
    if any(line.startswith("dtoverlay=vc4-fkms-v3d") for line in lines):
        yield f"{file}: dtoverlay=vc4-fkms-v3d is of old; libcamera wants dtoverlay=vc4-kms-v3d"
    elif not any(line.startswith("dtoverlay=vc4-kms-v3d") for line in lines):
        yield f"{file}: there is no dtoverlay=vc4-kms-v3d, without which libcamera has no memory for pictures"
    if "camera_auto_detect=0" in lines and not any(re.match(r"dtoverlay=(imx|ov)\d", line) for line in lines):
        yield f"{file}: camera_auto_detect=0, and no overlay of a camera's: a ribbon camera is not looked for"


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip("\0\n ")
    except OSError:  # missing, or not readable
        return ""
