//! Contexts: what is known about device, system, runtime, trace and more, by name.

use std::borrow::Cow;

use model::annotation::{Annotations, Path, Remark, RemarkKind};
use model::event::Event;
use model::id::{EventId, TraceId};
use model::json::{Object, Value};

use super::conform::Conform;
use super::raw_description;
use super::request;
use super::schema::{Bag, FREE, Field, Id, Kind, Schema, Text, field, text};
use super::{Given, object_in, scalars};
use crate::user_agent::{self, Clues};

const SIZE: Bag = Bag { bytes_max: 8192, depth_max: 7 };
const FLAGS_SIZE: Bag = Bag { bytes_max: 131_072, depth_max: 7 };

const FLAG: Schema = Schema::open(
    "flagscontextitem",
    &[field("flag", Kind::Text(Text::max(200, 0).only(is_name_char))), field("result", Kind::Any)],
);

const TRACE: Schema = Schema::open(
    "a trace context",
    &[
        field("trace_id", Kind::Id(Id::Trace)),
        field("span_id", Kind::Id(Id::Span)),
        field("parent_span_id", Kind::Id(Id::Span)),
        field("op", Kind::Text(Text::max(128, 0))),
        field("status", Kind::SpanStatus),
        field("exclusive_time", Kind::Float),
        field("client_sample_rate", Kind::Float),
        field("origin", Kind::Text(Text::max(128, 0).only(is_name_char))),
        field("sampled", Kind::Bool),
        field("data", Kind::Map(&Kind::Any)),
        field("links", Kind::List(&Kind::Any)),
    ],
);

const DEVICE: Schema = Schema::open(
    "a device context",
    &[
        text("name"),
        text("family"),
        text("model"),
        text("model_id"),
        text("arch"),
        text("brand"),
        text("manufacturer"),
        field("battery_level", Kind::Float),
        text("battery_status"),
        text("orientation"),
        text("screen_resolution"),
        field("screen_width_pixels", Kind::Unsigned),
        field("screen_height_pixels", Kind::Unsigned),
        field("screen_density", Kind::Float),
        field("screen_dpi", Kind::Unsigned),
        field("online", Kind::Bool),
        field("charging", Kind::Bool),
        field("low_memory", Kind::Bool),
        field("simulator", Kind::Bool),
        field("memory_size", Kind::Unsigned),
        field("free_memory", Kind::Unsigned),
        field("usable_memory", Kind::Unsigned),
        field("storage_size", Kind::Unsigned),
        field("free_storage", Kind::Unsigned),
        field("external_storage_size", Kind::Unsigned),
        field("external_free_storage", Kind::Unsigned),
        text("boot_time"),
        text("timezone"),
        text("locale"),
        field("processor_count", Kind::Unsigned),
        text("cpu_description"),
        field("processor_frequency", Kind::Unsigned),
        text("device_type"),
        text("device_unique_identifier"),
        field("supports_vibration", Kind::Bool),
        field("supports_accelerometer", Kind::Bool),
        field("supports_gyroscope", Kind::Bool),
        field("supports_audio", Kind::Bool),
        field("supports_location_service", Kind::Bool),
        field("uuid", Kind::Id(Id::Uuid)),
    ],
);

const APP: Schema = Schema::open(
    "an app context",
    &[
        text("app_start_time"),
        text("device_app_hash"),
        text("build_type"),
        text("app_identifier"),
        text("app_name"),
        text("app_version"),
        field("app_build", Kind::Lenient(FREE)),
        field("app_memory", Kind::Unsigned),
        field("in_foreground", Kind::Bool),
        field("view_names", Kind::List(&Kind::Text(FREE))).gone_when_empty(),
    ],
);

const RESPONSE: Schema = Schema::open(
    "a response context",
    &[
        request::COOKIES,
        request::HEADERS,
        field("status_code", Kind::Unsigned),
        field("body_size", Kind::Unsigned),
        field("data", Kind::Any).bag(8192, 7),
        text("inferred_content_type").gone_when_empty(),
    ],
);

/// Contexts with known fields, by type.
static SCHEMAS: [(&str, Schema); 14] = [
    ("trace", TRACE),
    (
        "os",
        Schema::open(
            "an os context",
            &[
                text("os"),
                text("name"),
                text("version"),
                field("build", Kind::Lenient(FREE)),
                text("kernel_version"),
                field("rooted", Kind::Bool),
                text("distribution_name"),
                text("distribution_version"),
                text("distribution_pretty_name"),
                text("raw_description"),
            ],
        ),
    ),
    (
        "runtime",
        Schema::open(
            "a runtime context",
            &[
                text("runtime"),
                text("name"),
                text("version"),
                field("build", Kind::Lenient(FREE)),
                text("raw_description"),
            ],
        ),
    ),
    (
        "browser",
        Schema::open("a browser context", &[text("browser"), text("name"), text("version")]),
    ),
    ("device", DEVICE),
    ("app", APP),
    ("response", RESPONSE),
    (
        "flags",
        Schema::open("a flags context", &[field("values", Kind::List(&Kind::Object(&FLAG)))]),
    ),
    ("replay", Schema::open("a replay context", &[field("replay_id", Kind::Id(Id::Event))])),
    (
        "profile",
        Schema::closed(
            "a profile context",
            &[
                text("type"),
                field("profile_id", Kind::Id(Id::Event)),
                field("profiler_id", Kind::Id(Id::Event)),
            ],
        ),
    ),
    ("feedback", Schema::open("a feedback context", &[text("message"), text("contact_email")])),
    (
        "gpu",
        Schema::open(
            "a gpu context",
            &[
                text("name"),
                text("version"),
                text("vendor_id"),
                text("vendor_name"),
                text("driver_version"),
                field("memory_size", Kind::Unsigned),
                text("api_type"),
                field("multi_threaded_rendering", Kind::Bool),
                text("npot_support"),
                field("max_texture_size", Kind::Unsigned),
                text("graphics_shader_level"),
                field("supports_draw_call_instancing", Kind::Bool),
                field("supports_ray_tracing", Kind::Bool),
                field("supports_compute_shaders", Kind::Bool),
                field("supports_geometry_shaders", Kind::Bool),
            ],
        ),
    ),
    (
        "culture",
        Schema::open(
            "a culture context",
            &[
                text("calendar"),
                text("display_name"),
                text("locale"),
                field("is_24_hour_format", Kind::Bool),
                text("timezone"),
            ],
        ),
    ),
    (
        "spring",
        Schema::open(
            "a spring context",
            &[field("active_profiles", Kind::List(&Kind::Text(FREE)))],
        ),
    ),
];

/// A context nobody described.
static OTHER: Schema = Schema::open("an object", &[]);

/// The field, to be put into the table of the event.
pub(super) const FIELD: Field = field("contexts", Kind::Contexts);

fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || "_.:-".contains(char)
}

/// The fields of a context of that type, and how large it may be.
pub(super) fn of_type(name: Option<&str>) -> (&'static Schema, Bag) {
    let name = name.unwrap_or_default();
    let schema = SCHEMAS.iter().find(|(known, _)| *known == name).map_or(&OTHER, |(_, s)| s);
    (schema, if name == "flags" { FLAGS_SIZE } else { SIZE })
}

/// Brings every context into the form of its type, which is its name unless it says another.
pub(super) fn conform(conform: &mut Conform<'_>, value: &mut Value<'_>, path: &Path<'_>) {
    let Value::Object(contexts) = value else {
        return conform.reject(value, path, "expected an object");
    };
    for (name, value) in contexts.entries_mut() {
        let path = path.name(name);
        match value {
            Value::Null => {}
            Value::Object(context) => {
                if context.str("type").is_none_or(str::is_empty) {
                    context.insert("type", Value::Str(name.clone()));
                }
                let (schema, _) = of_type(context.str("type"));
                conform.object(context, schema, &path);
            }
            _ => conform.reject(value, &path, "expected an object"),
        }
    }
}

/// Adds browser, device and system from the headers of the request, where the SDK sent none.
pub(super) fn add_client(event: &mut Event<'_>) {
    let Some(Value::Object(request)) = event.root.get("request") else { return };
    let headers = request.get("headers").and_then(Value::as_array);
    let pairs = headers
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair.at(&["0"])?.as_str()?, pair.at(&["1"])?.as_str()?)));
    let clues = Clues::from_headers(pairs);
    if clues.is_empty() {
        return;
    }
    let os_name = if event.root.str("platform") == Some("javascript") { "os" } else { "client_os" };
    let missing = |name: &str| event.at(&["contexts", name]).is_none_or(Value::is_null);
    let browser = missing("browser").then(|| user_agent::browser(&clues)).flatten();
    let device = missing("device").then(|| user_agent::device(&clues)).flatten();
    let os = missing(os_name).then(|| user_agent::os(&clues)).flatten();
    let versioned = |kind: &'static str, name: String, version: Option<String>| {
        context(kind, [("name", Some(name)), ("version", version)])
    };
    let browser = browser.map(|found| versioned("browser", found.name, found.version));
    let os = os.map(|found| versioned("os", found.name, found.version));
    let device = device.map(|found| {
        let parts = [("family", found.family), ("model", found.model), ("brand", found.brand)];
        context("device", parts)
    });
    for (name, context) in [("browser", browser), ("device", device), (os_name, os)] {
        if let Some(context) = context
            && let Some(contexts) = object_in(&mut event.root, "contexts")
        {
            contexts.insert(name, context);
        }
    }
}

fn context<const N: usize>(
    kind: &'static str,
    parts: [(&'static str, Option<String>); N],
) -> Value<'static> {
    let mut object = Object::with_capacity(N + 2);
    for (name, value) in parts {
        if let Some(value) = value {
            object.push(name, value);
        }
    }
    object.push("type", kind);
    Value::Object(object)
}

/// Adds the replay that ran, and a trace if there is none; completes what has a computed form.
pub(super) fn normalize(event: &mut Event<'_>, given: &Given<'_>, id: &EventId) {
    let transaction = event.root.str("type") == Some("transaction");
    let Some(contexts) = object_in(&mut event.root, "contexts") else { return };
    if let Some(replay) = given.replay_id {
        let replay = context("replay", [("replay_id", Some(replay.to_string()))]);
        contexts.insert("replay", replay);
    }
    replace_nil_trace(contexts, &mut event.notes, given);
    if !transaction {
        complete_trace(contexts, id);
    }
    contexts.remove("reprocessing");
    for (_, value) in contexts.iter_mut() {
        if let Value::Object(context) = value {
            complete(context);
        }
    }
}

fn complete(context: &mut Object<'_>) {
    match context.str("type").unwrap_or_default() {
        "os" => {
            raw_description::os(context);
            summarize(context, "os", false);
        }
        "runtime" => {
            raw_description::runtime(context);
            summarize(context, "runtime", true);
        }
        "browser" => summarize(context, "browser", false),
        "response" => {
            request::infer_content_type(context, false);
            request::cookies_of_headers(context, "Set-Cookie");
        }
        "trace" if context.get("status").is_none_or(Value::is_null) => {
            context.insert("status", "unknown");
        }
        _ => {}
    }
}

/// Name and version in one text, by which events are searched.
fn summarize(context: &mut Object<'_>, name: &'static str, needs_version: bool) {
    if context.get(name).is_some_and(|value| !value.is_null()) {
        return;
    }
    let summary = match (context.str("name"), context.str("version")) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (Some(name), None) if !needs_version => name.to_owned(),
        _ => return,
    };
    context.insert(name, summary);
}

/// A trace id of zeros would put the events of all such senders into one trace.
fn replace_nil_trace(contexts: &mut Object<'_>, notes: &mut Annotations, given: &Given<'_>) {
    let Some(Value::Object(trace)) = contexts.get_mut("trace") else { return };
    let id = trace.str("trace_id").and_then(|id| TraceId::parse(id).ok());
    if id.is_none_or(|id| !id.is_nil()) {
        return;
    }
    trace.insert("trace_id", given.random_id.to_string());
    let path = Path::Root.name("contexts");
    let path = path.name("trace");
    notes.note(&path.name("trace_id")).remarks.push(Remark {
        rule: Cow::Borrowed("nil_trace_id"),
        kind: RemarkKind::Substituted,
        range: None,
    });
}

/// Events without a trace get one of their own, so that all can be looked up by trace.
fn complete_trace(contexts: &mut Object<'_>, id: &EventId) {
    let trace = contexts.entry("trace");
    if trace.as_object().is_none() {
        *trace = context("trace", []);
    }
    let Value::Object(trace) = trace else { return };
    if trace.get("trace_id").is_none_or(scalars::is_empty) {
        trace.insert("trace_id", id.to_string());
    }
    if trace.get("span_id").is_none_or(scalars::is_empty) {
        let trace_id = trace.str("trace_id").unwrap_or_default();
        let span_id = trace_id.get(..16).unwrap_or_default().to_owned();
        trace.insert("span_id", span_id);
    }
}
