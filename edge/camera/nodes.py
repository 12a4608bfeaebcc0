"""Which camera nodes /dev has, and which programs have one open."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def video_nodes() -> frozenset[tuple[str, int, int, int]]:
    """The /dev/videoN with inode, group and mode: differs once one has come, gone, or may be opened now.
    Reading it once a second, and only while a camera is missing, costs less than inotify."""
    found = set()
    for path in Path("/dev").glob("video[0-9]*"):
        try:
            node = path.stat()
        except OSError:  # it is gone
            continue
        found.add((path.name, node.st_ino, node.st_gid, node.st_mode))
    return frozenset(found)


def users_of(nodes: Iterable[Path]) -> list[str]:
    """The other programs with one of the nodes open, as `name (process 812)`, as far as this user may see them."""
    wanted = {str(node) for node in nodes}
    found = []
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        if int(process.name) == os.getpid() or not wanted.intersection(_list_open_files(process)):
            continue
        with suppress(OSError):  # it has ended
            found.append(f"{(process / 'comm').read_text().strip()} (process {process.name})")
    return found


def _list_open_files(process: Path) -> Iterator[str]:
    """The paths a process has open; none where it has ended, or belongs to another user."""
    with suppress(OSError):
        for descriptor in list((process / "fd").iterdir()):
            with suppress(OSError):
                yield str(descriptor.readlink())
