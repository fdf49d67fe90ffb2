//! Tests of alerting, as its users see it.
#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "tests may be blunt, and their counts are small"
)]

mod anomaly;
mod day;
mod dispatch;
mod given;
mod issue;
mod metric;
mod momentary;
mod on_call;
mod order;
mod properties;
