"""/metrics in Prometheus' text format (version 0.0.4) and /healthz."""

from collections.abc import Iterator, Mapping

from flask import Blueprint, Response

from edge.records import EXPRESSIONS, LABELS, MOODS
from edge.status import Counts, Health, Status
from edge.web.site import Site


def blueprint(site: Site) -> Blueprint:
    metrics = Blueprint("metrics", __name__)

    @metrics.get("/metrics")
    def numbers() -> Response:
        lines = exposition(site.status.peek(), site.counts(), healthy=site.healthy(), viewers=site.viewers.present)
        text = "".join(lines)
        return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")

    @metrics.get("/healthz")
    def healthz() -> Response:
        if site.healthy():
            return Response("ok\n", mimetype="text/plain")
        return Response("not healthy: no progress, see the log on the device\n", 503, mimetype="text/plain")

    return metrics


def exposition(status: Status | None, counts: Counts, *, healthy: bool, viewers: int) -> Iterator[str]:
    """The lines of /metrics; values that this machine cannot measure are left out."""
    yield from _metric("healthy", "1 while the daemon makes progress", healthy)
    yield from _metric("viewers", "pages that follow live", viewers)
    if status is None:
        return
    yield from _metric("mood", "1 for the room's present mood", {m: m == status.mood for m in MOODS}, "mood")
    yield from _metric("mood_strength", "strength of the present mood, 0 to 1", status.strength)
    shares = dict(zip(LABELS, status.shares, strict=True))
    yield from _metric("share", "share of the last minutes in which each expression was shown, 0 to 1", shares)
    present = {e: e == status.expression for e in EXPRESSIONS}
    yield from _metric("expression", "1 for what the faces in view show now", present)
    yield from _metric("confidence", "confidence in the present expression, 0 to 1", status.confidence)
    scores = dict(zip(LABELS, status.scores, strict=True))
    yield from _metric("score", "smoothed score of each expression, 0 to 1", scores)
    if status.presence is not None:
        yield from _metric("presence", "1 while somebody is in view", status.presence)
    yield from _metric("faces", "confirmed faces in view", len(status.faces))
    yield from _metric("camera_on", "1 while the camera is switched on", status.camera_on)
    yield from _metric("mood_since_timestamp_seconds", "when the present mood began", status.since)
    changes = {mood: counts.mood_changes.get(mood, 0) for mood in MOODS}
    yield from _metric("mood_changes_total", "changes to each mood, since the start", changes, "mood")
    yield from _metric("frames_total", "frames looked at, since the start", counts.frames)
    cpu = "seconds of CPU that looking at frames took, by stage"
    yield from _metric("stage_seconds_total", cpu, counts.stage_seconds, "stage")
    if status.health:
        yield from _health(status.health)


def _health(health: Health) -> Iterator[str]:
    throttled = None if health.throttled is None else float(health.throttled)
    connected = None if health.mqtt is None else health.mqtt.startswith("connected")
    kept = None if health.history is None else health.history == "ok"
    ms, percent = health.inference_ms, health.cpu_percent
    old = "gone with the next version; see "
    for name, help_line, value in (
        ("inference_seconds", "seconds to read one face: crop, quality, inference", None if ms is None else ms / 1000),
        ("cpu_ratio", "CPU of the daemon, of one core: 1 is all of it", percent / 100),
        ("resident_memory_bytes", "resident memory of the daemon", health.rss_mib * 2**20),
        ("temperature_celsius", "temperature of the SoC", health.temperature_celsius),
        ("throttled", "1 while the SoC is throttled", throttled),
        ("camera_ok", "1 while the camera delivers or is paused", health.camera in ("ok", "paused")),
        ("mqtt_connected", "1 while there is a connection to the broker", connected),
        ("mqtt_queue", "messages that wait for the broker", health.queue),
        ("history_ok", "1 while changes are written to the disk", kept),
        ("uptime_seconds", "since the daemon started", health.uptime_seconds),
        # What 0.1 had in other units or as rates; gone with the next version.
        ("fps", f"{old}rate(moodcast_frames_total)", health.fps),
        ("inference_ms", f"{old}moodcast_inference_seconds", ms),
        ("cpu_percent", f"{old}moodcast_cpu_ratio", percent),
        ("changes_per_hour", f"{old}increase(moodcast_mood_changes_total)", health.changes_per_hour),
    ):
        if value is not None:
            yield from _metric(name, help_line, value)


def _metric(name: str, help_line: str, value: float | Mapping[str, float], label: str = "expression") -> Iterator[str]:
    """A value, or one for each of what `label` may be. The names of counters end in `_total`."""
    kind = "counter" if name.endswith("_total") else "gauge"
    yield f"# HELP moodcast_{name} {help_line}\n# TYPE moodcast_{name} {kind}\n"
    samples = value if isinstance(value, Mapping) else {"": value}
    for which, sample in samples.items():
        labels = f'{{{label}="{which}"}}' if which else ""
        yield f"moodcast_{name}{labels} {float(sample):.12g}\n"
