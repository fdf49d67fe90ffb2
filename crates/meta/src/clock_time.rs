//! Hours and days of the clock, as the counting tables use them.

use model::clock::Micros;

pub(crate) const SECOND: u64 = 1_000_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// Whole hours since 1970.
pub(crate) fn hour_of(moment: Micros) -> u64 {
    moment.0 / HOUR
}

/// The moment `micros` before `moment`, or 1970.
pub(crate) fn before(moment: Micros, micros: u64) -> Micros {
    Micros(moment.0.saturating_sub(micros))
}

/// The moment `micros` after `moment`.
pub(crate) fn after(moment: Micros, micros: u64) -> Micros {
    Micros(moment.0.saturating_add(micros))
}
