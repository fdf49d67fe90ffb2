//! Incidents of rules about numbers, as Sentry's clients know them.

use std::collections::HashMap;

use alarm::{Activity, AlarmError, IncidentQuery, MetricIncident};
use alert::Severity;
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use model::clock::Micros;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::view::{Shown, group};
use super::{MetricRuleView, Place, READ};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// An incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct MetricIncidentView {
    pub id: String,
    pub identifier: String,
    pub organization_id: String,
    pub title: String,
    pub r#type: u8,
    /// 2 closed, 10 warning, 20 critical.
    pub status: u8,
    pub status_method: u8,
    pub date_started: String,
    pub date_detected: String,
    pub date_created: String,
    pub date_closed: Option<String>,
    pub projects: Vec<String>,
    /// `project`, and the values of the rule's fields.
    #[schema(value_type = Object)]
    pub group: Value,
    /// Null if the rule was deleted.
    pub alert_rule: Option<MetricRuleView>,
    /// Null in lists.
    pub activities: Option<Vec<MetricActivityView>>,
}

/// Something that happened to an incident.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the shape is Sentry's")]
pub struct MetricActivityView {
    pub id: String,
    /// 1 detected, 2 its status changed.
    pub r#type: u8,
    pub value: Option<String>,
    pub previous_value: Option<String>,
    pub date_created: String,
    pub comment: Option<String>,
}

/// Source: Sentry's `IncidentStatus`.
const CLOSED: u8 = 2;

fn status(severity: Option<Severity>) -> u8 {
    match severity {
        None => CLOSED,
        Some(Severity::Critical) => 20,
        Some(Severity::Warning | Severity::Info) => 10,
    }
}

fn activity((place, activity): (usize, &Activity)) -> MetricActivityView {
    MetricActivityView {
        id: (place + 1).to_string(),
        r#type: if activity.before.is_none() { 1 } else { 2 },
        value: Some(status(activity.after).to_string()),
        previous_value: activity.before.map(|before| status(Some(before)).to_string()),
        date_created: time::iso(Micros(activity.at)),
        comment: None,
    }
}

/// Shows incidents, with their rules as far as these are there still. Blocks.
fn views(
    api: &Api,
    place: &Place,
    incidents: &[MetricIncident],
    with_activities: bool,
) -> Result<Vec<MetricIncidentView>, ApiError> {
    let shown = Shown::of(api, &place.access)?;
    let mut rules: HashMap<u64, (Option<MetricRuleView>, Value)> = HashMap::new();
    let mut views = Vec::new();
    for incident in incidents {
        if let std::collections::hash_map::Entry::Vacant(e) = rules.entry(incident.rule) {
            let rule = match api.alarms.rule(place.access.organization.id, incident.rule) {
                Ok(rule) => (Some(shown.rule(api, &rule)?), rule.says.definition),
                Err(AlarmError::Missing(_)) => (None, json!({})),
                Err(error) => return Err(error.into()),
            };
            e.insert(rule);
        }
        let (rule, definition) = rules.get(&incident.rule).cloned().unwrap_or_default();
        let now = if incident.closed.is_some() { None } else { Some(incident.severity) };
        let activities = incident.activities.iter().enumerate().map(activity);
        views.push(MetricIncidentView {
            id: incident.id.to_string(),
            identifier: incident.identifier.to_string(),
            organization_id: incident.organization.to_string(),
            title: incident.title.clone(),
            r#type: 2,
            status: status(now),
            status_method: 3,
            date_started: time::iso(incident.started),
            date_detected: time::iso(incident.detected),
            date_created: time::iso(incident.detected),
            date_closed: incident.closed.map(time::iso),
            projects: shown.slug(&incident.project.to_string()).into_iter().collect(),
            group: group(&shown, &definition, incident.project, &incident.groups),
            alert_rule: rule,
            activities: with_activities.then(|| activities.collect()),
        });
    }
    Ok(views)
}

/// The incidents of an organisation, the newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/incidents/", tag = "alerts",
    params(("organization" = String, Path),
        ("status" = Option<String>, Query, description = "open or closed"),
        ("alertRule" = Option<u64>, Query), ("project" = Option<String>, Query),
        ("per_page" = Option<usize>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<MetricIncidentView>)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<MetricIncidentView>>), ApiError> {
    let page = params.page(25)?;
    let (views, more) = api
        .blocking(move |api| {
            let place = Place::enter(api, &caller, &organization, None, &READ)?;
            let is_open = match params.get("status") {
                None | Some("" | "all") => None,
                Some("open") => Some(true),
                Some("closed") => Some(false),
                Some(_) => {
                    let sentence = "status must be open or closed".to_owned();
                    return Err(ApiError::Invalid(sentence));
                }
            };
            let named = params.get("project").filter(|name| !name.is_empty() && *name != "-1");
            let project =
                named.map(|name| place.access.project(&api.database, name)).transpose()?;
            let query = IncidentQuery {
                rule: params.number("alertRule"),
                project: project.map(|project| project.id),
                is_open,
                offset: page.offset,
                limit: page.and_one().limit,
            };
            let mut found = api.alarms.metric_incidents(place.access.organization.id, &query)?;
            let more = found.len() > page.limit;
            found.truncate(page.limit);
            Ok((views(api, &place, &found, false)?, more))
        })
        .await?;
    Ok((page.link(&api.public_url, &uri, more), Json(views)))
}

/// An incident with what happened to it.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/incidents/{identifier}/",
    tag = "alerts", params(("organization" = String, Path), ("identifier" = u64, Path)),
    responses((status = 200, body = MetricIncidentView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, identifier)): Path<(String, u64)>,
) -> Result<Json<MetricIncidentView>, ApiError> {
    let shown = api.blocking(move |api| {
        let place = Place::enter(api, &caller, &organization, None, &READ)?;
        let found = api.alarms.metric_incident(place.access.organization.id, identifier)?;
        views(api, &place, &[found], true)?.pop().ok_or(ApiError::NotFound)
    });
    Ok(Json(shown.await?))
}
