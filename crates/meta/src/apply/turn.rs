//! Issues that change their status because of the events of a batch.

use std::cmp::Ordering;

use model::clock::Micros;
use model::id::IssueId;
use rusqlite::params;

use super::change::Current;
use super::{Step, Tally};
use crate::activity::{self, ActivityKind, NewActivity};
use crate::batch::EventFacts;
use crate::clock_time::{MINUTE, hour_of};
use crate::error::{MetaError, from_json};
use crate::issue_state::{Archive, IssueStatus, Priority, Resolution, StatusDetails, Substatus};
use crate::lifecycle::{self, Counts, Return};
use crate::page::{execute, row};

impl Step<'_> {
    /// Re-opens a resolved issue when one of the events is a regression; answers which.
    pub(super) fn reopen(
        &mut self,
        issue: IssueId,
        tally: &Tally,
        current: &Current,
    ) -> Result<Option<usize>, MetaError> {
        let resolution = details(current)?.and_then(|details| details.resolution);
        for &place in &tally.events {
            let event = &self.events[place];
            // What was on its way when somebody resolved the issue tells nothing new.
            if event.received <= current.status_changed {
                continue;
            }
            if self.is_regression(event, resolution.as_ref(), current.status_changed)? {
                let data = serde_json::json!({
                    "event_id": event.event_id.to_string(),
                    "version": event.release,
                });
                self.open(issue, Substatus::Regressed, event.received)?;
                let kind = ActivityKind::Regressed;
                self.note(&NewActivity { issue, user: None, kind, at: event.received, data })?;
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    fn is_regression(
        &self,
        event: &EventFacts,
        resolution: Option<&Resolution>,
        resolved: Micros,
    ) -> Result<bool, MetaError> {
        if event.release.is_empty() {
            return Ok(true);
        }
        match resolution {
            Some(
                Resolution::InRelease { version }
                | Resolution::InNextRelease { newest: Some(version) },
            ) => self.is_later(event, version),
            Some(Resolution::InCommit { commit, repository }) => {
                self.is_after_commit(event, (commit, repository), resolved)
            }
            _ => Ok(true),
        }
    }

    /// Whether the event's release is later than that one: by version if both are versions of one package,
    /// else by date. One that is not known counts as older than any.
    fn is_later(&self, event: &EventFacts, version: &str) -> Result<bool, MetaError> {
        if let Some(order) = lifecycle::compare_releases(&event.release, version) {
            return Ok(order == Ordering::Greater);
        }
        let Some(organization) = self.directory.organization_of(event.project) else {
            return Ok(false);
        };
        let sql = "SELECT coalesce(released, created) FROM releases
                   WHERE organization = ? AND version = ?";
        let date = |version: &str| -> Result<Option<u64>, MetaError> {
            row(self.transaction, sql, params![organization.0, version], |row| row.get(0))
        };
        Ok(date(&event.release)? > date(version)?)
    }

    /// Whether the event's release is later than the first one that has the commit. As long as none has it,
    /// only a release tells that was made after the issue was resolved and whose commits nobody knows.
    fn is_after_commit(
        &self,
        event: &EventFacts,
        (commit, repository): (&str, &str),
        resolved: Micros,
    ) -> Result<bool, MetaError> {
        let Some(organization) = self.directory.organization_of(event.project) else {
            return Ok(false);
        };
        let first = "SELECT version FROM repositories
                     JOIN commits ON commits.repository = repositories.id
                         AND hash >= ?2 AND hash < ?2 || 'g'
                     JOIN release_commits ON release_commits.\"commit\" = commits.id
                     JOIN releases ON releases.id = release_commits.release
                     WHERE repositories.organization = ?1 AND (?3 = '' OR name = ?3)
                     ORDER BY coalesce(released, releases.created), releases.id LIMIT 1";
        let values = params![organization.0, commit, repository];
        let first: Option<String> = row(self.transaction, first, values, |row| row.get(0))?;
        if let Some(first) = first {
            return self.is_later(event, &first);
        }
        let tells = "SELECT created > ?3 AND NOT EXISTS
                         (SELECT 1 FROM release_commits WHERE release = releases.id)
                     FROM releases WHERE organization = ?1 AND version = ?2";
        let values = params![organization.0, event.release, resolved.0];
        Ok(row(self.transaction, tells, values, |row| row.get(0))?.unwrap_or(false))
    }

    /// Brings an archived issue back when it is time. `events` and `users` are of all time.
    pub(super) fn unarchive(
        &mut self,
        issue: IssueId,
        current: &Current,
        events: u64,
        users: u64,
    ) -> Result<(), MetaError> {
        let Some(archive) = details(current)?.and_then(|details| details.archive) else {
            return Ok(());
        };
        let counts = self.counts(issue, &archive, current.status_changed, (events, users))?;
        let Some(how) = lifecycle::comes_back(&archive, self.now.0, counts) else { return Ok(()) };
        match how {
            Return::Condition => {
                self.open(issue, Substatus::Ongoing, self.now)?;
                let (kind, data) = (ActivityKind::Unresolved, serde_json::json!({}));
                self.note(&NewActivity { issue, user: None, kind, at: self.now, data })
            }
            Return::Escalating => {
                self.open(issue, Substatus::Escalating, self.now)?;
                if !current.priority_locked {
                    let sql = "UPDATE issues SET priority = ? WHERE id = ?";
                    execute(self.transaction, sql, params![Priority::High, issue.0])?;
                }
                let data = serde_json::json!({ "events_this_hour": counts.events_this_hour });
                let kind = ActivityKind::Escalating;
                self.note(&NewActivity { issue, user: None, kind, at: self.now, data })
            }
        }
    }

    fn counts(
        &self,
        issue: IssueId,
        archive: &Archive,
        archived: Micros,
        (events, users): (u64, u64),
    ) -> Result<Counts, MetaError> {
        let this_hour = hour_of(self.now);
        let window_start = |minutes: u64| {
            let start = self.now.0.saturating_sub(minutes.saturating_mul(MINUTE));
            hour_of(Micros(start.max(archived.0)))
        };
        let events_since = |hour: u64| -> Result<u64, MetaError> {
            let sql =
                "SELECT coalesce(sum(count), 0) FROM issue_hours WHERE issue = ? AND hour >= ?";
            Ok(row(self.transaction, sql, [issue.0, hour], |row| row.get(0))?.unwrap_or(0))
        };
        let users_since = |hour: u64| -> Result<u64, MetaError> {
            let sql = "SELECT count(*) FROM issue_users WHERE issue = ? AND last_hour >= ?";
            Ok(row(self.transaction, sql, [issue.0, hour], |row| row.get(0))?.unwrap_or(0))
        };
        let mut counts =
            Counts { events, users, events_this_hour: 0, events_in_window: 0, users_in_window: 0 };
        match archive {
            Archive::Forever => {}
            Archive::Escalating { .. } => counts.events_this_hour = events_since(this_hour)?,
            Archive::Condition { events, users, .. } => {
                if let Some((_, Some(minutes))) = events {
                    counts.events_in_window = events_since(window_start(*minutes))?;
                }
                if let Some((_, Some(minutes))) = users {
                    counts.users_in_window = users_since(window_start(*minutes))?;
                }
            }
        }
        Ok(counts)
    }

    fn open(
        &mut self,
        issue: IssueId,
        substatus: Substatus,
        changed: Micros,
    ) -> Result<(), MetaError> {
        let sql = "UPDATE issues SET status = ?, substatus = ?, status_changed = ?,
                   status_details = NULL WHERE id = ?";
        let values = params![IssueStatus::Unresolved, substatus, changed.0, issue.0];
        execute(self.transaction, sql, values).map(drop)
    }

    fn note(&mut self, new: &NewActivity) -> Result<(), MetaError> {
        activity::add(self.transaction, new).map(drop)
    }
}

fn details(current: &Current) -> Result<Option<StatusDetails>, MetaError> {
    current.details.as_deref().map(|text| from_json("issue's status details", text)).transpose()
}
