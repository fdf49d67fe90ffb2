//! Suspect commits: what probably caused an issue, by what changed in the release it began in.

use axum::Json;
use axum::extract::{Path, State};
use lang::ask::Direction;
use meta::{ActivityKind, Commit, Issue, Meta, Scope};
use model::id::{EventId, OrganizationId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::code_link::Linker;
use crate::error::ApiError;
use crate::issue::events::{Named, newest};
use crate::params::Params;
use crate::project::enter;
use crate::release::commits::{CommitView, author, view};
use crate::repository::Repositories;
use crate::state::Api;
use frames::Frame;

pub mod frames;
mod rank;

/// Commits that are answered at most.
const SUSPECTS_MAX: usize = 10;
/// Things that happened to an issue among which the last regression is looked for.
const ACTIVITIES_MAX: usize = 100;

/// A commit that may be the cause.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuspectView {
    /// The commit.
    #[serde(flatten)]
    pub commit: CommitView,
    /// How likely it is the cause, from 0 to 1; only to compare with others.
    pub score: f64,
    /// The files of the stack trace that it changed, the most telling one first.
    pub files: Vec<String>,
}

/// Somebody whose commits may be the cause.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Committer {
    /// A member, or name and address.
    #[schema(value_type = Option<Object>)]
    pub author: Option<Value>,
    /// Their commits, the most suspect one first.
    pub commits: Vec<SuspectView>,
}

/// Who may have caused an issue, the most suspect first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Committers {
    /// Each with their commits.
    pub committers: Vec<Committer>,
}

/// The commits that may have caused an issue, the most suspect first. Blocks.
///
/// # Errors
/// When the database cannot be read.
pub fn suspects(
    api: &Api,
    issue: &Issue,
    payload: &[u8],
) -> Result<Vec<(Commit, SuspectView)>, ApiError> {
    let database = &api.database;
    let Some(version) = blamed_release(database, issue)? else { return Ok(Vec::new()) };
    let Some(organization) = database.organization_of(issue.project) else {
        return Ok(Vec::new());
    };
    let frames = frames::read(payload);
    let names: Vec<&str> = frames.iter().map(Frame::name).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let changes = database.changes_until(issue.project, &version, &names)?;
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let linker = Linker::of(database, organization, issue.project, None)?;
    let ranked = rank::rank(&frames, &changes, |frame| linker.place(&frame.paths()));
    let mut repositories = Repositories::default();
    let shown = ranked.into_iter().take(SUSPECTS_MAX).map(|suspect| {
        let mut commit = view(database, &mut repositories, organization, suspect.commit)?;
        // Source: Sentry's name for what is known from releases and not from asking the repository.
        commit.suspect_commit_type = "via commit in release";
        let shown = SuspectView { commit, score: suspect.score, files: suspect.files };
        Ok((suspect.commit.clone(), shown))
    });
    shown.collect()
}

/// The release that an issue began in, or came back in last. Blocks.
fn blamed_release(database: &Meta, issue: &Issue) -> Result<Option<String>, ApiError> {
    let page = meta::Page { offset: 0, limit: ACTIVITIES_MAX };
    let happened = database.activities(issue.id, page)?.rows;
    let last = happened.iter().find(|it| it.kind == ActivityKind::Regressed);
    let version = last.and_then(|it| it.data.get("version")).and_then(Value::as_str);
    if let Some(version) = version.filter(|version| !version.is_empty()) {
        return Ok(Some(version.to_owned()));
    }
    Ok(issue.first_release.clone())
}

fn by_author(
    database: &Meta,
    organization: OrganizationId,
    suspects: Vec<(Commit, SuspectView)>,
) -> Result<Committers, ApiError> {
    let mut found: Vec<(String, Committer)> = Vec::new();
    for (commit, shown) in suspects {
        let key =
            if commit.author_email.is_empty() { &commit.author_name } else { &commit.author_email };
        let known = found.iter_mut().find(|(known, _)| known == key);
        if let Some((_, committer)) = known {
            committer.commits.push(shown);
            continue;
        }
        let author = author(database, organization, &commit.author_name, &commit.author_email)?;
        found.push((key.clone(), Committer { author, commits: vec![shown] }));
    }
    Ok(Committers { committers: found.into_iter().map(|(_, committer)| committer).collect() })
}

/// Who may have caused an issue: authors of commits of the release it began or came back in, and of those
/// before, that changed files of its newest event's stack trace.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/committers/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path, description = "id or short id")),
    responses((status = 200, body = Committers), (status = 404)))]
pub async fn of_issue(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Committers>, ApiError> {
    shown(&api, Named::within(caller, organization, issue), params).await
}

/// Who may have caused an issue, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/committers/", tag = "issues",
    params(("issue" = String, Path)), responses((status = 200, body = Committers), (status = 404)))]
pub async fn of_issue_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    params: Params,
) -> Result<Json<Committers>, ApiError> {
    shown(&api, Named::bare(caller, issue), params).await
}

async fn shown(api: &Api, named: Named, params: Params) -> Result<Json<Committers>, ApiError> {
    let (opened, scope) = api
        .blocking(move |api| {
            let opened = named.open(api, Scope::EventRead)?;
            let scope = opened.scope(api, &params)?;
            Ok((opened, scope))
        })
        .await?;
    let event = newest(api, scope, Direction::Descending).await?.ok_or(ApiError::NotFound)?;
    committers(api, opened.issue, event).await
}

/// Who may have caused the issue of an event.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/events/{event}/committers/",
    tag = "events",
    params(("organization" = String, Path), ("project" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = Committers), (status = 404)))]
pub async fn of_event(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, event)): Path<(String, String, String)>,
) -> Result<Json<Committers>, ApiError> {
    let event = EventId::parse(&event).or(Err(ApiError::NotFound))?;
    let (_, project) = api
        .blocking(move |api| enter(api, &caller, &organization, &project, Scope::EventRead))
        .await?;
    let found = api.ask.event(project.id, event).await?.ok_or(ApiError::NotFound)?;
    let issue = api.meta(move |database| database.issue(found.issue)).await?;
    committers(&api, issue.ok_or(ApiError::NotFound)?, event).await
}

async fn committers(api: &Api, issue: Issue, event: EventId) -> Result<Json<Committers>, ApiError> {
    let found = api.ask.event(issue.project, event).await?.ok_or(ApiError::NotFound)?;
    let answer = api.blocking(move |api| {
        let organization = api.database.organization_of(issue.project).ok_or(ApiError::NotFound)?;
        by_author(&api.database, organization, suspects(api, &issue, &found.payload)?)
    });
    Ok(Json(answer.await?))
}
