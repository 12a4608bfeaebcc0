"""The camera's source and its password, from wherever they come."""

from pathlib import Path

import pytest

from edge.config import load


def write(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text)
    return path


def test_a_source_may_start_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    path = write(tmp_path, "camera: {source: ~/clip.mp4}")
    assert load(path, {}).camera.source == "/home/me/clip.mp4"
    path = write(tmp_path, "camera: {source: clip.mp4}")
    assert load(path, {}).camera.source == str(tmp_path / "clip.mp4")


def test_a_camera_s_password_comes_from_a_file_a_credential_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    path = write(tmp_path, "camera: {source: 'rtsp://me@cam/live', password_file: secret}")
    environ: dict[str, str] = {}
    assert load(path, environ).camera.password == "from the file"
    environ["CREDENTIALS_DIRECTORY"] = str(credentials)
    (credentials / "camera-password").write_text("from systemd")
    assert load(path, environ).camera.password == "from systemd"
    environ["MOODCAST_CAMERA_PASSWORD"] = "from outside"
    camera = load(path, environ).camera
    assert camera.password == "from outside" and "outside" not in repr(camera)
