"""Starts the engine: `python -m casino_engine`."""

from __future__ import annotations

import asyncio

from casino_engine.service import main

if __name__ == "__main__":
    asyncio.run(main())
