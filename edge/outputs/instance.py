"""Which of several devices this is, where two were given the same device.id by mistake."""

import contextlib
import hashlib
from pathlib import Path

_HARDWARE = ("etc/machine-id", "proc/device-tree/serial-number")


def instance_of(folder: Path, root: Path = Path("/")) -> str:
    """Twelve hex digits that stay the same for the daemon that keeps its state in `folder` on this machine, and are
    others elsewhere: also on a card that was copied, for they come from the hardware's addresses too. They tell nothing
    about where they come from. `root` stands in for / in tests."""
    digest = hashlib.sha256(b"Moodcast")
    addresses = sorted((root / "sys/class/net").glob("*/address"))
    for file in [*(root / name for name in _HARDWARE), *addresses]:
        with contextlib.suppress(OSError):
            digest.update(file.read_bytes())
    digest.update(str(folder.absolute()).encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:12]
