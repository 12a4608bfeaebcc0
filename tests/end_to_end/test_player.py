"""From the demo's faces to an MPD that plays what fits: the daemon as a process."""

from pathlib import Path

from tests.daemon.process import Daemon
from tests.outputs.mpd.process import MpdProcess


def test_the_moods_list_plays_and_the_page_says_that_the_player_is_connected(
    tmp_path: Path, python_env: dict[str, str], free_port: int
) -> None:
    with MpdProcess(tmp_path / "mpd") as server:
        server.playlist("Neutral", "other/1.flac")
        server.playlist("happy", "happy/0.flac")
        settings = {
            "mqtt": {"enabled": False},
            "web": {"host": "127.0.0.1", "port": free_port},
            "player": {"enabled": True, "host": str(server.socket), "start_silent": True},
        }
        somebody = server.client()
        with Daemon(tmp_path / "daemon", python_env, settings, "--demo") as daemon:
            daemon.until(lambda: somebody.status()["state"] == "play", "music")
            status = daemon.until(lambda: daemon.json("/api/status"), "the page")
            daemon.until(lambda: (daemon.json("/api/status")["health"] or {}).get("player") == "connected", "health")
            assert status["playlist"]["name"]
            assert daemon.stop() == 0, daemon.log
        assert somebody.status()["state"] == "play"
        assert somebody.playlistinfo()[0]["file"] in ("other/1.flac", "happy/0.flac")
        somebody.disconnect()
