//! Uptime checks: what is asked from this server, and what it saw.

use std::collections::HashMap;

use alarm::{Uptime, UptimeAsk};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use model::id::ProjectId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::monitor::stats::Grid;
use crate::monitor::{READ, WRITE, actor, refuse_of_file};
use crate::params::Params;
use crate::person::Actor;
use crate::state::Api;
use crate::time;

mod read;

pub use read::{form, opened, said_headers, sealed};

/// What is shown of the checks that were made when no time is asked for.
const DEFAULT_PERIOD: u64 = lang::search::DAY;
const DAY_MICROS: u64 = 86_400_000_000;

/// An uptime check.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's, and what is added says itself")]
pub struct UptimeView {
    pub id: String,
    pub project_slug: String,
    pub environment: Option<String>,
    pub name: String,
    /// active or disabled.
    pub status: &'static str,
    pub is_muted: bool,
    /// 1 is up, 2 is down.
    pub uptime_status: u8,
    pub mode: u8,
    pub owner: Option<Actor>,
    pub recovery_threshold: u32,
    pub downtime_threshold: u32,
    /// http or tcp.
    pub kind: &'static str,
    pub url: String,
    pub method: String,
    pub body: Option<String>,
    /// Names, and `[set]` for each value: values may be secrets and are not shown again.
    pub headers: Vec<[String; 2]>,
    pub interval_seconds: u32,
    pub timeout_ms: u32,
    pub trace_sampling: bool,
    pub response_capture_enabled: bool,
    #[schema(value_type = Option<Object>)]
    pub assertion: Value,
    /// Such as `200-299,404`.
    pub expected_status: String,
    pub expected_body: String,
    pub latency_max_ms: Option<u32>,
    /// follow or refuse.
    pub redirects: &'static str,
    pub certificate_days_min: Option<u32>,
    pub certificate_expires: Option<String>,
    pub certificate_days_left: Option<u64>,
    pub down_since: Option<String>,
    pub last_check: Option<String>,
    /// What was wrong then; empty for nothing.
    pub last_reason: String,
    pub next_check: Option<String>,
    pub date_created: String,
}

/// A check that was made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct UptimeCheckView {
    pub uptime_check_id: String,
    pub timestamp: String,
    pub scheduled_check_time: String,
    /// success, failure, or `failure_incident` while it is down.
    pub check_status: &'static str,
    pub check_status_reason: Option<ReasonView>,
    pub http_status_code: Option<u16>,
    pub duration_ms: u64,
    pub trace_id: String,
    pub incident_status: u8,
    pub environment: String,
    pub region: &'static str,
    pub region_name: &'static str,
}

/// What was wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReasonView {
    /// Such as `timeout`, `dns_error`, `status`.
    pub r#type: String,
    /// In words.
    pub description: String,
}

/// A check as the API shows it. Blocks.
fn view(api: &Api, slug: String, uptime: &Uptime) -> Result<UptimeView, ApiError> {
    let (says, asks) = (&uptime.says, &uptime.says.asks);
    let now = api.clock.now();
    let left = uptime.certificate_ends.map(|ends| ends.0.saturating_sub(now.0) / DAY_MICROS);
    let headers = opened(&api.database, uptime.organization, says.headers.as_deref())?;
    Ok(UptimeView {
        id: uptime.id.to_string(),
        project_slug: slug,
        environment: Some(says.environment.clone()).filter(|name| !name.is_empty()),
        name: says.name.clone(),
        status: if says.is_enabled { "active" } else { "disabled" },
        is_muted: says.is_muted,
        uptime_status: if uptime.opened.is_some() { 2 } else { 1 },
        mode: 1,
        owner: says.owner.as_deref().map_or(Ok(None), |owner| actor(api, owner))?,
        recovery_threshold: asks.recovery_threshold,
        downtime_threshold: asks.failure_threshold,
        kind: if asks.url.starts_with("tcp:") { "tcp" } else { "http" },
        url: asks.url.clone(),
        method: asks.method.clone(),
        body: asks.body.clone(),
        headers: headers.into_iter().map(|(name, _)| [name, read::SET.to_owned()]).collect(),
        interval_seconds: asks.interval_seconds,
        timeout_ms: asks.timeout_millis,
        trace_sampling: false,
        response_capture_enabled: false,
        assertion: Value::Null,
        expected_status: statuses(asks),
        expected_body: asks.expected_body.clone(),
        latency_max_ms: asks.latency_max_millis,
        redirects: if asks.follows_redirects { "follow" } else { "refuse" },
        certificate_days_min: asks.certificate_days_min,
        certificate_expires: uptime.certificate_ends.map(time::iso),
        certificate_days_left: left,
        down_since: uptime.opened.map(time::iso),
        last_check: uptime.last_at.map(time::iso),
        last_reason: uptime.last_reason.clone(),
        next_check: uptime.next_at.map(time::iso),
        date_created: time::iso(uptime.created),
    })
}

fn statuses(asks: &UptimeAsk) -> String {
    let range = |(first, last): &(u16, u16)| {
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    };
    asks.status.iter().map(range).collect::<Vec<_>>().join(",")
}

/// Uptime checks of an organisation: what is down first, then by name.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/uptime/", tag = "uptime",
    params(("organization" = String, Path), ("project" = Option<Vec<String>>, Query),
        ("query" = Option<String>, Query, description = "part of a name or URL"),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<UptimeView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<UptimeView>>), ApiError> {
    listed(&api, caller, (organization, None), params, &uri).await
}

/// Uptime checks of a project.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/uptime/", tag = "uptime",
    params(("organization" = String, Path), ("project" = String, Path),
        ("query" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<UptimeView>), (status = 404)))]
pub async fn list_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<UptimeView>>), ApiError> {
    listed(&api, caller, (organization, Some(project)), params, &uri).await
}

async fn listed(
    api: &Api,
    caller: Caller,
    (organization, project): (String, Option<String>),
    params: Params,
    uri: &Uri,
) -> Result<(HeaderMap, Json<Vec<UptimeView>>), ApiError> {
    let page = params.page(100)?;
    let (views, more) = api
        .blocking(move |api| {
            let access = caller.enter_with_any(&api.database, &organization, &READ)?;
            let projects = match project {
                Some(name) => vec![access.project(&api.database, &name)?],
                None => params.projects(api, &access)?,
            };
            let slugs: HashMap<ProjectId, String> =
                projects.into_iter().map(|project| (project.id, project.slug)).collect();
            let ids: Vec<ProjectId> = slugs.keys().copied().collect();
            let text = params.get("query").unwrap_or_default().trim();
            let (found, more) = api.alarms.uptimes(&ids, text, (page.offset, page.limit))?;
            let views = found.iter().map(|uptime| {
                view(api, slugs.get(&uptime.project).cloned().unwrap_or_default(), uptime)
            });
            Ok((views.collect::<Result<Vec<_>, _>>()?, more))
        })
        .await?;
    Ok((page.link(&api.public_url, uri, more), Json(views)))
}

/// Makes an uptime check: `name` and `url`; everything else has a default. It is made at once.
#[utoipa::path(post, path = "/api/0/projects/{organization}/{project}/uptime/", tag = "uptime",
    params(("organization" = String, Path), ("project" = String, Path)), request_body = Object,
    responses((status = 201, body = UptimeView), (status = 400), (status = 404)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<UptimeView>), ApiError> {
    let made = api.blocking(move |api| {
        let access = caller.enter_with_any(&api.database, &organization, &WRITE)?;
        let project = access.project(&api.database, &project)?;
        let says = read::change(api, &access, &body, None)?;
        let now = api.clock.now();
        let made = api.alarms.create_uptime(access.organization.id, project.id, &says, now)?;
        view(api, project.slug, &made)
    });
    Ok((StatusCode::CREATED, Json(made.await?)))
}

/// Enters, and finds the check, which must be of that project. Blocks.
fn enter(
    api: &Api,
    caller: &Caller,
    (organization, project, id): &(String, String, u64),
    scopes: &[meta::Scope],
) -> Result<(Access, String, Uptime), ApiError> {
    let access = caller.enter_with_any(&api.database, organization, scopes)?;
    let project = access.project(&api.database, project)?;
    let found = api.alarms.uptime(access.organization.id, *id)?;
    if found.project == project.id {
        Ok((access, project.slug, found))
    } else {
        Err(ApiError::NotFound)
    }
}

/// An uptime check.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/uptime/{uptime}/",
    tag = "uptime", params(("organization" = String, Path), ("project" = String, Path),
        ("uptime" = u64, Path)),
    responses((status = 200, body = UptimeView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, u64)>,
) -> Result<Json<UptimeView>, ApiError> {
    let shown = api.blocking(move |api| {
        let (_, slug, found) = enter(api, &caller, &path, &READ)?;
        view(api, slug, &found)
    });
    Ok(Json(shown.await?))
}

/// Changes an uptime check; what is not said stays. It is made again at once.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/uptime/{uptime}/",
    tag = "uptime", params(("organization" = String, Path), ("project" = String, Path),
        ("uptime" = u64, Path)), request_body = Object,
    responses((status = 200, body = UptimeView), (status = 400), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, u64)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<UptimeView>, ApiError> {
    let shown = api.blocking(move |api| {
        let (access, slug, found) = enter(api, &caller, &path, &WRITE)?;
        refuse_of_file(&found.origin)?;
        let says = read::change(api, &access, &body, Some(&found.says))?;
        let after = api.alarms.change_uptime(found.id, &says, api.clock.now())?;
        view(api, slug, &after)
    });
    Ok(Json(shown.await?))
}

/// Forgets an uptime check with all it saw.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/uptime/{uptime}/",
    tag = "uptime", params(("organization" = String, Path), ("project" = String, Path),
        ("uptime" = u64, Path)), responses((status = 202), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, u64)>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (_, _, found) = enter(api, &caller, &path, &WRITE)?;
        refuse_of_file(&found.origin)?;
        Ok(api.alarms.delete_uptime(found.id)?)
    })
    .await?;
    Ok(StatusCode::ACCEPTED)
}

/// What an uptime check saw, newest first.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/uptime/{uptime}/checks/",
    tag = "uptime", params(("organization" = String, Path), ("project" = String, Path),
        ("uptime" = u64, Path), ("statsPeriod" = Option<String>, Query),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<UptimeCheckView>), (status = 404)))]
pub async fn checks(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, u64)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<UptimeCheckView>>), ApiError> {
    let page = params.page(50)?;
    let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
    let (views, more) = api
        .blocking(move |api| {
            let (_, _, found) = enter(api, &caller, &path, &READ)?;
            let (time, part) = ((window.start, window.end), (page.offset, page.limit));
            let (checks, more) = api.alarms.uptime_checks(found.id, time, part)?;
            let views = checks.into_iter().map(|check| check_view(&found, check));
            Ok((views.collect::<Vec<_>>(), more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

fn check_view(uptime: &Uptime, check: alarm::KeptUptime) -> UptimeCheckView {
    let status = match (check.reason.is_empty(), check.is_down) {
        (true, _) => "success",
        (false, true) => "failure_incident",
        (false, false) => "failure",
    };
    let is_well = check.reason.is_empty();
    let reason = ReasonView { r#type: check.reason, description: check.detail };
    UptimeCheckView {
        uptime_check_id: check.id.to_string(),
        timestamp: time::iso(check.at),
        scheduled_check_time: time::iso(check.due),
        check_status: status,
        check_status_reason: (!is_well).then_some(reason),
        http_status_code: check.status,
        duration_ms: check.duration_micros / 1_000,
        trace_id: format!("{:032x}", check.id),
        incident_status: u8::from(check.is_down),
        environment: uptime.says.environment.clone(),
        region: "default",
        region_name: "This server",
    }
}

/// What an uptime check saw, counted by time: `[seconds, {success, failure, p95Ms}]` for every interval.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/uptime/{uptime}/stats/",
    tag = "uptime", params(("organization" = String, Path), ("project" = String, Path),
        ("uptime" = u64, Path), ("since" = Option<f64>, Query), ("until" = Option<f64>, Query),
        ("rollup" = Option<u64>, Query), ("resolution" = Option<String>, Query)),
    responses((status = 200, body = Vec<Object>), (status = 400), (status = 404)))]
pub async fn stats(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Path<(String, String, u64)>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let grid = Grid::read(&params, api.clock.now())?;
    let done = api.blocking(move |api| {
        let (_, _, found) = enter(api, &caller, &path, &READ)?;
        let buckets = api.alarms.uptime_buckets(found.id, (grid.start, grid.end), grid.step)?;
        let sums: HashMap<_, _> =
            buckets.into_iter().map(|(start, well, not, p95)| (start, (well, not, p95))).collect();
        let rows = grid.starts().map(|start| {
            let (success, failure, p95) = sums.get(&start).copied().unwrap_or_default();
            let millis = (success + failure > 0).then_some(p95 / 1_000);
            json!([
                time::seconds(start),
                {"success": success, "failure": failure, "p95Ms": millis}
            ])
        });
        Ok(rows.collect())
    });
    Ok(Json(done.await?))
}
