//! What people do to issues, and taking it back.

use model::clock::Micros;
use model::id::{IssueId, ProjectId, UserId};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::activity::{self, ActivityKind, NewActivity};
use crate::clock_time::{DAY, HOUR, hour_of};
use crate::database::Meta;
use crate::error::{MetaError, to_json};
use crate::issue::{self, Issue, IssueOwner};
use crate::issue_state::{
    Archive, IssueState, IssueStatus, Priority, Resolution, StatusDetails, Substatus,
};
use crate::lifecycle::{FORECAST_HOURS, forecast};
use crate::page::{execute, rows};
use crate::release;

/// Issues in one change.
const ISSUES_MAX: usize = 1_000;

/// A change of some issues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueChange {
    /// Which issues, at most 1,000; those that do not exist are left out.
    pub issues: Vec<IssueId>,
    /// Who asks for it; `None` when nobody does.
    pub actor: Option<UserId>,
    /// What to do, in this order.
    pub actions: Vec<IssueAction>,
}

/// What to do to an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueAction {
    /// It is done with.
    Resolve(Resolving),
    /// Leave it alone.
    Archive(Archiving),
    /// It is open again.
    Unresolve,
    /// Somebody looks after it, or nobody.
    Assign(Option<IssueOwner>),
    /// How urgent it is; from then on only people change it.
    SetPriority(Priority),
}

/// How an issue is resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolving {
    /// At once.
    Now,
    /// In a release.
    InRelease(String),
    /// In the release after the newest one of its project.
    InNextRelease,
    /// In a commit.
    InCommit {
        /// Its hash.
        commit: String,
        /// Where.
        repository: String,
    },
}

/// Until when an issue is archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Archiving {
    /// For good.
    Forever,
    /// Until it happens more often than the last week lets expect.
    UntilEscalating,
    /// Until one of these is met.
    Until {
        /// A moment.
        time: Option<Micros>,
        /// So many more events, and in how many minutes; `None` is any time.
        events: Option<(u64, Option<u64>)>,
        /// So many more users, and in how many minutes; `None` is any time.
        users: Option<(u64, Option<u64>)>,
    },
}

impl Meta {
    /// Changes issues, as a whole or not at all. Answers what they were before, for undo.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] for too many issues; [`MetaError::Missing`] for an owner who is not.
    pub fn change_issues(&self, change: &IssueChange) -> Result<Vec<IssueState>, MetaError> {
        if change.issues.len() > ISSUES_MAX {
            return Err(MetaError::invalid("id", format!("at most {ISSUES_MAX} at once")));
        }
        let now = self.now();
        self.write(|transaction| {
            let issues = issue::load(transaction, &change.issues)?;
            let mut before = Vec::with_capacity(issues.len());
            for issue in issues {
                let mut editing = Editing { transaction, actor: change.actor, now, issue };
                before.push(editing.issue.state.clone());
                for action in &change.actions {
                    editing.act(action)?;
                }
            }
            Ok(before)
        })
    }

    /// Gives issues back the state they had. Those deleted since are left out.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn restore_issues(
        &self,
        states: &[IssueState],
        actor: Option<UserId>,
    ) -> Result<(), MetaError> {
        let now = self.now();
        self.write(|transaction| {
            for state in states {
                let found = issue::load(transaction, &[state.issue])?;
                let Some(issue) = found.into_iter().next() else { continue };
                let reopened =
                    issue.state.status != state.status && state.status == IssueStatus::Unresolved;
                write_state(transaction, state)?;
                if reopened {
                    let (issue, kind) = (state.issue, ActivityKind::Unresolved);
                    let data = json!({});
                    let new = NewActivity { issue, user: actor, kind, at: now, data };
                    activity::add(transaction, &new)?;
                }
            }
            Ok(())
        })
    }
}

/// One issue while it is being changed.
struct Editing<'a> {
    transaction: &'a Connection,
    actor: Option<UserId>,
    now: Micros,
    issue: Issue,
}

impl Editing<'_> {
    fn act(&mut self, action: &IssueAction) -> Result<(), MetaError> {
        match action {
            IssueAction::Resolve(how) => self.resolve(how),
            IssueAction::Archive(how) => self.archive(how),
            IssueAction::Unresolve => self.unresolve(),
            IssueAction::Assign(owner) => self.assign(*owner),
            IssueAction::SetPriority(priority) => {
                if self.issue.state.priority == *priority {
                    return Ok(());
                }
                self.issue.state.priority = *priority;
                self.issue.state.priority_locked = Some(self.now);
                self.done(ActivityKind::Priority, json!({ "priority": priority.name() }))
            }
        }
    }

    fn resolve(&mut self, how: &Resolving) -> Result<(), MetaError> {
        let newest = || release::newest(self.transaction, self.issue.project);
        let (resolution, kind, data) = match how {
            Resolving::Now => (Resolution::Now, ActivityKind::Resolved, json!({})),
            Resolving::InRelease(version) => {
                // Sentry's clients say `latest` for the newest release of the issue's own project.
                let newest = if version == "latest" { newest()? } else { None };
                let version = newest.as_ref().unwrap_or(version);
                let data = json!({ "version": version });
                let resolution = Resolution::InRelease { version: version.clone() };
                (resolution, ActivityKind::ResolvedInRelease, data)
            }
            Resolving::InNextRelease => {
                let newest = newest()?;
                let data = json!({ "version": "", "current_release_version": newest });
                (Resolution::InNextRelease { newest }, ActivityKind::ResolvedInRelease, data)
            }
            Resolving::InCommit { commit, repository } => {
                let data = json!({ "commit": commit, "repository": repository });
                let (commit, repository) = (commit.clone(), repository.clone());
                (Resolution::InCommit { commit, repository }, ActivityKind::ResolvedInCommit, data)
            }
        };
        let details = StatusDetails {
            actor: self.actor.map(|actor| actor.0),
            resolution: Some(resolution),
            archive: None,
        };
        self.set_status(IssueStatus::Resolved, None, Some(details));
        self.done(kind, data)
    }

    fn archive(&mut self, how: &Archiving) -> Result<(), MetaError> {
        let (substatus, archive) = match how {
            Archiving::Forever => (Substatus::Forever, Archive::Forever),
            Archiving::UntilEscalating => {
                let issue = &self.issue;
                let archive = forecast_of(self.transaction, issue.id, issue.first_seen, self.now)?;
                (Substatus::UntilEscalating, archive)
            }
            Archiving::Until { time, events, users } => {
                let archive = Archive::Condition {
                    time: time.map(|time| time.0),
                    events: *events,
                    users: *users,
                    events_before: self.issue.times_seen,
                    users_before: self.issue.user_count,
                };
                (Substatus::UntilConditionMet, archive)
            }
        };
        let data = serde_json::to_value(&archive);
        let data = data.map_err(|cause| MetaError::Json { what: "archive", cause })?;
        let details = StatusDetails {
            actor: self.actor.map(|actor| actor.0),
            resolution: None,
            archive: Some(archive),
        };
        self.set_status(IssueStatus::Ignored, Some(substatus), Some(details));
        self.done(ActivityKind::Ignored, data)
    }

    fn unresolve(&mut self) -> Result<(), MetaError> {
        if self.issue.state.status == IssueStatus::Unresolved {
            return Ok(());
        }
        self.set_status(IssueStatus::Unresolved, Some(Substatus::Ongoing), None);
        self.done(ActivityKind::Unresolved, json!({}))
    }

    fn assign(&mut self, owner: Option<IssueOwner>) -> Result<(), MetaError> {
        if self.issue.state.owner == owner {
            return Ok(());
        }
        self.issue.state.owner = owner;
        let data = |id: u64, kind| json!({ "assignee": id.to_string(), "assigneeType": kind });
        match owner {
            None => self.done(ActivityKind::Unassigned, json!({})),
            Some(IssueOwner::User(user)) => self.done(ActivityKind::Assigned, data(user.0, "user")),
            Some(IssueOwner::Team(team)) => self.done(ActivityKind::Assigned, data(team, "team")),
        }
    }

    fn set_status(
        &mut self,
        status: IssueStatus,
        substatus: Option<Substatus>,
        details: Option<StatusDetails>,
    ) {
        let state = &mut self.issue.state;
        (state.status, state.substatus, state.details) = (status, substatus, details);
        state.status_changed = self.now;
    }

    fn done(&self, kind: ActivityKind, data: Value) -> Result<(), MetaError> {
        write_state(self.transaction, &self.issue.state)?;
        let (issue, user, at) = (self.issue.id, self.actor, self.now);
        activity::add(self.transaction, &NewActivity { issue, user, kind, at, data }).map(drop)
    }
}

/// What the issue's last week lets expect.
pub(crate) fn forecast_of(
    connection: &Connection,
    issue: IssueId,
    first_seen: Micros,
    now: Micros,
) -> Result<Archive, MetaError> {
    // Whole days, so that the hours of one weekday stay together.
    let today = now.0 / DAY;
    let start = today.saturating_sub(7) * (DAY / HOUR);
    let sql = "SELECT hour, count FROM issue_hours WHERE issue = ? AND hour >= ? AND hour < ?";
    let counted = rows(connection, sql, [issue.0, start, hour_of(now) + 1], |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?))
    })?;
    let mut hourly = [0; FORECAST_HOURS];
    for (hour, count) in counted {
        let place = usize::try_from(hour - start).unwrap_or(usize::MAX);
        // Today's hours are not a part of the week, but may hold its worst hour.
        let last = hourly.len() - 1;
        let slot = &mut hourly[place.min(last)];
        *slot = count.max(*slot);
    }
    let age_hours = hour_of(now).saturating_sub(hour_of(first_seen)) + 1;
    Ok(forecast(&hourly, usize::try_from(age_hours).unwrap_or(usize::MAX), today))
}

pub(crate) fn write_state(connection: &Connection, state: &IssueState) -> Result<(), MetaError> {
    let details = state.details.as_ref();
    let details = details.map(|details| to_json("issue's status details", details)).transpose()?;
    let (user, team) = match state.owner {
        None => (None, None),
        Some(IssueOwner::User(user)) => (Some(user.0), None),
        Some(IssueOwner::Team(team)) => (None, Some(team)),
    };
    let written = execute(
        connection,
        "UPDATE issues SET status = ?, substatus = ?, status_changed = ?, status_details = ?,
         priority = ?, priority_locked = ?, assigned_user = ?, assigned_team = ? WHERE id = ?",
        params![
            state.status,
            state.substatus,
            state.status_changed.0,
            details,
            state.priority,
            state.priority_locked.map(|at| at.0),
            user,
            team,
            state.issue.0
        ],
    );
    match written {
        Err(MetaError::Database(cause))
            if cause.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) =>
        {
            Err(MetaError::Missing("assignee"))
        }
        other => other.map(drop),
    }
}

/// The projects these issues are in, so that the asker's rights can be checked.
pub(crate) fn projects_of(
    connection: &Connection,
    issues: &[IssueId],
) -> Result<Vec<ProjectId>, MetaError> {
    let sql = "SELECT DISTINCT project FROM issues WHERE id IN (SELECT value FROM json_each(?))";
    rows(connection, sql, [issue::id_list(issues)?], |row| Ok(ProjectId(row.get(0)?)))
}
