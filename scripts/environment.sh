# Sourced by the other scripts: which Python, and a venv that holds what the requirements files say.
# A body in ( ) keeps its variables to itself.
# shellcheck shell=sh

say() { echo "${0##*/}: $*"; }
fail() { echo "${0##*/}: $*" >&2; exit 1; }

# $MOODCAST_PYTHON, else on a Pi the one that apt's picamera2 belongs to, else the first Python of at least 3.11.
find_python() {
    if [ -n "${MOODCAST_PYTHON:-}" ]; then
        usable "$MOODCAST_PYTHON" || fail "MOODCAST_PYTHON=$MOODCAST_PYTHON is no Python 3.11 or later"
        echo "$MOODCAST_PYTHON"
        return
    fi
    if usable /usr/bin/python3 && has_picamera2 /usr/bin/python3; then
        echo /usr/bin/python3
        return
    fi
    for python in python3.13 python3.12 python3.11 python3; do
        if usable "$python"; then
            command -v "$python"
            return
        fi
    done
    fail "no Python 3.11 or later here; found: $(python3 --version 2>&1 || true)"
}

# The Python of Trixie or a later one, also where pyenv keeps it; fails where there is none.
find_newest_python() (
    for python in python3.14 python3.13 "$HOME"/.pyenv/versions/3.14*/bin/python3.14 \
        "$HOME"/.pyenv/versions/3.13*/bin/python3.13; do
        if usable "$python"; then
            command -v "$python"
            exit 0
        fi
    done
    exit 1
)

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
has_picamera2() { "$1" -c 'import sys, importlib.util as u; sys.exit(u.find_spec("picamera2") is None)' 2>/dev/null; }

# as_root COMMAND...: fails where this user may not become root without being asked for a password.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1
    fi
}

may_install() { command -v apt-get >/dev/null && as_root true; }

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}

# blind VENV: the system has picamera2, and this venv cannot see it: it was made before.
blind() {
    system_python=${MOODCAST_PYTHON:-/usr/bin/python3}
    usable "$system_python" && has_picamera2 "$system_python" && ! has_picamera2 "$1/bin/python"
}

# make_venv FOLDER: makes it where there is none that works, or that sees the system's picamera2.
make_venv() (
    if "$1/bin/python" -m pip --version >/dev/null 2>&1; then
        blind "$1" || exit 0
        say "$1 does not see the system's picamera2; now it shall"
        # Enough where it is of the same Python, and nothing has to be downloaded. sed makes another file: to this one the
        # last release may have a link.
        sed -i 's/^\(include-system-site-packages\) = .*/\1 = true/' "$1/pyvenv.cfg"
        blind "$1" || exit 0
    fi
    python=$(find_python) || exit 1
    options=
    if has_picamera2 "$python"; then options=--system-site-packages; fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "$python lacks venv; installing python$version-venv"
        { may_install && as_root apt-get update -q && apt_install "python$version-venv"; } >/dev/null ||
            fail "$python cannot make a venv; first: sudo apt install python$version-venv"
    fi
    say "making $1 with $python $options"
    # shellcheck disable=SC2086 # no options are no word
    "$python" -m venv --clear $options "$1" || fail "$1 cannot be made with $python -m venv"
)

# locked_for FOLDER FILE...: the pinned and hashed file (scripts/lock) that holds what FILE... asks for on this machine;
# nothing where there is none: another Python, 32-bit ARM, or tools that no device gets.
locked_for() (
    python=$1/bin/python
    shift
    suite=$("$python" -c 'import platform, sys
machine = platform.machine() in ("aarch64", "x86_64") and sys.platform == "linux"
print({(3, 11): "bookworm", (3, 13): "trixie"}.get(sys.version_info[:2], "") if machine else "")' 2>/dev/null) || exit 0
    folder=$(dirname "$1")/requirements
    case "$(for file in "$@"; do basename "$file"; done | tr '\n' ' ')" in
        "requirements-edge.txt ") locked=$folder/$suite.txt ;;
        "requirements-edge.txt requirements-demo.txt ") locked=$folder/$suite-demo.txt ;;
        *) exit 0 ;;
    esac
    if [ -n "$suite" ] && [ -f "$locked" ]; then echo "$locked"; fi
)

# add_axe VENV: axe-core for the tests of the page, of whose package only the script is wanted; without it they say so.
add_axe() {
    "$1/bin/python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("axe_playwright_python") is None)' ||
        "$1/bin/python" -m pip install -qq --disable-pip-version-check --no-deps -r requirements-axe.txt || true
}

# fill_venv FOLDER FILE...: installs requirements files, unless they are the ones that were installed last. Where they are
# locked for this machine, it installs what was tested, and nothing whose hash is another.
fill_venv() (
    venv=$1
    shift
    make_venv "$venv" || exit 1
    locked=$(locked_for "$venv" "$@")
    # shellcheck disable=SC2086 # no file is no word
    wanted=$({ "$venv/bin/python" --version; cat "$@" $locked; } | cksum)
    for stamp in "$venv"/.installed-*; do
        if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then exit 0; fi
    done
    files=
    for file in ${locked:-"$@"}; do files="$files -r $file"; done
    say "installing$files into $venv (once)"
    # pip unpacks where there is room: on Trixie /tmp is memory.
    TMPDIR=$(cd "$venv" && pwd)/tmp
    export TMPDIR
    mkdir -p "$TMPDIR"
    failed=
    # shellcheck disable=SC2086 # the files are words of their own
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check ${locked:+--require-hashes} $files || failed=yes
    rm -rf "$TMPDIR"
    [ -z "$failed" ] || fail "pip could not install$files; its lines above say why (no network?); nothing was started"
    echo "$wanted" >"$venv/.installed-$(echo "$*" | cksum | cut -d' ' -f1)"
)
