# Sourced by the scripts that try things in a Debian which systemd boots in a container.
# shellcheck shell=sh

# make_bootable SUITE: bookworm or trixie in $root, made once, without a Moodcast in it and without the last run's traces; $home
# has the logs.
make_bootable() {
    case $1 in bookworm | trixie) ;; *) echo "${0##*/}: bookworm or trixie, not $1" >&2; exit 2 ;; esac
    [ "$(id -u)" = 0 ] || fail "to boot a system takes root"
    missing=
    for pair in mmdebstrap:mmdebstrap systemd-nspawn:systemd-container; do
        command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair#*:}"
    done
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086 # the packages are words of their own
        { apt-get update -q && apt_install $missing; } >/dev/null || fail "missing here:$missing"
    fi
    home=${MOODCAST_SYSTEMD:-${TMPDIR:-/tmp}/moodcast-systemd}
    root=$home/$1
    if [ ! -f "$root/made" ]; then
        say "making $root (once)"
        rm -rf "$root"
        mkdir -p "$home"
        mmdebstrap --quiet --variant=minbase \
            --include=systemd,systemd-sysv,dbus,python3,python3-venv,python3-pip,mosquitto,mosquitto-clients,procps,ca-certificates \
            "$1" "$root" >"$home/$1.log" 2>&1 || fail "the Debian could not be made; see $home/$1.log"
        touch "$root/made"
    fi
    echo "127.0.0.1 localhost" >"$root/etc/hosts"
    if [ -e "$root/var/lib/dpkg/info/moodcast.list" ]; then chroot "$root" dpkg --purge moodcast >/dev/null 2>&1 || true; fi
    rm -rf "$root/src" "$root/opt/moodcast" "$root/etc/moodcast" "$root/var/lib/private/moodcast" "$root/var/lib/moodcast" \
        "$root/etc/systemd/system/moodcast.service" "$root/etc/systemd/system/moodcast.service.d" "$root/var/log/journal" \
        "$root/etc/systemd/system/moodcast-home.service" \
        "$root/var/lib/mosquitto/mosquitto.db"
    mkdir -p "$root/src"
}

# boot_and_try MODULE: boots $root without a network and runs the module below /src, whose status is the answer; prints what
# it says.
boot_and_try() {
    cat >"$root/etc/systemd/system/try-moodcast.service" <<UNIT
[Unit]
Wants=mosquitto.service
After=mosquitto.service multi-user.target
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
Environment=PIP_NO_INDEX=1 PIP_FIND_LINKS=/srv/wheels PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
WorkingDirectory=/src
ExecStart=/usr/bin/python3 -u -m $1
StandardOutput=file:/inside.log
StandardError=file:/inside.log
TimeoutStartSec=900
[Install]
WantedBy=default.target
UNIT
    mkdir -p "$root/etc/systemd/system/default.target.wants"
    ln -sf ../try-moodcast.service "$root/etc/systemd/system/default.target.wants/try-moodcast.service"
    rm -f "$root/inside.log"
    tried=0
    # The container gets the newer of the two hierarchies of cgroups, also where this machine has both.
    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout 1000 systemd-nspawn -q -D "$root" -b --private-network --console=pipe \
        --register=no --keep-unit </dev/null >"$home/${root##*/}-console.log" 2>&1 || tried=$?
    [ -f "$root/inside.log" ] || fail "nothing was tried: see $home/${root##*/}-console.log"
    cat "$root/inside.log"
    return "$tried"
}
