//! What was wrong with a field, or was done to it: the `_meta` tree beside an event.
//!
//! Source: `_meta` as SDKs and Relay write it. A node's own notes sit under the empty key, children
//! under their field name or list position.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::json::{Object, Value};

/// Why a text was changed. Letters as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkKind {
    /// `a`: only marked.
    Annotated,
    /// `x`: taken out.
    Removed,
    /// `s`: replaced by another text.
    Substituted,
    /// `m`: overwritten with stars.
    Masked,
    /// `p`: replaced by a pseudonym.
    Pseudonymized,
    /// `e`: encrypted.
    Encrypted,
}

impl RemarkKind {
    const LETTERS: [(Self, &'static str); 6] = [
        (Self::Annotated, "a"),
        (Self::Removed, "x"),
        (Self::Substituted, "s"),
        (Self::Masked, "m"),
        (Self::Pseudonymized, "p"),
        (Self::Encrypted, "e"),
    ];

    /// The letter on the wire.
    pub fn letter(self) -> &'static str {
        Self::LETTERS.iter().find(|(kind, _)| *kind == self).map_or("a", |(_, letter)| letter)
    }

    /// The kind for a letter on the wire.
    pub fn from_letter(letter: &str) -> Option<Self> {
        Self::LETTERS.iter().find(|(_, known)| *known == letter).map(|(kind, _)| *kind)
    }
}

/// One change to a text: which rule, how, and where in the new text (in characters, end excluded).
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// Id of the rule, such as `@creditcard:filter` or `!limit`.
    pub rule: Cow<'static, str>,
    /// What the rule did.
    pub kind: RemarkKind,
    /// The changed range in the new text; `None` when the whole value is meant.
    pub range: Option<(u64, u64)>,
}

/// One thing that was wrong with a field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldError {
    /// Kind on the wire, such as `invalid_data`.
    pub kind: Cow<'static, str>,
    /// Details such as `reason`.
    pub details: Object<'static>,
}

/// All notes on one field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Note {
    /// Changes made.
    pub remarks: Vec<Remark>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
    /// Length before the change: characters of a text, elements of a container.
    pub original_length: Option<u64>,
    /// The value before, if it is small.
    pub original_value: Option<Value<'static>>,
}

impl Note {
    /// True when there is nothing to say.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds an error without details.
    pub fn error(&mut self, kind: &'static str) {
        self.error_with(kind, Object::new());
    }

    /// Adds an `invalid_data` error with its reason.
    pub fn invalid(&mut self, reason: impl Into<Cow<'static, str>>) {
        let mut details = Object::new();
        details.push("reason", Value::Str(reason.into()));
        self.error_with("invalid_data", details);
    }

    /// Adds an error with details.
    pub fn error_with(&mut self, kind: impl Into<Cow<'static, str>>, details: Object<'static>) {
        self.errors.push(FieldError { kind: kind.into(), details });
    }
}

/// Where a field is, as a chain on the stack while a tree is walked.
#[derive(Debug, Clone, Copy)]
pub enum Path<'p> {
    /// The event itself.
    Root,
    /// The field of that name.
    Name(&'p Path<'p>, &'p str),
    /// The list element at that position.
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// The path of a field below this one.
    #[must_use]
    pub fn name(&'p self, name: &'p str) -> Path<'p> {
        Path::Name(self, name)
    }

    /// The path of a list element below this one.
    #[must_use]
    pub fn index(&'p self, index: usize) -> Path<'p> {
        Path::Index(self, index)
    }

    /// The steps from the root down, list positions as decimal text.
    pub fn steps(&self) -> Vec<Cow<'p, str>> {
        let mut steps = Vec::new();
        let mut here = *self;
        loop {
            match here {
                Path::Root => break,
                Path::Name(parent, name) => {
                    steps.push(Cow::Borrowed(name));
                    here = *parent;
                }
                Path::Index(parent, index) => {
                    steps.push(Cow::Owned(index.to_string()));
                    here = *parent;
                }
            }
        }
        steps.reverse();
        steps
    }
}

/// The notes on all fields of an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Annotations {
    root: Node,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Node {
    own: Option<Box<Note>>,
    children: BTreeMap<String, Node>,
}

impl Annotations {
    /// True when no field has a note.
    pub fn is_empty(&self) -> bool {
        self.root == Node::default()
    }

    /// The notes on the field at `path`, to add to.
    pub fn note(&mut self, path: &Path<'_>) -> &mut Note {
        let mut node = &mut self.root;
        for step in path.steps() {
            node = node.children.entry(step.into_owned()).or_default();
        }
        node.own.get_or_insert_default()
    }

    /// The notes on the field at `path`, if there are any.
    pub fn get(&self, path: &[&str]) -> Option<&Note> {
        let node = path.iter().try_fold(&self.root, |node, step| node.children.get(*step))?;
        node.own.as_deref()
    }

    /// Drops the notes on the field at `path` and all below it.
    pub fn remove(&mut self, path: &[&str]) {
        if let Some((last, parents)) = path.split_last() {
            let mut node = &mut self.root;
            for step in parents {
                match node.children.get_mut(*step) {
                    Some(child) => node = child,
                    None => return,
                }
            }
            node.children.remove(*last);
        }
    }

    /// Moves the notes from one field to another, with all below it.
    pub fn rename(&mut self, from: &Path<'_>, to: &Path<'_>) {
        let steps = from.steps();
        let Some((last, parents)) = steps.split_last() else { return };
        let mut node = &mut self.root;
        for step in parents {
            match node.children.get_mut(step.as_ref()) {
                Some(child) => node = child,
                None => return,
            }
        }
        let Some(moved) = node.children.remove(last.as_ref()) else { return };
        let mut target = &mut self.root;
        for step in to.steps() {
            target = target.children.entry(step.into_owned()).or_default();
        }
        *target = moved;
    }

    /// Calls `visit` with the path and the notes of every field that has some, parents first.
    pub fn for_each<'n>(&'n self, mut visit: impl FnMut(&[&'n str], &'n Note)) {
        self.root.walk(&mut Vec::new(), &mut visit);
    }

    /// The tree as it stands under `_meta`; `None` when there is nothing in it.
    pub fn to_value(&self) -> Option<Value<'static>> {
        self.root.to_value()
    }

    /// Reads a tree that a client sent. What does not fit is left out.
    pub fn from_value(value: &Value<'_>) -> Self {
        Self { root: Node::from_value(value, crate::limits::ANNOTATION_DEPTH_MAX) }
    }
}

impl Node {
    fn walk<'n>(&'n self, path: &mut Vec<&'n str>, visit: &mut impl FnMut(&[&'n str], &'n Note)) {
        if let Some(note) = self.own.as_deref().filter(|note| !note.is_empty()) {
            visit(path, note);
        }
        for (name, child) in &self.children {
            path.push(name);
            child.walk(path, visit);
            path.pop();
        }
    }

    fn to_value(&self) -> Option<Value<'static>> {
        let mut object = Object::new();
        if let Some(note) = self.own.as_deref().filter(|note| !note.is_empty()) {
            object.push("", note_to_value(note));
        }
        for (name, child) in &self.children {
            if let Some(value) = child.to_value() {
                object.push(name.clone(), value);
            }
        }
        (!object.is_empty()).then_some(Value::Object(object))
    }

    fn from_value(value: &Value<'_>, depth: usize) -> Self {
        let mut node = Self::default();
        let (Some(object), Some(depth)) = (value.as_object(), depth.checked_sub(1)) else {
            return node;
        };
        for (name, child) in object.iter() {
            if name.is_empty() {
                node.own = child.as_object().map(|object| Box::new(note_from_object(object)));
            } else {
                node.children.insert(name.to_owned(), Self::from_value(child, depth));
            }
        }
        node
    }
}

fn note_to_value(note: &Note) -> Object<'static> {
    let mut object = Object::new();
    if !note.remarks.is_empty() {
        let remarks = note.remarks.iter().map(|remark| {
            let mut parts =
                vec![Value::Str(remark.rule.clone()), Value::from(remark.kind.letter())];
            if let Some((start, end)) = remark.range {
                parts.extend([Value::U64(start), Value::U64(end)]);
            }
            Value::Array(parts)
        });
        object.push("rem", remarks.collect::<Vec<_>>());
    }
    if !note.errors.is_empty() {
        let errors = note.errors.iter().map(|error| {
            let kind = Value::Str(error.kind.clone());
            if error.details.is_empty() {
                kind
            } else {
                Value::Array(vec![kind, Value::Object(error.details.clone())])
            }
        });
        object.push("err", errors.collect::<Vec<_>>());
    }
    if let Some(length) = note.original_length {
        object.push("len", length);
    }
    if let Some(value) = &note.original_value {
        object.push("val", value.clone());
    }
    object
}

fn note_from_object(object: &Object<'_>) -> Note {
    let items = |key: &str| object.get(key).and_then(Value::as_array).into_iter().flatten();
    Note {
        remarks: items("rem").filter_map(remark_from_value).collect(),
        errors: items("err").filter_map(error_from_value).collect(),
        original_length: object.get("len").and_then(Value::as_u64),
        original_value: object.get("val").cloned().map(Value::into_owned),
    }
}

fn remark_from_value(value: &Value<'_>) -> Option<Remark> {
    let parts = value.as_array()?;
    let rule = Cow::Owned(parts.first()?.as_str()?.to_owned());
    let kind = RemarkKind::from_letter(parts.get(1)?.as_str()?)?;
    let range = parts.get(2).and_then(Value::as_u64).zip(parts.get(3).and_then(Value::as_u64));
    Some(Remark { rule, kind, range })
}

fn error_from_value(value: &Value<'_>) -> Option<FieldError> {
    let (kind, details) = match value {
        Value::Array(parts) => (parts.first()?.as_str()?, parts.get(1).and_then(Value::as_object)),
        other => (other.as_str()?, None),
    };
    let details = details.cloned().unwrap_or_default().into_owned();
    Some(FieldError { kind: Cow::Owned(kind.to_owned()), details })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_text::to_string;

    #[test]
    fn a_tree_is_written_as_relay_writes_it_and_read_back() {
        let mut notes = Annotations::default();
        let (root, extra) = (Path::Root, Path::Root.name("extra"));
        notes.note(&root.name("level")).invalid("invalid level");
        let note = notes.note(&extra.name("note"));
        note.remarks.push(Remark {
            rule: "!limit".into(),
            kind: RemarkKind::Substituted,
            range: Some((253, 256)),
        });
        note.original_length = Some(9000);
        let value = notes.to_value().unwrap();
        assert_eq!(
            to_string(&value),
            r#"{"extra":{"note":{"":{"rem":[["!limit","s",253,256]],"len":9000}}},"level":{"":{"err":[["invalid_data",{"reason":"invalid level"}]]}}}"#
        );
        assert_eq!(Annotations::from_value(&value), notes);
    }

    #[test]
    fn notes_move_with_their_field() {
        let mut notes = Annotations::default();
        notes.note(&Path::Root.name("message")).error("invalid_data");
        notes.rename(&Path::Root.name("message"), &Path::Root.name("logentry").name("formatted"));
        assert!(notes.get(&["message"]).is_none());
        assert!(notes.get(&["logentry", "formatted"]).is_some());
    }
}
