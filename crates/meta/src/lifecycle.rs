//! When issues change their state by themselves: regressions, conditions, escalation.
//!
//! Source: `reference/grouping.md`, section 10. Values in, values out; `apply` does the asking.

use std::cmp::Ordering;

use crate::issue_state::Archive;

/// Hours the forecast looks back.
pub(crate) const FORECAST_HOURS: usize = 7 * 24;
/// Days it looks ahead. It is made anew every week, so the second week is a reserve.
const FORECAST_DAYS: u64 = 14;

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
        Archive::Condition { time, events, users, events_before, users_before } => {
            let reached = |asked: Option<(u64, Option<u64>)>, more: u64, in_window: u64| {
                asked.is_some_and(|(count, window)| {
                    let counted = if window.is_some() { in_window } else { more };
                    counted >= count
                })
            };
            let more_events = counts.events.saturating_sub(*events_before);
            let more_users = counts.users.saturating_sub(*users_before);
            let met = time.is_some_and(|time| now >= time)
                || reached(*events, more_events, counts.events_in_window)
                || reached(*users, more_users, counts.users_in_window);
            met.then_some(Return::Condition)
        }
    }
}

/// Events an hour may have on each of the 14 days from `today` on (whole days since 1970), given the
/// hourly counts of the last week, oldest first. `known` tells how many of them the issue existed.
pub(crate) fn forecast(hourly: &[u64], known: usize, today: u64) -> Archive {
    let days = today..today + FORECAST_DAYS;
    let most = hourly.iter().copied().max().unwrap_or(0);
    let limits = if known < FORECAST_HOURS {
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
    Archive::Escalating { first_day: today, limits }
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

    fn limits(archive: Archive) -> Vec<u64> {
        match archive {
            Archive::Escalating { limits, .. } => limits,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn forecasts_follow_the_reference() {
        assert_eq!(limits(forecast(&[0, 3, 1], 3, 20_000)), [30; 14], "ten times the worst hour");
        // Even: no deviation, so burst = 5 × 4, base = 4 × 5, mean 4.
        assert_eq!(limits(forecast(&[4; 168], 168, 20_000)), [24; 14]);
        assert_eq!(limits(forecast(&[0; 168], 168, 20_000)), [0; 14]);
        // One busy weekday: the limit of that weekday is the highest, the burst limit is the floor.
        let mut hourly = [0; 168];
        hourly[..24].fill(100);
        let limits = limits(forecast(&hourly, 168, 20_000));
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
            (condition(None, None, Some((2, None))), Some(Return::Condition)),
            (condition(None, None, Some((2, Some(60)))), None),
            (condition(None, None, None), None),
        ] {
            assert_eq!(comes_back(&archive, 1_000, counts), expected, "{archive:?}");
        }
    }
}
