//! What a text has to look like: whether it fits is the same wherever it is asked.

use crate::ask::Glob;

/// What a text has to look like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// This is within it; given in lower case.
    Contains(String),
    /// The whole of it fits; pieces in lower case.
    Glob(Vec<String>),
    /// One of its lines is exactly this.
    Line(String),
    /// One of its lines fits; pieces in lower case.
    LineGlob(Vec<String>),
}

impl Pattern {
    /// This is within it, in any case.
    pub fn contains(part: &str) -> Self {
        Self::Contains(part.to_lowercase())
    }

    /// The whole of it, or one of its lines, fits in any case.
    pub fn glob(glob: &Glob, by_line: bool) -> Self {
        let pieces = glob.pieces.iter().map(|piece| piece.to_lowercase()).collect();
        if by_line { Self::LineGlob(pieces) } else { Self::Glob(pieces) }
    }

    /// Whether one text fits.
    pub fn fits_text(&self, text: &str) -> bool {
        self.test(text, &mut String::new())
    }

    /// Whether a text fits. `lower` is room to work in, to be used again for the next text.
    pub fn test(&self, text: &str, lower: &mut String) -> bool {
        match self {
            Self::Contains(part) if part.is_ascii() => contains_ascii(text, part),
            Self::Contains(part) => in_lower_case(text, lower).contains(part.as_str()),
            Self::Glob(pieces) => glob_fits(pieces, in_lower_case(text, lower)),
            Self::Line(line) => text.split('\n').any(|other| other == line),
            Self::LineGlob(pieces) => {
                in_lower_case(text, lower).split('\n').any(|line| glob_fits(pieces, line))
            }
        }
    }
}

/// Nearly all texts are ASCII, where changing the case needs no new text.
fn in_lower_case<'a>(text: &str, lower: &'a mut String) -> &'a str {
    lower.clear();
    if text.is_ascii() {
        lower.push_str(text);
        lower.make_ascii_lowercase();
    } else {
        lower.extend(text.chars().flat_map(char::to_lowercase));
    }
    lower
}

/// Whether `part`, ASCII in lower case, is within `text` in any case.
fn contains_ascii(text: &str, part: &str) -> bool {
    let Some((first, rest)) = part.as_bytes().split_first() else { return true };
    let upper = first.to_ascii_uppercase();
    let mut bytes = text.as_bytes();
    while let Some(place) = bytes.iter().position(|byte| byte == first || *byte == upper) {
        bytes = bytes.get(place + 1..).unwrap_or_default();
        match bytes.get(..rest.len()) {
            Some(next) if next.eq_ignore_ascii_case(rest) => return true,
            Some(_) => {}
            None => return false,
        }
    }
    false
}

/// Takes each piece at its first place, which is right because only the ends are fixed.
fn glob_fits(pieces: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in middle {
        match rest.split_once(piece.as_str()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let glob = |pieces: &[&str], by_line| {
            let pieces = pieces.iter().map(|&piece| piece.to_owned()).collect();
            Pattern::glob(&Glob { pieces }, by_line)
        };
        let cases = [
            (Pattern::contains("Out"), "TIMEOUT", true),
            (Pattern::contains("out"), "tim OU", false),
            (Pattern::contains("ooo"), "oooo", true),
            (Pattern::contains(""), "", true),
            (Pattern::contains("Ж"), "ставкаж", true),
            (glob(&["a", ""], false), "ABC", true),
            (glob(&["a", "c"], false), "abcd", false),
            (glob(&["", "b", "d"], false), "abcd", true),
            (glob(&["ab", "ba"], false), "aba", false),
            (Pattern::Line("b".to_owned()), "a\nb\nc", true),
            (Pattern::Line("a\nb".to_owned()), "a\nb", false),
            (glob(&["B", ""], true), "a\nbx\nc", true),
            (glob(&["a", "c"], true), "a\nb\nc", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(pattern.fits_text(text), expected, "{pattern:?} {text:?}");
        }
    }
}
