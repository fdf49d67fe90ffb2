//! Making, changing and deleting releases.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use lang::search::{Moment, parse_moment};
use meta::{Head, NewCommit, Release, ReleaseChange, ReleaseCommit, ReleaseStatus};
use model::clock::Micros;
use model::id::ProjectId;
use serde_json::{Map, Value};

use super::{Place, ReleaseView, find, view};
use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::state::Api;

/// What a body says about a release.
#[derive(Debug, Default)]
struct Told {
    change: ReleaseChange,
    commits: Vec<ReleaseCommit>,
    /// `None` when nothing is said; an empty list takes the commits away.
    heads: Option<Vec<Head>>,
}

/// Makes a release, or changes the one that is there: url, ref, status, dates, commits, refs.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/releases/", tag = "releases",
    params(("organization" = String, Path)), request_body = Object,
    responses((status = 201, body = ReleaseView), (status = 208, body = ReleaseView),
        (status = 400)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<ReleaseView>), ApiError> {
    make(&api, caller, Place::of(organization), body).await
}

/// Makes a release of a project, or changes the one that is there.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/releases/",
    tag = "releases", params(("organization" = String, Path), ("project" = String, Path)),
    request_body = Object,
    responses((status = 201, body = ReleaseView), (status = 208, body = ReleaseView),
        (status = 400)))]
pub async fn create_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<ReleaseView>), ApiError> {
    make(&api, caller, Place::of(organization).project(project), body).await
}

async fn make(
    api: &Api,
    caller: Caller,
    place: Place,
    body: Map<String, Value>,
) -> Result<(StatusCode, Json<ReleaseView>), ApiError> {
    let (view, is_new) = api
        .blocking(move |api| {
            let access = caller.enter_to_release(&api.database, &place.organization)?;
            let version = body.get("version").and_then(Value::as_str).unwrap_or_default();
            if version.is_empty() {
                return Err(ApiError::field("version", "This field is required."));
            }
            let told = Told::read(&access, &body)?;
            let projects = projects(api, &access, place.project.as_deref(), &body)?;
            let owner = access.organization.id;
            let (release, is_new) = api.database.create_release(owner, version, &projects)?;
            Ok((carry_out(api, &release, &told)?, is_new))
        })
        .await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::ALREADY_REPORTED };
    Ok((status, Json(view)))
}

/// Changes a release: url, ref, status, dates, commits, refs.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/releases/{version}/",
    tag = "releases", params(("organization" = String, Path), ("version" = String, Path)),
    request_body = Object, responses((status = 200, body = ReleaseView), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<ReleaseView>, ApiError> {
    put(&api, caller, Place::of(organization), version, body).await
}

/// Changes a release of a project: url, ref, status, dates, commits, refs.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/releases/{version}/",
    tag = "releases",
    params(("organization" = String, Path), ("project" = String, Path), ("version" = String, Path)),
    request_body = Object, responses((status = 200, body = ReleaseView), (status = 404)))]
pub async fn change_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, version)): Path<(String, String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<ReleaseView>, ApiError> {
    put(&api, caller, Place::of(organization).project(project), version, body).await
}

async fn put(
    api: &Api,
    caller: Caller,
    place: Place,
    version: String,
    body: Map<String, Value>,
) -> Result<Json<ReleaseView>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter_to_release(&api.database, &place.organization)?;
        let release = find(api, &access, place.project.as_deref(), &version)?;
        carry_out(api, &release, &Told::read(&access, &body)?)
    });
    Ok(Json(shown.await?))
}

/// Deletes a release that nothing has happened in.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/releases/{version}/",
    tag = "releases", params(("organization" = String, Path), ("version" = String, Path)),
    responses((status = 204), (status = 400, description = "it has events"), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    remove(&api, caller, Place::of(organization), version).await
}

/// Deletes a release of a project that nothing has happened in.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/releases/{version}/",
    tag = "releases",
    params(("organization" = String, Path), ("project" = String, Path), ("version" = String, Path)),
    responses((status = 204), (status = 400, description = "it has events"), (status = 404)))]
pub async fn delete_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, version)): Path<(String, String, String)>,
) -> Result<StatusCode, ApiError> {
    remove(&api, caller, Place::of(organization).project(project), version).await
}

async fn remove(
    api: &Api,
    caller: Caller,
    place: Place,
    version: String,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = caller.enter_to_release(&api.database, &place.organization)?;
        let release = find(api, &access, place.project.as_deref(), &version)?;
        Ok(api.database.delete_release(release.organization, &release.version)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Does what a body says, and shows what became of the release. Blocks.
fn carry_out(api: &Api, release: &Release, told: &Told) -> Result<ReleaseView, ApiError> {
    let (database, organization, version) =
        (&api.database, release.organization, release.version.as_str());
    if told.change != ReleaseChange::default() {
        database.change_release(organization, version, &told.change)?;
    }
    if let Some(heads) = &told.heads {
        database.set_heads(organization, version, heads)?;
    }
    if !told.commits.is_empty() {
        database.set_commits(organization, version, &told.commits)?;
    }
    let release = database.release(organization, version)?.ok_or(ApiError::NotFound)?;
    view(database, &release)
}

impl Told {
    fn read(access: &Access, body: &Map<String, Value>) -> Result<Self, ApiError> {
        let get = |camel: &str, snake: &str| body.get(camel).or_else(|| body.get(snake));
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let status = match body.get("status").and_then(Value::as_str) {
            None => None,
            Some(name) => Some(ReleaseStatus::from_name(name).ok_or_else(|| {
                ApiError::field("status", format!("\"{name}\" is not a valid choice."))
            })?),
        };
        let released = match get("dateReleased", "date_released") {
            None => None,
            Some(value) => Some(moment("dateReleased", Some(value))?),
        };
        let change = ReleaseChange {
            released,
            started: moment("dateStarted", get("dateStarted", "date_started"))?,
            status,
            url: text("url").filter(|url| !url.is_empty()),
            reference: text("ref").filter(|name| !name.is_empty()),
        };
        let commits = objects("commits", body.get("commits"))?;
        let commits = commits.unwrap_or_default().into_iter().map(|told| commit(access, told));
        let heads = match objects("refs", body.get("refs"))? {
            None => objects("headCommits", get("headCommits", "head_commits"))?,
            refs => refs,
        };
        let heads = heads.map(|heads| heads.into_iter().map(head).collect());
        Ok(Self { change, commits: commits.collect::<Result<_, _>>()?, heads: heads.transpose()? })
    }
}

/// A moment of a body; nothing and `null` are none.
pub(super) fn moment(field: &str, value: Option<&Value>) -> Result<Option<Micros>, ApiError> {
    let wrong = || ApiError::field(field, "Expected an ISO 8601 date or time.");
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let moment = value.as_str().and_then(parse_moment).map(Moment::start);
            moment.map(Some).ok_or_else(wrong)
        }
    }
}

/// A list of objects of a body; nothing and `null` are no list.
fn objects<'b>(
    field: &str,
    value: Option<&'b Value>,
) -> Result<Option<Vec<&'b Map<String, Value>>>, ApiError> {
    let wrong = || ApiError::field(field, "Expected a list of objects.");
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let items = value.as_array().ok_or_else(wrong)?;
            items.iter().map(|item| item.as_object().ok_or_else(wrong)).collect::<Result<_, _>>()
        }
        .map(Some),
    }
}

fn text_of(told: &Map<String, Value>, keys: [&str; 2]) -> String {
    let found = keys.iter().find_map(|key| told.get(*key).and_then(Value::as_str));
    found.unwrap_or_default().to_owned()
}

fn commit(access: &Access, told: &Map<String, Value>) -> Result<ReleaseCommit, ApiError> {
    let named = text_of(told, ["repository", "repository"]);
    // Source: Sentry names the repository of commits that name none so.
    let own = || format!("organization-{}", access.organization.id);
    let repository = if named.is_empty() { own() } else { named };
    let files = told.get("patch_set").or_else(|| told.get("patchSet"));
    let files = objects("patch_set", files)?.unwrap_or_default();
    let files = files.into_iter().map(|file| meta::FileChange {
        path: text_of(file, ["path", "path"]),
        kind: meta::FileChangeKind::from_letter(&text_of(file, ["type", "type"])),
    });
    let commit = NewCommit {
        hash: text_of(told, ["id", "id"]),
        author_name: text_of(told, ["author_name", "authorName"]),
        author_email: text_of(told, ["author_email", "authorEmail"]),
        message: text_of(told, ["message", "message"]),
        committed: moment("timestamp", told.get("timestamp"))?,
        files: files.collect(),
    };
    Ok(ReleaseCommit { repository, commit })
}

/// `commit` may be a range `A..B`; old clients say `currentId` and `previousId`.
fn head(told: &Map<String, Value>) -> Result<Head, ApiError> {
    let repository = text_of(told, ["repository", "repository"]);
    let newest = text_of(told, ["commit", "currentId"]);
    let previous = text_of(told, ["previousCommit", "previousId"]);
    let previous =
        if previous.is_empty() { text_of(told, ["previous_commit", ""]) } else { previous };
    if repository.is_empty() || newest.is_empty() {
        return Err(ApiError::field("refs", "repository and commit are required."));
    }
    let (previous, commit) = match newest.split_once("..") {
        Some((previous, commit)) => (previous.to_owned(), commit.to_owned()),
        None => (previous, newest),
    };
    Ok(Head { repository, commit, previous: Some(previous).filter(|hash| !hash.is_empty()) })
}

/// The projects a release belongs to: that of the path, and those the body lists.
fn projects(
    api: &Api,
    access: &Access,
    project: Option<&str>,
    body: &Map<String, Value>,
) -> Result<Vec<ProjectId>, ApiError> {
    let mut ids = Vec::new();
    if let Some(name) = project {
        ids.push(access.project(&api.database, name)?.id);
    }
    let listed = body.get("projects").and_then(Value::as_array).into_iter().flatten();
    for name in listed {
        let name = match name {
            Value::String(text) => text.clone(),
            Value::Number(id) => id.to_string(),
            _ => continue,
        };
        match access.project(&api.database, &name) {
            Ok(project) => ids.push(project.id),
            Err(ApiError::NotFound) => {
                return Err(ApiError::field("projects", "Invalid project ids or slugs"));
            }
            Err(other) => return Err(other),
        }
    }
    Ok(ids)
}
