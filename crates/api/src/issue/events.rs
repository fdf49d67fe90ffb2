//! The events of an issue.

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Uri};
use futures::future::try_join;
use lang::ask::{
    Cell, Column, Direction, Field, Filter, Scope as AskScope, StoredEvent, TableQuestion, Window,
};
use meta::{Issue, Project, Scope};
use model::clock::Micros;
use model::id::{EventId, IssueId};

use crate::auth::{Access, Caller};
use crate::cell;
use crate::error::ApiError;
use crate::event::EventDetail;
use crate::event_search;
use crate::events::{self, EventList};
use crate::issue::enter;
use crate::params::Params;
use crate::state::Api;

/// The newest events among which the recommended one is looked for.
const CANDIDATES_MAX: usize = 100;
/// Events of one microsecond among which a neighbour is looked for.
const NEIGHBOURS_MAX: usize = 50;

/// An issue that the caller may see, and where its events lie.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(super) access: Access,
    pub(crate) issue: Issue,
    pub(super) project: Project,
    /// The ids its events are stored under: its own and those merged into it.
    pub(super) stored_under: Vec<IssueId>,
}

/// The issue that a path names, and who asks for it.
#[derive(Debug)]
pub(crate) struct Named {
    caller: Caller,
    organization: Option<String>,
    issue: String,
}

impl Named {
    /// By organisation and id or short id.
    pub(crate) fn within(caller: Caller, organization: String, issue: String) -> Self {
        Self { caller, organization: Some(organization), issue }
    }

    /// By id or short id alone.
    pub(crate) fn bare(caller: Caller, issue: String) -> Self {
        Self { caller, organization: None, issue }
    }

    /// The issue, if the caller may see it. Blocks.
    pub(super) fn enter(&self, api: &Api, scope: Scope) -> Result<(Access, Issue), ApiError> {
        enter(api, &self.caller, self.organization.as_deref(), &self.issue, scope)
    }

    /// The issue, and where its events lie. Blocks.
    pub(crate) fn open(&self, api: &Api, scope: Scope) -> Result<Opened, ApiError> {
        let (access, issue) = self.enter(api, scope)?;
        let project = api.database.project(issue.project)?.ok_or(ApiError::NotFound)?;
        let mut merged = api.database.merged(&[issue.id])?;
        let stored_under = merged.remove(&issue.id).unwrap_or_else(|| vec![issue.id]);
        Ok(Opened { access, issue, project, stored_under })
    }
}

impl Opened {
    /// Its events of the asked time and environments; of its whole life when no time is asked for.
    pub(crate) fn scope(&self, api: &Api, params: &Params) -> Result<AskScope, ApiError> {
        let now = api.clock.now();
        let mut window = params.window(now, 0)?;
        if ["statsPeriod", "start", "end"].into_iter().all(|key| params.get(key).is_none()) {
            // Taking an issue apart begins a new life with old events, so its start says nothing.
            let end = now.max(self.issue.last_seen);
            window = Window { start: Micros(0), end: Micros(end.0.saturating_add(1)) };
        }
        let issues = Some(self.stored_under.clone());
        Ok(AskScope { issues, ..params.scope(std::slice::from_ref(&self.project), window) })
    }
}

/// The events of an issue, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/events/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path, description = "id or short id"),
        ("query" = Option<String>, Query), ("full" = Option<bool>, Query),
        ("environment" = Option<Vec<String>>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = EventList), (status = 400), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<EventList>), ApiError> {
    listed(&api, Named::within(caller, organization, issue), params, &uri).await
}

/// The events of an issue, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/events/", tag = "issues",
    params(("issue" = String, Path), ("query" = Option<String>, Query),
        ("full" = Option<bool>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = EventList), (status = 400), (status = 404)))]
pub async fn list_bare(
    State(api): State<Api>,
    caller: Caller,
    Path(issue): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<EventList>), ApiError> {
    listed(&api, Named::bare(caller, issue), params, &uri).await
}

async fn listed(
    api: &Api,
    named: Named,
    params: Params,
    uri: &Uri,
) -> Result<(HeaderMap, Json<EventList>), ApiError> {
    let page = params.page(50)?;
    let is_full = params.is_on("full");
    let (scope, filter) = api
        .blocking(move |api| {
            let opened = named.open(api, Scope::EventRead)?;
            let text = params.get("query").unwrap_or_default();
            let projects = std::slice::from_ref(&opened.project);
            let (filter, _) = event_search::read(api, projects, text)?;
            Ok((opened.scope(api, &params)?, filter))
        })
        .await?;
    let (events, more) = events::rows(api, scope, filter, page, is_full).await?;
    Ok((page.link(&api.public_url, uri, more), Json(events)))
}

/// One event of an issue: `latest`, `oldest`, `recommended` or an id.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/issues/{issue}/events/{event}/",
    tag = "issues",
    params(("organization" = String, Path), ("issue" = String, Path),
        ("event" = String, Path, description = "latest, oldest, recommended or an id"),
        ("environment" = Option<Vec<String>>, Query)),
    responses((status = 200, body = EventDetail), (status = 404)))]
pub async fn one(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, issue, event)): Path<(String, String, String)>,
    params: Params,
) -> Result<Json<EventDetail>, ApiError> {
    shown(&api, Named::within(caller, organization, issue), &event, params).await
}

/// One event of an issue, without naming its organisation.
#[utoipa::path(get, path = "/api/0/issues/{issue}/events/{event}/", tag = "issues",
    params(("issue" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = EventDetail), (status = 404)))]
pub async fn one_bare(
    State(api): State<Api>,
    caller: Caller,
    Path((issue, event)): Path<(String, String)>,
    params: Params,
) -> Result<Json<EventDetail>, ApiError> {
    shown(&api, Named::bare(caller, issue), &event, params).await
}

async fn shown(
    api: &Api,
    named: Named,
    event: &str,
    params: Params,
) -> Result<Json<EventDetail>, ApiError> {
    let (opened, scope, filter) = api
        .blocking(move |api| {
            let opened = named.open(api, Scope::EventRead)?;
            let scope = opened.scope(api, &params)?;
            let text = params.get("query").unwrap_or_default();
            let projects = std::slice::from_ref(&opened.project);
            let (filter, _) = event_search::read(api, projects, text)?;
            Ok((opened, scope, filter))
        })
        .await?;
    let event = match event {
        "latest" => first(api, scope.clone(), filter, Direction::Descending).await?,
        "oldest" => first(api, scope.clone(), filter, Direction::Ascending).await?,
        "recommended" => recommended(api, scope.clone(), filter).await?,
        id => EventId::parse(id).ok(),
    };
    let event = event.ok_or(ApiError::NotFound)?;
    let read = events::read(api, opened.issue.project, event).await?;
    let (mut detail, stored) = read.ok_or(ApiError::NotFound)?;
    if !opened.stored_under.contains(&stored.issue) {
        return Err(ApiError::NotFound);
    }
    (detail.previous_event_id, detail.next_event_id) =
        try_join(before(api, &scope, event, &stored), after(api, &scope, event, &stored)).await?;
    Ok(Json(detail))
}

fn ids(scope: AskScope, filter: Filter, direction: Direction, limit: usize) -> TableQuestion {
    TableQuestion {
        scope,
        filter,
        columns: vec![Column::Field(Field::EventId), Column::Field(Field::Timestamp)],
        having: Vec::new(),
        order: vec![(1, direction)],
        offset: 0,
        limit,
    }
}

fn event_of(row: &[Cell]) -> Option<EventId> {
    EventId::parse(cell::text(row.first()?)).ok()
}

/// The newest or oldest event of a scope.
pub(crate) async fn newest(
    api: &Api,
    scope: AskScope,
    direction: Direction,
) -> Result<Option<EventId>, ApiError> {
    first(api, scope, Filter::All, direction).await
}

async fn first(
    api: &Api,
    scope: AskScope,
    filter: Filter,
    direction: Direction,
) -> Result<Option<EventId>, ApiError> {
    let table = api.ask.table(ids(scope, filter, direction, 1)).await?;
    Ok(table.rows.first().and_then(|row| event_of(row)))
}

/// The one a person should look at first: of the newest events the one with the most to see, see
/// [`content`]; of several such the newest.
async fn recommended(
    api: &Api,
    scope: AskScope,
    filter: Filter,
) -> Result<Option<EventId>, ApiError> {
    let mut question = ids(scope, filter, Direction::Descending, CANDIDATES_MAX);
    let telling = [
        Field::ErrorHandled,
        Field::Release,
        Field::Environment,
        Field::User,
        Field::ErrorMechanism,
        Field::StackFilenames,
        Field::Trace,
        Field::Replay,
    ];
    question.columns.extend(telling.map(Column::Field));
    let table = api.ask.table(question).await?;
    let best = table.rows.iter().rev().max_by_key(|row| content(row.get(2..).unwrap_or_default()));
    Ok(best.and_then(|row| event_of(row)))
}

/// How much there is to see: one point for each telling field that has a value, and two when nobody
/// caught the error.
fn content(telling: &[Cell]) -> usize {
    let present = telling.iter().filter(|cell| **cell != Cell::Null).count();
    let is_unhandled = telling.first() == Some(&Cell::Bool(false));
    present + if is_unhandled { 2 } else { 0 }
}

/// The event before this one, by time and then by id.
async fn before(
    api: &Api,
    scope: &AskScope,
    event: EventId,
    stored: &StoredEvent,
) -> Result<Option<String>, ApiError> {
    let end = Micros(stored.timestamp.0.saturating_add(1)).min(scope.window.end);
    let window = Window { start: scope.window.start, end };
    neighbour(api, scope, window, event, Direction::Descending).await
}

/// The event after this one.
async fn after(
    api: &Api,
    scope: &AskScope,
    event: EventId,
    stored: &StoredEvent,
) -> Result<Option<String>, ApiError> {
    let window = Window { start: stored.timestamp, end: scope.window.end };
    neighbour(api, scope, window, event, Direction::Ascending).await
}

async fn neighbour(
    api: &Api,
    scope: &AskScope,
    window: Window,
    event: EventId,
    direction: Direction,
) -> Result<Option<String>, ApiError> {
    if window.start >= window.end {
        return Ok(None);
    }
    let scope = AskScope { window, ..scope.clone() };
    let table = api.ask.table(ids(scope, Filter::All, direction, NEIGHBOURS_MAX)).await?;
    let all: Vec<EventId> = table.rows.iter().filter_map(|row| event_of(row)).collect();
    let place = all.iter().position(|found| *found == event);
    Ok(place.and_then(|place| all.get(place + 1)).map(EventId::to_string))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unhandled_events_with_much_in_them_come_first() {
        let text = || Cell::Text("x".to_owned());
        let handled = [Cell::Bool(true), text(), text()];
        let unhandled = [Cell::Bool(false), text(), Cell::Null];
        let bare = [Cell::Null, Cell::Null, Cell::Null];
        assert!(content(&unhandled) > content(&handled));
        assert!(content(&handled) > content(&bare));
    }
}
