//! The history of decisions, and how much noise there was.

use std::collections::BTreeMap;

use alarm::HistoryQuery;
use alert::Noise;
use axum::Json;
use axum::extract::{OriginalUri, Path, State};
use axum::http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::reason::{self, DecisionView};
use super::{asked_span, enter, rule_names, span};
use crate::auth::Caller;
use crate::error::ApiError;
use crate::params::Params;
use crate::state::Api;

/// How much of what fired was told, and how much of that helped.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoiseView {
    /// The rule; nothing in the sum over all.
    pub rule: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Times it began to fire.
    pub raw: u64,
    /// Notifications that told something new of it.
    pub notified: u64,
    /// Of these, those after which somebody acted.
    pub acted: u64,
    /// Times it ended without having been told to anybody, by reason.
    pub suppressed: BTreeMap<&'static str, u64>,
    /// Raw alerts for each notification.
    pub compression: Option<f64>,
    /// Which share of notifications somebody acted upon.
    pub actionable: Option<f64>,
}

/// What a period was like.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NoiseReport {
    /// All rules together.
    pub all: NoiseView,
    /// Messages to people: repeats and escalations count, ends do not.
    pub messages: u64,
    /// By rule, the loudest first.
    pub rules: Vec<NoiseView>,
}

/// What was decided about alerts, newest first.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-history/", tag = "alerts",
    params(("organization" = String, Path), ("alert" = Option<String>, Query),
        ("rule" = Option<u64>, Query), ("receiver" = Option<String>, Query),
        ("statsPeriod" = Option<String>, Query), ("start" = Option<String>, Query),
        ("end" = Option<String>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Vec<DecisionView>), (status = 400), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
    OriginalUri(uri): OriginalUri,
) -> Result<(HeaderMap, Json<Vec<DecisionView>>), ApiError> {
    let page = params.page(50)?;
    let found = api.blocking(move |api| {
        let access = enter(api, &caller, &organization)?;
        let query = HistoryQuery {
            fingerprint: params.get("alert").map(str::to_owned),
            rule: params.number("rule"),
            receiver: params.get("receiver").map(str::to_owned),
            span: asked_span(api, &params)?,
            page: (page.offset, page.and_one().limit),
        };
        Ok(api.alarms.history(access.organization.id, &query)?)
    });
    let mut found = found.await?;
    let more = found.len() > page.limit;
    found.truncate(page.limit);
    let found = found.iter().map(reason::view).collect();
    Ok((page.link(&api.public_url, &uri, more), Json(found)))
}

/// How much of what fired was told, and how much of that helped.
#[utoipa::path(get, path = "/api/0/organizations/{organization}/alert-noise/", tag = "alerts",
    params(("organization" = String, Path), ("statsPeriod" = Option<String>, Query),
        ("start" = Option<String>, Query), ("end" = Option<String>, Query)),
    responses((status = 200, body = NoiseReport), (status = 400), (status = 404)))]
pub async fn noise(
    State(api): State<Api>,
    caller: Caller,
    Path(organization): Path<String>,
    params: Params,
) -> Result<Json<NoiseReport>, ApiError> {
    let report = api.blocking(move |api| {
        let organization = enter(api, &caller, &organization)?.organization.id;
        let report = api.alarms.noise(organization, span(api, &params)?)?;
        let names = rule_names(&api.alarms, organization, report.rules.keys().copied());
        let mut rules: Vec<NoiseView> = report
            .rules
            .iter()
            .map(|(rule, noise)| {
                let name = names.get(rule).filter(|name| !name.is_empty());
                view(Some(rule.to_string()), name.cloned(), noise)
            })
            .collect();
        rules.sort_by_key(|noise| std::cmp::Reverse((noise.notified, noise.raw)));
        Ok(NoiseReport { all: view(None, None, &report.all), messages: report.messages, rules })
    });
    Ok(Json(report.await?))
}

fn view(rule: Option<String>, name: Option<String>, noise: &Noise) -> NoiseView {
    NoiseView {
        rule,
        name,
        raw: noise.raw,
        notified: noise.notified,
        acted: noise.acted,
        suppressed: noise.suppressed.clone(),
        compression: noise.compression(),
        actionable: noise.actionable(),
    }
}
