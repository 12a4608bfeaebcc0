"""The mood changes of the last days, in SQLite, on the device only.

One row a change, so writes are small; WAL with synchronous=NORMAL spares the SD card, at the price of the last few
rows on a power cut. What cannot be written (a full disk, a card that has turned read-only) waits in memory, is
answered from there, and is written once the disk takes it again.
"""

import logging
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from edge.errors import EdgeError
from edge.outputs.quiet import Quiet
from edge.records import HistoryEntry, Playlist

log = logging.getLogger(__name__)

#: Changes that wait in memory for the disk: at the flap budget's 30 an hour, more than a day of them.
WAITING_ENTRIES = 1000
#: How often a disk that failed is tried again, and how often what is too old is looked for.
RETRY_SECONDS = 30.0
PRUNE_SECONDS = 3600.0
#: Of what waits, so much is written in one transaction: a little room on the disk is enough to go on.
_BATCH_ENTRIES = 100
#: How long one reader or writer waits for another.
_BUSY_SECONDS = 2.0
_COLUMNS = "at, mood, previous, confidence, faces, playlist_name, playlist_url"
#: The same trouble is logged once in this time, even where it comes and goes.
_QUIET_SECONDS = 3600.0
_INSERT = f"INSERT INTO changes ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS changes (
    at REAL NOT NULL, mood TEXT NOT NULL, previous TEXT NOT NULL, confidence REAL NOT NULL, faces INTEGER NOT NULL,
    playlist_name TEXT, playlist_url TEXT
);
CREATE INDEX IF NOT EXISTS changes_at ON changes (at);
"""
#: What no retry mends: the file is damaged, or is no database.
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
#: After these the open database can still be read, and written once the cause has gone.
_PASSING = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_READONLY", "SQLITE_BUSY")


def history_path(environment: Mapping[str, str]) -> Path:
    """Where the history is when the config does not say: systemd's state directory, else the user's.

    Raises EdgeError where the user has no home directory.
    """
    state = environment.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state) / "history.db"
    try:
        return Path.home() / ".local/state/moodcast/history.db"
    except RuntimeError as error:
        raise EdgeError("this user has no home directory: set $STATE_DIRECTORY to a folder for Moodcast") from error


class History:
    """Keeps entries for `days` in the file `path`, which only its owner may read.

    Any thread may call anything; no call raises, or waits longer than two seconds. `clock` is the wall clock,
    `monotonic` only paces the retries.
    """

    def __init__(
        self,
        path: Path,
        days: float,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self._days = days
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._waiting: deque[HistoryEntry] = deque(maxlen=WAITING_ENTRIES)
        self._database: sqlite3.Connection | None = None
        self._trouble = ""
        self._quiet = Quiet(1, _QUIET_SECONDS)
        self._retry_at = self._prune_at = 0.0
        with self._lock:
            self._write()

    @property
    def problem(self) -> str:
        """Why entries wait in memory; empty where none do."""
        return self._trouble

    def add(self, entry: HistoryEntry) -> None:
        """Keeps one change; on the disk as soon as it takes it."""
        with self._lock:
            if len(self._waiting) == WAITING_ENTRIES:
                self._note(f"over {WAITING_ENTRIES} changes wait for the disk, the oldest are being dropped")
            self._waiting.append(entry)
            if not self._trouble or self._monotonic() >= self._retry_at:
                self._write()

    def since(self, epoch: float, limit: int = 10_000) -> list[HistoryEntry]:
        """The changes from `epoch` (seconds since 1970) on, oldest first; with more than `limit`, the newest ones."""
        with self._lock:
            if (self._waiting or self._database is None) and self._monotonic() >= self._retry_at:
                self._write()
            kept: list[HistoryEntry] = []
            if self._database is not None:
                try:
                    query = f"SELECT {_COLUMNS} FROM changes WHERE at >= ? ORDER BY at DESC, rowid DESC LIMIT ?"
                    kept = [_entry(row) for row in self._database.execute(query, (epoch, limit))]
                except sqlite3.Error as error:
                    self._fail(error)
            waiting = [entry for entry in self._waiting if entry.at >= epoch]
        return sorted([*reversed(kept), *waiting], key=lambda entry: entry.at)[-limit:]

    def close(self) -> None:
        """Writes what still waits, if it can be."""
        with self._lock:
            self._write()
            if self._waiting:
                log.warning("%d mood changes could not be written to %s and are lost", len(self._waiting), self.path)
            self._drop_database()

    # Everything below is called with the lock held.

    def _write(self) -> None:
        try:
            if self._database is None:
                self._database = self._open()
            while self._waiting:
                batch = list(islice(self._waiting, _BATCH_ENTRIES))
                with self._database:  # committed or rolled back as one
                    self._database.execute("BEGIN")
                    self._database.executemany(_INSERT, map(_row, batch))
                for _ in batch:
                    self._waiting.popleft()
            if self._monotonic() >= self._prune_at:
                self._prune(self._database)
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return
        if self._trouble:
            log.info("the history in %s is being written again; nothing was lost", self.path)
            self._trouble = ""

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connect(self.path)
        except sqlite3.DatabaseError as error:
            if not isinstance(error, _NotOurs) and getattr(error, "sqlite_errorname", "") not in _DAMAGE:
                raise
            aside = self._set_aside()
            log.warning("%s is damaged (%s): it is kept as %s, and a new history begun", self.path, error, aside.name)
            return _connect(self.path)

    def _set_aside(self) -> Path:
        stamp = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y-%m-%dT%H%M%S")
        aside = self.path.with_name(f"{self.path.name}.corrupt-{stamp}")
        self.path.rename(aside)
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                self.path.with_name(self.path.name + ending).rename(aside.with_name(aside.name + ending))
        return aside

    def _prune(self, database: sqlite3.Connection) -> None:
        """Forgets what is too old, and gives its pages back to the disk."""
        self._prune_at = self._monotonic() + PRUNE_SECONDS
        database.execute("DELETE FROM changes WHERE at < ?", (self._clock() - self._days * 86400.0,))
        database.executescript("PRAGMA incremental_vacuum")  # `execute` would free a single page

    def _fail(self, error: Exception) -> None:
        self._retry_at = self._monotonic() + RETRY_SECONDS
        self._note(f"{self.path}: {error}; changes are kept in memory until it can be written, "
                   "make room on the disk or check its permissions")  # fmt: skip
        if getattr(error, "sqlite_errorname", "") not in _PASSING:
            self._drop_database()  # opening it anew deals with the rest: damaged, moved, a disk that came back

    def _note(self, trouble: str) -> None:
        if trouble != self._trouble and self._quiet.allows(trouble, self._monotonic()):
            log.warning("the history cannot be written: %s", trouble)
        self._trouble = trouble

    def _drop_database(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None


class _NotOurs(sqlite3.DatabaseError):
    """Some other program's database, or one whose check failed."""


def _connect(path: Path) -> sqlite3.Connection:
    """Autocommit; raises DatabaseError where the file is damaged or not ours, before anything is written to it."""
    _close_to_others(path)
    database = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        verdict = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _NotOurs(verdict)
        columns = ", ".join(row[1] for row in database.execute("PRAGMA table_info(changes)"))
        if columns not in ("", _COLUMNS):
            raise _NotOurs("its table `changes` has other columns")
        database.execute("PRAGMA auto_vacuum=INCREMENTAL")  # before the first table, or it has no effect
        database.execute("PRAGMA journal_mode=WAL").fetchall()
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute("PRAGMA wal_autocheckpoint=100").fetchall()  # a write-ahead file of 400 KiB, not of 4 MiB
        database.execute("PRAGMA journal_size_limit=1048576").fetchall()
        database.executescript(_SCHEMA)
    except BaseException:  # whatever it is, the file must not stay open
        database.close()
        raise
    return database


def _close_to_others(path: Path) -> None:
    """When somebody was here, and how they looked, is nobody else's business. SQLite gives what it puts beside the
    file (-wal, -shm) the file's own mode. Raises OSError where there can be no such file."""
    file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    try:
        if os.fstat(file).st_mode & 0o077:
            with suppress(OSError):  # a file system without modes, or somebody else's file
                os.fchmod(file, 0o600)
    finally:
        os.close(file)


def _row(entry: HistoryEntry) -> tuple[float, str, str, float, int, str | None, str | None]:
    name, url = (None, None) if entry.playlist is None else (entry.playlist.name, entry.playlist.url)
    return float(entry.at), entry.mood, entry.previous, float(entry.confidence), int(entry.faces), name, url


def _entry(row: tuple[float, str, str, float, int, str | None, str | None]) -> HistoryEntry:
    at, mood, previous, confidence, faces, name, url = row
    playlist = None if name is None or url is None else Playlist(name, url)
    return HistoryEntry(at, mood, previous, confidence, faces, playlist)
