//! SQL text into tokens, in one pass and for any dialect; literals lose their value here.
//!
//! Nothing is ever refused: what has no end ends with the text, and a character that is in no
//! dialect is an operator of its own.

/// The longest text in braces that is taken for a literal, such as `{ts '2024-01-01 10:00:00'}`.
const BRACES_BYTES_MAX: usize = 128;

/// Operators of more than one character, longest first.
const SIGNS: [&str; 25] = [
    "->>", "#>>", "<=>", "!~*", "!~~", "<=", ">=", "<>", "!=", "||", "&&", "->", "#>", "#-", "@>",
    "<@", "@@", "~*", "!~", "~~", "?|", "?&", "<<", ">>", ":=",
];

/// What is quoted how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::span::description) enum Dialect {
    /// Not known: both ways of escaping, double quotes are names.
    Any,
    /// `MySQL` and `MariaDB`: double quotes are strings, `#` starts a comment.
    MySql,
    /// Backslashes in strings are just that: `PostgreSQL`, `SQLite`, Oracle.
    Standard,
    /// The same, and names can be in square brackets.
    SqlServer,
}

/// A piece of SQL. Comments and white space are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or keyword as it stands.
    Word(&'a str),
    /// A name that was in quotes, without them.
    Quoted(&'a str),
    /// A string, number or placeholder.
    Literal,
    /// `..`, which stands for what we took out before.
    Elided,
    /// `...`, with which others mark what they cut.
    Ellipsis,
    Dot,
    Comma,
    Semicolon,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    /// `::`
    Cast,
    Sign(&'a str),
}

/// Reads tokens one by one; copying it is looking ahead.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    dialect: Dialect,
    /// Whether the last token ended a name or a value, which a dot behind it depends on.
    after_name: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text, at: 0, dialect, after_name: false }
    }

    /// The first character of the next token.
    pub(super) fn peek(&self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let first = rest.iter().copied().find(|byte| !byte.is_ascii_whitespace())?;
        if !is_comment_start(first) {
            return Some(first);
        }
        let mut ahead = self.clone();
        ahead.skip_blank();
        ahead.text.as_bytes().get(ahead.at).copied()
    }

    /// Whether a dot follows, which makes the last name a qualifier.
    pub(super) fn is_before_dot(&self) -> bool {
        self.peek() == Some(b'.') && self.clone().next() == Some(Token::Dot)
    }

    /// Whether this word follows.
    pub(super) fn is_before(&self, word: &str) -> bool {
        matches!(self.clone().next(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word))
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn is_at(&self, expected: &str) -> bool {
        self.text
            .as_bytes()
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(expected.as_bytes()))
    }

    /// Moves to the first character at or after `from` that is not `accepted`.
    fn skip_while(&mut self, from: usize, accepted: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        self.at = from + rest.iter().position(|byte| !accepted(*byte)).unwrap_or(rest.len());
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Whether the last token ends right here.
    fn is_adjacent(&self) -> bool {
        !self.text.as_bytes().get(self.at.wrapping_sub(1)).is_none_or(u8::is_ascii_whitespace)
    }

    fn skip_blank(&mut self) {
        loop {
            self.skip_while(self.at, |byte| byte.is_ascii_whitespace());
            let first = self.byte(0);
            if !is_comment_start(first) {
                return;
            }
            match (first, self.byte(1)) {
                (b'-', b'-') => self.skip_while(self.at, |byte| byte != b'\n'),
                (b'#', next) if self.is_comment(next) => {
                    self.skip_while(self.at, |byte| byte != b'\n');
                }
                (b'/', b'*') => self.skip_past("*/", self.at + 2),
                _ => return,
            }
        }
    }

    /// `#` is a comment in `MySQL` and starts operators in `PostgreSQL`.
    fn is_comment(&self, next: u8) -> bool {
        match self.dialect {
            Dialect::MySql => true,
            Dialect::Any => !matches!(next, b'>' | b'-'),
            Dialect::Standard | Dialect::SqlServer => false,
        }
    }

    /// Moves behind the next `end`, or to the end of the text.
    fn skip_past(&mut self, end: &str, from: usize) {
        let rest = self.text.as_bytes().get(from..).unwrap_or_default();
        self.at = memchr::memmem::find(rest, end.as_bytes())
            .map_or(self.text.len(), |found| from + found + end.len());
    }

    /// Moves behind the closing quote; a doubled quote does not close, an escaped one neither.
    fn skip_quoted(&mut self, quote: u8, escapes: bool) {
        let bytes = self.text.as_bytes();
        self.at += 1;
        while let Some(byte) = bytes.get(self.at) {
            self.at += 1;
            if *byte == b'\\' && escapes {
                self.at = (self.at + 1).min(bytes.len());
            } else if *byte == quote {
                if bytes.get(self.at) != Some(&quote) {
                    return;
                }
                self.at += 1;
            }
        }
    }

    fn string(&mut self, quote: u8, prefixed: bool) -> Token<'a> {
        self.skip_quoted(quote, prefixed || matches!(self.dialect, Dialect::Any | Dialect::MySql));
        Token::Literal
    }

    /// A name in quotes, without them.
    fn quoted(&mut self, close: u8) -> Token<'a> {
        let start = self.at + 1;
        self.skip_quoted(close, false);
        let inside = self.since(start);
        let is_closed = self.text.as_bytes().get(self.at - 1) == Some(&close) && self.at > start;
        Token::Quoted(if is_closed {
            inside.get(..inside.len() - 1).unwrap_or_default()
        } else {
            inside
        })
    }

    /// A name, a keyword, a number, or the prefix of a string.
    fn word(&mut self) -> Token<'a> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        loop {
            self.skip_while(self.at, is_word);
            if self.byte(0) != b'{' || !self.is_at("{%s}") {
                break;
            }
            self.at += 4;
        }
        let word = self.since(start);
        if self.byte(0) == b'\'' && is_string_prefix(word) {
            return self.string(b'\'', true);
        }
        if !bytes.get(start).is_some_and(u8::is_ascii_digit) {
            return Token::Word(word);
        }
        if self.byte(0) == b'.' && is_number(word) && self.byte(1) != b'.' {
            self.skip_while(self.at + 1, |byte| byte.is_ascii_alphanumeric());
        }
        if matches!(bytes.get(self.at - 1), Some(b'e' | b'E'))
            && matches!(self.byte(0), b'+' | b'-')
        {
            let exponent = self.at + 1;
            if bytes.get(exponent).is_some_and(u8::is_ascii_digit)
                && !self.since(start).starts_with("0x")
            {
                self.skip_while(exponent, |byte| byte.is_ascii_digit());
                return Token::Literal;
            }
        }
        let number = self.since(start);
        if is_number(number) { Token::Literal } else { Token::Word(number) }
    }

    /// `$1`, `$name`, and strings as `$$ … $$` and `$tag$ … $tag$`.
    fn dollar(&mut self) -> Token<'a> {
        let start = self.at;
        self.skip_while(start + 1, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if self.byte(0) == b'$'
            && !self.text.as_bytes().get(start + 1).is_some_and(u8::is_ascii_digit)
        {
            self.at += 1;
            let tag = self.since(start);
            self.skip_past(tag, self.at);
        }
        Token::Literal
    }

    /// `{ts '…'}`, `{name:Type}`: a literal when it ends soon.
    fn braces(&mut self) -> Option<Token<'a>> {
        let window = self.text.as_bytes().get(self.at..)?;
        let window = window.get(..BRACES_BYTES_MAX).unwrap_or(window);
        let end = memchr::memchr2(b'{', b'}', window.get(1..)?).map(|end| end + 1)?;
        (window.get(end) == Some(&b'}')).then(|| {
            self.at += end + 1;
            Token::Literal
        })
    }

    /// `%s`, `%d`, `%(name)s`.
    fn percent(&mut self) -> Option<Token<'a>> {
        if self.byte(1) == b'(' {
            let window = self.text.as_bytes().get(self.at..)?;
            let end = memchr::memchr(b')', window.get(..BRACES_BYTES_MAX).unwrap_or(window))?;
            if self.byte(end + 1) != b's' {
                return None;
            }
            self.at += end + 2;
            return Some(Token::Literal);
        }
        if !matches!(self.byte(1), b's' | b'd') || is_word(self.byte(2)) {
            return None;
        }
        self.at += 2;
        Some(Token::Literal)
    }

    fn dots(&mut self) -> Token<'a> {
        let start = self.at;
        self.skip_while(start, |byte| byte == b'.');
        match self.at - start {
            1 => Token::Dot,
            // `database..table` of SQL Server
            2 if self.after_name
                && self
                    .text
                    .as_bytes()
                    .get(start.wrapping_sub(1))
                    .is_some_and(|byte| is_word(*byte)) =>
            {
                Token::Dot
            }
            2 => Token::Elided,
            _ => Token::Ellipsis,
        }
    }

    fn one(&mut self, token: Token<'a>) -> Token<'a> {
        self.at += 1;
        token
    }

    fn sign(&mut self) -> Token<'a> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let known = SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| sign.len());
        let width = known.or_else(|| rest.chars().next().map(char::len_utf8)).unwrap_or(1);
        let start = self.at;
        self.at = (start + width).min(self.text.len());
        Token::Sign(self.since(start))
    }

    fn read(&mut self) -> Option<Token<'a>> {
        self.skip_blank();
        let (first, second) = (self.byte(0), self.byte(1));
        if self.at >= self.text.len() {
            return None;
        }
        if is_word(first) && first != b'$' {
            return Some(self.word());
        }
        let special = match first {
            b'\'' => Some(self.string(b'\'', false)),
            b'"' if self.dialect == Dialect::MySql => Some(self.string(b'"', false)),
            b'"' | b'`' => Some(self.quoted(first)),
            b'.' if second.is_ascii_digit() && !(self.after_name && self.is_adjacent()) => {
                self.skip_while(self.at + 1, |byte| byte.is_ascii_alphanumeric());
                Some(Token::Literal)
            }
            b'.' => Some(self.dots()),
            b',' => Some(self.one(Token::Comma)),
            b';' => Some(self.one(Token::Semicolon)),
            b'(' => Some(self.one(Token::Open)),
            b')' => Some(self.one(Token::Close)),
            b'[' if self.dialect == Dialect::SqlServer => Some(self.quoted(b']')),
            b'[' => Some(self.one(Token::OpenBracket)),
            b']' => Some(self.one(Token::CloseBracket)),
            b'$' => Some(self.dollar()),
            b'%' => self.percent(),
            b'?' if !matches!(second, b'|' | b'&') => {
                self.skip_while(self.at + 1, |byte| byte.is_ascii_digit());
                Some(Token::Literal)
            }
            b':' if second == b':' => {
                self.at += 2;
                Some(Token::Cast)
            }
            b':' | b'@' if is_word(second) => {
                self.skip_while(self.at + 1, is_word);
                Some(Token::Literal)
            }
            b'{' if self.is_at("{%s}") => Some(self.word()),
            b'{' => self.braces(),
            _ => None,
        };
        Some(special.unwrap_or_else(|| self.sign()))
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.read()?;
        self.after_name =
            matches!(token, Token::Word(_) | Token::Quoted(_) | Token::Close | Token::CloseBracket);
        Some(token)
    }
}

/// What names consist of; anything beyond ASCII is a letter.
pub(super) fn is_word(byte: u8) -> bool {
    WORD.get(usize::from(byte)).is_some_and(|is_word| *is_word)
}

/// [`is_word`] for each byte: this is asked for every byte of every query.
static WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = u8::MIN;
    loop {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

fn is_comment_start(byte: u8) -> bool {
    matches!(byte, b'-' | b'/' | b'#')
}

/// `N'…'`, `E'…'`, `U&'…'`, `_utf8'…'`.
fn is_string_prefix(word: &str) -> bool {
    word.starts_with('_')
        || ["n", "e", "b", "x", "r", "q", "u", "binary", "nq"]
            .iter()
            .any(|prefix| word.eq_ignore_ascii_case(prefix))
}

fn is_number(word: &str) -> bool {
    if let Some(hex) = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        return !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let (digits, exponent) = word.split_once(['e', 'E']).unwrap_or((word, "0"));
    !exponent.is_empty()
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_')
}
