//! How many events an archived issue may get before it comes back by itself.
//!
//! Source: the reference on grouping, section 10.

/// Hours the forecast is made from: one week.
pub const HOURS: usize = 168;
/// Days the forecast is for.
pub const DAYS: usize = 14;

/// For each of the next [`DAYS`] days, how many events one hour may have. `hourly` are the counts
/// of the last hours, oldest first, ending with the last full hour; of more than [`HOURS`], the
/// newest are used.
pub fn forecast(hourly: &[u32]) -> [u64; DAYS] {
    let recent = &hourly[hourly.len().saturating_sub(HOURS)..];
    let max = recent.iter().copied().max().unwrap_or(0);
    if recent.len() < HOURS {
        return [u64::from(max) * 10; DAYS];
    }
    let hours = count(recent.len());
    let mean = recent.iter().map(|hour| f64::from(*hour)).sum::<f64>() / hours;
    if mean == 0.0 {
        return [0; DAYS];
    }
    let variance =
        recent.iter().map(|hour| (f64::from(*hour) - mean).powi(2)).sum::<f64>() / (hours - 1.0);
    let deviation = variance.sqrt();
    let burst = f64::from(max) * (5.0 * (-0.65 * deviation / mean).exp()).clamp(2.0, 5.0);
    let base = mean * ((mean + 5.0 * deviation) / mean).clamp(5.0, 8.0);
    std::array::from_fn(|day| {
        let same_weekday = day % 7;
        let weekday = recent.iter().skip(same_weekday * 24).take(24);
        let weekday: f64 = weekday.map(|hour| f64::from(*hour)).sum();
        let weighted = (mean * hours + weekday) / (hours + 24.0);
        floor(burst.max(weighted + base))
    })
}

/// Whether an hour with so many events is more than the forecast for today allows.
pub fn is_escalating(events_this_hour: u64, limit: u64) -> bool {
    events_this_hour > limit
}

#[expect(clippy::cast_precision_loss, reason = "at most 168")]
fn count(hours: usize) -> f64 {
    hours as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "not negative, and at most eight times a 32 bit number"
)]
fn floor(limit: f64) -> u64 {
    limit.floor() as u64
}
