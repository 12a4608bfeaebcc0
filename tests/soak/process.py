"""What the kernel says of a process: memory, threads, descriptors, bytes written to disks."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """At `at`, in seconds since the soak began. `written` is what the process has caused to be written to disks, in
    whole pages (`write_bytes` of /proc/PID/io, less what was taken back before it was written)."""

    at: float
    rss_mib: float
    threads: int
    descriptors: int
    written: int


def measure(pid: int, at: float) -> Measured:
    folder = Path("/proc", str(pid))
    status = _fields(folder / "status")
    io = _fields(folder / "io")
    return Measured(
        at,
        int(status["VmRSS"].split()[0]) / 1024,
        int(status["Threads"]),
        sum(1 for _ in (folder / "fd").iterdir()),
        int(io["write_bytes"]) - int(io["cancelled_write_bytes"]),
    )


def _fields(file: Path) -> dict[str, str]:
    return dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
