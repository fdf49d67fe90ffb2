//! The searchable row of an error event: columns, and tags that stand elsewhere in the payload.

use std::collections::HashSet;

use model::annotation::RemarkKind;
use model::clock::Micros;
use model::error_row::ErrorRow;
use model::event::Event;
use model::id::{EventId, IssueId, ProjectId, SpanId, TraceId};
use model::json::{Object, Value};
use model::json_text;

/// What is known about an event besides its payload.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'f> {
    /// The project it was sent to.
    pub project: ProjectId,
    /// The issue it was grouped into.
    pub issue: IssueId,
    /// What the issue is called.
    pub title: &'f str,
    /// Where it happened.
    pub culprit: &'f str,
    /// When it arrived; used where the payload does not say.
    pub received: Micros,
    /// Bytes of the payload as JSON.
    pub size: u32,
    /// Attachments that came with it.
    pub attachments: u32,
}

/// Makes the row of an event that was normalised and scrubbed.
pub fn error_row(event: &Event<'_>, facts: &Facts<'_>) -> ErrorRow {
    let at = |path: &[&str]| event.str_at(path).unwrap_or_default().to_owned();
    let top = |name: &str| event.root.str(name).unwrap_or_default().to_owned();
    let main = event.exceptions().next_back();
    let of_main = |name: &str| main.and_then(|it| it.str(name)).unwrap_or_default().to_owned();
    let mechanism = main.and_then(|exception| exception.get("mechanism"));
    let stack = main.and_then(|exception| exception.get("stacktrace"));
    let stack = stack.filter(|stack| !stack.is_null()).or_else(|| event.root.get("stacktrace"));
    let user = user_key(event);
    ErrorRow {
        project: facts.project,
        issue: facts.issue,
        event_id: EventId::parse(&top("event_id")).unwrap_or(EventId([0; 16])),
        timestamp: moment(event, "timestamp").unwrap_or(facts.received),
        received: moment(event, "received").unwrap_or(facts.received),
        level: top("level"),
        event_type: top("type"),
        platform: top("platform"),
        environment: top("environment"),
        release: top("release"),
        dist: top("dist"),
        transaction: top("transaction"),
        server_name: event.tag("server_name").unwrap_or_default().to_owned(),
        logger: top("logger"),
        title: facts.title.to_owned(),
        message: message(event).to_owned(),
        culprit: facts.culprit.to_owned(),
        user_id: at(&["user", "id"]),
        user_email: at(&["user", "email"]),
        user_username: at(&["user", "username"]),
        user_ip: at(&["user", "ip_address"]),
        geo_country: at(&["user", "geo", "country_code"]),
        sdk_name: at(&["sdk", "name"]),
        sdk_version: at(&["sdk", "version"]),
        http_method: at(&["request", "method"]),
        http_url: at(&["request", "url"]),
        error_type: of_main("type"),
        error_value: of_main("value"),
        error_mechanism: mechanism
            .and_then(|it| it.get("type")?.as_str())
            .unwrap_or_default()
            .into(),
        error_handled: mechanism.and_then(|mechanism| mechanism.get("handled")?.as_bool()),
        stack_functions: lines(stack, "function"),
        stack_modules: lines(stack, "module"),
        stack_filenames: lines(stack, "filename"),
        trace: event
            .str_at(&["contexts", "trace", "trace_id"])
            .and_then(|id| TraceId::parse(id).ok()),
        span: event.str_at(&["contexts", "trace", "span_id"]).and_then(|id| SpanId::parse(id).ok()),
        replay: at(&["contexts", "replay", "replay_id"]),
        tags: tags(event, &user),
        flags: flags(event),
        user,
        size: facts.size,
        attachments: facts.attachments,
    }
}

fn message<'e>(event: &'e Event<'_>) -> &'e str {
    let entry = |name| event.str_at(&["logentry", name]);
    entry("formatted").or_else(|| entry("message")).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie between 1970 and the year 9999"
)]
fn moment(event: &Event<'_>, name: &str) -> Option<Micros> {
    const LAST: f64 = 253_402_300_799.0;
    let seconds = event.root.get(name)?.as_f64()?;
    (0.0..=LAST).contains(&seconds).then(|| Micros((seconds * 1e6).round() as u64))
}

/// Who was hit, as one text. What was taken out or replaced by a rule does not tell people apart, so
/// it does not count.
pub(crate) fn user_key(event: &Event<'_>) -> String {
    let parts = [("id", "id"), ("username", "username"), ("email", "email"), ("ip_address", "ip")];
    let found = parts.into_iter().find_map(|(name, prefix)| {
        let value = event.str_at(&["user", name]).filter(|value| !value.is_empty())?;
        let hidden = event.notes.get(&["user", name]).is_some_and(|note| {
            note.remarks.iter().any(|remark| {
                let replaced = matches!(
                    remark.kind,
                    RemarkKind::Removed | RemarkKind::Substituted | RemarkKind::Masked
                );
                replaced && remark.rule != "!limit"
            })
        });
        (!hidden).then(|| format!("{prefix}:{value}"))
    });
    found.unwrap_or_default()
}

/// One field of all frames, one a line. Frames without it leave a line empty, so that lines of
/// different fields belong together.
fn lines(stack: Option<&Value<'_>>, name: &str) -> String {
    let frames = stack.and_then(|stack| stack.get("frames")?.as_array());
    let mut lines = String::new();
    for (place, frame) in frames.into_iter().flatten().enumerate() {
        if place > 0 {
            lines.push('\n');
        }
        let text = frame.get(name).and_then(Value::as_str).unwrap_or_default();
        lines.extend(text.chars().map(|char| if char == '\n' { ' ' } else { char }));
    }
    lines
}

/// Tags that are copies of other fields: the name, and where it stands.
///
/// Source: the tags Sentry shows for an event without own tags.
const DERIVED: [(&str, &[&str]); 20] = [
    ("level", &["level"]),
    ("environment", &["environment"]),
    ("release", &["release"]),
    ("dist", &["dist"]),
    ("logger", &["logger"]),
    ("transaction", &["transaction"]),
    ("url", &["request", "url"]),
    ("browser", &["contexts", "browser", "browser"]),
    ("browser.name", &["contexts", "browser", "name"]),
    ("os", &["contexts", "os", "os"]),
    ("os.name", &["contexts", "os", "name"]),
    ("client_os", &["contexts", "client_os", "os"]),
    ("client_os.name", &["contexts", "client_os", "name"]),
    ("runtime", &["contexts", "runtime", "runtime"]),
    ("runtime.name", &["contexts", "runtime", "name"]),
    ("device", &["contexts", "device", "model"]),
    ("device.family", &["contexts", "device", "family"]),
    ("replayId", &["contexts", "replay", "replay_id"]),
    ("sdk.name", &["sdk", "name"]),
    ("sdk.version", &["sdk", "version"]),
];

fn tags(event: &Event<'_>, user: &str) -> Vec<(String, String)> {
    let mut tags: Vec<(String, String)> = Vec::with_capacity(32);
    let own = event.tags().filter(|(name, value)| !name.is_empty() && !value.is_empty());
    tags.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    // Repeated names were dropped before, so only names of ours can meet one of the sender's.
    let own = tags.len();
    let mut add = |name: &str, value: &str| {
        if !value.is_empty() && !tags[..own].iter().any(|(known, _)| known == name) {
            tags.push((name.to_owned(), value.to_owned()));
        }
    };
    for (name, path) in DERIVED {
        add(name, event.str_at(path).unwrap_or_default());
    }
    add("user", user);
    let mechanism = event.exceptions().rev().find_map(|it| it.get("mechanism")?.as_object());
    if let Some(mechanism) = mechanism {
        add("mechanism", mechanism.str("type").unwrap_or_default());
    }
    match handled(event) {
        Some(true) => add("handled", "yes"),
        Some(false) => add("handled", "no"),
        None => {}
    }
    tags
}

/// An error was handled unless any exception of it was not.
fn handled(event: &Event<'_>) -> Option<bool> {
    let said = event.exceptions().filter_map(|it| it.get("mechanism")?.get("handled")?.as_bool());
    said.reduce(|all, one| all && one)
}

/// Feature flags with their results, in the order of their evaluation.
fn flags(event: &Event<'_>) -> Vec<(String, String)> {
    let values = event.at(&["contexts", "flags", "values"]).and_then(Value::as_array);
    let flag = |item: &Object<'_>| {
        let result = match item.get("result")? {
            Value::Str(text) => text.clone().into_owned(),
            Value::Null => return None,
            other => json_text::to_string(other),
        };
        Some((item.str("flag")?.to_owned(), result))
    };
    // In the order of evaluation: of one that was evaluated twice, the last result counts.
    let mut seen = HashSet::new();
    let last = values.into_iter().flatten().rev().filter_map(|item| flag(item.as_object()?));
    let mut flags: Vec<_> = last.filter(|(name, _)| seen.insert(name.clone())).collect();
    flags.reverse();
    flags
}
