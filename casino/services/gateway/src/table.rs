//! The live table: a WebSocket from the browser, one to the engine, and everything that is said between them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use casino_telemetry::propagation::Outgoing;
use casino_telemetry::{ApiError, Request, Stop};
use futures_util::{SinkExt as _, StreamExt as _};
use http::StatusCode;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message as Inner};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::doors::Gateway;

pub(crate) const PATH: &str = "/ws/tables/roulette";
/// A message is a bet or a result.
const LARGEST: usize = 64 << 10;
/// A side that does not take its messages for this long is gone.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);

type Engine = WebSocketStream<MaybeTlsStream<TcpStream>>;

#[derive(Deserialize)]
pub(crate) struct Entry {
    #[serde(default)]
    token: String,
}

/// A browser cannot send headers with a WebSocket, so the token is in the query.
pub(crate) async fn roulette(
    State(gateway): State<Arc<Gateway>>,
    Query(entry): Query<Entry>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    gateway.admit(gateway.tokens.check(&entry.token)?)?;
    let seat = gateway.tables.clone().try_acquire_owned().map_err(|_| {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "table_full", "all seats are taken")
            .retry_after(5)
    })?;
    // Before the browser hears yes: it may still hear that the engine is away.
    let engine = connect(gateway.engine.address()).await?;
    let stop = gateway.stop.clone();
    Ok(upgrade
        .max_message_size(LARGEST)
        .max_frame_size(LARGEST)
        .on_upgrade(move |browser| between(browser, engine, stop, seat)))
}

async fn connect(address: &str) -> Result<Engine, ApiError> {
    let away = |cause: &dyn std::fmt::Display| ApiError::unavailable("engine").because(cause);
    let url = format!("{}{PATH}", address.replacen("http", "ws", 1));
    let mut request = url.into_client_request().map_err(|error| away(&error))?;
    if let Some(current) = Request::current() {
        current.write_headers(request.headers_mut());
    }
    Outgoing::current().write(request.headers_mut());
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST))
        .max_write_buffer_size(4 * LARGEST);
    let connected = connect_async_with_config(request, Some(config), true);
    match tokio::time::timeout(CONNECT, connected).await {
        Ok(Ok((engine, _))) => Ok(engine),
        Ok(Err(tungstenite::Error::Http(answer))) => {
            Err(away(&format!("the engine answered {}", answer.status())))
        }
        Ok(Err(error)) => Err(away(&error)),
        Err(_) => Err(away(&"timed out")),
    }
}

/// Until one side has enough, or it is time to stop. `seat` is free again afterwards.
async fn between(browser: WebSocket, engine: Engine, stop: Stop, seat: OwnedSemaphorePermit) {
    let (mut to_browser, mut from_browser) = browser.split();
    let (mut to_engine, mut from_engine) = engine.split();
    loop {
        let going_on = tokio::select! {
            Some(Ok(message)) = from_browser.next() => match inward(message) {
                Some(message) => patient(to_engine.send(message)).await,
                None => true,
            },
            Some(Ok(message)) = from_engine.next() => match outward(message) {
                Some(message) => patient(to_browser.send(message)).await,
                None => true,
            },
            () = stop.wait() => false,
            // Either side is over.
            else => false,
        };
        if !going_on {
            break;
        }
    }
    let _ = patient(to_engine.close()).await;
    let away = CloseFrame { code: 1001, reason: "going away".into() };
    let _ = patient(to_browser.send(Message::Close(Some(away)))).await;
    drop(seat);
}

async fn patient<E>(sending: impl Future<Output = Result<(), E>>) -> bool {
    matches!(tokio::time::timeout(PATIENCE, sending).await, Ok(Ok(())))
}

/// Pings are answered by each side's own library.
fn inward(message: Message) -> Option<Inner> {
    match message {
        Message::Text(text) => Some(Inner::text(text.as_str())),
        Message::Binary(bytes) => Some(Inner::Binary(bytes)),
        _ => None,
    }
}

fn outward(message: Inner) -> Option<Message> {
    match message {
        Inner::Text(text) => Some(Message::text(text.as_str())),
        Inner::Binary(bytes) => Some(Message::Binary(bytes)),
        _ => None,
    }
}
