//! Patterns as project settings have them: `*`, `?`, `[a-z]`, `{one,other}`, case ignored.
//!
//! Matching takes time proportional to pattern times text at worst, never more: settings come from
//! people, texts from strangers.

/// Alternatives one pattern may expand into.
const ALTERNATIVES_MAX: usize = 64;

/// A pattern, ready to be compared.
#[derive(Debug, Clone)]
pub struct Glob {
    /// Any of these.
    alternatives: Vec<Vec<Token>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// This character, in lower case.
    Char(char),
    /// Any one character.
    One,
    /// Any number of characters.
    Many,
    /// One of these ranges, or none of them.
    Class { ranges: Vec<(char, char)>, negated: bool },
}

impl Glob {
    /// Reads a pattern. An empty one matches nothing; what cannot be a class or an alternative
    /// stands for itself.
    pub fn new(pattern: &str) -> Self {
        let mut texts = vec![pattern.trim().to_owned()];
        while let Some(place) = texts.iter().position(|text| braces(text).is_some())
            && texts.len() < ALTERNATIVES_MAX
        {
            let text = texts.swap_remove(place);
            let Some((start, end)) = braces(&text) else { break };
            for option in text[start + 1..end].split(',') {
                texts.push([&text[..start], option, &text[end + 1..]].concat());
            }
        }
        let filled = texts.iter().filter(|text| !text.is_empty());
        Self { alternatives: filled.map(|text| tokens(text)).collect() }
    }

    /// True when the whole text fits the pattern.
    pub fn matches(&self, text: &str) -> bool {
        self.alternatives.iter().any(|tokens| fits(tokens, text))
    }
}

/// Where the first innermost `{…}` is.
fn braces(text: &str) -> Option<(usize, usize)> {
    let mut start = None;
    let mut escaped = false;
    for (place, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '{' => start = Some(place),
            '}' => {
                if let Some(start) = start {
                    return Some((start, place));
                }
            }
            _ => {}
        }
    }
    None
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = pattern.chars();
    while let Some(char) = rest.next() {
        let token = match char {
            '*' if tokens.last() == Some(&Token::Many) => continue,
            '*' => Token::Many,
            '?' => Token::One,
            '[' => match class(rest.as_str()) {
                Some((token, after)) => {
                    rest = after.chars();
                    token
                }
                None => Token::Char('['),
            },
            '\\' => Token::Char(lower(rest.next().unwrap_or('\\'))),
            other => Token::Char(lower(other)),
        };
        tokens.push(token);
    }
    tokens
}

/// Reads what follows `[`, and answers what follows the class.
fn class(text: &str) -> Option<(Token, &str)> {
    let inside = text.strip_prefix(['!', '^']);
    let (inside, negated) = inside.map_or((text, false), |inside| (inside, true));
    // A bracket right at the beginning is a member.
    let end = inside.char_indices().skip(1).find(|(_, char)| *char == ']')?.0;
    let members: Vec<char> = inside[..end].chars().map(lower).collect();
    let mut ranges = Vec::new();
    let mut place = 0;
    while let Some(&first) = members.get(place) {
        let range = (members.get(place + 1), members.get(place + 2));
        if let (Some('-'), Some(&last)) = range {
            ranges.push((first, last));
            place += 3;
        } else {
            ranges.push((first, first));
            place += 1;
        }
    }
    Some((Token::Class { ranges, negated }, &inside[end + 1..]))
}

fn lower(char: char) -> char {
    // Characters whose lower case is several characters keep their own.
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => char,
    }
}

/// Goes back only to the last `*`: an earlier one could not do better.
fn fits(tokens: &[Token], text: &str) -> bool {
    let (mut token, mut rest) = (0, text.chars());
    let mut back: Option<(usize, std::str::Chars<'_>)> = None;
    loop {
        if tokens.get(token) == Some(&Token::Many) {
            token += 1;
            back = Some((token, rest.clone()));
            continue;
        }
        let mut ahead = rest.clone();
        match (tokens.get(token), ahead.next()) {
            (None, None) => return true,
            (Some(expected), Some(char)) if expected.fits(lower(char)) => {
                token += 1;
                rest = ahead;
            }
            _ => {
                let Some((after_star, at)) = back.as_mut() else { return false };
                if at.next().is_none() {
                    return false;
                }
                token = *after_star;
                rest = at.clone();
            }
        }
    }
}

impl Token {
    fn fits(&self, char: char) -> bool {
        match self {
            Self::Char(expected) => *expected == char,
            Self::One | Self::Many => true,
            Self::Class { ranges, negated } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&char)) != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, fitting: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern);
        for text in fitting {
            assert!(glob.matches(text), "{pattern} should match {text}");
        }
        for text in others {
            assert!(!glob.matches(text), "{pattern} should not match {text}");
        }
    }

    #[test]
    fn patterns() {
        check("", &[], &["", "a"]);
        check("*", &["", "a\nb"], &[]);
        check("*/health", &["/health", "/API/Health"], &["/health/x"]);
        check("a?c", &["abc", "AXC"], &["ac", "abbc"]);
        check("v[0-9].*", &["v1.2"], &["vx.2", "v1"]);
        check("v[!0-9]", &["vx"], &["v1"]);
        check("{foo,bar}@*", &["foo@1", "BAR@2"], &["baz@1"]);
        check("{a,{b,c}}x", &["ax", "bx", "cx"], &["x"]);
        check(r"\*", &["*"], &["a"]);
        check("[", &["["], &["a"]);
        check("*a*b*c", &["xaxbxc", "aabbcc"], &["acb"]);
        check("Änderung*", &["äNDERUNG 1"], &[]);
    }

    #[test]
    fn a_bad_pattern_takes_no_time() {
        let glob = Glob::new(&"*a".repeat(50));
        assert!(!glob.matches(&"a".repeat(40)));
        assert!(!glob.matches(&"b".repeat(100_000)));
        assert!(Glob::new(&"{a,b}".repeat(50)).alternatives.len() <= ALTERNATIVES_MAX + 1);
    }
}
