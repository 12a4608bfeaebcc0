"""Settings and a correction over MQTT: asked for on a real broker, of the daemon as a process."""

from pathlib import Path

from tests.broker.client import BASE
from tests.broker.listener import Listener
from tests.broker.mosquitto import Mosquitto
from tests.daemon.process import Daemon, settings


def test_what_is_asked_for_over_mqtt_is_in_force_everywhere_and_outlives_the_daemon(
    tmp_path: Path, python_env: dict[str, str], mosquitto: Mosquitto, free_port: int
) -> None:
    with (
        Listener(mosquitto.port) as listener,
        Daemon(tmp_path / "daemon", python_env, settings(mosquitto.port, free_port), "--demo") as daemon,
    ):
        both = f"{BASE}/settings"
        listener.wait_for(both, '{"mood.enter_share":0.2,"playlists.hold_minutes":10.0}', seconds=30)
        daemon.until(lambda: (daemon.json("/api/status") or {}).get("mood") not in (None, "absent"), "a mood")
        listener.say(f"{both}/set", '{"mood.enter_share": 0.03}')
        daemon.until(lambda: "mood.leave_share: must not be above mood.enter_share" in daemon.log, "the refusal")
        listener.say(f"{both}/set", '{"mood.enter_share": 0.15}')
        listener.wait_for(both, '{"mood.enter_share":0.15,"playlists.hold_minutes":10.0}')
        found = daemon.json("/api/settings")["settings"]["mood.enter_share"]
        assert found == {"value": 0.15, "from": "live", "changeable": True}
        daemon.until(lambda: '"enter_share":0.15' in listener.texts(f"{BASE}/attributes")[-1], "the threshold")

        listener.say(f"{BASE}/correction/set", "surprise")
        (kept,) = daemon.until(lambda: daemon.json("/api/corrections")["corrections"], "the correction")
        assert kept["right"] == "surprise"
        daemon.kill()
        listener.forget()
        daemon.start()
        listener.wait_for(both, '{"mood.enter_share":0.15,"playlists.hold_minutes":10.0}', seconds=30)
        listener.say(f"{both}/set", '{"mood.enter_share": null}')
        listener.wait_for(both, '{"mood.enter_share":0.2,"playlists.hold_minutes":10.0}')
        assert daemon.stop() == 0, daemon.log
