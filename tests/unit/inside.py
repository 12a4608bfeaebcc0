"""Run by `scripts/test-systemd` as root in a Debian of its own that systemd has booted, with this repository at /src:
installs Moodcast there as an owner does and watches what systemd makes of it. Needs nothing but Python's library."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

PAGE = "http://127.0.0.1:8080"
CODE = Path("/opt/moodcast")
ETC = Path("/etc/moodcast")
CONFIG = ETC / "config.yaml"
DROP_INS = Path("/etc/systemd/system/moodcast.service.d")
HOME = Path("/etc/systemd/system/moodcast-home.service")
PORTRAIT = Path("/src/edge/demo/eileen_collins.png")


def main() -> int:
    return take((
        installs, starts, speaks, reads_a_photo, refuses_a_bomb, is_boxed_in, reloads, keeps_the_old_one_at_a_reload,
        comes_back_after_a_crash, stays_off_over_a_restart, is_updated, goes_back_to_the_release_before,
        goes_back_past_one_that_a_power_cut_kept_from_coming_up, hands_over_secrets, ends_what_hangs,
        goes_without_a_trace,
    ))  # fmt: skip


def take(steps: Sequence[Callable[[], str]]) -> int:
    """One after the other; the first two are needed for the rest. Returns how many failed."""
    os.chdir("/")
    failed = 0
    for step in steps:
        begun = time.monotonic()
        try:
            said = step()
        except Exception as error:
            failed += 1
            print(f"FAILED {step.__name__}: {type(error).__name__}: {error}", flush=True)
            print(run("journalctl", "-u", "moodcast", "-o", "cat", "-n", "25", check=False), flush=True)
            if step in steps[:2]:
                break
        else:
            print(f"ok {step.__name__} ({time.monotonic() - begun:.1f} s): {said}", flush=True)
    return failed


def installs() -> str:
    ETC.mkdir()
    CONFIG.write_text("camera: {source: demo}\nweb: {host: 127.0.0.1}\n")
    begun = time.monotonic()
    run("/src/scripts/install")
    return f"scripts/install took {time.monotonic() - begun:.0f} s"


def starts() -> str:
    until(lambda: shown("ActiveState") == "active", "READY")
    until(lambda: status()["expression"]["label"] == "happy", "an expression", 60)
    assert run("stat", "-c", "%U %a", "/var/lib/private/moodcast").split()[1] == "700"
    return f"active, {shown('StatusText') or 'READY was sent'}; it sees {status()['expression']}"


def speaks() -> str:
    heard = run("mosquitto_sub", "-t", "moodcast/moodcast/mood", "-C", "1", "-W", "20").strip()
    assert heard
    return f"moodcast/moodcast/mood {heard}"


def reads_a_photo() -> str:
    """In a process that limits itself first, or answers nothing: the sandbox lets it."""
    code, answer = send("/api/photo", PORTRAIT.read_bytes(), "image/png")
    assert code == 200 and [face["label"] for face in answer["faces"]] == ["happy"], (code, answer)
    code, again = send("/api/photo", PORTRAIT.read_bytes(), "image/png")
    assert code == 200 and again["faces"] == answer["faces"], (code, again)
    names = run("ps", "-o", "args=,ni=", "--ppid", shown("MainPID"), check=False).strip()
    return f"{answer['faces'][0]['label']}; beside the daemon: {names or 'nothing'}"


def refuses_a_bomb() -> str:
    """A chunk that says it has 2 GB."""
    picture = PORTRAIT.read_bytes()
    bomb = picture[:33] + (0x7FFFFFF0).to_bytes(4, "big") + b"IDAT" + picture[41:60]
    code, answer = send("/api/photo", bomb, "image/png")
    assert code == 422, (code, answer)
    assert shown("NRestarts") == "0"
    return str(answer["error"])


def is_boxed_in() -> str:
    run("systemd-analyze", "verify", "moodcast.service")
    found = run("systemd-analyze", "security", "--threshold=15", "moodcast.service", "--no-pager")
    state = dict(line.split(":", 1) for line in Path("/proc", shown("MainPID"), "status").read_text().splitlines())
    assert state["Seccomp"].split() == ["2"] and state["NoNewPrivs"].split() == ["1"], state
    assert state["CapEff"].split() == ["0" * 16] and state["Uid"].split()[0] != "0", state
    limits = Path("/proc", shown("MainPID"), "limits").read_text()
    assert "Max core file size        0                    0" in limits, limits
    return found.splitlines()[-1].strip()


def reloads() -> str:
    text = CONFIG.read_text()
    CONFIG.write_text(text + "pace: {max_fps: 7.0}\ndevice: {name: Shelf}\n")
    pid = shown("MainPID")
    run("systemctl", "reload", "moodcast")
    logged("applied: pace.max_fps")
    logged("not applied until a restart: device.name")
    CONFIG.write_text(text)
    assert shown("MainPID") == pid
    return "applied: pace.max_fps; not applied until a restart: device.name"


def keeps_the_old_one_at_a_reload() -> str:
    text = CONFIG.read_text()
    CONFIG.write_text(text + "pace: {max_fps: fast}\n")
    run("systemctl", "reload", "moodcast")
    logged("the configuration before stays in force")
    CONFIG.write_text(text)
    assert (shown("ActiveState"), shown("NRestarts")) == ("active", "0")
    return "a bad file changes nothing"


def comes_back_after_a_crash() -> str:
    pid = shown("MainPID")
    begun = time.monotonic()
    run("systemctl", "kill", "--kill-whom=main", "-s", "SEGV", "moodcast")
    until(lambda: shown("NRestarts") == "1" and shown("ActiveState") == "active", "a restart", 60)
    until(lambda: status()["mood"], "the page")
    assert shown("MainPID") != pid
    assert not list(Path("/var/lib/systemd/coredump").glob("*"))
    return f"after {time.monotonic() - begun:.1f} s"


def stays_off_over_a_restart() -> str:
    switched("off", b'{"on": false}')
    until(lambda: status()["mood"] == "paused", "off")
    run("systemctl", "restart", "moodcast")
    until(lambda: status()["mood"] == "paused", "off again")
    switched("on", b'{"on": true}')
    until(lambda: status()["mood"] != "paused", "on")
    return "paused before and after"


def is_updated() -> str:
    before, pid, begun = current(), shown("MainPID"), time.monotonic()
    run("/src/scripts/install")
    assert current() != before and releases() == sorted([before, current()]), releases()
    assert shown("ActiveState") == "active" and shown("MainPID") != pid
    until(lambda: status()["mood"], "the page")
    room = run("du", "-sm", str(CODE)).split()[0]
    return f"after {time.monotonic() - begun:.0f} s; both releases take {room} MB"


#: For edge/app.py: all parts are there, and it ends before it is ready.
BROKEN = "\n\ndef run(*_: object) -> None:\n    raise SystemExit('broken on purpose')\n"


def goes_back_to_the_release_before() -> str:
    before = current()
    install_a_broken_one_and_see(before)
    assert len(releases()) <= 2, releases()
    return "it runs again"


def goes_back_past_one_that_a_power_cut_kept_from_coming_up() -> str:
    before = current()
    run("/src/scripts/install")
    run("systemctl", "stop", "moodcast")
    (CODE / "current/complete").unlink()
    install_a_broken_one_and_see(before)
    return "the one that had come up runs again"


def install_a_broken_one_and_see(before: str) -> None:
    """The release `before` runs after it."""
    code = Path("/src/edge/app.py")
    text = code.read_text()
    code.write_text(text + BROKEN)
    try:
        said = run("sh", "-c", "/src/scripts/install; echo status $?")
    finally:
        code.write_text(text)
    assert "status 1" in said and current() == before and before in releases(), said
    until(lambda: shown("ActiveState") == "active", "the release before", 60)
    until(lambda: status()["mood"], "the page")


def hands_over_secrets() -> str:
    """A configuration that only root may read, and a password for the page: the unit's drop-ins."""
    CONFIG.chmod(0o600)
    secret = ETC / "web-password"
    secret.write_text("correct horse\n")
    run("/src/scripts/install")
    assert sorted(path.name for path in DROP_INS.iterdir()) == ["config.conf", "web-password.conf"]
    assert [f"{path.stat().st_mode & 0o777:o}" for path in (CONFIG, secret)] == ["600", "600"]
    until(lambda: status()["mood"], "the page")
    code, answer = send("/api/camera", b'{"on": false}')
    assert code in (401, 403), (code, answer)
    assert "config.yaml" in run("systemctl", "show", "-p", "ExecStart", "--value", "moodcast")
    return f"without the password: {code}, {answer['error']}"


def ends_what_hangs() -> str:
    """A daemon that stands still is ended by the watchdog, and begins anew."""
    (DROP_INS / "quick.conf").write_text("[Service]\nWatchdogSec=5\nTimeoutAbortSec=3\nRestartSec=1\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", "moodcast")
    time.sleep(12)
    assert shown("NRestarts") == "0", "the watchdog ended a daemon that works"
    begun = time.monotonic()
    run("systemctl", "kill", "--kill-whom=main", "-s", "STOP", "moodcast")
    until(lambda: shown("NRestarts") == "1" and shown("ActiveState") == "active", "a restart", 60)
    logged("Watchdog timeout", "-u", "moodcast", "_PID=1")
    (DROP_INS / "quick.conf").unlink()
    run("systemctl", "daemon-reload")
    return f"{time.monotonic() - begun:.1f} s after it stood still"


def takes_the_home_in(unit: Path) -> None:
    """As docs/several-rooms.md says it is done, on a broker that cannot be reached: it runs and keeps trying."""
    shutil.copy(unit, HOME)
    (ETC / "home.yaml").write_text("mqtt: {port: 1}\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "enable", "--now", HOME.name)
    assert shown("ActiveState", HOME.name) == "active"


def assert_the_home_is_off() -> None:
    assert shown("ActiveState", HOME.name) == "inactive" and shown("UnitFileState", HOME.name) == "disabled"


def goes_without_a_trace() -> str:
    until(lambda: status()["mood"], "the page")
    until(lambda: "moodcast/moodcast/availability" in retained(), "what the broker keeps")
    takes_the_home_in(Path("/src/systemd/moodcast-home.service"))
    run("/src/scripts/install", "--uninstall")
    assert_the_home_is_off()
    assert shown("LoadState") == "not-found" and not Path("/opt/moodcast").exists()
    assert not retained()
    return "unit, code and retained messages are gone"


def releases() -> list[str]:
    return sorted(path.name for path in (CODE / "releases").iterdir())


def current() -> str:
    return (CODE / "current").readlink().name


def retained() -> list[str]:
    """The topics of what the broker keeps."""
    return run("mosquitto_sub", "-t", "#", "--retained-only", "-W", "1", "-F", "%t", check=False).split()


def switched(how: str, command: bytes) -> None:
    code, answer = send("/api/camera", command)
    assert code == 202 and answer["camera"] == how.upper(), (code, answer)


def run(*command: str, check: bool = True) -> str:
    """What it prints; its complaint where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: status {done.returncode}: {(done.stdout + done.stderr)[-1500:]}")
    return done.stdout


def shown(key: str, unit: str = "moodcast.service") -> str:
    return run("systemctl", "show", "-p", key, "--value", unit).strip()


def logged(line: str, *where: str) -> None:
    until(lambda: line in run("journalctl", "-o", "cat", *(where or ("-u", "moodcast"))), f"{line!r} in the journal")


def until(condition: Callable[[], Any], what: str, timeout: float = 40) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass  # no page yet
        time.sleep(0.2)
    raise AssertionError(f"waited {timeout:g} s for {what}")


def status() -> Any:
    with urllib.request.urlopen(f"{PAGE}/api/status", timeout=10) as answer:
        return json.load(answer)


def send(path: str, body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
    request = urllib.request.Request(PAGE + path, data=body, headers={"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


if __name__ == "__main__":
    sys.exit(main())
