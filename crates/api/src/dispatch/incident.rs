//! Incidents: times of trouble, what happened in them, and how fast we were.

use alarm::{IncidentChange, KnownIncident, NotificationQuery, TroubleQuery};
use alert::{About, IncidentId};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::alert::{AcknowledgeBody, AlertView, acknowledgement, who, with_standing};
use super::quiet::Quiet;
use super::{asked_span, enter, enter_to_change, fields, number, span};
use crate::auth::{Access, Caller};
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Characters of a title, and of a note.
const TITLE_CHARS_MAX: usize = 200;
const NOTE_CHARS_MAX: usize = 10_000;
/// Alerts that one incident shows.
const ALERTS_SHOWN_MAX: usize = 300;
/// Bytes of what is linked.
const LINK_BYTES_MAX: usize = 4_096;

/// A time of trouble.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncidentView {
    /// Its number.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// open or resolved.
    pub state: &'static str,
    /// Such as `user:3`.
    pub assignee: Option<String>,
    /// When the first of its alerts began.
    pub began: String,
    /// When it was opened.
    pub opened: String,
    /// When people were first told.
    pub notified: Option<String>,
    /// Who was on it first.
    pub acknowledged: Option<AcknowledgedView>,
    /// When it was over.
    pub resolved: Option<String>,
    /// Fingerprints of what users felt.
    pub symptoms: Vec<String>,
    /// Fingerprints of what belongs to it.
    pub gathered: Vec<String>,
}

/// Somebody is on it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AcknowledgedView {
    /// Who.
    pub by: String,
    /// Since when.
    pub at: String,
}

/// Something that happened in an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EntryView {
    /// When.
    pub at: String,
    /// note, assigned, acknowledged, resolved, notified, issue, deploy, flag, dimension …
    pub kind: String,
    /// Number of who did it.
    pub author: Option<String>,
    /// What.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// An incident with all that belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentDetail {
    /// The incident.
    #[serde(flatten)]
    pub incident: IncidentView,
    /// What happened, oldest first.
    pub timeline: Vec<EntryView>,
    /// Its alerts, symptoms first.
    pub alerts: Vec<AlertView>,
}

/// Mean times over incidents.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MeasuresView {
    /// How many there were.
    pub incidents: usize,
    /// From the beginning to the opening.
    pub to_detect_seconds: Option<u64>,
    /// From telling somebody to their acknowledgement.
    pub to_acknowledge_seconds: Option<u64>,
    /// From the beginning to the end.
    pub to_resolve_seconds: Option<u64>,
}

/// What somebody notes.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct NoteBody {
    /// 1 to 10,000 characters.
    pub text: String,
}

fn view(known: &KnownIncident) -> IncidentView {
    let incident = &known.incident;
    let texts = |alerts: &std::collections::BTreeSet<::alert::Fingerprint>| {
        alerts.iter().map(ToString::to_string).collect()
    };
    IncidentView {
        id: incident.id.0.to_string(),
        title: known.title.clone(),
        state: if known.resolved.is_none() { "open" } else { "resolved" },
        assignee: known.assignee.clone(),
        began: time::iso(incident.began),
        opened: time::iso(incident.opened),
        notified: incident.notified.map(time::iso),
        acknowledged: incident
            .acknowledged
            .as_ref()
            .map(|known| AcknowledgedView { by: known.by.clone(), at: time::iso(known.at) }),
        resolved: known.resolved.map(time::iso),
        symptoms: texts(&incident.symptoms),
        gathered: texts(&incident.gathered),
    }
}

fn incident_of(text: &str) -> Result<IncidentId, ApiError> {
    number(text).map(IncidentId)
}

/// Incidents, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-incidents/", tag = "alerts",
    params(("organization" = String, Path),
        ("state" = Option<String>, Query, description = "open or resolved"),
        ("statsPeriod" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<IncidentView>), (status = 400), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<IncidentView>>), ApiError> {
    let page = params.page(25)?;
    let open = match params.get("state").unwrap_or_default() {
        "" => None,
        "open" => Some(true),
        "resolved" => Some(false),
        other => return Err(ApiError::Invalid(format!("Invalid state: '{other}'"))),
    };
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let span = asked_span(api, &params)?;
        let query = TroubleQuery { open, span, page: (page.offset, page.and_one().limit) };
        Ok(api.alarms.incidents(access.organization.id, &query)?)
    });
    let mut found = found.await?;
    let more = found.len() > page.limit;
    found.truncate(page.limit);
    let found = found.iter().map(view).collect();
    Ok((page.link(&api.public_url, &uri, more), Json(found)))
}

/// An incident with what happened in it.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-incidents/{incident}/",
    tag = "alerts", params(("organization" = String, Path), ("incident" = String, Path)),
    responses((status = 200, body = IncidentDetail), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, incident)): Path<(String, String)>,
) -> Result<Json<IncidentDetail>, ApiError> {
    let id = incident_of(&incident)?;
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        detail_of(api, &access, id)
    });
    Ok(Json(found.await?))
}

fn detail_of(api: &Api, access: &Access, id: IncidentId) -> Result<IncidentDetail, ApiError> {
    let organization = access.organization.id;
    let (known, entries) = api.alarms.incident(organization, id)?;
    let mut timeline: Vec<(model::clock::Micros, EntryView)> = entries
        .into_iter()
        .map(|entry| {
            let author = entry.author.map(|author| author.to_string());
            let (at, kind, data) = (time::iso(entry.at), entry.kind, entry.data);
            (entry.at, EntryView { at, kind, author, data })
        })
        .collect();
    let query =
        NotificationQuery { incident: Some(id.0), page: (0, 100), ..NotificationQuery::default() };
    for told in api.alarms.notifications(organization, &query)? {
        let at = told.notification.at;
        let data = json!({
            "notification": told.notification.id.0.to_string(),
            "kind": told.notification.kind.name(),
            "receiver": told.notification.thread.receiver,
            "title": told.payload.get("title"),
        });
        let kind = "notified".to_owned();
        timeline.push((at, EntryView { at: time::iso(at), kind, author: None, data }));
    }
    let incident = &known.incident;
    let mut alerts = Vec::new();
    let quiet = Quiet::of(api, organization)?;
    for member in incident.symptoms.iter().chain(&incident.gathered).take(ALERTS_SHOWN_MAX) {
        match api.alarms.alert(organization, &member.to_string()) {
            Ok(alert) => alerts.push(with_standing(api, (organization, &quiet), alert)?),
            Err(alarm::AlarmError::Missing(_)) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    let mut happened = |at: Option<model::clock::Micros>, kind: &str, data: Value| {
        if let Some(at) = at {
            let kind = kind.to_owned();
            timeline.push((at, EntryView { at: time::iso(at), kind, author: None, data }));
        }
    };
    happened(Some(incident.opened), "opened", json!({"by": incident.opened_by.to_string()}));
    happened(incident.resolved, "ended", json!({}));
    timeline.sort_by_key(|(at, _)| *at);
    let timeline = timeline.into_iter().map(|(_, entry)| entry).collect();
    Ok(IncidentDetail { incident: view(&known), timeline, alerts })
}

/// Changes an incident: `title`, `assignee` (`user:3`, or null), `state` (`resolved`).
#[utoipa::path(put, path = "/api/0/organizations/{organization}/alert-incidents/{incident}/",
    tag = "alerts", params(("organization" = String, Path), ("incident" = String, Path)),
    request_body = Object,
    responses((status = 200, body = IncidentDetail), (status = 400), (status = 403),
        (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, incident)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Json<IncidentDetail>, ApiError> {
    let id = incident_of(&incident)?;
    let found = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let change = asked_change(api, &access, &body)?;
        api.alarms.change_incident(access.organization.id, id, &change, api.clock.now())?;
        detail_of(api, &access, id)
    });
    let found = found.await?;
    // If it was resolved, the dispatcher is to hear of it.
    api.alerts_bell.notify_one();
    Ok(Json(found))
}

fn asked_change(api: &Api, access: &Access, body: &Value) -> Result<IncidentChange, ApiError> {
    let fields = fields(body)?;
    let mut change = nothing(access);
    if let Some(title) = fields.get("title") {
        let title = title.as_str().unwrap_or_default().trim().to_owned();
        if !(1..=TITLE_CHARS_MAX).contains(&title.chars().count()) {
            let sentence = format!("A title has 1 to {TITLE_CHARS_MAX} characters.");
            return Err(ApiError::field("title", sentence));
        }
        change.entries.push(("title".to_owned(), json!({"title": title})));
        change.title = Some(title);
    }
    match fields.get("assignee") {
        None => {}
        Some(Value::Null) => {
            change.assignee = Some(None);
            change.entries.push(("assigned".to_owned(), json!({"assignee": null})));
        }
        Some(assignee) => {
            let assignee = assignee.as_str().unwrap_or_default();
            if !is_actor(api, access, assignee)? {
                let sentence = "It must be a member or a team: user:3 or team:7.";
                return Err(ApiError::field("assignee", sentence));
            }
            change.assignee = Some(Some(assignee.to_owned()));
            change.entries.push(("assigned".to_owned(), json!({"assignee": assignee})));
        }
    }
    match fields.get("state").map(|state| state.as_str().unwrap_or_default()) {
        None | Some("open") => {}
        Some("resolved") => {
            change.resolved_by = Some(who(api, access)?);
            change.entries.push(("resolved".to_owned(), json!({})));
        }
        Some(_) => return Err(ApiError::field("state", "It can be set to resolved only.")),
    }
    Ok(change)
}

fn is_actor(api: &Api, access: &Access, text: &str) -> Result<bool, ApiError> {
    let organization = access.organization.id;
    Ok(match text.split_once(':') {
        Some(("user", id)) => match id.parse() {
            Ok(user) => api.database.member(organization, user)?.is_some(),
            Err(_) => false,
        },
        Some(("team", id)) => match id.parse() {
            Ok(team) => {
                api.database.team(team)?.is_some_and(|team| team.organization == organization)
            }
            Err(_) => false,
        },
        _ => false,
    })
}

fn nothing(access: &Access) -> IncidentChange {
    IncidentChange {
        title: None,
        assignee: None,
        resolved_by: None,
        entries: Vec::new(),
        author: access.user,
    }
}

/// Somebody is on it: repeats and escalation stop.
#[utoipa::path(post,
    path = "/api/0/organizations/{organization}/alert-incidents/{incident}/acknowledge/",
    tag = "alerts", params(("organization" = String, Path), ("incident" = String, Path)),
    request_body = AcknowledgeBody, responses((status = 202), (status = 403), (status = 404)))]
pub async fn acknowledge(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, incident)): Path<(String, String)>,
    Json(body): Json<AcknowledgeBody>,
) -> Result<StatusCode, ApiError> {
    let id = incident_of(&incident)?;
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let organization = access.organization.id;
        let acknowledgement = acknowledgement(api, &access, &body)?;
        let mut change = nothing(&access);
        let data = json!({"by": acknowledgement.by, "until": time::iso(acknowledgement.until)});
        change.entries.push(("acknowledged".to_owned(), data));
        api.alarms.change_incident(organization, id, &change, api.clock.now())?;
        let about = About::Incident(id);
        api.alarms.acknowledge(organization, &about, &acknowledgement)?;
        if body.acted {
            api.alarms.acted(organization, &alarm::thread_name(&about))?;
        }
        Ok(())
    })
    .await?;
    api.alerts_bell.notify_one();
    Ok(StatusCode::ACCEPTED)
}

/// Notes something.
#[utoipa::path(post,
    path = "/api/0/organizations/{organization}/alert-incidents/{incident}/notes/",
    tag = "alerts", params(("organization" = String, Path), ("incident" = String, Path)),
    request_body = NoteBody,
    responses((status = 201), (status = 400), (status = 403), (status = 404)))]
pub async fn note(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, incident)): Path<(String, String)>,
    Json(body): Json<NoteBody>,
) -> Result<StatusCode, ApiError> {
    let id = incident_of(&incident)?;
    let text = body.text.trim().to_owned();
    if !(1..=NOTE_CHARS_MAX).contains(&text.chars().count()) {
        let sentence = format!("A note has 1 to {NOTE_CHARS_MAX} characters.");
        return Err(ApiError::field("text", sentence));
    }
    add(api, (caller, organization, id), ("note".to_owned(), json!({"text": text}))).await
}

/// Links an issue, deploy, flag, trace or dimension: `kind`, `data`.
#[utoipa::path(post,
    path = "/api/0/organizations/{organization}/alert-incidents/{incident}/links/",
    tag = "alerts", params(("organization" = String, Path), ("incident" = String, Path)),
    request_body = Object,
    responses((status = 201), (status = 400), (status = 403), (status = 404)))]
pub async fn link(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, incident)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<StatusCode, ApiError> {
    let id = incident_of(&incident)?;
    let fields = fields(&body)?;
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    if !["issue", "deploy", "flag", "dimension", "trace"].contains(&kind.as_str()) {
        let sentence = "It must be issue, deploy, flag, dimension or trace.";
        return Err(ApiError::field("kind", sentence));
    }
    let data = fields.get("data").cloned().unwrap_or_else(|| json!({}));
    if !data.is_object() || data.to_string().len() > LINK_BYTES_MAX {
        let sentence = format!("It must be an object of at most {LINK_BYTES_MAX} bytes.");
        return Err(ApiError::field("data", sentence));
    }
    add(api, (caller, organization, id), (kind, data)).await
}

async fn add(
    api: Api,
    (caller, organization, id): (Caller, String, IncidentId),
    entry: (String, Value),
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let mut change = nothing(&access);
        change.entries.push(entry);
        Ok(api.alarms.change_incident(access.organization.id, id, &change, api.clock.now())?)
    })
    .await?;
    Ok(StatusCode::CREATED)
}

/// How fast incidents of a time were detected, acknowledged and resolved.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-incidents-measures/",
    tag = "alerts",
    params(("organization" = String, Path), ("statsPeriod" = Option<String>, Query),
        ("start" = Option<String>, Query), ("end" = Option<String>, Query)),
    responses((status = 200, body = MeasuresView), (status = 400), (status = 404)))]
pub async fn measures(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<MeasuresView>, ApiError> {
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let (measures, incidents) =
            api.alarms.measures(access.organization.id, span(api, &params)?)?;
        let seconds = |micros: Option<u64>| micros.map(|micros| micros / 1_000_000);
        Ok(MeasuresView {
            incidents,
            to_detect_seconds: seconds(measures.to_detect),
            to_acknowledge_seconds: seconds(measures.to_acknowledge),
            to_resolve_seconds: seconds(measures.to_resolve),
        })
    });
    Ok(Json(found.await?))
}
