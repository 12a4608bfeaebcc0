"""A device that was given another id or place: what it left, and what it takes along."""

from dataclasses import replace
from pathlib import Path

from edge.config import Config
from edge.daemon.state import FormerTopics, State

CONFIG = Config(file=Path("/etc/moodcast/config.yaml"))


def named(device_id: str) -> Config:
    return replace(CONFIG, device=replace(CONFIG.device, id=device_id))


def test_what_was_never_announced_leaves_nothing(tmp_path: Path) -> None:
    assert FormerTopics(tmp_path, CONFIG).traces is None


def test_the_same_place_leaves_nothing_and_another_one_does_until_it_is_removed(tmp_path: Path) -> None:
    FormerTopics(tmp_path, CONFIG).mark_removed()
    assert FormerTopics(tmp_path, CONFIG).traces is None
    moved = FormerTopics(tmp_path, named("kitchen"))
    assert moved.traces is not None and "homeassistant/device/moodcast/config" in moved.traces.filters
    assert FormerTopics(tmp_path, named("kitchen")).traces is not None
    moved.mark_removed()
    assert FormerTopics(tmp_path, named("kitchen")).traces is None


def test_another_base_topic_leaves_the_announcement_alone(tmp_path: Path) -> None:
    FormerTopics(tmp_path, CONFIG).mark_removed()
    traces = FormerTopics(tmp_path, replace(CONFIG, mqtt=replace(CONFIG.mqtt, base_topic="house"))).traces
    assert traces is not None and traces.filters == ("moodcast/moodcast/+", "moodcast/moodcast/camera/state")


def test_two_devices_with_a_configuration_each_are_no_former_ones_of_each_other(tmp_path: Path) -> None:
    FormerTopics(tmp_path, CONFIG).mark_removed()
    other = replace(named("attic"), file=Path("/etc/moodcast/attic.yaml"))
    assert FormerTopics(tmp_path, other).traces is None


def test_a_camera_that_was_off_is_off_under_its_new_id_too(tmp_path: Path) -> None:
    FormerTopics(tmp_path, CONFIG).mark_removed()
    State(tmp_path / "moodcast.json").keep("camera", False)
    FormerTopics(tmp_path, named("kitchen"))
    assert State(tmp_path / "kitchen.json").get("camera") is False


def test_what_was_changed_on_the_page_is_so_under_its_new_id_too(tmp_path: Path) -> None:
    FormerTopics(tmp_path, CONFIG).mark_removed()
    (tmp_path / "moodcast.settings.json").write_text('{"mood.lead": 0.2}')
    FormerTopics(tmp_path, named("kitchen"))
    assert (tmp_path / "kitchen.settings.json").read_text() == '{"mood.lead": 0.2}'
