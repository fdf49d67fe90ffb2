//! What every Rust service of the casino reports and how: SDK, tags, flags, logs, calls to the others.
