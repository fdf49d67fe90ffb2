//! What an event may hold, as tables: which fields, of which kind, how long, how deep.
//!
//! Two walks read the same tables: [`super::conform`] turns what came into what is allowed,
//! [`super::trimming`] cuts what is too large.

use model::annotation::Path;
use model::json::Value;

use super::conform::Conform;

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Any JSON.
    Any,
    /// Any JSON, up to a size.
    Free(Bag),
    /// Contexts by name, each with the fields of its type.
    Contexts,
    /// A string.
    Text(Text),
    /// A string; numbers and truth values are written as one.
    Lenient(Text),
    /// A string; any other JSON is kept as its text.
    JsonText(Text),
    /// `true` or `false`.
    Bool,
    /// A whole number from zero up.
    Unsigned,
    /// A whole number.
    Signed,
    /// Any number.
    Float,
    /// A moment; stored as seconds since 1970.
    Time,
    /// A severity.
    Level,
    /// How a span ended.
    SpanStatus,
    /// An id of this form.
    Id(Id),
    /// An address in memory; stored as `0x…`.
    Address,
    /// An IP address or `{{auto}}`.
    Ip,
    /// A whole number or a string.
    ThreadId,
    /// An object with known fields.
    Object(&'static Schema),
    /// An object with any names whose values are alike.
    Map(&'static Kind),
    /// A list of values that are alike.
    List(&'static Kind),
    /// A list that may come bare, as `{"values": […]}`, or as its only element.
    Values(&'static Values),
    /// A list of `[name, value]`; comes as an object, too.
    Pairs(&'static Kind, &'static Kind),
}

/// The forms ids come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id {
    /// 16 bytes, stored without dashes.
    Event,
    /// 16 bytes, not all zero.
    Trace,
    /// 8 bytes, not all zero.
    Span,
    /// 16 bytes, stored with dashes.
    Uuid,
    /// Identifies debug information: a UUID, perhaps followed by an age in hex.
    Debug,
    /// Identifies a program file: hex of any length.
    Code,
}

/// What a string may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    /// Characters that are kept when it is too long.
    pub(super) chars_max: usize,
    /// Characters it may be longer than that before it is cut.
    pub(super) allowance: usize,
    /// Whether space around it is taken off.
    pub(super) trimmed: bool,
    /// Whether it may not be empty.
    pub(super) nonempty: bool,
    /// Which characters it may hold.
    pub(super) allowed: Option<fn(char) -> bool>,
}

/// Text of any length.
pub(super) const FREE: Text =
    Text { chars_max: usize::MAX, allowance: 0, trimmed: false, nonempty: false, allowed: None };

impl Text {
    /// Text that is cut to `chars_max` when it is longer by more than `allowance`.
    pub(super) const fn max(chars_max: usize, allowance: usize) -> Self {
        Self { chars_max, allowance, ..FREE }
    }

    /// The same, with space around it taken off.
    pub(super) const fn trimmed(mut self) -> Self {
        self.trimmed = true;
        self
    }

    /// The same, and it may not be empty.
    pub(super) const fn nonempty(mut self) -> Self {
        self.nonempty = true;
        self
    }

    /// The same, and it may hold these characters only.
    pub(super) const fn only(mut self, allowed: fn(char) -> bool) -> Self {
        self.allowed = Some(allowed);
        self
    }
}

/// How much a free-form value may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bag {
    /// Bytes of JSON, estimated.
    pub(super) bytes_max: usize,
    /// Levels of nesting.
    pub(super) depth_max: usize,
}

/// A list in one of several forms.
#[derive(Debug)]
pub(super) struct Values {
    /// What its elements are.
    pub(super) item: Kind,
    /// Elements at most; the last ones are kept.
    pub(super) items_max: usize,
}

/// Changes the form of a value before its kind is looked at.
pub(super) type Reshape = for<'a> fn(&mut Conform<'_>, &mut Value<'a>, &Path<'_>);

/// One field of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) reshape: Option<Reshape>,
    pub(super) bag: Option<Bag>,
    /// Its absence is noted.
    pub(super) required: bool,
    /// It is left out when there is nothing in it.
    pub(super) gone_when_empty: bool,
}

/// A field of that name and kind.
pub(super) const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind, reshape: None, bag: None, required: false, gone_when_empty: false }
}

/// A field with text of any length.
pub(super) const fn text(name: &'static str) -> Field {
    field(name, Kind::Text(FREE))
}

impl Field {
    pub(super) const fn reshaped(mut self, reshape: Reshape) -> Self {
        self.reshape = Some(reshape);
        self
    }

    pub(super) const fn bag(mut self, bytes_max: usize, depth_max: usize) -> Self {
        self.bag = Some(Bag { bytes_max, depth_max });
        self
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn gone_when_empty(mut self) -> Self {
        self.gone_when_empty = true;
        self
    }
}

/// What becomes of fields an object should not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// They stay as they are.
    Keep,
    /// They go.
    Drop,
    /// They become `null` with a note.
    Note,
}

/// The fields of an object.
#[derive(Debug)]
pub(super) struct Schema {
    /// What the object is, for the note when something else came.
    pub(super) what: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) unknown: Unknown,
    /// For every hash of a name, one more than the place of the first field that has it. Most of
    /// the work of a walk is to find fields, so it is worth not to compare them one by one.
    places: [u8; HASHES],
}

const HASHES: usize = 128;

impl Schema {
    /// An object that loses fields it should not have.
    pub(super) const fn closed(what: &'static str, fields: &'static [Field]) -> Self {
        Self::new(what, fields, Unknown::Drop)
    }

    /// An object that keeps fields nobody described.
    pub(super) const fn open(what: &'static str, fields: &'static [Field]) -> Self {
        Self::new(what, fields, Unknown::Keep)
    }

    /// An object, and what becomes of fields it should not have. At most 64 fields.
    pub(super) const fn new(
        what: &'static str,
        fields: &'static [Field],
        unknown: Unknown,
    ) -> Self {
        assert!(fields.len() <= 64, "the walk marks fields in the bits of a number");
        let mut places = [0; HASHES];
        let (mut place, mut number) = (0, 1);
        while place < fields.len() {
            let slot = &mut places[hash(fields[place].name)];
            if *slot == 0 {
                *slot = number;
            }
            place += 1;
            number += 1;
        }
        Self { what, fields, unknown, places }
    }

    /// The place of the field with that name.
    pub(super) fn find(&self, name: &str) -> Option<(usize, &'static Field)> {
        let first = usize::from(self.places[hash(name)]).checked_sub(1)?;
        let mut later = self.fields.iter().enumerate().skip(first);
        later.find(|(_, field)| field.name == name)
    }
}

/// A small number that names of one object rarely share.
const fn hash(name: &str) -> usize {
    let bytes = name.as_bytes();
    match bytes {
        [] => 0,
        [first, .., last] => (bytes.len() * 31 + *first as usize * 7 + *last as usize * 3) % HASHES,
        [only] => *only as usize % HASHES,
    }
}
