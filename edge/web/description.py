"""The HTTP interface as an OpenAPI 3.1 document: openapi.yaml, and what depends on the configuration."""

from functools import cache
from pathlib import Path

import yaml

from edge import __version__
from edge.config import Config
from edge.config.kinds import HOURS
from edge.config.options import Option, walk
from edge.web.shapes import Json

#: Refusals that any request may get: no password, another site's request, an unknown host, too many requests, no
#: status.
_ALWAYS = ("401", "403", "421", "429", "503")


def description(config: Config) -> Json:
    """The document for this configuration's limits."""
    paths, why = _read()["paths"], _read()["parts"]["why"]
    for operation in (operation for methods in paths.values() for operation in methods.values()):
        operation["responses"] |= dict.fromkeys(_ALWAYS, why)
    for path in ("/api/history", "/api/history.csv"):
        paths[path]["get"]["parameters"][0]["schema"]["maximum"] = config.history.days * 24
    changed = paths["/api/settings"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    changed["properties"] = {key: _setting(option) for key, option, _ in walk(Config()) if option.changeable}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Moodcast", "version": __version__, "description": "docs/api.md says it for people."},
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }


@cache
def _read() -> Json:
    found: Json = yaml.safe_load(Path(__file__).with_name("openapi.yaml").read_text("utf-8"))
    return found


def _setting(option: Option) -> Json:
    """What a setting may be changed to; null goes back to the file's."""
    text = {"type": "string"}
    playlist = {"type": "object", "properties": {"name": text, "url": text}, "required": ["name", "url"]}
    one: Json = {"type": "array", "items": text if option.kind is HOURS else playlist}
    if option.kind.bounds:
        one = {"type": "number", "minimum": option.kind.bounds[0], "maximum": option.kind.bounds[1]}
    return {"anyOf": [one, {"type": "null"}]}
