//! The tokens of a script, as far as they matter for finding functions.

/// A token. Where it is, the scanner knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a keyword.
    Word,
    /// `#name`.
    Private,
    /// A number.
    Number,
    /// A text in quotes.
    Text,
    /// A regular expression.
    Regex,
    /// A template up to its end (`true`) or to a `${` in it (`false`).
    Template { ends: bool },
    /// `=>`.
    Arrow,
    /// `=`, `+=`, `??=`, …
    Assign,
    /// `++` or `--`.
    Step,
    /// `.` or `?.` before a name.
    Dot,
    /// `...`.
    Spread,
    /// A bracket, `,`, `;`, `:`, `?` or `*`.
    Mark(u8),
    /// Any other operator.
    Operator,
}

/// Reads tokens one by one.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    text: &'a [u8],
    /// Where the next token is looked for.
    pub(super) at: usize,
    /// A line ended before the token that was read last.
    pub(super) is_new_line: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let mut tokens = Self { text, at: 0, is_new_line: false };
        if text.starts_with(b"#!") {
            tokens.skip_line();
        }
        tokens
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_line(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    /// Skips spaces and comments.
    pub(super) fn skip_blank(&mut self) {
        loop {
            match self.byte(0) {
                b'\n' | b'\r' => {
                    self.is_new_line = true;
                    self.at += 1;
                }
                b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
                0xc2 if self.byte(1) == 0xa0 => self.at += 2,
                0xe2 if self.byte(1) == 0x80 && matches!(self.byte(2), 0xa8 | 0xa9) => {
                    self.is_new_line = true;
                    self.at += 3;
                }
                0xef if self.byte(1) == 0xbb && self.byte(2) == 0xbf => self.at += 3,
                b'/' if self.byte(1) == b'/' => self.skip_line(),
                b'/' if self.byte(1) == b'*' => self.skip_comment(),
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self) {
        self.at += 2;
        while self.at < self.text.len() {
            match self.byte(0) {
                b'*' if self.byte(1) == b'/' => {
                    self.at += 2;
                    return;
                }
                byte => self.is_new_line |= byte == b'\n',
            }
            self.at += 1;
        }
    }

    /// The byte that the next token starts with; 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        let mut ahead = Self { text: self.text, at: self.at, is_new_line: false };
        ahead.skip_blank();
        ahead.byte(0)
    }

    /// The next token; blanks must have been skipped. `wants_operand` tells `/` from `/x/`.
    pub(super) fn next(&mut self, wants_operand: bool) -> Option<Token> {
        if self.at >= self.text.len() {
            return None;
        }
        let byte = self.byte(0);
        Some(match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'\\' | 0x80.. => self.word(Token::Word),
            b'#' => {
                self.at += 1;
                self.word(Token::Private)
            }
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() => self.number(),
            b'"' | b'\'' => self.quoted(byte),
            b'`' => {
                self.at += 1;
                self.template()
            }
            b'/' if wants_operand => self.regex(),
            _ => self.punctuation(byte),
        })
    }

    fn word(&mut self, token: Token) -> Token {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'\\' | 0x80..)
        };
        self.at += rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        token
    }

    fn number(&mut self) -> Token {
        self.at += 1;
        while matches!(self.byte(0), b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.') {
            self.at += 1;
        }
        Token::Number
    }

    fn quoted(&mut self, quote: u8) -> Token {
        self.at += 1;
        while self.at < self.text.len() {
            match self.byte(0) {
                b'\\' => self.at += 1,
                b'\n' => break,
                byte if byte == quote => {
                    self.at += 1;
                    break;
                }
                _ => {}
            }
            self.at += 1;
        }
        Token::Text
    }

    /// A template from behind its opening, or from behind the `}` of a `${…}`.
    pub(super) fn template(&mut self) -> Token {
        while self.at < self.text.len() {
            match self.byte(0) {
                b'\\' => self.at += 1,
                b'`' => {
                    self.at += 1;
                    break;
                }
                b'$' if self.byte(1) == b'{' => {
                    self.at += 2;
                    return Token::Template { ends: false };
                }
                _ => {}
            }
            self.at += 1;
        }
        Token::Template { ends: true }
    }

    fn regex(&mut self) -> Token {
        let start = self.at;
        let mut in_class = false;
        self.at += 1;
        while self.at < self.text.len() {
            match self.byte(0) {
                b'\\' => self.at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at += 1;
                    return self.word(Token::Regex);
                }
                // It was a division.
                b'\n' => break,
                _ => {}
            }
            self.at += 1;
        }
        self.at = start + 1;
        Token::Operator
    }

    fn punctuation(&mut self, byte: u8) -> Token {
        self.at += 1;
        match (byte, self.byte(0), self.byte(1)) {
            (b'=', b'>', _) => self.skip(1, Token::Arrow),
            (b'=' | b'!', b'=', b'=') => self.skip(2, Token::Operator),
            (b'=' | b'!', b'=', _) => self.skip(1, Token::Operator),
            (b'=', ..) => Token::Assign,
            (b'.', b'.', b'.') => self.skip(2, Token::Spread),
            (b'.', ..) => Token::Dot,
            (b'?', b'.', next) if !next.is_ascii_digit() => self.skip(1, Token::Dot),
            (b'+', b'+', _) | (b'-', b'-', _) => self.skip(1, Token::Step),
            (b'<' | b'>', b'=', _) => self.skip(1, Token::Operator),
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^', b'=', _) => {
                self.skip(1, Token::Assign)
            }
            (b'*' | b'&' | b'|' | b'?' | b'<' | b'>', second, third) if second == byte => {
                self.doubled(byte, third)
            }
            (b'{' | b'}' | b'(' | b')' | b'[' | b']' | b',' | b';' | b':' | b'?' | b'*', ..) => {
                Token::Mark(byte)
            }
            _ => Token::Operator,
        }
    }

    /// `**`, `&&`, `||`, `??`, `<<`, `>>`, `>>>`, and assignments with them.
    fn doubled(&mut self, byte: u8, third: u8) -> Token {
        match (byte, third) {
            (_, b'=') => self.skip(2, Token::Assign),
            (b'>', b'>') => {
                self.at += 2;
                if self.byte(0) == b'=' { self.skip(1, Token::Assign) } else { Token::Operator }
            }
            _ => self.skip(1, Token::Operator),
        }
    }

    fn skip(&mut self, bytes: usize, token: Token) -> Token {
        self.at += bytes;
        token
    }
}
