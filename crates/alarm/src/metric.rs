//! What rules about numbers remember of each series, and what they measured lately.

mod incident;
mod sample;

use alert::{Alert, MetricState, Severity};
use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::{Connection, Row, params};

pub use incident::{Activity, IncidentQuery, MetricIncident};
pub use sample::{SAMPLES_MINUTES, SHARES_MINUTES};

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::report::{self, Report};
use crate::rows::{execute, insert, json, row, rows, written};

const COLUMNS: &str =
    "id, rule, organization, project, groups, measures, state, standing, problem, incident";

/// Numbers that a rule judges for themselves: those of one project, or of one group in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Which; 0 if it is not stored yet.
    pub id: u64,
    /// Whose rule it is.
    pub rule: u64,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Of which project.
    pub project: ProjectId,
    /// The values of the rule's fields.
    pub groups: Vec<String>,
    /// What was measured and judged when it began.
    pub measures: String,
    /// What is remembered.
    pub state: MetricState,
    /// The alerts that fire.
    pub standing: Vec<Alert>,
    /// Why nothing could be measured.
    pub problem: Option<String>,
    /// The incident that is open.
    pub incident: Option<u64>,
}

/// Which series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesOf {
    /// Those of everybody.
    All,
    /// Those of an organisation.
    Organization(OrganizationId),
    /// Those of a rule.
    Rule(u64),
}

/// A series after it was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// With what is to be remembered; its `id` and `incident` are given to it when it is stored.
    pub series: Series,
    /// Whether anything about it differs from what is stored.
    pub is_changed: bool,
    /// The minute up to which was measured, exclusively.
    pub minute: u64,
    /// What was measured, if anything.
    pub value: Option<f64>,
    /// What went well of how many, by minute.
    pub shares: Vec<(u64, alert::Counts)>,
    /// How bad it is, if it fires.
    pub firing: Option<Severity>,
    /// The rule's name.
    pub title: String,
    /// What is to be told.
    pub reports: Vec<Report>,
}

impl Alarms {
    /// Series, in the order in which they began.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn series(&self, of: SeriesOf) -> Result<Vec<Series>, AlarmError> {
        let (organization, rule) = match of {
            SeriesOf::All => (None, None),
            SeriesOf::Organization(organization) => (Some(organization.0), None),
            SeriesOf::Rule(rule) => (None, Some(rule)),
        };
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM series WHERE (?1 IS NULL OR organization = ?1)
                 AND (?2 IS NULL OR rule = ?2) ORDER BY id"
            );
            rows(connection, &sql, params![organization, rule], read)
        })
    }

    /// A mark that changes whenever a rule about numbers that is evaluated is made, changed or deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn metric_rules_mark(&self) -> Result<(u64, u64, u64), AlarmError> {
        self.read(|connection| {
            let sql = "SELECT count(*), coalesce(max(changed), 0), coalesce(sum(id), 0) FROM rules
                       WHERE kind = 'metric' AND enabled";
            let mark = row(connection, sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(mark.unwrap_or_default())
        })
    }

    /// Keeps what was measured and decided, with the alerts that follow from it: all of it or nothing. Gives
    /// series and incidents their numbers.
    ///
    /// # Errors
    /// As [`Alarms::report`].
    pub fn judged(&self, all: &mut [Judged], now: Micros) -> Result<(), AlarmError> {
        self.write(|transaction| {
            for judged in all.iter_mut() {
                if judged.is_changed || judged.series.id == 0 {
                    incident::follow(transaction, judged, now)?;
                    store(transaction, &mut judged.series)?;
                }
                sample::add(transaction, judged)?;
                report::add(transaction, &judged.reports)?;
                if judged.reports.iter().any(|report| report.alert.is_firing) {
                    let sql = "UPDATE rules SET triggered = ? WHERE id = ?";
                    execute(transaction, sql, params![now.0, judged.series.rule])?;
                }
            }
            Ok(())
        })
    }

    /// Forgets series whose rule or project is gone, or whose rule measures something else now; reports
    /// that their alerts are over.
    ///
    /// # Errors
    /// As [`Alarms::report`].
    pub fn end_series(
        &self,
        series: &[u64],
        reports: &[Report],
        now: Micros,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| {
            for id in series {
                incident::close_of(transaction, *id, now)?;
                execute(transaction, "DELETE FROM series WHERE id = ?", [id])?;
                execute(transaction, "DELETE FROM shares WHERE series = ?", [id])?;
            }
            report::add(transaction, reports)
        })
    }
}

fn store(connection: &Connection, series: &mut Series) -> Result<(), AlarmError> {
    let (state, standing) = (written(&series.state)?, written(&series.standing)?);
    if series.id != 0 {
        let sql =
            "UPDATE series SET state = ?, standing = ?, problem = ?, incident = ? WHERE id = ?";
        let values = params![state, standing, series.problem, series.incident, series.id];
        return execute(connection, sql, values).map(drop);
    }
    let sql = "INSERT INTO series
               (rule, organization, project, groups, measures, state, standing, problem, incident)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let values = params![
        series.rule,
        series.organization.0,
        series.project.0,
        written(&series.groups)?,
        series.measures,
        state,
        standing,
        series.problem,
        series.incident
    ];
    series.id = insert(connection, sql, values)?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Series> {
    Ok(Series {
        id: row.get(0)?,
        rule: row.get(1)?,
        organization: OrganizationId(row.get(2)?),
        project: ProjectId(row.get(3)?),
        groups: json(row, 4)?,
        measures: row.get(5)?,
        state: json(row, 6)?,
        standing: json(row, 7)?,
        problem: row.get(8)?,
        incident: row.get(9)?,
    })
}
