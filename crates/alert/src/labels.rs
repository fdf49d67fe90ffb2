//! Labels, which make an alert the one it is, and matchers that pick some.

use std::collections::BTreeMap;
use std::fmt;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::limits::{REGEX_BYTES_MAX, REGEX_CHARS_MAX};

/// Names with values. Two alerts with the same labels are the same alert.
pub type Labels = BTreeMap<String, String>;

/// A short form of [`Labels`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub u64);

impl Fingerprint {
    /// The same number as in Prometheus and Alertmanager, so that both speak of one alert.
    ///
    /// Source: `LabelSet.Fingerprint` of prometheus/common: FNV-1a over names and values, each followed by
    /// the byte 255.
    pub fn of(labels: &Labels) -> Self {
        let words = labels.iter().flat_map(|(name, value)| [name, value]);
        let bytes = words.flat_map(|word| word.bytes().chain([0xff]));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// One condition on labels. A label that is absent has the empty value, as in Alertmanager.
#[derive(Debug, Clone)]
pub struct Matcher {
    name: String,
    value: String,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Is,
    IsNot,
    Like(Regex),
    Unlike(Regex),
}

/// A matcher that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum MatcherError {
    #[error("{0:?} is not a matcher; write name=\"value\", or with !=, =~ or !~")]
    Form(String),
    #[error("{0:?} is not a name of a label")]
    Name(String),
    #[error("the regular expression of {name} is too large or broken")]
    Regex { name: String },
}

impl Matcher {
    /// The label has that value.
    pub fn is(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned(), test: Test::Is }
    }

    /// Reads `severity="page"`, with `=`, `!=`, `=~` or `!~`; quotes may be left out.
    ///
    /// # Errors
    /// [`MatcherError`].
    pub fn parse(text: &str) -> Result<Self, MatcherError> {
        let form = || MatcherError::Form(text.chars().take(100).collect());
        let place = text.find(['=', '!']).ok_or_else(form)?;
        let (name, rest) = text.split_at(place);
        let operators = ["!=", "=~", "!~", "="];
        let operator =
            operators.into_iter().find(|operator| rest.starts_with(operator)).ok_or_else(form)?;
        let value = rest.get(operator.len()..).unwrap_or_default().trim();
        let value = match value.strip_prefix('"') {
            Some(quoted) => unquoted(quoted.strip_suffix('"').ok_or_else(form)?),
            None => value.to_owned(),
        };
        Self::new(name.trim(), operator, value)
    }

    /// With the operator as written.
    ///
    /// # Errors
    /// [`MatcherError`].
    pub fn new(name: &str, operator: &str, value: String) -> Result<Self, MatcherError> {
        if !is_label_name(name) {
            return Err(MatcherError::Name(name.chars().take(100).collect()));
        }
        let regex = || {
            let refused = MatcherError::Regex { name: name.to_owned() };
            if value.len() > REGEX_CHARS_MAX {
                return Err(refused);
            }
            let mut builder = RegexBuilder::new(&format!("^(?:{value})$"));
            builder.size_limit(REGEX_BYTES_MAX).build().or(Err(refused))
        };
        let test = match operator {
            "=" => Test::Is,
            "!=" => Test::IsNot,
            "=~" => Test::Like(regex()?),
            "!~" => Test::Unlike(regex()?),
            _ => return Err(MatcherError::Form(operator.chars().take(10).collect())),
        };
        Ok(Self { name: name.to_owned(), value, test })
    }

    /// Name, operator and value, as [`Matcher::new`] takes them.
    pub fn parts(&self) -> (&str, &'static str, &str) {
        let operator = match self.test {
            Test::Is => "=",
            Test::IsNot => "!=",
            Test::Like(_) => "=~",
            Test::Unlike(_) => "!~",
        };
        (&self.name, operator, &self.value)
    }

    /// Whether these labels meet it.
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.name).map_or("", String::as_str);
        match &self.test {
            Test::Is => value == self.value,
            Test::IsNot => value != self.value,
            Test::Like(regex) => regex.is_match(value),
            Test::Unlike(regex) => !regex.is_match(value),
        }
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, operator, value) = self.parts();
        write!(out, "{name}{operator}{value:?}")
    }
}

/// Whether labels meet all of them.
pub(crate) fn all_match(matchers: &[Matcher], labels: &Labels) -> bool {
    matchers.iter().all(|matcher| matcher.matches(labels))
}

/// Whether a label may have that name: `[a-zA-Z_][a-zA-Z0-9_]*`.
pub fn is_label_name(name: &str) -> bool {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

fn unquoted(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match (char, char == '\\') {
            (_, true) => match chars.next() {
                Some('n') => plain.push('\n'),
                Some(escaped) => plain.push(escaped),
                None => plain.push('\\'),
            },
            (char, false) => plain.push(char),
        }
    }
    plain
}
