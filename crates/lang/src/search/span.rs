//! The keys of spans: what each is called, what it holds and where it is stored.
//!
//! Any other name is the attribute of that name.

mod aggregate;

use super::column::{Display, Selected, Type};
use super::error::SearchError;
use super::field::{Kind, Role, SearchField, is_word_of_truth, measurement_kind};
use super::formula::{Arithmetic, Formula};
use super::moment::DAY;
use super::syntax::{TagType, Value};
use crate::ask::{Aggregate, Cell, Column, Filter, Operator, SpanField};

/// Where the values of a key are stored.
#[derive(Debug)]
enum Place {
    /// A field of every span.
    Field(SpanField),
    /// The attribute of that name.
    Attribute(&'static str),
}

/// A key that is known by name.
#[derive(Debug)]
pub(super) struct KnownField {
    /// As written in a search.
    pub(super) name: &'static str,
    place: Place,
    /// What its values are.
    pub(super) kind: Kind,
    /// What it is, for the suggestions of a search bar; empty for names that are only understood.
    pub(super) about: &'static str,
}

const fn known(
    name: &'static str,
    field: SpanField,
    kind: Kind,
    about: &'static str,
) -> KnownField {
    KnownField { name, place: Place::Field(field), kind, about }
}

/// Another name of a field.
const fn also(name: &'static str, field: SpanField, kind: Kind) -> KnownField {
    known(name, field, kind, "")
}

const fn attribute(
    name: &'static str,
    stored: &'static str,
    kind: Kind,
    about: &'static str,
) -> KnownField {
    KnownField { name, place: Place::Attribute(stored), kind, about }
}

/// Every key of the data set `spans` that is more than the name of an attribute.
///
/// Source: the columns of Sentry's events endpoint, data set `spans`; the legacy ones of
/// `transactions` where they do not contradict.
pub(super) static FIELDS: &[KnownField] = &[
    known("id", SpanField::Span, Kind::Text, "The span's id, 16 hex digits"),
    also("span_id", SpanField::Span, Kind::Text),
    also("trace.span", SpanField::Span, Kind::Text),
    known("parent_span", SpanField::Parent, Kind::Text, "The id of the span that caused it"),
    also("parent_span_id", SpanField::Parent, Kind::Text),
    also("trace.parent_span", SpanField::Parent, Kind::Text),
    known("trace", SpanField::Trace, Kind::Text, "The trace's id, 32 hex digits"),
    also("trace_id", SpanField::Trace, Kind::Text),
    known("is_transaction", SpanField::IsSegment, Kind::Boolean, "It is the top of its service"),
    also("is_segment", SpanField::IsSegment, Kind::Boolean),
    also("transaction.span_id", SpanField::Segment, Kind::Text),
    also("segment.id", SpanField::Segment, Kind::Text),
    known(
        "transaction",
        SpanField::Transaction,
        Kind::Text,
        "The route, task or page it is part of",
    ),
    also("segment.name", SpanField::Transaction, Kind::Text),
    known("span.op", SpanField::Op, Kind::Text, "The kind of work, such as db.query"),
    also("op", SpanField::Op, Kind::Text),
    also("transaction.op", SpanField::Op, Kind::Text),
    known("span.category", SpanField::Category, Kind::Text, "db, http, cache, ui, …"),
    also("span.module", SpanField::Category, Kind::Text),
    known("span.description", SpanField::Name, Kind::Text, "What was done, as it was sent"),
    also("span.name", SpanField::Name, Kind::Text),
    also("name", SpanField::Name, Kind::Text),
    also("description", SpanField::Name, Kind::Text),
    also("message", SpanField::Name, Kind::Text),
    known(
        "normalized_description",
        SpanField::Description,
        Kind::Text,
        "What was done, without what varies",
    ),
    also("sentry.normalized_description", SpanField::Description, Kind::Text),
    known("span.group", SpanField::Group, Kind::Text, "Spans that do the same, 16 hex digits"),
    known("span.status", SpanField::Status, Kind::Text, "ok, not_found, internal_error, …"),
    also("status", SpanField::Status, Kind::Text),
    also("trace.status", SpanField::Status, Kind::Text),
    also("transaction.status", SpanField::Status, Kind::Text),
    known("span.duration", SpanField::Duration, Kind::Duration, "How long it took, such as >100ms"),
    also("transaction.duration", SpanField::Duration, Kind::Duration),
    known(
        "span.self_time",
        SpanField::SelfTime,
        Kind::Duration,
        "How long none of its children was running",
    ),
    also("span.exclusive_time", SpanField::SelfTime, Kind::Duration),
    known("timestamp", SpanField::Timestamp, Kind::Date, "When it began"),
    also("timestamp.to_hour", SpanField::Timestamp, Kind::Date),
    also("timestamp.to_day", SpanField::Timestamp, Kind::Date),
    also("time", SpanField::Timestamp, Kind::Date),
    also("date", SpanField::Timestamp, Kind::Date),
    known("received", SpanField::Received, Kind::Date, "When it arrived"),
    known("project", SpanField::Project, Kind::Text, "The project's slug"),
    also("project.name", SpanField::Project, Kind::Text),
    known("project.id", SpanField::Project, Kind::Number, "The project's number"),
    also("project_id", SpanField::Project, Kind::Number),
    known("environment", SpanField::Environment, Kind::Text, "Such as production"),
    known("release", SpanField::Release, Kind::Text, "The release, or latest"),
    known("platform", SpanField::Platform, Kind::Text, "The language or runtime"),
    also("platform.name", SpanField::Platform, Kind::Text),
    known("user", SpanField::User, Kind::Text, "For whom, such as id:42"),
    also("user.display", SpanField::User, Kind::Text),
    also("sampling_weight", SpanField::Weight, Kind::Number),
    attribute("user.username", "user.name", Kind::Text, ""),
    attribute("user.ip", "user.ip_address", Kind::Text, ""),
    attribute("transaction.id", "sentry.event_id", Kind::Text, ""),
    attribute("transaction.event_id", "sentry.event_id", Kind::Text, ""),
    attribute("profile.id", "sentry.profile_id", Kind::Text, "The profile of its transaction"),
    attribute("profiler.id", "sentry.profiler_id", Kind::Text, ""),
    attribute("replayId", "sentry.replay_id", Kind::Text, "The session replay's id"),
    attribute("replay.id", "sentry.replay_id", Kind::Text, ""),
    attribute("dist", "sentry.dist", Kind::Text, ""),
    attribute("origin", "sentry.origin", Kind::Text, ""),
    attribute("sdk.name", "sentry.sdk.name", Kind::Text, "The SDK that sent it"),
    attribute("sdk.version", "sentry.sdk.version", Kind::Text, ""),
    attribute("server_name", "server.address", Kind::Text, ""),
    attribute("span.action", "sentry.action", Kind::Text, ""),
    attribute("span.domain", "sentry.domain", Kind::Text, ""),
    attribute("span.system", "db.system.name", Kind::Text, ""),
    attribute("http.method", "http.request.method", Kind::Text, ""),
    attribute("http.url", "url.full", Kind::Text, ""),
    attribute("http.referer", "http.request.header.referer", Kind::Text, ""),
    attribute("http.status_code", "http.response.status_code", Kind::Text, ""),
    attribute("span.status_code", "http.response.status_code", Kind::Text, ""),
    attribute(
        "http.response.status_code",
        "http.response.status_code",
        Kind::Text,
        "The answer's status",
    ),
    attribute("http.response_content_length", "http.response.body.size", Kind::Size, ""),
    attribute(
        "http.decoded_response_content_length",
        "http.response.body.decoded_size",
        Kind::Size,
        "",
    ),
    attribute("http.response_transfer_size", "http.response.size", Kind::Size, ""),
    attribute(
        "http.response.body.size",
        "http.response.body.size",
        Kind::Size,
        "Bytes of the answer",
    ),
    attribute("http.response.body.decoded_size", "http.response.body.decoded_size", Kind::Size, ""),
    attribute("http.request.body.size", "http.request.body.size", Kind::Size, ""),
    attribute("http.response.size", "http.response.size", Kind::Size, ""),
    attribute("cache.item_size", "cache.item_size", Kind::Size, ""),
    attribute("messaging.message.body.size", "messaging.message.body.size", Kind::Size, ""),
    attribute(
        "messaging.message.receive.latency",
        "messaging.message.receive.latency",
        Kind::Duration,
        "",
    ),
];

/// Measurements whose attribute has another name.
///
/// Source: Sentry's conventions for attributes, and what takes transactions in.
const MEASUREMENTS: [(&str, &str); 18] = [
    ("app_start_cold", "app.vitals.start.cold.value"),
    ("app_start_warm", "app.vitals.start.warm.value"),
    ("cls", "browser.web_vital.cls.value"),
    ("fcp", "browser.web_vital.fcp.value"),
    ("fp", "browser.web_vital.fp.value"),
    ("frames_frozen", "app.vitals.frames.frozen.count"),
    ("frames_frozen_rate", "app.vitals.frames.frozen.rate"),
    ("frames_slow", "app.vitals.frames.slow.count"),
    ("frames_slow_rate", "app.vitals.frames.slow.rate"),
    ("frames_total", "app.vitals.frames.total.count"),
    ("inp", "browser.web_vital.inp.value"),
    ("lcp", "browser.web_vital.lcp.value"),
    ("stall_percentage", "app.vitals.stall.percentage"),
    ("stall_total_time", "app.vitals.stall.duration"),
    ("time_to_full_display", "app.vitals.ttfd.value"),
    ("time_to_initial_display", "app.vitals.ttid.value"),
    ("ttfb", "browser.web_vital.ttfb.value"),
    ("ttfb.requesttime", "browser.web_vital.ttfb.request_time"),
];

/// The attribute that a measurement is stored as.
pub(super) fn measurement(name: &str) -> SpanField {
    let known = MEASUREMENTS.iter().find(|(short, _)| *short == name);
    SpanField::Number(known.map_or(name, |(_, stored)| stored).to_owned())
}

/// What the values of an attribute are by its name; text unless they turn out to be numbers.
fn attribute_kind(name: &str) -> Kind {
    if let Some((short, _)) = MEASUREMENTS.iter().find(|(_, stored)| *stored == name) {
        return measurement_kind(short);
    }
    let is_number = name.starts_with("score.")
        || name.starts_with("gen_ai.usage.") && name.ends_with("_tokens")
        || name.starts_with("gen_ai.cost.");
    if is_number { Kind::Number } else { Kind::Text }
}

/// The attribute of that name, read as that kind asks for.
fn stored(name: &str, kind: Kind) -> SpanField {
    match kind {
        Kind::Number | Kind::Duration | Kind::Size => SpanField::Number(name.to_owned()),
        Kind::Text | Kind::Date | Kind::Boolean => SpanField::Attribute(name.to_owned()),
    }
}

impl SearchField for SpanField {
    const WORDS: &'static [Self] = &[Self::Name, Self::Description];
    const PROJECT: Self = Self::Project;
    const RELEASE: Self = Self::Release;
    const TIMESTAMP: Self = Self::Timestamp;

    fn named(name: &str) -> (Self, Kind) {
        if let Some(known) = FIELDS.iter().find(|known| known.name == name) {
            let field = match &known.place {
                Place::Field(field) => field.clone(),
                Place::Attribute(name) => stored(name, known.kind),
            };
            return (field, known.kind);
        }
        if let Some(short) = name.strip_prefix("measurements.") {
            return (measurement(short), measurement_kind(short));
        }
        let kind = attribute_kind(name);
        (stored(name, kind), kind)
    }

    fn tag(name: &str, of: Option<TagType>) -> (Self, Kind) {
        let kind = match of {
            Some(TagType::Number) => Kind::Number,
            Some(TagType::Boolean) => Kind::Boolean,
            Some(TagType::Text | TagType::Array) | None => Kind::Text,
        };
        (stored(name, kind), kind)
    }

    fn flag(name: &str) -> Self {
        Self::Attribute(format!("flag.evaluation.{name}"))
    }

    fn is_loose(key: &str) -> bool {
        key == "message"
    }

    fn as_number(&self) -> Option<Self> {
        match self {
            Self::Attribute(name) => Some(Self::Number(name.clone())),
            _ => None,
        }
    }

    fn condition(key: &str, value: &Value<'_>) -> Option<Filter<Self>> {
        // The name of what a transaction is among events.
        if key != "event.type" {
            return None;
        }
        let is_asked = super::filter::texts(value).iter().any(|text| text.raw == "transaction");
        Some(if is_asked { Self::IsSegment.truth(key, true) } else { Filter::Nothing })
    }

    fn truth(self, _key: &str, wanted: bool) -> Filter<Self> {
        if self == Self::IsSegment {
            return Filter::Compare(self, Operator::Equal, Cell::Bool(wanted));
        }
        is_word_of_truth(self, wanted)
    }

    fn role(&self) -> Role<'_> {
        match self {
            Self::Project => Role::Project,
            Self::Release => Role::Release,
            Self::Attribute(name) => Role::of_name(name),
            _ => Role::Plain,
        }
    }

    fn events(function: &str) -> Aggregate<Self> {
        match function {
            "tpm" | "tps" => Aggregate::CountIf(Self::IsSegment.truth("", true)),
            _ => Aggregate::Count,
        }
    }

    fn plain(text: &str) -> Option<Selected<Self>> {
        let (field, display, kind) = match text {
            "project" | "project.name" => (Self::Project, Display::ProjectSlug, Type::String),
            "project.id" | "project_id" => (Self::Project, Display::Plain, Type::Integer),
            "user.display" => (Self::User, Display::AfterColon, Type::String),
            "timestamp.to_hour" => return Some(Selected::bucket(DAY / 24)),
            "timestamp.to_day" => return Some(Selected::bucket(DAY)),
            "precise.start_ts" => return Some(seconds(false)),
            "precise.finish_ts" => return Some(seconds(true)),
            _ => return None,
        };
        Some(Selected { display, ..Selected::of(Column::Field(field), kind) })
    }

    fn aggregate(
        text: &str,
        name: &str,
        arguments: &[&str],
    ) -> Result<Selected<Self>, SearchError> {
        aggregate::aggregate(text, name, arguments)
    }
}

/// Start or end in seconds since 1970.
fn seconds(is_end: bool) -> Selected<SpanField> {
    let over = |place, divisor| {
        Formula::pair(Formula::Column(place), Arithmetic::Divide, Formula::Constant(divisor))
    };
    let start = Selected {
        formula: over(0, 1e6),
        ..Selected::of(Column::Field(SpanField::Timestamp), Type::Number)
    };
    if !is_end {
        return start;
    }
    Selected {
        others: vec![Column::Field(SpanField::Duration)],
        formula: Formula::pair(start.formula, Arithmetic::Add, over(1, 1e3)),
        ..start
    }
}
