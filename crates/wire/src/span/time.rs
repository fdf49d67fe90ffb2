//! When spans were: clocks that are wrong are put right, what is too old is refused.

use model::clock::Micros;
use model::json::Value;
use model::span::SpanRow;

use super::{Invalid, SpanGiven};
use crate::event::timestamps::{self, DRIFT_MIN};

/// Microseconds since 1970; negative before.
pub(super) type Signed = i64;

/// The moments of spans that are kept, and how wrong the sender's clock is.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    received: Signed,
    first: Signed,
    last: Signed,
    drift: Signed,
}

impl Window {
    /// The window of spans that arrived together.
    pub fn new(given: &SpanGiven<'_>) -> Self {
        let received = signed(given.received.0);
        let drift = given.sent_at.map_or(0, |sent_at| received - signed(sent_at.0));
        Self {
            received,
            first: received.saturating_sub(signed(given.past_max.0)).max(0),
            last: received.saturating_add(signed(given.future_max.0)),
            drift: if drift.abs() >= DRIFT_MIN { drift } else { 0 },
        }
    }

    /// Sets when a span was, given microseconds since 1970 by the sender's clock. One that ends in
    /// the future ends now.
    ///
    /// # Errors
    /// [`Invalid::Timestamp`] for a span that ends before it begins, or too long ago.
    pub fn place(&self, row: &mut SpanRow<'_>, start: i64, end: i64) -> Result<(), Invalid> {
        if end < start {
            return Err(Invalid::Timestamp);
        }
        let ahead = end.saturating_add(self.drift);
        let shift = if ahead > self.last { self.received.saturating_sub(end) } else { self.drift };
        let (start, end) = (start.saturating_add(shift), end.saturating_add(shift));
        if end < self.first || start < 0 {
            return Err(Invalid::Timestamp);
        }
        set(row, start, end);
        Ok(())
    }

    /// Whether a moment, corrected already, is one of those that are kept.
    pub(super) fn holds(&self, moment: Signed) -> bool {
        (self.first..=self.last).contains(&moment)
    }
}

/// Sets when a span was; both moments lie after 1970.
pub(super) fn set(row: &mut SpanRow<'_>, start: Signed, end: Signed) {
    row.timestamp = Micros(u64::try_from(start).unwrap_or(0));
    row.duration = u64::try_from(end.saturating_sub(start)).unwrap_or(0);
}

/// The moment in a value of any accepted form.
pub(super) fn micros(value: &Value<'_>) -> Option<Signed> {
    timestamps::micros(value)
}

fn signed(micros: u64) -> Signed {
    Signed::try_from(micros).unwrap_or(Signed::MAX / 4).min(Signed::MAX / 4)
}

/// Milliseconds as microseconds, where that makes sense.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie between nothing and a century"
)]
pub(super) fn from_millis(millis: f64) -> Option<u64> {
    (0.0..3.2e12).contains(&millis).then(|| (millis * 1e3).round() as u64)
}
