//! The top of an event: its table, and the fields that are not worth a file.

use std::borrow::Cow;

use model::annotation::{Path, Remark, RemarkKind};
use model::event::Event;
use model::id::EventId;
use model::json::{Object, Value};

use super::conform::Conform;
use super::schema::{FREE, Field, Id, Kind, Schema, Text, Unknown, field, text};
use super::{
    Given, address, breadcrumbs, contexts, debug_images, exception, frames, logentry, object_in,
    request, scalars, sdk, tags, threads, user,
};
use crate::release;

const LOGGER_CHARS_MAX: usize = 64;
const DIST_CHARS_MAX: usize = 64;
/// Parts of a fingerprint at most.
const FINGERPRINT_PARTS_MAX: usize = 100;

/// The fields of an event.
pub(super) static EVENT: Schema = Schema::new(
    "an event",
    &[
        field("event_id", Kind::Id(Id::Event)),
        field("level", Kind::Level),
        text("type"),
        field("timestamp", Kind::Time),
        text("platform"),
        field("environment", Kind::Text(FREE.trimmed().nonempty())),
        field("release", Kind::Lenient(FREE.trimmed().nonempty())),
        field("dist", Kind::Text(FREE.trimmed().nonempty().only(is_dist_char))),
        field("server_name", Kind::Text(Text::max(256, 20))),
        field("transaction", Kind::Text(Text::max(200, 0).trimmed())),
        user::FIELD,
        request::FIELD,
        tags::FIELD,
        sdk::FIELD,
        contexts::FIELD,
        exception::FIELD,
        logentry::FIELD,
        breadcrumbs::FIELD,
        field(
            "extra",
            Kind::Map(&Kind::Free(super::schema::Bag { bytes_max: 16_384, depth_max: 7 })),
        )
        .bag(262_144, 7)
        .gone_when_empty(),
        field("modules", Kind::Map(&Kind::Text(FREE)))
            .bag(8192, 7)
            .reshaped(modules)
            .gone_when_empty(),
        threads::FIELD,
        frames::FIELD,
        debug_images::FIELD,
        field("fingerprint", Kind::Any).reshaped(fingerprint).gone_when_empty(),
        field(
            "logger",
            Kind::Text(Text::max(LOGGER_CHARS_MAX, 0).only(|c| c != '\r' && c != '\n')),
        ),
        field("culprit", Kind::Text(Text::max(200, 0))),
        field("transaction_info", Kind::Object(&TRANSACTION_INFO)),
        field("template", Kind::Object(&frames::TEMPLATE)),
        field("csp", Kind::Object(&CSP)),
        field("errors", Kind::List(&Kind::Any)).gone_when_empty(),
        field("start_timestamp", Kind::Time),
        field("received", Kind::Time),
        field("site", Kind::Text(Text::max(256, 20))),
        field("checksum", Kind::Text(Text::max(128, 0))),
        field("time_spent", Kind::Unsigned),
        field("spans", Kind::List(&Kind::Any)).bag(819_200, 16),
        field("measurements", Kind::Map(&Kind::Any)).gone_when_empty(),
        field("breakdowns", Kind::Map(&Kind::Any)).gone_when_empty(),
        field("project", Kind::Any),
    ],
    Unknown::Note,
);

const TRANSACTION_INFO: Schema = Schema::closed(
    "transactioninfo",
    &[
        text("source"),
        field("original", Kind::Text(Text::max(200, 0).trimmed())),
        field("changes", Kind::List(&Kind::Any)),
        field("propagations", Kind::Unsigned),
    ],
);

const URI: Field = field("blocked_uri", Kind::Text(Text::max(2048, 200)));
const CSP: Schema = Schema::closed(
    "csp",
    &[
        text("effective_directive"),
        URI,
        Field { name: "document_uri", ..URI },
        Field { name: "referrer", ..URI },
        Field { name: "source_file", ..URI },
        field("original_policy", Kind::Text(Text::max(8192, 200))),
        field("status_code", Kind::Unsigned),
        text("violated_directive"),
        field("line_number", Kind::Unsigned),
        field("column_number", Kind::Unsigned),
        text("script_sample"),
        text("disposition"),
    ],
);

fn is_dist_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || "_.-".contains(char)
}

/// Names of the first protocol versions.
const LEGACY_NAMES: [(&str, &str); 12] = [
    ("sentry.interfaces.Message", "logentry"),
    ("message", "logentry"),
    ("sentry.interfaces.User", "user"),
    ("sentry.interfaces.Http", "request"),
    ("sentry.interfaces.Contexts", "contexts"),
    ("sentry.interfaces.Breadcrumbs", "breadcrumbs"),
    ("sentry.interfaces.Exception", "exception"),
    ("sentry.interfaces.Stacktrace", "stacktrace"),
    ("sentry.interfaces.Template", "template"),
    ("sentry.interfaces.Csp", "csp"),
    ("sentry.interfaces.Threads", "threads"),
    ("sentry.interfaces.DebugMeta", "debug_meta"),
];

/// What servers write into events; from a sender it means nothing.
const SERVER_FIELDS: [&str; 14] = [
    "_dsc",
    "_metrics",
    "_performance_issues_spans",
    "applecrashreport",
    "device",
    "grouping_config",
    "hashes",
    "ingest_path",
    "key_id",
    "metadata",
    "query",
    "repos",
    "scraping_attempts",
    "version",
];

/// Gives fields their present names, and takes out what only servers may write.
pub(super) fn rename_legacy(event: &mut Event<'_>) {
    let known = |name: &str| EVENT.find(name).is_some();
    if event.root.iter().all(|(name, _)| known(name)) {
        return;
    }
    for (old, new) in LEGACY_NAMES {
        let Some(value) = event.root.remove(old) else { continue };
        if event.root.get(new).is_none() {
            event.root.push(new, value);
            let mut conform = Conform { notes: &mut event.notes };
            conform.rename(&Path::Root.name(old), &Path::Root.name(new));
        }
    }
    event.root.retain(|name, _| !SERVER_FIELDS.contains(&name));
}

fn modules(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    if let Value::Object(modules) = value {
        modules.retain(|name, version| !version.is_null() || conform.is_noted(&path.name(name)));
    }
}

/// Keeps the parts that are text or can be written as it, and notes the others.
fn fingerprint(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    match value {
        Value::Null => {}
        Value::Array(parts) => {
            let before = parts.len();
            parts.truncate(FINGERPRINT_PARTS_MAX);
            parts.retain(|part| !part.is_null());
            let mut bad = Vec::new();
            parts.retain_mut(|part| {
                let fits = scalars::lenient(part).is_ok();
                if !fits {
                    bad.push(part.take().into_owned());
                }
                fits
            });
            if before > FINGERPRINT_PARTS_MAX {
                conform.notes.note(path).error("value_too_long");
            }
            if !bad.is_empty() {
                let note = conform.notes.note(path);
                note.original_length = u64::try_from(parts.len() + bad.len()).ok();
                let mut details = Object::new();
                details.push("value", bad);
                note.error_with("invalid_data", details);
            }
            if parts.is_empty() {
                *value = Value::Null;
            }
        }
        _ => conform.reject(value, path, "expected an array"),
    }
}

/// Settles the id: the header's, the payload's, or a new one.
pub(super) fn identify(event: &mut Event<'_>, given: &Given<'_>) -> EventId {
    let own = event.root.str("event_id").and_then(|id| EventId::parse(id).ok());
    let id = given.event_id.or(own).unwrap_or(given.random_id);
    if own != Some(id) {
        event.root.insert("event_id", id.to_string());
    }
    id
}

/// Completes reports that browsers send by themselves: only the request says who they are from.
pub(super) fn complete_report(event: &mut Event<'_>, given: &Given<'_>) {
    if event.root.get("csp").is_none_or(Value::is_null) {
        return;
    }
    if event.root.get("logger").is_none_or(Value::is_null) {
        event.root.insert("logger", "csp");
    }
    address::of_report(event, given);
    let Some(user_agent) = given.user_agent else { return };
    let Some(request) = object_in(&mut event.root, "request") else { return };
    if request::header(request, "User-Agent").is_some() {
        return;
    }
    let header = Value::Array(vec![Value::from("User-Agent"), Value::from(user_agent.to_owned())]);
    match request.entry("headers") {
        Value::Array(headers) => headers.push(header),
        place => *place = Value::Array(vec![header]),
    }
}

/// Refuses releases and environments that could not be used in addresses, and too long builds.
pub(super) fn validate(event: &mut Event<'_>) {
    let mut conform = Conform { notes: &mut event.notes };
    for (name, is_valid) in [
        ("release", release::is_valid as fn(&str) -> bool),
        ("environment", release::is_valid_environment),
    ] {
        if let Some(value) = event.root.get_mut(name)
            && value.as_str().is_some_and(|text| !is_valid(text))
        {
            conform.reject_as(value, &Path::Root.name(name), "invalid_data");
        }
    }
    if let Some(value) = event.root.get_mut("dist")
        && value.as_str().is_some_and(|text| text.len() > DIST_CHARS_MAX)
    {
        conform.reject_as(value, &Path::Root.name("dist"), "value_too_long");
    }
}

const PLATFORMS: [&str; 19] = [
    "as3",
    "c",
    "cfml",
    "cocoa",
    "csharp",
    "elixir",
    "go",
    "groovy",
    "haskell",
    "java",
    "javascript",
    "native",
    "node",
    "objc",
    "other",
    "perl",
    "php",
    "python",
    "ruby",
];

/// Sets what every event has: type, platform, level, logger, project.
pub(super) fn fill_in(event: &mut Event<'_>, given: &Given<'_>) {
    event.root.insert("type", event_type(event));
    event.root.insert("project", given.project.0);
    platform(event);
    let transaction = event.root.str("type") == Some("transaction");
    if !transaction {
        event.root.remove("measurements");
        event.root.remove("breakdowns");
    }
    if event.root.str("level").is_none() {
        event.root.insert("level", if transaction { "info" } else { "error" });
    }
    logger(event);
}

fn event_type(event: &Event<'_>) -> &'static str {
    let exceptions = event.at(&["exception", "values"]).and_then(Value::as_array);
    match event.root.str("type") {
        Some("transaction") => "transaction",
        Some("feedback") => "feedback",
        Some("generic") => "generic",
        Some("outage") => "outage",
        _ if exceptions.is_some_and(|values| !values.is_empty()) => "error",
        _ if event.root.get("csp").is_some_and(|csp| !csp.is_null()) => "csp",
        _ => "default",
    }
}

fn platform(event: &mut Event<'_>) {
    let known = event.root.str("platform").map(|name| PLATFORMS.contains(&name));
    if known == Some(true) {
        return;
    }
    let sent = event.root.insert("platform", "other").filter(|sent| !sent.is_null());
    if let Some(sent) = sent {
        event.notes.note(&Path::Root.name("platform")).original_value = Some(sent.into_owned());
    }
}

fn logger(event: &mut Event<'_>) {
    let java = event.root.str("platform") == Some("java");
    match event.root.get_mut("logger") {
        Some(Value::Str(name)) if java && name.len() > LOGGER_CHARS_MAX => {
            let before = name.chars().count();
            *name = Cow::Owned(shorten(name));
            let note = event.notes.note(&Path::Root.name("logger"));
            note.original_length = u64::try_from(before).ok();
            note.remarks.push(Remark {
                rule: Cow::Borrowed("@logger:replace"),
                kind: RemarkKind::Substituted,
                range: Some((0, 1)),
            });
        }
        Some(Value::Str(_)) => {}
        _ => drop(event.root.insert("logger", "")),
    }
}

/// Java's loggers are called after classes, whose names end with what tells them apart.
fn shorten(name: &str) -> String {
    let name = name.trim();
    let excess = (name.chars().count() + 1).saturating_sub(LOGGER_CHARS_MAX);
    let tail = name.char_indices().nth(excess).map_or("", |(at, _)| &name[at..]);
    let cut_a_word = !tail.starts_with('.') && !name[..name.len() - tail.len()].ends_with('.');
    match tail.find('.').filter(|_| cut_a_word) {
        Some(dot) => format!("*{}", &tail[dot..]),
        None => format!("*{tail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_keep_their_end() {
        let long = format!("com.example.{}.payments.CardGateway", "x".repeat(60));
        assert_eq!(shorten(&long), "*.payments.CardGateway");
        assert_eq!(shorten(&"x".repeat(100)), format!("*{}", "x".repeat(63)));
    }
}
