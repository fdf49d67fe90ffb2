//! The road of a spin: the user service admits, the engine plays.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use casino_telemetry::call::Ask;
use casino_telemetry::{ApiError, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use crate::doors::Gateway;
use crate::forward::{Came, back, plain};

const PROVIDER: &str = "acme-games";

#[derive(Deserialize)]
struct Admission {
    allowed: bool,
    #[serde(default)]
    reason: Option<String>,
}

/// A new round of `game`: admission, then the engine's `path`.
async fn play(gateway: &Gateway, came: Came, game: &str, path: &str) -> Result<Response, ApiError> {
    tag(game);
    if let Some(refusal) = admitted(gateway, game).await? {
        return Ok(refusal);
    }
    Ok(back(gateway.engine.ask(came.to(path)).await?))
}

fn tag(game: &str) {
    if let Some(request) = Request::current() {
        request.tag("game", game);
        request.tag("provider", PROVIDER);
    }
}

/// An answer means no.
async fn admitted(gateway: &Gateway, game: &str) -> Result<Option<Response>, ApiError> {
    let player =
        Request::current().and_then(|request| request.identity().player).unwrap_or_default();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let body = json!({ "game": game }).to_string().into_bytes();
    let path = format!("/players/{}/admission", plain(&player)?);
    let answer = gateway.user.ask(Ask { method: Method::POST, path, headers, body }).await?;
    if answer.status != StatusCode::OK {
        return Ok(Some(back(answer)));
    }
    let admission: Admission = serde_json::from_slice(&answer.body)
        .map_err(|error| ApiError::unavailable("user").because(error))?;
    if admission.allowed {
        return Ok(None);
    }
    let refusal =
        ApiError::new(StatusCode::FORBIDDEN, "not_admitted", "this player may not play now");
    Ok(Some(refusal.with("reason", admission.reason.unwrap_or_default()).into_response()))
}

pub(crate) async fn slot(
    State(gateway): State<Arc<Gateway>>,
    came: Came,
) -> Result<Response, ApiError> {
    play(&gateway, came, "slot", "/slot/spin").await
}

pub(crate) async fn roulette(
    State(gateway): State<Arc<Gateway>>,
    came: Came,
) -> Result<Response, ApiError> {
    play(&gateway, came, "roulette", "/roulette/spin").await
}

pub(crate) async fn deal(
    State(gateway): State<Arc<Gateway>>,
    came: Came,
) -> Result<Response, ApiError> {
    play(&gateway, came, "blackjack", "/blackjack/deal").await
}

/// A step of a hand that was admitted when it was dealt.
pub(crate) async fn hand(
    State(gateway): State<Arc<Gateway>>,
    Path((round, action)): Path<(String, String)>,
    came: Came,
) -> Result<Response, ApiError> {
    tag("blackjack");
    let path = format!("/blackjack/{}/{}", plain(&round)?, plain(&action)?);
    Ok(back(gateway.engine.ask(came.to(&path)).await?))
}
