//! Callbacks: signed, sent after a moment, again until they are taken, and part of the trace of what was asked.

use std::sync::Arc;
use std::time::Duration;

use casino_telemetry::call::{Ask, CallError, Service};
use casino_telemetry::propagation::Outgoing;
use casino_telemetry::sentry::protocol::SpanStatus;
use casino_telemetry::sentry::{Hub, SentryFutureExt as _, TransactionContext};
use casino_telemetry::{Request, info, warning};
use hmac::{Hmac, Mac as _};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use sha2::Sha256;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::charges::Verdict;
use crate::later::Kind;
use crate::request::Order;

const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Calls at once; the rest of the pending ones wait for their moment or their next try.
const AT_ONCE: usize = 32;
const TIMEOUT: Duration = Duration::from_secs(5);

/// What the casino is told.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Message {
    request_uuid: Uuid,
    transaction_uuid: Uuid,
    payment_id: Uuid,
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    amount_minor: i64,
    currency: String,
}

impl Message {
    pub(crate) fn new(order: &Order, payment_id: Uuid, kind: Kind, verdict: &Verdict) -> Self {
        Self {
            request_uuid: Uuid::new_v4(),
            transaction_uuid: order.transaction_uuid,
            payment_id,
            kind: kind.name(),
            status: verdict.status,
            reason: verdict.reason,
            amount_minor: order.amount_minor,
            currency: order.currency.clone(),
        }
    }
}

/// A message on its way.
pub(crate) struct Said {
    pub(crate) address: String,
    pub(crate) message: Message,
    pub(crate) wait: Duration,
    /// The same message so many times.
    pub(crate) times: u32,
}

/// Sends them.
#[derive(Clone)]
pub(crate) struct Callbacks {
    casino: Service,
    secret: Arc<[u8]>,
    at_once: Arc<Semaphore>,
}

impl Callbacks {
    pub(crate) fn new(secret: &str) -> Result<Self, CallError> {
        let casino = Service::new("payment", "", TIMEOUT)?;
        Ok(Self {
            casino,
            secret: secret.as_bytes().into(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// Sends in the background, as a transaction of its own in the trace of the request that is being answered.
    pub(crate) fn spawn(&self, said: Said, pending: OwnedSemaphorePermit) {
        let name = format!("callback {}", said.message.kind);
        let trace = Outgoing::current();
        let request = Request::current().unwrap_or_else(|| Arc::new(Request::background(&name)));
        let callbacks = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(said.wait).await;
            let work = callbacks.send_all(&said);
            let done = continued(&name, &trace, &request, work).await;
            if let Err(error) = done {
                warning!(
                    "nobody takes a callback",
                    payment_id = said.message.payment_id.to_string(),
                    reason = error
                );
            }
            drop(pending);
        });
    }

    async fn send_all(&self, said: &Said) -> Result<(), String> {
        let body = serde_json::to_vec(&said.message).map_err(|error| error.to_string())?;
        let signature = self.sign(&body)?;
        for _ in 0..said.times {
            self.send(&said.address, &body, &signature).await?;
        }
        info!(
            "callback",
            kind = said.message.kind,
            status = said.message.status,
            times = said.times
        );
        Ok(())
    }

    async fn send(
        &self,
        address: &str,
        body: &[u8],
        signature: &HeaderValue,
    ) -> Result<(), String> {
        let mut pause = FIRST_PAUSE;
        let mut tries = 1;
        loop {
            let reason = match self.try_send(address, body, signature).await {
                Ok(status) if (200..300).contains(&status) => return Ok(()),
                Ok(status) => format!("answered {status}"),
                Err(error) => error.to_string(),
            };
            if tries == TRIES {
                return Err(reason);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
            tries += 1;
        }
    }

    async fn try_send(
        &self,
        address: &str,
        body: &[u8],
        signature: &HeaderValue,
    ) -> Result<u16, CallError> {
        let _slot = self.at_once.acquire().await;
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (SIGNATURE, signature.clone()),
        ]);
        let ask = Ask { method: Method::POST, path: String::new(), headers, body: body.to_vec() };
        Ok(self.casino.at(address).ask(ask).await?.status.as_u16())
    }

    fn sign(&self, body: &[u8]) -> Result<HeaderValue, String> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.secret).map_err(|error| error.to_string())?;
        mac.update(body);
        HeaderValue::from_str(&hex::encode(mac.finalize().into_bytes()))
            .map_err(|error| error.to_string())
    }
}

/// Runs `work` in a transaction that goes on with `trace`: the one it came from has long ended.
async fn continued(
    name: &str,
    trace: &Outgoing,
    request: &Arc<Request>,
    work: impl Future<Output = Result<(), String>>,
) -> Result<(), String> {
    let hub = Arc::new(Hub::new_from_top(Hub::main()));
    let pairs =
        [("sentry-trace", trace.sentry_trace.as_deref()), ("baggage", trace.baggage.as_deref())];
    let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let transaction =
        hub.start_transaction(TransactionContext::continue_from_headers(name, "task", pairs));
    let identity = request.identity();
    hub.configure_scope(|scope| {
        scope.set_span(Some(transaction.clone().into()));
        scope.set_tag("provider", "novapay");
        if let Some(market) = &identity.market {
            scope.set_tag("market", market);
        }
        scope.set_user(
            identity
                .player
                .map(|id| casino_telemetry::sentry::User { id: Some(id), ..Default::default() }),
        );
    });
    let result = request.clone().during(work).bind_hub(hub.clone()).await;
    transaction.set_status(if result.is_ok() { SpanStatus::Ok } else { SpanStatus::Unavailable });
    Hub::run(hub, || transaction.finish());
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_hexadecimal_hmac_of_the_body() {
        // RFC 4231, test case 2.
        let callbacks = Callbacks::new("Jefe").unwrap();
        let signature = callbacks.sign(b"what do ya want for nothing?").unwrap();
        assert_eq!(signature, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
