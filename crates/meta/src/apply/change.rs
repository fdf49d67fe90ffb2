//! What the events of a batch change in one issue.

use std::collections::BTreeMap;

use model::clock::Micros;
use model::id::{IssueId, ProjectId};
use rusqlite::{Row, params};
use sha2::{Digest as _, Sha256};

use super::{ReleaseIds, Step, Tally};
use crate::batch::EventFacts;
use crate::clock_time::hour_of;
use crate::error::MetaError;
use crate::issue_state::{IssueStatus, Level, Standing, Substatus};
use crate::page::{execute, row};
use crate::transition::{self, Turn};

/// Longest text that free text looks into, in bytes.
const SEARCH_BYTES_MAX: usize = 1_024;

/// What became of a tally.
pub(super) struct Change {
    pub(super) issue: IssueId,
    /// The place of the event that re-opened the issue.
    pub(super) regressed_by: Option<usize>,
}

/// The columns that events change, as they were before the batch.
pub(super) struct Current {
    pub(super) status: IssueStatus,
    pub(super) substatus: Option<Substatus>,
    pub(super) status_changed: Micros,
    pub(super) details: Option<String>,
    pub(super) priority_locked: bool,
    first_seen: u64,
    last_seen: u64,
    pub(super) times_seen: u64,
    pub(super) user_count: u64,
}

/// A tally, added up.
struct Sum<'a> {
    first: &'a EventFacts,
    latest: &'a EventFacts,
    count: u64,
    unhandled: bool,
    first_release: Option<u64>,
    last_release: Option<u64>,
    hours: BTreeMap<u64, u64>,
    /// First and last hour of each person.
    users: BTreeMap<i64, (u64, u64)>,
}

impl<'a> Step<'a> {
    /// Makes the tally's issue when there is none, and adds its events.
    pub(super) fn change(
        &mut self,
        tally: &Tally,
        releases: &ReleaseIds<'_>,
    ) -> Result<Change, MetaError> {
        let sum = Sum::of(self.events, tally, releases);
        let Some(issue) = tally.issue else {
            let issue = self.insert(tally.project, &sum)?;
            self.attach(tally, issue)?;
            self.hours(issue, &sum)?;
            self.users(issue, &sum)?;
            return Ok(Change { issue, regressed_by: None });
        };
        let current = self.current(issue)?;
        self.attach(tally, issue)?;
        self.hours(issue, &sum)?;
        let users = current.user_count + self.users(issue, &sum)?;
        self.update(issue, &sum, &current, users)?;
        let regressed_by = match current.status {
            IssueStatus::Unresolved => None,
            IssueStatus::Resolved => self.reopen(issue, tally, &current)?,
            IssueStatus::Ignored => {
                let events = current.times_seen + sum.count;
                self.unarchive((issue, tally.project), &current, events, users)?;
                None
            }
        };
        Ok(Change { issue, regressed_by })
    }

    fn insert(&mut self, project: ProjectId, sum: &Sum<'a>) -> Result<IssueId, MetaError> {
        let sql = "UPDATE projects SET issue_counter = issue_counter + 1 WHERE id = ?
                   RETURNING issue_counter";
        let number: Option<u64> = row(self.transaction, sql, [project.0], |row| row.get(0))?;
        let number = number.ok_or(MetaError::Missing("project"))?;
        let latest = sum.latest;
        let level = level(latest);
        execute(
            self.transaction,
            "INSERT INTO issues (project, number, status, substatus, status_changed, priority, level,
             first_seen, last_seen, times_seen, user_count, unhandled, platform, event_type, logger,
             first_release, last_release, comments)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            params![
                project.0,
                number,
                IssueStatus::Unresolved,
                Substatus::New,
                latest.received.0,
                level.priority(),
                level,
                sum.first.timestamp.0,
                latest.timestamp.0,
                sum.count,
                sum.users.len(),
                sum.unhandled,
                latest.platform,
                latest.event_type,
                latest.logger,
                sum.first_release,
                sum.last_release
            ],
        )?;
        let issue = IssueId(self.transaction.last_insert_rowid().unsigned_abs());
        execute(
            self.transaction,
            "INSERT INTO issue_texts (issue, title, culprit, metadata) VALUES (?, ?, ?, ?)",
            params![issue.0, latest.title, latest.culprit, latest.metadata],
        )?;
        let sql = "INSERT INTO issue_search (issue, text) VALUES (?, ?)";
        execute(self.transaction, sql, params![issue.0, search_text(latest)])?;
        self.note_new(issue, project, sum)?;
        if let Some(release) = sum.first_release {
            let sql = "UPDATE release_projects SET new_issues = new_issues + 1
                       WHERE project = ? AND release = ?";
            execute(self.transaction, sql, [project.0, release])?;
        }
        Ok(issue)
    }

    fn note_new(&self, issue: IssueId, project: ProjectId, sum: &Sum<'_>) -> Result<(), MetaError> {
        let (to, at) = (Standing::open(Substatus::New), sum.latest.received);
        let event = Some((sum.first.event_id, sum.first.release.clone()));
        let (from, actor, by_itself) = (None, None, true);
        let turn = Turn { issue, project, from, to, at, by_itself, actor, event };
        transition::record(self.transaction, &turn)
    }

    fn current(&self, issue: IssueId) -> Result<Current, MetaError> {
        let sql = "SELECT status, status_changed, status_details, priority_locked IS NOT NULL,
                   first_seen, last_seen, times_seen, user_count, substatus
                   FROM issues WHERE id = ?";
        row(self.transaction, sql, [issue.0], read_current)?.ok_or(MetaError::Missing("issue"))
    }

    fn update(
        &mut self,
        issue: IssueId,
        sum: &Sum<'_>,
        current: &Current,
        users: u64,
    ) -> Result<(), MetaError> {
        let latest = sum.latest;
        let newest = latest.timestamp.0 >= current.last_seen;
        let level = newest.then(|| level(latest));
        let last_release = if newest { sum.last_release } else { None };
        execute(
            self.transaction,
            "UPDATE issues SET times_seen = ?, user_count = ?, first_seen = ?, last_seen = ?,
             unhandled = unhandled OR ?, level = coalesce(?, level),
             first_release = coalesce(first_release, ?), last_release = coalesce(?, last_release)
             WHERE id = ?",
            params![
                current.times_seen + sum.count,
                users,
                current.first_seen.min(sum.first.timestamp.0),
                current.last_seen.max(latest.timestamp.0),
                sum.unhandled,
                level,
                sum.first_release,
                last_release,
                issue.0
            ],
        )?;
        if !newest {
            return Ok(());
        }
        let changed = execute(
            self.transaction,
            "UPDATE issue_texts SET title = ?1, culprit = ?2, metadata = ?3 WHERE issue = ?4
             AND (title <> ?1 OR culprit <> ?2 OR metadata <> ?3)",
            params![latest.title, latest.culprit, latest.metadata, issue.0],
        )?;
        if changed > 0 {
            let sql = "UPDATE issue_search SET text = ? WHERE issue = ?";
            execute(self.transaction, sql, params![search_text(latest), issue.0])?;
        }
        Ok(())
    }

    fn hours(&mut self, issue: IssueId, sum: &Sum<'_>) -> Result<(), MetaError> {
        let sql = "INSERT INTO issue_hours (issue, hour, count) VALUES (?, ?, ?)
                   ON CONFLICT DO UPDATE SET count = count + excluded.count";
        for (hour, count) in &sum.hours {
            execute(self.transaction, sql, [issue.0, *hour, *count])?;
        }
        Ok(())
    }

    /// Writes who was hit; answers how many were hit for the first time.
    fn users(&mut self, issue: IssueId, sum: &Sum<'_>) -> Result<u64, MetaError> {
        let insert = "INSERT OR IGNORE INTO issue_users (issue, user, first_hour, last_hour)
                      VALUES (?, ?, ?, ?)";
        let update = "UPDATE issue_users SET last_hour = ?3 WHERE issue = ?1 AND user = ?2
                      AND last_hour < ?3";
        let mut new = 0;
        for (&user, &(first, last)) in &sum.users {
            if self.caches.users.get(&(issue, user)).is_some_and(|written| written >= last) {
                continue;
            }
            if execute(self.transaction, insert, params![issue.0, user, first, last])? > 0 {
                new += 1;
            } else {
                execute(self.transaction, update, params![issue.0, user, last])?;
            }
            self.caches.users.insert((issue, user), last);
        }
        Ok(new)
    }
}

impl<'a> Sum<'a> {
    fn of(events: &'a [EventFacts], tally: &Tally, releases: &ReleaseIds<'_>) -> Self {
        let release_of =
            |event: &EventFacts| releases.get(&(event.project, event.release.as_str())).copied();
        let place = tally.events.first().copied().unwrap_or_default();
        let mut sum = Self {
            first: &events[place],
            latest: &events[place],
            count: 0,
            unhandled: false,
            first_release: None,
            last_release: None,
            hours: BTreeMap::new(),
            users: BTreeMap::new(),
        };
        for &place in &tally.events {
            let event = &events[place];
            let hour = hour_of(event.timestamp);
            sum.count += 1;
            sum.unhandled |= event.handled == Some(false);
            *sum.hours.entry(hour).or_default() += 1;
            if event.timestamp < sum.first.timestamp {
                sum.first = event;
            }
            if event.timestamp >= sum.latest.timestamp {
                sum.latest = event;
            }
            if !event.user.is_empty() {
                let hours = sum.users.entry(user_hash(&event.user)).or_insert((hour, hour));
                *hours = (hours.0.min(hour), hours.1.max(hour));
            }
        }
        sum.first_release = release_of(sum.first);
        sum.last_release = release_of(sum.latest);
        sum
    }
}

fn read_current(row: &Row<'_>) -> Result<Current, rusqlite::Error> {
    Ok(Current {
        status: row.get(0)?,
        status_changed: Micros(row.get(1)?),
        details: row.get(2)?,
        priority_locked: row.get(3)?,
        first_seen: row.get(4)?,
        last_seen: row.get(5)?,
        times_seen: row.get(6)?,
        user_count: row.get(7)?,
        substatus: row.get(8)?,
    })
}

/// Unknown levels count as errors, as everywhere in the protocol.
fn level(event: &EventFacts) -> Level {
    Level::from_name(&event.level).unwrap_or(Level::Error)
}

/// People are counted, not kept: what stands in the database is a hash.
fn user_hash(user: &str) -> i64 {
    let hash: [u8; 32] = Sha256::digest(user.as_bytes()).into();
    hash.first_chunk().copied().map_or(0, i64::from_be_bytes)
}

fn search_text(event: &EventFacts) -> String {
    let mut text = format!("{}\n{}\n{}", event.title, event.culprit, event.message).to_lowercase();
    text.truncate(text.floor_char_boundary(SEARCH_BYTES_MAX));
    text
}
