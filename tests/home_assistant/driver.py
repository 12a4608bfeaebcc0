"""A real Home Assistant with its MQTT integration, told what to do by JSON lines. Runs in Home Assistant's Python.

driver.py PORT [FOLDER]   the broker is at 127.0.0.1:PORT; FOLDER is the {"started": …} of one that has ended: it starts
again. The files of its folder come first, as a JSON object {path: text} on stdin's first line. Every later line is a
request, answered by one line {"reply": …}:
    {"do": "states"}     the state and attributes of every MQTT entity, of the helpers and the templates
    {"do": "entities"}   every MQTT entity as it is registered
    {"do": "call", "service": "switch.turn_off", "entity": "switch.x"}    with what else the service takes as "data"
    {"do": "set", "entity": "media_player.x", "state": "playing"}   an entity that Home Assistant does not have
    {"do": "enable"}     every MQTT entity that is off by default is turned on
    {"do": "attach"}     from now on every trigger that MQTT's devices offer is a {"called": …} when it fires
    {"do": "reload"}     the MQTT integration starts again, as after a restart: its birth message is sent
    {"do": "fetch", "path": "/api/…"}   what Home Assistant's own web server gives, a letter for each byte
    {"do": "warnings"}   what MQTT, an automation or the configuration has warned of since the last time, or worse
Unasked come {"state": …} for every change of an MQTT entity, and {"called": …} for the services an automation may
call here without doing anything (SERVICES). Ends with its input.
"""

import asyncio
import json
import logging
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from homeassistant import bootstrap, runner
from homeassistant.components import device_automation
from homeassistant.helpers import aiohttp_client, device_registry, entity_registry, trigger

ENTRY = "moodcast_test"
STAMP = "2025-01-01T00:00:00+00:00"
PLAYER = "media_player"
SERVICES = (
    (PLAYER, "play_media"), (PLAYER, "media_pause"), (PLAYER, "media_play"), (PLAYER, "volume_set"),
    ("scene", "turn_on"),
)  # fmt: skip
warnings: list[str] = []
speaking = threading.Lock()


class Keep(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if "No device components to cleanup" in record.msg:  # said of each entity that was off, of a device that goes
            return
        if any(part in record.name for part in ("mqtt", "automation", "template", "input_text", "config", "service")):
            warnings.append(record.getMessage()[:1000])


def say(**line: Any) -> None:
    with speaking:  # Home Assistant calls a listener from any thread
        print(json.dumps(line, default=str), flush=True)


def write_config(folder: Path, files: dict[str, str], port: int) -> None:
    (folder / ".storage").mkdir()
    with socket.socket() as probe:  # two at a time must not want the same
        probe.bind(("127.0.0.1", 0))
        http = {"server_port": probe.getsockname()[1]}
    configuration = json.loads(files.get("configuration.yaml", "{}")) | {"http": http}
    for path, text in {**files, "configuration.yaml": json.dumps(configuration)}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    entry: dict[str, Any] = {
        "created_at": STAMP, "modified_at": STAMP, "data": {"broker": "127.0.0.1", "port": port, "protocol": "5"},
        "disabled_by": None, "discovery_keys": {}, "domain": "mqtt", "entry_id": ENTRY, "minor_version": 1,
        "version": 1, "options": {}, "pref_disable_new_entities": False, "pref_disable_polling": False,
        "source": "user", "subentries": [], "title": "broker", "unique_id": None,
    }  # fmt: skip
    stored = {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}
    (folder / ".storage" / "core.config_entries").write_text(json.dumps(stored))


def describe(hass: Any, entity: Any) -> dict[str, Any]:
    """An entity as it is registered."""
    device = device_registry.async_get(hass).async_get(entity.device_id) if entity.device_id else None
    return {
        "unique_id": entity.unique_id,
        "category": entity.entity_category,
        "device": device.name if device else None,
    }


async def answer(hass: Any, request: dict[str, Any]) -> Any:
    entities = entity_registry.async_get(hass)
    mine = [e for e in entities.entities.values() if e.platform == "mqtt"]
    match request["do"]:
        case "states":
            others = hass.states.async_entity_ids(("input_text", "input_select", "automation"))
            others += [e.entity_id for e in entities.entities.values() if e.platform == "template"]
            states = {name: hass.states.get(name) for name in [*(e.entity_id for e in mine), *others]}
            return {name: {"state": s.state, "attributes": dict(s.attributes)} for name, s in states.items() if s}
        case "entities":
            return {e.entity_id: describe(hass, e) for e in mine}
        case "call":
            data = {"entity_id": request["entity"], **request.get("data", {})}
            await hass.services.async_call(*request["service"].split("."), data, True)
        case "set":
            hass.states.async_set(request["entity"], request["state"], {"volume_level": 0.5})
        case "enable":
            disabled = [e.entity_id for e in mine if e.disabled_by]
            for entity_id in disabled:
                entities.async_update_entity(entity_id, disabled_by=None)
            if disabled:
                await hass.config_entries.async_reload(ENTRY)
        case "attach":
            devices = {e.device_id for e in mine if e.device_id}
            offered = await device_automation.async_get_device_automations(
                hass, device_automation.DeviceAutomationType.TRIGGER, list(devices)
            )
            wanted = [t for triggers in offered.values() for t in triggers if t["domain"] == "mqtt"]
            for one in wanted:

                async def fired(*_: Any, name: str = one["type"]) -> None:
                    say(called={"service": name, "data": {}})

                checked = await trigger.async_validate_trigger_config(hass, [one])
                await trigger.async_initialize_triggers(hass, checked, fired, "test", "moodcast", logging.info)
            return [one["type"] for one in wanted]
        case "reload":
            await hass.config_entries.async_reload(ENTRY)
        case "fetch":
            url = f"http://127.0.0.1:{hass.config.api.port}{request['path']}"
            # As somebody Home Assistant knows, who may read its logbook.
            user = await hass.auth.async_create_system_user("test", group_ids=["system-admin"])
            token = hass.auth.async_create_access_token(await hass.auth.async_create_refresh_token(user))
            headers = {"Authorization": f"Bearer {token}"}
            session = aiohttp_client.async_get_clientsession(hass)
            async with session.get(url, headers=headers, raise_for_status=True) as got:
                return {"type": got.content_type, "body": (await got.read()).decode("latin-1")}
        case "warnings":
            told, warnings[:] = list(warnings), []
            return told


async def main(port: int, former: str = "") -> None:
    files = json.loads(sys.stdin.readline())
    folder = Path(former or tempfile.mkdtemp(prefix="home-assistant-"))
    if not former:
        write_config(folder, files, port)
    hass = await bootstrap.async_setup_hass(runner.RuntimeConfig(config_dir=str(folder), skip_pip=True))
    requests: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            hass.loop.call_soon_threadsafe(requests.put_nowait, json.loads(line))
        hass.loop.call_soon_threadsafe(requests.put_nowait, None)

    def changed(event: Any) -> None:
        new = event.data["new_state"]
        entry = entity_registry.async_get(hass).async_get(new.entity_id) if new else None
        if entry is not None and entry.platform == "mqtt":
            say(state={"entity_id": new.entity_id, "state": new.state, "attributes": dict(new.attributes)})

    async def called(call: Any) -> None:
        say(called={"service": f"{call.domain}.{call.service}", "data": dict(call.data)})

    hass.bus.async_listen("state_changed", changed)
    for domain, service in SERVICES:
        hass.services.async_register(domain, service, called)
    await hass.async_start()
    say(started=str(folder))
    threading.Thread(target=read, daemon=True).start()
    while (request := await requests.get()) is not None:
        say(reply=await answer(hass, request))
    await hass.async_stop()


logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
logging.getLogger().addHandler(Keep(level=logging.WARNING))
asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
