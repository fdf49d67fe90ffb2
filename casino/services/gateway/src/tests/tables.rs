//! The live table through the gateway.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::{Error, Message as Inner};

use super::fakes::{casino, casino_with};
use crate::token::tests::token;

const PATIENCE: Duration = Duration::from_secs(5);

/// Says who sits down, and then the same as the player.
pub(super) async fn engine(headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    let player = headers["x-casino-player"].to_str().unwrap().to_owned();
    upgrade.on_upgrade(async move |mut socket| {
        let _ = socket.send(Message::text(player)).await;
        while let Some(Ok(message)) = socket.recv().await {
            if matches!(message, Message::Text(_)) && socket.send(message).await.is_err() {
                break;
            }
        }
    })
}

fn address(url: &str, token: &str) -> String {
    format!("{}/ws/tables/roulette?token={token}", url.replacen("http", "ws", 1))
}

async fn next<S>(socket: &mut S) -> Option<Inner>
where
    S: futures_util::Stream<Item = Result<Inner, Error>> + Unpin,
{
    tokio::time::timeout(PATIENCE, socket.next()).await.unwrap().and_then(Result::ok)
}

#[tokio::test]
async fn messages_go_through_both_ways_until_it_is_time_to_stop() {
    let casino = casino().await;
    let url = address(&casino.url, &token("secret", "player", 60));
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert_eq!(next(&mut socket).await, Some(Inner::text("p-000123")));
    socket.send(Inner::text(r#"{"type":"bet","sentry-trace":"a-b-1"}"#)).await.unwrap();
    assert_eq!(
        next(&mut socket).await,
        Some(Inner::text(r#"{"type":"bet","sentry-trace":"a-b-1"}"#))
    );
    casino.sayer.say();
    assert!(matches!(next(&mut socket).await, Some(Inner::Close(_)) | None));
}

#[tokio::test]
async fn nobody_sits_down_without_a_token_or_an_engine() {
    let casino = casino().await;
    let refused = tokio_tungstenite::connect_async(address(&casino.url, "no")).await.unwrap_err();
    assert!(matches!(refused, Error::Http(answer) if answer.status() == 401));
    let casino = casino_with(&[("CASINO_ENGINE_URL", "http://127.0.0.1:9")]).await;
    let url = address(&casino.url, &token("secret", "player", 60));
    let refused = tokio_tungstenite::connect_async(url).await.unwrap_err();
    assert!(matches!(refused, Error::Http(answer) if answer.status() == 503));
}
