//! Tests of sampling, as its users see it.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod judge;
mod population;
mod settings;
