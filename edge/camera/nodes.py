"""Which cameras /dev has, as far as a look at its names tells, and who has one open."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def video_nodes(folder: Path = Path("/dev")) -> frozenset[tuple[str, int, int, int]]:
    """The /dev/videoN in `folder` with their numbers, owners and rights: differs when one has come, gone, or may be
    opened now. Looking once a second, and only while a camera is away, costs less than being told by inotify."""
    found = set()
    for path in folder.glob("video[0-9]*"):
        try:
            node = path.stat()
        except OSError:  # gone meanwhile
            continue
        found.add((path.name, node.st_ino, node.st_gid, node.st_mode))
    return frozenset(found)


def users_of(nodes: Iterable[Path], proc: Path = Path("/proc")) -> list[str]:
    """The programs that have one of the nodes open, as `name (process 812)`; of those that this user may look into,
    and without this one."""
    wanted = {str(node) for node in nodes}
    found = []
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        if int(process.name) == os.getpid() or not wanted.intersection(_opened(process)):
            continue
        with suppress(OSError):  # it has ended meanwhile
            found.append(f"{(process / 'comm').read_text().strip()} (process {process.name})")
    return found


def _opened(process: Path) -> Iterator[str]:
    """What a process has open; nothing of one that has ended, or is another's."""
    with suppress(OSError):
        for descriptor in list((process / "fd").iterdir()):
            with suppress(OSError):
                yield str(descriptor.readlink())
