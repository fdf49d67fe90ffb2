//! The message of an event, with its parameters put in.

use model::annotation::Path;
use model::event::Event;
use model::json::{Object, Value};

use super::conform::Conform;
use super::scalars;
use super::schema::{Field, Kind, Schema, Text, field};

const CHARS_MAX: usize = 8192;
/// Bytes of a rendered message: every character may take four.
const RENDERED_BYTES_MAX: usize = CHARS_MAX * 4;
const MESSAGE: Kind = Kind::Text(Text::max(CHARS_MAX, 200));

pub(super) const LOGENTRY: Schema = Schema::closed(
    "logentry",
    &[
        field("formatted", MESSAGE),
        field("message", MESSAGE),
        field("params", Kind::Any).bag(2048, 5).reshaped(params),
    ],
);

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field =
    field("logentry", Kind::Object(&LOGENTRY)).reshaped(from_text).gone_when_empty();

/// Makes `{"formatted": …}` of the bare text old SDKs send, or of any JSON.
fn from_text(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    match value {
        Value::Null | Value::Object(_) => {}
        Value::Bool(false) => *value = Value::Null,
        _ => {
            scalars::json_text(value);
            let mut entry = Object::with_capacity(1);
            if !scalars::is_empty(value) {
                entry.push("formatted", value.take());
                conform.rename(path, &path.name("formatted"));
            }
            *value = Value::Object(entry);
        }
    }
}

fn params(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    if !matches!(value, Value::Null | Value::Array(_) | Value::Object(_)) {
        conform.reject(value, path, "expected message parameters");
    }
}

/// Renders the message, and keeps it once when both texts are the same.
pub(super) fn normalize(event: &mut Event<'_>) {
    let Some(value) = event.root.get_mut("logentry") else { return };
    let Some(entry) = value.as_object_mut() else { return };
    let present = |entry: &Object<'_>, name| entry.str(name).is_some();
    if !present(entry, "formatted") && !present(entry, "message") {
        let path = Path::Root.name("logentry");
        return Conform { notes: &mut event.notes }.reject(value, &path, "no message present");
    }
    if !present(entry, "formatted")
        && let Some(params) = entry.get("params")
        && let Some(rendered) = render(entry.str("message").unwrap_or_default(), params)
    {
        entry.insert("formatted", rendered);
    }
    if !present(entry, "formatted") || entry.str("formatted") == entry.str("message") {
        let message = entry.remove("message").unwrap_or_default();
        if !message.is_null() {
            entry.insert("formatted", message);
            let path = Path::Root.name("logentry");
            let mut conform = Conform { notes: &mut event.notes };
            conform.rename(&path.name("message"), &path.name("formatted"));
        }
    }
}

/// Puts the parameters where the message has places for them: Python's `%s` and `%(name)s`, or
/// `{}`, `{0}` and `{name}`. `None` when they do not fit.
fn render(message: &str, params: &Value<'_>) -> Option<String> {
    let (mut rest, style) = match (message.contains('%'), message.contains('{')) {
        (true, _) => (message, Style::Percent),
        (false, true) => (message, Style::Curly),
        _ => return None,
    };
    let mut out = String::with_capacity(message.len() * 2);
    let mut next = 0;
    while let Some(start) = rest.find(style.mark()) {
        out.push_str(&rest[..start]);
        rest = &rest[start + 1..];
        let (place, after) = style.place(rest)?;
        rest = after;
        match place {
            Place::Literal(char) => out.push(char),
            Place::Next => {
                push(&mut out, params.as_array()?.get(next)?);
                next += 1;
            }
            Place::Named(name) => push(&mut out, named(params, name)?),
        }
        if out.len() > RENDERED_BYTES_MAX {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

fn named<'v, 'a>(params: &'v Value<'a>, name: &str) -> Option<&'v Value<'a>> {
    match params {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => params.get(name),
    }
}

fn push(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Str(text) => out.push_str(text),
        Value::Null => out.push_str("null"),
        other => out.push_str(&model::json_text::to_string(other)),
    }
}

#[derive(Clone, Copy)]
enum Style {
    Percent,
    Curly,
}

/// What stands at a place of a message.
enum Place<'t> {
    Literal(char),
    Next,
    Named(&'t str),
}

impl Style {
    fn mark(self) -> char {
        match self {
            Self::Percent => '%',
            Self::Curly => '{',
        }
    }

    /// Reads what follows the mark, and answers what comes after it.
    fn place(self, rest: &str) -> Option<(Place<'_>, &str)> {
        match self {
            Self::Percent => percent(rest),
            Self::Curly => curly(rest),
        }
    }
}

/// `%`, then flags, width and precision (which are not applied), then a letter.
fn percent(rest: &str) -> Option<(Place<'_>, &str)> {
    if let Some(after) = rest.strip_prefix('%') {
        return Some((Place::Literal('%'), after));
    }
    let (name, rest) = match rest.strip_prefix('(') {
        Some(rest) => rest.split_once(')').map(|(name, rest)| (Some(name), rest))?,
        None => (None, rest),
    };
    let rest =
        rest.trim_start_matches(|char: char| char.is_ascii_digit() || "#-+ .".contains(char));
    let after = rest.strip_prefix(|char: char| char.is_ascii_alphabetic())?;
    Some((name.map_or(Place::Next, Place::Named), after))
}

fn curly(rest: &str) -> Option<(Place<'_>, &str)> {
    if let Some(after) = rest.strip_prefix('{') {
        return Some((Place::Literal('{'), after));
    }
    let (inside, after) = rest.split_once('}')?;
    let name = inside.split_once(':').map_or(inside, |(name, _)| name);
    Some((if name.is_empty() { Place::Next } else { Place::Named(name) }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, params: &Value<'_>, expected: Option<&str>) {
        assert_eq!(render(message, params).as_deref(), expected, "{message}");
    }

    #[test]
    fn messages() {
        let list = &Value::Array(vec![Value::from("bob"), Value::U64(3), Value::Bool(true)]);
        check("hello %s you %d", list, Some("hello bob you 3"));
        check("100%% of %-10s: %.2f", list, Some("100% of bob: 3"));
        check("a {} {} {2}", list, Some("a bob 3 true"));
        check("{{}} {0}", list, Some("{}} bob"));
        check("%s %s %s %s", list, None);
        check("at the end %", list, None);
        check("no places", list, None);
        let mut object = Object::new();
        object.push("name", "x");
        let object = &Value::Object(object);
        check("a {name}", object, Some("a x"));
        check("a %(name)s", object, Some("a x"));
        check("a %s", object, None);
    }
}
