"""Two devices of one device.id on a real mosquitto: one goes on, one keeps quiet, both say so; and what a device that
was given another id leaves behind."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config import DeviceConfig, MqttConfig
from edge.outputs.probe import probe
from edge.outputs.traces import MqttPlace, Traces, forget
from tests.broker.client import BASE, DEVICE, DISCOVERY, StartMqtt, at, until
from tests.broker.listener import Listener, retained
from tests.broker.mosquitto import Mosquitto
from tests.broker.samples import MOMENT, a_change, a_status
from tests.broker.test_announcing import EVERYTHING


@pytest.mark.parametrize("first", ["a", "b"])
def test_one_goes_on_the_other_keeps_quiet_and_nobody_is_ever_offline(
    start: StartMqtt, broker: Mosquitto, listener: Listener, first: str
) -> None:
    mqtts = {first: start(at(broker.port), instance=first)}
    listener.wait_for(f"{BASE}/availability", "online")
    second = "b" if first == "a" else "a"
    mqtts[second] = start(at(broker.port), a_status("sad"), instance=second)
    until(lambda: mqtts["b"].state.startswith("taken over"), "one keeps quiet")
    until(lambda: mqtts["a"].state.startswith("connected") and mqtts["a"].problem != "", "the other has noticed")
    for mqtt in mqtts.values():
        assert "another device on this broker has the device.id 'moodcast' too" in mqtt.problem
    listener.forget()
    mqtts["a"].publish(a_status("fear"), a_change("fear"), MOMENT)
    listener.wait_for(f"{BASE}/mood", "fear")
    assert "offline" not in listener.texts(f"{BASE}/availability")
    assert retained(broker.port)[f"{BASE}/availability"] == b"online"


def test_a_device_that_was_killed_is_no_rival_to_the_next(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    start(at(broker.port), instance="a")
    listener.wait_for(f"{BASE}/availability", "online")
    for mqtt in (start(at(broker.port), instance="a"), start(at(broker.port), instance="a")):
        until(lambda mqtt=mqtt: mqtt.state.startswith("connected"), "connected")  # type: ignore[misc]
        assert mqtt.problem == ""


def test_the_check_names_another_device_that_is_online_and_not_this_one(
    start: StartMqtt, broker: Mosquitto, listener: Listener
) -> None:
    start(at(broker.port), instance="a")
    listener.wait_for(f"{BASE}/availability", "online")
    assert probe(at(broker.port), DEVICE, {"a"}).problems == ()
    (problem,) = probe(at(broker.port), DEVICE, {"b"}).problems
    assert "another device on this broker has the device.id 'moodcast'" in problem


def moved(old: MqttConfig, device: DeviceConfig, config: MqttConfig) -> Traces:
    return Traces(MqttPlace.of(old, device), config, DEVICE, MqttPlace.of(config, DEVICE))


@pytest.mark.parametrize(
    ("before", "device"),
    [
        ({}, DeviceConfig("kitchen")),
        ({"discovery_prefix": "ha"}, DEVICE),
        ({"base_topic": "house/mood"}, DEVICE),
        ({"discovery": "component", "discovery_prefix": "ha", "base_topic": "x"}, DeviceConfig("hall")),
    ],
    ids=["id", "prefix", "base topic", "all"],
)
def test_what_a_device_announced_in_another_place_is_removed(
    start: StartMqtt, broker: Mosquitto, listener: Listener, before: dict[str, str], device: DeviceConfig
) -> None:
    old = at(broker.port, **before)
    former = start(old, device=device, instance="a")
    listener.wait_for(f"{old.base_topic}/{device.id}/availability", "online")
    former.close()
    foreign = f"{old.discovery_prefix}/light/{device.id}/lamp/config"
    listener.say(foreign, "{}", retain=True)
    tidied: list[bool] = []
    new = at(broker.port)
    start(new, instance="a", traces=moved(old, device, new), on_removed=lambda: tidied.append(True))
    until(lambda: tidied == [True], "told of it")
    listener.wait_for(f"{BASE}/mood", "happy")
    until(lambda: set(retained(broker.port)) == {foreign, DISCOVERY, *ours(BASE)}, "nothing of the former one is left")


def ours(base: str) -> set[str]:
    return {f"{base}/{name}" for name in EVERYTHING}


def test_what_another_device_has_there_by_now_stays(start: StartMqtt, broker: Mosquitto, listener: Listener) -> None:
    kitchen = DeviceConfig("kitchen")
    start(at(broker.port), device=kitchen, instance="b")
    listener.wait_for("moodcast/kitchen/availability", "online")
    start(at(broker.port), instance="a", traces=moved(at(broker.port), kitchen, at(broker.port)))
    listener.wait_for(f"{BASE}/availability", "online")
    assert "" not in listener.texts("moodcast/kitchen/availability")


def test_forgetting_a_device_leaves_nothing_of_it(start: StartMqtt, broker: Mosquitto, listener: Listener) -> None:
    mqtt = start(at(broker.port), instance="a")
    listener.wait_for(f"{BASE}/availability", "online")
    listener.say("moodcast/other/mood", "sad", retain=True)
    mqtt.close()
    assert {*ours(BASE), DISCOVERY} <= set(forget(at(broker.port), DEVICE))
    assert set(retained(broker.port)) == {"moodcast/other/mood"}


def test_the_example_s_access_list_lets_moodcast_and_home_assistant_do_their_work_and_nobody_else(
    start: StartMqtt, tmp_path: Path, root: Path
) -> None:
    example = (root / "systemd/mosquitto-moodcast.acl").read_text(encoding="utf-8")
    users = set(re.findall(r"^user (\S+)", example, re.MULTILINE))
    assert users == {"moodcast", "homeassistant", "moodcast-home"}
    passwords = dict.fromkeys((*users, "phone"), "secret")
    with Mosquitto(tmp_path / "broker", accounts=passwords, access=example) as broker:
        config = replace(at(broker.port), username="moodcast", password="secret")
        switched: list[bool] = []
        asked: list[object] = []
        mqtt = start(config, on_camera=switched.append, on_settings=asked.append, on_correction=asked.append)
        with Listener(broker.port, "homeassistant", "secret") as home:
            home.wait_for(f"{BASE}/mood", "happy")
            home.wait_for(DISCOVERY)
            with Listener(broker.port, "phone", "secret") as phone:
                phone.say(f"{BASE}/camera/set", "OFF")
                phone.say(f"{BASE}/settings/set", '{"mood.enter_share": 0.1}')
                phone.say(f"{BASE}/correction/set", "happy")
                phone.say(f"{BASE}/availability", "offline", retain=True)
                home.say(f"{BASE}/camera/set", "ON")
                until(lambda: switched == [True], "Home Assistant's command")
                home.say(f"{BASE}/settings/set", '{"mood.enter_share": 0.2}')
                home.say(f"{BASE}/correction/set", "sad")
                until(lambda: asked == [{"mood.enter_share": 0.2}, "sad"], "Home Assistant's settings")
                home.say("homeassistant/status", "online")
                home.wait_for(f"{BASE}/availability", "online", count=2)
                assert phone.heard == []
        assert switched == [True] and mqtt.state.startswith("connected")
        assert probe(config, DEVICE, set()).problems == ()
