"""Run by `scripts/test-container` as root, with podman's options as arguments: runs the image `localhost/moodcast` as
packaging/compose.yaml has it, with the demo in place of a camera and a mosquitto of this machine, and watches it."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.broker.listener import Listener
from tests.broker.mosquitto import Account, Mosquitto, free_port

ROOT = Path(__file__).resolve().parents[2]
SERVICE = yaml.safe_load((ROOT / "packaging" / "compose.yaml").read_text(encoding="utf-8"))["services"]["moodcast"]
PYTHON = "/opt/moodcast/.venv/bin/python"


class Container:
    def __init__(self, store: list[str], folder: Path, broker: int) -> None:
        self.page = free_port()
        self._podman = ["podman", *store, "--runtime", "runc", "--cgroup-manager", "cgroupfs"]
        self._options = as_compose_has_it(folder, broker)
        (folder / "config.yaml").write_text(
            f"camera: {{source: demo}}\nmqtt: {{username: moodcast, port: {broker}}}\nweb: {{port: {self.page}}}\n"
        )

    def start(self) -> None:
        self.podman("run", "--detach", "--name", "moodcast", *self._options, "localhost/moodcast")

    def end(self) -> None:
        self.podman("rm", "--force", "--time", "15", "moodcast", check=False)

    def podman(self, *words: str, check: bool = True) -> str:
        done = subprocess.run([*self._podman, *words], capture_output=True, text=True, timeout=120, check=False)
        if check and done.returncode:
            raise AssertionError(f"podman {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.page}{path}", body, dict(headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except OSError:
            return 0, None


def as_compose_has_it(folder: Path, broker: int) -> list[str]:
    """The options of the service, but for its cameras and its network, which is this machine's own here."""
    secrets = {name: folder / name for name in SERVICE["secrets"]}
    (state,) = [target for source, target in (each.split(":")[:2] for each in SERVICE["volumes"]) if source == "state"]
    (config,) = [each.split(":", 1)[1] for each in SERVICE["volumes"] if "config.yaml" in each]
    assert SERVICE["read_only"] is True and SERVICE["cap_drop"] == ["ALL"]
    options = ["--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--network", "host"]
    options += [word for each in SERVICE["tmpfs"] for word in ("--tmpfs", each)]
    options += [word for each in SERVICE["security_opt"] for word in ("--security-opt", each.replace(":true", ""))]
    options += ["--ulimit", f"core={SERVICE['ulimits']['core']}", "--ulimit", "nofile=1024:1024",
                "--ulimit", "nproc=1000:1000"]  # fmt: skip
    options += ["--memory", SERVICE["mem_limit"], "--memory-swap", SERVICE["memswap_limit"]]
    options += ["--pids-limit", str(SERVICE["pids_limit"]), "--group-add", SERVICE["group_add"][0]]
    options += ["--env", "MOODCAST_MQTT_HOST=127.0.0.1", "--volume", f"moodcast-test:{state}"]
    options += ["--volume", f"{folder / 'config.yaml'}:{config}"]
    options += [word for name, file in secrets.items() for word in ("--volume", f"{file}:/run/secrets/{name}:ro")]
    return options


def until(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)
    return found


def main(store: list[str]) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for secret in ("mqtt-password", "web-password"):
            (folder / secret).write_text("opensesame\n")
        with Mosquitto(folder / "broker", account=Account("moodcast", "opensesame")) as broker:
            container = Container(store, folder, broker.port)
            container.end()
            container.podman("volume", "rm", "--force", "moodcast-test", check=False)
            try:
                container.start()
                with Listener(broker.port, "moodcast", "opensesame") as listener:
                    watch(container, listener)
            except BaseException:
                print(container.podman("logs", "moodcast", check=False), file=sys.stderr)
                raise
            finally:
                container.end()
    return 0


def watch(container: Container, listener: Listener) -> None:
    until(lambda: container.ask("/api/status")[0] == 200, "the page")
    listener.wait_for("moodcast/moodcast/availability", "online", seconds=60)
    listener.wait_for("moodcast/moodcast/expression", "happy", seconds=60)
    print("ok: it sees, the page answers, and the broker took the password of the secret")

    assert container.ask("/api/history")[0] == 401
    token = container.ask("/api/login", b'{"password": "opensesame"}', {"Content-Type": "application/json"})[1]["token"]
    owner = {"Authorization": f"Bearer {token}"}
    assert container.ask("/api/history", headers=owner)[0] == 200
    print("ok: the page wants the password of the other secret")

    inside = ("exec", "moodcast", PYTHON, "-c")
    who = container.podman(*inside, "import os; print(os.getuid(), 44 in os.getgroups())").split()
    assert who == ["10001", "True"], who
    status = container.podman(*inside, "print(open('/proc/self/status').read())")
    assert "CapEff:\t0000000000000000" in status and "NoNewPrivs:\t1" in status, status
    for path in ("/opt/moodcast/x", "/etc/moodcast/x", "/x", "/run/x"):
        probe = f"import os\ntry: open({path!r}, 'w')\nexcept OSError as error: print(error.strerror)"
        assert container.podman(*inside, probe).strip() in ("Read-only file system", "Permission denied"), path
    print("ok: it is not root, has no capability, and can write nowhere but to its state")

    photo = (ROOT / "edge" / "demo" / "eileen_collins.png").read_bytes()
    faces = container.ask("/api/photo", photo, owner)
    assert faces[0] == 200 and [face["label"] for face in faces[1]["faces"]] == ["happy"], faces
    print("ok: a photo is read")

    health = container.podman("exec", "moodcast", *SERVICE["healthcheck"]["test"][1:]
                              [:2], SERVICE["healthcheck"]["test"][3].replace("8080", str(container.page)))  # fmt: skip
    assert health == ""
    print("ok: the health check of compose.yaml passes")

    changes = until(lambda: container.ask("/api/history", headers=owner)[1]["changes"], "a change in the history")
    container.podman("stop", "--time", "15", "moodcast")
    listener.wait_for("moodcast/moodcast/availability", "offline")
    container.end()
    container.start()
    until(lambda: container.ask("/api/status")[0] == 200, "the page again")
    assert container.ask("/api/history", headers=owner)[1]["changes"][0] == changes[0]
    print("ok: it says goodbye; history and log-in are there in the next container")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
