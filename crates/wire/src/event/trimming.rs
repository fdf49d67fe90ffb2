//! The second walk: what is too long is cut, what is too deep becomes text, what is too much goes.

use std::borrow::Cow;

use model::annotation::{Annotations, Path, Remark, RemarkKind};
use model::json::{Object, Value};
use model::json_text;

use super::schema::{Bag, Field, Kind, Schema, Text, field};
use super::{contexts, size};

/// What stands where text was cut off.
const ELLIPSIS: &str = "...";

/// What may still be stored below a field with a [`Bag`].
#[derive(Debug, Clone, Copy)]
struct Room {
    /// The count of bytes at which it is full.
    full_at: usize,
    /// Levels that may follow.
    depth: usize,
}

impl Room {
    /// Room without bounds, around everything.
    const OPEN: Self = Self { full_at: usize::MAX, depth: usize::MAX };

    fn is_bounded(self) -> bool {
        self.full_at < usize::MAX
    }

    fn below(self) -> Self {
        Self { depth: self.depth.saturating_sub(1), ..self }
    }
}

/// Cuts everything in an object that its table bounds.
pub(super) fn object(root: &mut Object<'_>, schema: &Schema, notes: &mut Annotations) {
    Trimming { notes, spent: 0 }.object(root, schema, Room::OPEN, &Path::Root);
}

/// Cuts a text to `chars_max` characters if it is longer than that and the allowance.
#[inline]
pub(super) fn cut(
    text: &mut Cow<'_, str>,
    chars_max: usize,
    allowance: usize,
    notes: &mut Annotations,
    path: &Path<'_>,
) {
    // Bytes are at least as many as characters, so nearly all texts are done here.
    let hard_max = chars_max.saturating_add(allowance);
    if text.len() > hard_max && text.chars().count() > hard_max {
        shorten(text, chars_max, notes, path);
    }
}

fn shorten(text: &mut Cow<'_, str>, chars_max: usize, notes: &mut Annotations, path: &Path<'_>) {
    let before = text.chars().count();
    let kept = chars_max.saturating_sub(ELLIPSIS.len());
    let end = text.char_indices().nth(kept).map_or(text.len(), |(end, _)| end);
    let mut short = String::with_capacity(end + ELLIPSIS.len());
    short.push_str(&text[..end]);
    short.push_str(ELLIPSIS);
    *text = Cow::Owned(short);

    let number = |place: usize| u64::try_from(place).unwrap_or(u64::MAX);
    let note = notes.note(path);
    note.remarks.retain(|remark| remark.range.is_none_or(|(_, end)| end <= number(kept)));
    note.remarks.push(Remark {
        rule: "!limit".into(),
        kind: RemarkKind::Substituted,
        range: Some((number(kept), number(kept + ELLIPSIS.len()))),
    });
    note.original_length.get_or_insert(number(before));
}

struct Trimming<'n> {
    notes: &'n mut Annotations,
    /// Bytes seen so far; bounds are set relative to it.
    spent: usize,
}

impl Trimming<'_> {
    fn object(&mut self, object: &mut Object<'_>, schema: &Schema, room: Room, path: &Path<'_>) {
        const FREE_FORM: Field = field("", Kind::Any);
        let mut kept = 0;
        for (name, value) in object.iter_mut() {
            if self.spent >= room.full_at {
                break;
            }
            let field = schema.find(name).map_or(&FREE_FORM, |(_, field)| field);
            let room = field.bag.map_or(room.below(), |bag| self.within(bag, room.below()));
            self.value(value, &field.kind, room, &path.name(name));
            kept += 1;
        }
        object.entries_mut().truncate(kept);
    }

    /// The smaller of the room there is and that which a bag grants from here on.
    fn within(&self, bag: Bag, room: Room) -> Room {
        Room {
            full_at: room.full_at.min(self.spent.saturating_add(bag.bytes_max)),
            depth: room.depth.min(bag.depth_max),
        }
    }

    fn value(&mut self, value: &mut Value<'_>, kind: &Kind, room: Room, path: &Path<'_>) {
        match (kind, &mut *value) {
            (Kind::Free(bag), _) => {
                return self.value(value, &Kind::Any, self.within(*bag, room), path);
            }
            (Kind::Contexts, Value::Object(contexts)) => self.contexts(contexts, path),
            (_, Value::Str(text)) => self.text(text, kind, room, path),
            (Kind::Object(schema), Value::Object(object)) => {
                self.object(object, schema, room, path);
            }
            (Kind::Values(values), Value::Object(object)) => {
                if let Some(Value::Array(items)) = object.get_mut("values") {
                    self.list(items, |_| &values.item, room.below(), &path.name("values"));
                }
            }
            (Kind::List(item), Value::Array(items)) => self.list(items, |_| item, room, path),
            (Kind::Pairs(name, item), Value::Array(pairs)) => {
                self.pairs(pairs, [name, item], room, path);
            }
            (Kind::Map(item), Value::Object(object)) => self.map(object, item, room, path),
            (_, Value::Array(_) | Value::Object(_)) if room.depth <= 1 => {
                let mut text = Cow::Owned(json_text::to_string(value));
                self.text(&mut text, &Kind::Any, room, path);
                *value = Value::Str(text);
            }
            (_, Value::Array(items)) => self.list(items, |_| &Kind::Any, room, path),
            (_, Value::Object(object)) => self.map(object, &Kind::Any, room, path),
            _ => {}
        }
        if room.is_bounded() {
            self.spent = self.spent.saturating_add(size::flat(value) + 1);
        }
    }

    fn contexts(&mut self, contexts: &mut Object<'_>, path: &Path<'_>) {
        for (name, value) in contexts.iter_mut() {
            let (schema, bag) = contexts::of_type(value.get("type").and_then(Value::as_str));
            let room = self.within(bag, Room::OPEN);
            self.value(value, &Kind::Object(schema), room, &path.name(name));
        }
    }

    fn text(&mut self, text: &mut Cow<'_, str>, kind: &Kind, room: Room, path: &Path<'_>) {
        if let Kind::Text(rules) | Kind::Lenient(rules) | Kind::JsonText(rules) = kind {
            let Text { chars_max, allowance, .. } = *rules;
            cut(text, chars_max, allowance, self.notes, path);
        }
        if room.is_bounded() {
            cut(text, room.full_at.saturating_sub(self.spent), 0, self.notes, path);
        }
    }

    fn list<'k>(
        &mut self,
        items: &mut Vec<Value<'_>>,
        kind_of: impl Fn(usize) -> &'k Kind,
        room: Room,
        path: &Path<'_>,
    ) {
        for place in 0..items.len() {
            if self.spent >= room.full_at {
                self.note_length(items.len(), path);
                items.truncate(place);
                return;
            }
            self.value(&mut items[place], kind_of(place), room.below(), &path.index(place));
        }
    }

    fn pairs(
        &mut self,
        pairs: &mut Vec<Value<'_>>,
        kinds: [&Kind; 2],
        room: Room,
        path: &Path<'_>,
    ) {
        for place in 0..pairs.len() {
            if self.spent >= room.full_at {
                self.note_length(pairs.len(), path);
                pairs.truncate(place);
                return;
            }
            if let Value::Array(parts) = &mut pairs[place] {
                let path = path.index(place);
                for (place, (part, kind)) in parts.iter_mut().zip(kinds).enumerate() {
                    self.value(part, kind, room.below().below(), &path.index(place));
                }
            }
        }
    }

    fn map(&mut self, object: &mut Object<'_>, item: &Kind, room: Room, path: &Path<'_>) {
        let before = object.len();
        let mut kept = 0;
        for (name, value) in object.iter_mut() {
            if self.spent >= room.full_at {
                break;
            }
            self.value(value, item, room.below(), &path.name(name));
            kept += 1;
        }
        if kept < before {
            self.note_length(before, path);
            object.entries_mut().truncate(kept);
        }
    }

    fn note_length(&mut self, before: usize, path: &Path<'_>) {
        let before = u64::try_from(before).ok();
        let note = self.notes.note(path);
        note.original_length = note.original_length.or(before);
    }
}
