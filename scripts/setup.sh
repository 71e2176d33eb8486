#!/usr/bin/env bash
# Find a Python, make .venv from the lock (scripts/install.py), and for tests find or install a browser and PostgreSQL.
# Can be run again at any time; changes nothing outside this folder except package caches and, as root, system packages.
set -euo pipefail
cd "$(dirname "$0")/.."

OLDEST=11 NEWEST=14 # of Python 3: what the lock's packages have builds for; tests/test_versions.py compares

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

install_package() { # install_package WHAT-FOR PACKAGE...
    local purpose=$1; shift
    may_install || fail "$purpose is missing; install it (on Debian or Ubuntu: sudo apt-get install $*) and run this again"
    echo "setup: installing $* ($purpose)"
    { DEBIAN_FRONTEND=noninteractive apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"; } \
        >/dev/null 2>&1 || fail "apt-get could not install $*; install it by hand (sudo apt-get install $*) and run this again"
}

fits() { "$1" -c "import sys; sys.exit(not (3, $OLDEST) <= sys.version_info[:2] <= (3, $NEWEST))" 2>/dev/null; }

find_python() {
    local name wanted="Python 3.$OLDEST to 3.$NEWEST is needed"
    if [ -n "${PYTHON:-}" ]; then
        command -v "$PYTHON" >/dev/null || fail "$wanted; PYTHON=$PYTHON is no program"
        fits "$PYTHON" || fail "$wanted; PYTHON=$PYTHON is $("$PYTHON" --version 2>&1)"
        command -v "$PYTHON"; return
    fi
    for name in python3.11 python3.12 python3.13 python3.14 python3; do
        if command -v "$name" >/dev/null && fits "$name"; then command -v "$name"; return; fi
    done
    command -v python3 >/dev/null && wanted="$wanted, and python3 is $(python3 --version 2>&1)"
    fail "$wanted; install one (on Debian or Ubuntu: sudo apt-get install python3 python3-venv), or name one: make PYTHON=/path/to/python3.$OLDEST course"
}

make_venv() {
    local python; python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_package "Python's venv module" python3-venv
    # A copy of another folder's environment, or half of one, cannot be mended: its programs point elsewhere.
    if [ "$(cat .venv/.place 2>/dev/null)" != "$PWD" ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        rm -rf .venv
        "$python" -m venv .venv || fail "no virtual environment could be made (see above); check that this folder can be written"
        printf '%s' "$PWD" > .venv/.place
    fi
    .venv/bin/python scripts/install.py || exit 1
}

sandbox_library() { # the system-call filter of the sandbox
    if [ "$(uname)" != Linux ]; then
        echo "setup: student code can be confined on Linux only; on $(uname) all but grading works (grade your own with --unsafe)"
        return 0
    fi
    .venv/bin/python -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null && return 0
    may_install && install_package "the sandbox's system-call filter" libseccomp2 && return 0
    echo "setup: libseccomp is missing, so grading will have no sandbox (on Debian or Ubuntu: sudo apt-get install libseccomp2)"
}

chromium_is_here() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
        command -v "$name" >/dev/null && return 0
    done
    [ -d "/Applications/Google Chrome.app" ]
}

firefox_is_here() {
    command -v firefox-esr >/dev/null || command -v firefox >/dev/null || [ -d /Applications/Firefox.app ]
}

install_firefox() { # where a package has it: Ubuntu's is a snap, which runs in no container
    if may_install && apt-get update -qq >/dev/null 2>&1 && apt-cache show firefox-esr >/dev/null 2>&1; then
        install_package "Firefox (for the browser tests)" firefox-esr
    else
        echo "setup: Firefox is missing, so the browser tests run in Chromium alone (on Debian: sudo apt-get install firefox-esr)"
    fi
}

ready() { { cat requirements.txt pyproject.toml book/pyproject.toml scripts/setup.sh scripts/install.py; pwd; } | cksum; }

case "$(uname -s)" in
MINGW* | MSYS* | CYGWIN*)
    fail "the course is built and graded on Linux or macOS; on Windows run this inside WSL 2 (students need neither: their bundle works on Windows)" ;;
esac

case "${1:-venv}" in
venv)
    [ "$(cat .venv/.ready 2>/dev/null)" = "$(ready)" ] && exit 0
    make_venv
    sandbox_library
    ready > .venv/.ready
    ;;
browser)
    chromium_is_here || install_package "Chromium (for the browser tests)" chromium
    firefox_is_here || install_firefox
    ;;
postgres)
    command -v initdb >/dev/null && exit 0
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
    install_package "PostgreSQL (for the tests of a gradebook on it)" postgresql
    ;;
*) fail "unknown step '$1': use venv, browser or postgres" ;;
esac
