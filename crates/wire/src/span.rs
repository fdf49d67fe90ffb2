//! Spans: transactions, span containers and standalone spans, as rows.
//!
//! Three steps, because secrets must be out before texts are grouped by what they say:
//!
//! 1. Rows. [`Transaction::new`] brings a transaction into form, [`container`] and [`standalone`]
//!    turn streamed and standalone spans into rows.
//! 2. Scrubbing, between the steps and not here. A transaction is scrubbed as the event it is, its
//!    spans included, so that selectors such as `$span.data.**` mean what they mean in Sentry:
//!    `scrubber.apply(&mut transaction.event)`, then [`Transaction::rows`]. Rows from elsewhere are
//!    scrubbed as rows: `scrubber.apply_to_spans(&mut rows)`.
//! 3. [`finish`] describes every row by what is left.
//!
//! Strings are moved from the parsed JSON into the rows and nearly never copied.
//!
//! Source: Relay's span processing, as summed up in our reference.

use model::clock::Micros;
use model::id::{ProjectId, SpanId, TraceId};
use model::json::Value;
use model::outcome::Reason;
use model::span::SpanRow;

pub mod attributes;
mod container;
mod deprecated;
pub mod description;
mod embedded;
mod finishing;
pub(crate) mod flags;
mod intervals;
mod links;
mod measurements;
mod names;
mod request;
mod score;
mod segment;
mod standalone;
mod status;
mod streamed_names;
mod time;
mod transaction;

pub use attributes::Attributes;
pub use container::{container, set_self_times};
pub use finishing::{finish, group_of, settle_columns};
pub use flags::flags_context;
pub use standalone::standalone;
pub use status::span_status;
pub use time::Window;
pub use transaction::Transaction;

/// What is known about spans from elsewhere than their payload.
#[derive(Debug, Clone, Copy)]
pub struct SpanGiven<'g> {
    /// The project they were sent to.
    pub project: ProjectId,
    /// When they arrived.
    pub received: Micros,
    /// When the SDK says it sent them.
    pub sent_at: Option<Micros>,
    /// How far in the future a span may lie, as a span of time.
    pub future_max: Micros,
    /// How far in the past a span may lie, as a span of time.
    pub past_max: Micros,
    /// How many spans each stands for, see [`weight`].
    pub weight: f64,
    /// The address the request came from.
    pub client_ip: Option<&'g str>,
    /// True when the project wants no addresses: none is inferred then.
    pub scrub_ip: bool,
    /// `User-Agent` of the request.
    pub user_agent: Option<&'g str>,
}

/// What came of a payload.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spans<'a> {
    /// The spans; of a transaction its segment first.
    pub rows: Vec<SpanRow<'a>>,
    /// What was not kept: why, and how many.
    pub refused: Vec<(Reason, u64)>,
}

impl Spans<'_> {
    fn refuse(&mut self, reason: &'static str, count: u64) {
        match self.refused.iter_mut().find(|(known, _)| known == reason) {
            Some((_, known)) => *known += count,
            None if count > 0 => self.refused.push((reason.into(), count)),
            None => {}
        }
    }
}

/// Why a transaction, a span or a container of spans is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// A transaction whose trace has no ids.
    #[error("missing valid trace context")]
    NoTrace,
    /// A transaction without a moment it began or ended at.
    #[error("{0} hard-required for transaction events")]
    NoTime(&'static str),
    /// A transaction, or a span of it, that ends before it begins.
    #[error("end timestamp is smaller than start timestamp")]
    Reversed,
    /// A transaction from before 1970, or from longer ago than anything is kept.
    #[error("timestamp is out of the valid range for transactions")]
    OutOfRange,
    /// Something else than a span among the spans of a transaction.
    #[error("spans must be valid in transaction event")]
    NoSpan,
    /// A span of a transaction without an id or a beginning.
    #[error("span is missing {0}")]
    SpanWithout(&'static str),
    /// A container that is none, or does not hold as many spans as its header says.
    #[error("not a container of spans")]
    NoContainer,
    /// A span of its own without what it must have.
    #[error("span without {0}")]
    NoData(&'static str),
    /// A span of its own with an id that is none.
    #[error("invalid {0}")]
    BadId(&'static str),
    /// A span of its own that ends before it begins, or is too old.
    #[error("timestamp of a span")]
    Timestamp,
}

impl Invalid {
    /// The reason for the accounts. Source: Relay's discard reasons.
    pub fn reason(self) -> &'static str {
        match self {
            Self::NoTrace
            | Self::NoTime(_)
            | Self::Reversed
            | Self::OutOfRange
            | Self::NoSpan
            | Self::SpanWithout(_) => "invalid_transaction",
            Self::NoContainer => "invalid_json",
            Self::NoData(_) => "no_data",
            Self::BadId(_) => "invalid_span",
            Self::Timestamp => "timestamp",
        }
    }
}

/// How many spans one stands for, by the sampling context of its envelope (`trace` of the header):
/// 1 over the client's sample rate; 1 where it says nothing, or nonsense.
pub fn weight(trace: Option<&Value<'_>>) -> f64 {
    let rate = trace.and_then(|trace| trace.get("sample_rate"));
    let rate = rate.and_then(|rate| match rate {
        Value::Str(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    });
    match rate {
        // Smaller rates than one in a million are mistakes, and one span would drown all others.
        Some(rate) if (1e-6..=1.0).contains(&rate) => 1.0 / rate,
        _ => 1.0,
    }
}

/// A row of which only the ids are known.
pub fn blank<'a>(given: &SpanGiven<'_>, trace: TraceId, span: SpanId) -> SpanRow<'a> {
    SpanRow {
        project: given.project,
        trace,
        span,
        parent: None,
        segment: span,
        is_segment: false,
        timestamp: given.received,
        duration: 0,
        self_time: 0,
        received: given.received,
        op: "".into(),
        category: "".into(),
        name: "".into(),
        description: "".into(),
        group: 0,
        transaction: "".into(),
        status: "".into(),
        environment: "".into(),
        release: "".into(),
        platform: "".into(),
        user: "".into(),
        weight: given.weight,
        attributes: Vec::new(),
    }
}
