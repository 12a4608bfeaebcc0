"""One connection to MPD (the Music Player Daemon), used by one thread only.

It changes only the queue: not the volume, and not repeat, random, single or consume. MPD crossfades only at the end of
a song, so a fade is a jump to the song's last seconds with MPD's crossfade set.
"""

import errno
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from random import Random

import mpd

from edge.config import PlayerConfig
from edge.errors import printable
from edge.outputs.broker_error import Kind
from edge.outputs.player import FADE_LEAD_SECONDS, FADE_SECONDS, Action, Brought, Shown, Song

#: The longest wait for the TCP connection, and for each answer.
ANSWER_SECONDS = 5.0
#: The most songs that are queued: 500 are more than a day.
MOST_SONGS = 500
#: The commands that we need; MPD lists those it allows.
_NEEDED = {"status", "playlistinfo", "addid", "delete", "playid", "seekcur", "stop", "crossfade"}
#: The tag came with 0.24; Bookworm has 0.23, Trixie 0.24.
_MOOD_SINCE = "0.24"
_LONGEST = 300

logging.getLogger("mpd").setLevel(logging.WARNING)  # otherwise it logs every attempt to connect


class MpdError(Exception):
    """There is no connection, or it has ended. `str()` is one line for the owner. `host_answers`: the host is up, only
    MPD is not."""

    def __init__(self, kind: Kind, text: str, host_answers: bool = False) -> None:
        self.kind: Kind = kind
        self.host_answers = host_answers
        super().__init__(printable(" ".join(text.split()))[:_LONGEST])  # part of it may come from MPD


class Lacking(MpdError):
    """MPD has no such list, or refuses a command; the connection goes on."""

    def __init__(self, text: str) -> None:
        super().__init__("refused", text)


class MpdConnection:
    """`open`, then the rest; each raises MpdError where the connection has ended. `close` in any case."""

    def __init__(self, config: PlayerConfig, rng: Random) -> None:
        self._config, self._rng = config, rng
        self.where = config.host if config.host.startswith("/") else f"{config.host}:{config.port}"
        self._client = mpd.MPDClient()
        self._client.timeout = ANSWER_SECONDS
        self.version = ""  # of the protocol: MPD's own or an older one
        self._seen: tuple[str, tuple[Song, ...]] | None = None  # the queue, by its version

    def open(self) -> None:
        config, client = self._config, self._client
        try:
            client.connect(config.host, config.port)
        except socket.gaierror as error:
            raise MpdError("unreachable", f"no MPD at {self.where}: {error.strerror}; check player.host") from error
        except (OSError, mpd.MPDError, ValueError) as error:
            text = getattr(error, "strerror", None) or str(error) or type(error).__name__
            answers = getattr(error, "errno", None) == errno.ECONNREFUSED
            raise MpdError("unreachable", f"no MPD at {self.where}: {text}; check player.host and player.port, and "
                           "that MPD runs and listens there (bind_to_address)", answers) from error  # fmt: skip
        self.version = str(client.mpd_version)
        with self._explain_errors():
            if config.password is not None:
                try:
                    client.password(config.password)
                except mpd.CommandError as error:
                    text = f"{self.where} refuses the password; check player.password_file"
                    raise MpdError("refused", text) from error
            missing = _NEEDED - set(client.commands())
            if missing:
                have = "with this password" if config.password is not None else "without a password"
                raise MpdError("refused", f"{self.where} does not let us {', '.join(sorted(missing))} {have}; check "
                               "player.password_file, and default_permissions and password in mpd.conf")  # fmt: skip
            with suppress(mpd.CommandError):  # before 0.21 the songs come with their tags, which takes longer
                client.tagtypes("clear")

    def close(self) -> None:
        with suppress(OSError, mpd.MPDError, ValueError):
            self._client.disconnect()

    def look(self) -> Shown:
        """MPD's present state; the queue is read only when it has changed."""
        with self._explain_errors():
            status = self._client.status()
            if self._seen is None or self._seen[0] != status["playlist"]:
                self._seen = status["playlist"], self._queue()
            return _shown(status, self._seen[1])

    def find(self, names: Sequence[str], by: str) -> tuple[str, list[str]]:
        """The first of `names` that MPD has as `by`, ignoring case, and at most MOST_SONGS of its songs: a playlist's
        in order, others shuffled. MPD is never asked for an address (`https://…`), because it would open it. Raises
        Lacking where it has none of them."""
        names = [name for name in names if "://" not in name]
        with self._explain_errors():
            for name in names:
                if songs := self._songs(name, by):
                    return name, songs[:MOST_SONGS]
        wanted = " and no ".join(f"{by} {name!r}" for name in dict.fromkeys(names))
        raise Lacking(f"MPD has no {wanted}, or it is empty (player.by)")

    def bring(self, action: Action, songs: Sequence[str], shown: Shown) -> Brought:
        """Replaces the queue that `shown` has by `songs`, in the way of `action`. Raises Lacking where MPD accepts none
        of them; then nothing has changed."""
        with self._explain_errors():
            added = [number for file in songs if (number := self._add(file)) is not None]
            if not added:
                raise Lacking(f"MPD takes none of {len(songs)} songs, such as {songs[0]!r}: is its database of now?")
            if action == "play":
                self._client.playid(added[0])
            status, queue = self._client.status(), self._queue()
            now = _shown(status, queue)
            last = None if action == "play" or now.song in added else now.song
            self._delete(queue, {song.id for song in shown.queue if song.id != last})
            crossfade = None
            if action == "fade" and now.song == shown.song and now.left and now.left > FADE_SECONDS + FADE_LEAD_SECONDS:
                crossfade = now.crossfade
                self._client.crossfade(FADE_SECONDS)
                at = float(status["duration"]) - FADE_SECONDS - FADE_LEAD_SECONDS
                self._client.seekcur(f"{at:.3f}")
            ours = {*added, last}
            return Brought(tuple(song for song in queue if song.id in ours), last, crossfade)

    def stop(self) -> None:
        with self._explain_errors():
            self._client.stop()

    def take_away(self, number: int) -> None:
        """Removes the song of this id, which must not be playing."""
        with self._explain_errors(), suppress(mpd.CommandError):  # it is already gone
            self._client.deleteid(number)

    def crossfade(self, seconds: int) -> None:
        """Restores MPD's own crossfade, unless somebody has changed ours in the meantime."""
        with self._explain_errors():
            if int(self._client.status().get("xfade", 0)) == FADE_SECONDS:
                self._client.crossfade(seconds)

    def _queue(self) -> tuple[Song, ...]:
        return tuple(Song(int(song["id"]), song["file"]) for song in self._client.playlistinfo())

    def _add(self, file: str) -> int | None:
        try:
            return int(self._client.addid(file))
        except mpd.CommandError:
            return None

    def _delete(self, queue: Sequence[Song], ids: set[int]) -> None:
        """Deletes in runs from the end, so that positions before a run stay the same."""
        end = len(queue)
        while end > 0:
            begin = end
            while begin > 0 and queue[begin - 1].id in ids:
                begin -= 1
            if begin < end:
                self._client.delete((begin, end))
            end = begin - 1

    def _songs(self, name: str, by: str) -> list[str]:
        """The songs of a playlist, folder or tag of this name."""
        client = self._client
        if by == "playlist":
            lists = _same(name, [each["playlist"] for each in client.listplaylists()])
            return [file for each in lists[:1] for file in client.listplaylist(each)]
        if by == "folder":
            above, _, last = name.strip("/").rpartition("/")
            try:
                inside = [each["directory"] for each in client.lsinfo(above) if "directory" in each]
            except mpd.CommandError:
                return []
            folders = {each.rpartition("/")[2]: each for each in inside}
            filters = [("base", folders[each]) for each in _same(last, list(folders))]
        else:
            try:
                values = [each[by] for each in client.list(by)]
            except mpd.CommandError as error:
                since = f"; it came with {_MOOD_SINCE}, and this is {self.version}" if by == "mood" else ""
                raise Lacking(f"MPD knows no tag {by}{since} (metadata_to_use in mpd.conf)") from error
            filters = [(by, each) for each in _same(name, values)]
        songs = [file for each in filters for file in self._window(*each)]
        self._rng.shuffle(songs)
        return songs

    def _window(self, tag: str, value: str) -> list[str]:
        """MOST_SONGS consecutive songs of a tag, from a random position."""
        begin = self._rng.randint(0, max(0, int(self._client.count(tag, value)["songs"]) - MOST_SONGS))
        return [song["file"] for song in self._client.find(tag, value, "window", f"{begin}:{begin + MOST_SONGS}")]

    @contextmanager
    def _explain_errors(self) -> Iterator[None]:
        """Turns the client's errors into Lacking or MpdError."""
        try:
            yield
        except mpd.CommandError as error:
            raise Lacking(f"MPD does not do what it is asked: {error}") from error
        except (mpd.MPDError, OSError, ValueError, KeyError) as error:  # the last two: it is not MPD
            text = "it does not answer" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            raise MpdError("lost", f"lost the connection to {self.where}: {text}") from error


def _same(name: str, names: Sequence[str]) -> list[str]:
    """Those of `names` that equal `name` ignoring case; an exact match first."""
    return sorted((each for each in names if each.casefold() == name.casefold()), key=lambda each: each != name)


def _shown(status: dict[str, str], queue: tuple[Song, ...]) -> Shown:
    state, duration = status["state"], float(status.get("duration", 0.0))
    return Shown(
        "play" if state == "play" else "pause" if state == "pause" else "stop",
        queue,
        int(status["songid"]) if "songid" in status else None,
        duration - float(status.get("elapsed", 0.0)) if duration > 0 else None,
        status["single"] != "0",
        int(status.get("xfade", 0)),
    )
