//! What people do to issues, and taking it back.

use model::clock::Micros;
use model::id::{IssueId, ProjectId, UserId};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::activity::{self, ActivityKind, NewActivity};
use crate::clock_time::hour_of;
use crate::database::Meta;
use crate::error::{MetaError, to_json};
use crate::forecast::forecast_of;
use crate::issue::{self, Issue, IssueOwner};
use crate::issue_state::{
    Archive, IssueState, IssueStatus, Priority, Resolution, Standing, StatusDetails, Substatus,
};
use crate::page::{execute, row, rows};
use crate::release;
use crate::transition::{self, Turn};

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
                write_state(transaction, state)?;
                let (from, to) = (issue.state.standing(), state.standing());
                if from == to {
                    continue;
                }
                let kind = match to.status {
                    IssueStatus::Unresolved => ActivityKind::Unresolved,
                    IssueStatus::Resolved => ActivityKind::Resolved,
                    IssueStatus::Ignored => ActivityKind::Ignored,
                };
                let data = json!({ "undone": true });
                let new = NewActivity { issue: issue.id, user: actor, kind, at: now, data };
                activity::add(transaction, &new)?;
                transition::record(transaction, &decided(&issue, from, to, actor, now))?;
            }
            Ok(())
        })
    }
}

/// A change of state that somebody asked for.
fn decided(issue: &Issue, from: Standing, to: Standing, actor: Option<UserId>, at: Micros) -> Turn {
    let (issue, project, from) = (issue.id, issue.project, Some(from));
    Turn { issue, project, from, to, at, by_itself: false, actor, event: None }
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
        let to = Standing { status: IssueStatus::Resolved, substatus: None };
        self.turn(to, Some(details), kind, data)
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
                    users_that_hour: self.users_this_hour()?,
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
        let to = Standing { status: IssueStatus::Ignored, substatus: Some(substatus) };
        self.turn(to, Some(details), ActivityKind::Ignored, data)
    }

    fn unresolve(&mut self) -> Result<(), MetaError> {
        if self.issue.state.status == IssueStatus::Unresolved {
            return Ok(());
        }
        self.turn(Standing::open(Substatus::Ongoing), None, ActivityKind::Unresolved, json!({}))
    }

    fn users_this_hour(&self) -> Result<u64, MetaError> {
        let sql = "SELECT count(*) FROM issue_users WHERE issue = ? AND last_hour >= ?";
        let values = [self.issue.id.0, hour_of(self.now)];
        Ok(row(self.transaction, sql, values, |row| row.get(0))?.unwrap_or(0))
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

    fn turn(
        &mut self,
        to: Standing,
        details: Option<StatusDetails>,
        kind: ActivityKind,
        data: Value,
    ) -> Result<(), MetaError> {
        let state = &mut self.issue.state;
        let from = state.standing();
        (state.status, state.substatus, state.details) = (to.status, to.substatus, details);
        state.status_changed = self.now;
        self.done(kind, data)?;
        let turn = decided(&self.issue, from, to, self.actor, self.now);
        transition::record(self.transaction, &turn)
    }

    fn done(&self, kind: ActivityKind, data: Value) -> Result<(), MetaError> {
        write_state(self.transaction, &self.issue.state)?;
        let (issue, user, at) = (self.issue.id, self.actor, self.now);
        activity::add(self.transaction, &NewActivity { issue, user, kind, at, data }).map(drop)
    }
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
