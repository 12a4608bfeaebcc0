"""Run by `scripts/test-small` as root in a small virtual machine with the package installed: what it takes of the
memory, and what it leaves. Needs nothing but Python's library."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.unit.inside import PAGE, run, send, shown, status, until

CGROUP = Path("/sys/fs/cgroup/system.slice/moodcast.service")
PATIENCE = 600.0  # s: everything is emulated
FIRST, STEP, MOST = 140, 20, 400  # MiB
#: Another program: it holds what it reads of the libraries, which compresses like the memory of programs.
HOG = """
import pathlib, sys, time
held, wanted = bytearray(), int(sys.argv[1]) << 20
while len(held) < wanted:
    for file in sorted(pathlib.Path("/usr/lib").rglob("*.so*")):
        held += file.read_bytes()[:wanted - len(held)]
time.sleep(8)
print(sum(held[::4096]) >= 0)
"""


def main() -> int:
    told("booted, the service on its way")
    until(lambda: status()["expression"]["label"] == "happy", "an expression", PATIENCE)
    told("it sees the portrait")
    pages = [urllib.request.urlopen(f"{PAGE}/api/events", timeout=PATIENCE) for _ in range(3)]
    for path in ("/", "/day?span=month", "/health", "/settings"):
        urllib.request.urlopen(PAGE + path, timeout=PATIENCE).read()
    told("three pages open")
    for name, kind in (("large.png", "png"), ("large.webp", "webp")):
        code, answer = send("/api/photo", Path("/src", name).read_bytes(), f"image/{kind}")
        seen = [face["label"] for face in answer.get("faces", ())] or answer
        told(f"a {kind} of 16 megapixels, answered {code}: {seen}")
    print(f"another program may take {room()} MiB without swap", flush=True)
    run("systemctl", "start", "zramswap")
    told("with zram")
    print(f"another program may take {room()} MiB with zram of half the memory", flush=True)
    told(f"at the end; restarts {shown('NRestarts')}")
    for page in pages:
        page.close()
    print("done", flush=True)
    return 0


def told(what: str) -> None:
    """Prints what the machine has left and what the service takes."""
    memory = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    has = {name: int(memory[name].split()[0]) >> 10 for name in ("MemTotal", "MemAvailable", "SwapTotal", "SwapFree")}
    resident = next(
        (int(line.split()[1]) >> 10 for line in Path("/proc", shown("MainPID"), "status").read_text().splitlines()
         if line.startswith("VmRSS")), 0,
    )  # fmt: skip
    used, peak = (int((CGROUP / name).read_text()) >> 20 for name in ("memory.current", "memory.peak"))
    print(
        f"{what}: available {has['MemAvailable']} of {has['MemTotal']} MiB, swap used "
        f"{has['SwapTotal'] - has['SwapFree']}; the daemon {resident} resident, its service {used} (peak {peak})",
        flush=True,
    )


def room() -> int:
    """How many MiB another program may hold, with nothing killed, the same daemon, and an answer of the page."""
    most = 0
    for wanted in range(FIRST, MOST, STEP):
        pid = shown("MainPID")
        hog = subprocess.Popen([sys.executable, "-c", HOG, str(wanted)], stdout=subprocess.PIPE)
        Path("/proc", str(hog.pid), "oom_score_adj").write_text("0")
        begun, slowest = time.monotonic(), 0.0
        while hog.poll() is None and time.monotonic() - begun < PATIENCE:
            asked = time.monotonic()
            try:
                urllib.request.urlopen(f"{PAGE}/api/status", timeout=30).read()
            except OSError as error:
                print(f"  {wanted} MiB: the page: {error}", flush=True)
                break
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(1)
        hog.kill()
        said = hog.communicate()[0]
        if b"True" not in said or shown("MainPID") != pid:
            killed = run("sh", "-c", "dmesg | grep -i 'killed process' | tail -1", check=False).strip()
            print(f"  {wanted} MiB: {killed or f'not held, status {hog.returncode}'}", flush=True)
            until(lambda: status()["mood"], "the page", PATIENCE)
            return most
        print(f"  {wanted} MiB: held; the page's slowest answer {slowest:.1f} s", flush=True)
        most = wanted
    return most


if __name__ == "__main__":
    os.chdir("/")
    sys.exit(main())
