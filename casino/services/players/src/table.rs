//! A while at the live roulette table, over WebSocket.

use std::time::{Duration, Instant};

use casino_telemetry::propagation::Outgoing;
use futures_util::{SinkExt as _, StreamExt as _};
use http::{HeaderValue, Request};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use uuid::Uuid;

use crate::actions::Visit;
use crate::games::bets;
use crate::truth::{Money, Sample};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

const CONNECT: Duration = Duration::from_secs(10);
const LARGEST: usize = 64 << 10;

/// A bet that waits for its result.
struct Bet {
    request: String,
    stake: i64,
    at: Instant,
}

impl Visit<'_> {
    /// Sits down, plays one to three times, leaves.
    pub(crate) async fn table(&self, rng: &mut ChaCha8Rng) {
        let Ok(_seat) = self.house.tables.try_acquire() else {
            return self.truth().skipped("all tables taken");
        };
        let Some(mut socket) = self.sit_down().await else { return };
        for _ in 0..rng.random_range(1..=3) {
            let pause = Duration::from_millis(rng.random_range(1500..6000));
            if !self.listen(&mut socket, None, pause).await {
                return;
            }
            let (bets, stake) = bets(rng);
            let request = Uuid::new_v4().to_string();
            let message = message(&bets, &request);
            let bet = Bet { request, stake, at: Instant::now() };
            if socket.send(Message::text(message.to_string())).await.is_err() {
                return self.count("table_bet", 0, "", bet.at);
            }
            if !self.listen(&mut socket, Some(bet), Duration::from_secs(15)).await {
                return;
            }
        }
        // He goes; whether the other side says goodbye does not matter.
        let _ = tokio::time::timeout(Duration::from_secs(1), socket.close(None)).await;
    }

    async fn sit_down(&self) -> Option<Socket> {
        let began = Instant::now();
        let url = format!(
            "{}/ws/tables/roulette?token={}",
            self.house.gateway.address.replacen("http", "ws", 1),
            self.session.token
        );
        let mut request: Request<()> = url.into_client_request().ok()?;
        if let Ok(address) = HeaderValue::from_str(&self.person.address.to_string()) {
            request.headers_mut().insert("x-forwarded-for", address);
        }
        Outgoing::current().write(request.headers_mut());
        let limits = WebSocketConfig::default()
            .max_message_size(Some(LARGEST))
            .max_frame_size(Some(LARGEST));
        let connected =
            tokio::time::timeout(CONNECT, connect_async_with_config(request, Some(limits), true))
                .await;
        let (status, socket) = match connected {
            Ok(Ok((socket, _))) => (101, Some(socket)),
            Ok(Err(Error::Http(answer))) => (answer.status().as_u16(), None),
            Ok(Err(_)) | Err(_) => (0, None),
        };
        self.count("table", status, "", began);
        socket
    }

    /// Reads for `time`, or until the result of `bet`. False when the table has gone.
    async fn listen(&self, socket: &mut Socket, bet: Option<Bet>, time: Duration) -> bool {
        let until = tokio::time::Instant::now() + time;
        loop {
            let message = match tokio::time::timeout_at(until, socket.next()).await {
                Err(_) => break,
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(_)) | None) => {
                    if let Some(bet) = &bet {
                        self.count("table_bet", 0, "", bet.at);
                    }
                    return false;
                }
            };
            let Message::Text(text) = message else { continue };
            self.truth().table_message();
            let said: Value = serde_json::from_str(&text).unwrap_or_default();
            if let Some(bet) =
                bet.as_ref().filter(|bet| said.get("request_uuid") == Some(&json!(bet.request)))
            {
                self.settle(bet, &said);
                return true;
            }
        }
        if let Some(bet) = &bet {
            self.count("table_bet", 0, "no_result", bet.at);
        }
        true
    }

    fn settle(&self, bet: &Bet, said: &Value) {
        let error = said.get("error");
        let code =
            error.and_then(|error| error.get("code")).and_then(Value::as_str).unwrap_or_default();
        if said.get("type") == Some(&json!("result")) {
            self.count("table_bet", 200, "", bet.at);
            self.truth().money(Money::Staked, &self.session.currency, bet.stake);
            let payout = said.get("payout_minor").and_then(Value::as_i64).unwrap_or_default();
            self.truth().money(Money::Won, &self.session.currency, payout);
        } else {
            // A message has no status; those of the casino's codes that players meet.
            let status = match code {
                "payment_failed" => 402,
                "internal" => 500,
                code if code.ends_with("_unavailable") => 503,
                _ => 400,
            };
            self.count("table_bet", status, code, bet.at);
            if status == 402 {
                let reason = error.and_then(|error| error.get("reason")).and_then(Value::as_str);
                self.truth().payment_failed(reason.unwrap_or(code));
            }
        }
    }

    fn count(&self, kind: &'static str, status: u16, code: &str, began: Instant) {
        let ms = (began.elapsed().as_secs_f64() * 1e5).round() / 100.0;
        self.truth().request(&Sample { kind, status, ms, code, player: &self.session.player });
    }
}

fn message(bets: &[Value], request: &str) -> Value {
    let trace = Outgoing::current();
    let mut message = json!({ "type": "bet", "bets": bets, "request_uuid": request });
    let fields = [("sentry-trace", trace.sentry_trace), ("baggage", trace.baggage)];
    if let Some(object) = message.as_object_mut() {
        object.extend(
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))),
        );
    }
    message
}
