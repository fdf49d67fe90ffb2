//! Moments as the API writes them.

use chrono::{DateTime, SecondsFormat, Utc};
use model::clock::Micros;

/// ISO 8601 in UTC ending in `Z`, which some clients insist on; microseconds when there are any.
pub fn iso(moment: Micros) -> String {
    let date = i64::try_from(moment.0).ok().and_then(DateTime::<Utc>::from_timestamp_micros);
    date.unwrap_or_default().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Whole seconds since 1970, as time series carry them.
pub fn seconds(moment: Micros) -> u64 {
    moment.0 / 1_000_000
}

/// A payload's timestamp: seconds since 1970 as a number.
pub fn from_payload(value: &serde_json::Value) -> Option<Micros> {
    let micros = value.as_f64()? * 1e6;
    let fits = (0.0..9e15).contains(&micros);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked one line above"
    )]
    fits.then_some(Micros(micros.round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_end_in_z() {
        assert_eq!(iso(Micros(1_795_255_200_000_000)), "2026-11-21T10:00:00Z");
        assert_eq!(iso(Micros(1_795_255_200_250_000)), "2026-11-21T10:00:00.250Z");
    }

    #[test]
    fn payload_times_are_seconds() {
        assert_eq!(
            from_payload(&serde_json::json!(1_795_255_200.25)),
            Some(Micros(1_795_255_200_250_000))
        );
        assert_eq!(from_payload(&serde_json::json!("x")), None);
        assert_eq!(from_payload(&serde_json::json!(-1)), None);
    }
}
