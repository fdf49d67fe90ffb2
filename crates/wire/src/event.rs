//! Event payloads: normalised into one shape, with notes on what was broken.
