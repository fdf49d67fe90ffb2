//! What users wrote about events.

use model::clock::Micros;
use model::id::{EventId, IssueId, ProjectId};
use rusqlite::{Row, ToSql};

use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{Listed, Page, execute, listed, row};

/// What a user wrote about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserReport {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub project: ProjectId,
    /// The event it is about.
    pub event_id: EventId,
    /// The issue that event is in, where known.
    pub issue: Option<IssueId>,
    /// Who wrote it.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they wrote.
    pub comments: String,
    /// When it arrived.
    pub created: Micros,
}

const COLUMNS: &str =
    "SELECT id, project, event, issue, name, email, comments, created FROM user_reports";

impl Meta {
    /// The reports of a project, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn user_reports(
        &self,
        project: ProjectId,
        page: Page,
    ) -> Result<Listed<UserReport>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE project = :project ORDER BY id DESC LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn ToSql); 1] = [(":project", &project.0)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The reports about events of an issue, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn user_reports_of_issue(
        &self,
        issue: IssueId,
        page: Page,
    ) -> Result<Listed<UserReport>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE issue IN (SELECT id FROM issues WHERE id = :issue OR merged_into = :issue)
             ORDER BY id DESC LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn ToSql); 1] = [(":issue", &issue.0)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The report about an event.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn user_report(
        &self,
        project: ProjectId,
        event: EventId,
    ) -> Result<Option<UserReport>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND event = ?");
        let values = rusqlite::params![project.0, event.0];
        self.read(|connection| row(connection, &sql, values, read))
    }

    /// Writes a report that did not come through the pipeline; replaces an older one about the event.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_user_report(&self, new: &crate::NewUserReport) -> Result<UserReport, MetaError> {
        self.write(|transaction| {
            execute(
                transaction,
                "INSERT OR REPLACE INTO user_reports
                 (project, event, issue, name, email, comments, created) VALUES (?, ?, ?, ?, ?, ?, ?)",
                rusqlite::params![
                    new.project.0,
                    new.event_id.0,
                    new.issue.map(|issue| issue.0),
                    new.name,
                    new.email,
                    new.comments,
                    new.received.0
                ],
            )?;
            let id = transaction.last_insert_rowid();
            row(transaction, &format!("{COLUMNS} WHERE id = ?"), [id], read)?
                .ok_or(MetaError::Missing("user report"))
        })
    }
}

fn read(row: &Row<'_>) -> Result<UserReport, rusqlite::Error> {
    Ok(UserReport {
        id: row.get(0)?,
        project: ProjectId(row.get(1)?),
        event_id: EventId(row.get(2)?),
        issue: row.get::<_, Option<u64>>(3)?.map(IssueId),
        name: row.get(4)?,
        email: row.get(5)?,
        comments: row.get(6)?,
        created: Micros(row.get(7)?),
    })
}
