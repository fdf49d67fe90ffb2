//! Selectors: which fields a rule is for.
//!
//! A path is compared from its end, so `password` means every field of that name. Source: Relay's
//! selector grammar.

use crate::place::{Level, Place, Types};

mod parse;

pub use parse::SelectorError;

/// What a rule is applied to, such as `extra.**` or `$string && !debug_meta.**`.
///
/// The order of selectors is the order in which their rules run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Selector {
    And(Vec<Selector>),
    Or(Vec<Selector>),
    Not(Box<Selector>),
    Path(Vec<Item>),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    /// `$string` and the like.
    Type(Types),
    /// A position in a list.
    Index(usize),
    /// A name, in lower case.
    Key(String),
    /// `*`: one step, whatever it is.
    Wildcard,
    /// `**`: any number of steps.
    DeepWildcard,
}

impl Selector {
    /// Reads a selector, with the names that old configurations use.
    pub(crate) fn parse(text: &str) -> Result<Self, SelectorError> {
        let of_type = |types| Ok(Self::Path(vec![Item::Type(types)]));
        match text {
            "freeform" | "email" | "sensitive" | "text" => of_type(Types::STRING),
            "databag" | "container" => of_type(Types::OBJECT),
            _ => parse::selector(text),
        }
    }

    /// Reads a safe field: a selector, or else the plain name of a field.
    pub(crate) fn parse_safe_field(text: &str) -> Self {
        parse::selector(text).unwrap_or_else(|_| Self::Path(vec![Item::Key(text.to_lowercase())]))
    }

    /// True when the rules of this selector are for the field at `place`.
    pub(crate) fn matches(&self, place: &Place<'_>) -> bool {
        match self {
            _ if place.field.level == Level::False => false,
            Self::And(parts) => parts.iter().all(|part| part.matches(place)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(place)),
            Self::Not(inner) => !inner.matches(place),
            Self::Path(items) => path_matches(items, place),
        }
    }

    /// False when the selector only says what it is not for. Such a one must not reach fields that
    /// only exact paths may reach.
    pub(crate) fn names_something(&self) -> bool {
        match self {
            Self::And(parts) => parts.iter().any(Self::names_something),
            Self::Or(parts) => parts.iter().all(Self::names_something),
            Self::Not(_) => false,
            Self::Path(_) => true,
        }
    }

    /// The one file name, or any, that `$attachments` paths in this selector are for.
    pub(crate) fn matches_attachment(&self, name: &str) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches_attachment(name)),
            Self::Or(parts) => parts.iter().any(|part| part.matches_attachment(name)),
            Self::Not(inner) => !inner.matches_attachment(name),
            Self::Path(items) => match items.as_slice() {
                [Item::Type(Types::ATTACHMENTS)] => true,
                [Item::Type(Types::ATTACHMENTS), Item::Key(key)] => same_key(name, key),
                [Item::Type(Types::ATTACHMENTS), rest @ ..] => {
                    rest.iter().all(|item| matches!(item, Item::Wildcard | Item::DeepWildcard))
                }
                _ => false,
            },
        }
    }
}

fn path_matches(items: &[Item], place: &Place<'_>) -> bool {
    let level = place.field.level;
    let mut places = place.upwards();
    let mut first_places = 0;
    for (position, item) in items.iter().enumerate().rev() {
        if *item == Item::DeepWildcard {
            first_places = position;
            if level == Level::Maybe || places.next().is_none() {
                return false;
            }
            break;
        }
        match places.next() {
            Some(here) if item_matches(item, position, level, here) => {}
            _ => return false,
        }
    }
    if !items.contains(&Item::DeepWildcard) {
        return true;
    }
    // What stands before `**` must be found, in one piece, somewhere further up.
    let before = &items[..first_places];
    let above: Vec<&Place<'_>> = places.collect();
    if before.is_empty() {
        return !above.is_empty();
    }
    let downwards: Vec<&Place<'_>> = above.into_iter().rev().collect();
    downwards.windows(before.len()).any(|window| {
        let mut pairs = before.iter().enumerate().zip(window);
        pairs.all(|((position, item), here)| item_matches(item, position, level, here))
    })
}

/// `level` is that of the field in question, not of the step that is compared.
fn item_matches(item: &Item, position: usize, level: Level, here: &Place<'_>) -> bool {
    match item {
        Item::Wildcard => true,
        Item::DeepWildcard => level == Level::True,
        Item::Type(types) => {
            let exact = level == Level::True || (position == 0 && !types.is_plain());
            exact && here.types.contains(*types)
        }
        Item::Index(index) => here.index() == Some(*index),
        Item::Key(key) => here.key().is_some_and(|name| same_key(name, key)),
    }
}

/// Compares a field's name with a name in lower case.
fn same_key(name: &str, lower: &str) -> bool {
    name.eq_ignore_ascii_case(lower) || (!name.is_ascii() && name.to_lowercase() == lower)
}
