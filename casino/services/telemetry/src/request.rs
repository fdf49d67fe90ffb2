//! What is known of the request that is being answered, for whatever runs on its behalf.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use http::{HeaderMap, HeaderName, HeaderValue};
use sentry::protocol::{Context, User, Value};

use crate::propagation::Incoming;

/// The headers between the services.
pub(crate) const FAULT: HeaderName = HeaderName::from_static("x-casino-fault");
const PLAYER: HeaderName = HeaderName::from_static("x-casino-player");
const NAME: HeaderName = HeaderName::from_static("x-casino-name");
const MARKET: HeaderName = HeaderName::from_static("x-casino-market");
const CURRENCY: HeaderName = HeaderName::from_static("x-casino-currency");
const PAYS: HeaderName = HeaderName::from_static("x-casino-pays");
const ROLE: HeaderName = HeaderName::from_static("x-casino-role");
const DEVICE: HeaderName = HeaderName::from_static("x-casino-device");

/// A page may set several faults; more than this is not one of ours.
const LONGEST_FAULT: usize = 512;
/// Evaluations that are kept of one request.
const MOST_FLAGS: usize = 64;

/// Who asks, as the gateway found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// `p-000123`.
    pub player: Option<String>,
    /// The synthetic name.
    pub name: Option<String>,
    /// `de`, `es`, `pt`, `se`, `uk`.
    pub market: Option<String>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// `wallet` or `per_spin`.
    pub pays: Option<String>,
    /// `player` or `admin`.
    pub role: Option<String>,
    /// What the page calls the machine it runs on.
    pub device: Option<String>,
}

impl Identity {
    fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: &HeaderName| {
            headers.get(name)?.to_str().ok().filter(|it| !it.is_empty()).map(str::to_owned)
        };
        Self {
            player: text(&PLAYER),
            name: text(&NAME),
            market: text(&MARKET),
            currency: text(&CURRENCY),
            pays: text(&PAYS),
            role: text(&ROLE),
            device: text(&DEVICE),
        }
    }

    fn write(&self, headers: &mut HeaderMap) {
        let pairs = [
            (PLAYER, &self.player),
            (NAME, &self.name),
            (MARKET, &self.market),
            (CURRENCY, &self.currency),
            (PAYS, &self.pays),
            (ROLE, &self.role),
            (DEVICE, &self.device),
        ];
        for (name, value) in pairs {
            let value = value.as_deref().and_then(|text| HeaderValue::from_str(text).ok());
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
    }
}

#[derive(Debug, Default)]
struct Found {
    identity: Identity,
    route: String,
    flags: Vec<(String, Value)>,
    tags: Vec<(&'static str, String)>,
    data: Vec<(&'static str, Value)>,
}

/// One request, or one piece of work in the background.
#[derive(Debug, Default)]
pub struct Request {
    /// `flag=variant,…` of this request.
    pub fault: Option<String>,
    pub(crate) incoming: Incoming,
    found: Mutex<Found>,
}

tokio::task_local! {
    static CURRENT: Arc<Request>;
}

impl Request {
    /// From its headers. `trusted`: the headers about the player are believed.
    pub(crate) fn from_headers(headers: &HeaderMap, route: &str, trusted: bool) -> Self {
        let fault = headers
            .get(FAULT)
            .and_then(|value| value.to_str().ok())
            .filter(|text| !text.is_empty() && text.len() <= LONGEST_FAULT)
            .map(str::to_owned);
        let identity = if trusted { Identity::from_headers(headers) } else { Identity::default() };
        let found = Found { identity, route: route.to_owned(), ..Found::default() };
        Self { fault, incoming: Incoming::from_headers(headers), found: Mutex::new(found) }
    }

    /// Work that nobody asked for.
    pub fn background(name: &str) -> Self {
        let found = Found { route: name.to_owned(), ..Found::default() };
        Self { found: Mutex::new(found), ..Self::default() }
    }

    /// The request that is being answered, if any.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }

    /// Runs `work` on behalf of this request; tasks that are spawned by it need this again.
    pub async fn during<F: Future>(self: Arc<Self>, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    fn with<T>(&self, use_it: impl FnOnce(&mut Found) -> T) -> T {
        use_it(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Who asks.
    pub fn identity(&self) -> Identity {
        self.with(|found| found.identity.clone())
    }

    /// Sets who asks: what is sent on, the user and the market of everything that is reported.
    pub fn identify(&self, identity: Identity) {
        self.with(|found| found.identity = identity);
    }

    /// The name of the transaction.
    pub fn route(&self) -> String {
        self.with(|found| found.route.clone())
    }

    /// Names the transaction otherwise than by the route.
    pub fn rename(&self, name: &str) {
        self.with(|found| name.clone_into(&mut found.route));
    }

    /// A tag of all events and of the root span from now on (`game`, `provider`, `payment_method`).
    pub fn tag(&self, name: &'static str, value: &str) {
        self.with(|found| {
            found.tags.retain(|(known, _)| *known != name);
            found.tags.push((name, value.to_owned()));
        });
    }

    /// A number of the root span (`bet`, `payout`, `active_sessions`).
    pub fn measure(&self, name: &'static str, value: impl Into<Value>) {
        self.with(|found| found.data.push((name, value.into())));
    }

    pub(crate) fn evaluated(&self, flag: &str, result: Value) {
        self.with(|found| {
            if let Some((_, last)) = found.flags.iter_mut().find(|(known, _)| known == flag) {
                *last = result;
            } else if found.flags.len() < MOST_FLAGS {
                found.flags.push((flag.to_owned(), result));
            }
        });
    }

    /// What the SDKs call the `flags` context.
    pub fn flags_context(&self) -> Option<Value> {
        let values: Vec<Value> = self.with(|found| {
            let one = |(flag, result): &(String, Value)| serde_json::json!({ "flag": flag, "result": result });
            found.flags.iter().map(one).collect()
        });
        (!values.is_empty()).then(|| serde_json::json!({ "values": values }))
    }

    /// The headers of a call to another service: player, market, faults.
    pub fn write_headers(&self, headers: &mut HeaderMap) {
        self.identity().write(headers);
        if let Some(fault) = self.fault.as_deref().and_then(|text| HeaderValue::from_str(text).ok())
        {
            headers.insert(FAULT, fault);
        }
    }

    /// Writes all that is known into what the SDK sends with an event or a transaction.
    pub(crate) fn describe(&self) -> Description {
        let identity = self.identity();
        let mut tags: Vec<(&'static str, String)> = self.with(|found| found.tags.clone());
        tags.extend(identity.market.map(|market| ("market", market)));
        let user = identity.player.map(|player| User {
            id: Some(player),
            username: identity.name,
            ..User::default()
        });
        let flags = self.flags_context().and_then(|value| match value {
            Value::Object(map) => Some(Context::Other(map.into_iter().collect())),
            _ => None,
        });
        let data = self.with(|found| found.data.clone());
        Description { tags, user, flags, data, route: self.route() }
    }
}

/// See [`Request::describe`].
pub(crate) struct Description {
    pub(crate) tags: Vec<(&'static str, String)>,
    pub(crate) user: Option<User>,
    pub(crate) flags: Option<Context>,
    pub(crate) data: Vec<(&'static str, Value)>,
    pub(crate) route: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_about_the_player_are_believed_inside_only() {
        let mut headers = HeaderMap::new();
        headers.insert(PLAYER, HeaderValue::from_static("p-000001"));
        headers.insert(MARKET, HeaderValue::from_static("de"));
        headers.insert(FAULT, HeaderValue::from_static("panicUser=on"));
        let inside = Request::from_headers(&headers, "GET /", true);
        let outside = Request::from_headers(&headers, "GET /", false);
        assert_eq!(inside.identity().player.as_deref(), Some("p-000001"));
        assert_eq!(outside.identity(), Identity::default());
        let mut out = HeaderMap::new();
        inside.write_headers(&mut out);
        assert_eq!(out.len(), 3);
        assert_eq!(outside.fault.as_deref(), Some("panicUser=on"));
    }

    #[test]
    fn the_last_evaluation_of_a_flag_counts() {
        let request = Request::background("job");
        request.evaluated("a", Value::from(false));
        request.evaluated("a", Value::from(true));
        let expected = serde_json::json!({ "values": [{ "flag": "a", "result": true }] });
        assert_eq!(request.flags_context(), Some(expected));
    }
}
