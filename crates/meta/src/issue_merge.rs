//! Merging, taking apart and deleting issues.
//!
//! Stored events keep the id of the issue they were stored under. A merged issue therefore stays as a
//! row that points to its survivor, with its counts as they were, and can come back with them.

use model::clock::Micros;
use model::id::{GroupHash, IssueId, ProjectId, UserId};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::activity::{self, ActivityKind, NewActivity};
use crate::database::{Durability, Meta};
use crate::error::MetaError;
use crate::issue::{self, Issue};
use crate::issue_change::projects_of;
use crate::page::{execute, row, rows};

/// Issues in one merge or deletion.
const ISSUES_MAX: usize = 1_000;
/// Hashes in one taking apart.
const HASHES_MAX: usize = 1_000;

impl Meta {
    /// The projects these issues are in.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn projects_of_issues(&self, issues: &[IssueId]) -> Result<Vec<ProjectId>, MetaError> {
        self.read(|connection| projects_of(connection, issues))
    }

    /// Merges issues of one project into the one with the most events; answers which that is.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when there are fewer than two, or they are not of one project.
    pub fn merge_issues(
        &self,
        issues: &[IssueId],
        actor: Option<UserId>,
    ) -> Result<IssueId, MetaError> {
        check_count(issues)?;
        let now = self.now();
        self.write_issues(|transaction| {
            let mut found = issue::load(transaction, issues)?;
            found.sort_by_key(|issue| (std::cmp::Reverse(issue.times_seen), issue.id));
            found.dedup_by_key(|issue| issue.id);
            let [survivor, others @ ..] = found.as_slice() else {
                return Err(MetaError::Missing("issue"));
            };
            if others.is_empty() {
                return Err(MetaError::invalid("id", "merging needs at least two issues"));
            }
            if others.iter().any(|other| other.project != survivor.project) {
                return Err(MetaError::invalid("id", "only issues of one project can be merged"));
            }
            for other in others {
                absorb(transaction, survivor.id, other)?;
            }
            let ids: Vec<String> = others.iter().map(|other| other.id.to_string()).collect();
            let (kind, data) = (ActivityKind::Merged, json!({ "issues": ids }));
            let new = NewActivity { issue: survivor.id, user: actor, kind, at: now, data };
            activity::add(transaction, &new)?;
            Ok(survivor.id)
        })
    }

    /// Takes hashes out of an issue. Those that came by a merge go back to their own issue, with all
    /// its other hashes and its counts; the others begin a new one, which counts from now on, because
    /// stored events stay where they are. Answers where they went.
    ///
    /// # Errors
    /// [`MetaError::Refused`] when no hash would be left.
    pub fn unmerge_issue(
        &self,
        issue: IssueId,
        hashes: &[GroupHash],
        actor: Option<UserId>,
    ) -> Result<Vec<IssueId>, MetaError> {
        if hashes.is_empty() || hashes.len() > HASHES_MAX {
            return Err(MetaError::invalid("id", format!("must be 1 to {HASHES_MAX} hashes")));
        }
        let now = self.now();
        self.write_issues(|transaction| {
            let source = issue::load(transaction, &[issue])?.into_iter().next();
            let source = source.ok_or(MetaError::Missing("issue"))?;
            let (mut origins, mut own) = (Vec::new(), Vec::new());
            for &hash in hashes {
                match origin(transaction, &source, hash)? {
                    Some(origin) if origin == issue => own.push(hash),
                    Some(origin) if origins.contains(&origin) => {}
                    Some(origin) => origins.push(origin),
                    None => return Err(MetaError::Missing("hash")),
                }
            }
            for &origin in &origins {
                release(transaction, &source, origin)?;
            }
            if !own.is_empty() {
                origins.push(split(transaction, &source, &own, now)?);
            }
            let sql = "SELECT 1 FROM hashes WHERE issue = ? LIMIT 1";
            if row(transaction, sql, [issue.0], |_| Ok(()))?.is_none() {
                return Err(MetaError::Refused("an issue needs at least one hash"));
            }
            let names: Vec<String> = hashes.iter().map(GroupHash::to_string).collect();
            for destination in &origins {
                let note = |issue, kind, data| {
                    let new = NewActivity { issue, user: actor, kind, at: now, data };
                    activity::add(transaction, &new)
                };
                let data = json!({ "hashes": names, "destination": destination.to_string() });
                note(issue, ActivityKind::UnmergedFrom, data)?;
                let data = json!({ "hashes": names, "source": issue.to_string() });
                note(*destination, ActivityKind::UnmergedInto, data)?;
            }
            Ok(origins)
        })
    }

    /// Deletes issues and those merged into them. With `discard`, future events with their hashes are
    /// dropped; otherwise they begin new issues. Answers how many were deleted.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] for too many at once.
    pub fn delete_issues(&self, issues: &[IssueId], discard: bool) -> Result<usize, MetaError> {
        check_count(issues)?;
        let now = self.now();
        self.write_issues(|transaction| {
            let mut deleted = 0;
            for issue in issue::load(transaction, issues)? {
                let sql = "UPDATE hashes SET issue = NULL, origin = NULL WHERE issue = ?";
                if discard {
                    execute(transaction, sql, [issue.id.0])?;
                }
                delete(transaction, issue.id, now)?;
                deleted += 1;
            }
            Ok(deleted)
        })
    }

    /// Lets events with that hash in again after [`Meta::delete_issues`] discarded them.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when they are not discarded.
    pub fn forget_discarded(&self, project: ProjectId, hash: GroupHash) -> Result<(), MetaError> {
        self.write_issues(|transaction| {
            let sql = "DELETE FROM hashes WHERE project = ? AND hash = ? AND issue IS NULL";
            match execute(transaction, sql, params![project.0, hash.0])? {
                0 => Err(MetaError::Missing("discarded hash")),
                _ => Ok(()),
            }
        })
    }

    /// A change of which hash leads where: what the pipeline remembers of it is forgotten.
    pub(crate) fn write_issues<T>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, MetaError>,
    ) -> Result<T, MetaError> {
        self.write_cached(Durability::Full, |transaction, caches| {
            caches.clear();
            change(transaction)
        })
    }
}

fn check_count(issues: &[IssueId]) -> Result<(), MetaError> {
    if issues.len() > ISSUES_MAX {
        return Err(MetaError::invalid("id", format!("at most {ISSUES_MAX} at once")));
    }
    Ok(())
}

/// Merges `other` into `survivor`.
fn absorb(connection: &Connection, survivor: IssueId, other: &Issue) -> Result<(), MetaError> {
    let ids = [survivor.0, other.id.0];
    execute(connection, "UPDATE hashes SET issue = ?1 WHERE issue = ?2", ids)?;
    let sql = "UPDATE issues SET merged_into = ?1 WHERE id = ?2 OR merged_into = ?2";
    execute(connection, sql, ids)?;
    execute(
        connection,
        "INSERT INTO issue_users (issue, user, first_hour, last_hour)
         SELECT ?1, user, first_hour, last_hour FROM issue_users WHERE issue = ?2
         ON CONFLICT DO UPDATE SET first_hour = min(first_hour, excluded.first_hour),
         last_hour = max(last_hour, excluded.last_hour)",
        ids,
    )?;
    shift_condition(connection, survivor, signed(other.times_seen))?;
    execute(
        connection,
        "UPDATE issues SET times_seen = times_seen + ?, comments = comments + ?,
         first_seen = min(first_seen, ?), last_seen = max(last_seen, ?),
         unhandled = unhandled OR ?,
         user_count = (SELECT count(*) FROM issue_users WHERE issue = issues.id) WHERE id = ?",
        params![
            other.times_seen,
            other.comments,
            other.first_seen.0,
            other.last_seen.0,
            other.unhandled,
            survivor.0
        ],
    )?;
    Ok(())
}

/// The issue a hash's events were stored under; `None` when the hash is not of the issue.
fn origin(
    connection: &Connection,
    source: &Issue,
    hash: GroupHash,
) -> Result<Option<IssueId>, MetaError> {
    let sql = "SELECT coalesce(origin, issue) FROM hashes
               WHERE project = ? AND hash = ? AND issue = ?";
    let values = params![source.project.0, hash.0, source.id.0];
    row(connection, sql, values, |row| Ok(IssueId(row.get(0)?)))
}

/// Undoes a merge: the opposite of [`absorb`]. People are taken out of the survivor when its row of
/// them is just what the merge wrote.
fn release(connection: &Connection, source: &Issue, origin: IssueId) -> Result<(), MetaError> {
    let ids = [source.id.0, origin.0];
    let sql = "UPDATE hashes SET issue = ?2 WHERE issue = ?1 AND origin = ?2";
    execute(connection, sql, ids)?;
    execute(
        connection,
        "DELETE FROM issue_users AS ours WHERE issue = ?1 AND EXISTS (SELECT 1 FROM issue_users
         AS theirs WHERE theirs.issue = ?2 AND theirs.user = ours.user
         AND theirs.first_hour = ours.first_hour AND theirs.last_hour = ours.last_hour)",
        ids,
    )?;
    execute(connection, "UPDATE issues SET merged_into = NULL WHERE id = ?", [origin.0])?;
    let times_seen =
        issue::load(connection, &[origin])?.first().map_or(0, |issue| issue.times_seen);
    shift_condition(connection, source.id, -signed(times_seen))?;
    execute(
        connection,
        "UPDATE issues SET
         times_seen = max(times_seen - (SELECT times_seen FROM issues WHERE id = ?2), 0),
         comments = max(comments - (SELECT comments FROM issues WHERE id = ?2), 0),
         user_count = (SELECT count(*) FROM issue_users WHERE issue = ?1) WHERE id = ?1",
        ids,
    )?;
    Ok(())
}

/// An issue that is archived until so many more events or users comes back neither earlier because others
/// were merged into it nor later because people were forgotten. Called when the rows of people are changed
/// and their count is not.
pub(crate) fn shift_condition(
    connection: &Connection,
    issue: IssueId,
    events: i64,
) -> Result<(), MetaError> {
    execute(
        connection,
        "UPDATE issues SET status_details = json_set(status_details,
             '$.archive.events_before', max((status_details ->> '$.archive.events_before') + ?2, 0),
             '$.archive.users_before', max((status_details ->> '$.archive.users_before')
                 + (SELECT count(*) FROM issue_users WHERE issue = ?1) - user_count, 0))
         WHERE id = ?1 AND status_details ->> '$.archive.until' = 'condition'",
        params![issue.0, events],
    )
    .map(drop)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Makes a new issue of some of an issue's own hashes.
fn split(
    connection: &Connection,
    source: &Issue,
    hashes: &[GroupHash],
    now: Micros,
) -> Result<IssueId, MetaError> {
    let sql = "UPDATE projects SET issue_counter = issue_counter + 1 WHERE id = ?
               RETURNING issue_counter";
    let number: Option<u64> = row(connection, sql, [source.project.0], |row| row.get(0))?;
    let number = number.ok_or(MetaError::Missing("project"))?;
    execute(
        connection,
        "INSERT INTO issues (project, number, status, substatus, status_changed, priority, level,
         first_seen, last_seen, times_seen, user_count, unhandled, platform, event_type, logger,
         comments)
         SELECT project, ?, 0, 3, ?2, priority, level, ?2, ?2, 0, 0, 0, platform, event_type, logger, 0
         FROM issues WHERE id = ?3",
        params![number, now.0, source.id.0],
    )?;
    let issue = IssueId(connection.last_insert_rowid().unsigned_abs());
    for table in ["issue_texts (issue, title, culprit, metadata)", "issue_search (issue, text)"] {
        let (name, columns) = table.split_once(" (issue, ").unwrap_or((table, ""));
        let columns = columns.trim_end_matches(')');
        let sql = format!("INSERT INTO {table} SELECT ?, {columns} FROM {name} WHERE issue = ?");
        execute(connection, &sql, [issue.0, source.id.0])?;
    }
    let sql = "UPDATE hashes SET issue = ?1, origin = ?1 WHERE project = ?2 AND hash = ?3";
    for hash in hashes {
        execute(connection, sql, params![issue.0, source.project.0, hash.0])?;
    }
    Ok(issue)
}

/// Deletes an issue with what was merged into it; its stored events are hidden.
pub(crate) fn delete(
    connection: &Connection,
    survivor: IssueId,
    now: Micros,
) -> Result<(), MetaError> {
    let sql = "SELECT id FROM issues WHERE id = ?1 OR merged_into = ?1";
    for issue in rows(connection, sql, [survivor.0], |row| row.get::<_, u64>(0))? {
        let sql = "INSERT OR IGNORE INTO removed_issues (issue, project, removed)
                   SELECT id, project, ? FROM issues WHERE id = ?";
        execute(connection, sql, [now.0, issue])?;
        for sql in [
            "DELETE FROM hashes WHERE issue = ?",
            "DELETE FROM issue_texts WHERE issue = ?",
            "DELETE FROM issue_search WHERE issue = ?",
            "DELETE FROM issue_hours WHERE issue = ?",
            "DELETE FROM issue_users WHERE issue = ?",
            "DELETE FROM activity WHERE issue = ?",
            "DELETE FROM issue_marks WHERE issue = ?",
            "DELETE FROM user_reports WHERE issue = ?",
            "DELETE FROM issues WHERE id = ?",
        ] {
            execute(connection, sql, [issue])?;
        }
    }
    Ok(())
}

pub(crate) fn delete_all_of_project(
    connection: &Connection,
    project: ProjectId,
    now: Micros,
) -> Result<(), MetaError> {
    let sql = "SELECT id FROM issues WHERE project = ? AND merged_into IS NULL";
    for issue in rows(connection, sql, [project.0], |row| Ok(IssueId(row.get(0)?)))? {
        delete(connection, issue, now)?;
    }
    Ok(())
}
