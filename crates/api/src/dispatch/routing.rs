//! Who is told what, in Alertmanager's form.

use std::sync::Arc;

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
        let nothing = || json!({"route": null, "receivers": []});
        Ok(orders.pop().map_or_else(nothing, |order| order.says.definition))
    });
    Ok(Json(found.await?))
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
    ::alert::read_routing(&body)?;
    let bell = Arc::clone(&api.alerts_bell);
    let changed = api.blocking(move |api| {
        let scopes = [Scope::AlertsWrite, Scope::OrgWrite];
        let access = caller.enter_with_any(&api.database, &organization, &scopes)?;
        let new = NewOrder {
            organization: access.organization.id,
            kind: OrderKind::Routing,
            name: String::new(),
            definition: body.clone(),
            ends: None,
            created_by: access.user,
        };
        api.alarms.set_order(&new, api.clock.now())?;
        Ok(body)
    });
    let changed = changed.await?;
    bell.notify_one();
    Ok(Json(changed))
}
