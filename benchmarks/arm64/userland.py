"""A small arm64 Debian, and programs run in it on an emulated Cortex-A53, A72 or A76. Nothing of it needs root."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
#: The releases of Debian, and so of Raspberry Pi OS, and their Python.
SUITES = {"bookworm": "3.11", "trixie": "3.13"}
PACKAGES = "base-files,python3-minimal,libpython3-stdlib,libc-bin,coreutils,libstdc++6,zlib1g"
#: Debian's packages that bring these commands.
NEEDED = {
    "mmdebstrap": "mmdebstrap",
    "qemu-aarch64": "qemu-user",
    "qemu-aarch64-static": "qemu-user-static",
    "proot": "proot",
    "gcc": "gcc",
}
_SITE = "opt/site"
_READY = "opt/ready"


class UserlandError(Exception):
    """One line: what is missing or failed, and what to do."""


@dataclass(frozen=True)
class Cpu:
    """An emulated core, and what a Pi's kernel says of it (Arm's manuals: the part number of MIDR_EL1)."""

    name: str
    board: str
    part: int
    features: str

    def cpuinfo(self) -> str:
        lines = (
            f"Features\t: {self.features}",
            "CPU implementer\t: 0x41",
            "CPU architecture: 8",
            "CPU variant\t: 0x0",
            f"CPU part\t: {self.part:#x}",
            "CPU revision\t: 1",
        )
        return "".join("\n".join((f"processor\t: {number}", *lines, "", "")) for number in range(4))


_ARMV8 = "fp asimd evtstrm crc32 cpuid"
CPUS = {
    cpu.name: cpu
    for cpu in (
        Cpu("cortex-a53", "Zero 2 W, Pi 3", 0xD03, _ARMV8),
        Cpu("cortex-a72", "Pi 4", 0xD08, _ARMV8),
        Cpu("cortex-a76", "Pi 5", 0xD0B, f"{_ARMV8} atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp"),
    )
}


class Userland:
    """The arm64 system in `folder`: Debian `suite` with the wheels that the file `requirements` names."""

    def __init__(self, folder: Path, suite: str, requirements: Path) -> None:
        self._folder, self._suite, self._requirements = folder.resolve(), suite, requirements

    def make(self) -> None:
        """Builds it where it is not there or its requirements have changed: a minute, 500 MB. Raises UserlandError."""
        missing = [package for command, package in NEEDED.items() if shutil.which(command) is None]
        if missing:
            raise UserlandError(f"missing here: {' '.join(missing)}; first: sudo apt install {' '.join(missing)}")
        ready, wanted = self._folder / _READY, self._wanted()
        if not (ready.is_file() and ready.read_text() == wanted):
            if self._folder.exists():
                if not (self._folder / "usr").is_dir() and any(self._folder.iterdir()):
                    raise UserlandError(f"{self._folder} holds something else; name an empty folder")
                shutil.rmtree(self._folder)
            print(f"making an arm64 {self._suite} in {self._folder}", file=sys.stderr, flush=True)
            self._bootstrap(wanted)
            ready.write_text(wanted)
        self._describe_cpus()

    def _wanted(self) -> str:
        """The requirements, their markers judged as pip would on the device; pip here judges by its own Python."""
        target = {"python_version": SUITES[self._suite], "platform_machine": "aarch64", "sys_platform": "linux"}
        wanted = []
        for line in self._requirements.read_text(encoding="utf-8").splitlines():
            if text := line.partition("#")[0].strip():
                requirement = Requirement(text)
                if requirement.marker is None or requirement.marker.evaluate(target):
                    requirement.marker = None
                    wanted.append(f"{requirement}\n")
        return "".join(wanted)

    def _bootstrap(self, wanted: str) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)  # mmdebstrap makes the last folder only
        command = ["mmdebstrap", "--quiet", "--arch=arm64", "--variant=extract", f"--include={PACKAGES}"]
        _run([*command, self._suite, str(self._folder)])
        file = self._folder / "opt/requirements.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(wanted)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        target = ["--target", str(self._folder / _SITE), "-r", str(file)]
        platforms = [f"manylinux_2_{glibc}_aarch64" for glibc in (34, 31, 28, 27, 17)] + ["manylinux2014_aarch64"]
        kind = ["--only-binary=:all:", "--implementation=cp", f"--python-version={SUITES[self._suite]}"]
        _run([*pip, *target, *kind, *(f"--platform={platform}" for platform in platforms)])

    def _describe_cpus(self) -> None:
        """The host's /proc/cpuinfo and /sys would tell of another CPU, and LiteRT stumbles over that."""
        places = self._folder / "sys/devices/system/cpu"
        places.mkdir(parents=True, exist_ok=True)
        for name, text in {"possible": "0-3", "present": "0-3", "online": "0-3", "kernel_max": "3"}.items():
            (places / name).write_text(f"{text}\n")
        for cpu in CPUS.values():
            (self._folder / f"opt/cpuinfo-{cpu.name}").write_text(cpu.cpuinfo())

    def run(self, cpu: Cpu, program: Sequence[str], model: Path | None, count: bool = False) -> tuple[str, str]:
        """stdout and stderr of `program`, run as by `command`.

        With `count` the plugin's lines are in stderr. Raises UserlandError when the program fails.
        """
        emulator = f"qemu-aarch64 -cpu {cpu.name} -plugin /host-rootfs{self._plugin()}" if count else None
        return _run(self.command(cpu, program, model, emulator=emulator))

    def command(
        self,
        cpu: Cpu,
        program: Sequence[str],
        model: Path | None,
        shared: Sequence[Path] = (),
        emulator: str | None = None,
    ) -> list[str]:
        """What runs `program` in the repository's folder (/w), with $MOODCAST_MODEL set to `model`.

        The folders `shared` are there as they are here, and the network is this machine's. A signal has to go to the
        whole process group: proot itself ignores those that ask it to end.
        """
        folders = [f"{REPOSITORY}:/w", "/dev", "/proc", f"{self._folder}/sys:/sys"]
        folders += [f"{self._folder}/opt/cpuinfo-{cpu.name}:/proc/cpuinfo", *map(str, shared)]
        own = [f"PYTHONPATH=/{_SITE}:/w", "PATH=/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"]
        if model is not None:
            folders.append(str(model.parent))
            own.append(f"MOODCAST_MODEL={model}")
        emulator = emulator or f"qemu-aarch64-static -cpu {cpu.name}"
        command = ["proot", "-q", emulator, "-r", str(self._folder), "-w", "/w"]
        for folder in folders:
            command += ["-b", folder]
        # One thread and one order of hashing: two runs then count the same.
        alone = ["PYTHONHASHSEED=0", "PYTHONDONTWRITEBYTECODE=1", "OPENBLAS_NUM_THREADS=1"]
        return [*command, "/usr/bin/env", "-i", *own, *alone, *program]

    def _plugin(self) -> Path:
        source, built = HERE / "count.c", self._folder / "opt/count.so"
        if not built.exists() or built.stat().st_mtime < source.stat().st_mtime:
            major = int(_run(["qemu-aarch64", "--version"])[0].split()[2].partition(".")[0])
            _run(["gcc", "-O2", "-shared", "-fPIC", f"-DAPI={1 if major < 9 else 2}", "-o", str(built), str(source)])
        return built


def _run(command: list[str]) -> tuple[str, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line and not line.startswith("counted ")]
        raise UserlandError(f"{command[0]} failed ({done.returncode}): {' / '.join(said[-3:]) or 'it says nothing'}")
    return done.stdout, done.stderr
