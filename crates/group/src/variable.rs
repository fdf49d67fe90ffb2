//! Variables in fingerprints and custom titles: `{{ transaction }}`.

use std::borrow::Cow;

use model::event::Event;

use crate::analysis::Analysis;
use crate::frame::Frame;

/// The name in `{{ name }}` if that is the whole text.
pub(crate) fn name(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let is_name =
        !inner.is_empty() && !inner.contains(['{', '}']) && !inner.contains(char::is_whitespace);
    is_name.then_some(inner)
}

/// Whether the text stands for what the event would be grouped by anyway.
pub(crate) fn is_default(text: &str) -> bool {
    name(text) == Some("default")
}

/// The value of a variable. What the event does not have, and what is no variable, gets a text
/// that says so.
///
/// Source: the reference on grouping, section 8.
pub(crate) fn value<'a>(name: &str, analysis: &'a Analysis<'_>) -> Cow<'a, str> {
    let event: &'a Event<'_> = analysis.event;
    let exception = || analysis.exceptions.as_ref()?.all.last();
    let frame = || analysis.crash_frame();
    let root = |name: &str| event.root.str(name);
    let (found, missing) = match name {
        "transaction" => (root("transaction"), "<no-transaction>"),
        "message" => {
            let text = Some(analysis.message()).filter(|text| !text.is_empty());
            (text.or_else(|| Some(exception()?.value)), "<no-message>")
        }
        "type" | "error.type" => (exception().map(|found| found.kind), "<no-type>"),
        "value" | "error.value" => (exception().map(|found| found.value), "<no-value>"),
        "function" | "stack.function" => {
            (frame().map(|frame| frame.function.as_ref()), "<no-function>")
        }
        "path" | "stack.abs_path" => (frame().map(Frame::raw_path), "<no-abs-path>"),
        "stack.filename" => (frame().map(Frame::filename), "<no-filename>"),
        "module" | "stack.module" => (frame().map(|frame| frame.module), "<no-module>"),
        "package" | "stack.package" => (frame().map(Frame::package_name), "<no-package>"),
        "level" => (root("level"), "<no-level>"),
        "logger" => (root("logger"), "<no-logger>"),
        _ => return tag(name, event),
    };
    Cow::Borrowed(found.filter(|text| !text.is_empty()).unwrap_or(missing))
}

fn tag<'a>(name: &str, event: &'a Event<'_>) -> Cow<'a, str> {
    match name.strip_prefix("tags.") {
        Some(key) => match event.tag(key) {
            Some(value) => Cow::Borrowed(value),
            None => Cow::Owned(format!("<no-value-for-tag-{key}>")),
        },
        None => Cow::Owned(format!("<unrecognized-variable-{name}>")),
    }
}

/// A text with all variables in it filled in.
pub(crate) fn expand(text: &str, analysis: &Analysis<'_>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}") else { break };
        let end = open + close + 2;
        out.push_str(&rest[..open]);
        match name(&rest[open..end]) {
            Some(name) => out.push_str(&value(name, analysis)),
            None => out.push_str(&rest[open..end]),
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}
