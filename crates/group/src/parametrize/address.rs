//! Addresses: `<email>`, `<url>`, `<hostname>`, `<ip>`.

use super::text::{is_word, is_word_at, is_word_before};

/// Endings that make a dotted name a host, all in lower case. Source: the reference on grouping.
const TOP_LEVEL: &str = " ae al app ar at au be bg biz br by ca cat cc cf ch cl club cn co com cz de \
    dk edu ee es eu fi fm fr ga gov gq gr hk hr hu id ie il in info io ir is it jobs jp kr kz la \
    link lt lv ly me mobi ms mx my net news ng nl no nz online org pe ph pl pro pt ro rs ru sa se \
    sg si site sk th tips tk to tr tv tw ua ug uk us vn wiki xxx xyz za ";
/// Longest part of a host name between dots.
const LABEL_BYTES_MAX: usize = 63;
/// Longest IPv6 address with an embedded IPv4 address.
const IP_BYTES_MAX: usize = 45;

/// Runs that were looked at and are neither an e-mail address nor a host name.
#[derive(Debug, Default)]
pub(super) struct Address {
    no_email_before: usize,
    no_hostname_before: usize,
}

impl Address {
    /// Where the e-mail address ends that begins at `at`.
    pub(super) fn email(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        if at < self.no_email_before || !is_local(bytes[at]) {
            return None;
        }
        let local_end = end_of(bytes, at, is_local);
        if bytes.get(local_end) == Some(&b'@') {
            let mut end = end_of(bytes, local_end + 1, is_label);
            if end > local_end + 1 {
                while bytes.get(end) == Some(&b'.')
                    && bytes.get(end + 1).copied().is_some_and(is_label)
                {
                    end = end_of(bytes, end + 1, is_label);
                }
                return Some(end);
            }
        }
        self.no_email_before = local_end;
        None
    }

    /// Where the host name ends that begins at `at`, the start of a word.
    pub(super) fn hostname(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        if at < self.no_hostname_before || !is_label(bytes[at]) {
            return None;
        }
        let mut label = at;
        loop {
            let label_end = end_of(bytes, label, is_label);
            if label_end == label || bytes.get(label_end) != Some(&b'.') {
                // What follows begins with the same letters, so it has the same ending.
                self.no_hostname_before = label_end;
                return None;
            }
            if label_end - label > LABEL_BYTES_MAX {
                return None;
            }
            label = label_end + 1;
            let word_end = end_of(bytes, label, is_word);
            let is_boundary = bytes.get(word_end).is_none_or(u8::is_ascii);
            if is_boundary && is_top_level(&bytes[label..word_end]) {
                return Some(word_end);
            }
        }
    }
}

/// All lower or all upper case.
fn is_top_level(word: &[u8]) -> bool {
    const BYTES_MAX: usize = 6;
    if !(2..=BYTES_MAX).contains(&word.len()) {
        return false;
    }
    let one_case =
        word.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_uppercase);
    let mut spaced = [b' '; BYTES_MAX + 2];
    for (place, byte) in spaced[1..].iter_mut().zip(word) {
        *place = byte.to_ascii_lowercase();
    }
    one_case && memchr::memmem::find(TOP_LEVEL.as_bytes(), &spaced[..word.len() + 2]).is_some()
}

/// Where the URL ends that begins at `at`, the start of a word.
pub(super) fn url(text: &str, at: usize) -> Option<usize> {
    const SCHEMES: [&str; 5] = ["ws://", "wss://", "http://", "https://", "ftp://"];
    if !matches!(text.as_bytes()[at], b'w' | b'h' | b'f') {
        return None;
    }
    let rest = text.get(at..)?;
    let scheme = SCHEMES.iter().find(|scheme| rest.starts_with(**scheme))?;
    let after = &rest[scheme.len()..];
    let mut letters = after.chars();
    let first = letters.next()?;
    if first.is_whitespace() || matches!(first, '/' | '$' | '.' | '?' | '#') {
        return None;
    }
    let second = letters.next().filter(|letter| *letter != '\n')?;
    let start = first.len_utf8() + second.len_utf8();
    let length = after[start..].find(char::is_whitespace).unwrap_or(after.len() - start);
    Some(at + scheme.len() + start + length)
}

/// Where the IP address ends that begins at `at`.
pub(super) fn ip(text: &str, at: usize) -> Option<usize> {
    if is_word_before(text, at) {
        return None;
    }
    let v6 = ipv6(text, at);
    let v4 = || ipv4(text.as_bytes(), at).filter(|end| !is_word_at(text, *end));
    v6.or_else(v4)
}

fn ipv4(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    for part in 0..4 {
        if part > 0 {
            if bytes.get(end) != Some(&b'.') {
                return None;
            }
            end += 1;
        }
        let digits = bytes[end..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let number = bytes[end..end + digits]
            .iter()
            .fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
        if !(1..=3).contains(&digits) || number > 255 {
            return None;
        }
        end += digits;
    }
    Some(end)
}

/// Eight groups, or fewer with one `::`; the last two may be an IPv4 address. The longest reading
/// that no letter or digit follows.
fn ipv6(text: &str, at: usize) -> Option<usize> {
    let bytes = &text.as_bytes()[at..];
    let bytes = &bytes[..bytes.len().min(IP_BYTES_MAX)];
    let colons = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit() || **byte == b':');
    if colons.filter(|byte| **byte == b':').count() < 2 {
        return None;
    }
    let mut best = None;
    let (mut end, mut groups, mut gap) = (0, 0, false);
    if bytes.starts_with(b"::") {
        (end, gap) = (2, true);
        best = Some(end);
    } else if bytes.starts_with(b":") {
        return None;
    }
    loop {
        if (gap || groups == 6)
            && let Some(v4_end) = ipv4(bytes, end)
        {
            best = Some(v4_end);
            break;
        }
        let digits = bytes[end..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if !(1..=4).contains(&digits) {
            break;
        }
        end += digits;
        groups += 1;
        if (gap && groups <= 7) || groups == 8 {
            best = Some(end).filter(|end| !is_name_at(text, at + end)).or(best);
        }
        if groups == 8 {
            break;
        }
        if bytes[end..].starts_with(b"::") && !gap {
            (end, gap) = (end + 2, true);
            best = Some(end).filter(|end| !is_name_at(text, at + end)).or(best);
        } else if bytes[end..].starts_with(b":") {
            end += 1;
        } else {
            break;
        }
    }
    let end = at + best?;
    if text.as_bytes().get(end) == Some(&b'%') {
        let zone = text[end + 1..].bytes().take_while(u8::is_ascii_alphanumeric).count();
        if zone > 0 {
            return Some(end + 1 + zone);
        }
    }
    (!is_name_at(text, end)).then_some(end)
}

/// A word or a call goes on here: `A::b()`, `a::b_c`.
fn is_name_at(text: &str, at: usize) -> bool {
    is_word_at(text, at) || text.as_bytes().get(at) == Some(&b'(')
}

fn end_of(bytes: &[u8], at: usize, belongs: fn(u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len())
}

/// Allowed before the `@`.
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

/// Allowed between the dots of a host name.
fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}
