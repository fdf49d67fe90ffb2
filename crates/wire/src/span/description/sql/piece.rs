//! What a normalised statement consists of, and how it is written out.

use std::borrow::Cow;

use super::keyword::{Keyword, Role};
use super::lexer::is_word;

/// One piece of a normalised statement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Piece<'a> {
    Keyword(Keyword),
    /// A name that needs no quotes.
    Name(&'a str),
    /// A name that would be taken for something else without quotes.
    Quoted(&'a str),
    /// The table that is written to: what follows it in parentheses are columns, not arguments.
    Target(&'a str),
    /// Any value: `%s`.
    Literal,
    /// Any number of columns or assignments: `..`.
    Elided,
    /// `CASE WHEN .. THEN .. END`
    Case,
    /// `AND` between conditions; that of `BETWEEN` is a keyword.
    And,
    Or,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    Semicolon,
    Sign(&'a str),
}

impl<'a> Piece<'a> {
    /// Whether it is the name of a column or table.
    pub(super) fn is_name(self) -> bool {
        matches!(self, Self::Name(_) | Self::Quoted(_) | Self::Target(_))
    }

    pub(super) fn is_keyword(self, text: &str) -> bool {
        matches!(self, Self::Keyword(keyword) if keyword.text == text)
    }

    pub(super) fn has_role(self, role: Role) -> bool {
        matches!(self, Self::Keyword(keyword) if keyword.role == role)
    }

    fn name(self) -> Option<&'a str> {
        match self {
            Self::Name(name) | Self::Quoted(name) | Self::Target(name) => Some(name),
            _ => None,
        }
    }
}

/// Equal pieces are written alike.
impl PartialEq for Piece<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Keyword(one), Self::Keyword(another)) => one.text == another.text,
            (Self::Sign(one), Self::Sign(another)) => one == another,
            _ => match (self.name(), other.name()) {
                (Some(one), Some(another)) => one == another || scrubbed(one) == scrubbed(another),
                _ => std::mem::discriminant(self) == std::mem::discriminant(other),
            },
        }
    }
}

/// Writes a statement with single spaces.
pub(super) fn write(pieces: &[Piece<'_>], capacity: usize) -> String {
    let mut out = String::with_capacity(capacity);
    let mut before: Option<Piece<'_>> = None;
    for (at, piece) in pieces.iter().enumerate() {
        if before.is_some_and(|before| is_spaced(before, *piece)) {
            out.push(' ');
        }
        let is_call = matches!(pieces.get(at + 1), Some(Piece::Open));
        write_one(*piece, is_call, &mut out);
        before = Some(*piece);
    }
    out
}

fn is_spaced(before: Piece<'_>, piece: Piece<'_>) -> bool {
    match piece {
        Piece::Close | Piece::CloseBracket | Piece::Comma | Piece::Semicolon => false,
        Piece::Open => {
            !matches!(before, Piece::Open | Piece::OpenBracket | Piece::Name(_) | Piece::Quoted(_))
        }
        Piece::OpenBracket => {
            let is_subscript = before.is_name() || before.is_keyword("ARRAY");
            !is_subscript
                && !matches!(
                    before,
                    Piece::Open | Piece::OpenBracket | Piece::Close | Piece::CloseBracket
                )
        }
        _ => !matches!(before, Piece::Open | Piece::OpenBracket),
    }
}

fn write_one(piece: Piece<'_>, is_call: bool, out: &mut String) {
    match piece {
        Piece::Keyword(keyword) => out.push_str(keyword.text),
        // Digits in the names of functions say what they do: `md5`, `sha256`, `int64`.
        Piece::Name(name) if is_call && is_unquotable(name) => out.push_str(name),
        Piece::Name(name) | Piece::Target(name) => out.push_str(&scrubbed(name)),
        Piece::Quoted(name) => {
            out.push('`');
            out.push_str(&scrubbed(name).replace('`', "?"));
            out.push('`');
        }
        Piece::Literal => out.push_str("%s"),
        Piece::Elided => out.push_str(".."),
        Piece::Case => out.push_str("CASE WHEN .. THEN .. END"),
        Piece::And => out.push_str("AND"),
        Piece::Or => out.push_str("OR"),
        Piece::Open => out.push('('),
        Piece::Close => out.push(')'),
        Piece::OpenBracket => out.push('['),
        Piece::CloseBracket => out.push(']'),
        Piece::Comma => out.push(','),
        Piece::Semicolon => out.push(';'),
        Piece::Sign(sign) => out.push_str(sign),
    }
}

/// Whether a name may stand without quotes, once its ids are taken out.
pub(super) fn is_plain(name: &str) -> bool {
    is_unquotable(name) || {
        let name = scrubbed(name);
        (name.starts_with("{%s}") || name.bytes().next().is_some_and(is_first))
            && name.replace("{%s}", "").bytes().all(is_word)
    }
}

fn is_unquotable(name: &str) -> bool {
    name.bytes().next().is_some_and(is_first) && name.bytes().all(is_word)
}

fn is_first(byte: u8) -> bool {
    is_word(byte) && !byte.is_ascii_digit() && byte != b'$'
}

/// A name with its ids as `{%s}`: UUIDs, 16 or more hex digits, 2 or more decimal digits.
pub(super) fn scrubbed(name: &str) -> Cow<'_, str> {
    let bytes = name.as_bytes();
    // Every id has digits, and nearly no name has.
    let Some(first) = bytes.iter().position(u8::is_ascii_digit) else { return Cow::Borrowed(name) };
    let rest = bytes.get(first..).unwrap_or_default();
    let has_number = rest.windows(2).any(|pair| pair.iter().all(u8::is_ascii_digit));
    if !has_number && bytes.len() < HEX_DIGITS_MIN {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let starts =
            at == 0 || bytes.get(at - 1).is_none_or(|before| !before.is_ascii_alphanumeric());
        match id_width(bytes.get(at..).unwrap_or_default(), starts) {
            0 => at += 1,
            width => {
                out.push_str(name.get(copied..at).unwrap_or_default());
                out.push_str("{%s}");
                at += width;
                copied = at;
            }
        }
    }
    out.push_str(name.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

const HEX_DIGITS_MIN: usize = 16;
const UUID_BYTES: usize = 36;

/// How many bytes of id `rest` begins with.
fn id_width(rest: &[u8], starts: bool) -> usize {
    if !rest.first().is_some_and(u8::is_ascii_hexdigit) {
        return 0;
    }
    let ends = |width: usize| rest.get(width).is_none_or(|after| !after.is_ascii_alphanumeric());
    if starts {
        if ends(UUID_BYTES) && rest.get(..UUID_BYTES).is_some_and(is_uuid) {
            return UUID_BYTES;
        }
        let hex = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let has_digit = rest.iter().take(hex).any(u8::is_ascii_digit);
        if hex >= HEX_DIGITS_MIN && has_digit && ends(hex) {
            return hex;
        }
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits >= 2 { digits } else { 0 }
}

/// 8-4-4-4-12 hex digits.
pub(in crate::span::description) fn is_uuid(text: &[u8]) -> bool {
    text.len() == UUID_BYTES
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
