"""What a network camera costs: the daemon and the process that decodes for it, on an MJPEG camera on loopback.

python -m benchmarks.network_camera [--width 640] [--height 480] [--seconds 30]

`whole` is what the daemon has resident and what the decoder has for itself alone: what both share (libraries) is there
once, as the unit's MemoryMax counts it. CPU is of one core, the camera's own (this script) left out.
"""

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import yaml

from benchmarks.memory import PHOTO, ROOT, free_port, process
from tests.camera.http_cameras import HttpCamera, encoded, noisy


def children(pid: int) -> list[int]:
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # gone meanwhile
            continue
        if parent == pid:
            found.append(int(each.name))
    return found


def cost(pid: int) -> tuple[float, float, float]:
    """(MiB resident, of it private, CPU seconds) of a process."""
    lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    mib = {line[0]: int(line[1]) / 1024 for line in lines if line[-1] == "kB"}
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return mib["Rss:"], mib["Private_Clean:"] + mib["Private_Dirty:"], sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--width", type=int, default=640)
    arguments.add_argument("--height", type=int, default=480)
    arguments.add_argument("--seconds", type=float, default=30.0)
    args = arguments.parse_args()
    portrait = cv2.imread(str(PHOTO))
    assert portrait is not None
    scaled = cv2.resize(portrait, (args.height, args.height))
    side = (args.width - args.height) // 2
    view = np.asarray(cv2.copyMakeBorder(scaled, 0, 0, side, side, cv2.BORDER_CONSTANT, value=(150,) * 3), np.uint8)
    pictures = [encoded(noisy(view, seed)) for seed in range(8)]
    with HttpCamera(lambda n: pictures[n % 8]) as camera, tempfile.TemporaryDirectory() as folder:
        port = free_port()
        said = {
            "camera": {"source": camera.url("/stream.mjpg")},
            "mqtt": {"enabled": False},
            "web": {"host": "127.0.0.1", "port": port},
        }
        config = Path(folder, "config.yaml")
        config.write_text(yaml.safe_dump(said))
        command = [sys.executable, "-m", "edge", "run", "--config", str(config)]
        environ = {**os.environ, "HOME": folder, "PYTHONPATH": str(ROOT)}
        with process(command, environ) as daemon:
            time.sleep(args.seconds)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status") as answer:
                status = json.load(answer)
            print(f"{args.width}×{args.height}: {status['mood']}, camera {status['camera_state']}")
            whole = 0.0
            for name, pid in [("daemon", daemon.pid), *(("decoder", child) for child in children(daemon.pid))]:
                resident, private, cpu = cost(pid)
                whole += resident if name == "daemon" else private
                load = 100 * cpu / args.seconds
                print(f"{name:8} {resident:6.1f} MiB resident, {private:.1f} of it private, CPU {load:.1f} %")
            print(f"whole    {whole:6.1f} MiB")


if __name__ == "__main__":
    main()
