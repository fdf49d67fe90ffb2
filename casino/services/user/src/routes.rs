//! The user service over HTTP, for the gateway and payment.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use casino_telemetry::{ApiError, Request, warning};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::players::{Player, unknown};
use crate::{User, lobby, sessions};

const LARGEST_BODY: usize = 16 << 10;
const GAMES: [&str; 3] = ["slot", "roulette", "blackjack"];
/// What the card of a player shows, by how long he has been here.
const RANKS: [&str; 4] = ["guest", "regular", "friend", "patron"];

type Parts = State<Arc<User>>;

pub(crate) fn router(user: Arc<User>) -> Router {
    Router::new()
        .route("/sessions", post(sessions::open))
        .route("/lobby", get(lobby))
        .route("/players", get(list))
        .route("/players/{id}", get(player))
        .route("/players/{id}/account", get(account))
        .route("/players/{id}/kyc", post(kyc))
        .route("/players/{id}/admission", post(admission))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(user)
}

async fn lobby(State(user): Parts) -> Result<Json<Value>, ApiError> {
    here(&user).await;
    let games = lobby::games(&user.database, &user.hot, &user.flags).await?;
    Ok(Json(json!({ "games": games })))
}

/// Somebody who asks is here; that nobody can count him is no reason not to answer.
async fn here(user: &User) {
    let Some(player) = Request::current().and_then(|request| request.identity().player) else {
        return;
    };
    if let Err(error) = user.hot.here(&player).await {
        warning!("somebody is not counted", reason = error.to_string());
    }
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    search: String,
    limit: Option<i64>,
}

async fn list(State(user): Parts, Query(search): Query<Search>) -> Result<Json<Value>, ApiError> {
    let role = Request::current().and_then(|request| request.identity().role);
    if role.as_deref() != Some("admin") {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", "this is for admins"));
    }
    let players = user.players.list(search.search.trim(), search.limit.unwrap_or(50)).await?;
    Ok(Json(json!({ "players": players })))
}

async fn player(State(user): Parts, Path(id): Path<String>) -> Result<Json<Player>, ApiError> {
    Ok(Json(profile(&user, &id).await?))
}

/// Looking at somebody; under `panicUser` the rank is looked up where there is none.
async fn profile(user: &User, id: &str) -> Result<Player, ApiError> {
    let player = user.players.get(id).await?;
    let days = if user.flags.on("panicUser") { 400 } else { 0 };
    casino_telemetry::info!("profile", rank = rank(days));
    Ok(player)
}

/// A rank for every hundred days. The table ends before the days do: that is the fault.
fn rank(days: usize) -> &'static str {
    RANKS[days / 100]
}

/// `GET /api/me`.
async fn account(State(user): Parts, Path(id): Path<String>) -> Result<Json<Value>, ApiError> {
    let player = profile(&user, &id).await?;
    here(&user).await;
    let account = user.money.account(&player).await?;
    user.balances.saw(&player.id, &player.currency, account.balance_minor).await?;
    let currency = player.currency.clone();
    Ok(Json(json!({
        "player": player,
        "balance_minor": account.balance_minor,
        "reserved_minor": account.reserved_minor,
        "currency": currency,
    })))
}

#[derive(Deserialize)]
struct Document {
    document: String,
}

async fn kyc(
    State(user): Parts,
    Path(id): Path<String>,
    body: Result<Json<Document>, JsonRejection>,
) -> Result<Json<Player>, ApiError> {
    let Json(body) = body.map_err(|error| ApiError::invalid(error.body_text()))?;
    user.players.get(&id).await?;
    user.office.submit(&id, body.document.trim()).await?;
    Ok(Json(user.players.get(&id).await?))
}

#[derive(Deserialize)]
struct Entry {
    game: String,
}

/// May somebody play, and with what?
async fn admission(
    State(user): Parts,
    Path(id): Path<String>,
    body: Result<Json<Entry>, JsonRejection>,
) -> Result<Json<Value>, ApiError> {
    let Json(entry) = body.map_err(|error| ApiError::invalid(error.body_text()))?;
    let Some(game) = GAMES.into_iter().find(|game| *game == entry.game) else {
        return Err(ApiError::not_found("there is no such game"));
    };
    if let Some(request) = Request::current() {
        request.tag("game", game);
    }
    let standing = user.balances.standing(&id, &user.flags).await?.ok_or_else(unknown)?;
    let allowed = standing.status == "active";
    if allowed {
        visit(&user, game, &id).await;
    }
    let mut answer = json!({ "allowed": allowed, "balance_minor": standing.balance_minor });
    if !allowed {
        answer["reason"] = standing.status.into();
    }
    Ok(Json(answer))
}

/// Counts him at the game; nobody is kept from playing because that failed.
async fn visit(user: &User, game: &'static str, player: &str) {
    here(user).await;
    let counted = async {
        if user.hot.plays(game, player).await? {
            let sql = "INSERT INTO visits (game, player_id) VALUES ($1, $2)";
            user.database.execute(sql, &[&game, &player]).await?;
        }
        Ok::<_, ApiError>(())
    };
    if let Err(error) = counted.await {
        warning!("a visit is not counted", reason = error.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_end_where_the_fault_begins() {
        assert_eq!((rank(0), rank(399)), ("guest", "patron"));
        assert!(std::panic::catch_unwind(|| rank(400)).is_err());
    }
}
