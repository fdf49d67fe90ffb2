//! When issues change their state by themselves: regressions, conditions, escalation, age.
//!
//! The one place where this is decided. Values in, values out; `apply` and `retention` do the asking.
//!
//! Source: Sentry's issue states and its forecast for archived issues.

use std::cmp::Ordering;

use crate::issue_state::Archive;

/// How long an issue is new, regressed or escalating before it is just ongoing. Source: Sentry.
pub(crate) const FRESH_DAYS: u64 = 7;
/// Hours the forecast looks back.
pub(crate) const FORECAST_HOURS: usize = 7 * 24;
/// Days it looks ahead. It is made anew every week, so the second week is a reserve.
const FORECAST_DAYS: u64 = 14;
/// Events that an hour may have whatever was forecast. Source: Sentry's forecast of one event.
pub(crate) const HOUR_EVENTS_MIN: u64 = 10;

/// What happened to an archived issue since it was archived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    /// Events of all time.
    pub events: u64,
    /// Users of all time.
    pub users: u64,
    /// Events of the hour that runs.
    pub events_this_hour: u64,
    /// Events in the window of the condition, when it has one.
    pub events_in_window: u64,
    /// Users in the window of the condition, when it has one.
    pub users_in_window: u64,
}

/// How an archived issue comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Return {
    /// It happens more often than forecast.
    Escalating,
    /// A condition is met.
    Condition,
}

/// Whether an archived issue comes back at `now` (microseconds since 1970).
pub(crate) fn comes_back(archive: &Archive, now: u64, counts: Counts) -> Option<Return> {
    match archive {
        Archive::Forever => None,
        Archive::Escalating { first_day, limits } => {
            let day = (now / crate::clock_time::DAY).saturating_sub(*first_day);
            let place = usize::try_from(day).unwrap_or(usize::MAX);
            let limit = limits.get(place).or(limits.last()).copied().unwrap_or(u64::MAX);
            (counts.events_this_hour > limit).then_some(Return::Escalating)
        }
        Archive::Condition { time, events, users, events_before, users_before, .. } => {
            let reached = |asked: Option<(u64, Option<u64>)>, more: u64, in_window: u64| {
                asked.is_some_and(|(count, window)| {
                    let counted = if window.is_some() { in_window } else { more };
                    counted >= count
                })
            };
            let more_events = counts.events.saturating_sub(*events_before);
            let more_users = counts.users.saturating_sub(*users_before);
            // Windows begin with a whole hour, so what was before the archiving may lie in one.
            let met = time.is_some_and(|time| now >= time)
                || reached(*events, more_events, counts.events_in_window.min(more_events))
                || reached(*users, more_users, counts.users_in_window);
            met.then_some(Return::Condition)
        }
    }
}

/// Events an hour may have on each of the 14 days from `today` on (whole days since 1970), given the
/// hourly counts of the last week, oldest first. `known` tells how many of them the issue existed.
pub(crate) fn forecast(hourly: &[u64], known: usize, today: u64) -> Vec<u64> {
    let days = today..today + FORECAST_DAYS;
    let most = hourly.iter().copied().max().unwrap_or(0);
    let limits: Vec<u64> = if known < FORECAST_HOURS {
        days.map(|_| most.saturating_mul(10)).collect()
    } else {
        let values: Vec<f64> = hourly.iter().map(|count| float(*count)).collect();
        let count = float(values.len() as u64).max(1.0);
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        let deviation = variance.sqrt();
        let (spread, base) = if mean > 0.0 {
            (deviation / mean, mean * ((mean + 5.0 * deviation) / mean).clamp(5.0, 8.0))
        } else {
            (0.0, 0.0)
        };
        let burst = float(most) * (5.0 * (-0.65 * spread).exp()).clamp(2.0, 5.0);
        let first = today.saturating_sub(7);
        days.map(|day| whole(burst.max(weighted_mean(&values, first, day) + base))).collect()
    };
    limits.into_iter().map(|limit| limit.max(HOUR_EVENTS_MIN)).collect()
}

/// The mean where hours on the same weekday as `day` count double.
fn weighted_mean(values: &[f64], first_day: u64, day: u64) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (hour, value) in values.iter().enumerate() {
        let hour_day = first_day + (hour / 24) as u64;
        let weight = if hour_day % 7 == day % 7 { 2.0 } else { 1.0 };
        sum += weight * value;
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn whole(value: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "cut off to the range first"
    )]
    let whole = value.clamp(0.0, 1e15) as u64;
    whole
}

/// A release as far as its age matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Release<'a> {
    /// As SDKs name it, such as `casino-api@1.2.3`.
    pub(crate) version: &'a str,
    /// When it was released or first seen; `None` when nobody knows it.
    pub(crate) date: Option<u64>,
}

/// What is known of how an issue was resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fix {
    /// Once and for all: any later event brings it back.
    AtOnce,
    /// Only events of releases later than this one do.
    In {
        /// Which.
        version: String,
        /// When it was released or first seen; `None` when nobody knows it.
        date: Option<u64>,
    },
    /// In a commit that no release has yet. Only a release that was made after this moment, and of whose
    /// commits nothing is known, may have it.
    InNoneSince(u64),
}

/// The release of an event on a resolved issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeenIn<'a> {
    /// Which.
    pub(crate) release: Release<'a>,
    /// When it became known.
    pub(crate) created: Option<u64>,
    /// Whether it is known which commits it has.
    pub(crate) has_commits: bool,
}

/// Whether an event shows that a resolved issue is not. One without a release does: nothing says that it is
/// old.
pub(crate) fn is_regression(fix: &Fix, event: SeenIn<'_>) -> bool {
    if event.release.version.is_empty() {
        return true;
    }
    match fix {
        Fix::AtOnce => true,
        Fix::In { version, date } => is_later(event.release, Release { version, date: *date }),
        Fix::InNoneSince(moment) => {
            !event.has_commits && event.created.is_some_and(|created| created > *moment)
        }
    }
}

/// By version if both are versions of one package, else by date. One that is not known is older than any.
fn is_later(release: Release<'_>, than: Release<'_>) -> bool {
    match compare_releases(release.version, than.version) {
        Some(order) => order == Ordering::Greater,
        None => release.date > than.date,
    }
}

/// How two releases of one package compare as versions; `None` when they are not both
/// `package@version` of the same package, and dates must decide.
pub(crate) fn compare_releases(left: &str, right: &str) -> Option<Ordering> {
    if left == right {
        return Some(Ordering::Equal);
    }
    let (left_package, left) = left.rsplit_once('@')?;
    let (right_package, right) = right.rsplit_once('@')?;
    if left_package != right_package {
        return None;
    }
    let (left, right) = (Version::parse(left)?, Version::parse(right)?);
    Some(left.numbers.cmp(&right.numbers).then_with(|| left.compare_pre(&right)))
}

struct Version<'a> {
    numbers: [u64; 4],
    pre: &'a str,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (core, pre) = text.split_once('-').unwrap_or((text, ""));
        let mut numbers = [0; 4];
        let mut slots = numbers.iter_mut();
        for number in core.split('.') {
            *slots.next()? = number.parse().ok()?;
        }
        Some(Self { numbers, pre })
    }

    /// A pre-release is before the release; identifiers compare as numbers where both are.
    ///
    /// Source: Semantic Versioning 2.0.0, section 11.
    fn compare_pre(&self, other: &Self) -> Ordering {
        match (self.pre.is_empty(), other.pre.is_empty()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let (mut left, mut right) = (self.pre.split('.'), other.pre.split('.'));
        loop {
            let order = match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (None, Some(_)) => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some(left), Some(right)) => match (left.parse::<u64>(), right.parse::<u64>()) {
                    (Ok(left), Ok(right)) => left.cmp(&right),
                    (Ok(_), Err(_)) => Ordering::Less,
                    (Err(_), Ok(_)) => Ordering::Greater,
                    (Err(_), Err(_)) => left.cmp(right),
                },
            };
            if order.is_ne() {
                return order;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_as_versions_within_a_package() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, expected) in [
            ("api@1.2.3", "api@1.2.3", Some(Equal)),
            ("api@1.10.0", "api@1.9.9", Some(Greater)),
            ("api@1.0", "api@1.0.0", Some(Equal)),
            ("api@1.0.0-rc.1", "api@1.0.0", Some(Less)),
            ("api@1.0.0-rc.2", "api@1.0.0-rc.10", Some(Less)),
            ("api@1.0.0-alpha", "api@1.0.0-1", Some(Greater)),
            ("api@1.0.0+7", "api@1.0.0+8", Some(Equal)),
            ("api@1.0.0", "web@2.0.0", None),
            ("api@abc", "api@1.0.0", None),
            ("1.0.0", "2.0.0", None),
            ("@scope/api@2.0.0", "@scope/api@1.0.0", Some(Greater)),
        ] {
            assert_eq!(compare_releases(left, right), expected, "{left} {right}");
        }
    }

    #[test]
    fn regressions() {
        let release = |version: &'static str, date| Release { version, date };
        let fixed_in = |version: &str| Fix::In { version: version.to_owned(), date: Some(10) };
        let seen = |version, date: Option<u64>| SeenIn {
            release: release(version, date),
            created: date,
            has_commits: false,
        };
        for (fix, event, expected) in [
            (Fix::AtOnce, seen("a@1.0", Some(1)), true),
            (Fix::AtOnce, seen("", None), true),
            (fixed_in("a@1.2.0"), seen("", None), true),
            (fixed_in("a@1.2.0"), seen("a@1.1.9", Some(99)), false),
            (fixed_in("a@1.2.0"), seen("a@1.2.0", Some(99)), false),
            (fixed_in("a@1.2.0"), seen("a@1.10.0", Some(1)), true),
            (fixed_in("a@1.2.0"), seen("a@1.2.0-rc.1", Some(99)), false),
            (fixed_in("a@1.2.0"), seen("a@1.2.0+build7", Some(99)), false),
            (fixed_in("a@1.2.0-rc.2"), seen("a@1.2.0-rc.10", None), true),
            // Of another package, or no version at all: by date.
            (fixed_in("a@1.2.0"), seen("b@1.1.0", Some(11)), true),
            (fixed_in("a@1.2.0"), seen("b@1.3.0", Some(9)), false),
            (fixed_in("deadbeef"), seen("cafe", Some(11)), true),
            (fixed_in("deadbeef"), seen("cafe", Some(9)), false),
            (fixed_in("deadbeef"), seen("cafe", None), false),
            (fixed_in("deadbeef"), seen("deadbeef", Some(99)), false),
            // In a commit that no release has yet.
            (Fix::InNoneSince(5), seen("a@1.0", Some(6)), true),
            (Fix::InNoneSince(5), seen("a@1.0", Some(5)), false),
            (Fix::InNoneSince(5), seen("a@1.0", None), false),
            (Fix::InNoneSince(5), SeenIn { has_commits: true, ..seen("a@1.0", Some(6)) }, false),
        ] {
            assert_eq!(is_regression(&fix, event), expected, "{fix:?} {event:?}");
        }
    }

    #[test]
    fn forecasts_follow_the_reference() {
        assert_eq!(forecast(&[0, 3, 1], 3, 20_000), [30; 14], "ten times the worst hour");
        // Even: no deviation, so burst = 5 × 4, base = 4 × 5, mean 4.
        assert_eq!(forecast(&[4; 168], 168, 20_000), [24; 14]);
        // A quiet week: a few events are nothing to shout about.
        assert_eq!(forecast(&[0; 168], 168, 20_000), [10; 14]);
        // One burst: twice the worst hour.
        let mut burst = [0; 168];
        burst[100] = 1_000;
        assert_eq!(forecast(&burst, 168, 20_000), [2_000; 14]);
        // One busy weekday: the limit of that weekday is the highest, the burst limit is the floor.
        let mut hourly = [0; 168];
        hourly[..24].fill(100);
        let limits = forecast(&hourly, 168, 20_000);
        assert!(limits[0] >= limits[1], "{limits:?}");
        assert_eq!(limits[0], limits[7]);
    }

    #[test]
    fn archived_issues_come_back() {
        let counts = Counts {
            events: 15,
            users: 4,
            events_this_hour: 31,
            events_in_window: 3,
            users_in_window: 1,
        };
        let condition = |time, events, users| Archive::Condition {
            time,
            events,
            users,
            events_before: 10,
            users_before: 2,
            users_that_hour: 0,
        };
        for (archive, expected) in [
            (Archive::Forever, None),
            (Archive::Escalating { first_day: 0, limits: vec![30] }, Some(Return::Escalating)),
            (Archive::Escalating { first_day: 0, limits: vec![31] }, None),
            (condition(Some(1_000), None, None), Some(Return::Condition)),
            (condition(Some(1_001), None, None), None),
            (condition(None, Some((5, None)), None), Some(Return::Condition)),
            (condition(None, Some((6, None)), None), None),
            (condition(None, Some((3, Some(60))), None), Some(Return::Condition)),
            (condition(None, Some((4, Some(60))), None), None),
            (condition(None, Some((3, Some(60))), None), Some(Return::Condition)),
            (condition(None, None, Some((2, None))), Some(Return::Condition)),
            (condition(None, None, Some((2, Some(60)))), None),
            (condition(None, None, None), None),
        ] {
            assert_eq!(comes_back(&archive, 1_000, counts), expected, "{archive:?}");
        }
    }
}
