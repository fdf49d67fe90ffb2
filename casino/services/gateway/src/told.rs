//! What the two pages are told: their settings and their flags.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use casino_telemetry::Request;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::doors::Gateway;
use crate::wishes::{Page, Wishes};

/// The flags that pages look at.
const OF_PAGES: [&str; 3] = ["angularError", "adminLeak", "adminSlowRender"];

#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    page: String,
}

/// `GET /api/config`, for both pages.
#[derive(Clone)]
pub(crate) struct Settings {
    web: Value,
    admin: Value,
}

impl Settings {
    pub(crate) fn new(wishes: &Wishes) -> Self {
        let of = |page: &Page| {
            json!({
                "dsn": page.dsn,
                "release": page.release,
                "environment": wishes.environment,
                "tracesSampleRate": wishes.traces,
                "pitwatch": wishes.pitwatch,
            })
        };
        Self { web: of(&wishes.web), admin: of(&wishes.admin) }
    }
}

pub(crate) async fn config(
    State(settings): State<Arc<Settings>>,
    Query(which): Query<Which>,
) -> Response {
    let said = if which.page == "admin" { &settings.admin } else { &settings.web };
    fresh(Json(said.clone()))
}

/// For whoever asks; a token that does not count is no obstacle.
pub(crate) async fn flags(State(gateway): State<Arc<Gateway>>, headers: HeaderMap) -> Response {
    if let (Some(request), Ok(identity)) = (Request::current(), gateway.tokens.of_headers(&headers))
    {
        request.identify(identity);
    }
    let values: Map<String, Value> = OF_PAGES
        .iter()
        .map(|name| ((*name).to_owned(), gateway.flags.evaluate(name).value))
        .filter(|(_, value)| !value.is_null())
        .collect();
    fresh(Json(json!({ "flags": values })))
}

fn fresh(answer: impl IntoResponse) -> Response {
    let mut answer = answer.into_response();
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
