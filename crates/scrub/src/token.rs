//! Secrets by their looks: API tokens, JSON web tokens, and what follows `password=`.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;

/// How the API tokens of one issuer begin.
pub(crate) struct Prefix {
    /// In lower case, for the automaton.
    pub(crate) text: &'static str,
    exact: &'static str,
    /// Characters that must follow.
    rest_min: usize,
}

const fn prefix(text: &'static str, exact: &'static str, rest_min: usize) -> Prefix {
    Prefix { text, exact, rest_min }
}

/// Source: the issuers' own descriptions of their token formats, as secret scanners list them.
pub(crate) const PREFIXES: &[Prefix] = &[
    prefix("sk_live_", "sk_live_", 3),
    prefix("sk_test_", "sk_test_", 3),
    prefix("rk_live_", "rk_live_", 3),
    prefix("rk_test_", "rk_test_", 3),
    prefix("whsec_", "whsec_", 8),
    prefix("ghp_", "ghp_", 16),
    prefix("gho_", "gho_", 16),
    prefix("ghu_", "ghu_", 16),
    prefix("ghs_", "ghs_", 16),
    prefix("ghr_", "ghr_", 16),
    prefix("github_pat_", "github_pat_", 16),
    prefix("glpat-", "glpat-", 16),
    prefix("xoxb-", "xoxb-", 8),
    prefix("xoxa-", "xoxa-", 8),
    prefix("xoxp-", "xoxp-", 8),
    prefix("xoxr-", "xoxr-", 8),
    prefix("xoxs-", "xoxs-", 8),
    prefix("xapp-", "xapp-", 8),
    prefix("akia", "AKIA", 16),
    prefix("asia", "ASIA", 16),
    prefix("aiza", "AIza", 30),
    prefix("ya29.", "ya29.", 16),
    prefix("npm_", "npm_", 30),
    prefix("pypi-", "pypi-", 30),
    prefix("shpat_", "shpat_", 16),
    prefix("dop_v1_", "dop_v1_", 16),
    prefix("hvs.", "hvs.", 16),
    prefix("pwt_", "pwt_", 8),
    prefix("sntrys_", "sntrys_", 8),
    prefix("sntryu_", "sntryu_", 8),
    prefix("sk-ant-", "sk-ant-", 16),
    prefix("sk-proj-", "sk-proj-", 16),
];

/// Finds API tokens.
pub(crate) fn find_api_tokens(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    for prefix in PREFIXES {
        let mut free_from = 0;
        for start in memmem::find_iter(bytes, prefix.exact) {
            let touches = start > 0 && bytes[start - 1].is_ascii_alphanumeric();
            if start < free_from || touches {
                continue;
            }
            let rest_start = start + prefix.exact.len();
            let in_token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
            let mut rest = bytes[rest_start..].iter().take_while(in_token).count();
            while rest > 0 && bytes[rest_start + rest - 1] == b'.' {
                rest -= 1;
            }
            if rest >= prefix.rest_min {
                free_from = rest_start + rest;
                found.push(start..free_from);
            }
        }
    }
}

/// True when `token` is three parts in base64url of which the first is a JOSE header. Source: RFC
/// 7519, RFC 7515.
pub(crate) fn is_jwt(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    let decoded = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    decoded.starts_with(b"{") && memmem::find(&decoded, b"\"alg\"").is_some()
}

/// True when `text` is what follows `Basic` in a header: a name and a password. Source: RFC 7617.
pub(crate) fn is_basic(text: &str) -> bool {
    let decoded = STANDARD_NO_PAD.decode(text.trim_end_matches('=')).unwrap_or_default();
    decoded.contains(&b':')
}

/// True when what follows `Bearer` looks made by a machine, not written by a person.
pub(crate) fn is_bearer(text: &str) -> bool {
    text.len() >= 20 || text.bytes().any(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Names whose value is a secret, also as the end of a longer name.
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "access-key",
    "accesskey",
    "private_key",
    "private-key",
    "privatekey",
    "secret_key",
    "credential",
    "credentials",
    "authorization",
];

/// Names that must stand alone or after `_`, `-`: as the end of any word they would be too common.
const SHORT_NAMES: &[&str] = &[
    "pwd",
    "pass",
    "pin",
    "pincode",
    "pin_code",
    "otp",
    "otp_code",
    "totp",
    "mnemonic",
    "seed_phrase",
    "seedphrase",
    "two_factor",
];

/// True when a value under this name is a secret.
pub(crate) fn is_secret_name(name: &str) -> bool {
    let ends_with = |end: &str| {
        let start = name.len().checked_sub(end.len())?;
        name.get(start..)?.eq_ignore_ascii_case(end).then_some(start)
    };
    let own_word = |start: usize| {
        let (before, word) = name.split_at(start);
        before.is_empty()
            || before.ends_with(|c: char| !c.is_ascii_alphanumeric())
            || (word.starts_with(|c: char| c.is_ascii_uppercase())
                && before.ends_with(|c: char| c.is_ascii_lowercase()))
    };
    NAMES.iter().any(|known| ends_with(known).is_some())
        || SHORT_NAMES.iter().any(|known| ends_with(known).is_some_and(own_word))
}

/// Names that prose puts before a colon too ("unexpected token: end of input").
fn is_prose_before_colon(name: &str) -> bool {
    !["password", "passwd", "passphrase", "passcode", "pwd", "authorization"]
        .iter()
        .any(|word| name.to_ascii_lowercase().ends_with(word))
}

/// Longest name that is looked at before `=`.
const NAME_BYTES_MAX: usize = 64;
/// Bytes of a value that are read to decide whether it is a secret.
const VALUE_BYTES_READ: usize = 96;

/// Finds the values of secret names: `password=x`, `"token": "x"`, `'pin' => 1`.
pub(crate) fn find_assigned(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut free_from = 0;
    for separator in memchr::memchr2_iter(b'=', b':', bytes) {
        if separator < free_from {
            continue;
        }
        let Some((name, quoted)) = name_before(text, separator) else { continue };
        if !is_secret_name(name) {
            continue;
        }
        let Some(value) = Assigned::after(text, separator + 1) else { continue };
        let written = &text[value.range.clone()];
        let prose = bytes[separator] == b':' && !quoted && is_prose_before_colon(name);
        let made = written.len() >= 6 && written.bytes().any(|byte| byte.is_ascii_digit());
        if is_harmless(written) || (prose && !made) {
            continue;
        }
        let value = value.to_its_end(text);
        free_from = value.end;
        found.push(value);
    }
}

/// The name before a separator, and whether it stands in quotes.
fn name_before(text: &str, separator: usize) -> Option<(&str, bool)> {
    let bytes = text.as_bytes();
    let mut end = separator;
    if end > 0 && bytes[end - 1] == b' ' {
        end -= 1;
    }
    let unquoted = text[..end].trim_end_matches(['"', '\'', '\\', '`']);
    let quoted = unquoted.len() < end;
    let in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte == b'-';
    let name = unquoted.as_bytes().iter().rev().take(NAME_BYTES_MAX).take_while(in_name).count();
    let name = &unquoted[unquoted.len() - name..];
    (!name.is_empty()).then_some((name, quoted))
}

/// The value after a separator, without its quotes, as far as it was read.
struct Assigned {
    quote: Option<u8>,
    range: Range<usize>,
}

impl Assigned {
    fn after(text: &str, after: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut start = after;
        match bytes.get(start) {
            Some(b'=') => return None,
            Some(b'>') => start += 1,
            _ => {}
        }
        start += bytes[start..].iter().take(2).take_while(|byte| **byte == b' ').count();
        if let [b'b' | b'u' | b'r', b'"' | b'\'', ..] = bytes[start..] {
            start += 1;
        }
        start += bytes[start..].iter().take(3).take_while(|byte| **byte == b'\\').count();
        let quote = bytes.get(start).copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        start += usize::from(quote.is_some());
        let window = bytes[start..].iter().take(VALUE_BYTES_READ);
        let end = start + window.take_while(|byte| goes_on(quote, **byte)).count();
        let end = text.floor_char_boundary(end);
        (end > start).then_some(Self { quote, range: start..end })
    }

    fn to_its_end(&self, text: &str) -> Range<usize> {
        let rest = &text.as_bytes()[self.range.end..];
        let more = rest.iter().take_while(|byte| goes_on(self.quote, **byte)).count();
        self.range.start..self.range.end + more
    }
}

/// True for a byte within a value. All bytes that end one are ASCII.
fn goes_on(quote: Option<u8>, byte: u8) -> bool {
    match quote {
        Some(quote) => byte != quote && byte != 0,
        None => !byte.is_ascii_whitespace() && !b"&,;\"')]}<>\\\0".contains(&byte),
    }
}

/// Values that give nothing away: nothing, placeholders, and what was cut out before.
fn is_harmless(value: &str) -> bool {
    let value = value.trim_end_matches('\\');
    let known = ["none", "null", "nil", "true", "false", "undefined", "%s", "{}", "?"];
    value.is_empty()
        || known.iter().any(|word| value.eq_ignore_ascii_case(word))
        || value.bytes().all(|byte| byte == b'*')
        || (value.starts_with('[') && value.len() <= 16 && is_marker(value))
}

fn is_marker(value: &str) -> bool {
    let word = value.trim_start_matches('[').trim_end_matches(']');
    crate::builtin::is_marker_word(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(find: fn(&str, &mut Vec<Range<usize>>), text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        find(text, &mut found);
        let found: Vec<&str> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn assigned_values() {
        let check = |text, expected| check(find_assigned, text, expected);
        check("https://h/?password=hunter2&token=abc#x", &["hunter2", "abc#x"]);
        check(r#"{"password": "a b", "pin": 1234}"#, &["a b", "1234"]);
        check("b'{\\\"api_key\\\": \\\"xyz\\\"}'", &["xyz\\"]);
        check("newPassword='x', userPin=99 'otp' => 123", &["x", "99", "123"]);
        check("Unexpected token: end of input", &[]);
        check("token: 8f3a9c21", &["8f3a9c21"]);
        check("password: hunter2", &["hunter2"]);
        check("mapping=1 spin=2 password=None secret == x token=[secret]", &[]);
    }

    #[test]
    fn api_tokens() {
        let check = |text, expected| check(find_api_tokens, text, expected);
        check("key sk_live_zzz.", &["sk_live_zzz"]);
        check("AKIAIOSFODNN7EXAMPLE akiaiosfodnn7example", &["AKIAIOSFODNN7EXAMPLE"]);
        check("task_live_abc pwt_short", &[]);
    }

    #[test]
    fn credentials_are_told_from_words() {
        assert!(is_jwt("eyJhbGciOiJIUzI1NiJ9.e30.x"));
        assert!(!is_jwt("eyJ0.e30.x"));
        assert!(is_basic("YWxhZGRpbjpvcGVuc2VzYW1l"));
        assert!(!is_basic("authentication"));
        assert!(!is_bearer("of bad news"));
    }
}
