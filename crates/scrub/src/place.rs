//! Where the walk through an event is: the step, its type and what the schema says about it.

use model::annotation::Path;
use model::json::Value;

use crate::anchor::{self, Hits};
use crate::schema::Field;

/// How far rules reach into a field. Source: the `pii` attribute of Relay's event schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// Any selector.
    True,
    /// Only a selector that names the exact path.
    Maybe,
    /// None.
    False,
}

/// A set of the types a selector can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Types(u32);

impl Types {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const STRING: Self = Self(1);
    pub(crate) const BINARY: Self = Self(1 << 1);
    pub(crate) const NUMBER: Self = Self(1 << 2);
    pub(crate) const BOOLEAN: Self = Self(1 << 3);
    pub(crate) const DATE_TIME: Self = Self(1 << 4);
    pub(crate) const ARRAY: Self = Self(1 << 5);
    pub(crate) const OBJECT: Self = Self(1 << 6);
    pub(crate) const EVENT: Self = Self(1 << 7);
    pub(crate) const ATTACHMENTS: Self = Self(1 << 8);
    pub(crate) const REPLAY: Self = Self(1 << 9);
    pub(crate) const ERROR: Self = Self(1 << 10);
    pub(crate) const STACK: Self = Self(1 << 11);
    pub(crate) const FRAME: Self = Self(1 << 12);
    pub(crate) const REQUEST: Self = Self(1 << 13);
    pub(crate) const USER: Self = Self(1 << 14);
    pub(crate) const LOG_ENTRY: Self = Self(1 << 15);
    pub(crate) const MESSAGE: Self = Self(1 << 16);
    pub(crate) const THREAD: Self = Self(1 << 17);
    pub(crate) const BREADCRUMB: Self = Self(1 << 18);
    pub(crate) const LOG: Self = Self(1 << 19);
    pub(crate) const TRACE_METRIC: Self = Self(1 << 20);
    pub(crate) const SPAN: Self = Self(1 << 21);
    pub(crate) const SDK: Self = Self(1 << 22);
    pub(crate) const MINIDUMP: Self = Self(1 << 23);
    pub(crate) const HEAP_MEMORY: Self = Self(1 << 24);
    pub(crate) const STACK_MEMORY: Self = Self(1 << 25);

    const NAMES: [(&'static str, Self); 31] = [
        ("string", Self::STRING),
        ("binary", Self::BINARY),
        ("number", Self::NUMBER),
        ("boolean", Self::BOOLEAN),
        ("bool", Self::BOOLEAN),
        ("datetime", Self::DATE_TIME),
        ("array", Self::ARRAY),
        ("list", Self::ARRAY),
        ("object", Self::OBJECT),
        ("event", Self::EVENT),
        ("attachments", Self::ATTACHMENTS),
        ("replay", Self::REPLAY),
        ("error", Self::ERROR),
        ("exception", Self::ERROR),
        ("stack", Self::STACK),
        ("stacktrace", Self::STACK),
        ("frame", Self::FRAME),
        ("request", Self::REQUEST),
        ("http", Self::REQUEST),
        ("user", Self::USER),
        ("logentry", Self::LOG_ENTRY),
        ("message", Self::MESSAGE),
        ("thread", Self::THREAD),
        ("breadcrumb", Self::BREADCRUMB),
        ("log", Self::LOG),
        ("trace_metric", Self::TRACE_METRIC),
        ("span", Self::SPAN),
        ("sdk", Self::SDK),
        ("minidump", Self::MINIDUMP),
        ("heap_memory", Self::HEAP_MEMORY),
        ("stack_memory", Self::STACK_MEMORY),
    ];

    /// The type for a name behind `$`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, types)| *types)
    }

    /// The type of a value that the schema says nothing about.
    pub(crate) fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::NONE,
            Value::Bool(_) => Self::BOOLEAN,
            Value::I64(_) | Value::U64(_) | Value::F64(_) => Self::NUMBER,
            Value::Str(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// True for the types of plain values, which say nothing about the place in an event.
    pub(crate) const fn is_plain(self) -> bool {
        self.0 < Self::EVENT.0
    }
}

/// One step on the way down.
#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

/// A field that is visited, and the way to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    step: Step<'p>,
    /// Where notes on the field go. In a list of pairs this differs from the steps.
    pub(crate) path: Path<'p>,
    pub(crate) types: Types,
    pub(crate) field: &'static Field,
    pub(crate) depth: usize,
    /// What a scan of the name saw; cookies also in the names above.
    pub(crate) key_hits: Hits,
}

impl<'p> Place<'p> {
    pub(crate) fn root(field: &'static Field) -> Self {
        let (step, path, types) = (Step::Root, Path::Root, field.types_of(&Value::Null));
        Self { parent: None, step, path, types, field, depth: 0, key_hits: Hits::NONE }
    }

    /// The value under a name.
    pub(crate) fn under(&'p self, key: &'p str, field: &'static Field, value: &Value<'_>) -> Self {
        self.below(Step::Key(key), self.path.name(key), field, value)
    }

    /// The value at a position.
    pub(crate) fn nth(&'p self, index: usize, field: &'static Field, value: &Value<'_>) -> Self {
        self.below(Step::Index(index), self.path.index(index), field, value)
    }

    /// The second half of a `[key, value]` pair. Rules see it as a value under a name.
    pub(crate) fn paired(&'p self, key: &'p str, path: Path<'p>, value: &Value<'_>) -> Self {
        self.below(Step::Key(key), path, self.field, value)
    }

    fn below(
        &'p self,
        step: Step<'p>,
        path: Path<'p>,
        field: &'static Field,
        value: &Value<'_>,
    ) -> Self {
        let (types, depth) = (field.types_of(value), self.depth + 1);
        let own = if let Step::Key(key) = step { anchor::scan(key) } else { Hits::NONE };
        let key_hits = own.or(self.key_hits.and(Hits::COOKIE));
        Self { parent: Some(self), step, path, types, field, depth, key_hits }
    }

    pub(crate) fn key(&self) -> Option<&'p str> {
        if let Step::Key(key) = self.step { Some(key) } else { None }
    }

    pub(crate) fn index(&self) -> Option<usize> {
        if let Step::Index(index) = self.step { Some(index) } else { None }
    }

    /// The same place with another answer of the schema.
    pub(crate) fn seen_as(&self, field: &'static Field, value: &Value<'_>) -> Self {
        Self { field, types: field.types_of(value), ..*self }
    }

    /// True for what holds the attributes of a span.
    pub(crate) fn is_data_of_span(&self) -> bool {
        self.key() == Some("data") && self.parent.is_some_and(|span| span.types == Types::SPAN)
    }

    /// This place and those above it, the event itself last.
    pub(crate) fn upwards(&self) -> impl Iterator<Item = &Place<'p>> {
        std::iter::successors(Some(self), |place| place.parent)
    }
}
