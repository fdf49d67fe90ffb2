//! Check-ins of monitors, and what was wrong with some.

use alarm::{KeptCheckIn, Problem};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Uri};
use model::id::{EventId, ProjectId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::issues::{Made, issues_of};
use super::{Place, READ, config_view, named_environments};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// What is shown when no time is asked for.
const DEFAULT_PERIOD: u64 = 90 * lang::search::DAY;
/// Problems that are shown.
const PROBLEMS_MAX: usize = 100;

/// A run of a job, or one that should have been.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct CheckInView {
    pub id: String,
    pub environment: String,
    /// `in_progress`, ok, error, missed, timeout or unknown.
    pub status: &'static str,
    /// In milliseconds.
    pub duration: Option<u64>,
    pub date_created: String,
    pub date_added: String,
    pub date_updated: String,
    pub date_in_progress: Option<String>,
    pub date_clock: String,
    pub expected_time: Option<String>,
    #[schema(value_type = Object)]
    pub monitor_config: Value,
    /// The issue that it opened or that was open already; empty while nothing failed.
    pub groups: Vec<CheckInGroup>,
    /// The error event it made.
    pub event_id: Option<String>,
}

/// The issue of a check-in.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct CheckInGroup {
    pub id: u64,
    pub short_id: String,
}

/// A check-in that was not taken as it was meant.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemView {
    /// Sentry's name for it, such as `monitor_not_found`.
    pub r#type: &'static str,
    /// The monitor's slug, also when there is no such monitor.
    pub slug: String,
    /// The environment.
    pub environment: String,
    /// Whose it is.
    pub project_id: String,
    /// When it arrived.
    pub date_created: String,
    /// In words.
    pub detail: String,
}

fn view(kept: &KeptCheckIn, config: &Value, group: Option<CheckInGroup>) -> CheckInView {
    let run = &kept.run;
    CheckInView {
        id: run.id.to_string(),
        environment: kept.environment.clone(),
        status: run.status.name(),
        duration: run.duration_millis,
        date_created: time::iso(run.started),
        date_added: time::iso(kept.added),
        date_updated: time::iso(run.updated),
        date_in_progress: kept.in_progress_at.map(time::iso),
        date_clock: time::iso(kept.added),
        expected_time: run.expected.map(time::iso),
        monitor_config: config.clone(),
        groups: group.into_iter().collect(),
        event_id: kept.event.as_ref().map(EventId::to_string),
    }
}

/// Check-ins of a monitor, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/monitors/{monitor}/checkins/",
    tag = "monitors", params(("organization" = String, Path), ("monitor" = String, Path),
        ("environment" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query),
        ("start" = Option<String>, Query), ("end" = Option<String>, Query),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<CheckInView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, monitor)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<CheckInView>>), ApiError> {
    let place = Place { organization, project: None, monitor };
    answer(&api, caller, place, params, &uri).await
}

pub(crate) async fn answer(
    api: &Api,
    caller: Caller,
    place: Place,
    params: Params,
    uri: &Uri,
) -> Result<(HeaderMap, Json<Vec<CheckInView>>), ApiError> {
    let page = params.page(50)?;
    let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
    let (monitor, slug, found, more) = api
        .blocking(move |api| {
            let (_, monitor) = place.enter(api, &caller, &READ)?;
            let environments = named_environments(&params);
            let (time, part) = ((window.start, window.end), (page.offset, page.limit));
            let (found, more) = api.alarms.check_ins(monitor.id, &environments, time, part)?;
            let project = api.database.project(monitor.project)?.ok_or(ApiError::NotFound)?;
            Ok((monitor, project.slug, found, more))
        })
        .await?;
    let project = monitor.project;
    let made = |kept: &KeptCheckIn| {
        Some(Made { project, event: kept.event?, began: kept.run.started.min(kept.added) })
    };
    let made: Vec<Made> = found.iter().filter_map(made).collect();
    let issues = issues_of(api, &made).await?;
    let config = config_view(&monitor.says.config);
    let views = found.iter().map(|kept| {
        let issue = kept.event.and_then(|event| issues.get(&event));
        let group = issue.map(|issue| CheckInGroup {
            id: issue.id.0,
            short_id: meta::short_id::short_id(&slug, issue.number),
        });
        view(kept, &config, group)
    });
    Ok((page.link(&api.public_url, uri, more), Json(views.collect())))
}

/// Check-ins of a monitor that were not taken as they were meant.
#[utoipa::path(get,
    path = "/api/0/organizations/{organization}/monitors/{monitor}/processing-errors/",
    tag = "monitors", params(("organization" = String, Path), ("monitor" = String, Path)),
    responses((status = 200, body = Vec<ProblemView>), (status = 404)))]
pub async fn problems(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, monitor)): Path<(String, String)>,
) -> Result<Json<Vec<ProblemView>>, ApiError> {
    let place = Place { organization, project: None, monitor };
    api.blocking(move |api| problems_of(api, &caller, &place)).await.map(Json)
}

pub(crate) fn problems_of(
    api: &Api,
    caller: &Caller,
    place: &Place,
) -> Result<Vec<ProblemView>, ApiError> {
    let (_, monitor) = place.enter(api, caller, &READ)?;
    let slug = Some(monitor.says.slug.as_str());
    let found = api.alarms.check_in_problems(&[monitor.project], slug, (0, PROBLEMS_MAX))?;
    Ok(found.into_iter().map(problem).collect())
}

/// Check-ins that were not taken as they were meant, also those of monitors that do not exist.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/processing-errors/",
    tag = "monitors", params(("organization" = String, Path),
        ("project" = Option<Vec<String>>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<ProblemView>), (status = 404)))]
pub async fn all_problems(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<ProblemView>>), ApiError> {
    let page = params.page(PROBLEMS_MAX)?;
    let found = api
        .blocking(move |api| {
            let access = caller.enter_with_any(&api.database, &organization, &READ)?;
            let projects = params.projects(api, &access)?;
            let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
            let part = page.and_one();
            Ok(api.alarms.check_in_problems(&ids, None, (part.offset, part.limit))?)
        })
        .await?;
    let more = found.len() > page.limit;
    let views = found.into_iter().take(page.limit).map(problem).collect();
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

fn problem(found: Problem) -> ProblemView {
    ProblemView {
        r#type: found.kind,
        slug: found.slug,
        environment: found.environment,
        project_id: found.project.to_string(),
        date_created: time::iso(found.at),
        detail: found.detail,
    }
}
