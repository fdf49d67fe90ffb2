//! One span as a row: what can be searched, filtered, grouped and counted.
//!
//! Transactions, streamed spans and OpenTelemetry spans all become this. A transaction is the segment
//! span of its own spans. Rows borrow from what was parsed wherever they can, because there are tens
//! of thousands a second.

use std::borrow::Cow;

use crate::clock::Micros;
use crate::id::{ProjectId, SpanId, TraceId};

/// A span. Empty text means "not there".
#[derive(Debug, Clone, PartialEq)]
pub struct SpanRow<'a> {
    /// Whose it is.
    pub project: ProjectId,
    /// The trace it belongs to.
    pub trace: TraceId,
    /// Its own id, unique within the trace.
    pub span: SpanId,
    /// The span that caused it, which may lie in another project or be missing.
    pub parent: Option<SpanId>,
    /// The span of the same service that all its work was done for: of a transaction the transaction's
    /// own. A span that does not know its segment is its own.
    pub segment: SpanId,
    /// True when it is the top span of its service: what Sentry calls a transaction.
    pub is_segment: bool,
    /// When it began.
    pub timestamp: Micros,
    /// How long it took, in microseconds.
    pub duration: u64,
    /// How long none of its children was running, in microseconds.
    pub self_time: u64,
    /// When it arrived.
    pub received: Micros,
    /// What kind of work, such as `http.server` or `db.query`; never empty (`default`).
    pub op: Cow<'a, str>,
    /// The first part of `op` if it is one of the known ones: `http`, `db`, `cache`, `ui`, …
    pub category: Cow<'a, str>,
    /// What was done, as it was sent: a query, a URL, a function.
    pub name: Cow<'a, str>,
    /// `name` with what varies taken out: spans with the same text do the same thing.
    pub description: Cow<'a, str>,
    /// The first 8 bytes of the MD5 of `description`, as Sentry's `span.group`; 0 without one.
    pub group: u64,
    /// The name of its segment, such as `POST /deposit`.
    pub transaction: Cow<'a, str>,
    /// One of the 17 names of gRPC status codes as Sentry writes them (`ok`, `not_found`, …), or empty.
    pub status: Cow<'a, str>,
    /// Where it ran.
    pub environment: Cow<'a, str>,
    /// What ran.
    pub release: Cow<'a, str>,
    /// `python`, `node`, `javascript`, …
    pub platform: Cow<'a, str>,
    /// `id:…`, `username:…`, `email:…` or `ip:…`: for whom.
    pub user: Cow<'a, str>,
    /// How many spans it stands for: 1 over the probability that it was kept, by the client and by us.
    pub weight: f64,
    /// Everything else that is known of it, each name once.
    pub attributes: Vec<Attribute<'a>>,
}

/// A named value.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute<'a> {
    /// Its name as in the conventions of OpenTelemetry and Sentry: `http.request.method`, `db.system`.
    pub name: Cow<'a, str>,
    /// Its value.
    pub value: AttributeValue<'a>,
}

/// What an attribute holds. Lists and objects become JSON text.
#[derive(Debug, Clone, PartialEq)]
pub enum AttributeValue<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A finite number; whole ones beyond 2^53 become text, so that no digit is lost.
    Number(f64),
    /// A truth value.
    Bool(bool),
}

impl SpanRow<'_> {
    /// When it ended.
    pub fn end(&self) -> Micros {
        Micros(self.timestamp.0.saturating_add(self.duration))
    }

    /// The value of that attribute.
    pub fn attribute(&self, name: &str) -> Option<&AttributeValue<'_>> {
        self.attributes.iter().find(|known| known.name == name).map(|known| &known.value)
    }

    /// The text of that attribute; empty when it is not there or no text.
    pub fn text(&self, name: &str) -> &str {
        match self.attribute(name) {
            Some(AttributeValue::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether the work failed.
    pub fn is_failure(&self) -> bool {
        is_failure(&self.status)
    }
}

/// Whether a status counts as failure: Sentry counts neither what was cancelled nor what is unknown.
pub fn is_failure(status: &str) -> bool {
    !NO_FAILURES.contains(&status)
}

/// The statuses that count as no failure.
pub const NO_FAILURES: [&str; 4] = ["", "ok", "cancelled", "unknown"];
