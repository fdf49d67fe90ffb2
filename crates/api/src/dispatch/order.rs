//! What people ask for by name: maintenance, rotations, escalations. One shape for all of them.

use std::sync::Arc;

use ::alert::Definition;
use alarm::{NewOrder, Order, OrderKind};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use model::clock::Micros;
use serde_json::{Map, Value, json};

use super::{PAGE, enter, enter_to_change, fields, name, number};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;
use crate::time;

/// Fields that are ours, not the definition's.
const OURS: [&str; 6] = ["id", "name", "dateCreated", "dateChanged", "open", "onCall"];

/// The definition with its name and number, and how things are now.
fn view(order: Order, now: Micros) -> Value {
    let mut shown = Map::new();
    shown.insert("id".to_owned(), order.id.to_string().into());
    shown.insert("name".to_owned(), order.says.name.clone().into());
    let definition = &order.says.definition;
    let is_now = match order.says.kind {
        OrderKind::Maintenance => ::alert::read_maintenance(&order.says.name, definition)
            .ok()
            .map(|work| ("open", json!(work.window.is_open(now)))),
        OrderKind::Rotation => ::alert::read_rotation(definition)
            .ok()
            .map(|rotation| ("onCall", json!(rotation.on_call(now)))),
        OrderKind::Silence | OrderKind::Escalation | OrderKind::Routing => None,
    };
    if let Value::Object(definition) = order.says.definition {
        shown.extend(definition);
    }
    shown.extend(is_now.map(|(name, value)| (name.to_owned(), value)));
    shown.insert("dateCreated".to_owned(), time::iso(order.created).into());
    shown.insert("dateChanged".to_owned(), time::iso(order.changed).into());
    Value::Object(shown)
}

/// Reads a definition to see whether it can be followed.
fn check(kind: OrderKind, name: &str, definition: &Value) -> Result<(), ApiError> {
    match kind {
        OrderKind::Maintenance => drop(::alert::read_maintenance(name, definition)?),
        OrderKind::Rotation => drop(::alert::read_rotation(definition)?),
        OrderKind::Escalation => drop(::alert::read_escalation(definition)?),
        OrderKind::Silence => drop(::alert::read_silence(0, definition)?),
        OrderKind::Routing => drop(::alert::read_routing(definition)?),
    }
    Ok(())
}

/// Refuses what nobody would read.
fn known(kind: OrderKind, definition: &Value) -> Result<(), ApiError> {
    let written = match kind {
        OrderKind::Maintenance => Definition::Maintenance,
        OrderKind::Rotation => Definition::Rotation,
        OrderKind::Escalation => Definition::Escalation,
        OrderKind::Routing => Definition::Routing,
        // It is put together from fields that are taken one by one.
        OrderKind::Silence => return Ok(()),
    };
    Ok(written.fits(definition)?)
}

pub(super) async fn list(
    api: Api,
    (caller, organization): (Caller, String),
    kind: OrderKind,
    (params, uri): (Params, Uri),
) -> Result<(HeaderMap, Json<Vec<Value>>), ApiError> {
    let page = params.page(PAGE)?;
    api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let (asked, part) = ((kind, Micros(0)), page.and_one());
        let found =
            api.alarms.orders_page(access.organization.id, asked, (part.offset, part.limit))?;
        let (links, found) = page.cut(found, &api.public_url, &uri);
        let now = api.clock.now();
        Ok((links, Json(found.into_iter().map(|order| view(order, now)).collect())))
    })
    .await
}

pub(super) async fn detail(
    api: Api,
    (caller, organization, id): (Caller, String, String),
    kind: OrderKind,
) -> Result<Json<Value>, ApiError> {
    let id = number(&id)?;
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let order = api.alarms.order(access.organization.id, kind, id)?;
        Ok(view(order, api.clock.now()))
    });
    Ok(Json(found.await?))
}

pub(super) async fn create(
    api: Api,
    (caller, organization): (Caller, String),
    kind: OrderKind,
    body: Value,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let bell = Arc::clone(&api.alerts_bell);
    let created = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let fields = fields(&body)?;
        let name = name(fields)?;
        let definition = definition(fields, Map::new());
        known(kind, &definition)?;
        check(kind, &name, &definition)?;
        let new = NewOrder {
            organization: access.organization.id,
            kind,
            name,
            definition,
            ends: None,
            created_by: access.user,
        };
        let now = api.clock.now();
        Ok(view(api.alarms_by(&access).create_order(&new, now)?, now))
    });
    let created = created.await?;
    bell.notify_one();
    Ok((StatusCode::CREATED, Json(created)))
}

/// What a body says over what was said before.
fn definition(fields: &Map<String, Value>, mut before: Map<String, Value>) -> Value {
    let said = fields.iter().filter(|(name, _)| !OURS.contains(&name.as_str()));
    before.extend(said.map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(before)
}

pub(super) async fn change(
    api: Api,
    (caller, organization, id): (Caller, String, String),
    kind: OrderKind,
    body: Value,
) -> Result<Json<Value>, ApiError> {
    let id = number(&id)?;
    let bell = Arc::clone(&api.alerts_bell);
    let changed = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let fields = fields(&body)?;
        known(kind, &definition(fields, Map::new()))?;
        let now = api.clock.now();
        let place = (access.organization.id, kind, id);
        let order =
            api.alarms_by(&access).edit_order(place, now, |says| -> Result<(), ApiError> {
                if fields.contains_key("name") {
                    says.name = name(fields)?;
                }
                let before = says.definition.as_object().cloned().unwrap_or_default();
                says.definition = definition(fields, before);
                check(kind, &says.name, &says.definition)
            })?;
        Ok(view(order, now))
    });
    let changed = changed.await?;
    bell.notify_one();
    Ok(Json(changed))
}

pub(super) async fn delete(
    api: Api,
    (caller, organization, id): (Caller, String, String),
    kind: OrderKind,
) -> Result<StatusCode, ApiError> {
    let id = number(&id)?;
    let bell = Arc::clone(&api.alerts_bell);
    api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        Ok(api.alarms_by(&access).delete_order(access.organization.id, kind, id)?)
    })
    .await?;
    bell.notify_one();
    Ok(StatusCode::NO_CONTENT)
}

macro_rules! endpoints {
    ($module:ident, $kind:ident, $list:literal, $one:literal, $about:literal) => {
        #[doc = $about]
        pub mod $module {
            use alarm::OrderKind;
            use axum::Json;
            use axum::extract::{OriginalUri, Path, State};
            use axum::http::{HeaderMap, StatusCode};
            use serde_json::Value;

            use crate::auth::Caller;
            use crate::error::ApiError;
            use crate::params::Params;
            use crate::state::Api;

            /// They, in the order in which they were made.
            #[utoipa::path(get, path = $list, tag = "alerts",
                        params(("organization" = String, Path), ("cursor" = Option<String>, Query),
                            ("per_page" = Option<usize>, Query)),
                        responses((status = 200, body = Vec<Object>), (status = 404)))]
            pub async fn list(
                State(api): State<Api>,
                caller: Caller,
                Path(organization): Path<String>,
                params: Params,
                OriginalUri(uri): OriginalUri,
            ) -> Result<(HeaderMap, Json<Vec<Value>>), ApiError> {
                super::list(api, (caller, organization), OrderKind::$kind, (params, uri)).await
            }

            /// A new one.
            #[utoipa::path(post, path = $list, tag = "alerts",
                        params(("organization" = String, Path)), request_body = Object,
                        responses((status = 201, body = Object), (status = 400), (status = 403),
                            (status = 404), (status = 409)))]
            pub async fn create(
                State(api): State<Api>,
                caller: Caller,
                Path(organization): Path<String>,
                Json(body): Json<Value>,
            ) -> Result<(StatusCode, Json<Value>), ApiError> {
                super::create(api, (caller, organization), OrderKind::$kind, body).await
            }

            /// One of them, and how things are now.
            #[utoipa::path(get, path = $one, tag = "alerts",
                        params(("organization" = String, Path), ("id" = String, Path)),
                        responses((status = 200, body = Object), (status = 404)))]
            pub async fn detail(
                State(api): State<Api>,
                caller: Caller,
                Path((organization, id)): Path<(String, String)>,
            ) -> Result<Json<Value>, ApiError> {
                super::detail(api, (caller, organization, id), OrderKind::$kind).await
            }

            /// Changes it; what the body does not say stays.
            #[utoipa::path(put, path = $one, tag = "alerts",
                        params(("organization" = String, Path), ("id" = String, Path)),
                        request_body = Object,
                        responses((status = 200, body = Object), (status = 400), (status = 403),
                            (status = 404), (status = 409)))]
            pub async fn change(
                State(api): State<Api>,
                caller: Caller,
                Path((organization, id)): Path<(String, String)>,
                Json(body): Json<Value>,
            ) -> Result<Json<Value>, ApiError> {
                super::change(api, (caller, organization, id), OrderKind::$kind, body).await
            }

            /// Removes it.
            #[utoipa::path(delete, path = $one, tag = "alerts",
                        params(("organization" = String, Path), ("id" = String, Path)),
                        responses((status = 204), (status = 403), (status = 404)))]
            pub async fn delete(
                State(api): State<Api>,
                caller: Caller,
                Path((organization, id)): Path<(String, String)>,
            ) -> Result<StatusCode, ApiError> {
                super::delete(api, (caller, organization, id), OrderKind::$kind).await
            }
        }
    };
}

endpoints!(
    maintenance,
    Maintenance,
    "/api/0/organizations/{organization}/alert-maintenance/",
    "/api/0/organizations/{organization}/alert-maintenance/{id}/",
    "Planned work, during which alerts are expected."
);
endpoints!(
    rotation,
    Rotation,
    "/api/0/organizations/{organization}/on-call/",
    "/api/0/organizations/{organization}/on-call/{id}/",
    "Rotations: who is on call."
);
endpoints!(
    escalation,
    Escalation,
    "/api/0/organizations/{organization}/escalation-policies/",
    "/api/0/organizations/{organization}/escalation-policies/{id}/",
    "What happens when nobody acknowledges."
);

/// Lets somebody stand in: `person`, `from`, `until`.
#[utoipa::path(post, path = "/api/0/organizations/{organization}/on-call/{id}/overrides/",
    tag = "alerts", params(("organization" = String, Path), ("id" = String, Path)),
    request_body = Object,
    responses((status = 201, body = Object), (status = 400), (status = 403), (status = 404)))]
pub async fn stand_in(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    ::alert::read_override(&body)?;
    Definition::Override.fits(&body)?;
    let id = number(&id)?;
    let bell = Arc::clone(&api.alerts_bell);
    let changed = api.blocking(move |api| {
        let access = enter_to_change(api, &caller, &organization)?;
        let now = api.clock.now();
        let place = (access.organization.id, OrderKind::Rotation, id);
        // In one transaction: two who ask at once both stand in.
        let order =
            api.alarms_by(&access).edit_order(place, now, |says| -> Result<(), ApiError> {
                let mut overrides = says.definition.get("overrides").cloned();
                match &mut overrides {
                    Some(Value::Array(known)) => known.push(body),
                    _ => overrides = Some(json!([body])),
                }
                says.definition["overrides"] = json!(overrides);
                check(OrderKind::Rotation, &says.name, &says.definition)
            })?;
        Ok(view(order, now))
    });
    let changed = changed.await?;
    bell.notify_one();
    Ok((StatusCode::CREATED, Json(changed)))
}
