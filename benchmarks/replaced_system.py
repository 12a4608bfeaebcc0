"""Moodcast beside the plain loop, the system it replaces and PyPI `fer`, on the same frames, in one run.

python -m benchmarks.replaced_system [VIDEO] [--keras PYTHON] [--fer PYTHON] [--seconds N] [--json FILE]

Each runs in a process of its own (benchmarks/contenders.py), and they take turns of 30 frames, so that whatever else
this machine does hits all alike: the ratios are the result, not the milliseconds. Keras is looked for in this Python
and in .venv-train, `fer` in this Python only: --keras and --fer name others (`python -m venv FOLDER` and
`FOLDER/bin/pip install fer==25.10.3`). What is not installed is left out, and said.
Figures are CPU time of the whole process, all its threads; memory is what the process holds at the end.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TITLES = {
    "moodcast": "Moodcast",
    "plain": "plain loop, same model",
    "replaced": "replaced system (Keras)",
    "fer": "fer (PyPI)",
}
TURN_FRAMES = 30
_PREFIX = "contender "


class Contender:
    """A process that looks at frames when told to."""

    def __init__(self, python: str, name: str, video: str | None) -> None:
        self.last: dict[str, Any] = {"frames": 0}
        command = [python, "-m", "benchmarks.contenders", name, *([video] if video else [])]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def turn(self, frames: int) -> bool:
        """Looks at `frames` frames more; False at the recording's end. Raises RuntimeError when it has died."""
        assert self._process.stdin is not None and self._process.stdout is not None
        before = self.last["frames"]
        try:
            self._process.stdin.write(f"{frames}\n")
            self._process.stdin.flush()
            line = next(line for line in self._process.stdout if line.startswith(_PREFIX))
        except (BrokenPipeError, StopIteration):
            raise RuntimeError("ended early; start benchmarks.contenders by hand to see why") from None
        self.last = json.loads(line.removeprefix(_PREFIX))
        return bool(self.last["frames"] - before == frames)

    def close(self) -> None:
        self._process.communicate()


def has(python: str, module: str) -> bool:
    """Whether `python` can be started and would find `module`."""
    search = f"import sys, importlib.util as u; sys.exit(u.find_spec({module!r}) is None)"
    try:
        return subprocess.run([python, "-c", search], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def pythons(keras: str | None, fer: str | None) -> tuple[dict[str, str], list[str]]:
    """Which Python runs which contender, and a line for each that is left out."""
    chosen, skipped = {"moodcast": sys.executable, "plain": sys.executable}, []
    places = {
        "replaced": ("keras", [keras] if keras else [sys.executable, str(ROOT / ".venv-train/bin/python")]),
        "fer": ("fer", [fer] if fer else [sys.executable]),
    }
    for name, (module, candidates) in places.items():
        python = next((python for python in candidates if has(python, module)), None)
        if python:
            chosen[name] = python
        else:
            skipped.append(f"{TITLES[name]} is left out: {module} is not installed for {' or '.join(candidates)}")
    return chosen, skipped


def compare(chosen: Mapping[str, str], video: str | None, seconds: int) -> dict[str, dict[str, float]]:
    """All contenders on at most `seconds` times TURN_FRAMES frames of the recording, in turns."""
    running = {name: Contender(python, name, video) for name, python in chosen.items()}
    try:
        for _ in range(seconds):
            going = [contender.turn(TURN_FRAMES) for contender in running.values()]
            if not all(going):
                break
    finally:
        for contender in running.values():
            contender.close()
    return {name: summary(contender.last) for name, contender in running.items()}


def summary(last: Mapping[str, float]) -> dict[str, float]:
    """What a contender's last line comes to."""
    return {
        "frames": last["frames"],
        "analysed": last["analysed"],
        "frames_with_face": last["frames_with_face"],
        "cpu_ms_per_frame": round(1e3 * last["cpu_seconds"] / max(last["frames"], 1), 3),
        "cpu_ms_per_analysed_frame": round(1e3 * last["cpu_seconds"] / max(last["analysed"], 1), 3),
        "rss_mib": round(last["rss_mib"], 1),
    }


def table(result: Mapping[str, Mapping[str, float]]) -> str:
    """Markdown; the last column is each one's CPU time over Moodcast's."""
    lines = [
        "| | CPU ms a frame | CPU ms, if looked at | frames with a face | memory, MiB | CPU, Moodcast = 1 |",
        "|---|---|---|---|---|---|",
    ]
    ours = result["moodcast"]["cpu_ms_per_frame"]
    for name, found in result.items():
        times = f"{found['cpu_ms_per_frame'] / ours:.1f}" if ours else "–"
        faces = f"{found['frames_with_face']:.0f} of {found['frames']:.0f}"
        cpu = f"{found['cpu_ms_per_frame']:.2f} | {found['cpu_ms_per_analysed_frame']:.2f}"
        lines.append(f"| {TITLES[name]} | {cpu} | {faces} | {found['rss_mib']:.0f} | {times} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Moodcast beside what it replaces, on the same frames.")
    parser.add_argument("video", nargs="?", help="default: the demo's portrait with noise, 10 s")
    parser.add_argument("--keras", metavar="PYTHON", help="a Python with Keras")
    parser.add_argument("--fer", metavar="PYTHON", help="a Python with fer")
    parser.add_argument("--seconds", type=int, default=10, help="at most this many turns of 30 frames")
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    video = str(Path(arguments.video).resolve()) if arguments.video else None
    if video and not Path(video).is_file():
        print(f"replaced_system: {arguments.video}: no such file", file=sys.stderr)
        return 2
    chosen, skipped = pythons(arguments.keras, arguments.fer)
    try:
        result = compare(chosen, video, arguments.seconds)
    except RuntimeError as error:
        print(f"replaced_system: a contender {error}", file=sys.stderr)
        return 1
    print(table(result))
    for line in skipped:
        print(line)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
