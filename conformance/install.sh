#!/usr/bin/env bash
# Installs what the conformance tests use: official SDKs from the package registries, nothing else.
# Usage: install.sh VENV
set -euo pipefail
cd "$(dirname "$0")"
venv=$1
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv" || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
(cd clients && npm ci --no-audit --no-fund --silent && npm run --silent build)
(cd clients/rust && cargo build --quiet --locked)
