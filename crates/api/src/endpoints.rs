//! Endpoints: what each route, page and task of the services takes, how often, and how that changes.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use lang::ask::{Ask, Cell, Filter, Glob, Scope as AskScope, SpanField, Window};
use lang::data_set::{both, is_segment};
use lang::search::DAY;
use meta::{Project, Scope};
use model::clock::Micros;
use serde::Serialize;
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::cell;
use crate::discover::plan::Plan;
use crate::error::ApiError;
use crate::event_search::read_rows;
use crate::page::Page;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// What time is looked at when nothing is said.
const DEFAULT_PERIOD: u64 = DAY;
/// What counts as satisfying where nothing is said, in milliseconds. Source: Sentry's default.
const APDEX_MILLIS: u64 = 300;
/// Groups of the window before; several operations may have one name.
const BEFORE_MAX: usize = 1_000;

/// How a row is named, and the column it is in. [`Endpoint::read`] reads them in this order. Users come
/// last: who asks for them has spans read, instead of what was counted as they arrived.
const COLUMNS: [(&str, &str); 14] = [
    ("projectId", "project.id"),
    ("transaction", "transaction"),
    ("op", "span.op"),
    ("count", "count()"),
    ("failureRate", "failure_rate()"),
    ("p50", "p50(span.duration)"),
    ("p75", "p75(span.duration)"),
    ("p95", "p95(span.duration)"),
    ("p99", "p99(span.duration)"),
    ("apdex", "apdex(span.duration,300)"),
    ("timeSpent", "sum(span.duration)"),
    ("timeSpentShare", "time_spent_percentage(span.duration)"),
    ("lastSeen", "last_seen()"),
    ("users", "count_unique(user)"),
];
/// The same of the window before.
const BEFORE: [&str; 6] =
    ["project.id", "transaction", "span.op", "count()", "failure_rate()", "p95(span.duration)"];

/// Operations of what answers, of what people look at, and of what works through queues.
const KINDS: [(&str, &[&str]); 3] = [
    ("server", &["http.server", "rpc", "grpc", "graphql", "websocket", "function"]),
    ("client", &["pageload", "navigation", "ui.", "app.start"]),
    ("consumer", &["queue.", "task", "message", "cron", "console.command"]),
];

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// The project's number.
    pub project_id: u64,
    /// The project's slug.
    pub project: String,
    /// The route, task or page.
    pub transaction: String,
    /// The kind of work.
    pub op: String,
    /// How often it ran, before sampling.
    pub count: u64,
    /// How often in a minute.
    pub per_minute: f64,
    /// Which share failed, from 0 to 1.
    pub failure_rate: Option<f64>,
    /// Half took less, in milliseconds.
    pub p50: Option<f64>,
    /// 75 % took less, in milliseconds.
    pub p75: Option<f64>,
    /// 95 % took less, in milliseconds.
    pub p95: Option<f64>,
    /// 99 % took less, in milliseconds.
    pub p99: Option<f64>,
    /// From 0 to 1: satisfied people and half of the tolerating ones.
    pub apdex: Option<f64>,
    /// All its durations, in milliseconds.
    pub time_spent: Option<f64>,
    /// Which share that is of all endpoints that match, from 0 to 1.
    pub time_spent_share: Option<f64>,
    /// When it last ran.
    pub last_seen: String,
    /// Different users among the stored spans, if they were asked for.
    pub users: Option<u64>,
    /// The same in the window before; nothing when it did not run then.
    pub before: Option<Before>,
}

/// An endpoint in the window before, which is as long.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Before {
    /// How often it ran.
    pub count: u64,
    /// Which share failed.
    pub failure_rate: Option<f64>,
    /// 95 % took less, in milliseconds.
    pub p95: Option<f64>,
    /// By which share it runs more often now: 0.5 is half as often again.
    pub count_change: Option<f64>,
    /// By how much the share of failures has grown.
    pub failure_rate_change: Option<f64>,
    /// By which share the 95 % have grown.
    pub p95_change: Option<f64>,
}

impl Endpoint {
    fn read(cells: &[Cell], micros: u64) -> Option<Self> {
        let [
            project,
            name,
            op,
            count,
            failed,
            p50,
            p75,
            p95,
            p99,
            apdex,
            spent,
            share,
            last,
            users @ ..,
        ] = cells
        else {
            return None;
        };
        let number = cell::any_number;
        let whole = |cell: &Cell| cell::whole(number(cell).unwrap_or(0.0));
        let minutes = (cell::float(micros) / 60e6).max(f64::MIN_POSITIVE);
        Some(Self {
            project_id: cell::number(project)?,
            project: String::new(),
            transaction: cell::text(name).to_owned(),
            op: cell::text(op).to_owned(),
            count: whole(count),
            per_minute: number(count).unwrap_or(0.0) / minutes,
            failure_rate: number(failed),
            p50: number(p50),
            p75: number(p75),
            p95: number(p95),
            p99: number(p99),
            apdex: number(apdex),
            time_spent: number(spent),
            time_spent_share: number(share),
            last_seen: time::iso(cell::moment(last)),
            users: users.first().map(whole),
            before: None,
        })
    }

    fn key(&self) -> (u64, String, String) {
        (self.project_id, self.transaction.clone(), self.op.clone())
    }

    fn compare(&mut self, count: f64, failure_rate: Option<f64>, p95: Option<f64>) {
        let change = |now: f64, then: f64| (then > 0.0).then(|| now / then - 1.0);
        let both = |now: Option<f64>, then: Option<f64>| now.zip(then);
        self.before = Some(Before {
            count: cell::whole(count),
            failure_rate,
            p95,
            count_change: change(cell::float(self.count), count),
            failure_rate_change: both(self.failure_rate, failure_rate)
                .map(|(now, then)| now - then),
            p95_change: both(self.p95, p95).and_then(|(now, then)| change(now, then)),
        });
    }
}

/// Which endpoints, in which order.
#[derive(Debug)]
struct Wanted {
    scope: AskScope,
    filter: Filter<SpanField>,
    sort: String,
    apdex_millis: u64,
    users: bool,
}

impl Wanted {
    /// Reads what only this list has.
    fn read(params: &Params, scope: AskScope, filter: Filter<SpanField>) -> Result<Self, ApiError> {
        let filter = both(is_segment(), filter);
        let filter = match params.get("kind").filter(|kind| !kind.is_empty()) {
            Some(kind) => both(filter, of_kind(kind)?),
            None => filter,
        };
        let apdex_millis = params.number("apdex").filter(|millis| *millis > 0);
        let sort = params.get("sort").filter(|sort| !sort.is_empty()).unwrap_or("-timeSpent");
        let expands = params.all("expand").any(|expanded| expanded == "users");
        Ok(Self {
            scope,
            filter,
            users: expands || sort.ends_with("users"),
            sort: sort.to_owned(),
            apdex_millis: apdex_millis.unwrap_or(APDEX_MILLIS),
        })
    }

    /// The columns, with the asked threshold.
    fn columns(&self) -> Vec<String> {
        let column = |(name, text): (&str, &str)| match name {
            "apdex" => format!("apdex(span.duration,{})", self.apdex_millis),
            _ => text.to_owned(),
        };
        let wanted = COLUMNS.into_iter().filter(|(name, _)| self.users || *name != "users");
        wanted.map(column).collect()
    }

    /// What is sorted by, as one of the columns.
    fn order(&self, columns: &[String]) -> Result<String, ApiError> {
        let name = self.sort.strip_prefix('-').unwrap_or(&self.sort);
        let direction = if name.len() < self.sort.len() { "-" } else { "" };
        let place = COLUMNS.iter().position(|(known, _)| *known == name);
        let column = place.and_then(|place| columns.get(place));
        let names = || COLUMNS.map(|(name, _)| name).join(", ");
        let column =
            column.ok_or_else(|| ApiError::Invalid(format!("sort must be one of: {}", names())))?;
        Ok(format!("{direction}{column}"))
    }
}

fn of_kind(kind: &str) -> Result<Filter<SpanField>, ApiError> {
    let known = KINDS.iter().find(|(name, _)| *name == kind);
    let (_, beginnings) =
        known.ok_or_else(|| ApiError::Invalid("kind must be server, client or consumer".into()))?;
    let begins = |beginning: &&str| {
        let pieces = vec![(*beginning).to_owned(), String::new()];
        Filter::Glob(SpanField::Op, Glob { pieces })
    };
    Ok(Filter::Or(beginnings.iter().map(begins).collect()))
}

/// Endpoints with what they took, and how that differs from the window before.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/endpoints/", tag = "performance",
    params(("organization" = String, Path),
        ("kind" = Option<String>, Query, description = "server, client or consumer"),
        ("query" = Option<String>, Query), ("project" = Option<Vec<String>>, Query),
        ("environment" = Option<Vec<String>>, Query),
        ("apdex" = Option<u64>, Query, description = "satisfying milliseconds; 300 if not given"),
        ("expand" = Option<Vec<String>>, Query, description = "users: count different users, too"),
        ("sort" = Option<String>, Query, description = "a field's name, - before it for descending"),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query), ("per_page" = Option<usize>, Query),
        ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<Endpoint>), (status = 400)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<Endpoint>>), ApiError> {
    let page = params.page(50)?;
    let (wanted, projects) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::EventRead)?;
            let projects = params.projects(api, &access)?;
            let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
            let text = params.get("query").unwrap_or_default();
            let (filter, _) = read_rows(api, &projects, text)?;
            Ok((Wanted::read(&params, params.scope(&projects, window), filter)?, projects))
        })
        .await?;
    let (endpoints, more) = rows(api.ask.as_ref(), &wanted, page, &projects).await?;
    Ok((page.link(&api.public_url, &uri, more), Json(endpoints)))
}

/// A page of endpoints, and whether there are more.
async fn rows(
    ask: &dyn Ask,
    wanted: &Wanted,
    page: Page,
    projects: &[Project],
) -> Result<(Vec<Endpoint>, bool), ApiError> {
    let window = wanted.scope.window;
    let columns = wanted.columns();
    let order = wanted.order(&columns)?;
    let plan = Plan::<SpanField>::new(&columns, &[], &[&order], window)?;
    let mut rows = plan.run(ask, &wanted.scope, &wanted.filter, page.and_one()).await?;
    let more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let micros = window.end.0.saturating_sub(window.start.0);
    let mut endpoints: Vec<Endpoint> =
        rows.iter().filter_map(|row| Endpoint::read(row, micros)).collect();
    let slugs: HashMap<u64, &str> =
        projects.iter().map(|project| (project.id.0, project.slug.as_str())).collect();
    for endpoint in &mut endpoints {
        endpoint.project = slugs.get(&endpoint.project_id).copied().unwrap_or_default().to_owned();
    }
    compare(ask, wanted, &mut endpoints).await?;
    Ok((endpoints, more))
}

/// Puts in what these endpoints were in the window before.
async fn compare(
    ask: &dyn Ask,
    wanted: &Wanted,
    endpoints: &mut [Endpoint],
) -> Result<(), ApiError> {
    if endpoints.is_empty() {
        return Ok(());
    }
    let mut names: Vec<Cell> =
        endpoints.iter().map(|it| Cell::Text(it.transaction.clone())).collect();
    names.sort_by(cell::compare);
    names.dedup();
    let filter = both(wanted.filter.clone(), Filter::In(SpanField::Transaction, names));
    let scope = AskScope { window: before(wanted.scope.window), ..wanted.scope.clone() };
    let columns = BEFORE.map(str::to_owned);
    let plan = Plan::<SpanField>::new(&columns, &[], &["-count()"], scope.window)?;
    let rows = plan.run(ask, &scope, &filter, Page { offset: 0, limit: BEFORE_MAX }).await?;
    let mut known = HashMap::new();
    for row in &rows {
        if let [project, name, op, count, failed, p95] = row.as_slice() {
            let key = (
                cell::number(project).unwrap_or(0),
                cell::text(name).to_owned(),
                cell::text(op).to_owned(),
            );
            let number = cell::any_number;
            known.insert(key, (number(count).unwrap_or(0.0), number(failed), number(p95)));
        }
    }
    for endpoint in endpoints {
        if let Some((count, failure_rate, p95)) = known.get(&endpoint.key()) {
            endpoint.compare(*count, *failure_rate, *p95);
        }
    }
    Ok(())
}

/// As long, and just before.
fn before(window: Window) -> Window {
    let length = window.end.0.saturating_sub(window.start.0);
    Window { start: Micros(window.start.0.saturating_sub(length)), end: window.start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::double::{Double, scope};

    const HOUR: u64 = 3_600_000_000;

    fn wanted(query: &str) -> Result<Wanted, ApiError> {
        let window = Window { start: Micros(9 * HOUR), end: Micros(10 * HOUR) };
        Wanted::read(&Params::parse(query), scope(window), Filter::All)
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[tokio::test]
    async fn endpoints_are_compared_with_the_window_before() {
        let mut row = vec![Cell::U64(1), text("/spin"), text("http.server"), Cell::F64(120.0)];
        // Failed, four quantiles, satisfied, tolerating, spent, all; then last seen and users.
        let numbers = [30.0, 10.0, 20.0, 40.0, 80.0, 60.0, 40.0, 2_400.0];
        row.extend(numbers.map(Cell::F64));
        row.extend([Cell::Time(Micros(10 * HOUR)), Cell::F64(7.0)]);
        let mut totals: Vec<Cell> = row[3..].to_vec();
        totals[8] = Cell::F64(4_800.0);
        let then = vec![
            row[0].clone(),
            row[1].clone(),
            row[2].clone(),
            Cell::F64(60.0),
            Cell::F64(0.0),
            Cell::F64(20.0),
        ];
        let ask = Double::with_spans([vec![row], vec![totals], vec![then]]);
        let page = Page { offset: 0, limit: 10 };
        let (found, more) =
            rows(&ask, &wanted("apdex=100&expand=users").unwrap(), page, &[]).await.unwrap();
        assert!(!more);
        let found = &found[0];
        assert_eq!((found.count, found.per_minute, found.users), (120, 2.0, Some(7)));
        assert_eq!(
            (found.failure_rate, found.p95, found.p99),
            (Some(0.25), Some(40.0), Some(80.0))
        );
        assert_eq!(found.apdex, Some(80.0 / 120.0));
        assert_eq!(found.time_spent_share, Some(0.5));
        let before = found.before.as_ref().unwrap();
        assert_eq!((before.count, before.count_change), (60, Some(1.0)));
        assert_eq!((before.p95_change, before.failure_rate_change), (Some(1.0), Some(0.25)));
        let asked = ask.asked_spans();
        assert_eq!(asked.len(), 3);
        assert_eq!(
            asked[2].scope.window,
            Window { start: Micros(8 * HOUR), end: Micros(9 * HOUR) }
        );
    }

    #[test]
    fn what_is_no_order_or_kind_is_refused() {
        assert!(wanted("kind=nonsense").is_err());
        let wanted = wanted("kind=server&sort=-failureRate").unwrap();
        assert_eq!(wanted.order(&wanted.columns()).unwrap(), "-failure_rate()");
        let wrong = Wanted { sort: "nonsense".to_owned(), ..wanted };
        assert!(wrong.order(&wrong.columns()).is_err());
    }
}
