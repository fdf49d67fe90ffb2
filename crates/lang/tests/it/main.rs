//! What the search language means, seen from outside.

#![expect(clippy::unwrap_used, reason = "the functions that tables call are tests, too")]

mod columns;
mod events;
mod issues;
mod matching;
mod properties;
mod spans;
mod vectors;

use model::clock::Micros;

/// 2026-11-21T12:00:00Z.
const NOW: Micros = Micros(1_795_262_400_000_000);
