//! Tags: pairs of short texts that events are searched and counted by.

use std::borrow::Cow;
use std::collections::HashSet;

use model::annotation::{Annotations, Path};
use model::event::Event;
use model::json::Value;
use model::limits;

use super::conform::Conform;
use super::schema::{FREE, Field, Kind, field};
use super::{device_class, scalars, trimming};

const CHARS_MAX: usize = 200;

/// The field, to be put into the table of the event. Length and characters are looked at in
/// [`normalize`], after spaces were replaced.
pub(super) const FIELD: Field = field("tags", TAGS);
const TAGS: Kind = Kind::Pairs(&Kind::Lenient(FREE), &Kind::Lenient(FREE));

/// Names the server uses itself.
const RESERVED: [&str; 5] = ["release", "dist", "user", "filename", "function"];

/// Drops what may not be a tag and adds what stands elsewhere, before anything is noted on the
/// places of the others.
pub(super) fn prepare(event: &mut Event<'_>) {
    let path = Path::Root.name("tags");
    let mut value = event.root.remove("tags").unwrap_or_default();
    let mut conform = Conform { notes: &mut event.notes };
    conform.listed(&mut value, &path);
    if let Value::Array(tags) = &mut value {
        let before = tags.len();
        let environment = take_environment(tags);
        drop_repeated(tags);
        if tags.len() != before {
            conform.forget_below(&path);
        }
        if tags.len() > limits::TAGS_MAX {
            let note = conform.notes.note(&path);
            note.original_length = u64::try_from(tags.len()).ok();
            note.error("value_too_long");
            tags.truncate(limits::TAGS_MAX);
        }
        if let Some(environment) = environment {
            let place = event.root.entry("environment");
            if scalars::is_empty(place) {
                *place = environment;
            }
        }
    }
    for name in ["server_name", "site"] {
        if matches!(value, Value::Null | Value::Array(_))
            && event.root.str(name).is_some_and(|text| !text.trim().is_empty())
        {
            put(&mut value, name, event.root.remove(name).unwrap_or_default());
        }
    }
    if !value.is_null() {
        event.root.push("tags", value);
    }
}

/// Cleans names and values, and adds what is known about the device.
pub(super) fn normalize(event: &mut Event<'_>) {
    let mut tags = event.root.remove("tags").unwrap_or_default();
    let path = Path::Root.name("tags");
    for (place, pair) in tags.as_array_mut().into_iter().flatten().enumerate() {
        if let Value::Array(parts) = pair
            && let [name, value] = parts.as_mut_slice()
        {
            let path = path.index(place);
            clean(&mut event.notes, name, &path.index(0), is_name_char);
            clean(&mut event.notes, value, &path.index(1), |char| char != '\n');
        }
    }
    if let Some(class) = device_class::of(event) {
        put(&mut tags, "device.class", Value::from(class));
    }
    let noted = Conform { notes: &mut event.notes }.is_noted(&path);
    if !scalars::is_empty(&tags) || noted {
        event.root.push("tags", tags);
    }
}

fn is_name_char(char: char) -> bool {
    // Relay allows ASCII only; people tag in their own scripts, and a tag that vanishes helps nobody.
    char.is_alphanumeric() || "_.:-".contains(char)
}

/// The name of a tag as it will be stored.
fn name_of<'p>(pair: &'p Value<'_>) -> Option<Cow<'p, str>> {
    let name = pair.as_array()?.first()?.as_str()?;
    let name = if name.contains(' ') { Cow::Owned(name.replace(' ', "-")) } else { name.into() };
    Some(name)
}

/// Old SDKs send the environment as a tag.
fn take_environment<'a>(tags: &mut Vec<Value<'a>>) -> Option<Value<'a>> {
    let is_it = |pair: &Value<'_>| name_of(pair).as_deref() == Some("environment");
    let mut pair = tags.remove(tags.iter().position(is_it)?);
    let mut value = pair.as_array_mut()?.pop()?;
    (scalars::lenient(&mut value).is_ok() && !scalars::is_empty(&value)).then_some(value)
}

fn drop_repeated(tags: &mut Vec<Value<'_>>) {
    let mut seen: HashSet<Option<String>> = HashSet::with_capacity(tags.len());
    tags.retain(|pair| {
        if pair.is_null() {
            return true;
        }
        let name = name_of(pair).map(Cow::into_owned);
        let reserved =
            name.as_deref().is_some_and(|name| RESERVED.contains(&name) || name == "device.class");
        !reserved && (seen.insert(name.clone()) || name.is_none())
    });
}

/// Takes space off, refuses what may not be in it, cuts it.
fn clean(
    notes: &mut Annotations,
    value: &mut Value<'_>,
    path: &Path<'_>,
    allowed: impl Fn(char) -> bool,
) {
    let Value::Str(text) = value else { return };
    if !allowed(' ') && text.contains(' ') {
        *text = Cow::Owned(text.replace(' ', "-"));
    }
    scalars::trim(text);
    if text.is_empty() {
        *value = Value::Null;
        notes.note(path).invalid("expected a non-empty value");
    } else if let Some(bad) = text.chars().find(|char| !allowed(*char)) {
        Conform { notes }.reject(value, path, format!("invalid character {bad:?}"));
    } else {
        trimming::cut(text, CHARS_MAX, 0, notes, path);
    }
}

fn put<'a>(tags: &mut Value<'a>, name: &'static str, value: Value<'a>) {
    if tags.is_null() {
        *tags = Value::Array(Vec::new());
    }
    let Value::Array(tags) = tags else { return };
    let same = tags.iter_mut().find(|pair| name_of(pair).as_deref() == Some(name));
    match same.and_then(Value::as_array_mut).and_then(|parts| parts.get_mut(1)) {
        Some(place) => *place = value,
        None => tags.push(Value::Array(vec![Value::from(name), value])),
    }
}
