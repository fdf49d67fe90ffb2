//! What a function is called, by what stands around it.
//!
//! Source: `js-source-scopes` 0.7 of Sentry, with names for what it leaves without.

use super::frame::{Access, Frame, Key, Kind};
use super::{Part, Span};

/// So many open brackets are looked at, and so many parts put together.
const FRAMES_MAX: usize = 32;
const PARTS_MAX: usize = 16;
/// Longer ones are not taken apart.
const TARGET_BYTES_MAX: u32 = 256;

const DOT: Part = Part::Fixed(".");

/// Parts in the wrong order, because names grow to the left.
#[derive(Default)]
struct Backwards(Vec<Part>);

impl Backwards {
    fn dot(&mut self) {
        if !self.0.is_empty() {
            self.0.push(DOT);
        }
    }

    fn key(&mut self, key: Key) {
        self.dot();
        match key {
            Key::Name(span) => self.0.push(Part::Name(span)),
            Key::Private(span) => self.0.extend([Part::Name(span), Part::Fixed("#")]),
            Key::Literal(span) => {
                self.0.extend([Part::Fixed(">"), Part::Verbatim(span), Part::Fixed("<")]);
            }
            Key::Computed => self.0.push(Part::Fixed("<computed>")),
        }
    }
}

/// The name of a function that starts where the innermost frame is, `own` being the one behind the
/// keyword.
pub(super) fn of_function(text: &[u8], frames: &[Frame], own: Option<Span>) -> Vec<Part> {
    let (mut parts, access) = around(text, frames);
    if let Some(own) = own {
        parts.pop();
        parts.push(Part::Name(own));
    }
    match access {
        Access::Call => {}
        Access::Get => parts.insert(0, Part::Fixed("get ")),
        Access::Set => parts.insert(0, Part::Fixed("set ")),
    }
    parts
}

/// What runs when an object of the class is made.
pub(super) fn of_class(text: &[u8], frames: &[Frame], own: Option<Span>) -> Vec<Part> {
    let mut parts = of_function(text, frames, own);
    if !parts.is_empty() {
        parts.insert(0, Part::Fixed("new "));
    }
    parts
}

fn around(text: &[u8], frames: &[Frame]) -> (Vec<Part>, Access) {
    let mut parts = Backwards::default();
    let mut access = Access::Call;
    let mut in_object = false;
    for frame in frames.iter().rev().take(FRAMES_MAX) {
        if let Some(target) = frame.target.and_then(|target| target_parts(text, target)) {
            parts.dot();
            parts.0.extend(target.into_iter().rev());
            in_object = false;
            break;
        }
        if let Some(key) = frame.key
            && frame.holds_members()
            && parts.0.len() < PARTS_MAX
        {
            parts.key(key);
            if matches!(frame.access, Access::Get | Access::Set) {
                access = frame.access;
            }
        }
        in_object |= frame.kind == Kind::Object;
        if let Kind::Class(class) = &frame.kind
            && let Some(own) = class.own_name
        {
            parts.dot();
            parts.0.push(Part::Name(own));
            in_object = false;
            if class.is_declaration {
                break;
            }
        }
        if matches!(frame.kind, Kind::Parameters(_) | Kind::Body(_) | Kind::Arrow(_)) {
            break;
        }
    }
    if in_object && !parts.0.is_empty() {
        parts.0.push(Part::Fixed("<object>."));
    }
    parts.0.reverse();
    (parts.0, access)
}

/// The parts of `this.a["b"].c`.
fn target_parts(text: &[u8], target: Span) -> Option<Vec<Part>> {
    if target.end.saturating_sub(target.start) > TARGET_BYTES_MAX {
        return None;
    }
    let mut parts = Vec::new();
    let mut at = target.start;
    while at < target.end {
        let byte = byte_at(text, at);
        if byte == b'[' {
            let end = closing(text, at, target.end)?;
            subscript(text, Span { start: at + 1, end }, &mut parts);
            at = end + 1;
        } else if byte == b'.' {
            parts.push(DOT);
            at += 1;
        } else if is_word(byte) {
            let start = at;
            while at < target.end && is_word(byte_at(text, at)) {
                at += 1;
            }
            let span = Span { start, end: at };
            let is_this = slice(text, span) == b"this";
            parts.push(if is_this { Part::Fixed("this") } else { Part::Name(span) });
        } else {
            // `?.`, `#`, blanks.
            at += 1;
        }
    }
    (!parts.is_empty() && parts.len() <= PARTS_MAX).then_some(parts)
}

/// What stands in `[…]`: a literal stays, a name is a name, all else is `<computed>`.
fn subscript(text: &[u8], inside: Span, parts: &mut Vec<Part>) {
    let bytes = slice(text, inside);
    let first = bytes.first().copied().unwrap_or(0);
    let next_quote = bytes.iter().skip(1).position(|byte| *byte == first);
    let is_quoted =
        matches!(first, b'"' | b'\'') && next_quote.is_some_and(|place| place + 2 == bytes.len());
    let is_number = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    if is_quoted || is_number {
        parts.extend([Part::Fixed("["), Part::Verbatim(inside), Part::Fixed("]")]);
    } else if !bytes.is_empty() && bytes.iter().all(|byte| is_word(*byte)) {
        parts.extend([Part::Fixed("["), Part::Name(inside), Part::Fixed("]")]);
    } else {
        parts.push(Part::Fixed("[<computed>]"));
    }
}

/// The `]` of the `[` at `open`; quotes are not looked at, since a target is short and well-formed.
fn closing(text: &[u8], open: u32, end: u32) -> Option<u32> {
    let mut depth = 0_u32;
    (open..end).find(|at| {
        match byte_at(text, *at) {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

fn slice(text: &[u8], span: Span) -> &[u8] {
    let range = usize::try_from(span.start).ok().zip(usize::try_from(span.end).ok());
    range.and_then(|(start, end)| text.get(start..end)).unwrap_or_default()
}

fn byte_at(text: &[u8], at: u32) -> u8 {
    usize::try_from(at).ok().and_then(|at| text.get(at)).copied().unwrap_or(0)
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'\\' | 0x80..)
}
