//! Who gets in: limits per address and per player, tokens, the admin's role.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request as HttpRequest, State};
use axum::middleware::Next;
use axum::response::Response;
use casino_telemetry::call::{CallError, Service};
use casino_telemetry::flags::Flags;
use casino_telemetry::{ApiError, Identity, Request, Stop};
use http::{HeaderMap, StatusCode};
use tokio::sync::Semaphore;

use crate::balance::Balanced;
use crate::canary::Payment;
use crate::limit::Limit;
use crate::token::Tokens;
use crate::wishes::Wishes;

/// For what does not wait for the payment provider.
const QUICK: Duration = Duration::from_secs(10);
/// Engine and payment wait for the provider, which has 30 s.
const SLOW: Duration = Duration::from_secs(35);
const MOST_TABLES: usize = 1000;

/// All parts.
pub(crate) struct Gateway {
    pub(crate) user: Balanced,
    pub(crate) engine: Balanced,
    pub(crate) payment: Arc<Payment>,
    pub(crate) analytics: Balanced,
    pub(crate) tokens: Tokens,
    pub(crate) flags: Flags,
    pub(crate) stop: Stop,
    /// Live tables that are open.
    pub(crate) tables: Arc<Semaphore>,
    players: Limit,
    addresses: Limit,
}

impl Gateway {
    pub(crate) fn new(wishes: &Wishes, flags: Flags, stop: Stop) -> Result<Arc<Self>, CallError> {
        let stable = Balanced::new("payment", &wishes.payment, SLOW)?;
        let canary = wishes.canary.as_deref().map(|address| Service::new("payment", address, SLOW));
        let payment = Payment::new(stable, canary.transpose()?);
        payment.watch(stop.clone());
        Ok(Arc::new(Self {
            user: Balanced::new("user", &wishes.user, QUICK)?,
            engine: Balanced::new("engine", &wishes.engine, SLOW)?,
            payment,
            analytics: Balanced::new("analytics", &wishes.analytics, QUICK)?,
            tokens: Tokens::new(&wishes.token_secret),
            flags,
            stop,
            tables: Arc::new(Semaphore::new(MOST_TABLES)),
            players: Limit::new(wishes.player_rate),
            addresses: Limit::new(wishes.address_rate),
        }))
    }

    /// Lets somebody in: sets who asks, takes one of his tokens.
    pub(crate) fn admit(&self, identity: Identity) -> Result<(), ApiError> {
        let player = identity.player.clone().unwrap_or_default();
        if let Some(request) = Request::current() {
            request.identify(identity);
        }
        self.players.take(&player)
    }
}

/// Where a request comes from. Only a proxy on this machine is believed about somebody else.
pub(crate) fn address_of(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !peer.is_loopback() {
        return peer;
    }
    let said = headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
    said.and_then(|text| text.split(',').next()?.trim().parse().ok()).unwrap_or(peer)
}

/// For all of `/api`. The machine itself is not limited: on it everybody has the same address.
pub(crate) async fn by_address(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: HttpRequest,
    next: Next,
) -> Result<Response, ApiError> {
    let address = address_of(peer.ip(), request.headers());
    if !address.is_loopback() {
        gateway.addresses.take(&address.to_string())?;
    }
    Ok(next.run(request).await)
}

/// Needs a token.
pub(crate) async fn with_token(
    State(gateway): State<Arc<Gateway>>,
    request: HttpRequest,
    next: Next,
) -> Result<Response, ApiError> {
    gateway.admit(gateway.tokens.of_headers(request.headers())?)?;
    Ok(next.run(request).await)
}

/// Needs an admin's token; comes after [`with_token`].
pub(crate) async fn admins_only(request: HttpRequest, next: Next) -> Result<Response, ApiError> {
    let role = Request::current().and_then(|request| request.identity().role);
    if role.as_deref() != Some("admin") {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "forbidden", "this is for admins"));
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_speak_for_others() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "203.0.113.7, 10.0.0.1".parse().unwrap());
        let of = |peer: &str| address_of(peer.parse().unwrap(), &headers).to_string();
        assert_eq!(of("127.0.0.1"), "203.0.113.7");
        assert_eq!(of("198.51.100.2"), "198.51.100.2");
        assert!(address_of("::1".parse().unwrap(), &HeaderMap::new()).is_loopback());
    }
}
