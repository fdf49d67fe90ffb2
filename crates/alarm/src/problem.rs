//! Check-ins that were not taken as they were meant, so that people can see why.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::{Connection, params};

use crate::check_in::Arrival;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, rows};

/// Newest problems that are kept of one monitor. Source: Sentry, `MAX_ERRORS_PER_SET`.
const PER_MONITOR_MAX: u64 = 10;
/// Newest problems that are kept of one project: names of monitors that do not exist come from outside.
const PER_PROJECT_MAX: u64 = 500;
/// Characters of a detail, which may cite what was sent.
const DETAIL_CHARS_MAX: usize = 300;

/// What was wrong. Source of the names: Sentry, `ProcessingErrorType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The configuration makes no sense.
    Config,
    /// There is no such monitor, nor a configuration to make one of.
    NotFound,
    /// There are too many monitors.
    OverQuota,
    /// There are too many environments.
    EnvironmentLimit,
    /// There are too many check-ins.
    TooOften,
    /// The run has ended before.
    Finished,
    /// The run belongs to something else.
    EnvironmentMismatch,
}

impl ProblemKind {
    const ALL: [(Self, &str); 7] = [
        (Self::Config, "monitor_invalid_config"),
        (Self::NotFound, "monitor_not_found"),
        (Self::OverQuota, "monitor_over_quota"),
        (Self::EnvironmentLimit, "monitor_environment_limit_exceeded"),
        (Self::TooOften, "monitor_environment_ratelimited"),
        (Self::Finished, "checkin_finished"),
        (Self::EnvironmentMismatch, "checkin_environment_mismatch"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, name)| name)
    }
}

/// A check-in that was not taken as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose it is.
    pub project: ProjectId,
    /// The monitor's slug, whether there is such a monitor or not.
    pub slug: String,
    /// The environment.
    pub environment: String,
    /// When it arrived.
    pub at: Micros,
    /// What was wrong.
    pub kind: &'static str,
    /// In words.
    pub detail: String,
}

impl Problem {
    pub(crate) fn of(arrival: &Arrival, kind: ProblemKind, detail: &str) -> Self {
        Self {
            organization: arrival.organization,
            project: arrival.project,
            slug: arrival.slug.clone(),
            environment: arrival.environment.clone(),
            at: arrival.received,
            kind: kind.name(),
            detail: detail.chars().take(DETAIL_CHARS_MAX).collect(),
        }
    }
}

impl Alarms {
    /// What was wrong with check-ins of a project, newest first: of one slug, or of all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn check_in_problems(
        &self,
        projects: &[ProjectId],
        slug: Option<&str>,
        page: (usize, usize),
    ) -> Result<Vec<Problem>, AlarmError> {
        let projects: Vec<u64> = projects.iter().map(|project| project.0).collect();
        self.read(|connection| {
            let sql = "SELECT organization, project, slug, environment, at, kind, detail
                       FROM check_in_problems
                       WHERE project IN (SELECT value FROM json_each(?1))
                       AND (?2 IS NULL OR slug = ?2) ORDER BY id DESC LIMIT ?4 OFFSET ?3";
            let values = params![crate::rows::written(&projects)?, slug, page.0, page.1];
            rows(connection, sql, values, |row| {
                let name: String = row.get(5)?;
                let known = ProblemKind::ALL.iter().find(|(_, known)| *known == name);
                Ok(Problem {
                    organization: OrganizationId(row.get(0)?),
                    project: ProjectId(row.get(1)?),
                    slug: row.get(2)?,
                    environment: row.get(3)?,
                    at: Micros(row.get(4)?),
                    kind: known.map_or("unknown", |(_, name)| name),
                    detail: row.get(6)?,
                })
            })
        })
    }
}

pub(crate) fn note(connection: &Connection, problem: &Problem) -> Result<(), AlarmError> {
    let sql = "INSERT INTO check_in_problems
               (organization, project, slug, environment, at, kind, detail)
               VALUES (?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        problem.organization.0,
        problem.project.0,
        problem.slug,
        problem.environment,
        problem.at.0,
        problem.kind,
        problem.detail
    ];
    execute(connection, sql, values)?;
    let (project, slug) = (problem.project.0, &problem.slug);
    let sql = "DELETE FROM check_in_problems WHERE project = ?1 AND slug = ?2 AND id NOT IN
               (SELECT id FROM check_in_problems WHERE project = ?1 AND slug = ?2
                ORDER BY id DESC LIMIT ?3)";
    execute(connection, sql, params![project, slug, PER_MONITOR_MAX])?;
    let sql = "DELETE FROM check_in_problems WHERE project = ?1 AND id <=
               (SELECT id FROM check_in_problems WHERE project = ?1
                ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    execute(connection, sql, params![project, PER_PROJECT_MAX]).map(drop)
}
