//! What a search bar can offer: the keys it knows, what they hold and what they mean.

use super::event::FIELDS;
use super::field::Kind;
use super::issue::is_values;
use super::span;

/// A key to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestedKey {
    /// As written in a search.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What it means, in a few words.
    pub about: &'static str,
    /// All its values, when they are few and known.
    pub values: Vec<&'static str>,
    /// It is about issues and has no meaning in a search for events.
    pub issues_only: bool,
}

/// Keys of issues: name, kind, meaning, values.
const ISSUE_KEYS: [(&str, Kind, &str, &[&str]); 16] = [
    ("assigned", Kind::Text, "Whom it is assigned to", &["me", "my_teams", "none"]),
    (
        "assigned_or_suggested",
        Kind::Text,
        "Whom it is assigned to, or who is suggested",
        &["me", "my_teams", "none"],
    ),
    ("bookmarks", Kind::Text, "Who has bookmarked it", &["me"]),
    ("subscribed", Kind::Text, "Who follows it", &["me"]),
    ("age", Kind::Date, "How long ago it was first seen, such as -24h", &[]),
    ("firstSeen", Kind::Date, "When it was first seen", &[]),
    ("lastSeen", Kind::Date, "When it was last seen", &[]),
    ("timesSeen", Kind::Number, "How many events it has", &[]),
    ("userCount", Kind::Number, "How many users it has hit", &[]),
    ("firstRelease", Kind::Text, "The release it was first seen in", &["latest"]),
    ("issue.priority", Kind::Text, "How much it matters", &["high", "medium", "low"]),
    (
        "issue.category",
        Kind::Text,
        "What kind of issue it is",
        &["error", "feedback", "performance"],
    ),
    (
        "issue.type",
        Kind::Text,
        "What kind of issue it is, in detail",
        &[
            "error",
            "feedback",
            "performance_n_plus_one_db_queries",
            "performance_n_plus_one_api_calls",
            "performance_slow_db_query",
            "performance_consecutive_db_queries",
            "performance_consecutive_http",
            "performance_duplicate_calls",
            "performance_slow_external_provider",
            "performance_large_http_payload",
            "performance_uncompressed_assets",
            "performance_render_blocking_asset_span",
            "performance_db_main_thread",
            "performance_file_io_main_thread",
            "profile_regex_main_thread",
        ],
    ),
    (
        "status",
        Kind::Text,
        "What became of it",
        &["unresolved", "resolved", "archived", "reprocessing"],
    ),
    (
        "substatus",
        Kind::Text,
        "What became of it, in detail",
        &["new", "ongoing", "regressed", "escalating"],
    ),
    ("has", Kind::Text, "It has a value for that key", &[]),
];

/// Every key to offer: those of issues first.
pub fn keys() -> Vec<SuggestedKey> {
    let is = SuggestedKey {
        name: "is",
        kind: Kind::Text,
        about: "What became of it",
        values: is_values().collect(),
        issues_only: true,
    };
    let of_issues = ISSUE_KEYS.into_iter().map(|(name, kind, about, values)| SuggestedKey {
        name,
        kind,
        about,
        values: values.to_vec(),
        issues_only: name != "has",
    });
    let of_events = FIELDS.iter().filter(|field| !field.about.is_empty()).map(|field| {
        let values: &[&'static str] = match (field.name, field.kind) {
            ("level", _) => &["fatal", "error", "warning", "info", "debug"],
            ("event.type", _) => &["error", "default", "csp", "feedback", "generic", "outage"],
            (_, Kind::Boolean) => &["true", "false"],
            _ => &[],
        };
        SuggestedKey {
            name: field.name,
            kind: field.kind,
            about: field.about,
            values: values.to_vec(),
            issues_only: false,
        }
    });
    std::iter::once(is).chain(of_issues).chain(of_events).collect()
}

/// Every key to offer in a search for spans, apart from the names of attributes.
pub fn span_keys() -> Vec<SuggestedKey> {
    let of_spans = span::FIELDS.iter().filter(|field| !field.about.is_empty()).map(|field| {
        let values: &[&'static str] = match (field.name, field.kind) {
            ("span.status", _) => &["ok", "internal_error", "not_found", "deadline_exceeded"],
            (_, Kind::Boolean) => &["true", "false"],
            _ => &[],
        };
        SuggestedKey {
            name: field.name,
            kind: field.kind,
            about: field.about,
            values: values.to_vec(),
            issues_only: false,
        }
    });
    of_spans.collect()
}
