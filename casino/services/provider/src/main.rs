//! The simulated payment provider of the casino. It keeps nothing but the last transactions, in memory.

mod blocks;
mod callback;
mod charges;
mod later;
mod once;
mod page;
mod request;

use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use casino_telemetry::flags::Flags;
use casino_telemetry::{ApiError, variable_or};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::blocks::Blocks;
use crate::callback::Callbacks;
use crate::charges::Verdict;
use crate::later::{Kind, MOST_PENDING, Taken};
use crate::once::Once;
use crate::request::Order;

const PORT: u16 = 4207;
const LARGEST_BODY: usize = 16 << 10;
/// For a demonstration without settings; `demo/` sets one that is made up at the start.
const SECRET: &str = "casino-callback";
/// A page with nothing but its own style.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

type Body = Result<Json<Order>, JsonRejection>;

/// What all requests share.
pub(crate) struct Provider {
    flags: Flags,
    blocks: Blocks,
    charges: Once<Verdict>,
    deposits: Once<Taken>,
    payouts: Once<Taken>,
    pending: Arc<Semaphore>,
    callbacks: Callbacks,
    /// Where players reach this service.
    own_address: String,
    /// Where they go when nobody said.
    casino: String,
}

async fn charge(
    State(provider): State<Arc<Provider>>,
    body: Body,
) -> Result<Json<Verdict>, ApiError> {
    let order = Order::read(body)?;
    provider.charge(&order).await.map(Json)
}

async fn deposit(
    State(provider): State<Arc<Provider>>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let order = Order::read(body)?;
    provider.take(Kind::Deposit, &order).await?;
    Ok(Json(
        json!({ "redirect": format!("{}/pay/{}", provider.own_address, order.transaction_uuid) }),
    ))
}

async fn payout(
    State(provider): State<Arc<Provider>>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let order = Order::read(body)?;
    provider.take(Kind::Payout, &order).await?;
    Ok(Json(json!({ "status": "accepted" })))
}

async fn pay(
    State(provider): State<Arc<Provider>>,
    Path(id): Path<Uuid>,
) -> Result<impl IntoResponse, ApiError> {
    let taken = provider
        .deposits
        .known(id)
        .ok_or_else(|| ApiError::not_found("there is no such payment"))?;
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", POLICY),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
    ];
    Ok((headers, page::page(&taken, &provider.casino)))
}

fn main() -> ExitCode {
    casino_telemetry::run("provider", env!("CARGO_PKG_VERSION"), PORT, async |app| {
        let own = format!("http://{}", app.settings.listen);
        let provider = Arc::new(Provider {
            flags: app.flags.clone(),
            blocks: Blocks::new(app.settings.seed),
            charges: Once::default(),
            deposits: Once::default(),
            payouts: Once::default(),
            pending: Arc::new(Semaphore::new(MOST_PENDING)),
            callbacks: Callbacks::new(&variable_or("CASINO_CALLBACK_SECRET", SECRET))?,
            own_address: variable_or("CASINO_PROVIDER_URL", &own).trim_end_matches('/').to_owned(),
            casino: variable_or("CASINO_GATEWAY_URL", "http://127.0.0.1:4200"),
        });
        Ok(Router::new()
            .route("/charges", post(charge))
            .route("/deposits", post(deposit))
            .route("/payouts", post(payout))
            .route("/pay/{id}", get(pay))
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(provider))
    })
}
