//! What a rule measures now, and what it would have done.

use alarm::{SAMPLES_MINUTES, SeriesOf};
use axum::Json;
use axum::extract::{Path, State};
use lang::ask::Window;
use lang::search::DAY;
use measure::{Fired, Preview, PreviewError, preview as look_back};
use meta::Scope;
use model::clock::Micros;
use model::id::ProjectId;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::view::{Shown, group, moment, phase_name};
use super::{Place, READ, write};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;
use crate::time;

const MINUTE: u64 = 60_000_000;
/// Series of one answer.
const SERIES_MAX: usize = 50;

/// What the series of a rule are now.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricStateView {
    /// Each series.
    pub series: Vec<MetricSeriesView>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// A series.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricSeriesView {
    /// Its number.
    pub id: String,
    /// `project`, and the values of the rule's fields.
    #[schema(value_type = Object)]
    pub group: Value,
    /// `ok`, `pending`, `warning`, `critical` or `no_data`.
    pub phase: &'static str,
    /// Since when.
    pub since: Option<String>,
    /// What was measured last.
    pub value: Option<f64>,
    /// When that was.
    pub measured: Option<String>,
    /// Why nothing can be measured.
    pub problem: Option<String>,
    /// `[seconds, value or null]` of the last two hours.
    #[schema(value_type = Vec<Vec<f64>>)]
    pub points: Vec<(u64, Option<f64>)>,
}

/// What the series of a rule are now, and what was measured in the last two hours.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-rules/{rule}/state/",
    tag = "alerts", params(("organization" = String, Path), ("rule" = u64, Path)),
    responses((status = 200, body = MetricStateView), (status = 404)))]
pub async fn state(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, rule)): Path<(String, u64)>,
) -> Result<Json<MetricStateView>, ApiError> {
    let shown = api.blocking(move |api| {
        let place = Place::enter(api, &caller, &organization, None, &READ)?;
        place.access.need(Scope::EventRead)?;
        let rule = place.rule(api, rule)?;
        let names = Shown::of(api, &place.access)?;
        let mut all = api.alarms.series(SeriesOf::Rule(rule.id))?;
        let is_cut = all.len() > SERIES_MAX;
        all.sort_by_key(|series| series.standing.is_empty());
        all.truncate(SERIES_MAX);
        let minute = api.clock.now().0 / MINUTE;
        let from = (minute + 1).saturating_sub(SAMPLES_MINUTES);
        let mut series = Vec::new();
        for one in all {
            let samples = api.alarms.samples(one.id, from, minute + 1)?;
            let last = samples.last().copied();
            series.push(MetricSeriesView {
                id: one.id.to_string(),
                group: group(&names, &rule.says.definition, one.project, &one.groups),
                phase: phase_name(one.state.phase),
                since: moment(one.state.since),
                value: last.and_then(|(_, value)| value),
                measured: last.map(|(minute, _)| time::iso(Micros(minute * MINUTE))),
                problem: one.problem,
                points: samples.into_iter().map(|(minute, value)| (minute * 60, value)).collect(),
            });
        }
        Ok(MetricStateView { series, is_cut })
    });
    Ok(Json(shown.await?))
}

/// What a rule would have done in the last seven days.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricPreviewView {
    /// From then …
    pub start: String,
    /// … until then.
    pub end: String,
    /// How far numbers are apart.
    pub step_minutes: u64,
    /// Each series.
    pub series: Vec<PreviewSeriesView>,
    /// How often the rule would have fired.
    pub fired_count: usize,
    /// Whether there are more series.
    pub is_cut: bool,
    /// Why there is no preview, if there is none.
    pub problem: Option<String>,
}

/// A series of a preview.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PreviewSeriesView {
    /// `project`, and the values of the rule's fields.
    #[schema(value_type = Object)]
    pub group: Value,
    /// `[seconds, value or null]`.
    #[schema(value_type = Vec<Vec<f64>>)]
    pub points: Vec<(u64, Option<f64>)>,
    /// When the rule would have fired.
    pub fired: Vec<FiredView>,
}

/// An alert that would have been.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FiredView {
    /// When it would have begun.
    pub start: String,
    /// When it would have been over; null if it would fire still.
    pub end: Option<String>,
    /// `warning` or `critical`.
    pub severity: &'static str,
}

/// Judges a rule, which is not stored, over the last seven days.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/alert-rules/preview/",
    tag = "alerts", params(("organization" = String, Path)), request_body = Object,
    responses((status = 200, body = MetricPreviewView), (status = 400), (status = 503)))]
pub async fn preview(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(mut body): Json<Map<String, Value>>,
) -> Result<Json<MetricPreviewView>, ApiError> {
    // People look before they think of a name.
    if body.get("name").and_then(Value::as_str).is_none_or(|name| name.trim().is_empty()) {
        body.insert("name".to_owned(), json!("preview"));
    }
    let (checked, names) = api
        .blocking(move |api| {
            let place = Place::enter(api, &caller, &organization, None, &READ)?;
            // It answers any question about what is stored.
            place.access.need(Scope::EventRead)?;
            Ok((write::check(api, &place, &body)?, Shown::of(api, &place.access)?))
        })
        .await?;
    let end = api.clock.now();
    let window = Window { start: Micros(end.0.saturating_sub(7 * DAY)), end };
    let projects: Vec<ProjectId> = checked.projects.iter().map(|project| project.id).collect();
    let looked =
        look_back(api.ask.as_ref(), &checked.says, &checked.measured, &projects, window).await;
    let (found, problem) = match looked {
        Ok(found) => (found, None),
        Err(PreviewError::Ask(problem)) => return Err(problem.into()),
        Err(problem @ PreviewError::Sessions) => {
            let nothing = Preview { window, step_minutes: 0, series: Vec::new(), is_cut: false };
            (nothing, Some(problem.to_string()))
        }
    };
    let definition = json!({"groupBy": checked.says.question.group_by});
    let series: Vec<PreviewSeriesView> = found
        .series
        .into_iter()
        .map(|one| PreviewSeriesView {
            group: group(&names, &definition, one.project, &one.groups),
            points: one.points.iter().map(|it| (time::seconds(it.at), it.value)).collect(),
            fired: one.fired.into_iter().map(fired).collect(),
        })
        .collect();
    Ok(Json(MetricPreviewView {
        start: time::iso(window.start),
        end: time::iso(window.end),
        step_minutes: found.step_minutes,
        fired_count: series.iter().map(|one| one.fired.len()).sum(),
        series,
        is_cut: found.is_cut,
        problem,
    }))
}

fn fired(fired: Fired) -> FiredView {
    FiredView {
        start: time::iso(fired.start),
        end: fired.end.map(time::iso),
        severity: phase_name(alert::Phase::Firing(fired.severity)),
    }
}
