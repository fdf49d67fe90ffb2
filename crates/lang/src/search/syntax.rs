//! From the text of a search to its terms, before any key is given a meaning.
//!
//! The grammar is that of Sentry's own clients, so a search they show as one filter is one filter
//! here. One pass from left to right; parentheses are kept on a stack instead of by recursion.

use model::limits::SEARCH_CHARS_MAX;

use super::error::SearchError;

/// Parentheses within parentheses.
pub const NESTING_MAX: usize = 32;

/// The private-use character around the wildcard operators that newer clients send.
const OPERATOR_MARK: char = '\u{f00d}';

/// One term of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term<'a> {
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// What it is.
    pub kind: TermKind<'a>,
}

/// What a term is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermKind<'a> {
    /// Words that are no filter. Neighbouring words are one term and keep the spaces after them.
    FreeText(Text<'a>),
    /// A key with a value.
    Filter(KeyValue<'a>),
    /// The word `AND`, which is also meant where nothing stands between two terms.
    And,
    /// The word `OR`.
    Or,
    /// Terms in parentheses.
    Group(Vec<Term<'a>>),
    /// A parenthesis without its partner.
    Unmatched,
}

/// A key with a value, not yet typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue<'a> {
    /// Written with `!` before the key.
    pub negated: bool,
    /// The key.
    pub key: Key<'a>,
    /// What the client's menu of operators said about the text.
    pub wildcard: Option<Wildcard>,
    /// The value. A comparison operator is still part of it, because only the key's type tells
    /// whether `>5` is a comparison.
    pub value: Value<'a>,
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    /// `level`
    Plain(&'a str),
    /// `"my:key"`, without the quotes.
    Quoted(&'a str),
    /// `tags[name]` or `tags[name,number]`
    Tag(&'a str, Option<TagType>),
    /// `flags[name]`
    Flag(&'a str),
    /// `name[*]`
    Includes(&'a str),
    /// `p95(span.duration)`, as written.
    Function(&'a str),
}

/// A tag's type, where the search says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum TagType {
    Text,
    Number,
    Boolean,
    Array,
}

/// How text has to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Wildcard {
    Contains,
    StartsWith,
    EndsWith,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// One text.
    One(Text<'a>),
    /// `[a,"b c"]`
    List(Vec<Text<'a>>),
}

/// A text as written: escapes are still in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// Without the quotes around it.
    pub raw: &'a str,
    /// Whether there were quotes around it.
    pub quoted: bool,
}

/// Reads a search.
///
/// # Errors
/// When it is too long or nested too deeply; everything else has a reading.
pub fn parse(text: &str) -> Result<Vec<Term<'_>>, SearchError> {
    // A character has at most four bytes, so most texts need not be counted.
    if text.len() > SEARCH_CHARS_MAX && text.chars().count() > SEARCH_CHARS_MAX {
        return Err(SearchError::TooLong);
    }
    let reader = Reader { text };
    let mut open: Vec<(usize, Vec<Term<'_>>)> = Vec::new();
    let mut terms = Vec::new();
    let mut start = reader.skip_spaces(0);
    while let Some(first) = reader.at(start) {
        let (end, kind) = match first {
            b'(' => {
                if open.len() == NESTING_MAX {
                    return Err(SearchError::TooDeep);
                }
                open.push((start, std::mem::take(&mut terms)));
                start = reader.skip_spaces(start + 1);
                continue;
            }
            b')' => match open.pop() {
                Some((opened, outer)) => {
                    let kind = TermKind::Group(std::mem::replace(&mut terms, outer));
                    terms.push(Term { start: opened, end: start + 1, kind });
                    start = reader.skip_spaces(start + 1);
                    continue;
                }
                None => (start + 1, TermKind::Unmatched),
            },
            _ => reader.term(start),
        };
        terms.push(Term { start, end, kind });
        start = reader.skip_spaces(end);
    }
    while let Some((opened, outer)) = open.pop() {
        let inner = std::mem::replace(&mut terms, outer);
        terms.push(Term { start: opened, end: opened + 1, kind: TermKind::Unmatched });
        terms.extend(inner);
    }
    Ok(terms)
}

/// Looks at one place of the text at a time; every function gives back where it stopped.
#[derive(Clone, Copy)]
struct Reader<'a> {
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn at(self, place: usize) -> Option<u8> {
        self.text.as_bytes().get(place).copied()
    }

    fn is(self, place: usize, byte: u8) -> bool {
        self.at(place) == Some(byte)
    }

    /// The text between two places that are known to be character borders.
    fn slice(self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The first place from `start` on whose byte is not `wanted`. Bytes of one character that is not
    /// ASCII must all be wanted or all not.
    fn skip(self, start: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        start + rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len())
    }

    /// Clients refuse a line break; people paste searches with one.
    fn skip_spaces(self, start: usize) -> usize {
        self.skip(start, |byte| matches!(byte, b' ' | b'\n' | b'\r'))
    }

    fn term(self, start: usize) -> (usize, TermKind<'a>) {
        if let Some(found) = self.boolean(start) {
            return found;
        }
        if let Some((end, filter)) = self.filter(start) {
            return (end, TermKind::Filter(filter));
        }
        let (end, text) = self.free_text(start, 0);
        (end, TermKind::FreeText(text))
    }

    fn boolean(self, start: usize) -> Option<(usize, TermKind<'a>)> {
        let end = self.skip(start, |byte| byte.is_ascii_alphabetic());
        if !matches!(self.at(end), None | Some(b' ' | b'\n' | b'\r' | b'(' | b')')) {
            return None;
        }
        match self.slice(start, end) {
            word if word.eq_ignore_ascii_case("or") => Some((end, TermKind::Or)),
            word if word.eq_ignore_ascii_case("and") => Some((end, TermKind::And)),
            _ => None,
        }
    }

    fn filter(self, start: usize) -> Option<(usize, KeyValue<'a>)> {
        let negated = self.is(start, b'!');
        let (key_end, key) = self.key(start + usize::from(negated))?;
        if !self.is(key_end, b':') {
            return None;
        }
        let (value_start, wildcard) = self.wildcard(key_end + 1);
        let (end, value) = self.value(value_start);
        Some((end, KeyValue { negated, key, wildcard, value }))
    }

    fn key(self, start: usize) -> Option<(usize, Key<'a>)> {
        if self.is(start, b'"') {
            let end = self.skip(start + 1, |byte| is_key_byte(byte) || byte == b':');
            let named = end > start + 1 && self.is(end, b'"');
            return named.then(|| (end + 1, Key::Quoted(self.slice(start + 1, end))));
        }
        let end = self.skip(start, is_key_byte);
        let name = self.slice(start, end);
        match self.at(end) {
            _ if name.is_empty() => None,
            Some(b'[') if name == "tags" || name == "flags" => self.bracketed(name, end + 1),
            Some(b'[') if self.text[end..].starts_with("[*]") => {
                Some((end + 3, Key::Includes(name)))
            }
            Some(b'(') => {
                let close = self.skip(end + 1, |byte| !matches!(byte, b'(' | b')' | b'\n'));
                self.is(close, b')')
                    .then(|| (close + 1, Key::Function(self.slice(start, close + 1))))
            }
            _ => Some((end, Key::Plain(name))),
        }
    }

    /// `tags[` and `flags[` are read; the name, an optional type and the bracket are not.
    fn bracketed(self, of: &str, start: usize) -> Option<(usize, Key<'a>)> {
        let is_name = |byte: u8| !byte.is_ascii_whitespace() && !b"[](),\"".contains(&byte);
        let name_end = self.skip(start, is_name);
        let name = self.slice(start, name_end);
        let (end, tag_type) = if self.is(name_end, b',') {
            let type_start = self.skip_spaces(name_end + 1);
            let type_end = self.skip(type_start, |byte| byte.is_ascii_lowercase());
            let tag_type = match self.slice(type_start, type_end) {
                "string" => TagType::Text,
                "number" => TagType::Number,
                "boolean" => TagType::Boolean,
                "array" => TagType::Array,
                _ => return None,
            };
            (type_end, Some(tag_type))
        } else {
            (name_end, None)
        };
        if name.is_empty() || !self.is(end, b']') {
            return None;
        }
        Some((end + 1, if of == "tags" { Key::Tag(name, tag_type) } else { Key::Flag(name) }))
    }

    fn wildcard(self, start: usize) -> (usize, Option<Wildcard>) {
        let named = |name, wildcard| {
            let rest = self.text[start..].strip_prefix(OPERATOR_MARK)?;
            let rest = rest.strip_prefix(name)?.strip_prefix(OPERATOR_MARK)?;
            Some((self.text.len() - rest.len(), Some(wildcard)))
        };
        named("Contains", Wildcard::Contains)
            .or_else(|| named("StartsWith", Wildcard::StartsWith))
            .or_else(|| named("EndsWith", Wildcard::EndsWith))
            .unwrap_or((start, None))
    }

    fn value(self, start: usize) -> (usize, Value<'a>) {
        if let Some((end, items)) = self.list(start) {
            return (end, Value::List(items));
        }
        let (end, text) = self.quoted(start).or_else(|| self.pattern(start)).unwrap_or_else(|| {
            let end = self.skip(start, |byte| !is_value_end(byte));
            (end, Text { raw: self.slice(start, end), quoted: false })
        });
        (end, Value::One(text))
    }

    fn quoted(self, start: usize) -> Option<(usize, Text<'a>)> {
        if !self.is(start, b'"') {
            return None;
        }
        let mut place = start + 1;
        loop {
            place = self.skip(place, |byte| !matches!(byte, b'"' | b'\\'));
            match self.at(place)? {
                b'"' => {
                    let raw = self.slice(start + 1, place);
                    return Some((place + 1, Text { raw, quoted: true }));
                }
                _ if self.is(place + 1, b'"') => place += 2,
                _ => place += 1,
            }
        }
    }

    /// `//a regular expression//`, which may have spaces in it.
    fn pattern(self, start: usize) -> Option<(usize, Text<'a>)> {
        let rest = self.text[start..].strip_prefix("//")?;
        let line = rest.split('\n').next().unwrap_or(rest);
        line.match_indices("//").find_map(|(place, _)| {
            let end = start + 2 + place + 2;
            let ends = self.at(end).is_none_or(is_value_end);
            ends.then(|| (end, Text { raw: self.slice(start, end), quoted: false }))
        })
    }

    /// `[a, "b c"]`; not a list when a space follows the bracket or comes before a comma.
    fn list(self, start: usize) -> Option<(usize, Vec<Text<'a>>)> {
        if !self.is(start, b'[') {
            return None;
        }
        let mut items = Vec::new();
        let mut place = start + 1;
        loop {
            let (end, item) = self.quoted(place).unwrap_or_else(|| {
                let end = self.list_item_end(place);
                (end, Text { raw: self.slice(place, end), quoted: false })
            });
            if items.is_empty() && end == place {
                return None;
            }
            items.push(item);
            match self.at(end)? {
                b',' => place = self.skip_spaces(end + 1),
                b']' if self.at(end + 1).is_none_or(is_value_end) => return Some((end + 1, items)),
                _ => return None,
            }
        }
    }

    fn list_item_end(self, start: usize) -> usize {
        let mut end = start;
        loop {
            end = self.skip(end, |byte| !matches!(byte, b',' | b']') && !is_value_end(byte));
            let within = self.is(end, b']') && !self.at(end + 1).is_none_or(is_value_end);
            if !within {
                return end;
            }
            end += 1;
        }
    }

    /// Words up to the next filter, `AND`, `OR` or group. `f(x)` with nothing but words in the
    /// parentheses is words too.
    fn free_text(self, start: usize, depth: usize) -> (usize, Text<'a>) {
        if let Some(quoted) = self.quoted(start) {
            return quoted;
        }
        let mut end = start;
        // The caller has seen that no filter begins here.
        while end == start || (self.boolean(end).is_none() && self.filter(end).is_none()) {
            let word_end = match self.at(end) {
                Some(b'(') => self.free_parentheses(end, depth),
                Some(b')') | None => None,
                Some(_) => Some(self.skip(end, |byte| !matches!(byte, b'(' | b')' | b'\n' | b' '))),
            };
            let Some(word_end) = word_end else { break };
            end = self.skip_spaces(word_end);
        }
        (end, Text { raw: self.slice(start, end), quoted: false })
    }

    fn free_parentheses(self, start: usize, depth: usize) -> Option<usize> {
        let inner = start + 1;
        let is_term = self.boolean(inner).is_some() || self.filter(inner).is_some();
        let end = match self.at(inner)? {
            b')' => inner,
            _ if is_term || depth == NESTING_MAX => return None,
            _ => self.free_text(inner, depth + 1).0,
        };
        self.is(end, b')').then_some(end + 1)
    }
}

fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

fn is_value_end(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'\t' | b'\n' | b' ')
}
