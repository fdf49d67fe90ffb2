//! Events on their own: by id, and as lists of a project.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures::future::try_join;
use group::GroupingRules;
use lang::ask::{
    Cell, Column, FacetQuestion, Field, Filter, Pairs, Scope as AskScope, StoredEvent,
    TableQuestion, Window,
};
use lang::search::DAY;
use meta::{Project, Scope};
use model::clock::Micros;
use model::event::Event;
use model::id::{EventId, IssueId, ProjectId};
use model::json_text;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::auth::{Access, Caller};
use crate::cell;
use crate::code_link::Linker;
use crate::error::ApiError;
use crate::event::{self, EventDetail, EventTag, Known};
use crate::event_search;
use crate::issue::{self, IssueView, Surroundings};
use crate::page::Page;
use crate::params::Params;
use crate::project::{current_settings, enter};
use crate::release;
use crate::state::Api;
use crate::suspect;
use crate::time;

pub mod attachments;
pub mod readable;
mod transaction;

/// What time is looked at when nothing is said.
const DEFAULT_PERIOD: u64 = 90 * DAY;

/// Tags that rows of lists carry; all others are in the event itself.
const ROW_TAGS: [&str; 13] = [
    "level",
    "environment",
    "release",
    "transaction",
    "url",
    "user",
    "handled",
    "mechanism",
    "server_name",
    "browser",
    "os",
    "runtime",
    "device",
];

/// Fields of a row, before its tags; [`row`] reads them in this order.
const ROW_FIELDS: [Field; 15] = [
    Field::EventId,
    Field::Timestamp,
    Field::Project,
    Field::Issue,
    Field::EventType,
    Field::Title,
    Field::Message,
    Field::Culprit,
    Field::Platform,
    Field::UserId,
    Field::UserEmail,
    Field::UserUsername,
    Field::UserIp,
    Field::ErrorType,
    Field::ErrorValue,
];

/// Who was hit.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct EventUser {
    pub id: Option<String>,
    pub email: Option<String>,
    pub username: Option<String>,
    pub ip_address: Option<String>,
    pub name: Option<String>,
}

/// An event as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct EventRow {
    pub id: String,
    #[serde(rename = "eventID")]
    pub event_id: String,
    #[serde(rename = "event.type")]
    pub event_type: String,
    #[serde(rename = "groupID")]
    pub group_id: String,
    #[serde(rename = "projectID")]
    pub project_id: String,
    pub message: String,
    pub title: String,
    pub location: Option<String>,
    pub culprit: Option<String>,
    pub user: Option<EventUser>,
    /// The most telling ones.
    pub tags: Vec<EventTag>,
    pub platform: Option<String>,
    pub date_created: String,
    pub crash_file: Option<String>,
    pub metadata: Value,
}

/// A list of events, short or, with `full=1`, with all their parts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum EventList {
    /// What lists show.
    Short(Vec<EventRow>),
    /// Everything.
    Full(Vec<EventDetail>),
}

/// Where a short id leads.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct ShortIdView {
    pub organization_slug: String,
    pub project_slug: String,
    pub group_id: String,
    pub group: IssueView,
    pub short_id: String,
}

/// Where an event id leads.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct EventIdView {
    pub organization_slug: String,
    pub project_slug: String,
    pub group_id: String,
    pub event_id: String,
    pub event: EventDetail,
}

/// The events of a project, newest first.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/events/", tag = "events",
    params(("organization" = String, Path), ("project" = String, Path),
        ("query" = Option<String>, Query), ("full" = Option<bool>, Query),
        ("statsPeriod" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = EventList), (status = 400), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<EventList>), ApiError> {
    let page = params.page(50)?;
    let is_full = params.is_on("full");
    let (scope, filter) = api
        .blocking(move |api| {
            let (_, project) = enter(api, &caller, &organization, &project, Scope::EventRead)?;
            let window = params.window(api.clock.now(), DEFAULT_PERIOD)?;
            let projects = [project];
            let text = params.get("query").unwrap_or_default();
            let (filter, _) = event_search::read(api, &projects, text)?;
            Ok((params.scope(&projects, window), filter))
        })
        .await?;
    let (events, more) = rows(&api, scope, filter, page, is_full).await?;
    Ok((page.link(&api.public_url, &uri, more), Json(events)))
}

/// A page of the events in a scope that match, newest first, and whether there are more.
pub(crate) async fn rows(
    api: &Api,
    scope: AskScope,
    filter: Filter,
    page: Page,
    is_full: bool,
) -> Result<(EventList, bool), ApiError> {
    let fields = ROW_FIELDS.into_iter().map(Column::Field);
    let tags = ROW_TAGS.into_iter().map(|name| Column::Field(Field::Tag(name.to_owned())));
    let question = TableQuestion {
        scope,
        filter,
        columns: fields.chain(tags).collect(),
        having: Vec::new(),
        order: Vec::new(),
        offset: page.offset,
        limit: page.limit.saturating_add(1),
    };
    let mut table = api.ask.table(question).await?;
    let more = table.rows.len() > page.limit;
    table.rows.truncate(page.limit);
    let rows = api
        .blocking(move |api| {
            let issues = table.rows.iter().filter_map(|row| issue_of(row));
            let survivors = survivors(api, issues)?;
            Ok(table.rows.iter().filter_map(|cells| row(cells, &survivors)).collect::<Vec<_>>())
        })
        .await?;
    if !is_full {
        return Ok((EventList::Short(rows), more));
    }
    let mut full = Vec::with_capacity(rows.len());
    for row in rows {
        full.extend(in_full(api, row).await?);
    }
    Ok((EventList::Full(full), more))
}

/// Everything of an event that a list found. `None` when it was deleted in between.
async fn in_full(api: &Api, row: EventRow) -> Result<Option<EventDetail>, ApiError> {
    let (Ok(project), Ok(event)) = (row.project_id.parse(), row.id.parse()) else {
        return Ok(None);
    };
    let Some(mut found) = api.ask.event(project, event).await? else { return Ok(None) };
    let heading =
        Heading { title: row.title, culprit: row.culprit.unwrap_or_default(), tags: row.tags };
    let built = api.blocking(move |api| {
        readable::stacks(api, project, &mut found.payload, true);
        build(api, project, event, &found, heading)
    });
    built.await.map(Some)
}

fn issue_of(row: &[Cell]) -> Option<IssueId> {
    row.get(3).and_then(cell::number).map(IssueId)
}

/// The issues that these ids stand for after merges. Blocks.
pub(crate) fn survivors(
    api: &Api,
    issues: impl Iterator<Item = IssueId>,
) -> Result<HashMap<IssueId, IssueId>, ApiError> {
    let mut survivors = HashMap::new();
    for issue in issues {
        if let Entry::Vacant(place) = survivors.entry(issue) {
            place.insert(api.database.issue(issue)?.map_or(issue, |issue| issue.id));
        }
    }
    Ok(survivors)
}

fn row(cells: &[Cell], survivors: &HashMap<IssueId, IssueId>) -> Option<EventRow> {
    let [
        id,
        timestamp,
        project,
        issue,
        event_type,
        title,
        message,
        culprit,
        platform,
        user_id,
        email,
        username,
        ip_address,
        error_type,
        error_value,
        tags @ ..,
    ] = cells
    else {
        return None;
    };
    let some = |cell: &Cell| Some(cell::text(cell).to_owned()).filter(|text| !text.is_empty());
    let issue = cell::number(issue).map(IssueId)?;
    let user = EventUser {
        id: some(user_id),
        email: some(email),
        username: some(username),
        ip_address: some(ip_address),
        name: None,
    };
    let is_somebody =
        [&user.id, &user.email, &user.username, &user.ip_address].into_iter().any(Option::is_some);
    let title = some(title).unwrap_or_default();
    let metadata = match some(error_type) {
        Some(kind) => json!({"type": kind, "value": cell::text(error_value)}),
        None => json!({"title": title}),
    };
    let tags = ROW_TAGS
        .into_iter()
        .zip(tags)
        .filter_map(|(key, value)| Some(EventTag { key: key.to_owned(), value: some(value)? }));
    Some(EventRow {
        id: cell::text(id).to_owned(),
        event_id: cell::text(id).to_owned(),
        event_type: some(event_type).unwrap_or_else(|| "default".to_owned()),
        group_id: survivors.get(&issue).unwrap_or(&issue).to_string(),
        project_id: cell::number(project)?.to_string(),
        message: some(message).unwrap_or_default(),
        title,
        location: None,
        culprit: some(culprit),
        user: is_somebody.then_some(user),
        tags: tags.collect(),
        platform: some(platform),
        date_created: time::iso(cell::moment(timestamp)),
        crash_file: None,
        metadata,
    })
}

/// What the row of an event says besides its payload.
#[derive(Debug, Default)]
struct Heading {
    title: String,
    culprit: String,
    /// Also those the server derived.
    tags: Vec<EventTag>,
}

/// One event with all its parts. `None` when it is not there.
pub(crate) async fn read(
    api: &Api,
    project: ProjectId,
    event: EventId,
) -> Result<Option<(EventDetail, StoredEvent)>, ApiError> {
    let Some(mut found) = api.ask.event(project, event).await? else { return Ok(None) };
    let heading = heading(api, project, event, found.timestamp).await?;
    let built = api.blocking(move |api| {
        readable::stacks(api, project, &mut found.payload, false);
        let mut detail = build(api, project, event, &found, heading)?;
        lead_to_code(api, project, &found, &mut detail)?;
        Ok(Some((detail, found)))
    });
    built.await
}

async fn heading(
    api: &Api,
    project: ProjectId,
    event: EventId,
    timestamp: Micros,
) -> Result<Heading, ApiError> {
    let scope = AskScope {
        projects: vec![project],
        issues: None,
        environments: Vec::new(),
        window: Window { start: timestamp, end: Micros(timestamp.0.saturating_add(1)) },
    };
    let row = TableQuestion {
        scope: scope.clone(),
        filter: event_search::one_event(event),
        columns: vec![Column::Field(Field::Title), Column::Field(Field::Culprit)],
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1,
    };
    let tags = FacetQuestion {
        scope,
        filter: event_search::one_event(event),
        pairs: Pairs::Tags,
        key: None,
        value_contains: String::new(),
        values_max: 1,
    };
    let (table, facets) = try_join(api.ask.table(row), api.ask.facets(tags)).await?;
    let cells = table.rows.into_iter().next().unwrap_or_default();
    let text = |place: usize| cells.get(place).map(cell::text).unwrap_or_default().to_owned();
    let tags = facets.into_iter().filter_map(|facet| {
        let value = facet.values.into_iter().next()?.value;
        Some(EventTag { key: facet.key, value })
    });
    Ok(Heading { title: text(0), culprit: text(1), tags: tags.collect() })
}

/// Puts an event together from its payload and what is known besides. Blocks.
fn build(
    api: &Api,
    project: ProjectId,
    event: EventId,
    found: &StoredEvent,
    heading: Heading,
) -> Result<EventDetail, ApiError> {
    let issue = api.database.issue(found.issue)?.map_or(found.issue, |issue| issue.id);
    let known = Known {
        project,
        issue,
        event,
        timestamp: found.timestamp,
        received: found.received,
        title: &heading.title,
        culprit: &heading.culprit,
        metadata: metadata(&found.payload),
    };
    let mut detail = event::detail(&found.payload, known).map_err(ApiError::internal)?;
    let own = detail.tags.len();
    for tag in heading.tags {
        if !detail.tags.iter().take(own).any(|known| known.key == tag.key) {
            detail.tags.push(tag);
        }
    }
    let version = detail.tags.iter().find(|tag| tag.key == "release").map(|tag| &tag.value);
    if let (Some(version), Some(owner)) = (version, api.database.organization_of(project)) {
        let known = api.database.release(owner, version)?;
        let shown = known.map(|known| release::view(&api.database, &known)).transpose()?;
        detail.release = shown.map(serde_json::to_value).transpose().map_err(ApiError::internal)?;
    }
    let report = api.database.user_report(project, event)?;
    detail.user_report = report.map(|report| {
        json!({
            "id": report.id.to_string(),
            "eventID": report.event_id.to_string(),
            "name": report.name,
            "email": report.email,
            "comments": report.comments,
            "dateCreated": time::iso(report.created),
            "user": null,
            "event": {"id": report.event_id.to_string(), "eventID": report.event_id.to_string()},
        })
    });
    Ok(detail)
}

/// Puts in the commit that most likely caused the issue, and links to the lines of frames. Blocks.
fn lead_to_code(
    api: &Api,
    project: ProjectId,
    found: &StoredEvent,
    detail: &mut EventDetail,
) -> Result<(), ApiError> {
    let Some(organization) = api.database.organization_of(project) else { return Ok(()) };
    let version = detail.tags.iter().find(|tag| tag.key == "release").map(|tag| tag.value.clone());
    let linker = Linker::of(&api.database, organization, project, version.as_deref())?;
    for entry in &mut detail.entries {
        linker.link_frames(&mut entry.data);
    }
    if let Some(issue) = api.database.issue(found.issue)? {
        let suspects = suspect::suspects(api, &issue, &found.payload)?;
        detail.suspect_commit = suspects.into_iter().next().map(|(_, shown)| shown);
    }
    Ok(())
}

/// What lists would show of a payload: `type` and `value` of an error and the like.
fn metadata(payload: &[u8]) -> Value {
    let mut scratch = payload.to_vec();
    let Ok(model::json::Value::Object(root)) = wire::json::parse(&mut scratch) else {
        return Value::Object(Map::new());
    };
    let title = group::title(&Event::from_object(root), None);
    let mut text = Vec::new();
    json_text::write_object(&mut text, &title.metadata);
    serde_json::from_slice(&text).unwrap_or_default()
}

/// One event of a project, also a transaction.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/events/{event}/",
    tag = "events",
    params(("organization" = String, Path), ("project" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = EventDetail), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, event)): Path<(String, String, String)>,
) -> Result<Json<EventDetail>, ApiError> {
    let (project, event) = named(&api, caller, organization, project, &event).await?;
    if let Some((detail, _)) = read(&api, project.id, event).await? {
        return Ok(Json(detail));
    }
    let detail = transaction::read(&api, project.id, event).await?;
    Ok(Json(detail.ok_or(ApiError::NotFound)?))
}

/// The project and the event that a path names.
async fn named(
    api: &Api,
    caller: Caller,
    organization: String,
    project: String,
    event: &str,
) -> Result<(Project, EventId), ApiError> {
    let event = EventId::parse(event).or(Err(ApiError::NotFound))?;
    let (_, project) = api
        .blocking(move |api| enter(api, &caller, &organization, &project, Scope::EventRead))
        .await?;
    Ok((project, event))
}

/// One event as it is stored: what the SDK sent, normalised and scrubbed.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/events/{event}/json/",
    tag = "events",
    params(("organization" = String, Path), ("project" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
pub async fn payload(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, event)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let (project, event) = named(&api, caller, organization, project, &event).await?;
    let found = api.ask.event(project.id, event).await?.ok_or(ApiError::NotFound)?;
    Ok(as_json(found.payload))
}

fn as_json(text: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Why one event is in its issue, by the project's rules of today.
#[utoipa::path(get,
    path = "/api/0/projects/{organization}/{project}/events/{event}/grouping-info/",
    tag = "events",
    params(("organization" = String, Path), ("project" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
pub async fn grouping_info(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, event)): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let (project, event) = named(&api, caller, organization, project, &event).await?;
    let found = api.ask.event(project.id, event).await?.ok_or(ApiError::NotFound)?;
    let explained = api.blocking(move |api| explain(api, &project, found.payload));
    explained.await.map(as_json)
}

fn explain(api: &Api, project: &Project, mut payload: Vec<u8>) -> Result<Vec<u8>, ApiError> {
    let parsed = wire::json::parse(&mut payload).map_err(ApiError::internal)?;
    let model::json::Value::Object(root) = parsed else { return Err(ApiError::NotFound) };
    let settings = current_settings(api, project);
    let (stack, fingerprints) = (&settings.grouping_enhancements, &settings.fingerprinting_rules);
    // The pipeline falls back to the same when it meets rules that cannot be read.
    let rules = GroupingRules::new(stack, fingerprints).unwrap_or_default();
    let mut text = Vec::new();
    json_text::write_value(&mut text, &group::explain(&Event::from_object(root), &rules));
    Ok(text)
}

/// Which project and issue an event is in.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/eventids/{event}/", tag = "events",
    params(("organization" = String, Path), ("event" = String, Path)),
    responses((status = 200, body = EventIdView), (status = 404)))]
pub async fn by_id(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, event)): Path<(String, String)>,
) -> Result<Json<EventIdView>, ApiError> {
    let event = EventId::parse(&event).or(Err(ApiError::NotFound))?;
    let (access, projects) = api
        .blocking(move |api| {
            let access = caller.enter(&api.database, &organization, Scope::EventRead)?;
            let found = api.database.projects(access.organization.id, meta::Page::FIRST)?;
            Ok((access, found.rows))
        })
        .await?;
    let scope = AskScope {
        projects: projects.iter().map(|project| project.id).collect(),
        issues: None,
        environments: Vec::new(),
        window: Window { start: Micros(0), end: Micros(api.clock.now().0.saturating_add(DAY)) },
    };
    let question = TableQuestion {
        scope,
        filter: event_search::one_event(event),
        columns: vec![Column::Field(Field::Project)],
        having: Vec::new(),
        order: Vec::new(),
        offset: 0,
        limit: 1,
    };
    let table = api.ask.table(question).await?;
    let id = table.rows.first().and_then(|row| cell::number(row.first()?)).map(ProjectId);
    let project = projects.into_iter().find(|project| Some(project.id) == id);
    let project = project.ok_or(ApiError::NotFound)?;
    let (detail, _) = read(&api, project.id, event).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(EventIdView {
        organization_slug: access.organization.slug,
        project_slug: project.slug,
        group_id: detail.group_id.clone(),
        event_id: detail.id.clone(),
        event: detail,
    }))
}

/// The issue of a short id.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/shortids/{short_id}/",
    tag = "issues", params(("organization" = String, Path), ("short_id" = String, Path)),
    responses((status = 200, body = ShortIdView), (status = 404)))]
pub async fn by_short_id(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, short_id)): Path<(String, String)>,
) -> Result<Json<ShortIdView>, ApiError> {
    let (access, view): (Access, IssueView) = api
        .blocking(move |api| {
            let (access, issue) =
                issue::enter(api, &caller, Some(&organization), &short_id, Scope::EventRead)?;
            let around = Surroundings::of(api, &access, std::slice::from_ref(&issue))?;
            Ok((access, around.view(&issue)))
        })
        .await?;
    Ok(Json(ShortIdView {
        organization_slug: access.organization.slug,
        project_slug: view.project.slug.clone(),
        group_id: view.id.clone(),
        short_id: view.short_id.clone(),
        group: view,
    }))
}
