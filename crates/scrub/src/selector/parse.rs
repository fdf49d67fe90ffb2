//! Selectors read from text.

use super::{Item, Selector};
use crate::place::Types;

/// Parentheses and negations within each other; a limit for hostile rules.
const DEPTH_MAX: usize = 32;

/// Why a text is not a selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// Not in the grammar.
    #[error("invalid syntax near {0:?}")]
    Syntax(String),
    /// `**` may stand once in a path.
    #[error("deep wildcard used more than once")]
    TwoDeepWildcards,
    /// A path of nothing but `*`.
    #[error("wildcard must be part of a path")]
    LoneWildcard,
    /// `$name` with a name that no type has.
    #[error("unknown value")]
    UnknownType,
    /// A list position that no list has.
    #[error("invalid index")]
    InvalidIndex,
}

/// Reads a whole text.
pub(super) fn selector(text: &str) -> Result<Selector, SelectorError> {
    let mut reader = Reader { rest: text, depth: 0 };
    let selector = reader.or().map_err(|stop| stop.into_error(text))?;
    reader.spaces();
    if reader.rest.is_empty() { Ok(selector) } else { Err(SelectorError::Syntax(text.to_owned())) }
}

/// Why reading stopped; the text for the message is known at the top only.
enum Stop {
    Syntax,
    Refused(SelectorError),
}

impl Stop {
    fn into_error(self, text: &str) -> SelectorError {
        match self {
            Self::Syntax => SelectorError::Syntax(text.to_owned()),
            Self::Refused(error) => error,
        }
    }
}

struct Reader<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn eat(&mut self, token: &str) -> bool {
        self.spaces();
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn or(&mut self) -> Result<Selector, Stop> {
        let mut parts = vec![self.and()?];
        while self.eat("||") || self.eat("|") {
            parts.push(self.and()?);
        }
        Ok(one_or(parts, Selector::Or))
    }

    fn and(&mut self) -> Result<Selector, Stop> {
        let mut parts = vec![self.not()?];
        while self.eat("&&") || self.eat("&") {
            parts.push(self.not()?);
        }
        Ok(one_or(parts, Selector::And))
    }

    fn not(&mut self) -> Result<Selector, Stop> {
        if self.eat("!") || self.eat("~") {
            return Ok(Selector::Not(Box::new(self.group_or_path()?)));
        }
        self.group_or_path()
    }

    fn group_or_path(&mut self) -> Result<Selector, Stop> {
        if !self.eat("(") {
            return self.path();
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Stop::Syntax);
        }
        let inner = self.or()?;
        self.depth -= 1;
        if self.eat(")") { Ok(inner) } else { Err(Stop::Syntax) }
    }

    fn path(&mut self) -> Result<Selector, Stop> {
        let mut items = vec![self.item()?];
        while self.eat(".") {
            items.push(self.item()?);
        }
        let deep = items.iter().filter(|item| **item == Item::DeepWildcard).count();
        if deep > 1 {
            return Err(Stop::Refused(SelectorError::TwoDeepWildcards));
        }
        if items == [Item::Wildcard] {
            return Err(Stop::Refused(SelectorError::LoneWildcard));
        }
        Ok(Selector::Path(items))
    }

    fn item(&mut self) -> Result<Item, Stop> {
        self.spaces();
        if self.eat("**") {
            return Ok(Item::DeepWildcard);
        }
        if self.eat("*") {
            return Ok(Item::Wildcard);
        }
        if self.eat("$") {
            let name = self.take_while(|c| c.is_ascii_lowercase() || c == '_');
            let types = Types::from_name(name);
            return types.map(Item::Type).ok_or(Stop::Refused(SelectorError::UnknownType));
        }
        if self.eat("'") {
            return self.quoted();
        }
        let index = self.take_while(|c| c.is_ascii_digit());
        if !index.is_empty() {
            let index = index.parse().ok().map(Item::Index);
            return index.ok_or(Stop::Refused(SelectorError::InvalidIndex));
        }
        if !self.rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            return Err(Stop::Syntax);
        }
        let key = self.take_while(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        Ok(Item::Key(key.to_lowercase()))
    }

    /// The rest of a quoted key; two quotes stand for one.
    fn quoted(&mut self) -> Result<Item, Stop> {
        let mut key = String::new();
        loop {
            key.push_str(self.take_while(|c| c != '\''));
            if let Some(rest) = self.rest.strip_prefix("''") {
                key.push('\'');
                self.rest = rest;
            } else if let Some(rest) = self.rest.strip_prefix('\'') {
                self.rest = rest;
                break;
            } else {
                return Err(Stop::Syntax);
            }
        }
        if key.is_empty() { Err(Stop::Syntax) } else { Ok(Item::Key(key.to_lowercase())) }
    }
}

fn one_or(mut parts: Vec<Selector>, many: fn(Vec<Selector>) -> Selector) -> Selector {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}
