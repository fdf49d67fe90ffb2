//! How a trace comes in and goes on: `sentry-trace`, `baggage`, `traceparent`.

use std::fmt::Write as _;

use http::{HeaderMap, HeaderName, HeaderValue};
use sentry::TransactionContext;

use crate::sdk;

/// The SDKs' header.
pub const SENTRY_TRACE: HeaderName = HeaderName::from_static("sentry-trace");
/// W3C's, with what the head of the trace decided about sampling.
pub const BAGGAGE: HeaderName = HeaderName::from_static("baggage");
/// W3C's header for the same as `sentry-trace`.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A header longer than this is not passed on.
const LONGEST: usize = 8192;

/// What a caller said about its trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// `trace-span-sampled`, made from `traceparent` when only that came.
    pub sentry_trace: Option<String>,
    /// As it came.
    pub baggage: Option<String>,
}

impl Incoming {
    /// Reads the headers.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let text = |name: &HeaderName| {
            headers.get(name)?.to_str().ok().filter(|text| text.len() <= LONGEST).map(str::to_owned)
        };
        let sentry_trace =
            text(&SENTRY_TRACE).or_else(|| text(&TRACEPARENT).and_then(|it| from_traceparent(&it)));
        Self { sentry_trace, baggage: text(&BAGGAGE) }
    }

    pub(crate) fn transaction(&self, name: &str, op: &str) -> TransactionContext {
        let pairs =
            [("sentry-trace", self.sentry_trace.as_deref()), ("baggage", self.baggage.as_deref())];
        let pairs = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
        TransactionContext::continue_from_headers(name, op, pairs)
    }
}

/// What goes on with a call or a message, empty when there is no trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// `trace-span-sampled`.
    pub sentry_trace: Option<String>,
    /// What came in, or made here at the head of a trace.
    pub baggage: Option<String>,
}

impl Outgoing {
    /// Of the request and the span that are current.
    pub fn current() -> Self {
        let incoming =
            crate::Request::current().map(|request| request.incoming.clone()).unwrap_or_default();
        match crate::span::current() {
            Some(span) => Self::of(&span, &incoming),
            // Without an SDK a trace goes through untouched.
            None => Self { sentry_trace: incoming.sentry_trace, baggage: incoming.baggage },
        }
    }

    pub(crate) fn of(span: &sentry::TransactionOrSpan, incoming: &Incoming) -> Self {
        let sentry_trace = span.iter_headers().next().map(|(_, value)| value);
        // The head of a trace decides once; who comes later only passes it on.
        let baggage = match (&incoming.baggage, &incoming.sentry_trace) {
            (Some(baggage), _) => Some(baggage.clone()),
            (None, Some(_)) => None,
            (None, None) => sentry_trace.as_deref().and_then(head_of_trace),
        };
        Self { sentry_trace, baggage }
    }

    /// Writes them.
    pub fn write(&self, headers: &mut HeaderMap) {
        let traceparent = self.sentry_trace.as_deref().and_then(to_traceparent);
        let pairs = [
            (SENTRY_TRACE, self.sentry_trace.as_deref()),
            (BAGGAGE, self.baggage.as_deref()),
            (TRACEPARENT, traceparent.as_deref()),
        ];
        for (name, value) in pairs {
            if let Some(value) = value.and_then(|text| HeaderValue::from_str(text).ok()) {
                headers.insert(name, value);
            }
        }
    }
}

/// The sampling context this service would have put into its envelopes. The SDK for Rust does not
/// write `baggage` itself.
fn head_of_trace(sentry_trace: &str) -> Option<String> {
    let facts = sdk::facts().filter(|facts| !facts.public_key.is_empty())?;
    let mut parts = sentry_trace.split('-');
    let trace = parts.next()?;
    let mut out = format!("sentry-trace_id={trace},sentry-public_key={}", facts.public_key);
    let _ = write!(out, ",sentry-environment={}", percent(&facts.environment));
    let _ = write!(out, ",sentry-release={}", percent(&facts.release));
    if let Some(sampled) = parts.nth(1) {
        let sampled = sampled == "1";
        let _ = write!(out, ",sentry-sampled={sampled},sentry-sample_rate={}", facts.sample_rate);
    }
    Some(out)
}

/// `00-trace-span-01` as `trace-span-1`.
fn from_traceparent(text: &str) -> Option<String> {
    let mut parts = text.trim().split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let sound = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    if !sound || version == "ff" || zero(trace) || zero(span) {
        return None;
    }
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1;
    Some(format!("{trace}-{span}-{sampled}"))
}

/// `trace-span-1` as `00-trace-span-01`.
fn to_traceparent(text: &str) -> Option<String> {
    let mut parts = text.trim().split('-');
    let (trace, span) = (parts.next()?, parts.next()?);
    let flags = if parts.next() == Some("1") { "01" } else { "00" };
    Some(format!("00-{trace}-{span}-{flags}"))
}

fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "771a43a4192642f0b136d5159a501700";
    const SPAN: &str = "7d2b2d1c5f9e4a10";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn traceparent_counts_when_it_is_alone() {
        let parent = format!("00-{TRACE}-{SPAN}-01");
        let alone = Incoming::from_headers(&headers(&[("traceparent", &parent)]));
        assert_eq!(alone.sentry_trace, Some(format!("{TRACE}-{SPAN}-1")));
        let both = headers(&[("traceparent", &parent), ("sentry-trace", "a-b-0")]);
        assert_eq!(Incoming::from_headers(&both).sentry_trace.as_deref(), Some("a-b-0"));
    }

    #[test]
    fn nonsense_is_no_trace() {
        for text in [
            "",
            "00-1-2-01",
            &format!("ff-{TRACE}-{SPAN}-01"),
            &format!("00-{TRACE}-0000000000000000-01"),
        ] {
            assert_eq!(from_traceparent(text), None, "{text}");
        }
    }

    #[test]
    fn a_trace_goes_through_without_an_sdk() {
        let sent = Outgoing {
            sentry_trace: Some(format!("{TRACE}-{SPAN}-1")),
            baggage: Some("a=b".to_owned()),
        };
        let mut out = HeaderMap::new();
        sent.write(&mut out);
        let parent = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(
            out,
            headers(&[
                ("sentry-trace", sent.sentry_trace.as_deref().unwrap()),
                ("baggage", "a=b"),
                ("traceparent", &parent)
            ])
        );
    }

    #[test]
    fn a_span_of_a_continued_trace_is_the_next_parent() {
        let incoming = Incoming {
            sentry_trace: Some(format!("{TRACE}-{SPAN}-1")),
            baggage: Some("sentry-x=1".to_owned()),
        };
        let transaction = sentry::start_transaction(incoming.transaction("GET /", "http.server"));
        let child =
            sentry::TransactionOrSpan::from(transaction.start_child("http.client", "GET /a"));
        let out = Outgoing::of(&child, &incoming);
        let trace = out.sentry_trace.unwrap();
        assert!(trace.starts_with(TRACE) && !trace.contains(SPAN), "{trace}");
        assert_eq!(out.baggage.as_deref(), Some("sentry-x=1"));
    }
}
