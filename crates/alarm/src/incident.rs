//! Incidents as people work on them: titles, who has it, notes, what happened.

use alert::{About, Acknowledgement, Incident, IncidentId, Measures, Person};
use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Row, params};
use serde_json::Value;

use crate::database::Alarms;
use crate::decision;
use crate::error::AlarmError;
use crate::rows::{execute_one, insert, json, row, rows, written};

/// Entries of one incident.
const ENTRIES_MAX: u64 = 5_000;
/// Incidents over which times are measured.
const MEASURED_MAX: usize = 10_000;
/// So long what somebody resolved is quiet while its alerts go on; then it was not resolved.
const RESOLVED_FOR: u64 = 24 * 3_600 * 1_000_000;

/// An incident.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownIncident {
    /// As the dispatcher knows it.
    pub incident: Incident,
    /// What people call it.
    pub title: String,
    /// Such as `user:3`.
    pub assignee: Option<String>,
    /// When it was closed, by itself or by somebody.
    pub resolved: Option<Micros>,
}

/// Something that happened in an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentEntry {
    /// Its place.
    pub id: u64,
    /// When.
    pub at: Micros,
    /// `note`, `assigned`, `acknowledged`, `resolved`, `issue`, `deploy`, `flag`, `dimension` …
    pub kind: String,
    /// Who did it; nobody where it happened by itself.
    pub author: Option<UserId>,
    /// What.
    pub data: Value,
}

/// What somebody does to an incident.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentChange {
    /// A new title.
    pub title: Option<String>,
    /// A new assignee, or nobody.
    pub assignee: Option<Option<String>>,
    /// It is over, says this person.
    pub resolved_by: Option<Person>,
    /// What the timeline says of it.
    pub entries: Vec<(String, Value)>,
    /// Who does it.
    pub author: Option<UserId>,
}

/// Which incidents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TroubleQuery {
    /// Only those that are open, or are not.
    pub open: Option<bool>,
    /// Opened from then on, up to then.
    pub span: Option<(Micros, Micros)>,
    /// Rows to skip, and to answer at most.
    pub page: (usize, usize),
}

const COLUMNS: &str = "incident, title, assignee, resolved";

impl Alarms {
    /// Incidents, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn incidents(
        &self,
        organization: OrganizationId,
        query: &TroubleQuery,
    ) -> Result<Vec<KnownIncident>, AlarmError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM incidents WHERE organization = ?1
                 AND (?2 IS NULL OR (resolved IS NULL) = ?2)
                 AND (?3 IS NULL OR (opened >= ?3 AND opened < ?4))
                 ORDER BY id DESC LIMIT ?6 OFFSET ?5"
            );
            let (from, until) = query.span.unzip();
            let values = params![
                organization.0,
                query.open,
                from.map(|at| at.0),
                until.map(|at| at.0),
                query.page.0,
                query.page.1
            ];
            rows(connection, &sql, values, read)
        })
    }

    /// One incident, with what happened in it, oldest first.
    ///
    /// # Errors
    /// [`AlarmError::Missing`].
    pub fn incident(
        &self,
        organization: OrganizationId,
        id: IncidentId,
    ) -> Result<(KnownIncident, Vec<IncidentEntry>), AlarmError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM incidents WHERE organization = ? AND id = ?");
            let known = row(connection, &sql, params![organization.0, id.0], read)?;
            let known = known.ok_or(AlarmError::Missing("incident"))?;
            let sql = "SELECT id, at, kind, author, data FROM incident_entries
                       WHERE organization = ? AND incident = ? ORDER BY id";
            let entries = rows(connection, sql, params![organization.0, id.0], |row| {
                Ok(IncidentEntry {
                    id: row.get(0)?,
                    at: Micros(row.get(1)?),
                    kind: row.get(2)?,
                    author: row.get::<_, Option<u64>>(3)?.map(UserId),
                    data: json(row, 4)?,
                })
            })?;
            Ok((known, entries))
        })
    }

    /// Does something to an incident. Of one that somebody resolves the dispatcher hears with its next tick, so
    /// that nobody is paged again.
    ///
    /// # Errors
    /// [`AlarmError::Missing`], [`AlarmError::TooMany`].
    pub fn change_incident(
        &self,
        organization: OrganizationId,
        id: IncidentId,
        change: &IncidentChange,
        now: Micros,
    ) -> Result<(), AlarmError> {
        self.write(|transaction| {
            let sql = "UPDATE incidents SET title = coalesce(?, title),
                       assignee = CASE WHEN ? THEN ? ELSE assignee END,
                       resolved = CASE WHEN ? THEN coalesce(resolved, ?) ELSE resolved END
                       WHERE organization = ? AND id = ?";
            let values = params![
                change.title,
                change.assignee.is_some(),
                change.assignee.clone().flatten(),
                change.resolved_by.is_some(),
                now.0,
                organization.0,
                id.0
            ];
            execute_one(transaction, "incident", sql, values)?;
            let sql =
                "SELECT count(*) FROM incident_entries WHERE organization = ? AND incident = ?";
            let count: Option<u64> =
                row(transaction, sql, params![organization.0, id.0], |row| row.get(0))?;
            if count.unwrap_or(0) >= ENTRIES_MAX {
                let what = "entries of an incident";
                return Err(AlarmError::TooMany { what, max: ENTRIES_MAX });
            }
            for (kind, data) in &change.entries {
                let sql = "INSERT INTO incident_entries (organization, incident, at, kind, author,
                           data) VALUES (?, ?, ?, ?, ?, ?)";
                let author = change.author.map(|user| user.0);
                let values = params![organization.0, id.0, now.0, kind, author, written(data)?];
                insert(transaction, sql, values)?;
            }
            let Some(by) = change.resolved_by.clone() else { return Ok(()) };
            let until = Micros(now.0.saturating_add(RESOLVED_FOR));
            let acknowledgement = Acknowledgement { by, at: now, until };
            decision::acknowledge(transaction, organization, &About::Incident(id), &acknowledgement)
        })
    }

    /// How fast incidents of a time were detected, acknowledged and resolved, and how many there were.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn measures(
        &self,
        organization: OrganizationId,
        span: (Micros, Micros),
    ) -> Result<(Measures, usize), AlarmError> {
        let page = (0, MEASURED_MAX);
        let query = TroubleQuery { span: Some(span), page, ..TroubleQuery::default() };
        let known = self.incidents(organization, &query)?;
        let incidents: Vec<Incident> = known
            .into_iter()
            .map(|mut known| {
                known.incident.resolved = known.resolved;
                known.incident
            })
            .collect();
        Ok((Measures::of(&incidents), incidents.len()))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<KnownIncident> {
    Ok(KnownIncident {
        incident: json(row, 0)?,
        title: row.get(1)?,
        assignee: row.get(2)?,
        resolved: row.get::<_, Option<u64>>(3)?.map(Micros),
    })
}
