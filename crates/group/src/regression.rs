//! Whether an event brings a resolved issue back.
//!
//! Source: the reference on grouping, section 10.

use std::cmp::Ordering;

use model::clock::Micros;

/// A release as far as its age matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release<'a> {
    /// As the SDK names it, such as `casino-api@1.2.3`.
    pub version: &'a str,
    /// When it was made or first seen.
    pub date: Option<Micros>,
}

/// How an issue was resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// Once and for all: any further event brings it back.
    Now,
    /// This release has the fix.
    InRelease(Release<'a>),
    /// The release after this one, which was the newest at that time, will have the fix.
    AfterRelease(Release<'a>),
    /// In the next release, before there was any.
    InFirstRelease,
}

/// Whether an event of that release shows that the issue is not resolved. An event without a
/// release does: nothing says that it is old.
pub fn is_regression(resolution: Resolution<'_>, event: Option<Release<'_>>) -> bool {
    let Some(event) = event else { return true };
    match resolution {
        Resolution::Now | Resolution::InFirstRelease => true,
        Resolution::InRelease(fixed) => compare(event, fixed) != Some(Ordering::Less),
        Resolution::AfterRelease(last) => {
            !matches!(compare(event, last), Some(Ordering::Less | Ordering::Equal))
        }
    }
}

/// By version if both are versions of the same package, else by date. `None` if neither tells.
fn compare(a: Release<'_>, b: Release<'_>) -> Option<Ordering> {
    if a.version == b.version {
        return Some(Ordering::Equal);
    }
    if let (Some((a_package, a_version)), Some((b_package, b_version))) =
        (parse(a.version), parse(b.version))
        && a_package == b_package
    {
        return Some(a_version.cmp(&b_version));
    }
    Some(a.date?.cmp(&b.date?)).filter(|order| order.is_ne())
}

/// A semantic version; what stands after `+` does not order.
#[derive(Debug, PartialEq, Eq)]
struct Version<'a> {
    numbers: [u64; 4],
    /// `None` for a final version.
    pre: Option<&'a str>,
}

fn parse(release: &str) -> Option<(&str, Version<'_>)> {
    let (package, version) = release.rsplit_once('@')?;
    let version = version.strip_prefix('v').unwrap_or(version);
    let version = version.split('+').next().unwrap_or(version);
    let (core, pre) = match version.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (version, None),
    };
    let mut numbers = [0; 4];
    for (place, part) in core.split('.').enumerate() {
        *numbers.get_mut(place)? = part.parse().ok()?;
    }
    core.contains('.').then_some((package, Version { numbers, pre }))
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (self.pre, other.pre) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => compare_pre(a, b),
        })
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Part by part: numbers by value and before words, fewer parts first.
fn compare_pre(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
