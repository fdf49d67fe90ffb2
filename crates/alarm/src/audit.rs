//! Who changed what: a log that grows at its end only, written in the transaction of each change.

mod difference;

use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use rusqlite::{Connection, Row, params};
use serde_json::{Map, Value};

use crate::database::Alarms;
use crate::error::AlarmError;
use crate::rows::{execute, insert, json, rows, written};

pub(crate) use difference::differences;

/// Entries that are kept of one organisation; the oldest go.
pub const AUDIT_MAX: u64 = 20_000;

/// Who changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// A person, if it is one.
    pub user: Option<UserId>,
    /// The program that a person or nobody used: a token's name, a file, somebody elsewhere; empty for none.
    pub program: String,
    /// When.
    pub at: Micros,
    /// Names of secrets that are set with it. They themselves are never noted.
    pub secrets: Vec<String>,
}

/// What happened to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum AuditAction {
    Create,
    Edit,
    Remove,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its place; never used again.
    pub id: u64,
    /// When.
    pub at: Micros,
    /// Who, if it was a person.
    pub user: Option<UserId>,
    /// With what; see [`Author::program`].
    pub program: String,
    /// What was changed: rule, alertrule, channel, silence, maintenance, rotation, escalation, routing.
    pub subject: String,
    /// Its number.
    pub target: u64,
    /// What it is called.
    pub name: String,
    /// create, edit or remove.
    pub action: String,
    /// Path → `[before, after]`.
    pub changes: Map<String, Value>,
}

/// Which changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of things of that kind only.
    pub subject: Option<String>,
    /// Of that one only.
    pub target: Option<u64>,
    /// Of that kind only: create, edit or remove.
    pub action: Option<String>,
    /// By that person only.
    pub user: Option<UserId>,
    /// From then on, up to then.
    pub span: Option<(Micros, Micros)>,
    /// Rows to skip, and rows to answer at most.
    pub page: (usize, usize),
}

/// What is changed, before and after.
#[derive(Debug)]
pub(crate) struct Noted<'n> {
    pub(crate) organization: OrganizationId,
    pub(crate) subject: &'static str,
    pub(crate) target: u64,
    pub(crate) name: &'n str,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

impl AuditAction {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Remove => "remove",
        }
    }
}

impl Alarms {
    /// What was changed, last first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn audit(
        &self,
        organization: OrganizationId,
        query: &AuditQuery,
    ) -> Result<Vec<AuditEntry>, AlarmError> {
        self.read(|connection| {
            let sql = "SELECT id, at, user, program, subject, target, name, action, changes
                       FROM audit WHERE organization = ?1 AND (?2 IS NULL OR subject = ?2)
                       AND (?3 IS NULL OR target = ?3) AND (?4 IS NULL OR action = ?4)
                       AND (?5 IS NULL OR user = ?5) AND (?6 IS NULL OR (at >= ?6 AND at < ?7))
                       ORDER BY id DESC LIMIT ?8 OFFSET ?9";
            let (from, until) = query.span.unzip();
            let values = params![
                organization.0,
                query.subject,
                query.target,
                query.action,
                query.user.map(|user| user.0),
                from.map(|at| at.0),
                until.map(|at| at.0),
                query.page.1,
                query.page.0
            ];
            rows(connection, sql, values, read)
        })
    }

    /// Notes a change in its transaction. What changes nothing is not noted, and what nobody in particular
    /// does is not either.
    pub(crate) fn note(
        &self,
        connection: &Connection,
        noted: &Noted<'_>,
    ) -> Result<(), AlarmError> {
        let Some(author) = self.author() else { return Ok(()) };
        let mut changes = differences(noted.before.as_ref(), noted.after.as_ref());
        if !author.secrets.is_empty() {
            let pair = Value::Array(vec![Value::Null, author.secrets.clone().into()]);
            changes.insert("secrets".to_owned(), pair);
        }
        let action = match (&noted.before, &noted.after) {
            (None, _) => AuditAction::Create,
            (Some(_), Some(_)) if changes.is_empty() => return Ok(()),
            (Some(_), Some(_)) => AuditAction::Edit,
            (Some(_), None) => AuditAction::Remove,
        };
        let sql = "INSERT INTO audit (organization, at, user, program, subject, target, name,
                   action, changes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let values = params![
            noted.organization.0,
            author.at.0,
            author.user.map(|user| user.0),
            author.program,
            noted.subject,
            noted.target,
            noted.name,
            action.name(),
            written(&changes)?
        ];
        insert(connection, sql, values)?;
        forget(connection, noted.organization, AUDIT_MAX)
    }
}

/// Keeps the newest of an organisation.
fn forget(
    connection: &Connection,
    organization: OrganizationId,
    most: u64,
) -> Result<(), AlarmError> {
    let sql = "DELETE FROM audit WHERE organization = ?1 AND id <= (SELECT id FROM audit
               WHERE organization = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    execute(connection, sql, params![organization.0, most]).map(drop)
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.get(0)?,
        at: Micros(row.get(1)?),
        user: row.get::<_, Option<u64>>(2)?.map(UserId),
        program: row.get(3)?,
        subject: row.get(4)?,
        target: row.get(5)?,
        name: row.get(6)?,
        action: row.get(7)?,
        changes: json(row, 8)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_of_one_organisation_go_and_none_is_rewritten() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema/audit.sql")).unwrap();
        for organization in [1, 2, 1, 1, 2, 1] {
            let sql = "INSERT INTO audit (organization, at, program, subject, target, name, action,
                       changes) VALUES (?, 1, '', 'rule', 1, '', 'edit', '{}')";
            insert(&connection, sql, [organization]).unwrap();
        }
        forget(&connection, OrganizationId(1), 2).unwrap();
        let sql = "SELECT id FROM audit ORDER BY id";
        let left: Vec<u64> = rows(&connection, sql, [], |row| row.get(0)).unwrap();
        assert_eq!(left, [2, 4, 5, 6]);
        assert!(execute(&connection, "UPDATE audit SET user = 7", []).is_err());
    }
}
