//! Alerts on their way to the dispatcher.

use alert::Alert;
use model::id::OrganizationId;
use rusqlite::{Connection, params};
use serde_json::Value;

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, insert, json, row, rows, written};

/// Reports that wait at most; an evaluator that finds as many waits for the dispatcher.
const WAITING_MAX: u64 = 100_000;

/// Alerts of a rule that are ended with it at most, beside those that fire.
const LAPSED_MAX: usize = 1_000;

/// An alert with what a message about it needs to know.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The alert.
    pub alert: Alert,
    /// Facts for people that make no identity: `project`, `issue`, `event`, `value` … as JSON.
    pub about: Value,
}

/// A report that the dispatcher has not yet taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    /// Its place in the order of reports.
    pub id: u64,
    /// What was reported.
    pub report: Report,
}

impl Alarms {
    /// Notes alerts for the dispatcher.
    ///
    /// # Errors
    /// [`AlarmError::TooMany`] when the dispatcher does not follow; nothing is noted then.
    pub fn report(&self, reports: &[Report]) -> Result<(), AlarmError> {
        self.write(|transaction| add(transaction, reports))
    }

    /// The place that an evaluator has come to.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn place(&self, name: &str) -> Result<Option<u64>, AlarmError> {
        self.read(|connection| {
            row(connection, "SELECT place FROM places WHERE name = ?", [name], |row| row.get(0))
        })
    }

    /// Notes the place that an evaluator has come to.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn note_place(&self, name: &str, place: u64) -> Result<(), AlarmError> {
        self.write(|transaction| set_place(transaction, name, place))
    }

    /// What waits for the dispatcher, oldest first: at most so many of each organisation.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn reported(&self, limit: usize) -> Result<Vec<Reported>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT id, organization, alert, about FROM
                       (SELECT *, row_number() OVER (PARTITION BY organization ORDER BY id) AS place
                        FROM reported)
                       WHERE place <= ? ORDER BY id";
            rows(connection, sql, [limit], |row| {
                let organization = OrganizationId(row.get(1)?);
                let report = Report { organization, alert: json(row, 2)?, about: json(row, 3)? };
                Ok(Reported { id: row.get(0)?, report })
            })
        })
    }
}

pub(crate) fn add(connection: &Connection, reports: &[Report]) -> Result<(), AlarmError> {
    let sql = "SELECT count(*) FROM reported";
    let waiting: u64 = row(connection, sql, [], |row| row.get(0))?.unwrap_or(0);
    let more = u64::try_from(reports.len()).unwrap_or(u64::MAX);
    if waiting.saturating_add(more) > WAITING_MAX {
        return Err(AlarmError::TooMany { what: "reports that wait", max: WAITING_MAX });
    }
    for report in reports {
        let sql = "INSERT INTO reported (organization, alert, about) VALUES (?, ?, ?)";
        let (alert, about) = (written(&report.alert)?, written(&report.about)?);
        insert(connection, sql, params![report.organization.0, alert, about])?;
    }
    Ok(())
}

/// Reports that alerts of a rule are over of which people were told that they fire, and not yet the end, though
/// they fire no more: they lapsed. The newest, if there are very many.
pub(crate) fn end_lapsed(connection: &Connection, rule: u64) -> Result<(), AlarmError> {
    let sql = "SELECT a.organization, a.alert, a.about FROM rules AS r JOIN alerts AS a
               ON a.organization = r.organization AND a.firing = 0 AND a.rule = r.id
               WHERE r.id = ?1 AND EXISTS (
                   SELECT 1 FROM changes AS c JOIN notifications AS n
                   ON n.organization = c.organization
                   AND n.id = CASE WHEN c.receiver != ''
                       THEN json_extract(c.standing, '$.Sent') END
                   WHERE c.organization = a.organization AND c.fingerprint = a.fingerprint
                   AND NOT EXISTS (SELECT 1 FROM notifications AS later
                       WHERE later.organization = n.organization AND later.thread = n.thread
                       AND later.receiver = n.receiver AND later.id > n.id
                       AND later.kind = 'resolved'))
               ORDER BY a.updated DESC LIMIT ?2";
    let reports = rows(connection, sql, params![rule, LAPSED_MAX], |row| {
        let alert = Alert { is_firing: false, ..json(row, 1)? };
        Ok(Report { organization: OrganizationId(row.get(0)?), alert, about: json(row, 2)? })
    })?;
    add(connection, &reports)
}

pub(crate) fn set_place(connection: &Connection, name: &str, place: u64) -> Result<(), AlarmError> {
    let sql = "INSERT INTO places (name, place) VALUES (?, ?)
               ON CONFLICT DO UPDATE SET place = excluded.place";
    execute(connection, sql, params![name, place]).map(drop)
}
