#!/usr/bin/env bash
# Installs what the conformance tests use: official SDKs from the package registries, nothing else.
# Programs that are compiled lie beside the Python packages. Usage: install.sh VENV
set -euo pipefail
cd "$(dirname "$0")"
venv=$1
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv" || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
(cd clients && npm ci --no-audit --no-fund --silent && npm run --silent build)
(cd clients/rust && cargo build --quiet --locked)
(cd clients/rust_otel && cargo build --quiet --locked --target-dir "$venv/rust")
(cd clients/rust_minidump && cargo build --quiet --locked --target-dir "$venv/rust")

# Go and Java are not needed for anything else here. Without them, tests are skipped that say so.
export PATH=$PATH:/usr/local/go/bin
if command -v go >/dev/null; then
    (cd clients/go && go build -o "$venv/go/payments" .)
else
    echo "Go is missing: the service in Go will not be tested"
fi
if command -v javac >/dev/null && command -v mvn >/dev/null; then
    mvn -q -B -C org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy -Dmdep.stripVersion=true \
        -Dartifact=io.opentelemetry.javaagent:opentelemetry-javaagent:2.33.1 -DoutputDirectory="$venv/java"
    javac -d "$venv/java" clients/java/Provider.java
else
    echo "javac or mvn is missing: the service in Java will not be tested"
fi
