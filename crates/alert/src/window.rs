//! Times when nobody wants to be told: silences, maintenance, hours of the week.

use model::clock::Micros;
use schedule::{Crontab, Zone};

use crate::labels::{Labels, Matcher, all_match};

/// Somebody asked for quiet about some alerts, for a time.
#[derive(Debug, Clone, PartialEq)]
pub struct Silence {
    /// Which.
    pub id: u64,
    /// Alerts that meet all of them; at least one.
    pub matchers: Vec<Matcher>,
    /// From then on.
    pub starts: Micros,
    /// Up to then, exclusively.
    pub ends: Micros,
    /// Who asked.
    pub author: String,
    /// Why.
    pub comment: String,
}

/// A silence that cannot be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum SilenceError {
    #[error("a silence needs at least one matcher")]
    NoMatcher,
    #[error(
        "at least one matcher must not match the empty string, or all alerts would be silenced"
    )]
    MatchesAll,
    #[error("a silence must end after it starts")]
    Backwards,
}

impl Silence {
    /// Checks it, as Alertmanager does.
    ///
    /// # Errors
    /// [`SilenceError`].
    pub fn check(&self) -> Result<(), SilenceError> {
        if self.matchers.is_empty() {
            return Err(SilenceError::NoMatcher);
        }
        if all_match(&self.matchers, &Labels::new()) {
            return Err(SilenceError::MatchesAll);
        }
        if self.ends <= self.starts { Err(SilenceError::Backwards) } else { Ok(()) }
    }

    /// Whether it quietens such an alert now.
    pub fn covers(&self, labels: &Labels, now: Micros) -> bool {
        (self.starts..self.ends).contains(&now) && all_match(&self.matchers, labels)
    }
}

/// Planned work on something.
#[derive(Debug, Clone, PartialEq)]
pub struct Maintenance {
    /// What people call it.
    pub name: String,
    /// Alerts that meet all of them are expected.
    pub matchers: Vec<Matcher>,
    /// When.
    pub window: Window,
}

impl Maintenance {
    /// Whether such an alert is quiet now.
    pub fn covers(&self, labels: &Labels, now: Micros) -> bool {
        self.window.is_open(now) && all_match(&self.matchers, labels)
    }
}

/// A time that is open and then closed.
#[derive(Debug, Clone, PartialEq)]
pub enum Window {
    /// Once, from the first moment up to the second, exclusively.
    Once(Micros, Micros),
    /// Again and again: it opens when the crontab is due, for so many microseconds.
    Repeated {
        /// When it opens.
        opens: Crontab,
        /// In which zone.
        zone: Zone,
        /// For how long, in microseconds.
        duration: u64,
    },
    /// In these minutes of the local week, counted from Monday 00:00: from the first up to the second,
    /// exclusively.
    Weekly {
        /// Any number of spans.
        minutes: Vec<(u16, u16)>,
        /// In which zone.
        zone: Zone,
    },
}

impl Window {
    /// Whether it is open at that moment.
    pub fn is_open(&self, now: Micros) -> bool {
        match self {
            Self::Once(from, until) => (*from..*until).contains(&now),
            Self::Repeated { opens, zone, duration } => {
                let just_after = Micros(now.0.saturating_add(1));
                let opened = opens.previous(just_after, zone);
                opened.is_some_and(|opened| now.0 - opened.0 < *duration)
            }
            Self::Weekly { minutes, zone } => zone.minute_of_week(now).is_some_and(|minute| {
                minutes.iter().any(|(from, until)| (*from..*until).contains(&minute))
            }),
        }
    }
}
