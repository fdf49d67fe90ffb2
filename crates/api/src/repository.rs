//! Repositories: where code lies.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{Meta, NewRepository, Provider, PullRequest, Repository, Scope};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::organization::Named;
use crate::params::Params;
use crate::release::commits::{self, CommitView};
use crate::state::Api;
use crate::time;

pub mod hook;

/// A repository.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct RepositoryView {
    pub id: String,
    pub name: String,
    pub url: Option<String>,
    pub provider: Named,
    pub status: &'static str,
    pub date_created: String,
    pub integration_id: Option<String>,
    pub external_slug: Option<String>,
    pub external_id: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub settings: Option<Value>,
    /// Whether a webhook tells of pushes.
    pub has_webhook: bool,
}

/// A merge request that a commit came by.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct PullRequestView {
    pub id: String,
    pub title: String,
    pub message: String,
    pub date_created: String,
    pub merged_at: Option<String>,
    /// merged, closed or open.
    pub status: &'static str,
    pub repository: RepositoryView,
    #[schema(value_type = Object)]
    pub author: Value,
    pub external_url: String,
}

impl PullRequestView {
    /// A merge request as the API shows it.
    pub fn of(request: &PullRequest, repository: RepositoryView) -> Self {
        let status = match (request.merged, request.closed) {
            (Some(_), _) => "merged",
            (None, true) => "closed",
            (None, false) => "open",
        };
        Self {
            id: request.number.to_string(),
            title: request.title.clone(),
            message: request.message.clone(),
            date_created: time::iso(request.created),
            merged_at: request.merged.map(time::iso),
            status,
            repository,
            author: json!({"name": request.author_name, "email": request.author_email}),
            external_url: request.url.clone(),
        }
    }
}

/// Repositories that were looked up already.
#[derive(Debug, Default)]
pub struct Repositories(HashMap<u64, Option<RepositoryView>>);

impl Repositories {
    /// The repository of that id. Blocks.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn get(&mut self, database: &Meta, id: u64) -> Result<Option<RepositoryView>, ApiError> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let found = database.repository(id)?.as_ref().map(view);
        self.0.insert(id, found.clone());
        Ok(found)
    }
}

/// A repository as the API shows it.
pub fn view(repository: &Repository) -> RepositoryView {
    // Clients make addresses of commits by this id, and know these.
    let (id, name) = match repository.provider {
        Provider::GitHub => ("integrations:github", "GitHub"),
        Provider::GitLab => ("integrations:gitlab", "GitLab"),
        Provider::Gitea => ("git", "Gitea"),
        Provider::Other => ("unknown", "Unknown Provider"),
    };
    RepositoryView {
        id: repository.id.to_string(),
        name: repository.name.clone(),
        url: repository.url.clone(),
        provider: Named { id: id.to_owned(), name: name.to_owned() },
        status: "active",
        date_created: time::iso(repository.created),
        integration_id: None,
        external_slug: None,
        external_id: None,
        settings: None,
        has_webhook: repository.has_hook,
    }
}

/// The repository of that id or name in the organisation. Blocks.
///
/// # Errors
/// [`ApiError::NotFound`] when there is none here.
pub fn find(api: &Api, access: &Access, name: &str) -> Result<Repository, ApiError> {
    let by_id = match name.parse::<u64>() {
        Ok(id) => api.database.repository(id)?,
        Err(_) => api.database.repository_by_name(access.organization.id, name)?,
    };
    by_id.filter(|found| found.organization == access.organization.id).ok_or(ApiError::NotFound)
}

/// The repositories of an organisation, by name.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/repos/", tag = "repositories",
    params(("organization" = String, Path), ("query" = Option<String>, Query),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<RepositoryView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<RepositoryView>>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let scopes = [Scope::OrgRead, Scope::ProjectReleases, Scope::OrgCi];
            let access = caller.enter_with_any(&api.database, &organization, &scopes)?;
            let contains = params.get("query").unwrap_or_default();
            let found = api.database.repositories(access.organization.id, contains, page.into())?;
            Ok((found.rows.iter().map(view).collect(), found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// Makes a repository known: `name`, `url`, `provider` (github, gitlab, gitea).
#[utoipa::path(post, path = "/api/0/organizations/{organization}/repos/", tag = "repositories",
    params(("organization" = String, Path)), request_body = Object,
    responses((status = 201, body = RepositoryView), (status = 400), (status = 409)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<RepositoryView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let new = read(&body, None)?;
        Ok(view(&api.database.create_repository(access.organization.id, &new)?))
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Changes a repository: `name`, `url`, `provider`.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/repos/{repository}/",
    tag = "repositories",
    params(("organization" = String, Path), ("repository" = String, Path, description = "id or name")),
    request_body = Object,
    responses((status = 200, body = RepositoryView), (status = 404), (status = 409)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, repository)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<RepositoryView>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let found = find(api, &access, &repository)?;
        api.database.change_repository(found.id, &read(&body, Some(&found))?)?;
        Ok(view(&api.database.repository(found.id)?.ok_or(ApiError::NotFound)?))
    });
    Ok(Json(shown.await?))
}

/// Forgets a repository with its commits.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/repos/{repository}/",
    tag = "repositories",
    params(("organization" = String, Path), ("repository" = String, Path, description = "id or name")),
    responses((status = 202, body = RepositoryView), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, repository)): Path<(String, String)>,
) -> Result<(StatusCode, Json<RepositoryView>), ApiError> {
    let gone = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let found = find(api, &access, &repository)?;
        api.database.delete_repository(found.id)?;
        Ok(RepositoryView { status: "pending_deletion", ..view(&found) })
    });
    Ok((StatusCode::ACCEPTED, Json(gone.await?)))
}

/// The commits of a repository that are known, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/repos/{repository}/commits/",
    tag = "repositories",
    params(("organization" = String, Path), ("repository" = String, Path, description = "id or name"),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<CommitView>), (status = 404)))]
pub async fn commits(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, repository)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<CommitView>>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
            let found = find(api, &access, &repository)?;
            let found = api.database.repository_commits(found.id, page.into())?;
            let mut known = Repositories::default();
            let views = found.rows.iter().map(|commit| {
                commits::view(&api.database, &mut known, access.organization.id, commit)
            });
            Ok((views.collect::<Result<Vec<_>, _>>()?, found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// Enters the organisation to say where code lies. Blocks.
///
/// # Errors
/// As [`Caller::enter`].
pub fn enter_to_change(api: &Api, caller: &Caller, organization: &str) -> Result<Access, ApiError> {
    let scopes = [Scope::OrgIntegrations, Scope::OrgWrite, Scope::ProjectWrite];
    caller.enter_with_any(&api.database, organization, &scopes)
}

fn read(body: &Map<String, Value>, before: Option<&Repository>) -> Result<NewRepository, ApiError> {
    let text = |key: &str| {
        let text = body.get(key).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let name = text("name").or_else(|| text("identifier"));
    let name = name.or_else(|| before.map(|before| before.name.clone()));
    let url = text("url").or_else(|| before.and_then(|before| before.url.clone()));
    let named = text("provider").map(|name| Provider::from_name(&name));
    let provider = named
        .or_else(|| before.map(|before| before.provider))
        .unwrap_or_else(|| url.as_deref().map_or(Provider::Other, Provider::of_url));
    let name = name.ok_or_else(|| ApiError::field("name", "This field is required."))?;
    Ok(NewRepository { name, provider, url })
}
