"""How the device is doing, for the page, MQTT and the pace; and systemd's watchdog."""

import logging
import time
from typing import TYPE_CHECKING

from edge.camera.capture import Capture
from edge.config import Config
from edge.daemon.reporter import Reporter
from edge.daemon.switch import Switch
from edge.outputs.history import History
from edge.outputs.machine import Machine, Vitals
from edge.outputs.mqtt import Mqtt
from edge.outputs.systemd import Notifier
from edge.pipeline import Pipeline
from edge.records import Reading
from edge.status import CameraState, Counts, Health

if TYPE_CHECKING:
    from edge.outputs.mpd import Mpd

log = logging.getLogger(__name__)

MEASURE_SECONDS = 5.0
#: The wait after a change of the camera's state; a rate over less time means nothing.
NEWS_SECONDS = 1.0
WATCHDOG_SECONDS = 1.0  # not more often than this
#: Without progress for so long /healthz answers 503.
STALE_SECONDS = 15.0


class Heart:
    """Used by the main thread; `healthy` and `counts` by any."""

    def __init__(
        self,
        config: Config,
        pipeline: Pipeline,
        camera: Capture,
        machine: Machine,
        reporter: Reporter,
        notifier: Notifier,
        mqtt: Mqtt | None,
        history: History | None,
        switch: Switch | None = None,
        player: "Mpd | None" = None,
    ) -> None:
        self._pipeline, self._camera, self._machine = pipeline, camera, machine
        self._reporter, self._notifier = reporter, notifier
        self._mqtt, self._history, self._switch, self._player = mqtt, history, switch, player
        self._heartbeat_seconds = config.mqtt.health_seconds
        self._started = self._progress = self._measured = time.monotonic()
        self._heartbeat = self._fed = float("-inf")
        self._camera_reported = CameraState()
        self._looks = 0
        self._inferences = 0
        self._inference_ms = 0.0
        self._frames = 0
        self._stage_seconds: dict[str, float] = {}
        machine.read()  # the CPU is measured from now on

    def record(self, reading: Reading) -> None:
        """A frame was analysed: that is progress."""
        self._progress = time.monotonic()
        self._looks += 1
        self._frames += 1
        for stage, ms in reading.stages_ms.items():
            self._stage_seconds[stage] = self._stage_seconds.get(stage, 0.0) + ms / 1000
        classified = sum(face.read and face.expression is not None for face in reading.faces)
        if classified:
            self._inferences += classified
            self._inference_ms += reading.stages_ms.get("classify", 0.0)

    def healthy(self) -> bool:
        """Whether a frame was analysed lately, or the camera is off or known to be away."""
        return time.monotonic() - self._progress < STALE_SECONDS

    def counts(self) -> Counts:
        return Counts(self._frames, dict(self._stage_seconds), dict(self._reporter.changes))

    def beat(self, now: float) -> None:
        """Once a turn of the loop. Notifies systemd's watchdog after progress only, which is a frame, or a camera known
        to give none. No frames from a camera that is `ok` mean that the daemon hangs."""
        camera = self._camera.state
        if camera.word != "ok":
            self._progress = now
        if now - self._fed >= WATCHDOG_SECONDS and self._progress > self._fed:
            self._fed = now
            self._notifier.watchdog()
            self._notifier.status(camera.problem or f"camera {camera.word}")
        if now - self._measured >= (MEASURE_SECONDS if camera == self._camera_reported else NEWS_SECONDS):
            self._measure(now)

    def _measure(self, now: float) -> None:
        vitals = self._machine.read()
        health = self._health(vitals, now)
        self._measured, self._looks, self._camera_reported = now, 0, self._camera.state
        self._pipeline.set_load(health.cpu_percent, vitals.temperature_celsius, vitals.throttled)
        heartbeat = now - self._heartbeat >= self._heartbeat_seconds
        if heartbeat:
            self._heartbeat = now
            self._inferences, self._inference_ms = 0, 0.0
        self._reporter.report_health(health, heartbeat=heartbeat)

    def _health(self, vitals: Vitals, now: float) -> Health:
        camera = self._camera.state
        return Health(
            fps=round(self._looks / (now - self._measured), 2),
            inference_ms=round(self._inference_ms / self._inferences, 3) if self._inferences else None,
            cpu_percent=round(vitals.cpu_percent or 0.0, 1),
            rss_mib=round(vitals.rss_mib or 0.0, 1),
            temperature_celsius=vitals.temperature_celsius,
            throttled=vitals.throttled,
            camera=camera.word,
            problem="; ".join(part.problem for part in (camera, self._switch, self._mqtt) if part and part.problem),
            queue=self._mqtt.queue if self._mqtt else 0,
            changes_per_hour=self._pipeline.room.changes_per_hour(now),
            uptime_seconds=round(now - self._started, 1),
            # Without the details, which name hosts and files: the page shows this.
            mqtt=self._mqtt.state.partition(":")[0] if self._mqtt else None,
            history=("waiting" if self._history.problem else "ok") if self._history else None,
            player=self._player.state.partition(":")[0] if self._player else None,
        )
