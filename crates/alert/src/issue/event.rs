//! What rules look at in a stored event: its tags and attributes.
//!
//! Source: `EventAttributeFilter` and `TaggedEventFilter` of Sentry.

use std::borrow::Cow;

use serde_json::Value;

use super::filter::Level;

/// Frames that are looked at in one event.
const FRAMES_MAX: usize = 1_000;

/// A stored event: JSON as it was normalised.
#[derive(Debug, Clone, Copy)]
pub struct EventView<'a>(&'a Value);

impl<'a> EventView<'a> {
    /// Of that JSON. Where something is not as expected it is absent.
    pub fn new(event: &'a Value) -> Self {
        Self(event)
    }

    /// The value of a tag.
    pub fn tag(self, key: &str) -> Option<&'a str> {
        self.tags().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// All tags.
    pub fn tags(self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.0.get("tags").and_then(Value::as_array).into_iter().flatten();
        pairs.filter_map(|pair| Some((pair.get(0)?.as_str()?, pair.get(1)?.as_str()?)))
    }

    /// The environment; empty if it has none.
    pub fn environment(self) -> &'a str {
        self.str(&["environment"])
    }

    /// The release; empty if it has none.
    pub fn release(self) -> &'a str {
        self.str(&["release"])
    }

    /// How bad it is; an error if it does not say.
    pub fn level(self) -> Level {
        Level::named(self.str(&["level"])).unwrap_or(Level::Error)
    }

    /// What kind it is; `feedback`, `error`, …
    pub fn kind(self) -> &'a str {
        self.str(&["type"])
    }

    /// The message, or what the exception says.
    pub fn message(self) -> Option<Cow<'a, str>> {
        let written = [&["logentry", "formatted"][..], &["logentry", "message"], &["message"]];
        let written = written.iter().map(|path| self.str(path)).find(|text| !text.is_empty());
        if let Some(text) = written {
            return Some(text.into());
        }
        let last = self.exceptions().last()?;
        let part =
            |name: &str| last.get(name).and_then(Value::as_str).filter(|part| !part.is_empty());
        match (part("type"), part("value")) {
            (Some(kind), Some(value)) => Some(format!("{kind}: {value}").into()),
            (one, other) => one.or(other).map(Cow::Borrowed),
        }
    }

    /// The values of an attribute, by the name that rules have for it.
    pub fn attribute(self, name: &str) -> Vec<Cow<'a, str>> {
        let path: &[&str] = match name {
            "message" => return self.message().into_iter().collect(),
            "error.handled" => return self.handled(true),
            "error.unhandled" => return self.handled(false),
            "error.main_thread" => return self.on_main_thread(),
            "exception.type" => return self.of_exceptions("type"),
            "exception.value" => return self.of_exceptions("value"),
            "stacktrace.code" => return self.of_frames("context_line"),
            "stacktrace.module" => return self.of_frames("module"),
            "stacktrace.filename" => return self.of_frames("filename"),
            "stacktrace.abs_path" => return self.of_frames("abs_path"),
            "stacktrace.package" => return self.of_frames("package"),
            "http.method" => &["request", "method"],
            "http.url" => &["request", "url"],
            "http.status_code" => &["contexts", "response", "status_code"],
            "unreal.crash_type" => &["contexts", "unreal", "crash_type"],
            "app.in_foreground" => &["contexts", "app", "in_foreground"],
            "os.distribution_name" => &["contexts", "os", "distribution_name"],
            "os.distribution_version" => &["contexts", "os", "distribution_version"],
            "ota_updates.channel" => &["contexts", "ota_updates", "channel"],
            "ota_updates.runtime_version" => &["contexts", "ota_updates", "runtime_version"],
            "ota_updates.update_id" => &["contexts", "ota_updates", "update_id"],
            "device.screen_density" => &["contexts", "device", "screen_density"],
            "device.screen_dpi" => &["contexts", "device", "screen_dpi"],
            "user.id" => &["user", "id"],
            "user.email" => &["user", "email"],
            "user.username" => &["user", "username"],
            "user.ip_address" => &["user", "ip_address"],
            "sdk.name" => &["sdk", "name"],
            "platform" => &["platform"],
            "environment" => &["environment"],
            "type" => &["type"],
            _ => return Vec::new(),
        };
        self.at(path).and_then(text).into_iter().collect()
    }

    fn at(self, path: &[&str]) -> Option<&'a Value> {
        path.iter().try_fold(self.0, |value, name| value.get(name))
    }

    fn str(self, path: &[&str]) -> &'a str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    fn exceptions(self) -> impl DoubleEndedIterator<Item = &'a Value> {
        let values = self.at(&["exception", "values"]).and_then(Value::as_array);
        values.into_iter().flatten()
    }

    fn of_exceptions(self, field: &str) -> Vec<Cow<'a, str>> {
        self.exceptions().filter_map(|exception| text(exception.get(field)?)).collect()
    }

    fn of_frames(self, field: &str) -> Vec<Cow<'a, str>> {
        let stacks = self.exceptions().map(|exception| exception.get("stacktrace"));
        let stacks = stacks.chain([self.0.get("stacktrace")]).flatten();
        let frames = stacks.filter_map(|stack| stack.get("frames")?.as_array()).flatten();
        frames.take(FRAMES_MAX).filter_map(|frame| text(frame.get(field)?)).collect()
    }

    /// Whether each of its exceptions was handled, or the opposite; nothing where no SDK said so.
    fn handled(self, wanted: bool) -> Vec<Cow<'a, str>> {
        let mechanisms = self.exceptions().filter_map(|exception| exception.get("mechanism"));
        let said = mechanisms.filter_map(|mechanism| mechanism.get("handled")?.as_bool());
        let all_handled = said.reduce(|all, handled| all && handled);
        all_handled.map(|handled| truth(handled == wanted)).into_iter().collect()
    }

    fn on_main_thread(self) -> Vec<Cow<'a, str>> {
        let threads = self.at(&["threads", "values"]).and_then(Value::as_array);
        let main = threads.into_iter().flatten().find(|thread| thread["main"] == true);
        let Some(main) = main.and_then(|thread| thread.get("id")) else { return Vec::new() };
        let thrown_on = self.exceptions().filter_map(|exception| exception.get("thread_id"));
        thrown_on.map(|thread| truth(text(thread) == text(main))).collect()
    }
}

fn truth(value: bool) -> Cow<'static, str> {
    if value { "true".into() } else { "false".into() }
}

/// Numbers and truth values as people write them in rules; nothing of what has parts.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.as_str().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(value) => Some(truth(*value)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
