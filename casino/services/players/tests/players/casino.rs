//! A casino that answers by the contract, counts, and adds up the money.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) staked: i64,
    pub(crate) won: i64,
    pub(crate) deposited: i64,
    pub(crate) declined: i64,
}

#[derive(Default)]
pub(crate) struct Seen {
    counts: BTreeMap<&'static str, u64>,
    money: Sums,
    deposits: BTreeMap<String, i64>,
    number: i64,
}

type Shared = State<Arc<Mutex<Seen>>>;

pub(crate) struct Casino {
    pub(crate) address: String,
    pub(crate) seen: Arc<Mutex<Seen>>,
}

impl Casino {
    pub(crate) async fn start() -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/", get(async |State(seen): Shared| counted(&seen, "index", json!({}))))
            .route("/api/sessions", post(session))
            .route(
                "/api/lobby",
                get(async |State(seen): Shared| counted(&seen, "lobby", json!({ "games": [] }))),
            )
            .route("/api/me", get(me))
            .route(
                "/api/assets/{name}",
                get(async |State(seen): Shared| counted(&seen, "launch", json!({}))),
            )
            .route("/api/games/slot/spin", post(spin))
            .route("/api/games/roulette/spin", post(roulette))
            .route("/api/games/blackjack/deal", post(deal))
            .route("/api/games/blackjack/{round}/{action}", post(card))
            .route("/api/payments/deposit", post(deposit))
            .route(
                "/api/payments/withdraw",
                post(async |State(seen): Shared| counted(&seen, "withdraw", json!({}))),
            )
            .route("/api/payments/{id}", get(payment))
            .route("/ws/tables/roulette", get(table))
            .with_state(seen.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, seen }
    }

    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.seen.lock().unwrap().counts.clone()
    }

    pub(crate) fn money(&self) -> Sums {
        self.seen.lock().unwrap().money
    }
}

impl Seen {
    fn count(&mut self, kind: &'static str) {
        *self.counts.entry(kind).or_default() += 1;
        self.number += 1;
    }
}

fn counted(seen: &Mutex<Seen>, kind: &'static str, answer: Value) -> Json<Value> {
    seen.lock().unwrap().count(kind);
    Json(answer)
}

async fn session(State(seen): Shared) -> Json<Value> {
    let mut seen = seen.lock().unwrap();
    seen.count("login");
    let player = json!({ "id": format!("p-{:06}", seen.number), "currency": "EUR", "kyc": "none" });
    Json(json!({ "token": "t", "player": player, "balance_minor": 0, "currency": "EUR" }))
}

async fn me(State(seen): Shared) -> Json<Value> {
    counted(&seen, "profile", json!({ "player": { "kyc": "verified" } }))
}

/// Every tenth charge is refused, every third spin pays twice the stake.
async fn spin(State(seen): Shared, Json(body): Json<Value>) -> Response {
    let mut seen = seen.lock().unwrap();
    seen.count("spin");
    let stake = body["stake_minor"].as_i64().unwrap();
    if seen.number % 10 == 0 {
        seen.money.declined += 1;
        let error = json!({ "error": { "code": "payment_failed", "message": "no", "reason": "do_not_honour" } });
        return (StatusCode::PAYMENT_REQUIRED, Json(error)).into_response();
    }
    let payout = if seen.number % 3 == 0 { stake * 2 } else { 0 };
    seen.money.staked += stake;
    seen.money.won += payout;
    Json(json!({ "payout_minor": payout, "stake_minor": stake })).into_response()
}

fn stakes(body: &Value) -> i64 {
    body["bets"].as_array().unwrap().iter().map(|bet| bet["stake_minor"].as_i64().unwrap()).sum()
}

async fn roulette(State(seen): Shared, Json(body): Json<Value>) -> Json<Value> {
    let mut seen = seen.lock().unwrap();
    seen.count("roulette");
    seen.money.staked += stakes(&body);
    Json(json!({ "number": 0, "payout_minor": 0 }))
}

async fn deal(State(seen): Shared, Json(body): Json<Value>) -> Json<Value> {
    let mut seen = seen.lock().unwrap();
    seen.count("blackjack_deal");
    seen.money.staked += body["stake_minor"].as_i64().unwrap();
    Json(json!({ "round_id": "r", "player": ["9S", "7H"], "dealer": ["TS"], "state": "playing" }))
}

/// 16 against a ten is hit; the ten that comes ends it.
async fn card(State(seen): Shared, Path((round, action)): Path<(String, String)>) -> Json<Value> {
    assert_eq!((round.as_str(), action.as_str()), ("r", "hit"));
    let player = json!(["9S", "7H", "TC"]);
    counted(
        &seen,
        "blackjack_move",
        json!({ "player": player, "dealer": ["TS", "9C"], "state": "done", "payout_minor": 0 }),
    )
}

async fn deposit(State(seen): Shared, Json(body): Json<Value>) -> Json<Value> {
    let mut seen = seen.lock().unwrap();
    seen.count("deposit");
    let id = format!("d-{}", seen.number);
    seen.deposits.insert(id.clone(), body["amount_minor"].as_i64().unwrap());
    Json(json!({ "payment_id": id, "state": "redirected", "redirect": "" }))
}

async fn payment(State(seen): Shared, Path(id): Path<String>) -> Json<Value> {
    let mut seen = seen.lock().unwrap();
    seen.count("payment");
    seen.money.deposited += seen.deposits.remove(&id).unwrap();
    Json(json!({ "state": "captured" }))
}

async fn table(State(seen): Shared, upgrade: WebSocketUpgrade) -> Response {
    seen.lock().unwrap().count("table");
    upgrade.on_upgrade(|socket| sit(socket, seen))
}

async fn sit(mut socket: WebSocket, seen: Arc<Mutex<Seen>>) {
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        let bet: Value = serde_json::from_str(&text).unwrap();
        {
            let mut seen = seen.lock().unwrap();
            seen.count("table_bet");
            seen.money.staked += stakes(&bet);
        }
        let result =
            json!({ "type": "result", "request_uuid": bet["request_uuid"], "payout_minor": 0 });
        // News of the table come between.
        let news = json!({ "type": "round", "round": 1 });
        if socket.send(Message::text(news.to_string())).await.is_err()
            || socket.send(Message::text(result.to_string())).await.is_err()
        {
            return;
        }
    }
}
