//! Issues that change their status because of the events of a batch.

use model::clock::Micros;
use model::id::{IssueId, OrganizationId, ProjectId};
use rusqlite::{Connection, params};

use super::change::Current;
use super::{Step, Tally};
use crate::activity::ActivityKind;
use crate::batch::EventFacts;
use crate::clock_time::{MINUTE, hour_of};
use crate::error::{MetaError, from_json};
use crate::issue_state::{Archive, Priority, Resolution, Standing, StatusDetails, Substatus};
use crate::lifecycle::{self, Counts, Fix, Release, Return, SeenIn};
use crate::page::{execute, row};
use crate::transition::{self, Turn};

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
                let turn = Turn {
                    event: Some((event.event_id, event.release.clone())),
                    ..current.turn(issue, tally.project, Substatus::Regressed, event.received)
                };
                transition::open(self.transaction, &turn, ActivityKind::Regressed, data)?;
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
        let Some(organization) = self.directory.organization_of(event.project) else {
            return Ok(true);
        };
        let fix = self.fix((organization, event.project), resolution, resolved)?;
        let event = self.seen_in(organization, &event.release)?;
        Ok(lifecycle::is_regression(&fix, event))
    }

    /// What is known now of how an issue was resolved at that moment.
    fn fix(
        &self,
        (organization, project): (OrganizationId, ProjectId),
        resolution: Option<&Resolution>,
        resolved: Micros,
    ) -> Result<Fix, MetaError> {
        let version = match resolution {
            Some(
                Resolution::InRelease { version }
                | Resolution::InNextRelease { newest: Some(version) },
            ) => version.clone(),
            Some(Resolution::InCommit { commit, repository }) => {
                match self.first_release_with((organization, project), commit, repository)? {
                    Some(first) => first,
                    None => return Ok(Fix::InNoneSince(resolved.0)),
                }
            }
            Some(
                Resolution::Now | Resolution::ByAge | Resolution::InNextRelease { newest: None },
            )
            | None => return Ok(Fix::AtOnce),
        };
        let date = self.seen_in(organization, &version)?.release.date;
        Ok(Fix::In { version, date })
    }

    /// What is known of a release.
    fn seen_in<'v>(
        &self,
        organization: OrganizationId,
        version: &'v str,
    ) -> Result<SeenIn<'v>, MetaError> {
        let sql = "SELECT coalesce(released, created), created,
                       EXISTS (SELECT 1 FROM release_commits WHERE release = releases.id)
                   FROM releases WHERE organization = ? AND version = ?";
        let found = row(self.transaction, sql, params![organization.0, version], |row| {
            Ok(SeenIn {
                release: Release { version, date: row.get(0)? },
                created: row.get(1)?,
                has_commits: row.get(2)?,
            })
        })?;
        let unknown = Release { version, date: None };
        Ok(found.unwrap_or(SeenIn { release: unknown, created: None, has_commits: false }))
    }

    /// The first release of the project that has the commit; `None` as long as none has it.
    fn first_release_with(
        &self,
        (organization, project): (OrganizationId, ProjectId),
        commit: &str,
        repository: &str,
    ) -> Result<Option<String>, MetaError> {
        let sql = "SELECT version FROM repositories
                   JOIN commits ON commits.repository = repositories.id
                       AND hash >= ?2 AND hash < ?2 || 'g'
                   JOIN release_commits ON release_commits.\"commit\" = commits.id
                   JOIN releases ON releases.id = release_commits.release
                   JOIN release_projects ON release_projects.release = releases.id AND project = ?4
                   WHERE repositories.organization = ?1 AND (?3 = '' OR name = ?3)
                   ORDER BY coalesce(released, releases.created), releases.id LIMIT 1";
        let values = params![organization.0, commit, repository, project.0];
        row(self.transaction, sql, values, |row| row.get(0))
    }

    /// Brings an archived issue back when it is time. `events` and `users` are of all time.
    pub(super) fn unarchive(
        &mut self,
        (issue, project): (IssueId, ProjectId),
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
                let turn = current.turn(issue, project, Substatus::Ongoing, self.now);
                let kind = ActivityKind::Unresolved;
                transition::open(self.transaction, &turn, kind, serde_json::json!({}))
            }
            Return::Escalating => {
                let turn = current.turn(issue, project, Substatus::Escalating, self.now);
                let data = serde_json::json!({ "events_this_hour": counts.events_this_hour });
                escalate(self.transaction, &turn, current.priority_locked, data)
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
            Archive::Condition { events, users, users_that_hour, .. } => {
                if let Some((_, Some(minutes))) = events {
                    counts.events_in_window = events_since(window_start(*minutes))?;
                }
                if let Some((_, Some(minutes))) = users {
                    let start = window_start(*minutes);
                    let before = if start == hour_of(archived) { *users_that_hour } else { 0 };
                    counts.users_in_window = users_since(start)?.saturating_sub(before);
                }
            }
        }
        Ok(counts)
    }
}

impl Current {
    fn turn(&self, issue: IssueId, project: ProjectId, to: Substatus, at: Micros) -> Turn {
        let from = Some(Standing { status: self.status, substatus: self.substatus });
        let to = Standing::open(to);
        Turn { issue, project, from, to, at, by_itself: true, actor: None, event: None }
    }
}

/// Lets an issue escalate, which makes it urgent unless a person said how urgent it is.
pub(crate) fn escalate(
    connection: &Connection,
    turn: &Turn,
    priority_locked: bool,
    data: serde_json::Value,
) -> Result<(), MetaError> {
    transition::open(connection, turn, ActivityKind::Escalating, data)?;
    if !priority_locked {
        let sql = "UPDATE issues SET priority = ? WHERE id = ?";
        execute(connection, sql, params![Priority::High, turn.issue.0])?;
    }
    Ok(())
}

fn details(current: &Current) -> Result<Option<StatusDetails>, MetaError> {
    current.details.as_deref().map(|text| from_json("issue's status details", text)).transpose()
}
