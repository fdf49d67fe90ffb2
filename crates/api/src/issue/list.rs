//! Lists of issues: search, sort, pages, numbers of the asked time, trends.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use lang::ask::{Aggregate, Column, Field, Filter, Scope as AskScope, TableQuestion, Window};
use lang::search::{DAY, Lookup};
use meta::{Issue, IssueCursor, IssuePage, IssueQuery, IssueSort, Project, Scope};
use model::clock::Micros;
use model::id::IssueId;
use serde_json::{Map, Value, json};

use crate::auth::{Access, Caller};
use crate::cell;
use crate::error::ApiError;
use crate::issue::search::{self, Search};
use crate::issue::{IssueNumbers, IssueView, Surroundings};
use crate::page;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// What is searched when nothing is said at all.
const DEFAULT_QUERY: &str = "is:unresolved";
/// What time is looked at when nothing is said.
const DEFAULT_PERIOD: u64 = 90 * DAY;
const HOUR_MICROS: u64 = 3_600_000_000;

/// Issues of an organisation that match a search.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/", tag = "issues",
    params(("organization" = String, Path), ("query" = Option<String>, Query, description = "search; absent is `is:unresolved`, empty is everything"),
        ("sort" = Option<String>, Query, description = "date, new, freq, user, priority"),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query), ("end" = Option<String>, Query),
        ("project" = Option<Vec<String>>, Query), ("environment" = Option<Vec<String>>, Query),
        ("limit" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<IssueView>), (status = 400)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<IssueView>>), ApiError> {
    answer(&api, caller, Place::organization(organization), params, &uri).await
}

/// Issues of a project that match a search.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/issues/", tag = "issues",
    params(("organization" = String, Path), ("project" = String, Path), ("query" = Option<String>, Query)),
    responses((status = 200, body = Vec<IssueView>)))]
pub async fn list_of_project(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<IssueView>>), ApiError> {
    let place = Place { organization, project: Some(project) };
    answer(&api, caller, place, params, &uri).await
}

/// Where a request looks for issues: in a whole organisation, or in one project.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) organization: String,
    pub(super) project: Option<String>,
}

impl Place {
    pub(super) fn organization(organization: String) -> Self {
        Self { organization, project: None }
    }
}

/// What a list request comes down to.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) access: Access,
    pub(super) projects: Vec<Project>,
    pub(super) search: Search,
    pub(super) window: Window,
}

/// Reads the parameters that lists and bulk changes have in common. Blocks.
pub(super) fn read(
    api: &Api,
    caller: &Caller,
    place: &Place,
    params: &Params,
    scope: Scope,
) -> Result<Asked, ApiError> {
    let access = caller.enter(&api.database, &place.organization, scope)?;
    let projects = match &place.project {
        Some(project) => vec![access.project(&api.database, project)?],
        None => params.projects(api, &access)?,
    };
    let text = params.get("query").unwrap_or(DEFAULT_QUERY);
    let search = search::read(api, &access, &projects, text)?;
    let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
    Ok(Asked { access, projects, search, window })
}

/// Which issues the events decide on; `None` when the search says nothing about events.
pub(super) async fn ids_by_events(
    api: &Api,
    asked: &mut Asked,
    params: &Params,
) -> Result<Option<Vec<IssueId>>, ApiError> {
    if let Some(Lookup::Event(event)) = &asked.search.lookup {
        let scope = params.scope(&asked.projects, asked.window);
        let ids = search::issues_of_events(&*api.ask, scope, search::one_event(*event)).await?;
        if !ids.is_empty() {
            asked.search.predicates.clear();
            return Ok(Some(ids));
        }
    }
    let by_environment = params.all("environment").next().is_some();
    if asked.search.filter == Filter::All && !by_environment {
        return Ok(None);
    }
    let filter = std::mem::replace(&mut asked.search.filter, Filter::All);
    let scope = params.scope(&asked.projects, asked.window);
    Ok(Some(search::issues_of_events(&*api.ask, scope, filter).await?))
}

async fn answer(
    api: &Api,
    caller: Caller,
    place: Place,
    params: Params,
    uri: &Uri,
) -> Result<(HeaderMap, Json<Vec<IssueView>>), ApiError> {
    let limit = params.page(25)?.limit;
    let mut asked = {
        let params = params.clone();
        api.blocking(move |api| read(api, &caller, &place, &params, Scope::EventRead)).await?
    };
    let ids = ids_by_events(api, &mut asked, &params).await?;
    let ids = survivors(api, ids).await?;
    let mut query = IssueQuery {
        projects: asked.projects.iter().map(|project| project.id).collect(),
        predicates: std::mem::take(&mut asked.search.predicates),
        ids,
        sort: sort(params.get("sort"))?,
        cursor: params.get("cursor").and_then(cursor_of),
        limit,
    };
    if let Some(Lookup::ShortId(short_id)) = &asked.search.lookup {
        let found = {
            let (short_id, access) = (short_id.clone(), asked.access.clone());
            api.blocking(move |api| super::find(api, &access, &short_id)).await?
        };
        if let Some(issue) = found {
            (query.predicates, query.ids) = (Vec::new(), Some(vec![issue.id]));
        }
    }
    let found = api.meta(move |database| database.list_issues(&query)).await?;
    let views = show(api, &asked, &found.issues, &params).await?;
    let mut headers = links(api, uri, &found);
    page::hits(&mut headers, u64::try_from(found.hits).unwrap_or(u64::MAX));
    Ok((headers, Json(views)))
}

/// Events keep the id of the issue they came into; after a merge the survivor is meant.
async fn survivors(api: &Api, ids: Option<Vec<IssueId>>) -> Result<Option<Vec<IssueId>>, ApiError> {
    let Some(ids) = ids else { return Ok(None) };
    let found = api.meta(move |database| database.survivors(&ids)).await?;
    Ok(Some(found))
}

fn sort(name: Option<&str>) -> Result<IssueSort, ApiError> {
    match name.unwrap_or("date") {
        "date" | "inbox" | "" => Ok(IssueSort::Date),
        "new" => Ok(IssueSort::New),
        "freq" | "trends" | "recommended" => Ok(IssueSort::Frequency),
        "user" => Ok(IssueSort::Users),
        "priority" => Ok(IssueSort::Priority),
        other => Err(ApiError::Invalid(format!("Invalid sort: '{other}'"))),
    }
}

/// Cursors of issue lists: `value:id:is_prev`.
fn cursor_of(text: &str) -> Option<IssueCursor> {
    let mut parts = text.split(':').map(|part| part.parse::<u64>().ok());
    let (value, id, previous) = (parts.next()??, parts.next()??, parts.next()??);
    (id > 0).then_some(IssueCursor { value, id: IssueId(id), backwards: previous == 1 })
}

fn links(api: &Api, uri: &Uri, found: &IssuePage) -> HeaderMap {
    let part = |relation: &str, cursor: Option<IssueCursor>, backwards: bool| {
        let text = cursor.map_or_else(
            || format!("0:0:{}", u8::from(backwards)),
            |cursor| format!("{}:{}:{}", cursor.value, cursor.id, u8::from(cursor.backwards)),
        );
        let url = page::with_cursor(&api.public_url, uri, &text);
        format!("<{url}>; rel=\"{relation}\"; results=\"{}\"; cursor=\"{text}\"", cursor.is_some())
    };
    let text =
        format!("{}, {}", part("previous", found.previous, true), part("next", found.next, false));
    HeaderValue::from_str(&text)
        .map(|value| HeaderMap::from_iter([(header::LINK, value)]))
        .unwrap_or_default()
}

/// Issues with their numbers in the asked time and their trend.
async fn show(
    api: &Api,
    asked: &Asked,
    issues: &[Issue],
    params: &Params,
) -> Result<Vec<IssueView>, ApiError> {
    let collapsed: Vec<&str> = params.all("collapse").collect();
    let (access, owned) = (asked.access.clone(), issues.to_vec());
    let mut views: Vec<IssueView> = api
        .blocking(move |api| {
            let around = Surroundings::of(api, &access, &owned)?;
            Ok(owned.iter().map(|issue| around.view(issue)).collect())
        })
        .await?;
    if !collapsed.contains(&"stats") {
        let trends = trends(api, issues, params, asked.window).await?;
        for (view, (name, points)) in views.iter_mut().zip(trends) {
            view.stats = Some(Map::from_iter([(name, points)]));
        }
    }
    let whole_life = |issue: &Issue| asked.window.start <= issue.first_seen;
    let partly = params.all("environment").next().is_some() || !issues.iter().all(whole_life);
    if partly && !issues.is_empty() && !collapsed.contains(&"filtered") {
        let scope = params.scope(&asked.projects, asked.window);
        let numbers = numbers(api, issues, scope).await?;
        for (view, issue) in views.iter_mut().zip(issues) {
            let Some(found) = numbers.get(&issue.id) else {
                (view.count, view.user_count) = ("0".to_owned(), 0);
                continue;
            };
            view.count.clone_from(&found.count);
            view.user_count = found.user_count;
            view.filtered = Some(found.clone());
        }
    }
    Ok(views)
}

/// Events per bucket for each issue: hours of the last day, or days of the last two weeks.
async fn trends(
    api: &Api,
    issues: &[Issue],
    params: &Params,
    window: Window,
) -> Result<Vec<(String, Value)>, ApiError> {
    let (name, hours, step) = match params.get("groupStatsPeriod") {
        Some("14d") => ("14d", 14 * 24, 24),
        Some("auto") => {
            let hours =
                (window.end.0.saturating_sub(window.start.0) / HOUR_MICROS).clamp(24, 90 * 24);
            ("auto", hours, (hours / 24).max(1))
        }
        _ => ("24h", 24, 1),
    };
    let end = api.clock.now().0 / HOUR_MICROS + 1;
    let start = end.saturating_sub(hours);
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    let found = api.meta(move |database| database.hours(&ids, start, end)).await?;
    let points = |issue: &Issue| {
        let counts: HashMap<u64, u64> =
            found.get(&issue.id).into_iter().flatten().copied().collect();
        let bucket =
            |first: u64| (first..first + step).filter_map(|hour| counts.get(&hour)).sum::<u64>();
        let starts = (start..end).step_by(usize::try_from(step).unwrap_or(1));
        starts.map(|first| json!([first * 3600, bucket(first)])).collect::<Value>()
    };
    Ok(issues.iter().map(|issue| (name.to_owned(), points(issue))).collect())
}

/// Events and people of each issue in a scope.
async fn numbers(
    api: &Api,
    issues: &[Issue],
    mut scope: AskScope,
) -> Result<HashMap<IssueId, IssueNumbers>, ApiError> {
    let ids: Vec<IssueId> = issues.iter().map(|issue| issue.id).collect();
    let merged = api.meta(move |database| database.merged(&ids)).await?;
    scope.issues = Some(merged.values().flatten().copied().collect());
    let question = TableQuestion {
        scope,
        filter: Filter::All,
        columns: vec![
            Column::Field(Field::Issue),
            Column::Aggregate(Aggregate::Count),
            Column::Aggregate(Aggregate::CountUnique(Field::User)),
            Column::Aggregate(Aggregate::Min(Field::Timestamp)),
            Column::Aggregate(Aggregate::Max(Field::Timestamp)),
        ],
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 10_000,
    };
    let table = api.ask.table(question).await?;
    let survivor: HashMap<IssueId, IssueId> =
        merged.iter().flat_map(|(survivor, all)| all.iter().map(|id| (*id, *survivor))).collect();
    let mut sums: HashMap<IssueId, (u64, u64, Micros, Micros)> = HashMap::new();
    for row in &table.rows {
        let [issue, count, users, first, last] = row.as_slice() else { continue };
        let Some(survivor) = cell::number(issue).and_then(|id| survivor.get(&IssueId(id))) else {
            continue;
        };
        let (first, last) = (cell::moment(first), cell::moment(last));
        let sum = sums.entry(*survivor).or_insert((0, 0, first, last));
        sum.0 += cell::number(count).unwrap_or(0);
        sum.1 += cell::number(users).unwrap_or(0);
        (sum.2, sum.3) = (sum.2.min(first), sum.3.max(last));
    }
    let shown = |(count, users, first, last): (u64, u64, Micros, Micros)| IssueNumbers {
        count: count.to_string(),
        user_count: users,
        first_seen: time::iso(first),
        last_seen: time::iso(last),
        stats: Map::new(),
    };
    Ok(sums.into_iter().map(|(issue, sum)| (issue, shown(sum))).collect())
}
