"""Which cameras /dev has, as far as a look at its names tells."""

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
