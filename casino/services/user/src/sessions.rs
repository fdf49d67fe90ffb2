//! `POST /sessions`: somebody comes in, known or as a new guest.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use casino_telemetry::{ApiError, Identity, Request};
use http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::User;
use crate::hot::Session;
use crate::money::Account;
use crate::names::market;
use crate::players::Player;

const LONGEST_DEVICE: usize = 64;

#[derive(Default, Deserialize)]
pub(crate) struct Wish {
    player: Option<String>,
    market: Option<String>,
    device: Option<String>,
}

pub(crate) async fn open(
    State(user): State<Arc<User>>,
    headers: HeaderMap,
    body: Result<Json<Wish>, JsonRejection>,
) -> Result<Json<Value>, ApiError> {
    let Json(wish) = body.map_err(|error| ApiError::invalid(error.body_text()))?;
    let device = device(wish.device.as_deref())?;
    let player = who(&user, &wish).await?;
    identify(&player, &device);
    if player.status != "active" {
        return Err(ApiError::conflict("blocked", "this player is blocked"));
    }
    let account = account(&user, &player).await?;
    let session = Uuid::new_v4().to_string();
    let address =
        headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kept = Session { player: &player.id, market: &player.market, device: &device, address };
    user.hot.open(&session, &kept).await?;
    user.hot.here(&player.id).await?;
    let token = user.signer.sign(&player, &session, &device)?;
    let (balance, currency) = (account.balance_minor, player.currency.clone());
    Ok(Json(
        json!({ "token": token, "player": player, "balance_minor": balance, "currency": currency }),
    ))
}

fn device(text: Option<&str>) -> Result<String, ApiError> {
    let text = text.unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_. ".contains(letter);
    if text.len() <= LONGEST_DEVICE && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err(ApiError::invalid("device must be at most 64 letters, digits, dots, dashes or spaces"))
}

async fn who(user: &User, wish: &Wish) -> Result<Player, ApiError> {
    if let Some(id) = wish.player.as_deref().filter(|id| !id.is_empty()) {
        return user.players.get(id).await;
    }
    let code = wish.market.as_deref().unwrap_or("de");
    let market =
        market(code).ok_or_else(|| ApiError::invalid("market must be de, es, pt, se or uk"))?;
    user.players.guest(market).await
}

/// From here on everything that is reported names the player.
fn identify(player: &Player, device: &str) {
    if let Some(request) = Request::current() {
        request.identify(Identity {
            player: Some(player.id.clone()),
            name: Some(player.name.clone()),
            market: Some(player.market.clone()),
            currency: Some(player.currency.clone()),
            pays: Some(player.pays.clone()),
            role: Some(player.role.clone()),
            device: Some(device.to_owned()),
        });
    }
}

/// With the house's present at the first time.
async fn account(user: &User, player: &Player) -> Result<Account, ApiError> {
    if player.role == "admin" {
        return Ok(Account::default());
    }
    let account = if player.welcomed {
        user.money.account(player).await?
    } else {
        user.money.welcome(player).await?
    };
    user.players.came(&player.id).await?;
    user.balances.saw(&player.id, &player.currency, account.balance_minor).await?;
    Ok(account)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_short_and_plain() {
        assert_eq!(device(None).unwrap(), "");
        assert_eq!(device(Some("Pixel 9")).unwrap(), "Pixel 9");
        assert!(device(Some("<script>")).is_err() && device(Some(&"a".repeat(65))).is_err());
    }
}
