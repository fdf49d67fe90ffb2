//! The kinds of values settings take, and how each is read.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A path.
    Folder,
    /// Host and port.
    Address,
    /// An http or https URL.
    Url,
    /// `true` or `false`.
    Switch,
    /// A whole number within bounds.
    Number {
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
    },
    /// A size such as `512 MiB`, within bounds in bytes.
    Bytes {
        /// Smallest value.
        min: u64,
        /// Largest value.
        max: u64,
    },
    /// One line of text.
    Text,
    /// One line of text that is not shown.
    Secret,
    /// Networks and addresses with commas between them.
    Networks,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder => out.write_str("folder"),
            Self::Address => out.write_str("address:port"),
            Self::Url => out.write_str("URL"),
            Self::Switch => out.write_str("true or false"),
            Self::Number { min, max } => write!(out, "number, {min} to {max}"),
            Self::Bytes { .. } => out.write_str("size, such as 512 MiB"),
            Self::Text => out.write_str("text"),
            Self::Secret => out.write_str("text that is not shown"),
            Self::Networks => out.write_str("networks, such as 10.1.0.0/16"),
            Self::Choice(words) => out.write_str(&words.join(", ")),
        }
    }
}

/// Why a value does not fit; completes the sentence "`name` …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(String);

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn problem<T>(text: impl Into<String>) -> Result<T, Problem> {
    Err(Problem(text.into()))
}

pub(super) fn folder(text: &str) -> Result<PathBuf, Problem> {
    if text.is_empty() { problem("is empty") } else { Ok(PathBuf::from(text)) }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, Problem> {
    let text = text.replace("localhost:", "127.0.0.1:");
    text.parse().or_else(|_| problem("is not an address with a port, such as 127.0.0.1:8000"))
}

pub(super) fn url(text: &str) -> Result<Option<String>, Problem> {
    let trimmed = text.trim_end_matches('/');
    if trimmed.is_empty() {
        return Ok(None);
    }
    match url::Url::parse(trimmed) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Ok(Some(trimmed.to_owned()))
        }
        _ => problem("is not an http or https URL"),
    }
}

pub(super) fn switch(text: &str) -> Result<bool, Problem> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => problem("must be true or false"),
    }
}

pub(super) fn number<T: TryFrom<u64>>(text: &str, kind: Kind) -> Result<T, Problem> {
    let Kind::Number { min, max } = kind else { return problem("is not a number") };
    let read = text.parse::<u64>().ok().filter(|value| (min..=max).contains(value));
    let read = read.and_then(|value| T::try_from(value).ok());
    read.map_or_else(|| problem(format!("must be a whole number from {min} to {max}")), Ok)
}

pub(super) fn bytes(text: &str, kind: Kind) -> Result<u64, Problem> {
    const UNITS: [(&str, u64); 9] = [
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
        ("KB", 1_000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("", 1),
    ];
    let Kind::Bytes { min, max } = kind else { return problem("is not a size") };
    let split = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let factor = UNITS.iter().find(|(name, _)| unit.trim().eq_ignore_ascii_case(name));
    let value = digits
        .parse::<u64>()
        .ok()
        .zip(factor)
        .and_then(|(value, (_, factor))| value.checked_mul(*factor));
    match value {
        Some(value) if (min..=max).contains(&value) => Ok(value),
        Some(_) => problem(format!("must be from {min} to {max} bytes")),
        None => problem("is not a size, such as 512 MiB"),
    }
}

pub(super) fn text(text: &str) -> Result<String, Problem> {
    if text.chars().any(char::is_control) {
        problem("must be one line of text")
    } else {
        Ok(text.trim().to_owned())
    }
}

/// `Name <address>`, or the address alone.
pub(super) fn mailbox(text: &str) -> Result<String, Problem> {
    let address = text.rsplit_once('<').map_or(text, |(_, rest)| rest.trim_end_matches('>'));
    if notify::is_mail_address(address.trim()) {
        self::text(text)
    } else {
        problem("is not a mail address, such as Pitwatch <pitwatch@example.com>")
    }
}

pub(super) fn networks(text: &str) -> Result<Vec<notify::Network>, Problem> {
    let parts = text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            part.parse().or_else(|_| problem("is not a list of networks, such as 10.1.0.0/16"))
        })
        .collect()
}

pub(super) fn choice(text: &str, kind: Kind) -> Result<String, Problem> {
    let Kind::Choice(words) = kind else { return problem("is not a choice") };
    if words.contains(&text) {
        Ok(text.to_owned())
    } else {
        problem(format!("must be one of {}", words.join(", ")))
    }
}
