"""Run by `scripts/test-package` as root in a Debian without a network that systemd has booted, with the package at
/src/moodcast.deb: installs it as an owner does, and watches apt and systemd."""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests.unit.inside import (
    BROKEN,
    CONFIG,
    DROP_INS,
    ETC,
    PORTRAIT,
    assert_the_home_is_off,
    is_boxed_in,
    reads_a_photo,
    retained,
    run,
    shown,
    starts,
    status,
    take,
    takes_the_home_in,
    until,
)

PACKAGE = Path("/src/moodcast.deb")
CODE = Path("/usr/lib/moodcast")
KEPT = Path("/usr/lib/moodcast.before")
BROKEN_ONE = Path("/src/broken.deb")
NEWER = Path("/src/newer.deb")
HALF = Path("/src/half.deb")


def main() -> int:
    return take((
        is_installed_by_one_command, starts, reads_a_photo, is_boxed_in, has_a_command,
        keeps_what_the_owner_wrote_at_an_upgrade, goes_back_where_a_version_does_not_come_up,
        is_whole_after_half_an_upgrade, hands_over_secrets, is_removed_and_keeps_the_configuration, is_purged,
    ))  # fmt: skip


def is_installed_by_one_command() -> str:
    ETC.mkdir(exist_ok=True)
    CONFIG.write_text("camera: {source: demo}\nweb: {host: 127.0.0.1}\nmood: {absent_seconds: 2.0}\n")
    run("apt-get", "install", "-y", "-q", "-o", "Dpkg::Options::=--force-confold", str(PACKAGE))
    return f"{PACKAGE.stat().st_size >> 20} MB; {run('du', '-sm', '/usr/lib/moodcast').split()[0]} MB on the disk"


def has_a_command() -> str:
    seen = run("moodcast", "photo", str(PORTRAIT)).strip()
    assert "happy" in seen, seen
    checked = run("moodcast", "check", "--offline", "--config", str(CONFIG))
    assert "PROBLEM" not in checked, checked
    return seen


def keeps_what_the_owner_wrote_at_an_upgrade() -> str:
    """With another config.yaml in the package, the service running."""

    def change(unpacked: Path) -> None:
        with (unpacked / "etc/moodcast/config.yaml").open("a") as file:
            file.write("# the next version\n")

    make_package(NEWER, "99.0", change)
    before, pid = CONFIG.read_text(), shown("MainPID")
    said = upgrade(NEWER)
    assert "moodcast: note    config: mood.absent_seconds: 2.0 was the default once" in said, said
    assert CONFIG.read_text() == before and Path(f"{CONFIG}.dpkg-dist").exists()
    assert shown("ActiveState") == "active" and shown("MainPID") != pid and not KEPT.exists()
    until(lambda: status()["mood"], "the page")
    return "the owner's file stays, the new one is beside it as config.yaml.dpkg-dist"


def goes_back_where_a_version_does_not_come_up() -> str:
    """One that ends before it is ready, and one whose model is empty."""

    def ends(unpacked: Path) -> None:
        with (unpacked / "usr/lib/moodcast/edge/app.py").open("a") as file:
            file.write(BROKEN)
        (unpacked / "usr/lib/moodcast/edge/only_here.py").touch()
        with (unpacked / "usr/lib/systemd/system/moodcast.service").open("a") as file:
            file.write("# of the broken one\n")

    def has_no_model(unpacked: Path) -> None:
        (unpacked / "usr/lib/moodcast/edge/models/expression.tflite").write_bytes(b"")

    before = (CODE / "edge/app.py").read_text()
    for version, change, why in (("100.0", ends, "broken on purpose"), ("101.0", has_no_model, "PROBLEM model")):
        make_package(BROKEN_ONE, version, change)
        said = upgrade(BROKEN_ONE) + run("journalctl", "-u", "moodcast", "-o", "cat", "-n", "50")
        assert why in said and "so the one before runs again" in said, said
        assert (CODE / "edge/app.py").read_text() == before and not (CODE / "edge/only_here.py").exists()
        assert "of the broken one" not in run("systemctl", "cat", "moodcast") and not KEPT.exists()
        until(lambda: shown("ActiveState") == "active" and status()["mood"], "the page")
        assert "happy" in run("moodcast", "photo", str(PORTRAIT))
    make_package(NEWER, "102.0", lambda _: None)
    assert "runs again" not in upgrade(NEWER)
    until(lambda: shown("ActiveState") == "active" and status()["mood"], "the page")
    return "twice; the next one that is whole comes up"


def make_package(file: Path, version: str, change: Callable[[Path], None]) -> None:
    """The package of a later version, changed where it is unpacked."""
    unpacked = Path("/src/unpacked")
    run("dpkg-deb", "-R", str(PACKAGE), str(unpacked))
    control = unpacked / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*", f"Version: {version}", control.read_text(), flags=re.MULTILINE))
    change(unpacked)
    run("dpkg-deb", "-Znone", "-b", str(unpacked), str(file))
    shutil.rmtree(unpacked)


def upgrade(package: Path) -> str:
    return run("sh", "-c", f"apt-get install -y -q -o Dpkg::Options::=--force-confold {package} 2>&1")


def is_whole_after_half_an_upgrade() -> str:
    """A download that broke off."""
    whole = NEWER.read_bytes()
    HALF.write_bytes(whole[: len(whole) // 2])
    said = run("sh", "-c", f"dpkg -i {HALF} 2>&1; echo status $?")
    assert "status 1" in said, said
    assert "102.0" in run("dpkg", "-s", "moodcast") and "happy" in run("moodcast", "photo", str(PORTRAIT))
    run("systemctl", "restart", "moodcast")
    until(lambda: status()["mood"], "the page")
    return "what was installed before works"


def hands_over_secrets() -> str:
    CONFIG.chmod(0o600)
    (ETC / "web-password").write_text("correct horse\n")
    run("dpkg-reconfigure", "moodcast")
    assert sorted(path.name for path in DROP_INS.iterdir()) == ["config.conf", "web-password.conf"]
    until(lambda: shown("ActiveState") == "active" and status()["mood"], "the page")
    return "dpkg-reconfigure moodcast"


def is_removed_and_keeps_the_configuration() -> str:
    until(lambda: "moodcast/moodcast/availability" in retained(), "what the broker keeps")
    takes_the_home_in(Path("/usr/lib/moodcast/systemd/moodcast-home.service"))
    run("apt-get", "remove", "-y", "-q", "moodcast")
    assert_the_home_is_off()
    assert CONFIG.exists() and not Path("/usr/lib/moodcast").exists(), list(Path("/usr/lib/moodcast").rglob("*"))[:5]
    assert not DROP_INS.exists() and shown("ActiveState") != "active" and not retained()
    return "the broker keeps nothing of the device"


def is_purged() -> str:
    run("apt-get", "purge", "-y", "-q", "moodcast")
    assert not ETC.exists() and not Path("/var/lib/private/moodcast").exists()
    return "configuration and history are gone"


if __name__ == "__main__":
    sys.exit(main())
