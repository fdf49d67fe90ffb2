//! The wallet over HTTP.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use casino_telemetry::{ApiError, Request as Current};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Wallet;
use crate::checks::Scope;
use crate::posting::{Answer, Posted};
use crate::rules::{Balances, Kind, MOST_MINOR, Outcome, Refusal, Request};
use crate::watch::check;

/// A posting is a few hundred bytes.
const LARGEST_BODY: usize = 16 << 10;

/// All of them.
pub(crate) fn router(wallet: Arc<Wallet>) -> Router {
    Router::new()
        .route("/postings", post(posting))
        .route("/accounts/{player}", get(account))
        .route("/checks", get(last_check).post(check_now))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(wallet)
}

#[derive(Deserialize)]
struct PostingBody {
    request_uuid: Uuid,
    provider: String,
    transaction_uuid: Uuid,
    kind: Kind,
    player: String,
    currency: String,
    amount_minor: i64,
    #[serde(default)]
    references: Option<Uuid>,
}

#[derive(Serialize)]
struct PostingAnswer {
    posting_id: Uuid,
    balance_minor: i64,
    reserved_minor: i64,
    replayed: bool,
}

async fn posting(
    State(wallet): State<Arc<Wallet>>,
    body: Result<Json<PostingBody>, JsonRejection>,
) -> Result<Json<PostingAnswer>, ApiError> {
    let Json(body) = body.map_err(|error| ApiError::invalid(error.body_text()))?;
    let request = valid(body)?;
    told(&request);
    let answer = wallet.ledger.post(&request).await?;
    wallet.metrics.posted(request.kind, &answer);
    respond(answer)
}

/// What cannot be a posting is refused before it reaches the ledger.
fn valid(body: PostingBody) -> Result<Request, ApiError> {
    let currency_ok =
        body.currency.len() == 3 && body.currency.bytes().all(|byte| byte.is_ascii_uppercase());
    let least = i64::from(!body.kind.may_be_zero());
    let wrong = if !is_name(&body.provider, 32) {
        Some("provider must be 1 to 32 letters, digits, - or _")
    } else if !is_name(&body.player, 64) {
        Some("player must be 1 to 64 letters, digits, - or _")
    } else if !currency_ok {
        Some("currency must be three capital letters")
    } else if !(least..=MOST_MINOR).contains(&body.amount_minor) {
        Some("amount_minor is out of range")
    } else {
        None
    };
    wrong.map_or(
        Ok(Request {
            request_uuid: body.request_uuid,
            provider: body.provider,
            transaction_uuid: body.transaction_uuid,
            kind: body.kind,
            player: body.player,
            currency: body.currency,
            amount_minor: body.amount_minor,
            references: body.references,
        }),
        |message| Err(ApiError::invalid(message)),
    )
}

fn is_name(text: &str, longest: usize) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=longest).contains(&text.len()) && text.bytes().all(plain)
}

/// What is known now belongs on everything that is reported.
fn told(request: &Request) {
    let Some(current) = Current::current() else { return };
    current.tag("provider", &request.provider);
    current.tag("posting", request.kind.name());
    let mut identity = current.identity();
    identity.player.get_or_insert_with(|| request.player.clone());
    current.identify(identity);
}

fn respond(answer: Answer) -> Result<Json<PostingAnswer>, ApiError> {
    let posted = match answer {
        Ok(posted) => posted,
        Err(Refusal::Differs) => {
            return Err(ApiError::conflict(
                "transaction_differs",
                "this transaction was here with other contents",
            ));
        }
        Err(Refusal::UnknownReference) => {
            return Err(ApiError::conflict(
                "unknown_reference",
                "there is no reserve of that transaction",
            ));
        }
        Err(Refusal::SpentMeanwhile) => {
            return Err(ApiError::conflict(
                "spent_meanwhile",
                "what is to be undone was spent meanwhile",
            ));
        }
    };
    let Posted { posting_id, balances: Balances { available, reserved }, replayed, .. } = posted;
    let refused = |code, message| {
        Err(ApiError::conflict(code, message)
            .with("posting_id", posting_id.to_string())
            .with("balance_minor", available)
            .with("reserved_minor", reserved)
            .with("replayed", replayed))
    };
    match posted.outcome {
        Outcome::Applied | Outcome::Empty => Ok(Json(PostingAnswer {
            posting_id,
            balance_minor: available,
            reserved_minor: reserved,
            replayed,
        })),
        Outcome::InsufficientFunds => refused("insufficient_funds", "the balance is too small"),
        Outcome::Blocked => refused("blocked", "the transaction was rolled back or is settled"),
    }
}

#[derive(Deserialize)]
struct Which {
    currency: String,
}

async fn account(
    State(wallet): State<Arc<Wallet>>,
    Path(player): Path<String>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, ApiError> {
    let balances = wallet.ledger.balances(&player, &which.currency).await?;
    Ok(Json(json!({ "balance_minor": balances.available, "reserved_minor": balances.reserved })))
}

async fn check_now(State(wallet): State<Arc<Wallet>>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!(check(&wallet, Scope::All).await?)))
}

async fn last_check(State(wallet): State<Arc<Wallet>>) -> Result<Json<Value>, ApiError> {
    let report = wallet.checks.last();
    report
        .map(|report| Json(json!(report)))
        .ok_or_else(|| ApiError::not_found("nothing was checked yet"))
}

async fn metrics(State(wallet): State<Arc<Wallet>>) -> ([(&'static str, &'static str); 1], String) {
    let text = wallet.metrics.text(wallet.checks.last().as_ref());
    ([("content-type", "text/plain; version=0.0.4; charset=utf-8")], text)
}
