//! Limits of schedules and monitors.

/// Characters of a crontab.
pub const CRONTAB_CHARS_MAX: usize = 255;
/// Entries between commas in one field of a crontab.
pub const CRONTAB_TERMS_MAX: usize = 64;
/// Years within which a crontab must be due once. The 29th of February falls on a given weekday at least
/// every 40 years.
pub const SEARCH_YEARS_MAX: i16 = 50;
/// The longest interval, in days.
pub const INTERVAL_DAYS_MAX: u64 = 3_660;
/// Characters of the name of a time zone.
pub const ZONE_CHARS_MAX: usize = 64;
/// Minutes that a check-in may be late, and that a job may run. As Sentry: 28 days.
pub const MARGIN_MINUTES_MAX: u32 = 40_320;
/// Failures until an issue is opened, and successes until it is resolved. As Sentry.
pub const THRESHOLD_MAX: u32 = 720;
/// The longest run a report may claim, in milliseconds: 28 days.
pub const DURATION_MILLIS_MAX: u64 = 40_320 * 60_000;
