//! Values as people write them: numbers with units, moments, truth values, text with wildcards.

use model::clock::Micros;

use super::moment::{Moment, parse_moment, parse_span};
use super::syntax::{Text, Wildcard};
use crate::ask::{Filter, Glob, Operator};

/// What text has to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Exactly this; the empty text means "not there".
    Exact(String),
    /// This is within it, without regard to case.
    Contains(String),
    /// The whole of it fits, without regard to case.
    Glob(Glob),
    /// Anything but the empty text.
    Anything,
}

impl Pattern {
    /// The pattern that a text with `*` and backslashes stands for.
    pub(super) fn parse(text: Text<'_>, wildcard: Option<Wildcard>) -> Self {
        let mut pieces = vec![String::new()];
        let mut characters = text.raw.chars().peekable();
        while let Some(character) = characters.next() {
            let literal = match character {
                '*' if wildcard.is_none() => {
                    pieces.push(String::new());
                    continue;
                }
                '\\' => characters.next_if(|next| matches!(next, '*' | '"')).unwrap_or('\\'),
                other => other,
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(literal);
            }
        }
        match wildcard {
            Some(Wildcard::Contains) => Self::Contains(pieces.concat()),
            Some(Wildcard::StartsWith) => {
                Self::Glob(Glob { pieces: vec![pieces.concat(), String::new()] })
            }
            Some(Wildcard::EndsWith) => {
                Self::Glob(Glob { pieces: vec![String::new(), pieces.concat()] })
            }
            None => Self::of_pieces(pieces),
        }
    }

    fn of_pieces(mut pieces: Vec<String>) -> Self {
        if pieces.len() == 1 {
            return Self::Exact(pieces.concat());
        }
        // Between two neighbours anything may stand, so empty inner pieces say nothing.
        let last = pieces.len() - 1;
        let mut place = 0;
        pieces.retain(|piece| {
            let is_end = place == 0 || place == last;
            place += 1;
            is_end || !piece.is_empty()
        });
        match pieces.as_slice() {
            [first, last] if first.is_empty() && last.is_empty() => Self::Anything,
            [first, middle, last] if first.is_empty() && last.is_empty() => {
                Self::Contains(middle.clone())
            }
            _ => Self::Glob(Glob { pieces }),
        }
    }

    /// The rows whose field looks so.
    pub(super) fn on<F>(&self, field: F) -> Filter<F> {
        match self {
            Self::Exact(text) => super::filter::equals(field, text),
            Self::Contains(text) => Filter::Contains(field, text.clone()),
            Self::Glob(glob) => Filter::Glob(field, glob.clone()),
            Self::Anything => Filter::Has(field),
        }
    }
}

/// The operator at the beginning of a value, and the rest.
pub(super) fn split_operator(text: &str) -> (Option<Operator>, &str) {
    const OPERATORS: [(&str, Operator); 6] = [
        (">=", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("!=", Operator::NotEqual),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("=", Operator::Equal),
    ];
    let found = OPERATORS
        .iter()
        .find_map(|(name, operator)| text.strip_prefix(name).map(|rest| (Some(*operator), rest)));
    found.unwrap_or((None, text))
}

/// The operator that holds exactly when `operator` does not.
pub(super) fn opposite(operator: Operator) -> Operator {
    match operator {
        Operator::Equal => Operator::NotEqual,
        Operator::NotEqual => Operator::Equal,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Greater => Operator::LessOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
    }
}

/// `5`, `-2.5`, `10k`, `3m`, `1b`.
pub(super) fn number(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit {
        "" => 1.0,
        "k" => 1e3,
        "m" => 1e6,
        "b" => 1e9,
        _ => return None,
    };
    Some(number * factor)
}

/// `300ms`, `1.5s`, `2min`, `1wk`, …; milliseconds.
pub(super) fn duration_millis(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let factor = match unit {
        "ms" => 1.0,
        "s" => 1e3,
        "m" | "min" => 6e4,
        "h" | "hr" => 3.6e6,
        "d" | "day" => 8.64e7,
        "w" | "wk" => 6.048e8,
        _ => return None,
    };
    Some(number * factor)
}

/// `5kb`, `1.5MiB`, `8bit`, …; bytes.
pub(super) fn size_bytes(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    let unit = unit.to_ascii_lowercase();
    let (prefix, base) = match unit.as_str() {
        "bit" => return Some(number / 8.0),
        "nb" | "bytes" | "byte" | "b" => return Some(number),
        _ if unit.len() == 3 && unit.ends_with("ib") => (unit.get(..1)?, 1024.0_f64),
        _ if unit.len() == 2 && unit.ends_with('b') => (unit.get(..1)?, 1000.0),
        _ => return None,
    };
    let power = "kmgtpezy".find(prefix)? + 1;
    Some(number * base.powi(i32::try_from(power).ok()?))
}

/// `5%` as `0.05`.
pub(super) fn percentage(text: &str) -> Option<f64> {
    let (number, unit) = split_unit(text)?;
    (unit == "%").then_some(number / 100.0)
}

/// `true`, `false`, `1`, `0` in any case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// A number and what follows it. Neither exponents nor `inf` nor `nan`.
fn split_unit(text: &str) -> Option<(f64, &str)> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let whole = digits(unsigned);
    let after = &unsigned[whole..];
    let decimals = after.strip_prefix('.').map_or(0, digits);
    let unit = if decimals > 0 { &after[1 + decimals..] } else { after };
    if whole == 0 && decimals == 0 {
        return None;
    }
    let number = text[..text.len() - unit.len()].parse().ok()?;
    Some((number, unit))
}

/// A condition on a moment: from (included) and to (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Between {
    /// First moment that fits.
    pub(super) start: Option<Micros>,
    /// First moment that does not fit any more.
    pub(super) end: Option<Micros>,
}

/// Reads `>=2026-11-01`, `2026-11-21` (that day), `2026-11-21T10:00` (from five minutes before to six
/// minutes after), `-24h` (newer than that) and `+7d` (older than that).
pub(super) fn between(text: &str, now: Micros) -> Option<Between> {
    const MINUTE: u64 = 60_000_000;
    let after = |at: Micros, step: u64| Some(Micros(at.0.saturating_add(step)));
    let before = |at: Micros, step: u64| Some(Micros(at.0.saturating_sub(step)));
    let ago = |text: &str| {
        // Seconds are no unit of relative dates.
        let span = parse_span(text).filter(|_| !text.ends_with('s'))?;
        before(now, span)
    };
    if let Some(text) = text.strip_prefix('-') {
        return Some(Between { start: Some(ago(text)?), end: None });
    }
    if let Some(text) = text.strip_prefix('+') {
        return Some(Between { start: None, end: after(ago(text)?, 1) });
    }
    let (operator, rest) = split_operator(text);
    let moment = parse_moment(rest)?;
    let at = moment.start();
    Some(match (operator, moment) {
        (Some(Operator::Greater), _) => Between { start: after(at, 1), end: None },
        (Some(Operator::GreaterOrEqual), _) => Between { start: Some(at), end: None },
        (Some(Operator::Less), _) => Between { start: None, end: Some(at) },
        (Some(Operator::LessOrEqual), _) => Between { start: None, end: after(at, 1) },
        (Some(Operator::NotEqual), _) => return None,
        (_, Moment::Day(at)) => Between { start: Some(at), end: after(at, super::moment::DAY) },
        (_, Moment::Instant(at)) => {
            Between { start: before(at, 5 * MINUTE), end: after(at, 6 * MINUTE) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let cases =
            [("5", 5.0), ("-2.5", -2.5), ("10k", 1e4), ("2m", 2e6), ("1b", 1e9), (".5", 0.5)];
        for (text, expected) in cases {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", "-", ".", "1.", "k", "5g", "1e5", "inf", "NaN", "1 k", "5é"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn units() {
        assert_eq!(duration_millis("1.5s"), Some(1500.0));
        assert_eq!(duration_millis("2wk"), Some(1_209_600_000.0));
        assert_eq!(duration_millis("2"), None);
        assert_eq!(size_bytes("1kb"), Some(1000.0));
        assert_eq!(size_bytes("2MiB"), Some(2_097_152.0));
        assert_eq!(size_bytes("16bit"), Some(2.0));
        assert_eq!(size_bytes("1xb"), None);
        assert_eq!(percentage("5%"), Some(0.05));
        assert_eq!(boolean("FALSE"), Some(false));
        assert_eq!(boolean("yes"), None);
    }

    #[track_caller]
    fn check(raw: &str, expected: &Pattern) {
        let text = Text { raw, quoted: false };
        assert_eq!(Pattern::parse(text, None), *expected, "{raw}");
    }

    #[test]
    fn patterns() {
        let glob = |pieces: &[&str]| {
            Pattern::Glob(Glob { pieces: pieces.iter().map(|&piece| piece.to_owned()).collect() })
        };
        check("plain", &Pattern::Exact("plain".to_owned()));
        check("a*", &glob(&["a", ""]));
        check("a**b", &glob(&["a", "b"]));
        check("*a*", &Pattern::Contains("a".to_owned()));
        check("*", &Pattern::Anything);
        check("***", &Pattern::Anything);
        check("*a*b", &glob(&["", "a", "b"]));
        check(r"\*literal*", &glob(&["*literal", ""]));
        check(r#"say \"hi\""#, &Pattern::Exact(r#"say "hi""#.to_owned()));
        check(r"C:\temp", &Pattern::Exact(r"C:\temp".to_owned()));
    }
}
