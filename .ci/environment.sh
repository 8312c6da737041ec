#!/bin/sh
# Make or update the virtual environment: .ci/environment.sh STAMP [GROUP...]
#
# Needs uv, or a Python that this project supports and nothing else. Without uv, pip brings uv into
# the environment, so that the versions of uv.lock are installed either way. STAMP is a file in the
# environment's folder that make compares with uv.lock and pyproject.toml.
set -eu

stamp=$1
shift
venv=$(dirname "$stamp")

say() { printf '%s\n' "$*" >&2; }

works() { "$venv/bin/python" -c 'import sys' >/dev/null 2>&1; }

supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' >/dev/null 2>&1
}

complete() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The first supported Python on the PATH that can make an environment with pip in it.
find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.14 python3.11 python; do
        if supported "$candidate" && complete "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    explain_no_python
    return 1
}

explain_no_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.14 python3.11; do
        if supported "$candidate"; then
            say "$candidate is new enough, but it lacks venv or ensurepip."
            say "On Debian and Ubuntu: apt install python3-venv. Then run make again."
            return
        fi
    done
    found=$(python3 -V 2>/dev/null || echo "no python3 at all")
    say "claude-spend needs Python 3.11, 3.12, 3.13 or 3.14; here is $found."
    say "Install one (python.org, brew install python@3.13, apt install python3.13-venv), or install"
    say "uv, which brings its own: https://docs.astral.sh/uv/. PYTHON=/path/to/python names one."
}

sync_with() {
    uv=$1
    shift
    for group in "$@"; do
        set -- "$@" --group "$group"
        shift
    done
    # --inexact: `make run` after `make test` must not throw the test tools away.
    UV_PROJECT_ENVIRONMENT="$venv" VIRTUAL_ENV='' "$uv" sync --quiet --frozen --inexact "$@"
}

# Without the lock: the newest versions that pyproject.toml allows.
install_with_pip() {
    say "uv cannot be used here; pip installs the newest versions that pyproject.toml allows."
    "$venv/bin/python" - "$@" <<'PY' >"$venv/requirements.txt"
import sys
import tomllib

with open("pyproject.toml", "rb") as file:
    groups = tomllib.load(file)["dependency-groups"]
for name in sys.argv[1:]:
    print("\n".join(groups[name]))
PY
    "$venv/bin/python" -m pip install --quiet --editable . --requirement "$venv/requirements.txt"
}

if command -v uv >/dev/null 2>&1; then
    works || rm -rf "$venv"
    sync_with uv "$@"
else
    if ! works || ! supported "$venv/bin/python"; then
        python=$(find_python)
        rm -rf "$venv"
        say "Making $venv with $python; this happens once and takes a minute or two."
        "$python" -m venv "$venv"
    fi
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
    if "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv; then
        sync_with "$venv/bin/uv" "$@" || install_with_pip "$@"
    else
        install_with_pip "$@"
    fi
fi
touch "$stamp"
