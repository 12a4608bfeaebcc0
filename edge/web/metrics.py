"""/metrics in Prometheus' text format (version 0.0.4) and /healthz."""

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response

from edge.records import EXPRESSIONS, LABELS, MOODS, Health, Status
from edge.web.site import Site

Sample = tuple[str, float]


def blueprint(site: Site) -> Blueprint:
    metrics = Blueprint("metrics", __name__)

    @metrics.get("/metrics")
    def numbers() -> Response:
        text = "".join(exposition(site.status.peek(), healthy=site.healthy(), viewers=site.viewers.present))
        return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")

    @metrics.get("/healthz")
    def healthz() -> Response:
        if site.healthy():
            return Response("ok\n", mimetype="text/plain")
        return Response("not healthy: no progress, see the log on the device\n", 503, mimetype="text/plain")

    return metrics


def exposition(status: Status | None, *, healthy: bool, viewers: int) -> Iterator[str]:
    """The lines of /metrics; what this machine cannot tell is left out, never zero."""
    yield from _gauge("healthy", "1 while the daemon makes progress", [("", healthy)])
    yield from _gauge("viewers", "pages that follow live", [("", viewers)])
    if status is None:
        return
    yield from _gauge("mood", "1 for the room's present mood", [(f'{{mood="{m}"}}', m == status.mood) for m in MOODS])
    yield from _gauge("mood_strength", "strength of the present mood, 0 to 1", [("", status.strength)])
    shares = [(f'{{expression="{label}"}}', share) for label, share in zip(LABELS, status.shares, strict=True)]
    yield from _gauge("share", "share of the last minutes in which each expression was shown, 0 to 1", shares)
    present = [(f'{{expression="{e}"}}', e == status.expression) for e in EXPRESSIONS]
    yield from _gauge("expression", "1 for what the faces in view show now", present)
    yield from _gauge("confidence", "confidence in the present expression, 0 to 1", [("", status.confidence)])
    scores = [(f'{{expression="{label}"}}', score) for label, score in zip(LABELS, status.scores, strict=True)]
    yield from _gauge("score", "smoothed score of each expression, 0 to 1", scores)
    if status.presence is not None:
        yield from _gauge("presence", "1 while somebody is in view", [("", status.presence)])
    yield from _gauge("faces", "confirmed faces in view", [("", len(status.faces))])
    yield from _gauge("camera_on", "1 while the camera is switched on", [("", status.camera_on)])
    yield from _gauge("mood_since_timestamp_seconds", "when the present mood began", [("", status.since)])
    if status.health:
        yield from _health(status.health)


def _health(health: Health) -> Iterator[str]:
    throttled = None if health.throttled is None else float(health.throttled)
    connected = None if health.mqtt is None else health.mqtt.startswith("connected")
    kept = None if health.history is None else health.history == "ok"
    for name, help_line, value in (
        ("fps", "frames looked at a second", health.fps),
        ("inference_ms", "milliseconds to read one face: crop, quality, inference", health.inference_ms),
        ("cpu_percent", "CPU of the daemon, percent of one core", health.cpu_percent),
        ("resident_memory_bytes", "resident memory of the daemon", health.rss_mib * 2**20),
        ("temperature_celsius", "temperature of the SoC", health.temperature_celsius),
        ("throttled", "1 while the SoC is throttled", throttled),
        ("camera_ok", "1 while the camera delivers or is paused", health.camera in ("ok", "paused")),
        ("mqtt_connected", "1 while there is a connection to the broker", connected),
        ("mqtt_queue", "messages that wait for the broker", health.queue),
        ("history_ok", "1 while changes are written to the disk", kept),
        ("changes_per_hour", "mood changes of the last hour, but for switching the camera", health.changes_per_hour),
        ("uptime_seconds", "since the daemon started", health.uptime_seconds),
    ):
        if value is not None:
            yield from _gauge(name, help_line, [("", value)])


def _gauge(name: str, help_line: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP moodcast_{name} {help_line}\n# TYPE moodcast_{name} gauge\n"
    for labels, value in samples:
        yield f"moodcast_{name}{labels} {float(value):.12g}\n"
