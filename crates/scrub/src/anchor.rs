//! One pass over a text that tells which detectors can find anything in it.
//!
//! Most texts are clean. Each is read once, by an automaton over the words that every secret needs
//! (and a count of digits beside it); a detector runs only where its word was seen.

use std::sync::LazyLock;

use aho_corasick::automaton::Automaton;
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, StartKind};

/// What was seen in a text, as a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hits(u16);

impl Hits {
    pub(crate) const NONE: Self = Self(0);
    /// What a detector asks for that must always run.
    pub(crate) const ALWAYS: Self = Self(1);
    /// A word of Relay's password list.
    pub(crate) const PASSWORD: Self = Self(1 << 1);
    pub(crate) const TOKEN: Self = Self(1 << 2);
    pub(crate) const BEARER: Self = Self(1 << 3);
    pub(crate) const PEM: Self = Self(1 << 4);
    pub(crate) const AT: Self = Self(1 << 5);
    /// A name that a secret may be assigned to.
    pub(crate) const ASSIGNED: Self = Self(1 << 6);
    pub(crate) const BASIC: Self = Self(1 << 7);
    pub(crate) const JWT: Self = Self(1 << 8);
    /// The first letters of an API token.
    pub(crate) const API_TOKEN: Self = Self(1 << 9);
    pub(crate) const CVV: Self = Self(1 << 10);
    pub(crate) const COOKIE: Self = Self(1 << 11);
    /// `-dd-dddd`, as in a social security number.
    pub(crate) const SSN: Self = Self(1 << 12);
    /// Thirteen digits or more, as the shortest card number has.
    pub(crate) const DIGITS_13: Self = Self(1 << 13);
    /// Two capital letters and two digits in a row.
    pub(crate) const IBAN: Self = Self(1 << 14);
    /// A plus sign before a digit.
    pub(crate) const PHONE: Self = Self(1 << 15);

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    #[must_use]
    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

const SECRET_WORD: Hits = Hits::PASSWORD.or(Hits::ASSIGNED);

/// Words in lower case; capitals count alike.
const ANCHORS: &[(&str, Hits)] = &[
    ("password", SECRET_WORD),
    ("passwd", SECRET_WORD),
    ("secret", SECRET_WORD),
    ("api-key", SECRET_WORD),
    ("api_key", SECRET_WORD),
    ("apikey", SECRET_WORD),
    ("auth", SECRET_WORD),
    ("credential", Hits::ASSIGNED),
    ("credentials", Hits::PASSWORD),
    ("mysql_pwd", Hits::PASSWORD),
    ("privatekey", SECRET_WORD),
    ("private-key", SECRET_WORD),
    ("private_key", SECRET_WORD),
    ("access_key", Hits::ASSIGNED),
    ("access-key", Hits::ASSIGNED),
    ("accesskey", Hits::ASSIGNED),
    ("token", Hits::TOKEN.or(Hits::ASSIGNED)),
    ("pwd", Hits::ASSIGNED),
    ("pass", Hits::ASSIGNED),
    ("pin", Hits::ASSIGNED),
    ("otp", Hits::ASSIGNED),
    ("mnemonic", Hits::ASSIGNED),
    ("seed", Hits::ASSIGNED),
    ("bearer", Hits::BEARER),
    ("basic ", Hits::BASIC),
    ("-----begin", Hits::PEM),
    ("@", Hits::AT),
    ("eyj", Hits::JWT),
    ("cvv", Hits::CVV),
    ("cvc", Hits::CVV),
    ("cid", Hits::CVV),
    ("security", Hits::CVV),
    ("cookie", Hits::COOKIE),
];

struct Anchors {
    automaton: DFA,
    hits: Vec<Hits>,
}

/// `None` only if the table above could not be built, which a test rules out.
static AUTOMATON: LazyLock<Option<Anchors>> = LazyLock::new(|| {
    let tokens = crate::token::PREFIXES.iter().map(|prefix| (prefix.text, Hits::API_TOKEN));
    let anchors = ANCHORS.iter().copied().chain(tokens);
    let (words, hits): (Vec<&str>, Vec<Hits>) = anchors.unzip();
    let automaton = DFA::builder()
        .ascii_case_insensitive(true)
        .prefilter(false)
        .start_kind(StartKind::Unanchored)
        .build(words)
        .ok()?;
    Some(Anchors { automaton, hits })
});

const DIGIT: u8 = 1;
const UPPER: u8 = 2;
const DASH: u8 = 4;
const PLUS: u8 = 8;
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    classes[b'-' as usize] = DASH;
    classes[b'+' as usize] = PLUS;
    let mut letter = 0;
    while letter < 26 {
        classes[b'A' as usize + letter] = UPPER;
        if letter < 10 {
            classes[b'0' as usize + letter] = DIGIT;
        }
        letter += 1;
    }
    classes
};

/// Reads a text once.
pub(crate) fn scan(text: &str) -> Hits {
    let everything = Hits(u16::MAX);
    let Some(anchors) = AUTOMATON.as_ref() else { return everything };
    let Ok(start) = anchors.automaton.start_state(Anchored::No) else { return everything };
    let (mut state, mut hits) = (start, Hits::NONE);
    // The classes of the last eight bytes, one hexadecimal digit each.
    let (mut digits, mut recent) = (0_usize, 0_u32);
    let (mut iban, mut ssn, mut phone) = (false, false, false);
    for &byte in text.as_bytes() {
        let class = CLASSES[usize::from(byte)];
        digits += usize::from(class & DIGIT);
        recent = (recent << 4) | u32::from(class);
        iban |= recent & 0xFFFF == 0x2211;
        ssn |= recent == 0x4114_1111;
        phone |= recent & 0xFF == 0x81;
        state = anchors.automaton.next_state(Anchored::No, state, byte);
        if anchors.automaton.is_special(state) && anchors.automaton.is_match(state) {
            for nth in 0..anchors.automaton.match_len(state) {
                let pattern = anchors.automaton.match_pattern(state, nth);
                hits = hits.or(anchors.hits[pattern.as_usize()]);
            }
        }
    }
    let when = |seen: bool, hit: Hits| if seen { hit } else { Hits::NONE };
    hits.or(when(digits >= 13, Hits::DIGITS_13))
        .or(when(ssn, Hits::SSN))
        .or(when(phone, Hits::PHONE))
        .or(when(iban, Hits::IBAN))
        .or(when(is_second_factor(text), Hits::PASSWORD))
}

/// The words of Relay's password list that only count alone.
pub(crate) fn is_second_factor(text: &str) -> bool {
    match text.len() {
        3 => text.eq_ignore_ascii_case("otp"),
        10 => text.eq_ignore_ascii_case("two-factor") || text.eq_ignore_ascii_case("two_factor"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_automaton_is_there() {
        assert!(AUTOMATON.is_some());
        assert_eq!(scan("nothing to see"), Hits::NONE);
    }

    #[test]
    fn words_within_words_are_seen() {
        assert!(scan("mypassWORDx").meets(Hits::PASSWORD));
        assert!(scan("tapikey").meets(Hits::PASSWORD));
        assert!(scan("credentials").meets(Hits::PASSWORD));
        assert!(!scan("credential").meets(Hits::PASSWORD));
        assert!(scan("Two_Factor").meets(Hits::PASSWORD));
        assert!(!scan("two_factors").meets(Hits::PASSWORD));
    }

    #[test]
    fn digits_are_counted() {
        assert!(scan("4111 1111 1111 1").meets(Hits::DIGITS_13));
        assert!(!scan("4111 1111 1111").meets(Hits::DIGITS_13));
        assert!(scan("x DE89").meets(Hits::IBAN));
    }
}
