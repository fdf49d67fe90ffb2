//! The commits of a release, and the files they changed.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Uri};
use meta::{Commit, CommitFile, Meta};
use model::id::OrganizationId;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Place, find};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::page::Page;
use crate::params::Params;
use crate::person::person;
use crate::repository::{PullRequestView, Repositories, RepositoryView};
use crate::state::Api;
use crate::time;

/// A commit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct CommitView {
    /// Its hash.
    pub id: String,
    pub message: String,
    pub date_created: String,
    /// A member, or name and address.
    #[schema(value_type = Option<Object>)]
    pub author: Option<Value>,
    pub repository: Option<RepositoryView>,
    pub pull_request: Option<PullRequestView>,
    #[schema(value_type = Vec<Object>)]
    pub releases: Vec<Value>,
    pub suspect_commit_type: &'static str,
}

/// A file that a commit changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct CommitFileView {
    pub id: String,
    pub org_id: u64,
    #[schema(value_type = Option<Object>)]
    pub author: Option<Value>,
    pub commit_message: String,
    /// The commit's hash.
    pub commit_id: String,
    pub filename: String,
    /// A, M or D.
    pub r#type: &'static str,
    pub repo_name: String,
    pub date_created: String,
}

/// Who wrote a commit: the member of that address, or name and address as they stand there. Blocks.
///
/// # Errors
/// When the database cannot be read.
pub fn author(
    database: &Meta,
    organization: OrganizationId,
    name: &str,
    email: &str,
) -> Result<Option<Value>, ApiError> {
    if name.is_empty() && email.is_empty() {
        return Ok(None);
    }
    if let Some(user) = database.user_by_email(&email.to_lowercase())?
        && database.member(organization, user.id)?.is_some()
    {
        return serde_json::to_value(person(&user)).map(Some).map_err(ApiError::internal);
    }
    Ok(Some(json!({"name": name, "email": email})))
}

/// A commit as the API shows it. Blocks.
///
/// # Errors
/// When the database cannot be read.
pub fn view(
    database: &Meta,
    repositories: &mut Repositories,
    organization: OrganizationId,
    commit: &Commit,
) -> Result<CommitView, ApiError> {
    let repository = repositories.get(database, commit.repository)?;
    let pull_request = database.pull_request_of(commit)?;
    Ok(CommitView {
        id: commit.hash.clone(),
        message: commit.message.clone(),
        date_created: time::iso(commit.committed),
        author: author(database, organization, &commit.author_name, &commit.author_email)?,
        pull_request: pull_request
            .zip(repository.clone())
            .map(|(request, repository)| PullRequestView::of(&request, repository)),
        repository,
        releases: Vec::new(),
        suspect_commit_type: "",
    })
}

fn file_view(
    database: &Meta,
    repositories: &mut Repositories,
    organization: OrganizationId,
    file: &CommitFile,
) -> Result<CommitFileView, ApiError> {
    let commit = &file.commit;
    let repository = repositories.get(database, commit.repository)?;
    Ok(CommitFileView {
        id: format!("{}-{}", commit.id, file.change.path),
        org_id: organization.0,
        author: author(database, organization, &commit.author_name, &commit.author_email)?,
        commit_message: commit.message.clone(),
        commit_id: commit.hash.clone(),
        filename: file.change.path.clone(),
        r#type: file.change.kind.letter(),
        repo_name: repository.map(|repository| repository.name).unwrap_or_default(),
        date_created: time::iso(commit.committed),
    })
}

/// The commits of a release, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/releases/{version}/commits/",
    tag = "releases", params(("organization" = String, Path), ("version" = String, Path),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<CommitView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<CommitView>>), ApiError> {
    listed(&api, caller, Place::of(organization), version, (params.page(100)?, &uri)).await
}

/// The commits of a release of a project, newest first.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/releases/{version}/commits/",
    tag = "releases",
    params(("organization" = String, Path), ("project" = String, Path), ("version" = String, Path)),
    responses((status = 200, body = Vec<CommitView>), (status = 404)))]
pub async fn list_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, version)): Path<(String, String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<CommitView>>), ApiError> {
    let place = Place::of(organization).project(project);
    listed(&api, caller, place, version, (params.page(100)?, &uri)).await
}

async fn listed(
    api: &Api,
    caller: Caller,
    place: Place,
    version: String,
    (page, uri): (Page, &Uri),
) -> Result<(HeaderMap, Json<Vec<CommitView>>), ApiError> {
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter_to_see_releases(&api.database, &place.organization)?;
            let release = find(api, &access, place.project.as_deref(), &version)?;
            let found = api.database.release_commits(release.id, page.into())?;
            let mut repositories = Repositories::default();
            let views = found
                .rows
                .iter()
                .map(|commit| view(&api.database, &mut repositories, release.organization, commit));
            Ok((views.collect::<Result<Vec<_>, _>>()?, found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, uri, more), Json(views)))
}

/// The files that the commits of a release changed, by path.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/releases/{version}/commitfiles/",
    tag = "releases", params(("organization" = String, Path), ("version" = String, Path),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<CommitFileView>), (status = 404)))]
pub async fn files(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<CommitFileView>>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter_to_see_releases(&api.database, &organization)?;
            let release = find(api, &access, None, &version)?;
            let found = api.database.changed_files(release.id, page.into())?;
            let mut repositories = Repositories::default();
            let views = found.rows.iter().map(|file| {
                file_view(&api.database, &mut repositories, release.organization, file)
            });
            Ok((views.collect::<Result<Vec<_>, _>>()?, found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// The newest release before this one that has commits; an empty object when there is none, because
/// clients take an object with any name in it for a release.
#[utoipa::path(get,
    path = "/api/0/organizations/{organization}/releases/{version}/previous-with-commits/",
    tag = "releases", params(("organization" = String, Path), ("version" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
pub async fn previous(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
) -> Result<Json<Value>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter_to_see_releases(&api.database, &organization)?;
        let release = find(api, &access, None, &version)?;
        match api.database.previous_release_with_commits(&release)? {
            None => Ok(json!({})),
            Some(previous) => serde_json::to_value(super::view(&api.database, &previous)?)
                .map_err(ApiError::internal),
        }
    });
    Ok(Json(shown.await?))
}
