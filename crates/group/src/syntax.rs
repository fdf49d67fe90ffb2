//! What stack trace rules and fingerprint rules have in common: lines, words, quotes, matchers.

/// A line of rules that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct RuleError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// Lines that hold a rule, with their numbers, trimmed.
pub(crate) fn rule_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(place, line)| (place + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// `[!]name:pattern` as written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawMatcher {
    pub(crate) negated: bool,
    pub(crate) name: String,
    pub(crate) pattern: String,
}

/// A place in a line, moving right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(line: &'t str) -> Self {
        Self { rest: line.trim() }
    }

    /// What is left, for messages.
    pub(crate) fn rest(&self) -> &'t str {
        self.rest
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn starts_with(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    /// Takes `text` and the space after it, if it comes next.
    pub(crate) fn eat(&mut self, text: &str) -> bool {
        let Some(rest) = self.rest.strip_prefix(text) else { return false };
        self.rest = rest.trim_start();
        true
    }

    /// Takes characters for as long as `keep` says so; the space after them stays.
    pub(crate) fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|letter| !keep(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Takes everything before `end` and `end` itself.
    pub(crate) fn take_until(&mut self, end: &str) -> Option<&'t str> {
        let (taken, rest) = self.rest.split_once(end)?;
        self.rest = rest;
        Some(taken)
    }

    pub(crate) fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes `"…"` in which `\"` and `\\` stand for themselves. The cursor is at the first quote.
    pub(crate) fn quoted(&mut self) -> Result<String, String> {
        let mut out = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((place, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.rest = &self.rest[place + 1..];
                    return Ok(out);
                }
                '\\' => match letters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => out.push(escaped),
                    Some((_, other)) => out.extend(['\\', other]),
                    None => break,
                },
                other => out.push(other),
            }
        }
        Err("a quote is not closed".to_owned())
    }

    /// Takes a matcher and the space after it; `None` if something else comes next.
    pub(crate) fn matcher(&mut self, in_brackets: bool) -> Result<Option<RawMatcher>, String> {
        let mut ahead = *self;
        let negated = ahead.eat("!");
        let mut name = ahead.take_while(is_name_char).to_owned();
        if name == "tags." && ahead.starts_with("\"") {
            name.push_str(&ahead.quoted()?);
        }
        if name.is_empty() || !ahead.starts_with(":") {
            return Ok(None);
        }
        ahead.rest = &ahead.rest[1..];
        let pattern = if ahead.starts_with("\"") {
            ahead.quoted()?
        } else {
            let end = ahead.rest.find(char::is_whitespace).unwrap_or(ahead.rest.len());
            let word = &ahead.rest[..end];
            // `[function:x]` without spaces: the bracket is not part of the pattern.
            let closes = in_brackets && word.ends_with(']') && !word.contains('[');
            let pattern = if closes { &word[..word.len() - 1] } else { word };
            ahead.rest = &ahead.rest[pattern.len()..];
            pattern.to_owned()
        };
        if pattern.is_empty() {
            return Err(format!("`{name}:` needs a pattern; an empty one is written \"\""));
        }
        ahead.skip_space();
        *self = ahead;
        Ok(Some(RawMatcher { negated, name, pattern }))
    }
}

fn is_name_char(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}
