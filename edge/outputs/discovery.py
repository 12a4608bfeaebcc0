"""The announcements that make the device appear in Home Assistant without configuration. Pure.

Keys are those of its MQTT integration (device discovery since 2024.12); versions before 2025.10 read `object_id` in
place of `default_entity_id`. Only the heartbeat's entities have `expire_after`: a mood may be the same for hours and
still be right, but without a heartbeat its figures are old.
"""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from paho.mqtt.client import topic_matches_sub

from edge.config import DeviceConfig, MqttConfig
from edge.languages import texts
from edge.outputs.messages import Message, Topics
from edge.outputs.numbers import NUMBERS
from edge.past import RIGHT
from edge.records import ABSENT, EXPRESSIONS, LABELS, MOODS, NONE, UNKNOWN
from edge.status import CAMERA_WORDS

ORIGIN = "Moodcast"
#: After so many missing heartbeats the diagnostics are unknown.
MISSED_HEARTBEATS = 3
#: The longest state in Home Assistant.
STATE_LENGTH = 255

#: For Home Assistant `None` is an unknown state; `unknown` is not valid for an enum or a binary sensor.
_KNOWN = f"{{{{ None if value == '{UNKNOWN}' else value }}}}"

#: The commands, as buttons.
_BUTTONS = (
    ("another_playlist", "Another playlist", "mdi:skip-next"),
    ("resting_face", "My resting face", "mdi:emoticon-neutral-outline"),
    ("pause_hour", "Pause for an hour", "mdi:camera-timer"),
)
_MOOD_AS_TYPE = "{{ dict(value_json, event_type=value_json.mood) | tojson }}"

Settings = Mapping[str, Any]


#: The entity exists, but is off until somebody enables it.
_OFF: Mapping[str, Any] = {"enabled_by_default": False}


class _Entity(NamedTuple):
    platform: str
    key: str
    settings: Settings


def announcements(
    config: MqttConfig, device: DeviceConfig, version: str, page: str = "", picture: str = ""
) -> tuple[Message, ...]:
    """The retained messages that announce the device in the form `config.discovery`; none for `off`. `page` and
    `picture` are the addresses of the page and of what the camera sees, empty where others cannot open them."""
    entities = (*_entities(config, device, version), *_in_words(config, device), *_picture(config, device, picture))
    return _announced(config, device, _shared(config, device, version, page), entities)


def home_announcements(config: MqttConfig, home: DeviceConfig, version: str) -> tuple[Message, ...]:
    """The same for the home, which is a device without a camera."""
    shared = _shared(config, home, version, "", model="Mood of the home")
    return _announced(config, home, shared, _home_entities(config, home))


def _announced(
    config: MqttConfig, device: DeviceConfig, shared: Settings, entities: tuple[_Entity, ...]
) -> tuple[Message, ...]:
    found = []
    if config.discovery in ("device", "both"):
        components = {e.key: {"platform": e.platform, **e.settings} for e in entities}
        topic = f"{config.discovery_prefix}/device/{device.id}/config"
        found.append(_retained(topic, {**shared, "components": components}))
    if config.discovery in ("component", "both"):
        for e in entities:
            if not e.settings:  # Home Assistant takes the removal of what it has never had for a mistake
                continue
            topic = f"{config.discovery_prefix}/{e.platform}/{device.id}/{e.key}/config"
            found.append(_retained(topic, {**shared, **e.settings}))
    return tuple(found)


def discovery_filters(config: MqttConfig, device: DeviceConfig) -> tuple[str, str]:
    """The topics of the announcements for any value of `discovery`: as a device, as components."""
    prefix = config.discovery_prefix
    return f"{prefix}/device/{device.id}/config", f"{prefix}/+/{device.id}/+/config"


def leftover_filters(config: MqttConfig, device: DeviceConfig) -> tuple[str, ...]:
    """The topics that other values of `discovery` use; old announcements may be retained there."""
    places = zip(("device", "component"), discovery_filters(config, device), strict=True)
    return tuple(place for kind, place in places if config.discovery not in (kind, "both"))


def is_leftover(config: MqttConfig, device: DeviceConfig, topic: str | None, payload: bytes) -> bool:
    """Whether a message under `leftover_filters` is an old announcement of ours, to be removed.

    Only existing ones are removed: after an empty message to an empty topic Home Assistant warns of every entity that
    was announced in the other form.
    """
    if topic is None or not any(topic_matches_sub(place, topic) for place in leftover_filters(config, device)):
        return False
    try:
        return bool(json.loads(payload)["origin"]["name"] == ORIGIN)
    except (ValueError, LookupError, TypeError, RecursionError):  # anything may be written there
        return False


def _shared(
    config: MqttConfig, device: DeviceConfig, version: str, page: str, model: str = "Mood camera"
) -> dict[str, Any]:
    return {
        "device": {
            "identifiers": [f"moodcast_{device.id}"],
            "name": device.name,
            "manufacturer": "Moodcast",
            "model": model,
            "sw_version": version,
            **({"configuration_url": page} if page else {}),
            **({"suggested_area": device.area} if device.area else {}),
        },
        # The page that says how the device is, and what to do: the only address of help there is.
        "origin": {"name": ORIGIN, "sw_version": version, **({"support_url": f"{page}health"} if page else {})},
        **_availability(config, device),
        "qos": 1,
    }


def _availability(config: MqttConfig, device: DeviceConfig) -> dict[str, Any]:
    """The device's topic, and that of the bridge: when the bridge is down, the device's will does not arrive."""
    ours = Topics(config, device).availability
    if not config.bridge_topic:
        return {"availability_topic": ours}
    bridge = {"topic": config.bridge_topic, "payload_available": "1", "payload_not_available": "0"}
    return {"availability": [{"topic": ours}, bridge], "availability_mode": "all"}


def _entity(device: DeviceConfig, platform: str, key: str, name: str, icon: str, **settings: Any) -> _Entity:
    object_id = f"{device.id.replace('-', '_')}_{key.removesuffix('_celsius')}"
    named = {
        "name": _name(device, key, name),
        "unique_id": f"moodcast_{device.id}_{key}",
        "default_entity_id": f"{platform}.{object_id}",
        "object_id": object_id,
        "icon": icon,
    }
    return _Entity(platform, key, {**named, **settings})


def _one_of(words: tuple[str, ...]) -> dict[str, Any]:
    return {"device_class": "enum", "options": [word for word in words if word != UNKNOWN], "value_template": _KNOWN}


def _name(device: DeviceConfig, key: str, english: str) -> str:
    """An entity's name in the device's language; English for `auto`, where each visitor has a language."""
    of = {} if device.language == "auto" else texts(device.language)
    share = key.removeprefix("share_")
    if "entities" not in of:
        return english
    return str(of["entities"]["share"].format(mood=of["within"][share]) if share != key else of["entities"][key])


def _home_entities(config: MqttConfig, home: DeviceConfig) -> tuple[_Entity, ...]:
    topics, entity = Topics(config, home), partial(_entity, home)
    return (
        entity("sensor", "mood", "Mood", "mdi:home-heart", state_topic=topics.mood, **_one_of((*LABELS, ABSENT))),
        entity("binary_sensor", "presence", "Presence", "mdi:account-eye", state_topic=topics.presence,
               device_class="occupancy", value_template=_KNOWN),
        entity("sensor", "faces", "Faces in view", "mdi:face-recognition", state_topic=topics.state,
               value_template="{{ value_json.faces }}", state_class="measurement"),
        entity("sensor", "rooms", "Rooms counted", "mdi:floor-plan", state_topic=topics.state,
               value_template="{{ value_json.counted | length }}", state_class="measurement",
               json_attributes_topic=topics.attributes),
    )  # fmt: skip


def _in_words(config: MqttConfig, device: DeviceConfig) -> tuple[_Entity, ...]:
    """Mood and expression in the device's language, for dashboards; automations have the same words in every one."""
    topics = Topics(config, device)
    of = {} if device.language == "auto" else texts(device.language)

    def in_words(key: str, name: str, icon: str, topic: str, values: tuple[str, ...]) -> _Entity:
        if "entities" not in of:
            return _Entity("sensor", key, {})
        words = json.dumps({value: of["moods"][value] for value in values if value != UNKNOWN}, ensure_ascii=False)
        return _entity(device, "sensor", key, name, icon, state_topic=topic,
                       value_template=f"{{{{ {words}.get(value) }}}}")  # fmt: skip

    return (
        in_words("mood_in_words", "Mood in words", "mdi:emoticon-outline", topics.mood, MOODS),
        in_words("expression_in_words", "Expression in words", "mdi:emoticon-happy-outline", topics.expression,
                 EXPRESSIONS),
    )  # fmt: skip


def _picture(config: MqttConfig, device: DeviceConfig, address: str) -> tuple[_Entity, ...]:
    """What the camera sees, fetched anew after each change of the expression and only while somebody looks at it. As
    a component of the device alone: there an entity with nothing but its platform is one that is removed."""
    if not address or config.discovery == "component":
        return (_Entity("image", "picture", {}),)
    return (
        _entity(device, "image", "picture", "Picture", "mdi:image", url_topic=Topics(config, device).expression,
                url_template=address),
    )  # fmt: skip


def _entities(config: MqttConfig, device: DeviceConfig, version: str) -> tuple[_Entity, ...]:
    topics = Topics(config, device)
    entity = partial(_entity, device)

    def state(key: str, name: str, icon: str, value: str, **settings: Any) -> _Entity:
        return entity("sensor", key, name, icon, state_topic=topics.state, value_template=value, **settings)

    def heartbeat(key: str, name: str, icon: str, value: str, platform: str = "sensor", **settings: Any) -> _Entity:
        return entity(
            platform, key, name, icon, state_topic=topics.health, value_template=value, entity_category="diagnostic",
            expire_after=round(MISSED_HEARTBEATS * config.health_seconds), **settings,
        )  # fmt: skip

    def measured(key: str, name: str, icon: str, step: float, **settings: Any) -> _Entity:
        """In multiples of `step`, so that small changes are no new state."""
        value = f"value_json.{key}"
        value = f"{{{{ None if {value} is none else ({value} / {step:g}) | round(0) * {step:g} }}}}"
        return heartbeat(key, name, icon, value, state_class="measurement", **settings, **_OFF)

    def figure(key: str, name: str, icon: str, value: str, **settings: Any) -> _Entity:
        return entity("sensor", key, name, icon, state_topic=topics.figures, state_class="measurement",
                      value_template=f"{{{{ value_json.{value} }}}}", **settings)  # fmt: skip

    def percent(key: str, name: str, icon: str, value: str, **settings: Any) -> _Entity:
        return figure(key, name, icon, value, unit_of_measurement="%", entity_category="diagnostic", **settings)

    def one_of(key: str, name: str, icon: str, topic: str, words: tuple[str, ...]) -> _Entity:
        return entity("sensor", key, name, icon, state_topic=topic, **_one_of(words))

    return (
        one_of("mood", "Mood", "mdi:emoticon-outline", topics.mood, MOODS),
        one_of("expression", "Expression", "mdi:emoticon-happy-outline", topics.expression, EXPRESSIONS),
        entity("binary_sensor", "presence", "Presence", "mdi:account-eye", state_topic=topics.presence,
               device_class="occupancy", value_template=_KNOWN),
        percent("strength", "Mood strength", "mdi:gauge-low", "strength"),
        percent("confidence", "Confidence", "mdi:gauge", "confidence"),
        *(percent(f"share_{label}", f"Share {label}", "mdi:chart-pie", f"shares.{label}", **_OFF) for label in LABELS),
        # Off: the scores change all the time, and each change is a row in the recorder.
        entity("sensor", "why", "Why", "mdi:help-circle-outline", state_topic=topics.attributes,
               value_template=f"{{{{ (value_json.why | first)[:{STATE_LENGTH}] if value_json.why else None }}}}",
               json_attributes_topic=topics.attributes, entity_category="diagnostic", **_OFF),
        figure("faces", "Faces in view", "mdi:face-recognition", "faces"),
        state("since", "Mood since", "mdi:clock-outline", "{{ value_json.since }}", device_class="timestamp", **_OFF),
        state("playlist", "Playlist", "mdi:playlist-music", _part_of_playlist("name")),
        state("playlist_url", "Playlist address", "mdi:link-variant", _part_of_playlist("url")),
        # Off: the logbook names the mood for its sensor, and for an event only that there was one.
        entity("event", "change", "Mood change", "mdi:swap-horizontal", state_topic=topics.event,
               event_types=list(MOODS), value_template=_MOOD_AS_TYPE, **_OFF),
        *(_Entity("device_automation", f"becomes_{mood}", {
            "automation_type": "trigger", "type": f"becomes {mood}", "subtype": "mood", "topic": topics.event,
            "value_template": "{{ value_json.mood }}", "payload": mood}) for mood in MOODS),
        entity("switch", "camera", "Camera", "mdi:camera", command_topic=topics.camera_set,
               state_topic=topics.camera_state),
        *(entity("button", key, name, icon, command_topic=topics.command_set, payload_press=key)
          for key, name, icon in _BUTTONS),
        *(entity("number", number.key, number.name, number.icon, entity_category="config", mode="box", step=1,
                 min=number.bounds[0], max=number.bounds[1], unit_of_measurement=number.unit,
                 state_topic=topics.settings, command_topic=topics.settings_set,
                 value_template=f"{{{{ (value_json['{number.option}'] * {number.shown}) | round(2) }}}}",
                 command_template=f"{{{{ {{'{number.option}': value / {number.shown}}} | tojson }}}}")
          for number in NUMBERS),
        # For Home Assistant None is "no option": the topic holds the choice for a second, then None.
        entity("select", "not_quite", "Not quite?", "mdi:emoticon-confused-outline", options=list(RIGHT),
               command_topic=topics.correction_set, state_topic=topics.correction,
               value_template=f"{{{{ None if value == '{NONE}' else value }}}}"),
        heartbeat("camera_state", "Camera state", "mdi:camera-wireless", "{{ value_json.camera }}",
                  device_class="enum", options=list(CAMERA_WORDS), **_OFF),
        entity("binary_sensor", "problem", "Camera problem", "mdi:camera-off", state_topic=topics.state,
               value_template="{{ 'ON' if value_json.problem else 'OFF' }}", device_class="problem",
               entity_category="diagnostic", json_attributes_topic=topics.state,
               json_attributes_template="{{ {'problem': value_json.problem} | tojson }}"),
        # Nobody is asked what is newest: whoever keeps the devices says so on this topic.
        entity("update", "update", "Update", "mdi:package-up", state_topic=topics.availability, value_template=version,
               latest_version_topic=topics.newest, title=ORIGIN, entity_category="diagnostic", **_OFF),
        measured("fps", "Frame rate", "mdi:filmstrip", 1, unit_of_measurement="fps"),
        measured("inference_ms", "Inference time", "mdi:timer-outline", 0.5, unit_of_measurement="ms",
                 device_class="duration"),
        measured("cpu_percent", "CPU", "mdi:chip", 5, unit_of_measurement="%"),
        measured("rss_mib", "Memory", "mdi:memory", 5, unit_of_measurement="MiB", device_class="data_size"),
        measured("temperature_celsius", "Temperature", "mdi:thermometer", 2, unit_of_measurement="°C",
                 device_class="temperature"),
        heartbeat("throttled", "Throttled", "mdi:speedometer-slow",
                  "{{ iif(value_json.throttled, 'ON', 'OFF', None) }}",
                  platform="binary_sensor", device_class="problem", **_OFF),
        measured("changes_per_hour", "Mood changes", "mdi:counter", 1, unit_of_measurement="1/h"),
    )  # fmt: skip


def _part_of_playlist(key: str) -> str:
    """`None`, an unknown state, without a playlist and where the state would be too long."""
    value = f"value_json.playlist.{key}"
    return f"{{{{ {value} if value_json.playlist and {value} | length <= {STATE_LENGTH} else None }}}}"


def _retained(topic: str, body: Settings) -> Message:
    return Message(topic, json.dumps(body, ensure_ascii=False, separators=(",", ":")), retain=True)
