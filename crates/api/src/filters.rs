//! Inbound filters of a project: what it does not want to take in.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use meta::{FilterSettings, Scope};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::project::{current_settings, enter};
use crate::state::Api;

/// Transactions of health checks.
///
/// Source: the health check filter of Relay.
const HEALTH_CHECKS: [&str; 13] = [
    "*healthcheck*",
    "*heathcheck*",
    "*/health",
    "*/healthy",
    "*/healthz",
    "*/health_check",
    "*/_health",
    "*/live",
    "*/livez",
    "*/ready",
    "*/readyz",
    "*/ping",
    "*/up",
];
/// Legacy browsers that can be let go one by one.
///
/// Source: Sentry's filter options.
const LEGACY_BROWSERS: [&str; 18] = [
    "default",
    "ie_pre_9",
    "ie9",
    "ie10",
    "ie11",
    "opera_pre_15",
    "opera_mini_pre_8",
    "android_pre_4",
    "safari_pre_6",
    "edge_pre_79",
    "ie",
    "edge",
    "chrome",
    "firefox",
    "safari",
    "opera",
    "opera_mini",
    "android",
];

/// Whether a filter is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Active {
    /// On or off.
    Switch(bool),
    /// Which of its parts are on.
    Parts(Vec<String>),
}

/// A filter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilterView {
    /// Its name in the API.
    pub id: &'static str,
    /// Whether it is on.
    pub active: Active,
}

/// A filter of the API, and what it is in the settings.
#[derive(Debug, Clone, Copy)]
enum Filter {
    /// A switch of its own.
    Switch(fn(&mut FilterSettings) -> &mut bool),
    /// Browsers by name.
    LegacyBrowsers,
    /// A fixed set of transaction names.
    HealthChecks,
}

const FILTERS: [(&str, Filter); 7] = [
    ("browser-extensions", Filter::Switch(|filters| &mut filters.browser_extensions)),
    ("localhost", Filter::Switch(|filters| &mut filters.localhost)),
    ("filtered-transaction", Filter::HealthChecks),
    ("web-crawlers", Filter::Switch(|filters| &mut filters.web_crawlers)),
    ("legacy-browsers", Filter::LegacyBrowsers),
    ("react-hydration-errors", Filter::Switch(|filters| &mut filters.react_hydration_errors)),
    ("chunk-load-error", Filter::Switch(|filters| &mut filters.chunk_load_error)),
];

/// What is on.
fn show(filters: &FilterSettings) -> Vec<FilterView> {
    let mut filters = filters.clone();
    let active = |filter| match filter {
        Filter::Switch(place) => Active::Switch(*place(&mut filters)),
        Filter::LegacyBrowsers if filters.legacy_browsers.is_empty() => Active::Switch(false),
        Filter::LegacyBrowsers => Active::Parts(filters.legacy_browsers.clone()),
        Filter::HealthChecks => {
            let has = |glob: &&str| filters.transactions.iter().any(|known| known == glob);
            Active::Switch(HEALTH_CHECKS.iter().all(has))
        }
    };
    let mut active = active;
    FILTERS.into_iter().map(|(id, filter)| FilterView { id, active: active(filter) }).collect()
}

/// Switches one filter.
fn switch(
    filters: &mut FilterSettings,
    id: &str,
    body: &Map<String, Value>,
) -> Result<(), ApiError> {
    let known = FILTERS.into_iter().find(|(known, _)| *known == id);
    let (_, filter) = known.ok_or(ApiError::NotFound)?;
    let active = body.get("active").and_then(Value::as_bool);
    let needed = || ApiError::field("active", "Must be true or false.");
    match filter {
        Filter::Switch(place) => *place(filters) = active.ok_or_else(needed)?,
        Filter::HealthChecks => {
            filters.transactions.retain(|known| !HEALTH_CHECKS.contains(&known.as_str()));
            if active.ok_or_else(needed)? {
                filters.transactions.extend(HEALTH_CHECKS.map(str::to_owned));
            }
        }
        Filter::LegacyBrowsers => {
            filters.legacy_browsers = match (body.get("subfilters"), active) {
                (Some(Value::Array(names)), _) => browsers(names)?,
                (_, Some(true)) => vec!["default".to_owned()],
                (_, Some(false)) => Vec::new(),
                (_, None) => return Err(needed()),
            };
        }
    }
    Ok(())
}

fn browsers(names: &[Value]) -> Result<Vec<String>, ApiError> {
    let known = names.iter().map(|name| {
        let name = name.as_str().filter(|name| LEGACY_BROWSERS.contains(name));
        name.map(str::to_owned)
    });
    let all: Option<Vec<String>> = known.collect();
    all.ok_or_else(|| ApiError::field("subfilters", "Not a valid choice."))
}

/// The inbound filters of a project.
#[utoipa::path(get, path = "/api/0/projects/{organization}/{project}/filters/", tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path)),
    responses((status = 200, body = Vec<FilterView>), (status = 404)))]
pub async fn list(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project)): Path<(String, String)>,
) -> Result<Json<Vec<FilterView>>, ApiError> {
    let shown = api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectRead)?;
        Ok(show(&current_settings(api, &project).filters))
    });
    Ok(Json(shown.await?))
}

/// Switches an inbound filter: `active`, and `subfilters` for legacy browsers.
#[utoipa::path(put, path = "/api/0/projects/{organization}/{project}/filters/{filter}/",
    tag = "projects",
    params(("organization" = String, Path), ("project" = String, Path), ("filter" = String, Path)),
    request_body = Object, responses((status = 204), (status = 400), (status = 404)))]
pub async fn change(
    State(api): State<Api>,
    caller: Caller,
    Path((organization, project, filter)): Path<(String, String, String)>,
    Json(body): Json<Map<String, Value>>,
) -> Result<StatusCode, ApiError> {
    api.blocking(move |api| {
        let (_, project) = enter(api, &caller, &organization, &project, Scope::ProjectWrite)?;
        let mut settings = current_settings(api, &project);
        switch(&mut settings.filters, &filter, &body)?;
        Ok(api.database.set_project_settings(project.id, &settings)?)
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(id: &str, body: &Value, expected: &Active) {
        let mut filters = FilterSettings::default();
        switch(&mut filters, id, body.as_object().unwrap()).unwrap();
        let shown = show(&filters);
        let on: Vec<_> =
            shown.into_iter().filter(|filter| filter.active != Active::Switch(false)).collect();
        assert_eq!(on.len(), 1);
        assert_eq!((on[0].id, &on[0].active), (id, expected));
    }

    #[test]
    fn each_filter_is_switched_alone() {
        for (id, _) in FILTERS.into_iter().filter(|(id, _)| *id != "legacy-browsers") {
            check(id, &json!({"active": true}), &Active::Switch(true));
        }
        let parts = Active::Parts(vec!["ie9".to_owned()]);
        check("legacy-browsers", &json!({"subfilters": ["ie9"]}), &parts);
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let mut filters = FilterSettings::default();
        let mut refused =
            |id, body: Value| switch(&mut filters, id, body.as_object().unwrap()).is_err();
        assert!(refused("nonsense", json!({"active": true})));
        assert!(refused("localhost", json!({"active": "yes"})));
        assert!(refused("legacy-browsers", json!({"subfilters": ["netscape"]})));
    }
}
