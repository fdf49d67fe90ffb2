//! Teams.

use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{Scope, Team};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::organization::{Avatar, ListQuery};
use crate::project::{ProjectView, view as project_view};
use crate::state::Api;
use crate::time;

/// A team.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct TeamView {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub date_created: String,
    pub is_member: bool,
    pub team_role: Option<&'static str>,
    pub access: Vec<&'static str>,
    pub has_access: bool,
    pub is_pending: bool,
    pub member_count: u64,
    pub avatar: Avatar,
}

/// A team as the API shows it.
pub fn view(access: &Access, team: &Team) -> TeamView {
    TeamView {
        id: team.id.to_string(),
        slug: team.slug.clone(),
        name: team.name.clone(),
        date_created: time::iso(team.created),
        is_member: true,
        team_role: None,
        access: access.scopes.names(),
        has_access: true,
        is_pending: false,
        member_count: team.members,
        avatar: Avatar::LETTERS,
    }
}

/// The teams of an organisation.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/teams/", tag = "teams", params(ListQuery,
    ("organization" = String, Path, description = "slug or id")), responses((status = 200, body = Vec<TeamView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<TeamView>>), ApiError> {
    let page = query.page()?;
    let (rows, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::TeamRead)?;
            let found = api.database.teams(access.organization.id, page.into())?;
            Ok((found.rows.iter().map(|team| view(&access, team)).collect(), found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(rows)))
}

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TeamNew {
    /// Its name for people.
    name: Option<String>,
    /// Its name in URLs; made of the name when absent.
    slug: Option<String>,
}

/// Creates a team.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/teams/", tag = "teams",
    params(("organization" = String, Path, description = "slug or id")), request_body = TeamNew,
    responses((status = 201, body = TeamView), (status = 409)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(new): Json<TeamNew>,
) -> Result<(StatusCode, Json<TeamView>), ApiError> {
    let name = new
        .name
        .or_else(|| new.slug.clone())
        .ok_or_else(|| ApiError::field("name", "This field is required."))?;
    let slug = new.slug.unwrap_or_else(|| meta::slugify(&name));
    let made = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::TeamWrite)?;
        let team = api.database.create_team(access.organization.id, &slug, &name)?;
        Ok(view(&access, &team))
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// The team of that slug or id. Blocks.
fn find(
    api: &Api,
    caller: &Caller,
    organization: &str,
    name: &str,
    scope: Scope,
) -> Result<(Access, Team), ApiError> {
    let access = caller.enter(&api.database, organization, scope)?;
    let by_slug = api.database.team_by_slug(access.organization.id, name)?;
    let found = match (by_slug, name.parse::<u64>()) {
        (Some(team), _) => Some(team),
        (None, Ok(id)) => api.database.team(id)?,
        (None, Err(_)) => None,
    };
    let team = found
        .filter(|team| team.organization == access.organization.id)
        .ok_or(ApiError::NotFound)?;
    Ok((access, team))
}

/// One team.
#[utoipa::path(get, path = "/api/0/teams/{organization}/{team}/", tag = "teams",
    params(("organization" = String, Path), ("team" = String, Path)), responses((status = 200, body = TeamView)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, team)): Path<(String, String)>,
) -> Result<Json<TeamView>, ApiError> {
    let shown = api.blocking(move |api| {
        let (access, team) = find(api, &caller, &organization, &team, Scope::TeamRead)?;
        Ok(view(&access, &team))
    });
    Ok(Json(shown.await?))
}

/// Deletes a team.
#[utoipa::path(delete, path = "/api/0/teams/{organization}/{team}/", tag = "teams",
    params(("organization" = String, Path), ("team" = String, Path)), responses((status = 204)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, team)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (_, team) = find(api, &caller, &organization, &team, Scope::TeamAdmin)?;
        Ok(api.database.delete_team(team.id)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The projects of a team.
#[utoipa::path(get, path = "/api/0/teams/{organization}/{team}/projects/", tag = "teams",
    params(("organization" = String, Path), ("team" = String, Path)),
    responses((status = 200, body = Vec<ProjectView>)))]
pub async fn projects(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, team)): Path<(String, String)>,
) -> Result<Json<Vec<ProjectView>>, ApiError> {
    let shown = api.blocking(move |api| {
        let (access, team) = find(api, &caller, &organization, &team, Scope::ProjectRead)?;
        let all = api.database.projects(access.organization.id, meta::Page::FIRST)?.rows;
        let mut shown = Vec::new();
        for project in &all {
            if api.database.teams_of_project(project.id)?.iter().any(|other| other.id == team.id) {
                shown.push(project_view(api, &access, project)?);
            }
        }
        Ok(shown)
    });
    Ok(Json(shown.await?))
}

/// Creates a project that the team looks after.
#[utoipa::path(post, path = "/api/0/teams/{organization}/{team}/projects/", tag = "projects",
    params(("organization" = String, Path), ("team" = String, Path)), request_body = crate::project::ProjectNew,
    responses((status = 201, body = ProjectView), (status = 409)))]
pub async fn create_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, team)): Path<(String, String)>,
    Json(new): Json<crate::project::ProjectNew>,
) -> Result<(StatusCode, Json<ProjectView>), ApiError> {
    let made = api.blocking(move |api| {
        let (access, team) = find(api, &caller, &organization, &team, Scope::ProjectWrite)?;
        crate::project::make(api, &access, new, Some(team.id))
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}
