"""/api describes what is there: every route, and answers as they come."""

from typing import Any

from edge.config import WebConfig
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
