"""On which board this runs, which camera nodes /dev has, and which programs have one open."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path


def is_raspberry_pi(root: Path = Path("/")) -> bool:
    """By the board's own name. `root` stands for / in tests."""
    try:
        return (root / "proc/device-tree/model").read_text(errors="replace").startswith("Raspberry Pi")
    except OSError:
        return False


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


def holds(nodes: Iterable[Path]) -> bool:
    """Whether this process has one of the nodes open."""
    return bool({str(node) for node in nodes}.intersection(_list_open_files(Path("/proc/self"))))


def other_moodcasts(proc: Path = Path("/proc")) -> list[str]:
    """The other Moodcasts that run, as `a Moodcast (process 812)`, whoever's they are: any user may read command lines,
    though not what a process has open."""
    found = []
    for process in sorted(proc.glob("[0-9]*"), key=lambda path: int(path.name)):
        with suppress(OSError):  # it has ended
            words = (process / "cmdline").read_bytes().split(b"\0")
            if int(process.name) != os.getpid() and (b"edge", b"run") in pairwise(words):
                found.append(f"a Moodcast (process {process.name})")
    return found


def _list_open_files(process: Path) -> Iterator[str]:
    """The paths a process has open; none where it has ended, or belongs to another user."""
    with suppress(OSError):
        for descriptor in list((process / "fd").iterdir()):
            with suppress(OSError):
                yield str(descriptor.readlink())
