//! Questions about release health: how sessions and users fared, of which release, where, and when.

mod filter;

use std::fmt::Debug;

use model::id::ProjectId;
use model::session::SessionHealth;

use crate::ask::{AskError, Glob};
use crate::pattern::Pattern;

pub use filter::{SessionSearchError, names};

/// Answers questions about sessions. Calls block.
pub trait AskHealth: Debug + Send + Sync {
    /// Sessions and users by group and time.
    ///
    /// # Errors
    /// [`AskError`] when the answer would be too large, or the database cannot be read.
    fn health(&self, question: &HealthQuestion) -> Result<Vec<HealthGroup>, AskError>;
}

/// A question for groups. Everything is counted in the hour in which its session began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthQuestion {
    /// Sessions of these projects; none means no sessions. The caller has checked the right to see them.
    pub projects: Vec<ProjectId>,
    /// Sessions of these releases.
    pub releases: Names,
    /// Sessions in these environments; an empty text stands for "none given".
    pub environments: Names,
    /// First hour that counts, since 1970.
    pub hour_start: u64,
    /// First hour that does not count any more.
    pub hour_end: u64,
    /// Hours of one bucket of [`HealthGroup::series`]; zero for no series.
    pub step_hours: u64,
    /// What makes a group.
    pub group: HealthBy,
    /// Whether users are asked for, which takes much longer than sessions.
    pub users: bool,
}

/// What makes a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HealthBy {
    /// Each project for itself.
    pub project: bool,
    /// Each release for itself.
    pub release: bool,
    /// Each environment for itself.
    pub environment: bool,
}

/// Which names: all, if nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// One of these fits; any, when there is none here. `*` stands for any text.
    pub only: Vec<String>,
    /// None of these fits.
    pub not: Vec<String>,
}

impl Names {
    /// Exactly this name.
    pub fn one(name: impl Into<String>) -> Self {
        Self { only: vec![name.into()], not: Vec::new() }
    }

    /// Whether a name is meant.
    pub fn fit(&self, name: &str) -> bool {
        let fits = |pattern: &String| fits(pattern, name);
        (self.only.is_empty() || self.only.iter().any(fits)) && !self.not.iter().any(fits)
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    if !pattern.contains('*') {
        return pattern == name;
    }
    let pieces = pattern.split('*').map(str::to_owned).collect();
    Pattern::glob(&Glob { pieces }, false).fits_text(name)
}

/// How sessions and users of one group fared. Fields that were not grouped by are `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthGroup {
    /// The project.
    pub project: Option<ProjectId>,
    /// The release.
    pub release: Option<String>,
    /// The environment; empty for "none given".
    pub environment: Option<String>,
    /// Over the whole time.
    pub total: HealthCounts,
    /// For each bucket of time.
    pub series: Vec<HealthCounts>,
}

/// How many fared how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HealthCounts {
    /// Sessions by [`SessionHealth::index`]; each is counted once.
    pub sessions: [u64; 5],
    /// Distinct users by the worst that happened to them.
    pub users: [u64; 5],
    /// Distinct users whose app hung.
    pub users_anr: u64,
    /// Distinct users before whose eyes the app hung.
    pub users_anr_foreground: u64,
}

impl HealthCounts {
    /// All sessions.
    pub fn sessions_total(&self) -> u64 {
        self.sessions.iter().sum()
    }

    /// All users.
    pub fn users_total(&self) -> u64 {
        self.users.iter().sum()
    }

    /// Share of sessions that crashed, from 0 to 1; `None` without sessions.
    ///
    /// Source: Relay, `relay-server/src/metrics_extraction/sessions`; the rate of crash-free ones is what
    /// remains to 1.
    pub fn crash_rate(&self) -> Option<f64> {
        share(self.sessions[SessionHealth::Crashed.index()], self.sessions_total())
    }

    /// Share of users with a session that crashed, from 0 to 1; `None` without users.
    pub fn user_crash_rate(&self) -> Option<f64> {
        share(self.users[SessionHealth::Crashed.index()], self.users_total())
    }

    /// Share of sessions in which anything at all went wrong; `None` without sessions.
    pub fn unhealthy_rate(&self) -> Option<f64> {
        let healthy = self.sessions[SessionHealth::Healthy.index()];
        share(self.sessions_total() - healthy, self.sessions_total())
    }
}

/// A part of a whole, from 0 to 1; `None` of nothing.
#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 53 bits")]
pub fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
