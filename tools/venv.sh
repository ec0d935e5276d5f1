#!/bin/sh
# Make .venv from the pinned requirements: venv.sh [PYTHON]. Quick when nothing changed.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
fail() { printf 'burnbag: %s\n' "$*" >&2; exit 1; }
suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

if [ -n "${1:-}" ]; then
    command -v "$1" >/dev/null || fail "PYTHON=$1 was not found"
    suits "$1" || fail "PYTHON=$1 is $("$1" --version 2>&1 | head -n 1): Python 3.11, 3.12 or 3.13 is needed"
    python=$1
else
    python=
    for candidate in python3 python3.13 python3.12 python3.11; do
        if suits "$candidate"; then python=$candidate; break; fi
    done
    found=$(python3 --version 2>/dev/null) || found=${found:-not there}
    [ -n "$python" ] || fail "Python 3.11, 3.12 or 3.13 is needed; python3 is $found.
Name another one with PYTHON=/path/to/python3.12"
fi

# What is installed follows from these; the stamp is named after them.
wanted=$("$python" -c 'import hashlib, pathlib, platform
files = [pathlib.Path(name) for name in ("requirements/dev.txt", "client/pyproject.toml")]
pins = b"".join(file.read_bytes() for file in files)
print(platform.python_version(), hashlib.sha256(pins).hexdigest()[:16], sep="-")')
stamp=.venv/.requirements-$wanted

mkdir -p build
exec 9>build/venv.lock
if command -v flock >/dev/null; then flock 9; fi
if [ -e "$stamp" ] && .venv/bin/python -c '' 2>/dev/null; then exit 0; fi

started=$(date +%s)
say "- making .venv with $("$python" --version) from requirements/dev.txt (about half a minute)"
rm -rf .venv build/venv.log
"$python" -m venv .venv || fail "$python can't make a virtual environment: install its venv module
(Debian, Ubuntu: apt install python3-venv)"
install() { # WHAT PIP'S-ARGUMENT...
    what=$1 && shift
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input "$@" \
        >>build/venv.log 2>&1 && return
    tail -n 20 build/venv.log >&2
    rm -rf .venv
    fail "$what could not be installed; the whole log: build/venv.log"
}
install "the pinned requirements" --require-hashes --only-binary=:all: --no-binary=http-ece \
    -r requirements/dev.txt
# The client makes `burnbag` a command here; edits take effect at once.
install "the client" --no-deps --no-build-isolation --editable client
touch "$stamp"
say "  done in $(($(date +%s) - started)) s"
