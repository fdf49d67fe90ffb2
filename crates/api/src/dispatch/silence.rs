//! Silences: quiet that people ask for.

use std::sync::Arc;

use alarm::{NewOrder, Order, OrderKind};
use alert::{Silence, read_silence};
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, StatusCode};
use model::clock::Micros;
use model::id::{OrganizationId, UserId};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::alert::who;
use super::{PAGE, enter, enter_to_change, fields, number};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Ended silences are shown for so long. Source: Alertmanager's `data.retention` of 120 hours.
pub(super) const SHOWN: u64 = 120 * 3_600 * 1_000_000;

/// Quiet about some alerts, for a time.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SilenceView {
    /// Its number.
    pub id: String,
    /// Alerts that meet all of them: `service="payments"`.
    pub matchers: Vec<String>,
    /// From then on.
    pub starts_at: String,
    /// Up to then.
    pub ends_at: String,
    /// Who asked.
    pub created_by: String,
    /// Why.
    pub comment: String,
    /// pending, active or expired.
    pub status: &'static str,
}

/// How it stands.
pub(super) fn status(silence: &Silence, now: Micros) -> &'static str {
    if now < silence.starts {
        "pending"
    } else if now < silence.ends {
        "active"
    } else {
        "expired"
    }
}

pub(super) fn read(order: &Order) -> Option<Silence> {
    read_silence(order.id, &order.says.definition).ok()
}

fn view(silence: &Silence, now: Micros) -> SilenceView {
    SilenceView {
        id: silence.id.to_string(),
        matchers: silence.matchers.iter().map(ToString::to_string).collect(),
        starts_at: time::iso(silence.starts),
        ends_at: time::iso(silence.ends),
        created_by: silence.author.clone(),
        comment: silence.comment.clone(),
        status: status(silence, now),
    }
}

/// A silence, checked, as it is kept.
pub(super) fn new(
    organization: OrganizationId,
    definition: Value,
    created_by: Option<UserId>,
) -> Result<NewOrder, ApiError> {
    let silence = read_silence(0, &definition)?;
    Ok(NewOrder {
        organization,
        kind: OrderKind::Silence,
        name: String::new(),
        definition,
        ends: Some(silence.ends),
        created_by,
    })
}

/// Goes on with silences that do not lie in the past.
pub(super) fn is_to_come(new: &NewOrder, now: Micros) -> Result<(), ApiError> {
    if new.ends.is_some_and(|ends| ends <= now) {
        return Err(ApiError::field("endsAt", "end time can't be in the past"));
    }
    Ok(())
}

/// The same, but over.
pub(super) fn expired(order: Order, now: Micros) -> Option<NewOrder> {
    let silence = read(&order)?;
    if silence.ends <= now {
        return None;
    }
    let mut says = order.says;
    // One that did not begin yet never will.
    let starts = silence.starts.min(Micros(now.0.saturating_sub(1)));
    says.definition["startsAt"] = time::iso(starts).into();
    says.definition["endsAt"] = time::iso(now).into();
    says.ends = Some(now);
    Some(says)
}

/// Silences, and with `expired=1` those that ended lately.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-silences/", tag = "alerts",
    params(("organization" = String, Path), ("expired" = Option<bool>, Query),
        ("cursor" = Option<String>, Query), ("per_page" = Option<usize>, Query)),
    responses((status = 200, body = Vec<SilenceView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<SilenceView>>), ApiError> {
    let page = params.page(PAGE)?;
    api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let now = api.clock.now();
        let since = if params.is_on("expired") { now.0.saturating_sub(SHOWN) } else { now.0 };
        let asked = (OrderKind::Silence, Micros(since));
        let part = page.and_one();
        let found =
            api.alarms.orders_page(access.organization.id, asked, (part.offset, part.limit))?;
        let (links, found) = page.cut(found, &api.public_url, &uri);
        let views = found.iter().filter_map(read).map(|silence| view(&silence, now));
        Ok((links, Json(views.collect())))
    })
    .await
}

/// Asks for quiet: `matchers`, `startsAt` (now, if it does not say), `endsAt`, `comment`.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/alert-silences/", tag = "alerts",
    params(("organization" = String, Path)), request_body = Object,
    responses((status = 201, body = SilenceView), (status = 400), (status = 403), (status = 404)))]
pub async fn create(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<SilenceView>), ApiError> {
    let bell = Arc::clone(&api.alerts_bell);
    let created = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let now = api.clock.now();
        let fields = fields(&body)?;
        let definition = json!({
            "matchers": fields.get("matchers"),
            "startsAt": fields.get("startsAt").cloned().unwrap_or_else(|| time::iso(now).into()),
            "endsAt": fields.get("endsAt"),
            "createdBy": who(api, &access)?,
            "comment": fields.get("comment"),
        });
        let new = new(access.organization.id, definition, access.user)?;
        is_to_come(&new, now)?;
        let order = api.alarms_by(&access).create_order(&new, now)?;
        read(&order).map(|silence| view(&silence, now)).ok_or(ApiError::NotFound)
    });
    let created = created.await?;
    bell.notify_one();
    Ok((StatusCode::CREATED, Json(created)))
}

/// A silence.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-silences/{id}/",
    tag = "alerts", params(("organization" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = SilenceView), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<Json<SilenceView>, ApiError> {
    let id = number(&id)?;
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let order = api.alarms.order(access.organization.id, OrderKind::Silence, id)?;
        read(&order).map(|silence| view(&silence, api.clock.now())).ok_or(ApiError::NotFound)
    });
    Ok(Json(found.await?))
}

/// Changes a silence: `matchers`, `startsAt`, `endsAt`, `comment`.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/alert-silences/{id}/",
    tag = "alerts", params(("organization" = String, Path), ("id" = String, Path)),
    request_body = Object,
    responses((status = 200, body = SilenceView), (status = 400), (status = 403), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Json<SilenceView>, ApiError> {
    let id = number(&id)?;
    let bell = Arc::clone(&api.alerts_bell);
    let changed = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let organization = access.organization.id;
        let order = api.alarms.order(organization, OrderKind::Silence, id)?;
        let mut definition = order.says.definition;
        for name in ["matchers", "startsAt", "endsAt", "comment"] {
            if let Some(value) = fields(&body)?.get(name) {
                definition[name] = value.clone();
            }
        }
        let now = api.clock.now();
        api.alarms_by(&access).change_order(id, &new(organization, definition, None)?, now)?;
        let order = api.alarms.order(organization, OrderKind::Silence, id)?;
        read(&order).map(|silence| view(&silence, now)).ok_or(ApiError::NotFound)
    });
    let changed = changed.await?;
    bell.notify_one();
    Ok(Json(changed))
}

/// Ends a silence now. It stays in the list for some days.
#[utoipa::path(delete, path = "/api/0/organizations/{organization}/alert-silences/{id}/",
    tag = "alerts", params(("organization" = String, Path), ("id" = String, Path)),
    responses((status = 204), (status = 403), (status = 404)))]
pub async fn expire(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let id = number(&id)?;
    let bell = Arc::clone(&api.alerts_bell);
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let order = api.alarms.order(access.organization.id, OrderKind::Silence, id)?;
        let now = api.clock.now();
        match expired(order, now) {
            Some(says) => Ok(api.alarms_by(&access).change_order(id, &says, now)?),
            None => Ok(()),
        }
    })
    .await?;
    bell.notify_one();
    Ok(StatusCode::NO_CONTENT)
}
