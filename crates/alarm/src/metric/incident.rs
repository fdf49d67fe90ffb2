//! Sentry's incidents: a series that fires, from its beginning to its end.

use alert::Severity;
use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::{Connection, Row, params};
use serde::{Deserialize, Serialize};

use super::Judged;
use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, insert, json, row, rows, written};

const COLUMNS: &str =
    "id, organization, identifier, rule, title, project, groups, severity, started,
    detected, closed, activities";
/// Activities of one incident; later changes are not listed.
const ACTIVITIES_MAX: usize = 200;

/// An incident of a rule about numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricIncident {
    /// Which.
    pub id: u64,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its number within the organisation.
    pub identifier: u64,
    /// The rule that fired.
    pub rule: u64,
    /// The rule's name at that time.
    pub title: String,
    /// Where.
    pub project: ProjectId,
    /// The values of the rule's fields.
    pub groups: Vec<String>,
    /// How bad it is, or was last.
    pub severity: Severity,
    /// Since when something was wrong.
    pub started: Micros,
    /// When it fired.
    pub detected: Micros,
    /// When it was over.
    pub closed: Option<Micros>,
    /// What happened.
    pub activities: Vec<Activity>,
}

/// Something that happened to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When, in microseconds.
    pub at: u64,
    /// What it was before; nothing before it began.
    pub before: Option<Severity>,
    /// What it is since then; nothing since it is over.
    pub after: Option<Severity>,
}

/// Which incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentQuery {
    /// Of this rule only.
    pub rule: Option<u64>,
    /// Of this project only.
    pub project: Option<ProjectId>,
    /// Only those that are open, or that are over.
    pub is_open: Option<bool>,
    /// To skip.
    pub offset: usize,
    /// At most.
    pub limit: usize,
}

impl Alarms {
    /// Incidents of an organisation, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn metric_incidents(
        &self,
        organization: OrganizationId,
        query: &IncidentQuery,
    ) -> Result<Vec<MetricIncident>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM metric_incidents WHERE organization = ?1
                 AND (?2 IS NULL OR rule = ?2) AND (?3 IS NULL OR project = ?3)
                 AND (?4 IS NULL OR (closed IS NULL) = ?4)
                 ORDER BY identifier DESC LIMIT ?5 OFFSET ?6"
            );
            let values = params![
                organization.0,
                query.rule,
                query.project.map(|project| project.0),
                query.is_open,
                query.limit,
                query.offset
            ];
            rows(connection, &sql, values, read)
        })
    }

    /// The incident of that number within the organisation.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn metric_incident(
        &self,
        organization: OrganizationId,
        identifier: u64,
    ) -> Result<MetricIncident, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM metric_incidents WHERE organization = ? AND identifier = ?"
            );
            row(connection, &sql, params![organization.0, identifier], read)?
                .ok_or(AlarmError::Missing("incident"))
        })
    }
}

/// Opens, changes or closes the incident of a series.
pub(super) fn follow(
    connection: &Connection,
    judged: &mut Judged,
    now: Micros,
) -> Result<(), AlarmError> {
    match (judged.series.incident, judged.firing) {
        (None, None) => {}
        (None, Some(severity)) => {
            judged.series.incident = Some(open(connection, judged, severity, now)?);
        }
        (Some(id), after) => {
            change(connection, id, after, now)?;
            judged.series.incident = after.map(|_| id);
        }
    }
    Ok(())
}

fn open(
    connection: &Connection,
    judged: &Judged,
    severity: Severity,
    now: Micros,
) -> Result<u64, AlarmError> {
    let series = &judged.series;
    let sql =
        "SELECT coalesce(max(identifier), 0) + 1 FROM metric_incidents WHERE organization = ?";
    let identifier: u64 =
        row(connection, sql, [series.organization.0], |row| row.get(0))?.unwrap_or(1);
    let started = series.standing.iter().map(|alert| alert.at.0).min().unwrap_or(now.0);
    let activity = Activity { at: now.0, before: None, after: Some(severity) };
    let sql =
        "INSERT INTO metric_incidents (organization, identifier, rule, title, project, groups,
               severity, started, detected, activities) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        series.organization.0,
        identifier,
        series.rule,
        judged.title,
        series.project.0,
        written(&series.groups)?,
        name(severity),
        started,
        now.0,
        written(&[activity])?
    ];
    insert(connection, sql, values)
}

fn change(
    connection: &Connection,
    id: u64,
    after: Option<Severity>,
    now: Micros,
) -> Result<(), AlarmError> {
    let sql = format!("SELECT {COLUMNS} FROM metric_incidents WHERE id = ?");
    let Some(incident) = row(connection, &sql, [id], read)? else { return Ok(()) };
    if after == Some(incident.severity) {
        return Ok(());
    }
    let mut activities = incident.activities;
    if activities.len() < ACTIVITIES_MAX {
        activities.push(Activity { at: now.0, before: Some(incident.severity), after });
    }
    let closed = if after.is_none() { Some(now.0) } else { None };
    let sql = "UPDATE metric_incidents SET severity = ?, closed = ?, activities = ? WHERE id = ?";
    let severity = name(after.unwrap_or(incident.severity));
    execute(connection, sql, params![severity, closed, written(&activities)?, id]).map(drop)
}

/// Closes the incident of a series that is forgotten.
pub(super) fn close_of(
    connection: &Connection,
    series: u64,
    now: Micros,
) -> Result<(), AlarmError> {
    let sql = "SELECT incident FROM series WHERE id = ?";
    let incident: Option<Option<u64>> = row(connection, sql, [series], |row| row.get(0))?;
    incident.flatten().map_or(Ok(()), |id| change(connection, id, None, now))
}

fn read(row: &Row<'_>) -> rusqlite::Result<MetricIncident> {
    let severity = row.get_ref(7)?.as_str()?;
    let known = [Severity::Info, Severity::Warning, Severity::Critical];
    let severity = known.into_iter().find(|known| name(*known) == severity);
    Ok(MetricIncident {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        identifier: row.get(2)?,
        rule: row.get(3)?,
        title: row.get(4)?,
        project: ProjectId(row.get(5)?),
        groups: json(row, 6)?,
        severity: severity.ok_or(rusqlite::Error::InvalidQuery)?,
        started: Micros(row.get(8)?),
        detected: Micros(row.get(9)?),
        closed: row.get::<_, Option<u64>>(10)?.map(Micros),
        activities: json(row, 11)?,
    })
}

fn name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}
