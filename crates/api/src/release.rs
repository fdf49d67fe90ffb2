//! Releases: versions of the apps that send events.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use lang::search::{Moment, parse_moment};
use meta::{Meta, Project, Release, Scope};
use model::clock::Micros;
use model::id::ProjectId;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::health::{self, HealthData};
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// A project as releases name it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ReleaseProject {
    pub id: u64,
    pub slug: String,
    pub name: String,
    pub platform: Option<String>,
    pub platforms: Vec<String>,
    pub new_groups: u64,
    pub has_health_data: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_data: Option<HealthData>,
}

/// A version, taken apart.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct VersionInfo {
    pub package: Option<String>,
    pub version: VersionParts,
    pub description: String,
    pub build_hash: Option<String>,
}

/// The numbers of a version; `None` where it has none.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct VersionParts {
    pub raw: String,
    pub major: Option<u64>,
    pub minor: Option<u64>,
    pub patch: Option<u64>,
    pub pre: Option<String>,
    pub build_code: Option<String>,
    pub components: usize,
}

/// A release.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ReleaseView {
    pub id: u64,
    pub version: String,
    pub short_version: String,
    pub version_info: VersionInfo,
    pub status: &'static str,
    pub r#ref: Option<String>,
    pub url: Option<String>,
    pub date_created: String,
    pub date_released: Option<String>,
    pub date_started: Option<String>,
    /// Issues that began with it.
    pub new_groups: u64,
    pub commit_count: u64,
    pub deploy_count: u64,
    pub authors: Vec<Value>,
    pub last_commit: Option<Value>,
    pub last_deploy: Option<Value>,
    pub first_event: Option<String>,
    pub last_event: Option<String>,
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
    pub owner: Option<Value>,
    pub user_agent: Option<String>,
    #[schema(value_type = Object)]
    pub current_project_meta: Map<String, Value>,
    pub adoption_stages: Option<Value>,
    pub projects: Vec<ReleaseProject>,
}

/// Where a path looks for releases.
#[derive(Debug)]
struct Place {
    organization: String,
    project: Option<String>,
}

impl Place {
    fn of(organization: String) -> Self {
        Self { organization, project: None }
    }

    fn project(self, project: String) -> Self {
        Self { project: Some(project), ..self }
    }
}

/// What a request says about when a release was released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Released {
    NotSaid,
    Never,
    At(Micros),
}

/// A release as the API shows it. Blocks.
///
/// # Errors
/// When the database cannot be read.
pub fn view(database: &Meta, release: &Release) -> Result<ReleaseView, ApiError> {
    let mut projects = Vec::with_capacity(release.projects.len());
    for id in &release.projects {
        projects.extend(database.project(*id)?.map(|project| in_release(project, release)));
    }
    let info = version_info(&release.version);
    Ok(ReleaseView {
        id: release.id,
        version: release.version.clone(),
        short_version: info.description.clone(),
        version_info: info,
        status: "open",
        r#ref: None,
        url: None,
        date_created: time::iso(release.created),
        date_released: release.released.map(time::iso),
        date_started: None,
        new_groups: release.new_issues,
        commit_count: 0,
        deploy_count: 0,
        authors: Vec::new(),
        last_commit: None,
        last_deploy: None,
        first_event: release.first_seen.map(time::iso),
        last_event: release.last_seen.map(time::iso),
        data: Map::new(),
        owner: None,
        user_agent: None,
        current_project_meta: Map::new(),
        adoption_stages: None,
        projects,
    })
}

fn in_release(project: Project, release: &Release) -> ReleaseProject {
    let platform = Some(project.platform).filter(|platform| !platform.is_empty());
    // How many of the new issues are whose is only known where a release is one project's.
    let is_alone = release.projects.len() == 1;
    ReleaseProject {
        id: project.id.0,
        slug: project.slug,
        name: project.name,
        platforms: platform.iter().cloned().collect(),
        platform,
        new_groups: if is_alone { release.new_issues } else { 0 },
        has_health_data: false,
        health_data: None,
    }
}

fn version_info(release: &str) -> VersionInfo {
    let parts = wire::release::Release::parse(release);
    let owned = |text: &str| text.to_owned();
    let raw = owned(parts.version_raw());
    let version = match parts.version() {
        Some(version) => {
            let [major, minor, patch, _] = version.numbers;
            VersionParts {
                raw,
                major,
                minor: minor.or(Some(0)),
                patch: patch.or(Some(0)),
                pre: version.pre.map(owned),
                build_code: version.build_code.map(owned),
                components: version.numbers.iter().flatten().count(),
            }
        }
        None => VersionParts { raw, ..VersionParts::default() },
    };
    VersionInfo {
        package: parts.package().map(owned),
        version,
        description: parts.describe(),
        build_hash: parts.build_hash().map(owned),
    }
}

/// The releases of an organisation's projects, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/releases/", tag = "releases",
    params(("organization" = String, Path), ("query" = Option<String>, Query),
        ("project" = Option<Vec<String>>, Query), ("per_page" = Option<usize>, Query),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<ReleaseView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<ReleaseView>>), ApiError> {
    listed(&api, caller, Place::of(organization), params, &uri).await
}

/// The releases of a project, newest first.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/releases/", tag = "releases",
    params(("organization" = String, Path), ("project" = String, Path),
        ("query" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<ReleaseView>)))]
pub async fn list_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<ReleaseView>>), ApiError> {
    listed(&api, caller, Place::of(organization).project(project), params, &uri).await
}

async fn listed(
    api: &Api,
    caller: Caller,
    place: Place,
    params: Params,
    uri: &Uri,
) -> Result<(HeaderMap, Json<Vec<ReleaseView>>), ApiError> {
    let page = params.page(50)?;
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &place.organization, Scope::ProjectRead)?;
            let projects = match place.project {
                Some(project) => vec![access.project(&api.database, &project)?],
                None => params.projects(api, &access)?,
            };
            let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
            let contains = params.get("query").unwrap_or_default();
            let found = api.database.releases(&ids, contains, page.into())?;
            let views = found.rows.iter().map(|release| view(&api.database, release));
            let mut views = views.collect::<Result<Vec<_>, ApiError>>()?;
            health::attach(api, &params, &mut views)?;
            Ok((views, found.more))
        })
        .await?;
    Ok((page.link(&api.public_url, uri, more), Json(views)))
}

/// One release. Its version stands percent-encoded in the path.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/releases/{version}/",
    tag = "releases", params(("organization" = String, Path), ("version" = String, Path)),
    responses((status = 200, body = ReleaseView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
    params: Params,
) -> Result<Json<ReleaseView>, ApiError> {
    one(&api, caller, Place::of(organization), version, params).await
}

/// One release of a project.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/releases/{version}/",
    tag = "releases",
    params(("organization" = String, Path), ("project" = String, Path), ("version" = String, Path)),
    responses((status = 200, body = ReleaseView), (status = 404)))]
pub async fn detail_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, version)): Path<(String, String, String)>,
    params: Params,
) -> Result<Json<ReleaseView>, ApiError> {
    one(&api, caller, Place::of(organization).project(project), version, params).await
}

async fn one(
    api: &Api,
    caller: Caller,
    place: Place,
    version: String,
    params: Params,
) -> Result<Json<ReleaseView>, ApiError> {
    let shown = api.blocking(move |api| {
        let access = caller.enter(&api.database, &place.organization, Scope::ProjectRead)?;
        let release = find(api, &access, place.project.as_deref(), &version)?;
        let mut shown = view(&api.database, &release)?;
        health::attach(api, &params, std::slice::from_mut(&mut shown))?;
        Ok(shown)
    });
    Ok(Json(shown.await?))
}

/// The release of that version, if it is one of the project's. Blocks.
fn find(
    api: &Api,
    access: &Access,
    project: Option<&str>,
    version: &str,
) -> Result<Release, ApiError> {
    let project = project.map(|name| access.project(&api.database, name)).transpose()?;
    let found = api.database.release(access.organization.id, version)?;
    let is_meant = |release: &Release| {
        project.as_ref().is_none_or(|project| release.projects.contains(&project.id))
    };
    found.filter(is_meant).ok_or(ApiError::NotFound)
}

/// Makes a release, or finds the one that is there.
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

/// Makes a release of a project, or finds the one that is there.
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

/// A token made for continuous integration may release without any right to projects.
fn enter_to_release(api: &Api, caller: &Caller, organization: &str) -> Result<Access, ApiError> {
    match caller.enter(&api.database, organization, Scope::ProjectReleases) {
        Err(ApiError::Forbidden) => caller.enter(&api.database, organization, Scope::OrgCi),
        entered => entered,
    }
}

async fn make(
    api: &Api,
    caller: Caller,
    place: Place,
    body: Map<String, Value>,
) -> Result<(StatusCode, Json<ReleaseView>), ApiError> {
    let (view, is_new) = api
        .blocking(move |api| {
            let access = enter_to_release(api, &caller, &place.organization)?;
            let version = body.get("version").and_then(Value::as_str).unwrap_or_default();
            if version.is_empty() {
                return Err(ApiError::field("version", "This field is required."));
            }
            let released = date_released(&body)?;
            let projects = projects(api, &access, place.project.as_deref(), &body)?;
            let owner = access.organization.id;
            let (release, is_new) = api.database.create_release(owner, version, &projects)?;
            Ok((released_at(api, release, released)?, is_new))
        })
        .await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::ALREADY_REPORTED };
    Ok((status, Json(view)))
}

/// Changes a release: `dateReleased`.
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

/// Changes a release of a project: `dateReleased`.
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
        let access = enter_to_release(api, &caller, &place.organization)?;
        let release = find(api, &access, place.project.as_deref(), &version)?;
        released_at(api, release, date_released(&body)?)
    });
    Ok(Json(shown.await?))
}

/// Notes when a release was released, if that was said, and shows it.
fn released_at(api: &Api, mut release: Release, said: Released) -> Result<ReleaseView, ApiError> {
    let released = match said {
        Released::NotSaid => release.released,
        Released::Never => None,
        Released::At(moment) => Some(moment),
    };
    if released != release.released {
        api.database.set_released(release.organization, &release.version, released)?;
        release.released = released;
    }
    view(&api.database, &release)
}

/// The moment of `dateReleased`; `null` takes it away.
fn date_released(body: &Map<String, Value>) -> Result<Released, ApiError> {
    let wrong = || ApiError::field("dateReleased", "Expected an ISO 8601 date or time.");
    match body.get("dateReleased").or_else(|| body.get("date_released")) {
        None => Ok(Released::NotSaid),
        Some(Value::Null) => Ok(Released::Never),
        Some(value) => {
            let moment = value.as_str().and_then(parse_moment).map(Moment::start);
            moment.map(Released::At).ok_or_else(wrong)
        }
    }
}

/// The projects a new release belongs to: that of the path, or those the body lists.
fn projects(
    api: &Api,
    access: &Access,
    project: Option<&str>,
    body: &Map<String, Value>,
) -> Result<Vec<ProjectId>, ApiError> {
    let listed = body.get("projects").and_then(Value::as_array).into_iter().flatten();
    let listed = listed.filter_map(|name| match name {
        Value::String(text) => Some(text.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    });
    let names: Vec<String> = project.map(str::to_owned).into_iter().chain(listed).collect();
    names.iter().map(|name| Ok(access.project(&api.database, name)?.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_taken_apart() {
        let info = version_info("shop@1.2.3-rc.1+77");
        assert_eq!(info.package.as_deref(), Some("shop"));
        let parts = info.version;
        assert_eq!((parts.major, parts.minor, parts.patch), (Some(1), Some(2), Some(3)));
        assert_eq!((parts.pre.as_deref(), parts.build_code.as_deref()), (Some("rc.1"), Some("77")));
    }

    #[test]
    fn hashes_are_shortened() {
        let info = version_info("9ec79c33ec9942ab8353589fcb2e04dc");
        assert_eq!(info.description, "9ec79c33ec99");
        assert_eq!(info.version.major, None);
        assert_eq!(version_info("main").description, "main");
    }
}
