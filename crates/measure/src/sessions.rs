//! Rates of sessions and users without a crash.

use alert::Question;
use lang::ask::AskError;
use lang::health::{
    AskHealth, HealthBy, HealthGroup, HealthQuestion, Names, SessionSearchError, names,
};
use model::clock::Micros;
use model::id::ProjectId;

const HOUR: u64 = 3_600_000_000;

/// A rate of sessions or users without a crash. Sessions are counted by the hour in which they began, so a
/// window has whole hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sessions {
    /// Of these releases.
    pub releases: Names,
    /// In these environments.
    pub environments: Names,
    /// Of users rather than of sessions.
    pub users: bool,
}

impl Sessions {
    /// `None` if the rule is about something else.
    ///
    /// Source: Sentry writes `percentage(sessions_crashed, sessions) AS _crash_rate_alert_aggregate`.
    pub(crate) fn read(question: &Question) -> Result<Option<Self>, SessionSearchError> {
        let aggregate = question.aggregate.split(" AS ").next().unwrap_or_default();
        let aggregate: String = aggregate.chars().filter(|letter| *letter != ' ').collect();
        let users = match aggregate.as_str() {
            "percentage(sessions_crashed,sessions)" | "crash_free_rate(session)" => false,
            "percentage(users_crashed,users)" | "crash_free_rate(user)" => true,
            _ => return Ok(None),
        };
        let environment = question.environment.as_deref();
        let (releases, environments) = names(&question.query, environment.into_iter())?;
        Ok(Some(Self { releases, environments, users }))
    }

    /// The question for the hours that have something of a time in them.
    pub fn question(&self, projects: Vec<ProjectId>, start: Micros, end: Micros) -> HealthQuestion {
        HealthQuestion {
            projects,
            releases: self.releases.clone(),
            environments: self.environments.clone(),
            hour_start: start.0 / HOUR,
            hour_end: end.0.div_ceil(HOUR),
            step_hours: 0,
            group: HealthBy { project: true, ..HealthBy::default() },
            users: self.users,
        }
    }

    /// The percentage without a crash; `None` without any. Blocks.
    ///
    /// # Errors
    /// What the database of sessions says.
    pub fn ask(
        &self,
        health: &dyn AskHealth,
        projects: Vec<ProjectId>,
        (start, end): (Micros, Micros),
    ) -> Result<Vec<(ProjectId, Option<f64>)>, AskError> {
        let groups = health.health(&self.question(projects, start, end))?;
        let rate = |group: &HealthGroup| Some((group.project?, self.percentage(group)));
        Ok(groups.iter().filter_map(rate).collect())
    }

    fn percentage(&self, group: &HealthGroup) -> Option<f64> {
        let crashed =
            if self.users { group.total.user_crash_rate() } else { group.total.crash_rate() };
        crashed.map(|crashed| (1.0 - crashed) * 100.0)
    }
}
