#!/usr/bin/env bash
# On Gradescope, once, as root, when the autograder's image is built: Python and the locked packages. Takes minutes.
set -euo pipefail
cd "$(dirname "$0")/clone"
export DEBIAN_FRONTEND=noninteractive
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    apt-get update -qq
    for version in 3.13 3.12 3.11; do
        apt-get install -y -qq "python$version" "python$version-venv" && break
    done
fi
scripts/setup.sh venv
# Student code runs as another user: it may read Python and its packages, and must not read the rest.
chmod go+x .. .
chmod -R go+rX .venv book
chmod -R go= ../course autograde solutions
