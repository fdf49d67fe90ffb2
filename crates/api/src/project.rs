//! Projects and their settings.

use alarm::NewRule;
use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use meta::{NewProject, Project, ProjectChange, ProjectSettings, Scope, slugify};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::organization::{ListQuery, Named};
use crate::state::Api;
use crate::time;

pub mod sampling;
pub mod settings;

/// A team as projects name it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ProjectTeam {
    pub id: String,
    pub slug: String,
    pub name: String,
}

/// A project.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, clippy::struct_excessive_bools, reason = "the shape is Sentry's")]
pub struct ProjectView {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub platform: Option<String>,
    pub date_created: String,
    /// Which of ten colours it has on every screen.
    pub color: u64,
    pub status: &'static str,
    pub is_bookmarked: bool,
    pub is_member: bool,
    pub has_access: bool,
    pub is_public: bool,
    pub is_internal: bool,
    pub access: Vec<&'static str>,
    pub features: Vec<&'static str>,
    pub first_event: Option<String>,
    pub first_transaction_event: bool,
    pub has_minified_stack_trace: bool,
    pub has_monitors: bool,
    pub has_profiles: bool,
    pub has_replays: bool,
    pub has_feedbacks: bool,
    pub has_flags: bool,
    pub has_sessions: bool,
    pub has_logs: bool,
    pub team: Option<ProjectTeam>,
    pub teams: Vec<ProjectTeam>,
    pub platforms: Vec<String>,
    pub environments: Vec<String>,
    pub latest_release: Option<Value>,
    pub latest_deploys: Option<Value>,
    pub organization: ProjectOrganization,
}

/// The organisation a project belongs to.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ProjectOrganization {
    pub id: String,
    pub slug: String,
    pub name: String,
    pub status: Named,
}

/// A project with its settings, under Sentry's names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProjectDetail {
    /// The project.
    #[serde(flatten)]
    pub summary: ProjectView,
    /// Its settings; see `PUT`.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
}

/// A project as the API shows it. Blocks.
///
/// # Errors
/// When the database cannot be read.
pub fn view(api: &Api, access: &Access, project: &Project) -> Result<ProjectView, ApiError> {
    let teams = api.database.teams_of_project(project.id)?;
    let teams = teams.into_iter().map(|team| ProjectTeam {
        id: team.id.to_string(),
        slug: team.slug,
        name: team.name,
    });
    let teams: Vec<ProjectTeam> = teams.collect();
    let environments = api.database.environments(&[project.id], meta::Page::FIRST)?.rows;
    let organization = &access.organization;
    let platform = Some(project.platform.clone()).filter(|platform| !platform.is_empty());
    Ok(ProjectView {
        id: project.id.to_string(),
        slug: project.slug.clone(),
        name: project.name.clone(),
        date_created: time::iso(project.created),
        color: project.color,
        status: "active",
        is_bookmarked: false,
        is_member: true,
        has_access: true,
        is_public: false,
        is_internal: false,
        access: access.scopes.names(),
        features: Vec::new(),
        first_event: project.first_event.map(time::iso),
        first_transaction_event: false,
        has_minified_stack_trace: false,
        has_monitors: false,
        has_profiles: false,
        has_replays: false,
        has_feedbacks: false,
        has_flags: false,
        has_sessions: false,
        has_logs: false,
        team: teams.first().cloned(),
        teams,
        platforms: platform.iter().cloned().collect(),
        platform,
        environments: environments.into_iter().map(|environment| environment.name).collect(),
        latest_release: None,
        latest_deploys: None,
        organization: ProjectOrganization {
            id: organization.id.to_string(),
            slug: organization.slug.clone(),
            name: organization.name.clone(),
            status: Named { id: "active".into(), name: "active".into() },
        },
    })
}

/// The projects of an organisation.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/projects/", tag = "projects", params(ListQuery,
    ("organization" = String, Path, description = "slug or id")), responses((status = 200, body = Vec<ProjectView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<ProjectView>>), ApiError> {
    let page = query.page()?;
    let (rows, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::ProjectRead)?;
            let found = api.database.projects(access.organization.id, page.into())?;
            let rows: Result<Vec<_>, ApiError> =
                found.rows.iter().map(|project| view(api, &access, project)).collect();
            Ok((rows?, found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(rows)))
}

/// The projects of all organisations the caller may see.
#[utoipa::path(get, path = "/api/0/projects/", tag = "projects", params(ListQuery),
    responses((status = 200, body = Vec<ProjectView>)))]
pub async fn list_all(
    State(api): State<Api>,
    caller: Caller,
    Query(query): Query<ListQuery>,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<ProjectView>>), ApiError> {
    let page = query.page()?;
    let all = api
        .blocking(move |api| {
            let mut all = Vec::new();
            for access in crate::organization::visible(&api.database, &caller)? {
                for project in
                    api.database.projects(access.organization.id, meta::Page::FIRST)?.rows
                {
                    all.push(view(api, &access, &project)?);
                }
            }
            Ok(all)
        })
        .await?;
    let more = all.len() > page.offset.saturating_add(page.limit);
    let rows = all.into_iter().skip(page.offset).take(page.limit).collect();
    Ok((page.link(&api.public_url, &uri, more), Json(rows)))
}

/// A new project.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ProjectNew {
    /// Its name for people.
    name: Option<String>,
    /// Its name in URLs; made of the name when absent.
    slug: Option<String>,
    /// `python`, `javascript-react`, …
    platform: Option<String>,
    /// Whether it gets the rule that each new project gets; it does when this is absent.
    default_rules: Option<bool>,
}

/// Creates a project. Blocks.
///
/// # Errors
/// When the caller may not, or the slug is taken.
pub fn make(
    api: &Api,
    access: &Access,
    new: ProjectNew,
    team: Option<u64>,
) -> Result<ProjectView, ApiError> {
    let named = new.name.or_else(|| new.slug.clone()).filter(|name| !name.trim().is_empty());
    let name = named.ok_or_else(|| ApiError::field("name", "This field is required."))?;
    let default_rules = new.default_rules;
    let new = NewProject {
        id: None,
        slug: new.slug.unwrap_or_else(|| slugify(&name)),
        name,
        platform: new.platform.unwrap_or_default(),
        team,
        public_key: None,
    };
    let project = api.database.create_project(access.organization.id, &new)?;
    let rule = NewRule::of_new_project(access.organization.id, project.id);
    let rule = Some(rule).filter(|_| default_rules.unwrap_or(true));
    api.alarms.begin_projects(&[(project.id, rule)], api.clock.now())?;
    view(api, access, &project)
}

/// Creates a project.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/projects/", tag = "projects",
    params(("organization" = String, Path, description = "slug or id")), request_body = ProjectNew,
    responses((status = 201, body = ProjectView), (status = 409)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(new): Json<ProjectNew>,
) -> Result<(StatusCode, Json<ProjectView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::ProjectWrite)?;
        make(api, &access, new, None)
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// The project at `/projects/{organization}/{project}/…`. Blocks.
///
/// # Errors
/// When the caller may not see it or lacks the scope.
pub fn enter(
    api: &Api,
    caller: &Caller,
    organization: &str,
    project: &str,
    scope: Scope,
) -> Result<(Access, Project), ApiError> {
    let access = caller.enter(&api.database, organization, scope)?;
    let project = access.project(&api.database, project)?;
    Ok((access, project))
}

/// One project with its settings.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/", tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = ProjectDetail), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<Json<ProjectDetail>, ApiError> {
    let shown = api.blocking(move |api| {
        let (access, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        read_detail(api, &access, &project)
    });
    Ok(Json(shown.await?))
}

fn read_detail(api: &Api, access: &Access, project: &Project) -> Result<ProjectDetail, ApiError> {
    let summary = view(api, access, project)?;
    Ok(ProjectDetail { summary, settings: settings::show(&current_settings(api, project)) })
}

/// The settings in force. Blocks.
pub fn current_settings(api: &Api, project: &Project) -> ProjectSettings {
    api.database
        .project_settings(project.id)
        .map(|settings| (*settings).clone())
        .unwrap_or_default()
}

/// Changes a project: `name`, `slug`, `platform` and any of the settings that `GET` shows.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/", tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)), request_body = Object,
    responses((status = 200, body = ProjectDetail), (status = 400), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<ProjectDetail>, ApiError> {
    let shown = api.blocking(move |api| {
        let (access, project) = enter(api, &caller, &organization, &project, Scope::ProjectWrite)?;
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let change =
            ProjectChange { slug: text("slug"), name: text("name"), platform: text("platform") };
        let mut settings = current_settings(api, &project);
        if settings::merge(&mut settings, &body)? {
            api.database.set_project_settings(project.id, &settings)?;
        }
        if change.slug.is_some() || change.name.is_some() || change.platform.is_some() {
            api.database.change_project(project.id, &change)?;
        }
        let project = api.database.project(project.id)?.ok_or(ApiError::NotFound)?;
        read_detail(api, &access, &project)
    });
    Ok(Json(shown.await?))
}

/// Deletes a project with its issues. Its events go with the next compaction.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/", tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)), responses((status = 204), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectAdmin)?;
        Ok(api.database.delete_project(project.id)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An environment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct EnvironmentView {
    pub id: String,
    pub name: String,
    pub is_hidden: bool,
}

/// The environments of a project.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/environments/", tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = Vec<EnvironmentView>)))]
pub async fn environments(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<Json<Vec<EnvironmentView>>, ApiError> {
    let shown = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        environments_of(api, &[project.id])
    });
    Ok(Json(shown.await?))
}

/// The environments of an organisation.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/environments/", tag = "projects",
    params(("organization" = String, Path)), responses((status = 200, body = Vec<EnvironmentView>)))]
pub async fn organization_environments(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
) -> Result<Json<Vec<EnvironmentView>>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter(&api.database, &organization, Scope::OrgRead)?;
        let projects = api.database.projects(access.organization.id, meta::Page::FIRST)?.rows;
        let ids: Vec<_> = projects.iter().map(|project| project.id).collect();
        environments_of(api, &ids)
    });
    Ok(Json(shown.await?))
}

fn environments_of(
    api: &Api,
    projects: &[model::id::ProjectId],
) -> Result<Vec<EnvironmentView>, ApiError> {
    let mut names: Vec<String> = api
        .database
        .environments(projects, meta::Page::FIRST)?
        .rows
        .into_iter()
        .map(|environment| environment.name)
        .collect();
    names.sort();
    names.dedup();
    Ok((1_u64..)
        .zip(names)
        .map(|(id, name)| EnvironmentView { id: id.to_string(), name, is_hidden: false })
        .collect())
}
