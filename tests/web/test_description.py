"""/api describes what is there: every route, and answers as they come."""

from typing import Any

from edge.config import WebConfig
from edge.records import ABSENT, EXPRESSIONS, LABELS, MOODS
from edge.web.description import _read
from edge.web.site import MOST_MINUTES, MOST_QUIET_MINUTES
from tests.web.room import Room, frame, status


def described(room: Room) -> Any:
    return room.client().get("/api").get_json()


def test_every_route_with_every_method_is_described_and_nothing_else() -> None:
    room = Room()
    there = {
        (rule.rule, method.lower())
        for rule in room.app().url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }
    assert there == {(path, method) for path, methods in described(room)["paths"].items() for method in methods}


def test_its_words_and_limits_are_those_of_the_records() -> None:
    parts, paths = _read()["parts"], _read()["paths"]
    assert parts["label"]["enum"] == list(LABELS) == parts["scores"]["required"] == list(parts["scores"]["properties"])
    assert parts["mood"]["enum"] == list(MOODS)
    assert parts["expression"]["enum"] == list(EXPRESSIONS)
    assert parts["right"]["enum"] == [*LABELS, ABSENT]
    assert parts["wish"]["anyOf"][2]["properties"]["quiet"]["maximum"] == MOST_QUIET_MINUTES
    switch = paths["/api/camera"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert switch["properties"]["minutes"]["maximum"] == MOST_MINUTES


def fits(value: Any, schema: Any) -> bool:
    """Whether `value` is as the part of JSON Schema says that the description uses."""
    if not schema:
        return True
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    if "enum" in schema:
        return value in schema["enum"]
    kind = schema.get("type")
    if kind == "object":
        properties, required = schema.get("properties", {}), schema.get("required", [])
        whole = isinstance(value, dict) and set(required) <= set(value)
        others = schema.get("additionalProperties", {})
        return whole and all(fits(one, properties.get(key, others)) for key, one in value.items())
    if kind == "array":
        return isinstance(value, list) and all(fits(one, schema["items"]) for one in value)
    types = {"number": int | float, "integer": int, "boolean": bool, "null": type(None), "string": str}
    return isinstance(value, types[kind]) and not (kind == "number" and value < schema.get("minimum", value))


def test_the_answers_are_as_described() -> None:
    room = Room(web=WebConfig(snapshot=True), picture=frame())
    room.status.put(status())
    client, paths = room.client(), described(room)["paths"]
    for method, path, sent in (
        ("get", "/api", {}),
        ("get", "/api/status", {}),
        ("get", "/api/history", {}),
        ("get", "/api/fact", {}),
        ("get", "/api/settings", {}),
        ("post", "/api/settings", {"json": {"playlists.hold_minutes": 30}}),
        ("get", "/api/calibration", {}),
        ("post", "/api/calibration", {}),
        ("delete", "/api/calibration", {}),
        ("post", "/api/camera", {"json": {"on": True}}),
        ("post", "/api/photo", {"data": b"a photo"}),
    ):
        answer: Any = client.open(path, method=method.upper(), **sent)
        described_answer = paths[path][method]["responses"][str(answer.status_code)]
        schema = described_answer["content"]["application/json"]["schema"]
        assert fits(answer.get_json(), schema), (path, answer.get_json())
    for path, kind in (("/", "text/html"), ("/metrics", "text/plain"), ("/snapshot.jpg", "image/jpeg")):
        assert client.get(path).mimetype in paths[path]["get"]["responses"]["200"]["content"], kind
