"""From the package to the first page, in instructions of a Cortex-A53: `python -m benchmarks.first_page PACKAGE`.

PACKAGE is a package for arm64 that scripts/release made. Counted is what dpkg and the package's own steps do most:
the unpacking, the compiling of the Python files, and the daemon from its start to the first page, with the demo as its
camera. Not counted are dpkg's own bookkeeping, the card, and the network. The daemon has threads, so its sum is near
and not exact.
"""

import argparse
import re
import shutil
import tempfile
from pathlib import Path

from benchmarks.arm64.userland import CPUS, REPOSITORY, Userland
from tests.broker.mosquitto import free_port

STEPS = ("unpacking", "compiling the Python files", "from the start to the first page")
MARK = """
import os, sys
def mark(number):
    try: os.lseek(-1, number, 0)
    except OSError: pass
"""
UNPACK = """
import lzma
raw = open(sys.argv[1], "rb").read()
at, data = 8, b""
while at < len(raw):  # ar(5): a name of 16 bytes, the size at 48
    name, size = raw[at:at + 16], int(raw[at + 48:at + 58])
    data = raw[at + 60:at + 60 + size] if name.startswith(b"data.") else data
    at += 60 + size + size % 2
mark(0); lzma.decompress(data); mark(1)
"""
COMPILE = """
import marshal, pathlib
mark(0)
for file in [*pathlib.Path("/opt/site").rglob("*.py"), *pathlib.Path("/w/edge").rglob("*.py")]:
    try: marshal.dumps(compile(file.read_bytes(), str(file), "exec"))
    except (SyntaxError, ValueError): pass
mark(1)
"""
START = """
import threading, time, urllib.request
def ask():
    while True:
        try: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=120).read()
        except OSError: time.sleep(1)
        else: mark(1); os._exit(0)
config, port = sys.argv[1:]
mark(0)
threading.Thread(target=ask, daemon=True).start()
sys.argv = ["edge", "run", "--source", "demo", "--config", config]
from edge.__main__ import main
main()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="From the package to the first page, in instructions.")
    parser.add_argument("package", type=Path, help="a Debian package for arm64 of Trixie")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "moodcast-arm64/trixie")
    arguments = parser.parse_args()
    userland = Userland(arguments.folder, "trixie", REPOSITORY / "requirements-edge.txt")
    userland.make()
    place = REPOSITORY / "dist" / "first_page"  # where the userland sees it
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(arguments.package, place / "package.deb")
    port = free_port()
    (place / "config.yaml").write_text(
        f"mqtt: {{enabled: false}}\nweb: {{host: 127.0.0.1, port: {port}}}\nhistory: {{enabled: false}}\n"
    )
    inside = f"/w/{place.relative_to(REPOSITORY)}"
    programs = ((UNPACK, f"{inside}/package.deb"), (COMPILE,), (START, f"{inside}/config.yaml", str(port)))
    whole = 0
    for step, (code, *given) in zip(STEPS, programs, strict=True):
        _, said = userland.run(CPUS["cortex-a53"], ["python3", "-c", MARK + code, *given], None, count=True)
        marks = [int(total) for total in re.findall(r"^counted [01] (\d+)$", said, re.MULTILINE)]
        whole += marks[1] - marks[0]
        print(f"{step:36} {(marks[1] - marks[0]) / 1e9:6.1f} thousand million instructions", flush=True)
    print(f"{'all':36} {whole / 1e9:6.1f}")
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
