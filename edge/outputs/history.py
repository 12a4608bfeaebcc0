"""The mood changes of the last days, in SQLite, on the device only.

Every write wears a flash card, however small: changes wait in memory and are written several at a time, into a
write-ahead log that is not synced each time. A power cut or a kill loses the last minute, or the last five while the
mood changes all the time. What cannot be written (a full disk, a read-only card) waits in memory, where it can be read,
and is written when the disk works again.
"""

import heapq
import logging
import sqlite3
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from edge.outputs.history_file import COLUMNS, NewerFile, open_file
from edge.outputs.quiet import Quiet
from edge.past import QUARTER_SECONDS, HistoryEntry, Quarter
from edge.records import LABELS, UNKNOWN, Playlist

log = logging.getLogger(__name__)

#: The most changes that wait in memory for the disk: at 30 an hour more than a day of them.
WAITING_ENTRIES = 1000
#: A change is written after the first time, and after the second since the last write.
WRITE_SECONDS = 60.0
BETWEEN_WRITES_SECONDS = 300.0
#: Between two attempts on a failed disk, and between two deletions of old entries.
RETRY_SECONDS = 30.0
PRUNE_SECONDS = 3600.0
#: Where all entries are too old by more than this, the clock is considered wrong.
LATE_SECONDS = 366 * 86400.0
#: A larger jump means that the clock was set; a smaller one is drift.
_JUMP_SECONDS = 60.0
#: Entries in one transaction: few, so that a little room on the disk is enough.
_BATCH_ENTRIES = 100
#: `walk` reads so many at a time: some milliseconds on a Pi, during which a writer waits.
_CHUNK_ENTRIES = 500
_COLUMNS = ", ".join(COLUMNS)
_INSERT = f"INSERT INTO changes ({_COLUMNS}) VALUES ({', '.join('?' * len(COLUMNS))})"
_ADD_QUARTER = (
    f"INSERT INTO quarters (at, {', '.join(LABELS)}) VALUES (?{', ?' * len(LABELS)}) "
    f"ON CONFLICT (at) DO UPDATE SET {', '.join(f'{label} = {label} + excluded.{label}' for label in LABELS)}"
)
#: The same problem is logged once in this time, even where it comes and goes.
_QUIET_SECONDS = 3600.0
#: Errors after which the open database stays usable.
_PASSING = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_READONLY", "SQLITE_BUSY")


class History:
    """Keeps entries for `days` in the file `path`, which only its owner may read.

    Any thread may call anything; no call raises or waits longer than two seconds. `clock` is the wall clock;
    `monotonic` times the writes. `problem` says why entries wait longer than they should; empty where none do.
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
        self._quarters: deque[Quarter] = deque(maxlen=WAITING_ENTRIES)
        self._first_waits_since = 0.0
        self._written_at = float("-inf")
        self._database: sqlite3.Connection | None = None
        self.problem = ""
        self._quiet = Quiet(1, _QUIET_SECONDS)
        self._retry_at = 0.0
        self._even_since = monotonic()  # since when the wall clock has not jumped
        self._offset = clock() - self._even_since
        self._prune_at = self._even_since + PRUNE_SECONDS
        with self._lock:
            self._write()

    def add(self, entry: HistoryEntry) -> None:
        """Keeps one change: now in memory, soon on the disk."""
        with self._lock:
            if len(self._waiting) == WAITING_ENTRIES:
                self._note(f"over {WAITING_ENTRIES} changes wait for the disk, the oldest are being dropped")
            if not self._waiting:
                self._first_waits_since = self._monotonic()
            self._waiting.append(entry)
            self._write_if_due()

    def add_quarter(self, quarter: Quarter) -> None:
        """Keeps a quarter of an hour; adds it to what is known of it from before a restart."""
        with self._lock:
            if not self._waiting and not self._quarters:
                self._first_waits_since = self._monotonic()
            self._quarters.append(quarter)
            self._write_if_due()

    def quarters(self, since: float) -> list[Quarter]:
        """The quarters of an hour that began at `since` or later, oldest first."""
        with self._lock:
            rows = self._read(f"SELECT at, {', '.join(LABELS)} FROM quarters WHERE at >= ? ORDER BY at", since)
            waiting = [quarter for quarter in self._quarters if quarter.at >= since]
        found = {float(at): tuple(seconds) for at, *seconds in rows}
        for quarter in waiting:
            before = found.get(quarter.at, (0.0,) * len(LABELS))
            found[quarter.at] = tuple(map(sum, zip(before, quarter.seconds, strict=True)))
        return [Quarter(at, found[at]) for at in sorted(found)]

    def tend(self) -> None:
        """Call it every few seconds: writes what has waited long enough and deletes what is too old."""
        with self._lock:
            self._watch_clock()
            self._write_if_due()
            if self._database is not None and self._monotonic() >= self._prune_at:
                self._prune(self._database)

    def flush(self) -> None:
        """Writes what waits, where the disk works."""
        with self._lock:
            if (self._waiting or self._quarters) and (not self.problem or self._monotonic() >= self._retry_at):
                self._write()

    def since(self, epoch: float, limit: int = 10_000) -> list[HistoryEntry]:
        """The changes from `epoch` (seconds since 1970) on and the one before them, with which that time began; oldest
        first, and of more than `limit` the newest."""
        query = (
            f"SELECT {_COLUMNS} FROM changes WHERE at >= coalesce((SELECT max(at) FROM changes WHERE at < ?), ?) "
            "ORDER BY at DESC, rowid DESC LIMIT ?"
        )
        with self._lock:
            if self._database is None and self._monotonic() >= self._retry_at:
                self._write()
            rows = self._read(query, epoch, epoch, limit)
            waiting = list(self._waiting)
        entries = sorted([*(_entry(row) for row in reversed(rows)), *waiting], key=lambda entry: entry.at)
        first = bisect_left(entries, epoch, key=lambda entry: entry.at)
        return entries[max(0, first - 1) :][-limit:]

    def walk(self, since: float, until: float | None = None) -> Iterator[HistoryEntry]:
        """Every change from `since` up to `until` that there is at the first step, oldest first. Reads a few at a time,
        so that memory and writers do not depend on their number."""
        end = float("inf") if until is None else until
        with self._lock:
            waiting = sorted((e for e in self._waiting if since <= e.at < end), key=lambda entry: entry.at)
            newest = self._read("SELECT coalesce(max(rowid), 0) FROM changes")
        last_row = newest[0][0] if newest else 0
        yield from heapq.merge(self._walk_file(since, end, last_row), waiting, key=lambda entry: entry.at)

    def _walk_file(self, since: float, end: float, last_row: int) -> Iterator[HistoryEntry]:
        query = (
            f"SELECT {_COLUMNS}, rowid FROM changes WHERE (at, rowid) > (?, ?) AND at < ? AND rowid <= ? "
            "ORDER BY at, rowid LIMIT ?"
        )
        at, row = since, -1
        while True:
            with self._lock:
                rows = self._read(query, at, row, end, last_row, _CHUNK_ENTRIES)
            for *values, _ in rows:
                yield _entry(tuple(values))
            if rows:
                at, row = rows[-1][0], rows[-1][-1]
            if len(rows) < _CHUNK_ENTRIES:
                return

    def forget(self, start: float, end: float) -> bool:
        """Deletes the changes from `start` up to `end`, on the disk too, and the quarters of an hour that overlap them.
        `unknown` takes their place. False where the file cannot be written; then nothing is deleted."""
        with self._lock:
            self._write()
            if self._database is None or self.problem:
                return False
            query = f"SELECT {_COLUMNS} FROM changes WHERE at < ? ORDER BY at DESC, rowid DESC LIMIT 1"
            try:
                before, standing = ([_entry(row) for row in self._read(query, at)] for at in (start, end))
                until = min(end, self._clock())
                marks = unknown_between(before[0] if before else None, standing[0] if standing else None, start, until)
                self._database.execute("PRAGMA secure_delete=ON").fetchall()
                with self._database:
                    self._database.execute("BEGIN")
                    self._database.execute("DELETE FROM changes WHERE at >= ? AND at < ?", (start, end))
                    self._database.execute(
                        "DELETE FROM quarters WHERE at > ? AND at < ?", (start - QUARTER_SECONDS, end)
                    )
                    self._database.executemany(_INSERT, map(_row, marks))
                # secure_delete overwrites the freed pages; the checkpoint empties the write-ahead log.
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self._database.executescript("PRAGMA incremental_vacuum")
            except sqlite3.Error as error:
                self._fail("written", error)
                return False
            return True

    def close(self) -> None:
        """Writes what still waits, where the disk works."""
        with self._lock:
            self._write()
            if self._waiting:
                log.warning("%d mood changes could not be written to %s and are lost", len(self._waiting), self.path)
            self._drop_database()

    # Everything below is called with the lock held.

    def _read(self, query: str, *values: float) -> list[tuple[Any, ...]]:
        """The rows; none where the file cannot be read."""
        if self._database is None:
            return []
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            self._fail("read", error)
            return []

    def _write_if_due(self) -> None:
        now = self._monotonic()
        if self.problem:
            due = now >= self._retry_at
        elif len(self._waiting) >= _BATCH_ENTRIES:
            due = True
        else:
            waited = max(self._first_waits_since + WRITE_SECONDS, self._written_at + BETWEEN_WRITES_SECONDS)
            due = bool(self._waiting or self._quarters) and now >= waited
        if due:
            self._write()

    def _write(self) -> None:
        try:
            if self._database is None:
                self._database = open_file(self.path, self._clock())
            while self._waiting:
                batch = list(islice(self._waiting, _BATCH_ENTRIES))
                with self._database:  # committed or rolled back as one
                    self._database.execute("BEGIN")
                    self._database.executemany(_INSERT, map(_row, batch))
                for _ in batch:
                    self._waiting.popleft()
                self._written_at = self._monotonic()
            if self._quarters:
                with self._database:
                    self._database.execute("BEGIN")
                    self._database.executemany(_ADD_QUARTER, [(int(q.at), *q.seconds) for q in self._quarters])
                self._quarters.clear()
                self._written_at = self._monotonic()
        except (sqlite3.Error, OSError) as error:
            self._fail("written", error)
            return
        if self.problem:
            log.info("the history in %s is being written again; nothing was lost", self.path)
            self.problem = ""

    def _watch_clock(self) -> None:
        now = self._monotonic()
        offset = self._clock() - now
        if abs(offset - self._offset) > _JUMP_SECONDS:
            self._offset, self._even_since = offset, now
            self._prune_at = max(self._prune_at, now + PRUNE_SECONDS)

    def _prune(self, database: sqlite3.Connection) -> None:
        """Deletes what is too old and returns its pages to the disk. Does nothing for a while after the clock was set,
        and for `days` where it makes everything much too old: a Pi may start with any year."""
        now = self._monotonic()
        self._prune_at = now + PRUNE_SECONDS
        oldest = self._clock() - self._days * 86400.0
        try:
            newest_gone = database.execute("SELECT max(at) FROM changes WHERE at < ?", (oldest,)).fetchone()[0]
            if newest_gone is None:
                return
            if newest_gone < oldest - LATE_SECONDS and now - self._even_since < self._days * 86400.0:
                return
            database.execute("DELETE FROM changes WHERE at < ?", (oldest,))
            database.execute("DELETE FROM quarters WHERE at < ?", (oldest,))
            database.executescript("PRAGMA incremental_vacuum")  # `execute` would free a single page
        except sqlite3.Error as error:
            self._fail("written", error)

    def _fail(self, what: str, error: Exception) -> None:
        self._retry_at = self._monotonic() + RETRY_SECONDS
        advice = "changes are kept in memory until it can be, make room on the disk or check its permissions"
        if isinstance(error, NewerFile):
            advice = "it is left alone, and changes are kept in memory: update Moodcast, or name a file in history.path"
        self._note(f"{self.path}: {error}; {advice}", what)
        if getattr(error, "sqlite_errorname", "") not in _PASSING:
            self._drop_database()  # opening it again helps: it is damaged, was moved, or the disk came back

    def _note(self, trouble: str, what: str = "written") -> None:
        if trouble != self.problem and self._quiet.allows(trouble, self._monotonic()):
            log.warning("the history cannot be %s: %s", what, trouble)
        self.problem = trouble

    def _drop_database(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None


def unknown_between(
    before: HistoryEntry | None, standing: HistoryEntry | None, start: float, end: float
) -> list[HistoryEntry]:
    """The entries that replace the changes from `start` to `end`: `unknown`, then at `end` the mood of that time.
    `before` is the last change before `start`, `standing` the last one before `end`."""
    if standing is None:
        return []
    marks = []
    if before is not None and before.mood != UNKNOWN:
        marks.append(HistoryEntry(start, UNKNOWN, before.mood, 0.0, 0, None))
    if standing.mood != UNKNOWN:
        marks.append(replace(standing, at=end, previous=UNKNOWN))
    return marks


def _row(entry: HistoryEntry) -> tuple[float, str, str, float, int, str | None, str | None]:
    name, url = (None, None) if entry.playlist is None else (entry.playlist.name, entry.playlist.url)
    return float(entry.at), entry.mood, entry.previous, float(entry.strength), int(entry.face_count), name, url


def _entry(row: tuple[Any, ...]) -> HistoryEntry:
    at, mood, previous, strength, faces, name, url = row
    playlist = None if name is None or url is None else Playlist(name, url)
    return HistoryEntry(at, mood, previous, strength, faces, playlist)
