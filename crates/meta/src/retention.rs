//! What changes only because time passes: ageing, resolving by age, forecasts, and forgetting.

use model::clock::Micros;
use model::id::{IssueId, ProjectId};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::activity::{self, ActivityKind, NewActivity};
use crate::clock_time::{DAY, HOUR, before, hour_of};
use crate::database::Meta;
use crate::error::{MetaError, from_json, to_json};
use crate::forecast::forecast_of;
use crate::issue;
use crate::issue_change::write_state;
use crate::issue_merge;
use crate::issue_state::{Archive, IssueStatus, Resolution, Standing, StatusDetails, Substatus};
use crate::lifecycle::FRESH_DAYS;
use crate::page::{execute, row, rows};
use crate::transition::{self, Turn};

/// How old a forecast gets.
const FORECAST_DAYS: u64 = 7;
/// How long the accounts are kept.
const OUTCOME_DAYS: u64 = 90;
/// Issues in one step, so that the writer is free for the pipeline in between.
const STEP_ISSUES: usize = 500;

/// What [`Meta::tend`] changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tended {
    /// Issues that are ongoing now.
    pub aged: usize,
    /// Issues that were resolved because nothing happened.
    pub resolved: Vec<IssueId>,
    /// Issues that came back because their time was over.
    pub returned: Vec<IssueId>,
    /// Open issues that happen more often than forecast.
    pub escalated: Vec<IssueId>,
    /// Forecasts that were made anew.
    pub forecasts: usize,
    /// Archived issues whose condition cannot be read; they stay archived.
    pub unreadable: Vec<IssueId>,
}

/// What [`Meta::forget`] deleted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Issues whose last event is past the retention time.
    pub issues: usize,
    /// Attachments past the retention time.
    pub attachments: usize,
    /// Bundles, debug files and files of releases that nobody used for the retention time.
    pub uploads: usize,
    /// Blobs that no attachment has any more, for the blob store to delete.
    pub blobs: Vec<[u8; 32]>,
}

impl Meta {
    /// Lets issues change because time has passed; meant to be called every few minutes.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn tend(&self) -> Result<Tended, MetaError> {
        let now = self.now();
        let directory = self.directory();
        let mut tended = Tended { aged: self.age(now)?, ..Tended::default() };
        for (project, settings) in directory.settings() {
            if settings.resolve_age > 0 {
                let resolved = self.resolve_by_age(project, settings.resolve_age, now)?;
                tended.resolved.extend(resolved);
            }
        }
        self.tend_archived(now, &mut tended)?;
        tended.escalated = self.escalate_ongoing(now)?;
        self.forget_transitions(now)?;
        Ok(tended)
    }

    fn age(&self, now: Micros) -> Result<usize, MetaError> {
        let sql = "SELECT id, project, substatus FROM issues INDEXED BY issues_fresh
                   WHERE status = 0 AND substatus IN (2, 6, 7) AND merged_into IS NULL
                   AND status_changed < ? LIMIT ?";
        let fresh_since = before(now, FRESH_DAYS * DAY);
        let mut aged = 0;
        loop {
            let count = self.write(|transaction| {
                let found = rows(transaction, sql, params![fresh_since.0, STEP_ISSUES], |row| {
                    let named = (IssueId(row.get(0)?), ProjectId(row.get(1)?));
                    Ok((named, Standing::open(row.get(2)?)))
                })?;
                for (named, from) in &found {
                    let turn = by_itself(*named, *from, Standing::open(Substatus::Ongoing), now);
                    let data = json!({ "after_days": FRESH_DAYS });
                    transition::open(transaction, &turn, ActivityKind::Ongoing, data)?;
                }
                Ok(found.len())
            })?;
            aged += count;
            if count < STEP_ISSUES {
                return Ok(aged);
            }
        }
    }

    fn resolve_by_age(
        &self,
        project: ProjectId,
        hours: u32,
        now: Micros,
    ) -> Result<Vec<IssueId>, MetaError> {
        let quiet_since = before(now, u64::from(hours) * HOUR);
        self.write(|transaction| {
            let sql = "SELECT id FROM issues WHERE merged_into IS NULL AND project = ?
                       AND status = ? AND last_seen < ? LIMIT ?";
            let values = params![project.0, IssueStatus::Unresolved, quiet_since.0, STEP_ISSUES];
            let ids = rows(transaction, sql, values, |row| Ok(IssueId(row.get(0)?)))?;
            for found in issue::load(transaction, &ids)? {
                let from = found.state.standing();
                let mut state = found.state;
                state.status = IssueStatus::Resolved;
                state.substatus = None;
                state.status_changed = now;
                let resolution = Some(Resolution::ByAge);
                state.details = Some(StatusDetails { actor: None, resolution, archive: None });
                write_state(transaction, &state)?;
                let (kind, data) = (ActivityKind::ResolvedByAge, json!({ "age": hours }));
                let issue = state.issue;
                let new = NewActivity { issue, user: None, kind, at: now, data };
                activity::add(transaction, &new)?;
                let turn = by_itself((issue, found.project), from, state.standing(), now);
                transition::record(transaction, &turn)?;
            }
            Ok(ids)
        })
    }

    /// Archived issues whose time is over come back, even when nothing happens; old forecasts are
    /// made anew.
    fn tend_archived(&self, now: Micros, tended: &mut Tended) -> Result<(), MetaError> {
        let sql = "SELECT id, first_seen, status_details, project, substatus FROM issues
                   WHERE merged_into IS NULL AND status = ? AND substatus IN (?, ?) AND id > ?
                   ORDER BY id LIMIT ?";
        let mut after = 0;
        loop {
            let done = self.write(|transaction| {
                let values = params![
                    IssueStatus::Ignored,
                    Substatus::UntilEscalating,
                    Substatus::UntilConditionMet,
                    after,
                    STEP_ISSUES
                ];
                let archived = rows(transaction, sql, values, |row| {
                    let details = row.get::<_, Option<String>>(2)?;
                    Ok(Archived {
                        issue: IssueId(row.get(0)?),
                        first_seen: Micros(row.get(1)?),
                        details: details.unwrap_or_default(),
                        project: ProjectId(row.get(3)?),
                        substatus: row.get(4)?,
                    })
                })?;
                for archived in &archived {
                    after = archived.issue.0;
                    match tend_one(transaction, archived, now, tended) {
                        // One that cannot be read must not keep all others from what is due.
                        Err(MetaError::Json { .. }) => tended.unreadable.push(archived.issue),
                        done => done?,
                    }
                }
                Ok(archived.len() < STEP_ISSUES)
            })?;
            if done {
                return Ok(());
            }
        }
    }

    /// Deletes what is past the retention time of its project; meant to be called every few hours.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn forget(&self) -> Result<Forgotten, MetaError> {
        let now = self.now();
        let directory = self.directory();
        let mut forgotten = Forgotten::default();
        for (project, settings) in directory.settings() {
            let since = before(now, u64::from(settings.retention_days) * DAY);
            self.forget_issues(project, since, &mut forgotten)?;
            self.forget_counts(project, since)?;
            self.forget_files(project, since, &mut forgotten)?;
            self.forget_profiles(project, since)?;
            forgotten.uploads += self.forget_bundles(project, since)?;
            forgotten.uploads += self.forget_debug_files(project, since)?;
            forgotten.uploads += self.forget_release_files(project, since)?;
        }
        self.forget_flag_changes(now)?;
        self.write(|transaction| {
            let hour = hour_of(before(now, OUTCOME_DAYS * DAY));
            execute(transaction, "DELETE FROM outcomes WHERE hour < ?", [hour])?;
            execute(transaction, "DELETE FROM sessions WHERE expires < ?", [now.0])?;
            execute(
                transaction,
                "DELETE FROM invites WHERE expires < ?",
                [before(now, 30 * DAY).0],
            )?;
            execute(transaction, "DELETE FROM login_failures WHERE last < ?", [before(now, DAY).0])
        })?;
        Ok(forgotten)
    }

    fn forget_issues(
        &self,
        project: ProjectId,
        since: Micros,
        forgotten: &mut Forgotten,
    ) -> Result<(), MetaError> {
        let sql = "SELECT id FROM issues INDEXED BY issues_by_last_seen WHERE merged_into IS NULL
                   AND last_seen < ? AND project = ? LIMIT ?";
        loop {
            let count = self.write_issues(|transaction| {
                let values = params![since.0, project.0, STEP_ISSUES];
                let ids = rows(transaction, sql, values, |row| Ok(IssueId(row.get(0)?)))?;
                for &issue in &ids {
                    issue_merge::delete(transaction, issue, since)?;
                }
                // Their events are gone or about to be, so there is nothing left to hide.
                let sql = "DELETE FROM removed_issues WHERE project = ? AND removed <= ?";
                execute(transaction, sql, [project.0, since.0])?;
                Ok(ids.len())
            })?;
            forgotten.issues += count;
            if count < STEP_ISSUES {
                return Ok(());
            }
        }
    }

    fn forget_counts(&self, project: ProjectId, since: Micros) -> Result<(), MetaError> {
        let hour = hour_of(since);
        let mut after = 0;
        loop {
            let count = self.write_issues(|transaction| {
                let sql = "SELECT id FROM issues WHERE project = ? AND id > ? AND first_seen < ?
                           ORDER BY id LIMIT ?";
                let values = params![project.0, after, since.0, STEP_ISSUES];
                let ids = rows(transaction, sql, values, |row| row.get::<_, u64>(0))?;
                for &issue in &ids {
                    after = issue;
                    let sql = "DELETE FROM issue_hours WHERE issue = ? AND hour < ?";
                    execute(transaction, sql, [issue, hour])?;
                    let sql = "DELETE FROM issue_users WHERE issue = ? AND last_hour < ?";
                    if execute(transaction, sql, [issue, hour])? > 0 {
                        issue_merge::shift_condition(transaction, IssueId(issue), 0)?;
                        let sql = "UPDATE issues SET user_count =
                                   (SELECT count(*) FROM issue_users WHERE issue = ?1) WHERE id = ?1";
                        execute(transaction, sql, [issue])?;
                    }
                }
                Ok(ids.len())
            })?;
            if count < STEP_ISSUES {
                return Ok(());
            }
        }
    }

    fn forget_files(
        &self,
        project: ProjectId,
        since: Micros,
        forgotten: &mut Forgotten,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM user_reports WHERE project = ? AND created < ?";
            execute(transaction, sql, [project.0, since.0])?;
            let sql = "DELETE FROM attachments WHERE project = ? AND created < ? RETURNING blob";
            let mut blobs: Vec<[u8; 32]> =
                rows(transaction, sql, [project.0, since.0], |row| row.get(0))?;
            forgotten.attachments += blobs.len();
            blobs.sort_unstable();
            blobs.dedup();
            for blob in blobs {
                let sql = "SELECT 1 FROM attachments WHERE blob = ? LIMIT 1";
                if row(transaction, sql, [blob], |_| Ok(()))?.is_none() {
                    forgotten.blobs.push(blob);
                }
            }
            Ok(())
        })
    }
}

/// An archived issue that may come back.
struct Archived {
    issue: IssueId,
    project: ProjectId,
    substatus: Option<Substatus>,
    first_seen: Micros,
    details: String,
}

fn tend_one(
    connection: &Connection,
    archived: &Archived,
    now: Micros,
    tended: &mut Tended,
) -> Result<(), MetaError> {
    let issue = archived.issue;
    let details: StatusDetails = from_json("issue's status details", &archived.details)?;
    match &details.archive {
        Some(Archive::Condition { time: Some(time), .. }) if now.0 >= *time => {
            let from = Standing { status: IssueStatus::Ignored, substatus: archived.substatus };
            let to = Standing::open(Substatus::Ongoing);
            let turn = by_itself((issue, archived.project), from, to, now);
            transition::open(connection, &turn, ActivityKind::Unresolved, json!({}))?;
            tended.returned.push(issue);
        }
        Some(Archive::Escalating { first_day, .. }) if now.0 / DAY >= first_day + FORECAST_DAYS => {
            let archive = Some(forecast_of(connection, issue, archived.first_seen, now)?);
            let details = to_json("issue's status details", &StatusDetails { archive, ..details })?;
            let sql = "UPDATE issues SET status_details = ? WHERE id = ?";
            execute(connection, sql, params![details, issue.0])?;
            tended.forecasts += 1;
        }
        _ => {}
    }
    Ok(())
}

/// A change of state because time has passed.
fn by_itself(
    (issue, project): (IssueId, ProjectId),
    from: Standing,
    to: Standing,
    at: Micros,
) -> Turn {
    let from = Some(from);
    Turn { issue, project, from, to, at, by_itself: true, actor: None, event: None }
}
