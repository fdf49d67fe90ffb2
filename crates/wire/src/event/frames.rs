//! Stack traces and their frames, outermost call first.

use model::annotation::Path;
use model::json::{Object, Value};
use url::Url;

use super::conform::Conform;
use super::scalars;
use super::schema::{Field, Kind, Schema, Text, field, text};

/// Of a longer stack, this many outermost frames are kept.
const OUTERMOST_MAX: usize = 50;
/// Of a longer stack, this many innermost frames are kept: where it broke.
const INNERMOST_MAX: usize = 200;
/// So many frames keep their variables and the lines around them.
const DETAILED_MAX: usize = 50;

const PATH: Kind = Kind::Text(Text::max(256, 40));
const FUNCTION: Kind = Kind::Text(Text::max(512, 20));
const LINE: Kind = Kind::Text(Text::max(256, 20));
const SHORT: Kind = Kind::Text(Text::max(128, 0));

const FRAME: Schema = Schema::closed(
    "frame",
    &[
        field("filename", PATH).gone_when_empty(),
        field("abs_path", PATH).gone_when_empty(),
        field("function", FUNCTION).gone_when_empty(),
        field("module", Kind::Text(Text::max(512, 20))).gone_when_empty(),
        field("lineno", Kind::Unsigned),
        field("colno", Kind::Unsigned),
        field("pre_context", Kind::List(&LINE)).gone_when_empty(),
        field("context_line", LINE),
        field("post_context", Kind::List(&LINE)).gone_when_empty(),
        field("in_app", Kind::Bool),
        field("vars", Kind::Map(&Kind::Any)).bag(2048, 5).reshaped(vars).gone_when_empty(),
        field("raw_function", FUNCTION).gone_when_empty(),
        field("package", Kind::Text(Text::max(512, 20))).gone_when_empty(),
        field("symbol", Kind::Text(Text::max(512, 0))),
        field("platform", SHORT).gone_when_empty(),
        field("instruction_addr", Kind::Address),
        field("image_addr", Kind::Address),
        field("symbol_addr", Kind::Address),
        field("addr_mode", SHORT).gone_when_empty(),
        field("function_id", Kind::Address),
        field("file_revision", PATH).gone_when_empty(),
        field("parent_index", Kind::Signed),
        field("sample_count", Kind::Unsigned),
        field("trust", SHORT),
        field("lang", SHORT),
        field("stack_start", Kind::Bool),
        field("lock", Kind::Object(&super::threads::LOCK)),
        field("data", Kind::Object(&FRAME_DATA)).gone_when_empty(),
    ],
);

const FRAME_DATA: Schema = Schema::closed(
    "frame data",
    &[
        field("sourcemap", PATH),
        field("sourcemap_origin", PATH),
        field("resolved_with", SHORT),
        field("symbolicated", Kind::Bool),
        field("category", SHORT),
        field("orig_function", LINE),
        field("orig_filename", PATH),
        field("orig_lineno", Kind::Unsigned),
        field("orig_colno", Kind::Unsigned),
        field("orig_in_app", Kind::Signed),
    ],
);

const STACKTRACE: Schema = Schema::closed(
    "a stacktrace",
    &[
        field("frames", Kind::List(&Kind::Object(&FRAME))).reshaped(frames).required(),
        field("registers", Kind::Map(&Kind::Address)),
        field("instruction_addr_adjustment", SHORT),
        field("lang", SHORT),
        field("snapshot", Kind::Bool),
    ],
);

/// The fields of everything that has a stack.
pub(super) const FIELD: Field = stacktrace("stacktrace");
/// The stack before it was made readable.
pub(super) const RAW_FIELD: Field = stacktrace("raw_stacktrace");

const fn stacktrace(name: &'static str) -> Field {
    field(name, Kind::Object(&STACKTRACE)).gone_when_empty()
}

/// The fields that show source code, which templates have, too.
pub(super) const TEMPLATE: Schema = Schema::closed(
    "templateinfo",
    &[
        field("filename", Kind::Text(Text::max(128, 20))),
        field("abs_path", PATH),
        field("lineno", Kind::Unsigned),
        field("colno", Kind::Unsigned),
        field("pre_context", Kind::List(&LINE)),
        text("context_line"),
        field("post_context", Kind::List(&LINE)),
    ],
);

/// Some SDKs send a list of values instead of names with values.
fn vars(_: &mut Conform<'_>, value: &mut Value<'_>, _: &Path<'_>) {
    if let Value::Array(items) = value {
        let named = std::mem::take(items).into_iter().enumerate();
        *value =
            Value::Object(named.map(|(place, item)| (place.to_string().into(), item)).collect());
    }
}

/// Cuts a stack that is too long in its middle, and lightens one that is long. Done before the
/// frames are looked at, so that notes carry the right places.
fn frames(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    let Value::Array(frames) = value else { return };
    let before = frames.len();
    if before == 0 {
        *value = Value::Null;
        return conform.notes.note(path).invalid("expected a non-empty value");
    }
    if before > OUTERMOST_MAX + INNERMOST_MAX {
        frames.drain(OUTERMOST_MAX..before - INNERMOST_MAX);
        conform.forget_below(path);
        conform.notes.note(path).original_length = u64::try_from(before).ok();
    }
    if frames.len() > DETAILED_MAX {
        lighten(frames);
    }
}

/// Takes variables and surrounding lines from the frames in the middle: first from those of
/// libraries, then from those of the app. The innermost frame always keeps them.
fn lighten(frames: &mut [Value<'_>]) {
    let (app, system): (Vec<usize>, Vec<usize>) = (0..frames.len())
        .filter(|place| frames[*place].as_object().is_some())
        .partition(|place| frames[*place].get("in_app").and_then(Value::as_bool) == Some(true));
    let light_system = middle(&system, DETAILED_MAX.saturating_sub(app.len()));
    let excess = (frames.len() - DETAILED_MAX).saturating_sub(light_system.len());
    let light_app = middle(&app, app.len().saturating_sub(excess));
    let innermost = frames.len() - 1;
    for place in light_system.iter().chain(light_app).filter(|place| **place != innermost) {
        if let Some(frame) = frames[*place].as_object_mut() {
            frame.retain(|name, _| !matches!(name, "vars" | "pre_context" | "post_context"));
        }
    }
}

/// What is left when `kept` places are taken from both ends alike.
fn middle(places: &[usize], kept: usize) -> &[usize] {
    let half = kept / 2;
    places.get(half..places.len().saturating_sub(half)).unwrap_or_default()
}

/// Completes the frames of a stack.
pub(super) fn normalize(stacktrace: &mut Value<'_>) {
    let frames = stacktrace.as_object_mut().and_then(|stack| stack.get_mut("frames"));
    for frame in frames.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(frame) = frame {
            complete(frame);
        }
    }
}

fn complete(frame: &mut Object<'_>) {
    let filled = |frame: &Object<'_>, name| frame.get(name).is_some_and(|v| !scalars::is_empty(v));
    // Browsers know only where a script came from, and SDKs write that into either field.
    match (filled(frame, "abs_path"), filled(frame, "filename")) {
        (true, true) | (false, false) => {}
        (has_abs_path, _) => {
            let given = if has_abs_path { "abs_path" } else { "filename" };
            let path = frame.get(given).cloned().unwrap_or_default();
            let short = path.as_str().and_then(path_of_url).map(Value::from);
            frame.insert("filename", short.unwrap_or_else(|| path.clone()));
            frame.insert("abs_path", path);
        }
    }
    for name in ["function", "symbol"] {
        if frame.str(name) == Some("?") {
            frame.remove(name);
        }
    }
    for name in ["pre_context", "post_context"] {
        let lines = frame.get_mut(name).and_then(Value::as_array_mut);
        for line in lines.into_iter().flatten().filter(|line| line.is_null()) {
            *line = Value::from("");
        }
    }
    let surrounded = filled(frame, "pre_context") || filled(frame, "post_context");
    if surrounded && frame.get("context_line").is_none_or(Value::is_null) {
        frame.insert("context_line", "");
    }
}

/// `/static/app.js` of `https://example.com/static/app.js?v=1`.
fn path_of_url(text: &str) -> Option<String> {
    let is_url = ["file:", "http:", "https:", "applewebdata:"].iter().any(|s| text.starts_with(s));
    let url = if is_url { Url::parse(text).ok()? } else { return None };
    let path = url.path();
    (!path.is_empty() && path != "/").then(|| path.to_owned())
}
