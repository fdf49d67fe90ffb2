//! What people see of an issue in a list: title, culprit, metadata.
//!
//! Source: the reference on grouping, section 9.

use model::event::Event;
use model::json::{Object, Value};

use crate::csp;

/// Characters of the value in a title.
const TITLE_VALUE_CHARS_MAX: usize = 256;
const TYPE_CHARS_MAX: usize = 128;
const VALUE_CHARS_MAX: usize = 1024;
const CULPRIT_CHARS_MAX: usize = 200;

/// How an event is shown in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Title {
    /// One line.
    pub title: String,
    /// `type`, `value`, `filename`, `function` of an error; `title` of a message; and so on.
    pub metadata: Object<'static>,
    /// Where it happened; empty if the event does not say.
    pub culprit: String,
    /// Place of the main exception in `exception.values`.
    pub main_exception: Option<usize>,
}

/// Names an event that went through [`crate::group`]. `title_override` comes from there.
pub fn title(event: &Event<'_>, title_override: Option<&str>) -> Title {
    let main_exception = main_exception(event);
    let exception = main_exception.and_then(|place| exception_at(event, place));
    let (own, mut metadata) = match (event.root.str("type"), exception) {
        (Some("csp"), _) => csp_title(event),
        (Some("transaction"), _) => transaction_title(event),
        (Some("feedback"), _) => feedback_title(event),
        (Some("generic"), _) => finding_title(event, "performance_issue"),
        (Some("outage"), _) => finding_title(event, "outage"),
        (_, Some(exception)) => error_title(exception),
        (_, None) if event.root.get("csp").is_some_and(|csp| !csp.is_null()) => csp_title(event),
        (_, None) => message_title(event),
    };
    let chosen = title_override.map(|text| cut(first_line(text), TITLE_VALUE_CHARS_MAX));
    if let Some(chosen) = &chosen {
        metadata.insert("title", chosen.clone());
    }
    let culprit = culprit(event, exception);
    Title { title: chosen.unwrap_or(own), metadata, culprit, main_exception }
}

/// The one grouping chose, else the cause inside a wrapper that says nothing, else the last.
fn main_exception(event: &Event<'_>) -> Option<usize> {
    let values = event.at(&["exception", "values"])?.as_array()?;
    let chosen = event.root.get("main_exception_id").and_then(Value::as_u64);
    let id = |value: &Value<'_>| value.at(&["mechanism", "exception_id"]).and_then(Value::as_u64);
    if let Some(place) = values.iter().position(|value| chosen.is_some() && id(value) == chosen) {
        return Some(place);
    }
    let mut objects =
        values.iter().enumerate().rev().filter(|(_, value)| value.as_object().is_some());
    let (last, value) = objects.next()?;
    let is_wrapper = is_rxjava_wrapper(value);
    Some(objects.next().filter(|_| is_wrapper).map_or(last, |(inner, _)| inner))
}

fn is_rxjava_wrapper(exception: &Value<'_>) -> bool {
    let text = |name| exception.get(name).and_then(Value::as_str).unwrap_or_default();
    text("module").starts_with("io.reactivex")
        && matches!(
            text("type"),
            "OnErrorNotImplementedException" | "CompositeException" | "UndeliverableException"
        )
}

fn exception_at<'e, 'a>(event: &'e Event<'a>, place: usize) -> Option<&'e Object<'a>> {
    event.at(&["exception", "values"])?.as_array()?.get(place)?.as_object()
}

fn error_title(exception: &Object<'_>) -> (String, Object<'static>) {
    let text = |name| exception.str(name).unwrap_or_default();
    let value = text("value").trim();
    let frame = crash_frame(exception);
    let of_frame = |name| frame.and_then(|frame| frame.str(name)).filter(|text| !text.is_empty());
    // The signal of a native crash says less than where it happened.
    let mechanism = exception.get("mechanism").and_then(|it| it.get("type"));
    let is_crash = mechanism.and_then(Value::as_str) == Some("minidump");
    let place = of_frame("function").filter(|_| is_crash);
    let kind = if place.is_some() { "" } else { text("type") };

    let mut metadata = Object::new();
    if !kind.is_empty() {
        metadata.push("type", cut(kind, TYPE_CHARS_MAX));
    }
    metadata.push("value", cut(value, VALUE_CHARS_MAX));
    for name in ["filename", "function"] {
        if let Some(text) = of_frame(name) {
            metadata.push(name, text.to_owned());
        }
    }
    let line = cut(first_line(value), TITLE_VALUE_CHARS_MAX);
    let title = match (place, kind, line.as_str()) {
        (Some(place), ..) => cut(place, TITLE_VALUE_CHARS_MAX),
        (None, "", "") => of_frame("function").unwrap_or("<unknown>").to_owned(),
        (None, "", line) => line.to_owned(),
        (None, kind, "") => cut(kind, TYPE_CHARS_MAX),
        (None, kind, line) => format!("{}: {line}", cut(kind, TYPE_CHARS_MAX)),
    };
    (title, metadata)
}

fn message_title(event: &Event<'_>) -> (String, Object<'static>) {
    let text = |name| event.str_at(&["logentry", name]).map(str::trim).filter(|t| !t.is_empty());
    let text = text("formatted").or_else(|| text("message"));
    let title = text.map(|text| cut(first_line(text), TITLE_VALUE_CHARS_MAX));
    let title = title.unwrap_or_else(|| "<unlabeled event>".to_owned());
    (title.clone(), one("title", title))
}

fn csp_title(event: &Event<'_>) -> (String, Object<'static>) {
    let Some(report) = event.root.get("csp").and_then(csp::Report::read) else {
        return message_title(event);
    };
    let message = report.message();
    let mut metadata = one("directive", report.directive.to_owned());
    metadata.push("uri", report.source().to_owned());
    metadata.push("message", message.clone());
    (message, metadata)
}

fn transaction_title(event: &Event<'_>) -> (String, Object<'static>) {
    let name = event.root.str("transaction").filter(|name| !name.is_empty());
    let name = cut(name.unwrap_or("<unlabeled transaction>"), TITLE_VALUE_CHARS_MAX);
    (name.clone(), one("location", name))
}

fn feedback_title(event: &Event<'_>) -> (String, Object<'static>) {
    let mut metadata = Object::new();
    for name in ["contact_email", "name", "message", "source"] {
        if let Some(text) = event.str_at(&["contexts", "feedback", name]) {
            metadata.push(name, cut(text, VALUE_CHARS_MAX));
        }
    }
    ("User Feedback".to_owned(), metadata)
}

/// Something that we found ourselves, and say in a context: what is wrong, and with which query, call, asset in a
/// trace; which job or site fails, and how.
fn finding_title(event: &Event<'_>, context: &str) -> (String, Object<'static>) {
    let text = |name| event.str_at(&["contexts", context, name]).unwrap_or_default();
    let title = cut(first_line(text("title")), TITLE_VALUE_CHARS_MAX);
    let mut metadata = one("title", title.clone());
    metadata.push("value", cut(text("subject"), VALUE_CHARS_MAX));
    metadata.push("issueType", cut(text("issue_type"), TYPE_CHARS_MAX));
    (title, metadata)
}

fn one(name: &'static str, value: String) -> Object<'static> {
    let mut out = Object::new();
    out.push(name, value);
    out
}

/// What the SDK says, else the transaction, else where the exception comes from. The stack trace
/// of a message does not count: it is where something was written down, not where it happened.
fn culprit(event: &Event<'_>, exception: Option<&Object<'_>>) -> String {
    let text = |name| event.root.str(name).map(str::trim).filter(|text| !text.is_empty());
    if let Some(text) = text("culprit").or_else(|| text("transaction")) {
        return cut(text, CULPRIT_CHARS_MAX);
    }
    let Some(frame) = exception.and_then(culprit_frame) else { return String::new() };
    let of_frame = |name| frame.str(name).filter(|text| !text.is_empty());
    let place =
        of_frame("module").or_else(|| of_frame("filename")).or_else(|| of_frame("abs_path"));
    let text = match (place, of_frame("function")) {
        (Some(place), Some(function)) => format!("{place} in {function}"),
        (Some(text), None) | (None, Some(text)) => text.to_owned(),
        (None, None) => String::new(),
    };
    cut(&text, CULPRIT_CHARS_MAX)
}

/// The innermost frame of the application; of an SDK that does not tell them apart, the innermost.
fn culprit_frame<'e, 'a>(exception: &'e Object<'a>) -> Option<&'e Object<'a>> {
    let in_app = |frame: &Object<'_>| frame.get("in_app").and_then(Value::as_bool);
    frames(exception)
        .rfind(|frame| in_app(frame) == Some(true))
        .or_else(|| frames(exception).rfind(|frame| in_app(frame).is_none()))
}

/// The innermost frame of the application that has a name, else the innermost frame.
fn crash_frame<'e, 'a>(exception: &'e Object<'a>) -> Option<&'e Object<'a>> {
    let is_usable = |frame: &&Object<'_>| {
        frame.get("in_app").and_then(Value::as_bool) == Some(true)
            && frame.str("function").is_some_and(|name| !name.is_empty())
    };
    frames(exception).rfind(is_usable).or_else(|| frames(exception).next_back())
}

/// Outermost first.
fn frames<'e, 'a>(exception: &'e Object<'a>) -> impl DoubleEndedIterator<Item = &'e Object<'a>> {
    let list = exception.get("stacktrace").and_then(|stack| stack.get("frames")?.as_array());
    list.into_iter().flatten().filter_map(Value::as_object)
}

fn first_line(text: &str) -> &str {
    text.trim().lines().next().unwrap_or_default().trim_end()
}

/// At most so many characters; `...` ends what was cut.
fn cut(text: &str, chars_max: usize) -> String {
    if text.len() <= chars_max || text.char_indices().nth(chars_max).is_none() {
        return text.to_owned();
    }
    let end = text.char_indices().nth(chars_max - 3).map_or(text.len(), |(place, _)| place);
    format!("{}...", text[..end].trim_end())
}
