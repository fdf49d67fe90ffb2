#!/bin/sh
# Installs one Debian package without starting the services in it: the demonstration runs its own.
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get install -qy --no-install-recommends "$1" || {
    apt-get update -q
    apt-get install -qy --no-install-recommends "$1"
}
