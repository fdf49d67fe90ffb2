//! Patterns with `*`, `**`, `?` and `[…]`, matched in bounded time.

use std::borrow::Cow;

/// Steps one match may take. A pattern that needs more is hostile and counts as not matching.
const STEPS_MAX: u32 = 32_768;

/// How names and patterns are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// As written; `*` matches anything.
    Plain,
    /// Lower-cased first; `*` matches anything.
    NoCase,
    /// Lower-cased with `/` for `\`; `*` stays within a segment, `**` does not.
    Path,
}

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(crate) struct Glob {
    shape: Shape,
    flavor: Flavor,
}

/// The common shapes are compared directly, the rest step by step.
#[derive(Debug, Clone)]
enum Shape {
    Everything,
    Exact(String),
    Prefix(String),
    Tokens(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Text(String),
    One,
    Star,
    StarStar,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Glob {
    /// Compiles `pattern`. Every text is a pattern; an unclosed `[` is just that character.
    pub(crate) fn new(pattern: &str, flavor: Flavor) -> Self {
        let pattern = match flavor {
            Flavor::Plain => Cow::Borrowed(pattern),
            Flavor::NoCase => Cow::Owned(pattern.to_lowercase()),
            Flavor::Path => Cow::Owned(pattern.to_lowercase().replace('\\', "/")),
        };
        let mut tokens = tokenize(&pattern, flavor);
        let shape = match tokens.as_mut_slice() {
            [] => Shape::Exact(String::new()),
            [Token::StarStar] => Shape::Everything,
            [Token::Text(text)] => Shape::Exact(std::mem::take(text)),
            [Token::Text(text), Token::StarStar] => Shape::Prefix(std::mem::take(text)),
            _ => Shape::Tokens(tokens),
        };
        Self { shape, flavor }
    }

    /// Whether the whole of `text` matches. For [`Flavor::NoCase`] and [`Flavor::Path`] the text
    /// must have gone through [`normalize_path`] or been lower-cased by the caller.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Everything => true,
            Shape::Exact(expected) => text == expected,
            Shape::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Shape::Tokens(tokens) => matches(tokens, text, self.flavor),
        }
    }

    /// Whether a path matches that [`normalize_path`] has put a `/` in front of.
    ///
    /// Relative paths are also tried as they were, because most patterns start with `**` or `/`
    /// but some name the first folder.
    pub(crate) fn matches_path(&self, path: &Rooted<'_>) -> bool {
        self.matches(&path.text)
            || (path.was_relative && path.text.get(1..).is_some_and(|plain| self.matches(plain)))
    }

    /// The longest text that everything matching must contain; empty if there is none.
    pub(crate) fn literal(&self) -> &str {
        match &self.shape {
            Shape::Everything => "",
            Shape::Exact(text) | Shape::Prefix(text) => text,
            Shape::Tokens(tokens) => {
                let texts = tokens.iter().filter_map(|token| match token {
                    Token::Text(text) => Some(text.as_str()),
                    _ => None,
                });
                texts.max_by_key(|text| text.len()).unwrap_or_default()
            }
        }
    }
}

/// A path ready for [`Glob::matches_path`]: lower-cased, with `/`, and beginning with `/`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rooted<'a> {
    pub(crate) text: Cow<'a, str>,
    was_relative: bool,
}

/// Lower-cases, turns `\` into `/` and puts a `/` in front of relative paths.
pub(crate) fn normalize_path(path: &str) -> Rooted<'_> {
    let was_relative = !path.starts_with(['/', '\\']);
    let is_normal =
        path.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase() && byte != b'\\');
    if is_normal && !was_relative {
        return Rooted { text: Cow::Borrowed(path), was_relative };
    }
    let mut text = String::with_capacity(path.len() + 1);
    if was_relative {
        text.push('/');
    }
    if path.is_ascii() {
        text.push_str(path);
        text.make_ascii_lowercase();
    } else {
        text.push_str(&path.to_lowercase());
    }
    if text.contains('\\') {
        text = text.replace('\\', "/");
    }
    Rooted { text: Cow::Owned(text), was_relative }
}

fn tokenize(pattern: &str, flavor: Flavor) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let after = &rest[first.len_utf8()..];
        rest = match first {
            '*' => {
                let stars = rest.len() - rest.trim_start_matches('*').len();
                let crosses = flavor != Flavor::Path || stars > 1;
                tokens.push(if crosses { Token::StarStar } else { Token::Star });
                &rest[stars..]
            }
            '?' => {
                tokens.push(Token::One);
                after
            }
            '[' if let Some((token, length)) = class(after) => {
                tokens.push(token);
                &after[length..]
            }
            other => {
                push_text(&mut tokens, other);
                after
            }
        };
    }
    tokens
}

fn push_text(tokens: &mut Vec<Token>, letter: char) {
    if let Some(Token::Text(text)) = tokens.last_mut() {
        text.push(letter);
    } else {
        tokens.push(Token::Text(letter.to_string()));
    }
}

/// Reads what follows a `[`: the class, and how many bytes it took with its `]`.
fn class(after: &str) -> Option<(Token, usize)> {
    let negated = after.starts_with(['!', '^']);
    let start = usize::from(negated);
    // A `]` in the first place is a member.
    let first = after.get(start..)?.chars().next()?.len_utf8();
    let end = start + first + after.get(start + first..)?.find(']')?;
    let members: Vec<char> = after[start..end].chars().collect();
    let mut ranges = Vec::new();
    let mut place = 0;
    while let Some(&low) = members.get(place) {
        let high = match (members.get(place + 1), members.get(place + 2)) {
            (Some('-'), Some(&high)) => Some(high),
            _ => None,
        };
        ranges.push((low, high.unwrap_or(low)));
        place += if high.is_some() { 3 } else { 1 };
    }
    Some((Token::Class { negated, ranges }, end + 1))
}

/// Walks both, remembering the last star of each kind to come back to.
///
/// A `*` that would have to cross a `/` gives up, and the last `**` takes one character more. Stars
/// before the last one of their kind never have to be looked at again.
fn matches(tokens: &[Token], text: &str, flavor: Flavor) -> bool {
    let segments = flavor == Flavor::Path;
    let (mut token, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    let mut star_star: Option<(usize, usize)> = None;
    for _ in 0..STEPS_MAX {
        let rest = &text[at..];
        let step = match tokens.get(token) {
            None if rest.is_empty() => return true,
            None => None,
            Some(Token::StarStar) => {
                if token + 1 == tokens.len() {
                    return true;
                }
                (star, star_star) = (None, Some((token + 1, at)));
                Some(0)
            }
            Some(Token::Star) => {
                star = Some((token + 1, at));
                Some(0)
            }
            Some(Token::Text(expected)) => {
                rest.starts_with(expected.as_str()).then_some(expected.len())
            }
            Some(Token::One) => {
                rest.chars().next().filter(|c| !segments || *c != '/').map(char::len_utf8)
            }
            Some(Token::Class { negated, ranges }) => rest
                .chars()
                .next()
                .filter(|c| ranges.iter().any(|(low, high)| low <= c && c <= high) != *negated)
                .map(char::len_utf8),
        };
        if let Some(length) = step {
            token += 1;
            at += length;
            continue;
        }
        let next = |from: usize| text[from..].chars().next().map(|c| (c, from + c.len_utf8()));
        if let Some((resume, from)) = star {
            if let Some((_, to)) = next(from).filter(|(c, _)| *c != '/') {
                star = Some((resume, to));
                (token, at) = (resume, to);
                continue;
            }
            star = None;
        }
        let Some((resume, from)) = star_star else { return false };
        let Some((_, to)) = next(from) else { return false };
        star_star = Some((resume, to));
        (token, at) = (resume, to);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(flavor: Flavor, pattern: &str, matching: &[&str], others: &[&str]) {
        let glob = Glob::new(pattern, flavor);
        let ask = |text: &str| match flavor {
            Flavor::Path => glob.matches_path(&normalize_path(text)),
            Flavor::NoCase => glob.matches(&text.to_lowercase()),
            Flavor::Plain => glob.matches(text),
        };
        for text in matching {
            assert!(ask(text), "{pattern} should match {text}");
        }
        for text in others {
            assert!(!ask(text), "{pattern} should not match {text}");
        }
    }

    #[test]
    fn plain_patterns() {
        check(Flavor::Plain, "std::*", &["std::", "std::io::read"], &["xstd::", "Std::a"]);
        check(Flavor::Plain, "*", &["", "a/b"], &[]);
        check(Flavor::Plain, "a*b*c", &["abc", "axxbyyc", "abbcc"], &["abcd", "acb"]);
        check(Flavor::Plain, "?[[]Sentry*]", &["-[SentryHub a]"], &["[SentryHub a]"]);
        check(Flavor::Plain, "v[0-9][!a-c]", &["v1d", "v9é"], &["v1a", "vxd", "v1"]);
        check(Flavor::Plain, "a[b", &["a[b"], &["ab"]);
        check(Flavor::Plain, "[]x]", &["]", "x"], &["[", ""]);
        check(Flavor::Plain, "", &[""], &["a"]);
        check(Flavor::NoCase, "*Timeout?", &["a timeout!", "TIMEOUT."], &["timeout"]);
    }

    #[test]
    fn path_patterns() {
        check(
            Flavor::Path,
            "**/site-packages/**",
            &["/usr/lib/site-packages/a/b.py", "site-packages/x.py", "C:\\P\\Site-Packages\\x.py"],
            &["/srv/site_packages/a.py", "/a/site-packages"],
        );
        check(Flavor::Path, "/usr/*/a.c", &["/usr/x/a.c"], &["/usr/x/y/a.c", "/usr/a.c"]);
        check(Flavor::Path, "**/*.js", &["/a/b.js", "b.js"], &["/a/b.jsx"]);
        check(Flavor::Path, "app/**", &["app/x", "APP/x"], &["/srv/app/x"]);
        check(Flavor::Path, "**/a/*b/**/c*", &["/x/a/qb/d/e/cz"], &["/x/a/q/b/d/c", "/a/b"]);
        check(Flavor::Path, "/a?c", &["/abc"], &["/a/c"]);
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let glob = Glob::new(&("**/*a".repeat(60) + "b"), Flavor::Path);
        assert!(!glob.matches(&"/a".repeat(2_000)));
    }

    #[test]
    fn literals_are_the_longest_sure_text() {
        assert_eq!(Glob::new("**/site-packages/**", Flavor::Path).literal(), "/site-packages/");
        assert_eq!(Glob::new("a?bc*d", Flavor::Plain).literal(), "bc");
        assert_eq!(Glob::new("*", Flavor::Plain).literal(), "");
    }
}
