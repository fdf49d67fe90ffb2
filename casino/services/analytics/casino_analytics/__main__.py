"""Starts analytics: `python -m casino_analytics`."""

from __future__ import annotations

import asyncio

from casino_analytics.service import main

if __name__ == "__main__":
    asyncio.run(main())
