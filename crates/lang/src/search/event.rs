//! The keys of error events: what each is called, what it holds and where it is stored.

use super::column::{Display, Selected, Type, named};
use super::error::SearchError;
use super::field::{Kind, Role, SearchField, is_word_of_truth, measurement_kind};
use super::moment::DAY;
use super::syntax::TagType;
use crate::ask::{Aggregate, Cell, Column, Field, Filter, Operator};

/// A key that is known by name.
#[derive(Debug)]
pub(super) struct KnownField {
    /// As written in a search.
    pub(super) name: &'static str,
    /// Where it is stored; `None` when it is the tag of that name.
    pub(super) field: Option<Field>,
    /// What its values are.
    pub(super) kind: Kind,
    /// What it is, for the suggestions of a search bar; empty for names that are only understood.
    pub(super) about: &'static str,
}

const fn known(name: &'static str, field: Field, kind: Kind, about: &'static str) -> KnownField {
    KnownField { name, field: Some(field), kind, about }
}

const fn tag(name: &'static str, kind: Kind, about: &'static str) -> KnownField {
    KnownField { name, field: None, kind, about }
}

/// Every key of the `errors` data set. Any other key is a tag with text in it.
///
/// Source: the columns of Sentry's events endpoint, data set `errors`.
pub(super) static FIELDS: &[KnownField] = &[
    known("id", Field::EventId, Kind::Text, "The event's id, 32 hex digits"),
    known("event.id", Field::EventId, Kind::Text, ""),
    known("issue", Field::Issue, Kind::Text, "The issue's short id, such as SHOP-1A"),
    known("issue.id", Field::Issue, Kind::Number, "The issue's number"),
    known("project", Field::Project, Kind::Text, "The project's slug"),
    known("project.name", Field::Project, Kind::Text, ""),
    known("project.id", Field::Project, Kind::Number, "The project's number"),
    known("project_id", Field::Project, Kind::Number, ""),
    known("timestamp", Field::Timestamp, Kind::Date, "When it happened"),
    known("event.timestamp", Field::Timestamp, Kind::Date, ""),
    known("timestamp.to_hour", Field::Timestamp, Kind::Date, ""),
    known("timestamp.to_day", Field::Timestamp, Kind::Date, ""),
    known("time", Field::Timestamp, Kind::Date, ""),
    known("date", Field::Timestamp, Kind::Date, ""),
    known("error.received", Field::Received, Kind::Date, "When it arrived"),
    known("title", Field::Title, Kind::Text, "The event's title"),
    known("message", Field::Message, Kind::Text, "Text within the message or title"),
    known("culprit", Field::Culprit, Kind::Text, "Where it came from"),
    known("level", Field::Level, Kind::Text, "fatal, error, warning, info or debug"),
    known("event.type", Field::EventType, Kind::Text, "error, default, csp or feedback"),
    known("type", Field::EventType, Kind::Text, ""),
    known("platform", Field::Platform, Kind::Text, "The language or runtime"),
    known("platform.name", Field::Platform, Kind::Text, ""),
    known("environment", Field::Environment, Kind::Text, "Such as production"),
    known("release", Field::Release, Kind::Text, "The release, or latest"),
    known("dist", Field::Dist, Kind::Text, "The build of the release"),
    known("transaction", Field::Transaction, Kind::Text, "The route, task or screen"),
    known("server_name", Field::ServerName, Kind::Text, "The host it happened on"),
    known("logger", Field::Logger, Kind::Text, "The logger that wrote it"),
    known("trace", Field::Trace, Kind::Text, "The trace's id, 32 hex digits"),
    known("trace.span", Field::Span, Kind::Text, "The span's id, 16 hex digits"),
    tag("trace.parent_span", Kind::Text, ""),
    known("user", Field::User, Kind::Text, "Who was hit, such as id:42"),
    known("user.id", Field::UserId, Kind::Text, "The user's id"),
    known("user.email", Field::UserEmail, Kind::Text, "The user's e-mail address"),
    known("user.username", Field::UserUsername, Kind::Text, "The user's name"),
    known("user.ip", Field::UserIp, Kind::Text, "The user's IP address"),
    known("user.display", Field::User, Kind::Text, "The user's address, name, id or IP address"),
    known("geo.country_code", Field::GeoCountry, Kind::Text, "The user's country, such as MT"),
    tag("geo.region", Kind::Text, ""),
    tag("geo.city", Kind::Text, ""),
    known("sdk.name", Field::SdkName, Kind::Text, "The SDK that sent it"),
    known("sdk.version", Field::SdkVersion, Kind::Text, "The version of that SDK"),
    known("http.method", Field::HttpMethod, Kind::Text, "The request's method"),
    known("http.url", Field::HttpUrl, Kind::Text, "The request's address"),
    tag("http.referer", Kind::Text, ""),
    tag("http.status_code", Kind::Text, "The answer's status"),
    tag("os.name", Kind::Text, "The operating system"),
    tag("os.build", Kind::Text, ""),
    tag("os.kernel_version", Kind::Text, ""),
    tag("browser.name", Kind::Text, "The browser"),
    tag("runtime.name", Kind::Text, "The language's runtime"),
    tag("device.family", Kind::Text, "The device"),
    tag("device.class", Kind::Text, ""),
    known("error.type", Field::ErrorType, Kind::Text, "The exception's type"),
    known("error.value", Field::ErrorValue, Kind::Text, "The exception's message"),
    known("error.mechanism", Field::ErrorMechanism, Kind::Text, "What caught the exception"),
    known("error.handled", Field::ErrorHandled, Kind::Boolean, "The application caught it"),
    known(
        "error.unhandled",
        Field::ErrorHandled,
        Kind::Boolean,
        "The application did not catch it",
    ),
    tag("error.main_thread", Kind::Boolean, ""),
    known("stack.function", Field::StackFunctions, Kind::Text, "A function in the stack trace"),
    known("stack.module", Field::StackModules, Kind::Text, "A module in the stack trace"),
    known("stack.filename", Field::StackFilenames, Kind::Text, "A file in the stack trace"),
    tag("stack.abs_path", Kind::Text, ""),
    tag("stack.package", Kind::Text, ""),
    tag("stack.in_app", Kind::Boolean, ""),
    tag("stack.colno", Kind::Number, ""),
    tag("stack.lineno", Kind::Number, ""),
    tag("stack.stack_level", Kind::Number, ""),
    tag("is_application", Kind::Boolean, ""),
    tag("is_transaction", Kind::Boolean, ""),
    tag("symbolicated_in_app", Kind::Boolean, ""),
    tag("team_key_transaction", Kind::Boolean, ""),
    known("replayId", Field::Replay, Kind::Text, "The session replay's id"),
    known("replay.id", Field::Replay, Kind::Text, ""),
    tag("transaction.duration", Kind::Duration, ""),
    known("event.size", Field::Size, Kind::Size, "Bytes of the event"),
    known("event.attachments", Field::Attachments, Kind::Number, "Attachments of the event"),
];

impl SearchField for Field {
    const WORDS: &'static [Self] = &[Self::Title, Self::Message, Self::Culprit];
    const PROJECT: Self = Self::Project;
    const RELEASE: Self = Self::Release;
    const TIMESTAMP: Self = Self::Timestamp;

    fn named(name: &str) -> (Self, Kind) {
        if let Some(known) = FIELDS.iter().find(|known| known.name == name) {
            let field = known.field.clone();
            return (field.unwrap_or_else(|| Self::Tag(name.to_owned())), known.kind);
        }
        let kind = match name.split_once('.') {
            Some(("measurements", vital)) => measurement_kind(vital),
            Some(("spans", _)) => Kind::Duration,
            _ => Kind::Text,
        };
        (Self::Tag(name.to_owned()), kind)
    }

    fn tag(name: &str, of: Option<TagType>) -> (Self, Kind) {
        let kind = match of {
            Some(TagType::Number) => Kind::Number,
            Some(TagType::Boolean) => Kind::Boolean,
            Some(TagType::Text | TagType::Array) | None => Kind::Text,
        };
        (Self::Tag(name.to_owned()), kind)
    }

    fn flag(name: &str) -> Self {
        Self::Flag(name.to_owned())
    }

    fn searched(self, key: &str) -> Vec<Self> {
        match key {
            "message" => vec![Self::Message, Self::Title],
            "user.display" => {
                vec![Self::UserEmail, Self::UserUsername, Self::UserId, Self::UserIp]
            }
            _ => vec![self],
        }
    }

    fn is_loose(key: &str) -> bool {
        key == "message"
    }

    fn truth(self, key: &str, wanted: bool) -> Filter<Self> {
        if self != Self::ErrorHandled {
            return is_word_of_truth(self, wanted);
        }
        // Sentry counts an error as handled unless the SDK said that it was not.
        let unhandled = Filter::Compare(self, Operator::Equal, Cell::Bool(false));
        let wants_handled = wanted != (key == "error.unhandled");
        if wants_handled { Filter::Not(Box::new(unhandled)) } else { unhandled }
    }

    fn role(&self) -> Role<'_> {
        match self {
            Self::Project => Role::Project,
            Self::Issue => Role::Issue,
            Self::Release => Role::Release,
            Self::Tag(name) => Role::of_name(name),
            _ => Role::Plain,
        }
    }

    fn plain(text: &str) -> Option<Selected<Self>> {
        let (field, display, kind) = match text {
            "issue" => (Self::Issue, Display::ShortId, Type::String),
            "project" | "project.name" => (Self::Project, Display::ProjectSlug, Type::String),
            "issue.id" => (Self::Issue, Display::Plain, Type::Integer),
            "project.id" | "project_id" => (Self::Project, Display::Plain, Type::Integer),
            "user.display" => (Self::User, Display::AfterColon, Type::String),
            "error.handled" => (Self::ErrorHandled, Display::UnlessFalse, Type::Boolean),
            "error.unhandled" => (Self::ErrorHandled, Display::Opposite, Type::Boolean),
            "timestamp.to_hour" => return Some(Selected::bucket(DAY / 24)),
            "timestamp.to_day" => return Some(Selected::bucket(DAY)),
            _ => return None,
        };
        Some(Selected { display, ..Selected::of(Column::Field(field), kind) })
    }

    fn aggregate(
        text: &str,
        name: &str,
        arguments: &[&str],
    ) -> Result<Selected<Self>, SearchError> {
        let without_numbers = || SearchError::Column {
            column: text.to_owned(),
            reason: "error events have no durations",
        };
        let made = |aggregate, kind| Ok(Selected::of(Column::Aggregate(aggregate), kind));
        match (name, arguments) {
            ("latest_event", []) => made(Aggregate::Latest(Self::EventId), Type::String),
            ("min" | "max" | "sum" | "avg", [of]) => {
                let (field, kind) = named::<Self>(of)?;
                let is_number =
                    matches!(field, Self::Size | Self::Attachments) || kind == Kind::Number;
                match name {
                    "min" if is_number || kind == Kind::Date => {
                        made(Aggregate::Min(field), kind.into())
                    }
                    "max" if is_number || kind == Kind::Date => {
                        made(Aggregate::Max(field), kind.into())
                    }
                    "sum" if is_number => made(Aggregate::Sum(field), kind.into()),
                    "avg" if is_number => made(Aggregate::Average(field), kind.into()),
                    _ => Err(without_numbers()),
                }
            }
            (
                "p50" | "p75" | "p90" | "p95" | "p99" | "p100" | "percentile" | "median" | "apdex"
                | "user_misery" | "count_miserable" | "failure_rate" | "failure_count" | "stddev"
                | "var" | "performance_score" | "count_web_vitals",
                _,
            ) => Err(without_numbers()),
            _ => Err(SearchError::Function { function: text.to_owned() }),
        }
    }
}
