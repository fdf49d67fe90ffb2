//! The same, with the project in the path: a slug is one of a project's, not of the organisation's.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::check_ins::{self, CheckInView, ProblemView};
use super::{
    MonitorView, Place, changed, deleted, muted, named_environments, shown, stats, with_issue,
};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

type Three = Path<(String, String, String)>;

fn place((organization, project, monitor): (String, String, String)) -> Place {
    Place { organization, project: Some(project), monitor }
}

/// A monitor.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/monitors/{monitor}/",
    tag = "monitors",
    params(("organization" = String, Path), ("project" = String, Path),
        ("monitor" = String, Path, description = "slug or id")),
    responses((status = 200, body = MonitorView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Three,
    params: Params,
) -> Result<Json<MonitorView>, ApiError> {
    let view = api.blocking(move |api| shown(api, &caller, &place(path), &params)).await?;
    with_issue(&api, view).await.map(Json)
}

/// Changes a monitor. What is not said stays.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/monitors/{monitor}/",
    tag = "monitors",
    params(("organization" = String, Path), ("project" = String, Path), ("monitor" = String, Path)),
    request_body = Object,
    responses((status = 200, body = MonitorView), (status = 400), (status = 404), (status = 409)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Three,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<MonitorView>, ApiError> {
    api.blocking(move |api| changed(api, &caller, &place(path), &body)).await.map(Json)
}

/// Forgets a monitor with its check-ins, or only the named environments of it.
#[utoipa::path(delete, path = "/api/0/projects/{organization}/{project}/monitors/{monitor}/",
    tag = "monitors",
    params(("organization" = String, Path), ("project" = String, Path), ("monitor" = String, Path),
        ("environment" = Option<Vec<String>>, Query)),
    responses((status = 202), (status = 404)))]
pub async fn delete(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Three,
    params: Params,
) -> Result<StatusCode, ApiError> {
    let environments = named_environments(&params);
    api.blocking(move |api| deleted(api, &caller, &place(path), &environments)).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Mutes a monitor in one environment, or lets it be heard again: `isMuted`.
#[utoipa::path(put,
    path = "/api/0/projects/{organization}/{project}/monitors/{monitor}/environments/{environment}/",
    tag = "monitors",
    params(("organization" = String, Path), ("project" = String, Path), ("monitor" = String, Path),
        ("environment" = String, Path)), request_body = Object,
    responses((status = 200, body = MonitorView), (status = 400), (status = 404)))]
pub async fn change_environment(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, monitor, environment)): Path<(String, String, String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<Json<MonitorView>, ApiError> {
    let place = place((organization, project, monitor));
    let shown = api.blocking(move |api| muted(api, &caller, &place, (&environment, &body)));
    Ok(Json(shown.await?))
}

/// Forgets a monitor in one environment.
#[utoipa::path(delete,
    path = "/api/0/projects/{organization}/{project}/monitors/{monitor}/environments/{environment}/",
    tag = "monitors",
    params(("organization" = String, Path), ("project" = String, Path), ("monitor" = String, Path),
        ("environment" = String, Path)), responses((status = 202), (status = 404)))]
pub async fn delete_environment(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, monitor, environment)): Path<(String, String, String, String)>,
) -> Result<StatusCode, ApiError> {
    let place = place((organization, project, monitor));
    api.blocking(move |api| deleted(api, &caller, &place, &[environment])).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Check-ins of a monitor, newest first.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/monitors/{monitor}/checkins/",
    tag = "monitors",
    params(("organization" = String, Path), ("project" = String, Path), ("monitor" = String, Path),
        ("environment" = Option<Vec<String>>, Query), ("statsPeriod" = Option<String>, Query),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<CheckInView>), (status = 404)))]
pub async fn check_ins(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Three,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<CheckInView>>), ApiError> {
    check_ins::answer(&api, caller, place(path), params, &uri).await
}

/// Check-ins of a monitor, counted by time.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/monitors/{monitor}/stats/",
    tag = "monitors",
    params(("organization" = String, Path), ("project" = String, Path), ("monitor" = String, Path),
        ("since" = Option<f64>, Query), ("until" = Option<f64>, Query),
        ("rollup" = Option<u64>, Query)),
    responses((status = 200, body = Vec<Object>), (status = 400), (status = 404)))]
pub async fn counts(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Three,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    stats::answer(&api, caller, place(path), params).await
}

/// Check-ins of a monitor that were not taken as they were meant.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/monitors/{monitor}/processing-errors/",
    tag = "monitors",
    params(("organization" = String, Path), ("project" = String, Path), ("monitor" = String, Path)),
    responses((status = 200, body = Vec<ProblemView>), (status = 404)))]
pub async fn problems(
    State(api): State<Api>,
    caller: Caller,
    Path(path): Three,
) -> Result<Json<Vec<ProblemView>>, ApiError> {
    api.blocking(move |api| check_ins::problems_of(api, &caller, &place(path))).await.map(Json)
}
