//! What a release changed: its endpoints, web vitals and measurements beside those of the release before,
//! each with a verdict whether that is more than chance ([`contrast`]).

mod findings;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use lang::ask::{
    Aggregate, Ask, Cell, Column, Direction, Filter, Operator, Scope as AskScope, SpanField,
    TableQuestion,
};
use lang::data_set::{both, is_segment};
use lang::search::DAY;
use meta::{Page as Rows, Project, Release, Scope};
use model::clock::Micros;
use model::id::ProjectId;
use model::sketch::Sketch;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::cell;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;
use findings::Measured;
pub use findings::{Finding, Said};

/// What time is looked at when nothing is said.
const DEFAULT_PERIOD: u64 = 14 * DAY;
/// Endpoints that are compared, those that ran most often.
const ENDPOINTS_MAX: usize = 200;
/// Measurements that may be asked for, and what is compared when none is.
const MEASUREMENTS_MAX: usize = 10;
const MEASUREMENTS: [&str; 3] = ["bet", "payout", "rtp"];
/// Releases that are looked through for the one before.
const RELEASES_MAX: usize = 500;
/// Web vitals, and the attributes that hold them.
const VITALS: [(&str, &str); 5] = [
    ("lcp", "browser.web_vital.lcp.value"),
    ("fcp", "browser.web_vital.fcp.value"),
    ("inp", "browser.web_vital.inp.value"),
    ("cls", "browser.web_vital.cls.value"),
    ("ttfb", "browser.web_vital.ttfb.value"),
];

/// A release beside the one before.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReleaseComparison)]
pub struct Comparison {
    /// The release.
    pub version: String,
    /// What it is compared with; nothing when it is the first.
    pub previous: Option<String>,
    /// From when on both are looked at.
    pub start: String,
    /// Until when.
    pub end: String,
    /// Issues that began with it.
    pub new_issues: u64,
    /// Endpoints of either release.
    pub endpoints: Vec<EndpointCompared>,
    /// Web vitals, in milliseconds where they are times.
    pub vitals: Vec<NumberCompared>,
    /// Numbers that the services measured.
    pub measurements: Vec<NumberCompared>,
}

/// An endpoint in both releases.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointCompared {
    /// The project's number.
    pub project_id: u64,
    /// The route, task or page.
    pub transaction: String,
    /// The kind of work.
    pub op: String,
    /// In the release before; nothing when it did not run there.
    pub before: Option<EndpointSide>,
    /// In the release.
    pub after: Option<EndpointSide>,
    /// How the share of failures changed. Test: two proportions.
    pub failures: Finding,
    /// How the median changed. Test: Mann-Whitney.
    pub duration: Finding,
}

/// An endpoint in one release.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EndpointSide {
    /// How often it ran.
    pub count: u64,
    /// Which share failed, from 0 to 1.
    pub failure_rate: Option<f64>,
    /// Half took less, in milliseconds.
    pub p50: Option<f64>,
    /// 95 % took less, in milliseconds.
    pub p95: Option<f64>,
}

/// A number in both releases.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NumberCompared {
    /// What it is called.
    pub name: String,
    /// In the release before.
    pub before: NumberSide,
    /// In the release.
    pub after: NumberSide,
    /// How it changed. Tests: Mann-Whitney for web vitals, Welch for measurements.
    pub change: Finding,
}

/// A number in one release.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NumberSide {
    /// How many values there are.
    pub count: u64,
    /// Of web vitals the value that 75 % are below, of measurements the average.
    pub value: Option<f64>,
}

/// What is compared.
struct Wanted {
    release: Release,
    previous: Option<String>,
    scope: AskScope,
    measurements: Vec<String>,
}

/// A release beside the one before, or another, with verdicts.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/releases/{version}/compare/",
    tag = "releases",
    params(("organization" = String, Path), ("version" = String, Path),
        ("previous" = Option<String>, Query, description = "compare with this release"),
        ("measurement" = Option<Vec<String>>, Query, description = "attributes; bet, payout and rtp if none is given"),
        ("project" = Option<Vec<String>>, Query), ("environment" = Option<Vec<String>>, Query),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query)),
    responses((status = 200, body = Comparison), (status = 404)))]
pub async fn compare(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, version)): Path<(String, String)>,
    params: Params,
) -> Result<Json<Comparison>, ApiError> {
    let wanted = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::EventRead)?;
            let projects = params.projects(api, &access)?;
            let release = api.database.release(access.organization.id, &version)?;
            let release = release.filter(|it| is_of(it, &projects)).ok_or(ApiError::NotFound)?;
            let previous = match params.get("previous").filter(|text| !text.is_empty()) {
                Some(said) => Some(said.to_owned()),
                None => before(api, &release, &projects)?,
            };
            let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
            let scope = params.scope(&projects, window);
            Ok(Wanted { release, previous, scope, measurements: measurements(&params)? })
        })
        .await?;
    Ok(Json(answer(api.ask.as_ref(), wanted).await?))
}

fn is_of(release: &Release, projects: &[Project]) -> bool {
    projects.iter().any(|project| release.projects.contains(&project.id))
}

/// The newest release of the same projects that is older. Blocks.
fn before(api: &Api, release: &Release, projects: &[Project]) -> Result<Option<String>, ApiError> {
    let shared = projects.iter().map(|project| project.id);
    let shared: Vec<ProjectId> = shared.filter(|id| release.projects.contains(id)).collect();
    let page = Rows { offset: 0, limit: RELEASES_MAX };
    let found = api.database.releases(&shared, "", page)?.rows;
    let date = |release: &Release| (release.released.unwrap_or(release.created), release.id);
    let older = found.into_iter().filter(|other| date(other) < date(release));
    Ok(older.max_by_key(date).map(|other| other.version))
}

fn measurements(params: &Params) -> Result<Vec<String>, ApiError> {
    let said: Vec<String> =
        params.all("measurement").filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if said.len() > MEASUREMENTS_MAX {
        return Err(ApiError::Invalid(format!("at most {MEASUREMENTS_MAX} measurements")));
    }
    Ok(if said.is_empty() { MEASUREMENTS.map(str::to_owned).to_vec() } else { said })
}

async fn answer(ask: &dyn Ask, wanted: Wanted) -> Result<Comparison, ApiError> {
    let Wanted { release, previous, scope, measurements } = wanted;
    let after = Side::ask(ask, &scope, &release.version, &measurements).await?;
    let before = match &previous {
        Some(version) => Side::ask(ask, &scope, version, &measurements).await?,
        None => Side::default(),
    };
    let (endpoints, vitals, measurements) = findings::compare(&before, &after, &measurements);
    let moment = |moment: Micros| time::iso(moment);
    Ok(Comparison {
        version: release.version,
        previous,
        start: moment(scope.window.start),
        end: moment(scope.window.end),
        new_issues: release.new_issues,
        endpoints,
        vitals,
        measurements,
    })
}

/// What is known of a release.
#[derive(Debug, Default)]
struct Side {
    /// By project, transaction and operation.
    endpoints: BTreeMap<(u64, String, String), Endpoint>,
    vitals: Vec<Sketch>,
    measurements: Vec<Measured>,
    /// For how many spans one that was looked at stands: tests must not take it for so many.
    stands_for: f64,
}

#[derive(Debug, Default)]
struct Endpoint {
    count: f64,
    failures: f64,
    durations: Sketch,
}

impl Side {
    async fn ask(
        ask: &dyn Ask,
        scope: &AskScope,
        version: &str,
        measurements: &[String],
    ) -> Result<Self, ApiError> {
        let is_it =
            Filter::Compare(SpanField::Release, Operator::Equal, Cell::Text(version.to_owned()));
        let question = |filter, columns| TableQuestion {
            scope: scope.clone(),
            filter,
            columns,
            having: Vec::new(),
            order: Vec::new(),
            offset: 0,
            limit: 1,
        };
        let endpoints = TableQuestion {
            order: vec![(3, Direction::Descending)],
            limit: ENDPOINTS_MAX,
            ..question(both(is_segment(), is_it.clone()), endpoint_columns())
        };
        let endpoints = ask.spans(endpoints).await?;
        let numbers = ask.spans(question(is_it, number_columns(measurements))).await?;
        let mut numbers = numbers.rows.into_iter().next().unwrap_or_default().into_iter();
        let stands_for = numbers.next().as_ref().and_then(cell::any_number);
        let vitals = numbers.by_ref().take(VITALS.len()).map(histogram).collect();
        let values: Vec<f64> =
            numbers.map(|cell| cell::any_number(&cell).unwrap_or_default()).collect();
        let measured = values.as_chunks::<3>().0.iter();
        let measured = measured.map(|[count, sum, squares]| Measured {
            count: *count,
            sum: *sum,
            squares: *squares,
        });
        Ok(Self {
            endpoints: endpoints.rows.into_iter().filter_map(endpoint).collect(),
            vitals,
            measurements: measured.collect(),
            stands_for: stands_for.unwrap_or(1.0).max(1.0),
        })
    }
}

fn endpoint_columns() -> Vec<Column<SpanField>> {
    vec![
        Column::Field(SpanField::Project),
        Column::Field(SpanField::Transaction),
        Column::Field(SpanField::Op),
        Column::Aggregate(Aggregate::Count),
        Column::Aggregate(Aggregate::CountIf(Filter::is_failure())),
        Column::Aggregate(Aggregate::Histogram(SpanField::Duration)),
    ]
}

/// The weight, the vitals, and three sums of each measurement.
fn number_columns(measurements: &[String]) -> Vec<Column<SpanField>> {
    let number = |name: &str| SpanField::Number(name.to_owned());
    let weight = std::iter::once(Aggregate::Average(SpanField::Weight));
    let vitals = VITALS.iter().map(|(_, attribute)| Aggregate::Histogram(number(attribute)));
    let sums = measurements.iter().flat_map(|name| {
        [
            Aggregate::CountIf(Filter::Has(number(name))),
            Aggregate::Sum(number(name)),
            Aggregate::Squares(number(name)),
        ]
    });
    weight.chain(vitals).chain(sums).map(Column::Aggregate).collect()
}

fn endpoint(row: Vec<Cell>) -> Option<((u64, String, String), Endpoint)> {
    let [project, name, op, count, failures, durations] = row.try_into().ok()?;
    let key = (cell::number(&project)?, cell::text(&name).to_owned(), cell::text(&op).to_owned());
    let number = |cell: &Cell| cell::any_number(cell).unwrap_or_default();
    let endpoint = Endpoint {
        count: number(&count),
        failures: number(&failures),
        durations: histogram(durations),
    };
    Some((key, endpoint))
}

fn histogram(cell: Cell) -> Sketch {
    match cell {
        Cell::Histogram(sketch) => sketch,
        _ => Sketch::default(),
    }
}
