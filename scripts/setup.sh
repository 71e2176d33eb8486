#!/usr/bin/env bash
# Make .venv from the lock, and for tests find or install a browser and PostgreSQL. Idempotent; changes nothing outside the clone
# except package caches and, where it may, system packages.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

install_package() { # install_package WHAT-FOR PACKAGE...
    local purpose=$1; shift
    may_install || fail "$purpose is missing; install it (on Debian or Ubuntu: sudo apt-get install $*) and run this again"
    echo "setup: installing $* ($purpose)"
    DEBIAN_FRONTEND=noninteractive apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

find_python() {
    local name
    for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            command -v "$name"; return
        fi
    done
    fail "Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3.11 course"
}

make_venv() {
    local python; python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || install_package "Python's venv module" python3-venv
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    echo "setup: installing the locked packages into .venv (a few minutes the first time)"
    .venv/bin/python -m pip install --disable-pip-version-check -q -r requirements.txt \
        || fail "the locked packages could not be installed (see above); check the network and the disk, then run this again"
    .venv/bin/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e book -e .
}

sandbox_library() { # the system-call filter of the sandbox
    [ "$(uname)" = Linux ] || return 0
    .venv/bin/python -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null && return 0
    may_install && install_package "the sandbox's system-call filter" libseccomp2 && return 0
    echo "setup: libseccomp is missing, so grading will have no sandbox (on Debian or Ubuntu: sudo apt-get install libseccomp2)"
}

lock_hash() { cat requirements.txt pyproject.toml book/pyproject.toml scripts/setup.sh | sha256sum | cut -d' ' -f1; }

case "${1:-venv}" in
venv)
    [ "$(cat .venv/.ready 2>/dev/null)" = "$(lock_hash)" ] && exit 0
    make_venv
    sandbox_library
    lock_hash > .venv/.ready
    ;;
browser)
    for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
        command -v "$name" >/dev/null && exit 0
    done
    [ -d "/Applications/Google Chrome.app" ] && exit 0
    install_package "Chromium (for the browser tests)" chromium
    ;;
postgres)
    command -v initdb >/dev/null && exit 0
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
    install_package "PostgreSQL (for the tests of a gradebook on it)" postgresql
    ;;
*) fail "unknown step '$1': use venv, browser or postgres" ;;
esac
