//! Check-ins counted by time: of one monitor, and of all on a screen; and when a schedule is due.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use lang::ask::Window;
use lang::search;
use model::clock::Micros;
use schedule::{Config, Status};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Place, READ};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Stretches of one answer.
const BUCKETS_MAX: u64 = 1_500;
/// Monitors of one answer.
const MONITORS_MAX: usize = 100;
/// How long a stretch is when nothing is said, in seconds.
const ROLLUP: u64 = 3_600;
const SECOND: u64 = 1_000_000;
const DAY: u64 = 86_400 * SECOND;
/// Times that a preview shows.
const PREVIEW_MAX: u64 = 100;
const STATUSES: [Status; 6] = [
    Status::Ok,
    Status::Error,
    Status::Missed,
    Status::TimedOut,
    Status::InProgress,
    Status::Unknown,
];

/// When a schedule is due next.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SchedulePreview {
    /// Seconds since 1970.
    pub next: Vec<u64>,
}

/// Stretches of time that are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) start: Micros,
    pub(crate) end: Micros,
    pub(crate) step: u64,
}

impl Grid {
    /// `since` and `until` in seconds since 1970, `rollup` in seconds or `resolution` such as `1h`.
    /// Whole stretches: the first begins before `since`.
    pub(crate) fn read(params: &Params, now: Micros) -> Result<Self, ApiError> {
        let seconds = |name| -> Result<Option<Micros>, ApiError> {
            let Some(text) = params.get(name).filter(|text| !text.is_empty()) else {
                return Ok(None);
            };
            let moment =
                text.parse().ok().and_then(|number: f64| time::from_payload(&json!(number)));
            let sentence = || ApiError::Invalid(format!("{name} must be seconds since 1970."));
            moment.map(Some).ok_or_else(sentence)
        };
        let end = seconds("until")?.unwrap_or(now);
        let start = seconds("since")?.unwrap_or(Micros(end.0.saturating_sub(DAY)));
        let step = match (params.number("rollup"), params.get("resolution")) {
            (Some(rollup), _) => rollup.saturating_mul(SECOND),
            (None, Some(text)) => search::interval(text, Window { start, end })?,
            (None, None) => ROLLUP * SECOND,
        };
        if step < SECOND || end <= start {
            return Err(ApiError::Invalid("Nothing lies between since and until.".into()));
        }
        let grid = Self { start: Micros(start.0 / step * step), end, step };
        if grid.places() > BUCKETS_MAX {
            let sentence = format!("At most {BUCKETS_MAX} intervals; ask for a longer rollup.");
            return Err(ApiError::Invalid(sentence));
        }
        Ok(grid)
    }

    fn places(self) -> u64 {
        (self.end.0 - self.start.0).div_ceil(self.step)
    }

    pub(crate) fn starts(self) -> impl Iterator<Item = Micros> {
        (0..self.places()).map(move |place| Micros(self.start.0 + place * self.step))
    }
}

/// Counts by status, in one environment.
fn counts(found: Option<&BTreeMap<&'static str, u64>>) -> Value {
    let counts = STATUSES.map(|status| {
        let name = status.name();
        (name.to_owned(), json!(found.and_then(|found| found.get(name)).copied().unwrap_or(0)))
    });
    Value::Object(counts.into_iter().collect())
}

/// Check-ins of a monitor, counted by time. Every interval is there.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/monitors/{monitor}/stats/",
    tag = "monitors", params(("organization" = String, Path), ("monitor" = String, Path),
        ("environment" = Option<Vec<String>>, Query),
        ("since" = Option<f64>, Query, description = "seconds since 1970"),
        ("until" = Option<f64>, Query), ("rollup" = Option<u64>, Query, description = "seconds"),
        ("resolution" = Option<String>, Query, description = "such as 1h")),
    responses((status = 200, body = Vec<Object>), (status = 400), (status = 404)))]
pub async fn of_one(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, monitor)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let place = Place { organization, project: None, monitor };
    answer(&api, caller, place, params).await
}

pub(crate) async fn answer(
    api: &Api,
    caller: Caller,
    place: Place,
    params: Params,
) -> Result<Json<Vec<Value>>, ApiError> {
    let grid = Grid::read(&params, api.clock.now())?;
    let asked = super::named_environments(&params);
    let done = api.blocking(move |api| {
        let (_, monitor) = place.enter(api, &caller, &READ)?;
        let mut environments = api.alarms.monitor_environments(&[monitor.id])?;
        environments.retain(|one| asked.is_empty() || asked.contains(&one.name));
        let ids: Vec<u64> = environments.iter().map(|one| one.id).collect();
        let mut sums: BTreeMap<(u64, Micros), BTreeMap<&'static str, u64>> = BTreeMap::new();
        for bucket in api.alarms.check_in_buckets(&ids, (grid.start, grid.end), grid.step)? {
            let place = sums.entry((bucket.environment, bucket.start)).or_default();
            place.insert(bucket.status.name(), bucket.count);
        }
        let rows = grid.starts().map(|start| {
            let mut row = Map::new();
            row.insert("ts".to_owned(), json!(time::seconds(start)));
            for one in &environments {
                row.insert(one.name.clone(), counts(sums.get(&(one.id, start))));
            }
            Value::Object(row)
        });
        Ok(rows.collect())
    });
    Ok(Json(done.await?))
}

/// Check-ins of several monitors, counted by time: for each, every interval with the environments in which
/// there were any.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/monitors-stats/",
    tag = "monitors", params(("organization" = String, Path),
        ("monitor" = Vec<String>, Query, description = "ids or slugs, at most 100"),
        ("since" = Option<f64>, Query), ("until" = Option<f64>, Query),
        ("rollup" = Option<u64>, Query), ("resolution" = Option<String>, Query)),
    responses((status = 200, body = Object), (status = 400), (status = 404)))]
pub async fn of_many(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<Map<String, Value>>, ApiError> {
    let grid = Grid::read(&params, api.clock.now())?;
    let done = api.blocking(move |api| {
        let access = caller.enter_with_any(&api.database, &organization, &READ)?;
        let mut answer = Map::new();
        for name in params.all("monitor").take(MONITORS_MAX) {
            // One that is gone by now has no numbers.
            let found = api.alarms.monitor(access.organization.id, None, name);
            let Ok(monitor) = found else { continue };
            let environments = api.alarms.monitor_environments(&[monitor.id])?;
            let ids: Vec<u64> = environments.iter().map(|one| one.id).collect();
            let mut sums: BTreeMap<Micros, BTreeMap<u64, BTreeMap<&'static str, u64>>> =
                BTreeMap::new();
            for bucket in api.alarms.check_in_buckets(&ids, (grid.start, grid.end), grid.step)? {
                let place = sums.entry(bucket.start).or_default();
                place
                    .entry(bucket.environment)
                    .or_default()
                    .insert(bucket.status.name(), bucket.count);
            }
            let rows = grid.starts().map(|start| {
                let found = sums.get(&start);
                let named = environments.iter().filter_map(|one| {
                    let sums = found?.get(&one.id)?;
                    Some((one.name.clone(), counts(Some(sums))))
                });
                json!([time::seconds(start), named.collect::<Map<_, _>>()])
            });
            answer.insert(alarm::uuid(monitor.guid), rows.collect());
        }
        Ok(answer)
    });
    Ok(Json(done.await?))
}

/// When a schedule is due next: the `config` of a monitor, and `count`.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/monitors-schedule-preview/",
    tag = "monitors", params(("organization" = String, Path)), request_body = Object,
    responses((status = 200, body = SchedulePreview), (status = 400)))]
pub async fn preview(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Value>,
) -> Result<Json<SchedulePreview>, ApiError> {
    let done = api.blocking(move |api| {
        caller.enter_with_any(&api.database, &organization, &READ)?;
        let wrong = |problem: schedule::ConfigError| ApiError::field("config", problem.to_string());
        let config = Config::from_json(body.get("config").unwrap_or(&body)).map_err(wrong)?;
        let count = body.get("count").and_then(Value::as_u64).unwrap_or(10).min(PREVIEW_MAX);
        let mut last = api.clock.now();
        let mut next = Vec::new();
        for _ in 0..count {
            let Some(due) = config.schedule.next(last, &config.zone) else { break };
            next.push(time::seconds(due));
            last = due;
        }
        Ok(SchedulePreview { next })
    });
    Ok(Json(done.await?))
}
