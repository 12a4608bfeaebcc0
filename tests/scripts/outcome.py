"""A script, run to its end."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: The venv these tests run in has all that scripts/run would install.
VENV = Path(sys.prefix)

PATIENCE_SECONDS = 90.0


def outcome(*command: str, folder: Path, **environ: str) -> tuple[int, str]:
    """(exit status, everything printed)."""
    found = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    return found.returncode, found.stdout + found.stderr
