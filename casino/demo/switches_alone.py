#!/usr/bin/env python3
"""The page of switches by itself, for containers: there it listens on all addresses of its own container.

Compose publishes its port on loopback only, and starts the second release of payment whether or not it is switched on.
"""

from __future__ import annotations

import signal
import sys
import threading

import switches
from flag_file import Flags
from places import Data


def main() -> int:
    data = Data.of_environment()
    data.prepare()
    flags = Flags(data)
    flags.seed()
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    server = switches.serve(flags, host="0.0.0.0")
    over.wait()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
