//! How an exception came to be reported: by which integration, handled or not, with which signal.

use model::annotation::Path;
use model::json::{Object, Value};

use super::conform::Conform;
use super::os_names::{self, System};
use super::scalars;
use super::schema::{Kind, Schema, Text, field, text};

const SHORT: Text = Text::max(128, 0).nonempty();

pub(super) const MECHANISM: Schema = Schema::closed(
    "exception mechanism",
    &[
        field("type", Kind::Text(SHORT)).required(),
        field("handled", Kind::Bool),
        field("synthetic", Kind::Bool),
        field("description", Kind::Text(Text::max(8192, 200))),
        field("help_link", Kind::Text(Text::max(256, 40).nonempty())),
        field("source", Kind::Text(SHORT.only(|char| !" \t\r\n".contains(char)))),
        field("is_exception_group", Kind::Bool),
        field("exception_id", Kind::Unsigned),
        field("parent_id", Kind::Unsigned),
        field("data", Kind::Map(&Kind::Any)).bag(2048, 5).gone_when_empty(),
        field("meta", Kind::Object(&META)).gone_when_empty(),
    ],
);

const META: Schema = Schema::closed(
    "mechanismmeta",
    &[
        field("errno", Kind::Object(&ERRNO)),
        field("signal", Kind::Object(&SIGNAL)),
        field("mach_exception", Kind::Object(&MACH_EXCEPTION)),
        field("ns_error", Kind::Object(&NS_ERROR)),
    ],
);

const ERRNO: Schema = Schema::closed("cerror", &[field("number", Kind::Signed), text("name")]);

const SIGNAL: Schema = Schema::closed(
    "posixsignal",
    &[field("number", Kind::Signed), field("code", Kind::Signed), text("name"), text("code_name")],
);

const MACH_EXCEPTION: Schema = Schema::closed(
    "machexception",
    &[
        field("exception", Kind::Signed),
        field("code", Kind::Unsigned),
        field("subcode", Kind::Unsigned),
        text("name"),
    ],
);

const NS_ERROR: Schema = Schema::closed("nserror", &[field("code", Kind::Signed), text("domain")]);

/// The first mechanisms had no type: signal and Mach exception in names of their own, the rest free.
pub(super) fn from_legacy(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    let Value::Object(legacy) = value else { return };
    if legacy.is_empty() {
        *value = Value::Null;
        return;
    }
    if legacy.get("type").is_some() {
        return;
    }
    let mut data = std::mem::take(legacy);
    let mut meta = Object::new();
    for (old, new, names) in [
        ("posix_signal", "signal", ("signal", "number")),
        ("mach_exception", "mach_exception", ("exception_name", "name")),
    ] {
        let Some(mut part) = data.remove(old) else { continue };
        if let Some(object) = part.as_object_mut()
            && let Some(moved) = object.remove(names.0)
        {
            object.insert(names.1, moved);
        }
        meta.push(new, part);
    }
    conform.rename(path, &path.name("data"));
    legacy.push("type", "generic");
    legacy.push("data", data);
    legacy.push("meta", meta);
}

/// Refuses links that are not, and names signals and error numbers.
pub(super) fn normalize(
    conform: &mut Conform<'_>,
    mechanism: &mut Object<'_>,
    system: Option<System>,
    path: &Path<'_>,
) {
    if let Some(link) = mechanism.get_mut("help_link")
        && let Some(text) = link.as_str()
        && !text.starts_with("http://")
        && !text.starts_with("https://")
    {
        conform.reject(link, &path.name("help_link"), "expected http URL");
    }
    let Some(Value::Object(meta)) = mechanism.get_mut("meta") else { return };
    if let Some(system) = system {
        name(meta, "errno", "number", |number| os_names::errno(system, number));
        name(meta, "signal", "number", |number| os_names::signal(system, number));
        name_signal_code(meta, system);
    }
    name(meta, "mach_exception", "exception", os_names::mach_exception);
}

fn name(
    meta: &mut Object<'_>,
    part: &str,
    number: &str,
    name_of: impl FnOnce(i64) -> Option<&'static str>,
) {
    let Some(Value::Object(part)) = meta.get_mut(part) else { return };
    let number = part.get(number).and_then(whole);
    if part.get("name").is_none_or(scalars::is_empty)
        && let Some(name) = number.and_then(name_of)
    {
        part.insert("name", name);
    }
}

fn name_signal_code(meta: &mut Object<'_>, system: System) {
    let Some(Value::Object(signal)) = meta.get_mut("signal") else { return };
    let number = signal.get("number").and_then(whole);
    let code = signal.get("code").and_then(whole);
    if signal.get("code_name").is_none_or(Value::is_null)
        && let Some((number, code)) = number.zip(code)
        && let Some(name) = os_names::signal_code(system, number, code)
    {
        signal.insert("code_name", name);
    }
}

fn whole(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::I64(number) => Some(*number),
        Value::U64(number) => i64::try_from(*number).ok(),
        _ => None,
    }
}
