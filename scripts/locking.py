"""`scripts/lock`: pinned and hashed requirements for each suite of Raspberry Pi OS, from the ranges.

pip resolves them as if it ran there (the wheels of 64-bit ARM), then takes the same versions' wheels for x86_64. The
real Python of each suite is needed, because pip goes by its own version where a requirement depends on it.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MACHINES = ("aarch64", "x86_64")
#: Suite -> its Python, and the newest glibc its wheels may want (2.36 in Bookworm, 2.41 in Trixie).
SUITES = {"bookworm": ("3.11", 36), "trixie": ("3.13", 41)}
#: File's ending -> the ranges in it.
KINDS = {"": ("requirements-edge.txt",), "-demo": ("requirements-edge.txt", "requirements-demo.txt")}


def resolved(version: str, glibc: int, machine: str, wanted: list[str]) -> dict[str, tuple[str, str]]:
    """Package -> (version, SHA-256 of its wheel) of everything that pip would install."""
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(glibc, 4, -1)]
    platforms = [part for tag in [*tags, f"manylinux2014_{machine}"] for part in ("--platform", tag)]
    command = [
        f"python{version}", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--dry-run",
        "--ignore-installed", "--only-binary", ":all:", "--target", "/nonexistent", "--implementation", "cp",
        "--python-version", version, *platforms, "--report", "-", *wanted,
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    found = {}
    for package in json.loads(done.stdout)["install"]:
        about = package["metadata"]
        found[about["name"].lower()] = about["version"], package["download_info"]["archive_info"]["hashes"]["sha256"]
    return found


def lock(suite: str, kind: str) -> Path:
    version, glibc = SUITES[suite]
    ranges = [part for file in KINDS[kind] for part in ("-r", file)]
    first = resolved(version, glibc, MACHINES[0], ranges)
    same = [f"{name}=={pinned}" for name, (pinned, _) in first.items()]
    other = resolved(version, glibc, MACHINES[1], ["--no-deps", *same])
    lines = [
        f"# What a device with {suite.capitalize()}'s Python {version} gets, on {' and '.join(MACHINES)}: made by",
        f"# scripts/lock from {' and '.join(KINDS[kind])} on {datetime.now(UTC):%Y-%m-%d}. Not to be edited.",
    ]
    for name, (pinned, digest) in sorted(first.items()):
        digests = dict.fromkeys((digest, other[name][1]))
        lines.append(f"{name}=={pinned}" + "".join(f" \\\n    --hash=sha256:{each}" for each in digests))
    path = ROOT / "requirements" / f"{suite}{kind}.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def main() -> int:
    for suite in SUITES:
        for kind in KINDS:
            try:
                print(f"lock: {lock(suite, kind).relative_to(ROOT)}", flush=True)
            except FileNotFoundError as error:
                print(f"lock: {error.filename} is not there; it is needed for {suite}", file=sys.stderr)
                return 1
            except subprocess.CalledProcessError:
                print(f"lock: pip found no versions for {suite}; its lines above say why", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
