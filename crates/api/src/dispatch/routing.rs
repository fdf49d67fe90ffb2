//! Who is told what, in Alertmanager's form.

use std::sync::Arc;

use ::alert::Definition;
use alarm::{NewOrder, OrderKind};
use axum::Json;
use axum::extract::{Path, State};
use meta::Scope;
use model::clock::Micros;
use serde_json::{Value, json};

use super::enter;
use crate::auth::Caller;
use crate::error::ApiError;
use crate::state::Api;

/// Routes, receivers, inhibitions and time intervals. Rules that name their own actions need none.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-routing/", tag = "alerts",
    params(("organization" = String, Path)),
    responses((status = 200, body = Object), (status = 404)))]
pub async fn detail(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let mut orders =
            api.alarms.orders(access.organization.id, OrderKind::Routing, Micros(0))?;
        Ok(orders.pop().map_or_else(nothing, |order| order.says.definition))
    });
    Ok(Json(found.await?))
}

/// What is answered where there is none.
fn nothing() -> Value {
    json!({"route": null, "receivers": []})
}

/// Whether there is to be none: `route` is `null`, and nothing else is said.
fn is_empty(body: &Value) -> bool {
    let is_nothing = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let fields = body.as_object();
    fields.is_some_and(|said| said.contains_key("route") && said.values().all(is_nothing))
}

/// Replaces them all.
#[utoipa::path(put, path = "/api/0/organizations/{organization}/alert-routing/", tag = "alerts",
    params(("organization" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 400), (status = 403), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, ApiError> {
    let is_empty = is_empty(&body);
    if !is_empty {
        ::alert::read_routing(&body)?;
    }
    Definition::Routing.fits(&body)?;
    let bell = Arc::clone(&api.alerts_bell);
    let changed = api.blocking(move |api| {
        let scopes = [Scope::AlertsWrite, Scope::OrgWrite];
        let access = caller.enter_with_any(&api.database, &organization, &scopes)?;
        if is_empty {
            api.alarms_by(&access).unset_order(access.organization.id, OrderKind::Routing)?;
            return Ok(nothing());
        }
        let new = NewOrder {
            organization: access.organization.id,
            kind: OrderKind::Routing,
            name: String::new(),
            definition: body.clone(),
            ends: None,
            created_by: access.user,
        };
        api.alarms_by(&access).set_order(&new, api.clock.now())?;
        Ok(body)
    });
    let changed = changed.await?;
    bell.notify_one();
    Ok(Json(changed))
}
