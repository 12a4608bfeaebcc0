"""The last warnings, for the page."""

import logging

from edge.config import CameraConfig, Config, MqttConfig, WebConfig
from edge.daemon.warnings import KEPT, LastWarnings, passwords

CONFIG = Config(
    mqtt=MqttConfig(username="me", password="hunter2"),
    web=WebConfig(password="hunter22 and more"),
    camera=CameraConfig(source="rtsp://me@camera/"),
)


def logged(*lines: tuple[int, str, tuple[object, ...]]) -> list[str]:
    kept = LastWarnings(passwords(CONFIG))
    log = logging.Logger("a log of its own")
    log.addHandler(kept)
    for level, text, about in lines:
        log.log(level, text, *about)
    return [line for _, line in kept.lines]


def test_warnings_and_errors_are_kept_the_newest_first() -> None:
    found = logged((logging.INFO, "all is well", ()), (logging.WARNING, "no %s", ("disk",)), (logging.ERROR, "b", ()))
    assert found == ["b", "no disk"]


def test_no_more_than_a_few_are_kept_and_none_is_long() -> None:
    found = logged(*((logging.WARNING, f"number {n} " + "x" * 5000, ()) for n in range(KEPT + 5)))
    assert len(found) == KEPT and found[0].startswith(f"number {KEPT + 4} ")
    assert max(map(len, found)) <= 300


def test_what_is_secret_is_not_kept() -> None:
    found = logged(
        (logging.WARNING, "the broker refuses %r", ("hunter2",)),
        (logging.WARNING, "hunter22 and more\nis a password", ()),
        (logging.WARNING, "rtsp://me:anything@camera/1 does not answer", ()),
    )
    assert found == ["rtsp://…@camera/1 does not answer", "… is a password", "the broker refuses '…'"]
