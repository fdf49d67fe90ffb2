"""What the casino's Python services report and how: SDK, tags, flags, logs, bus, database and calls to the others."""
