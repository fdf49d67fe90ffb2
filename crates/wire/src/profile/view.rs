//! A JSON value where simd-json left it: a run of nodes, nothing copied.

use std::borrow::Cow;

use model::limits::PROFILE_TEXT_BYTES_MAX;
use simd_json::{Node, StaticNode};

/// One value: its own node first, then those of what it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'t, 'a>(&'t [Node<'a>]);

impl<'t, 'a> View<'t, 'a> {
    pub(super) fn new(nodes: &'t [Node<'a>]) -> Self {
        Self(nodes)
    }

    pub(super) fn is_object(self) -> bool {
        matches!(self.0.first(), Some(Node::Object { .. }))
    }

    pub(super) fn is_list(self) -> bool {
        matches!(self.0.first(), Some(Node::Array { .. }))
    }

    /// The elements of a list; nothing when it is none.
    pub(super) fn items(self) -> impl Iterator<Item = View<'t, 'a>> + use<'t, 'a> {
        let mut rest = match self.0 {
            [Node::Array { .. }, rest @ ..] => rest,
            _ => &[],
        };
        std::iter::from_fn(move || take(&mut rest))
    }

    /// The names and values of an object; nothing when it is none.
    pub(super) fn entries(self) -> impl Iterator<Item = (&'a str, View<'t, 'a>)> + use<'t, 'a> {
        let mut rest = match self.0 {
            [Node::Object { .. }, rest @ ..] => rest,
            _ => &[],
        };
        std::iter::from_fn(move || {
            let name = take(&mut rest)?.text()?;
            Some((name, take(&mut rest)?))
        })
    }

    /// The value under `key`, unless it is null.
    pub(super) fn get(self, key: &str) -> Option<View<'t, 'a>> {
        let value = self.entries().find(|(name, _)| *name == key)?.1;
        (!matches!(value.0, [Node::Static(StaticNode::Null)])).then_some(value)
    }

    /// The value under the first of `keys` that is there.
    pub(super) fn first(self, keys: &[&str]) -> Option<View<'t, 'a>> {
        keys.iter().find_map(|key| self.get(key))
    }

    pub(super) fn text(self) -> Option<&'a str> {
        if let [Node::String(text)] = self.0 { Some(text) } else { None }
    }

    pub(super) fn bool(self) -> Option<bool> {
        if let [Node::Static(StaticNode::Bool(value))] = self.0 { Some(*value) } else { None }
    }

    /// The number, also when it is written as text; always finite.
    #[expect(clippy::cast_precision_loss, reason = "measured values and moments, not ids")]
    pub(super) fn number(self) -> Option<f64> {
        let number = match self.0 {
            [Node::Static(StaticNode::I64(number))] => *number as f64,
            [Node::Static(StaticNode::U64(number))] => *number as f64,
            [Node::Static(StaticNode::F64(number))] => *number,
            [Node::String(text)] => text.parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }

    /// The whole number from zero up, also when it is written as text or with a fraction, which is cut.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked before"
    )]
    pub(super) fn whole(self) -> Option<u64> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match self.0 {
            [Node::Static(StaticNode::I64(number))] => u64::try_from(*number).ok(),
            [Node::Static(StaticNode::U64(number))] => Some(*number),
            [Node::String(text)] if let Ok(number) = text.parse() => Some(number),
            _ => self.number().filter(|number| (0.0..EXACT).contains(number)).map(|n| n as u64),
        }
    }

    /// A number that takes 32 bits; 0 when it is none.
    pub(super) fn small(self) -> u32 {
        self.whole().and_then(|number| number.try_into().ok()).unwrap_or(0)
    }

    /// An address as a number or hexadecimal text; 0 when it is none.
    pub(super) fn address(self) -> u64 {
        let hex = self.text().and_then(|text| text.strip_prefix("0x"));
        hex.map_or_else(|| self.whole(), |hex| u64::from_str_radix(hex, 16).ok()).unwrap_or(0)
    }

    /// A text or whole number as text, not too long; empty when it is neither.
    pub(super) fn label(self) -> Cow<'a, str> {
        match self.text() {
            Some(text) => Cow::Borrowed(cut(text)),
            None => self.whole().map(|number| number.to_string()).unwrap_or_default().into(),
        }
    }

    /// The text under `key`, not too long; empty when there is none.
    pub(super) fn text_at(self, key: &str) -> Cow<'a, str> {
        self.first_text(&[key])
    }

    /// The first text under `keys` that is not empty, not too long; empty when there is none.
    pub(super) fn first_text(self, keys: &[&str]) -> Cow<'a, str> {
        let texts = keys.iter().filter_map(|key| self.get(key)?.text());
        Cow::Borrowed(cut(texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default()))
    }
}

/// Takes one value off the front.
fn take<'t, 'a>(rest: &mut &'t [Node<'a>]) -> Option<View<'t, 'a>> {
    let inside = match rest.first()? {
        Node::Array { count, .. } | Node::Object { count, .. } => *count,
        Node::String(_) | Node::Static(_) => 0,
    };
    let (value, after) = rest.split_at_checked(inside + 1)?;
    *rest = after;
    Some(View(value))
}

/// As much of a text as is kept.
pub(super) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(PROFILE_TEXT_BYTES_MAX)]
}
