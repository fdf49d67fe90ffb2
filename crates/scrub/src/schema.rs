//! The event schema as scrubbing sees it: how far rules reach into each field.
//!
//! Source: the `pii` attributes of Relay's event schema, summed up in section 5 of our reference.
//! Fields that no rule reaches (source lines, function names, packages) are not even visited, which
//! is most of an event.

use model::json::Value;

use crate::place::{Level, Types};

/// What is known about a field.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) level: Level,
    /// The type the schema gives it; `None`: that of its value.
    types: Option<Types>,
    pub(crate) below: Below,
    pub(crate) defaults: Defaults,
    pub(crate) strict: Strict,
}

/// Fields by their names.
type Names = &'static [(&'static str, Field)];

/// What stands below a field.
#[derive(Debug)]
pub(crate) enum Below {
    /// Nothing that is looked at.
    Closed,
    /// Anything; all of it counts like the field itself.
    Same,
    /// Known names, and one answer for all others.
    Names(Names, &'static Field),
    /// A list of these.
    Items(&'static Field),
    /// Contexts: by their `type`, else by their name.
    Contexts,
}

/// Which of the default rules are for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defaults {
    /// All.
    All,
    /// All, except in the header that names the browser.
    Headers,
    /// Those that replace a part of the text, never those that replace the whole.
    PartsOnly,
    /// None.
    Skip,
}

/// What our stricter rules do with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strict {
    /// Leave it.
    Off,
    /// Look into names and texts.
    On,
    /// Replace every text: cookies.
    Whole,
}

impl Field {
    const fn new(level: Level, below: Below, strict: Strict) -> Self {
        Self { level, types: None, below, defaults: Defaults::All, strict }
    }

    const fn named(level: Level, types: Types, names: Names, rest: &'static Self) -> Self {
        let below = Below::Names(names, rest);
        Self { level, types: Some(types), below, defaults: Defaults::All, strict: Strict::Off }
    }

    const fn list(item: &'static Self) -> Self {
        let types = Some(Types::ARRAY);
        Self { types, ..Self::new(Level::False, Below::Items(item), Strict::Off) }
    }

    /// `{"values": [...]}`, as SDKs send lists.
    const fn values(list: Names) -> Self {
        Self::named(Level::False, Types::NONE, list, &CLOSED)
    }

    const fn defaults(self, defaults: Defaults) -> Self {
        Self { defaults, ..self }
    }

    const fn strict(self, strict: Strict) -> Self {
        Self { strict, ..self }
    }

    /// The field under a name.
    pub(crate) fn under(&'static self, key: &str, value: &Value<'_>) -> &'static Self {
        match &self.below {
            Below::Closed => &CLOSED,
            Below::Same => self,
            Below::Names(names, rest) => {
                names.iter().find(|(name, _)| *name == key).map_or(rest, |(_, field)| field)
            }
            Below::Items(_) => &OPEN_REST,
            Below::Contexts => context(key, value),
        }
    }

    /// The fields of a list.
    pub(crate) fn items(&'static self) -> &'static Self {
        match &self.below {
            Below::Closed => &CLOSED,
            Below::Same => self,
            Below::Items(item) => item,
            // A list of values without the object around it, as old SDKs send.
            Below::Names([("values", Self { below: Below::Items(item), .. })], _) => item,
            Below::Names(..) | Below::Contexts => &OPEN_REST,
        }
    }

    /// False for a field that holds nothing a rule could reach.
    pub(crate) fn is_closed(&self) -> bool {
        self.level == Level::False && matches!(self.below, Below::Closed)
    }

    /// False where only the fields below are reached, not this one.
    pub(crate) fn is_open(&self) -> bool {
        self.level != Level::False || self.strict != Strict::Off
    }

    pub(crate) fn types_of(&self, value: &Value<'_>) -> Types {
        self.types.unwrap_or_else(|| Types::of(value))
    }
}

/// Free-form data: any rule.
const OPEN: Field = Field::new(Level::True, Below::Same, Strict::On);
/// Reached by exact paths and by our stricter rules.
const EXACT: Field = Field::new(Level::Maybe, Below::Same, Strict::On);
/// Reached by exact paths only: names of files and modules, which grouping and source maps need.
const EXACT_NAME: Field = Field::new(Level::Maybe, Below::Closed, Strict::Off);
/// Reached by our stricter rules only.
const TEXT: Field = Field::new(Level::False, Below::Same, Strict::On);
/// Reached by nothing.
const SHUT: Field = Field::new(Level::False, Below::Closed, Strict::Off);
static CLOSED: Field = SHUT;
/// Free-form data, also where an event does not have the shape of the schema.
pub(crate) static OPEN_REST: Field = OPEN;
/// What our stricter rules look into although no selector can reach it.
pub(crate) static TEXT_REST: Field = TEXT;
static EXACT_REST: Field = EXACT;

/// The event itself.
pub(crate) static EVENT: Field = Field::named(Level::False, Types::EVENT, EVENT_FIELDS, &OPEN_REST);

const EVENT_FIELDS: Names = &[
    ("event_id", SHUT),
    ("timestamp", SHUT),
    ("platform", SHUT),
    ("level", SHUT),
    ("exception", Field::values(EXCEPTIONS)),
    ("breadcrumbs", Field::values(BREADCRUMBS)),
    ("contexts", Field::new(Level::False, Below::Contexts, Strict::Off)),
    ("tags", EXACT),
    ("extra", OPEN),
    ("user", Field::named(Level::False, Types::USER, USER_FIELDS, &OPEN_REST)),
    ("request", Field::named(Level::False, Types::REQUEST, REQUEST_FIELDS, &OPEN_REST)),
    ("logentry", Field::named(Level::False, Types::LOG_ENTRY, LOG_ENTRY_FIELDS, &CLOSED)),
    ("message", TEXT),
    ("culprit", EXACT),
    ("transaction", TEXT),
    ("fingerprint", TEXT),
    ("server_name", OPEN),
    ("sdk", Field::named(Level::False, Types::SDK, &[("client_ip", OPEN)], &CLOSED)),
    ("threads", Field::values(THREADS)),
    ("stacktrace", STACK),
    ("spans", Field::list(&SPAN)),
    ("template", Field::named(Level::False, Types::NONE, TEMPLATE_FIELDS, &CLOSED)),
    ("csp", Field::named(Level::False, Types::NONE, CSP_FIELDS, &CLOSED)),
    ("nel", Field::named(Level::False, Types::NONE, NEL_FIELDS, &CLOSED)),
    ("release", SHUT),
    ("environment", SHUT),
    ("dist", SHUT),
    ("type", SHUT),
    ("logger", SHUT),
    ("modules", SHUT),
    ("received", SHUT),
    ("start_timestamp", SHUT),
    ("debug_meta", DEBUG_META),
    ("errors", SHUT),
    ("checksum", SHUT),
    ("version", SHUT),
    ("project", SHUT),
    ("key_id", SHUT),
    ("site", SHUT),
    ("time_spent", SHUT),
    ("transaction_info", SHUT),
    ("measurements", SHUT),
    ("breakdowns", SHUT),
    ("grouping_config", SHUT),
    ("hpkp", SHUT),
    ("expectct", SHUT),
    ("expectstaple", SHUT),
    ("ingest_path", SHUT),
    ("metadata", SHUT),
    ("location", SHUT),
    ("_metrics", SHUT),
    ("_meta", SHUT),
];

const DEBUG_META_FIELDS: Names = &[("images", Field::list(&IMAGE))];

const DEBUG_META: Field = Field::named(Level::False, Types::NONE, DEBUG_META_FIELDS, &CLOSED);

/// Debug images: exact paths only, and never the default rules.
const IMAGE_FIELDS: Names = &[
    ("code_file", EXACT_NAME.defaults(Defaults::Skip)),
    ("debug_file", EXACT_NAME.defaults(Defaults::Skip)),
    ("path", EXACT_NAME.defaults(Defaults::Skip)),
    ("name", EXACT_NAME.defaults(Defaults::Skip)),
];

static IMAGE: Field = Field::named(Level::False, Types::NONE, IMAGE_FIELDS, &CLOSED);

const EXCEPTIONS: Names = &[("values", Field::list(&EXCEPTION))];
const BREADCRUMBS: Names = &[("values", Field::list(&BREADCRUMB))];
const THREADS: Names = &[("values", Field::list(&THREAD))];

const EXCEPTION_FIELDS: Names = &[
    ("value", OPEN.defaults(Defaults::Skip)),
    ("stacktrace", STACK),
    ("raw_stacktrace", STACK),
    ("mechanism", MECHANISM),
];

static EXCEPTION: Field = Field::named(Level::False, Types::ERROR, EXCEPTION_FIELDS, &CLOSED);

const MECHANISM_FIELDS: Names = &[("description", OPEN), ("data", OPEN), ("help_link", TEXT)];

const MECHANISM: Field = Field::named(Level::False, Types::NONE, MECHANISM_FIELDS, &CLOSED);

const STACK_FIELDS: Names = &[("frames", Field::list(&FRAME))];

const STACK: Field = Field::named(Level::False, Types::STACK, STACK_FIELDS, &CLOSED);

const FRAME_FIELDS: Names = &[
    ("vars", OPEN),
    ("module", EXACT_NAME),
    ("filename", EXACT_NAME.defaults(Defaults::Skip)),
    ("abs_path", EXACT_NAME.defaults(Defaults::Skip)),
    ("file_revision", EXACT_NAME),
];

static FRAME: Field = Field::named(Level::False, Types::FRAME, FRAME_FIELDS, &CLOSED);

const THREAD_FIELDS: Names = &[("stacktrace", STACK), ("raw_stacktrace", STACK)];

static THREAD: Field = Field::named(Level::False, Types::THREAD, THREAD_FIELDS, &CLOSED);

const BREADCRUMB_FIELDS: Names = &[
    ("timestamp", SHUT),
    ("type", SHUT),
    ("level", SHUT),
    ("category", SHUT),
    ("event_id", SHUT),
    ("origin", SHUT),
    ("message", OPEN),
    ("data", OPEN),
];

static BREADCRUMB: Field =
    Field::named(Level::False, Types::BREADCRUMB, BREADCRUMB_FIELDS, &OPEN_REST);

const USER_FIELDS: Names =
    &[("id", OPEN), ("ip_address", IP_ADDRESS), ("email", OPEN), ("geo", OPEN)];

/// The schema knows it as text whatever was sent.
const IP_ADDRESS: Field = Field { types: Some(Types::STRING), ..OPEN };

const REQUEST_FIELDS: Names = &[
    ("method", SHUT),
    ("url", EXACT),
    ("query_string", OPEN),
    ("headers", OPEN.defaults(Defaults::Headers)),
    ("cookies", OPEN.strict(Strict::Whole)),
    ("env", OPEN),
    ("data", OPEN),
    ("fragment", OPEN),
    ("inferred_content_type", SHUT),
    ("api_target", SHUT),
    ("protocol", SHUT),
];

const LOG_ENTRY_FIELDS: Names =
    &[("formatted", OPEN.defaults(Defaults::PartsOnly)), ("message", TEXT), ("params", OPEN)];

const TEMPLATE_FIELDS: Names = &[("filename", OPEN), ("abs_path", OPEN)];

const CSP_FIELDS: Names = &[
    ("blocked_uri", OPEN),
    ("document_uri", OPEN),
    ("referrer", OPEN),
    ("source_file", OPEN),
    ("original_policy", OPEN),
    ("script_sample", OPEN),
];

const NEL_FIELDS: Names = &[("url", OPEN), ("body", OPEN)];

const SPAN_FIELDS: Names = &[
    ("description", EXACT),
    ("tags", EXACT),
    ("sentry_tags", EXACT),
    ("links", EXACT),
    ("data", OPEN),
];

static SPAN: Field = Field::named(Level::False, Types::SPAN, SPAN_FIELDS, &CLOSED);

/// A span as a row: its name, its attributes, and under which name it is counted.
const SPAN_ROW_FIELDS: Names = &[
    ("description", EXACT),
    ("name", EXACT),
    ("transaction", TEXT),
    ("data", ATTRIBUTES),
    ("attributes", TYPED_ATTRIBUTES),
];

pub(crate) static SPAN_ROW: Field =
    Field::named(Level::False, Types::SPAN, SPAN_ROW_FIELDS, &CLOSED);

const ATTRIBUTES: Field =
    Field { below: Below::Names(ATTRIBUTE_FIELDS, &OPEN_REST), ..OPEN.strict(Strict::Off) };
const TYPED_ATTRIBUTES: Field = OPEN;

/// What SDKs and we ourselves say of every span. Nobody's data is in it, and it is much.
const ATTRIBUTE_FIELDS: Names = &[
    ("sentry.origin", SHUT),
    ("sentry.sdk.name", SHUT),
    ("sentry.sdk.version", SHUT),
    ("sentry.trace_lifecycle", SHUT),
    ("sentry.segment.name.source", SHUT),
    ("sentry.kind", SHUT),
    ("sentry.event_id", SHUT),
    ("sentry.replay_id", SHUT),
    ("sentry.profile_id", SHUT),
    ("sentry.profiler_id", SHUT),
];

/// Names of contexts whose fields the schema knows. Anything else is free-form data.
const CONTEXTS: &[(&str, &Field)] = &[
    ("trace", &TRACE),
    ("device", &DEVICE),
    ("response", &RESPONSE),
    ("os", &KNOWN_CONTEXT),
    ("client_os", &KNOWN_CONTEXT),
    ("runtime", &KNOWN_CONTEXT),
    ("app", &KNOWN_CONTEXT),
    ("browser", &KNOWN_CONTEXT),
    ("gpu", &KNOWN_CONTEXT),
    ("culture", &KNOWN_CONTEXT),
    ("cloud_resource", &KNOWN_CONTEXT),
    ("monitor", &KNOWN_CONTEXT),
    ("nel", &KNOWN_CONTEXT),
    ("otel", &KNOWN_CONTEXT),
    ("performance_score", &KNOWN_CONTEXT),
    ("spring", &KNOWN_CONTEXT),
    ("unity", &KNOWN_CONTEXT),
    ("flags", &KNOWN_CONTEXT),
    ("reprocessing", &CLOSED),
    ("profile", &CLOSED),
    ("replay", &CLOSED),
    ("feedback", &FEEDBACK),
];

/// The schema of one context. Source: a context is what its `type` says, and its name when it says
/// nothing.
fn context(key: &str, value: &Value<'_>) -> &'static Field {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or(key);
    CONTEXTS.iter().find(|(name, _)| *name == kind).map_or(&OPEN_REST, |(_, field)| field)
}

const KNOWN_CONTEXT_FIELDS: Names = &[("type", SHUT)];

static KNOWN_CONTEXT: Field =
    Field::named(Level::False, Types::NONE, KNOWN_CONTEXT_FIELDS, &EXACT_REST);

const TRACE_FIELDS: Names = &[
    ("type", SHUT),
    ("trace_id", SHUT),
    ("span_id", SHUT),
    ("parent_span_id", SHUT),
    ("op", SHUT),
    ("status", SHUT),
    ("origin", SHUT),
    ("sampled", SHUT),
    ("exclusive_time", SHUT),
    ("client_sample_rate", SHUT),
];

static TRACE: Field = Field::named(Level::False, Types::NONE, TRACE_FIELDS, &EXACT_REST);

const DEVICE_FIELDS: Names = &[("type", SHUT), ("device_unique_identifier", OPEN)];

static DEVICE: Field = Field::named(Level::False, Types::NONE, DEVICE_FIELDS, &EXACT_REST);

const RESPONSE_FIELDS: Names =
    &[("type", SHUT), ("cookies", OPEN.strict(Strict::Whole)), ("headers", OPEN), ("data", OPEN)];

static RESPONSE: Field = Field::named(Level::False, Types::NONE, RESPONSE_FIELDS, &EXACT_REST);

const FEEDBACK_FIELDS: Names =
    &[("type", SHUT), ("contact_email", SHUT), ("message", TEXT), ("url", TEXT)];

static FEEDBACK: Field = Field::named(Level::False, Types::NONE, FEEDBACK_FIELDS, &CLOSED);
