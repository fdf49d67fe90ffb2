//! Releases: versions of the apps that send events.

use std::cmp::Ordering;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Uri};
use meta::{Meta, Project, Release, ReleaseQuery, ReleaseStatus};
use model::id::ProjectId;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::health::{self, HealthData};
use crate::page::Page;
use crate::params::Params;
use crate::release::commits::{CommitView, author};
use crate::release::deploys::DeployView;
use crate::repository::Repositories;
use crate::state::Api;
use crate::time;

pub mod commits;
pub mod deploys;
pub mod write;

/// Releases that are put in order of their versions; of more, the newest are.
const SORTED_MAX: usize = 1_000;

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
    /// Members, or names and addresses.
    #[schema(value_type = Vec<Object>)]
    pub authors: Vec<Value>,
    pub last_commit: Option<CommitView>,
    pub last_deploy: Option<DeployView>,
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
    let contents = database.release_contents(release.id)?;
    let mut authors = Vec::with_capacity(contents.authors.len());
    for person in &contents.authors {
        authors.push(author(database, release.organization, &person.name, &person.email)?);
    }
    let mut repositories = Repositories::default();
    let last_commit = contents.last_commit.as_ref();
    let last_commit = last_commit
        .map(|commit| commits::view(database, &mut repositories, release.organization, commit));
    Ok(ReleaseView {
        id: release.id,
        version: release.version.clone(),
        short_version: release.version.clone(),
        version_info: info,
        status: release.status.name(),
        r#ref: release.reference.clone(),
        url: release.url.clone(),
        date_created: time::iso(release.created),
        date_released: release.released.map(time::iso),
        date_started: release.started.map(time::iso),
        new_groups: release.new_issues,
        commit_count: contents.commits,
        deploy_count: contents.deploys,
        authors: authors.into_iter().flatten().collect(),
        last_commit: last_commit.transpose()?,
        last_deploy: contents.last_deploy.as_ref().map(deploys::view),
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
        ("project" = Option<Vec<String>>, Query),
        ("environment" = Option<Vec<String>>, Query, description = "seen in or deployed to one of them"),
        ("status" = Option<String>, Query, description = "open, archived or empty for both; open if not given"),
        ("sort" = Option<String>, Query, description = "date or semver"),
        ("statsPeriod" = Option<String>, Query), ("per_page" = Option<usize>, Query),
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
        ("query" = Option<String>, Query), ("environment" = Option<Vec<String>>, Query),
        ("cursor" = Option<String>, Query)),
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
            let access = caller.enter_to_see_releases(&api.database, &place.organization)?;
            let query = asked(api, &access, &place, &params)?;
            let (found, more) = rows(&api.database, &query, params.get("sort"), page)?;
            let views = found.iter().map(|release| view(&api.database, release));
            let mut views = views.collect::<Result<Vec<_>, ApiError>>()?;
            health::attach(api, &params, &mut views)?;
            Ok((views, more))
        })
        .await?;
    Ok((page.link(&api.public_url, uri, more), Json(views)))
}

/// Which releases a request is for. Of an organisation, archived ones are left out unless they are asked
/// for, as in Sentry. Blocks.
fn asked(
    api: &Api,
    access: &Access,
    place: &Place,
    params: &Params,
) -> Result<ReleaseQuery, ApiError> {
    let ids = |projects: Vec<Project>| projects.iter().map(|project| project.id).collect();
    let named = params.all("project").chain(params.all("projectSlug"));
    let names_some = named.filter(|name| !name.is_empty()).any(|name| name != "-1");
    let projects: Option<Vec<ProjectId>> = match &place.project {
        Some(project) => Some(vec![access.project(&api.database, project)?.id]),
        None if names_some => Some(ids(params.projects(api, access)?)),
        None => None,
    };
    let default = if place.project.is_none() { "open" } else { "" };
    let status = match params.get("status").unwrap_or(default) {
        "" => None,
        name => Some(
            ReleaseStatus::from_name(name)
                .ok_or_else(|| ApiError::field("status", format!("{name:?} is not a status.")))?,
        ),
    };
    let has_time = ["statsPeriod", "start"].iter().any(|key| params.get(key).is_some());
    let since = if has_time { Some(params.window(api.clock.now(), 0)?.start) } else { None };
    let contains = params.get("query").unwrap_or_default().to_owned();
    Ok(ReleaseQuery {
        organization: access.organization.id,
        projects,
        contains,
        status,
        environments: params.all("environment").map(str::to_owned).collect(),
        since,
    })
}

/// A page of releases, and whether there are more. Blocks.
fn rows(
    database: &Meta,
    query: &ReleaseQuery,
    sort: Option<&str>,
    page: Page,
) -> Result<(Vec<Release>, bool), ApiError> {
    if !matches!(sort, Some("semver" | "build")) {
        let found = database.find_releases(query, page.into())?;
        return Ok((found.rows, found.more));
    }
    let all = meta::Page { offset: 0, limit: SORTED_MAX };
    let mut found = database.find_releases(query, all)?.rows;
    // Stable: what are no versions comes last, newest first.
    found.sort_by(|left, right| compare_versions(&right.version, &left.version));
    let more = found.len() > page.offset.saturating_add(page.limit);
    Ok((found.into_iter().skip(page.offset).take(page.limit).collect(), more))
}

fn compare_versions(left: &str, right: &str) -> Ordering {
    let left = wire::release::Release::parse(left);
    let right = wire::release::Release::parse(right);
    match (left.version(), right.version()) {
        (Some(left), Some(right)) => left
            .numbers
            .cmp(&right.numbers)
            // Before a release comes what is made for it.
            .then_with(|| left.pre.is_none().cmp(&right.pre.is_none()))
            .then_with(|| left.pre.cmp(&right.pre))
            .then_with(|| left.build_code.cmp(&right.build_code)),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
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
        let access = caller.enter_to_see_releases(&api.database, &place.organization)?;
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
    fn versions_are_ordered_as_such() {
        let mut found = ["b@2.0.0-rc", "nightly", "b@10.0.0", "b@2.0.0", "b@1.9.9"];
        found.sort_by(|left, right| compare_versions(right, left));
        assert_eq!(found, ["b@10.0.0", "b@2.0.0", "b@2.0.0-rc", "b@1.9.9", "nightly"]);
    }

    #[test]
    fn hashes_are_shortened() {
        let info = version_info("9ec79c33ec9942ab8353589fcb2e04dc");
        assert_eq!(info.description, "9ec79c33ec99");
        assert_eq!(info.version.major, None);
        assert_eq!(version_info("main").description, "main");
    }
}
