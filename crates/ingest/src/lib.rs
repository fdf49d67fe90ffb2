//! The way in over HTTP: keys, quotas, size limits, decompression; accepts items into the intake log.
