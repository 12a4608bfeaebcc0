"""The daemon's own player: a thread that puts the mood's list into an MPD's queue, by the rules of player.py.

It looks every two seconds and connects again for ever. Imported only where `player.enabled` is true.
"""

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable

from edge.config import PlayerConfig
from edge.outputs.broker_error import Kind
from edge.outputs.mpd_connection import Lacking, MpdConnection, MpdError
from edge.outputs.player import Action, Player, Rules, Shown, Wanted, wanted
from edge.outputs.quiet import Quiet
from edge.outputs.retry import GOOD_SECONDS, RETRY_SECONDS, Retry
from edge.status import Status

log = logging.getLogger(__name__)

#: Seconds between two looks at the mood and at MPD.
LOOK_SECONDS = 2.0
#: The longest the end may take: it restores MPD's crossfade.
GOODBYE_SECONDS = 1.0
#: The same missing list is logged once a day.
DAY_SECONDS = 86400.0


class Mpd:
    """`start`, then `close`. Its thread calls `settings` for the options in force, `present` for the present status
    (None before the first), and `quiet` for whether it is a quiet hour, in which nothing is changed.

    Host, port and password do not change after the start. `retry_seconds` is Retry's.
    """

    def __init__(
        self,
        settings: Callable[[], PlayerConfig],
        present: Callable[[], Status | None],
        quiet: Callable[[], bool],
        *,
        look_seconds: float = LOOK_SECONDS,
        retry_seconds: tuple[float, float, float] = RETRY_SECONDS,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._present, self._quiet = settings, present, quiet
        self._look_seconds, self._clock = look_seconds, clock
        self._rng = rng or random.Random()
        self._retry = Retry(*retry_seconds, self._rng.random)
        self._player = Player()
        self._problems, self._lacks = Quiet(lines=1, seconds=600), Quiet(lines=1, seconds=DAY_SECONDS)
        self._thread = threading.Thread(target=self._run, name="mpd", daemon=True)
        self._closing = threading.Event()
        #: `connecting`, `connected`, `closed`, or a Kind or `failed`, then details.
        self.state = "connecting"

    @property
    def alive(self) -> bool:
        """Whether its thread runs, connected or not."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begins to connect; returns at once."""
        self._thread.start()

    def close(self, timeout: float = GOODBYE_SECONDS) -> None:
        """Disconnects; waits up to `timeout` seconds for that. The music plays on."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    # From here on: its thread.

    def _run(self) -> None:
        while not self._closing.is_set():
            kind, lasted, host_answers = self._connect_once()
            if lasted is not None and lasted >= GOOD_SECONDS:
                self._problems.forget()
            self._closing.wait(self._retry.after(kind, lasted, host_answers))
        self.state = "closed"

    def _connect_once(self) -> tuple[Kind | None, float | None, bool]:
        """One connection, from its attempt on: how it ended, for how long it lasted, whether the host answers."""
        kind: Kind | None = None
        opened: float | None = None
        host_answers = False
        try:
            with contextlib.closing(MpdConnection(self._settings(), self._rng)) as connection:
                connection.open()
                opened = self._clock()
                self.state = "connected"
                if self._problems.allows("connected", opened):
                    log.info("player: connected to MPD %s at %s", connection.version, connection.where)
                self._serve(connection)
        except MpdError as error:
            kind, host_answers, self.state = error.kind, error.host_answers, f"{error.kind}: {error}"
            if self._problems.allows(str(error), self._clock()):
                log.warning("player: %s; trying again until it works", error)
        except Exception:  # a bug must not end the player silently
            self.state = "failed: see the log"
            if self._problems.allows("failed", self._clock()):
                log.exception("the player stumbled and connects anew (please report it)")
        return kind, None if opened is None else self._clock() - opened, host_answers

    def _serve(self, connection: MpdConnection) -> None:
        anew = True
        while not self._closing.is_set():
            shown, now, settings = connection.look(), self._clock(), self._settings()
            chosen = self._player.chosen
            self._player.see(shown, now, anew=anew)
            anew = False
            if self._player.chosen > chosen and self._problems.allows("chosen", now):
                minutes = settings.hands_off_minutes
                log.info("player: somebody has chosen what plays, or stopped it: left alone for %g minutes", minutes)
            want = wanted(self._present())
            rules = Rules(
                settings.change == "fade", settings.start_silent, settings.hands_off_minutes * 60.0, self._quiet()
            )
            action = self._player.decide(want, rules, now)
            if action != "nothing":
                self._act(connection, action, want, shown, settings.by)
                continue  # looks at once, before somebody else changes the queue
            self._closing.wait(self._look_seconds)
        if self._player.crossfade is not None:
            connection.crossfade(self._player.crossfade)

    def _act(self, connection: MpdConnection, action: Action, want: Wanted, shown: Shown, by: str) -> None:
        player = self._player
        if action == "unfade":
            if player.crossfade is not None:
                connection.crossfade(player.crossfade)
            player.crossfade = None
        elif action == "stop":
            connection.stop()
            log.info("player: stopped, for somebody said not now")
        elif action == "tidy":
            if player.last is not None:
                connection.take_away(player.last)
            player.last = None
        else:
            self._bring(connection, action, want.names, shown, by)

    def _bring(self, connection: MpdConnection, action: Action, names: tuple[str, ...], shown: Shown, by: str) -> None:
        try:
            name, songs = connection.find(names, by)
            brought = connection.bring(action, songs, shown)
        except Lacking as lacking:
            self._player.note_missing(names, self._clock())
            if self._lacks.allows(str(lacking), self._clock()):
                log.warning("player: %s; nothing is queued for it", lacking)
            return
        self._player.note_queued(names, brought, self._clock())
        how = {"queue": "after this song", "fade": "faded over this song", "play": "now"}[action]
        log.info("player: %s %r, %d songs, %s", by, name, len(songs), how)
