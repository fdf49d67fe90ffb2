//! What was told, and what became of each delivery.

use alarm::{
    Attempt, Delivery, DeliveryQuery, DeliveryState, KnownNotification, NotificationQuery,
};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{asked_span, enter, enter_to_change, number};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// A message to one target.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryView {
    /// Its number.
    pub id: String,
    /// What it carries.
    pub notification: String,
    /// waiting, delivered or dead.
    pub state: &'static str,
    /// `kind` is mail (with `to`) or channel (with `id` and `name`).
    #[schema(value_type = Object)]
    pub target: Value,
    /// Tries so far.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    pub due: Option<String>,
    /// When it was decided.
    pub created: String,
    /// When it was delivered or given up.
    pub closed: Option<String>,
    /// Told to the peer with every try.
    pub key: String,
}

/// A try to deliver.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttemptView {
    /// When it began.
    pub at: String,
    /// Of HTTP or SMTP; nothing when there was no answer.
    pub status: Option<u16>,
    /// The peer's words, or why there were none.
    pub answer: String,
    /// How long it took.
    pub millis: u64,
}

/// A delivery with all its tries.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryDetail {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// Its tries, in order.
    pub log: Vec<AttemptView>,
}

/// A message to people.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationView {
    /// Its number.
    pub id: String,
    /// When it was decided.
    pub at: String,
    /// firing, update, repeat, digest, flapping, escalation, acknowledged or resolved.
    pub kind: &'static str,
    /// To whom.
    pub receiver: String,
    /// Which conversation it belongs to.
    pub thread: String,
    /// The worst of its alerts.
    pub severity: &'static str,
    /// In one line.
    pub title: String,
    /// Fingerprints of what it tells.
    pub alerts: Vec<String>,
    /// Fingerprints of what is over.
    pub resolved: Vec<String>,
    /// Causes that ride along.
    pub lines: usize,
    /// Who was on call.
    pub on_call: Option<String>,
    /// Whether somebody acted upon it.
    pub acted: bool,
    /// What people were told, in full.
    #[schema(value_type = Object)]
    pub message: Value,
    /// Where it went.
    pub deliveries: Vec<DeliveryView>,
}

fn delivery(delivery: Delivery) -> DeliveryView {
    let waits = delivery.state == DeliveryState::Waiting;
    DeliveryView {
        id: delivery.id.to_string(),
        notification: delivery.notification.to_string(),
        state: delivery.state.name(),
        target: delivery.new.target,
        attempts: delivery.attempts,
        due: waits.then(|| time::iso(delivery.due)),
        created: time::iso(delivery.created),
        closed: delivery.closed.map(time::iso),
        key: delivery.new.key,
    }
}

fn attempt(attempt: Attempt) -> AttemptView {
    AttemptView {
        at: time::iso(attempt.at),
        status: attempt.status,
        answer: attempt.answer,
        millis: attempt.millis,
    }
}

fn notification(known: KnownNotification, deliveries: Vec<Delivery>) -> NotificationView {
    let told = known.notification;
    let texts = |alerts: &[::alert::Fingerprint]| alerts.iter().map(ToString::to_string).collect();
    NotificationView {
        id: told.id.0.to_string(),
        at: time::iso(told.at),
        kind: told.kind.name(),
        receiver: told.thread.receiver,
        thread: known.thread,
        severity: super::alert::severity(told.severity),
        title: known.payload.get("title").and_then(Value::as_str).unwrap_or_default().to_owned(),
        alerts: texts(&told.alerts),
        resolved: texts(&told.resolved),
        lines: told.lines.len() + told.lines_left_out,
        on_call: told.on_call,
        acted: known.is_acted,
        message: known.payload,
        deliveries: deliveries.into_iter().map(delivery).collect(),
    }
}

/// What was told, newest first, with what became of each delivery.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-notifications/",
    tag = "alerts",
    params(("organization" = String, Path), ("receiver" = Option<String>, Query),
        ("incident" = Option<u64>, Query), ("thread" = Option<String>, Query),
        ("statsPeriod" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<NotificationView>), (status = 400), (status = 404)))]
pub async fn notifications(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<NotificationView>>), ApiError> {
    let page = params.page(25)?;
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let query = NotificationQuery {
            receiver: params.get("receiver").map(str::to_owned),
            incident: params.number("incident"),
            thread: params.get("thread").map(str::to_owned),
            span: asked_span(api, &params)?,
            page: (page.offset, page.and_one().limit),
        };
        let organization = access.organization.id;
        let known = api.alarms.notifications(organization, &query)?;
        let of = |known: KnownNotification| {
            let id = Some(known.notification.id.0);
            let query = DeliveryQuery { notification: id, page: (0, 100), ..Default::default() };
            let deliveries = api.alarms.deliveries(organization, &query)?;
            Ok(notification(known, deliveries))
        };
        known.into_iter().map(of).collect::<Result<Vec<_>, ApiError>>()
    });
    let mut found = found.await?;
    let more = found.len() > page.limit;
    found.truncate(page.limit);
    Ok((page.link(&api.public_url, &uri, more), Json(found)))
}

/// Deliveries, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-deliveries/", tag = "alerts",
    params(("organization" = String, Path),
        ("state" = Option<String>, Query, description = "waiting, delivered or dead"),
        ("notification" = Option<u64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<DeliveryView>), (status = 400), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<DeliveryView>>), ApiError> {
    let page = params.page(25)?;
    let state = params.get("state").filter(|state| !state.is_empty());
    let state = state
        .map(|name| {
            let sentence = format!("Invalid state: '{name}'");
            DeliveryState::named(name).ok_or(ApiError::Invalid(sentence))
        })
        .transpose()?;
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let query = DeliveryQuery {
            notification: params.number("notification"),
            state,
            page: (page.offset, page.and_one().limit),
        };
        Ok(api.alarms.deliveries(access.organization.id, &query)?)
    });
    let mut found = found.await?;
    let more = found.len() > page.limit;
    found.truncate(page.limit);
    let found = found.into_iter().map(delivery).collect();
    Ok((page.link(&api.public_url, &uri, more), Json(found)))
}

/// A delivery with all its tries.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-deliveries/{delivery}/",
    tag = "alerts", params(("organization" = String, Path), ("delivery" = String, Path)),
    responses((status = 200, body = DeliveryDetail), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<Json<DeliveryDetail>, ApiError> {
    let id = number(&id)?;
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let known = api.alarms.delivery(access.organization.id, id)?;
        let log = api.alarms.attempts(id)?.into_iter().map(attempt).collect();
        Ok(DeliveryDetail { delivery: delivery(known), log })
    });
    Ok(Json(found.await?))
}

/// Tries a delivery again that was given up.
#[utoipa::path(post,
    path = "/api/0/organizations/{organization}/alert-deliveries/{delivery}/retry/", tag = "alerts",
    params(("organization" = String, Path), ("delivery" = String, Path)),
    responses((status = 202), (status = 403), (status = 404)))]
pub async fn retry(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id = number(&id)?;
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        Ok(api.alarms.revive(access.organization.id, id, api.clock.now())?)
    })
    .await?;
    api.deliveries_bell.notify_one();
    Ok(StatusCode::ACCEPTED)
}
