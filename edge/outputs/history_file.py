"""The history's file: its place, and how it is opened and checked. Functions without state."""

import logging
import os
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from edge.errors import EdgeError
from edge.records import LABELS

log = logging.getLogger(__name__)

#: The table `changes`.
COLUMNS: Mapping[str, str] = {
    "at": "REAL NOT NULL",
    "mood": "TEXT NOT NULL",
    "previous": "TEXT NOT NULL",
    "confidence": "REAL NOT NULL",  # the strength; 0.1 called it confidence
    "faces": "INTEGER NOT NULL",
    "playlist_name": "TEXT",
    "playlist_url": "TEXT",
}
#: `PRAGMA user_version` of the file; 0.1 wrote none, which is 0.
VERSION = 1
#: A change has about 150 bytes, so a write of a few changes one or two small pages, not 4 KiB for table and index each.
_PAGE_BYTES = 1024
#: Size of the write-ahead file at which its pages move into the database; large, because that writes them again.
_WAL_BYTES = 1 << 20
#: How long one reader or writer waits for another.
_BUSY_SECONDS = 2.0
#: Errors that no retry repairs: the file is damaged, or not a database.
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_DEFAULT_ID = "moodcast"


class NewerFile(sqlite3.DatabaseError):
    """A later version of Moodcast wrote the file; it stays unchanged."""


class _NotOurs(sqlite3.DatabaseError):
    """Another program's database, or one whose check failed."""


def history_path(environment: Mapping[str, str], device_id: str = _DEFAULT_ID) -> Path:
    """The history's file where the configuration names none: in systemd's state directory, else in the user's; one for
    each device id (`history.db` for the default one).

    Raises EdgeError where the user has no home directory.
    """
    name = "history.db" if device_id == _DEFAULT_ID else f"history-{device_id}.db"
    state = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state) / name
    try:
        return Path.home() / ".local/state/moodcast" / name
    except RuntimeError as error:
        raise EdgeError("this user has no home directory: set $STATE_DIRECTORY to a folder for Moodcast") from error


def adopt_shared_history(path: Path, device_id: str) -> None:
    """Version 0.1 kept the history of every device id in `history.db`. Moves that file to `path` where the state files
    beside it show that it belongs to this device and not to the default one. Never raises."""
    old = path.with_name("history.db")
    mine, default = (path.with_name(f"{name}.json") for name in (device_id, _DEFAULT_ID))
    try:
        if path == old or path.exists() or default.exists() or not (mine.exists() and old.exists()):
            return
        _move(old, path)
    except OSError as error:
        log.warning("%s: could not be moved to %s (%s); a new history is begun there", old, path.name, error.strerror)
    else:
        log.info("%s is now %s: each device.id has a file of its own", old, path.name)


def open_file(path: Path, now: float) -> sqlite3.Connection:
    """The open database, in autocommit. A damaged file is renamed, with `now` in its name, and a new one begun.

    Raises NewerFile, and sqlite3.Error or OSError where the file cannot be opened at the moment.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _connect(path)
    except NewerFile:
        raise
    except sqlite3.DatabaseError as error:
        if not isinstance(error, _NotOurs) and getattr(error, "sqlite_errorname", "") not in _DAMAGE:
            raise
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H%M%S")
        aside = path.with_name(f"{path.name}.corrupt-{stamp}")
        _move(path, aside)
        log.warning("%s is damaged (%s): it is kept as %s, and a new history begun", path, error, aside.name)
        return _connect(path)


def _move(path: Path, to: Path) -> None:
    path.rename(to)
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(to.with_name(to.name + ending))


def _connect(path: Path) -> sqlite3.Connection:
    """Raises DatabaseError where the file is damaged or not ours, before anything is written to it."""
    size = _make_private(path)
    if size == 0:
        log.warning("%s was empty (a power cut, or a full disk?): a new history is begun in it", path)
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _prepare(database)
    except BaseException:  # the file must not stay open
        database.close()
        if size is None and path.stat().st_size == 0:
            path.unlink()  # made above, for nothing
        raise
    return database


def _prepare(database: sqlite3.Connection) -> None:
    verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise _NotOurs(verdict)
    version = database.execute("PRAGMA user_version").fetchone()[0]
    found = [row[1] for row in database.execute("PRAGMA table_info(changes)")]
    if version > VERSION:
        raise NewerFile(f"a newer version of Moodcast wrote it (format {version}, this one knows {VERSION})")
    if found and found != list(COLUMNS):
        raise _NotOurs("its table `changes` has other columns")
    page = database.execute("PRAGMA page_size").fetchone()[0]
    if page != _PAGE_BYTES:
        database.execute("PRAGMA journal_mode=DELETE").fetchall()  # in WAL mode the page size cannot change
        database.execute(f"PRAGMA page_size={_PAGE_BYTES}")
        database.execute("PRAGMA auto_vacuum=INCREMENTAL")
        with suppress(sqlite3.Error):  # for 0.1's file; needs room for a copy of it
            database.execute("VACUUM")
    database.execute("PRAGMA journal_mode=WAL").fetchall()
    database.execute("PRAGMA synchronous=NORMAL")
    page = database.execute("PRAGMA page_size").fetchone()[0]
    database.execute(f"PRAGMA wal_autocheckpoint={_WAL_BYTES // page}").fetchall()
    database.execute(f"PRAGMA journal_size_limit={_WAL_BYTES}").fetchall()
    if not found:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        database.execute(f"CREATE TABLE changes ({columns})")
    database.execute("CREATE INDEX IF NOT EXISTS changes_at ON changes (at)")
    seconds = ", ".join(f"{label} REAL NOT NULL" for label in LABELS)
    database.execute(f"CREATE TABLE IF NOT EXISTS quarters (at INTEGER PRIMARY KEY, {seconds})")
    if version < VERSION:
        database.execute(f"PRAGMA user_version={VERSION}")


def _make_private(path: Path) -> int | None:
    """Makes the file readable by this user only, and creates it where it is missing. Returns its size before, None
    where it was missing. SQLite gives its other files (-wal, -shm) the same mode. Raises OSError."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL, 0o600)
        size = None
    except FileExistsError:
        file = os.open(path, os.O_RDONLY)
        size = os.fstat(file).st_size
    try:
        if os.fstat(file).st_mode & 0o077:
            with suppress(OSError):  # a file system without modes, or somebody else's file
                os.fchmod(file, 0o600)
    finally:
        os.close(file)
    return size
