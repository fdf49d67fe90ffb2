//! What happened to an issue, and what people wrote about it.

use model::clock::Micros;
use model::id::{IssueId, UserId};
use model::limits;
use rusqlite::{Connection, Row, ToSql, params};
use serde_json::Value;

use crate::database::Meta;
use crate::error::{MetaError, from_json, to_json};
use crate::page::{Listed, Page, execute, execute_one, listed, row};

macro_rules! activity_kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
        /// What happened to an issue.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ActivityKind { $($(#[$doc])* $name,)+ }

        impl ActivityKind {
            /// All of them with their names in the API.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$name, $text),)+];

            /// The name in the API.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

activity_kinds! {
    /// Somebody wrote a comment; `text`.
    Note = "note",
    /// Resolved at once, or by age.
    Resolved = "set_resolved",
    /// Resolved in a release; `version`.
    ResolvedInRelease = "set_resolved_in_release",
    /// Resolved by itself; `age`, in hours.
    ResolvedByAge = "set_resolved_by_age",
    /// Resolved in a commit; `commit`.
    ResolvedInCommit = "set_resolved_in_commit",
    /// Opened again by a person or because a condition was met.
    Unresolved = "set_unresolved",
    /// Opened again by an event; `version`, `event_id`.
    Regressed = "set_regression",
    /// Open for so long that it is nothing special any more; `after_days`.
    Ongoing = "auto_set_ongoing",
    /// Happens more often than forecast; `events_this_hour`, and the `forecast` it exceeds.
    Escalating = "set_escalating",
    /// Archived.
    Ignored = "set_ignored",
    /// Given to somebody; `assignee`, `assigneeType`.
    Assigned = "assigned",
    /// Given to nobody.
    Unassigned = "unassigned",
    /// Given another priority; `priority`.
    Priority = "set_priority",
    /// Others were merged into it; `issues`.
    Merged = "merge",
    /// Some of its hashes were taken out; `hashes`, `destination`.
    UnmergedFrom = "unmerge_source",
    /// It was made of another's hashes; `hashes`, `source`.
    UnmergedInto = "unmerge_destination",
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Activity {
    /// Its id.
    pub id: u64,
    /// To which issue.
    pub issue: IssueId,
    /// Who did it; `None` when nobody did.
    pub user: Option<UserId>,
    /// What.
    pub kind: ActivityKind,
    /// When.
    pub at: Micros,
    /// More about it: an object.
    pub data: Value,
}

const COLUMNS: &str = "SELECT id, issue, user, kind, at, data FROM activity";

impl Meta {
    /// What happened to an issue and to those merged into it, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn activities(&self, issue: IssueId, page: Page) -> Result<Listed<Activity>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE issue IN (SELECT id FROM issues WHERE id = :issue OR merged_into = :issue)
             ORDER BY at DESC, id DESC LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn ToSql); 1] = [(":issue", &issue.0)];
        let found = self.read(|connection| listed(connection, &sql, page, &parameters, read))?;
        let rows = found.rows.into_iter().map(with_data).collect::<Result<_, _>>()?;
        Ok(Listed { rows, more: found.more })
    }

    /// Writes a comment.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when it is empty or too long.
    pub fn comment(
        &self,
        issue: IssueId,
        user: Option<UserId>,
        text: &str,
    ) -> Result<Activity, MetaError> {
        let data = note(text)?;
        let now = self.now();
        let id = self.write(|transaction| {
            let sql = "UPDATE issues SET comments = comments + 1 WHERE id = ?";
            execute_one(transaction, "issue", sql, [issue.0])?;
            let data = data.clone();
            add(transaction, &NewActivity { issue, user, kind: ActivityKind::Note, at: now, data })
        })?;
        Ok(Activity { id, issue, user, kind: ActivityKind::Note, at: now, data })
    }

    /// One comment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn comment_by_id(&self, issue: IssueId, id: u64) -> Result<Option<Activity>, MetaError> {
        let sql = format!("{COLUMNS} WHERE issue = ? AND id = ? AND kind = 'note'");
        let found = self.read(|connection| row(connection, &sql, [issue.0, id], read))?;
        found.map(with_data).transpose()
    }

    /// Changes the text of a comment.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such comment.
    pub fn edit_comment(&self, issue: IssueId, id: u64, text: &str) -> Result<(), MetaError> {
        let data = to_json("comment", &note(text)?)?;
        self.write(|transaction| {
            let sql = "UPDATE activity SET data = ? WHERE issue = ? AND id = ? AND kind = 'note'";
            execute_one(transaction, "comment", sql, params![data, issue.0, id])
        })
    }

    /// Deletes a comment.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such comment.
    pub fn delete_comment(&self, issue: IssueId, id: u64) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM activity WHERE issue = ? AND id = ? AND kind = 'note'";
            execute_one(transaction, "comment", sql, [issue.0, id])?;
            let sql = "UPDATE issues SET comments = max(comments - 1, 0) WHERE id = ?";
            execute(transaction, sql, [issue.0]).map(drop)
        })
    }
}

/// Something that just happened.
pub(crate) struct NewActivity {
    pub(crate) issue: IssueId,
    pub(crate) user: Option<UserId>,
    pub(crate) kind: ActivityKind,
    pub(crate) at: Micros,
    pub(crate) data: Value,
}

pub(crate) fn add(connection: &Connection, new: &NewActivity) -> Result<u64, MetaError> {
    let data = to_json("activity", &new.data)?;
    let user = new.user.map(|user| user.0);
    let sql = "INSERT INTO activity (issue, user, kind, at, data) VALUES (?, ?, ?, ?, ?)";
    execute(connection, sql, params![new.issue.0, user, new.kind.name(), new.at.0, data])?;
    Ok(connection.last_insert_rowid().unsigned_abs())
}

fn note(text: &str) -> Result<Value, MetaError> {
    if text.trim().is_empty() || text.chars().count() > limits::COMMENT_CHARS_MAX {
        let reason = format!("must have 1 to {} characters", limits::COMMENT_CHARS_MAX);
        return Err(MetaError::invalid("text", reason));
    }
    Ok(serde_json::json!({ "text": text }))
}

fn read(row: &Row<'_>) -> Result<(Activity, String), rusqlite::Error> {
    let name = row.get_ref(3)?.as_str()?;
    let kind = ActivityKind::ALL.iter().find(|(_, known)| *known == name);
    let activity = Activity {
        id: row.get(0)?,
        issue: IssueId(row.get(1)?),
        user: row.get::<_, Option<u64>>(2)?.map(UserId),
        kind: kind.map_or(ActivityKind::Unresolved, |(kind, _)| *kind),
        at: Micros(row.get(4)?),
        data: Value::Null,
    };
    Ok((activity, row.get(5)?))
}

fn with_data((activity, data): (Activity, String)) -> Result<Activity, MetaError> {
    Ok(Activity { data: from_json("activity", &data)?, ..activity })
}
