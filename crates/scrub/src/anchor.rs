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
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
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

/// States and kinds of bytes that the table has room for.
const STATES: usize = 1 << 10;
const KINDS: usize = 1 << 6;

/// The automaton, laid out for one load a byte: a row of `KINDS` next states for every state.
///
/// The crate's own loop spends as long on asking whether a state is a match as on moving on.
struct Table {
    kinds: [u8; 256],
    /// The next state, times `KINDS`.
    next: Box<[u16; STATES * KINDS]>,
    hits: Box<[Hits; STATES]>,
}

/// `None` only if the anchors above do not fit the table, which a test rules out.
static TABLE: LazyLock<Option<Table>> = LazyLock::new(Table::new);

impl Table {
    fn new() -> Option<Self> {
        let tokens = crate::token::PREFIXES.iter().map(|prefix| (prefix.text, Hits::API_TOKEN));
        let (words, word_hits): (Vec<&str>, Vec<Hits>) =
            ANCHORS.iter().copied().chain(tokens).unzip();
        let automaton = DFA::builder()
            .ascii_case_insensitive(true)
            .prefilter(false)
            .start_kind(StartKind::Unanchored)
            .build(&words)
            .ok()?;
        let (kinds, examples) = byte_kinds(&words)?;
        let mut table = Self {
            kinds,
            next: vec![0; STATES * KINDS].into_boxed_slice().try_into().ok()?,
            hits: vec![Hits::NONE; STATES].into_boxed_slice().try_into().ok()?,
        };
        let mut states = vec![automaton.start_state(Anchored::No).ok()?];
        let mut row = 0;
        while let Some(&state) = states.get(row) {
            if automaton.is_match(state) {
                let patterns = 0..automaton.match_len(state);
                let hits = patterns.map(|nth| word_hits[automaton.match_pattern(state, nth)]);
                *table.hits.get_mut(row)? = hits.fold(Hits::NONE, Hits::or);
            }
            for (kind, byte) in examples.iter().enumerate() {
                let next = automaton.next_state(Anchored::No, state, *byte);
                let known = states.iter().position(|known| *known == next);
                let number = known.unwrap_or(states.len());
                if known.is_none() {
                    states.push(next);
                }
                table.next[row * KINDS + kind] = u16::try_from(number * KINDS).ok()?;
            }
            row += 1;
        }
        Some(table)
    }
}

/// Bytes that the words tell apart, and an example of each kind; kind 0 are all others.
fn byte_kinds(words: &[&str]) -> Option<([u8; 256], Vec<u8>)> {
    let mut kinds = [0; 256];
    let mut examples = vec![0];
    for byte in words.iter().flat_map(|word| word.bytes()) {
        if kinds[usize::from(byte)] == 0 {
            let kind =
                u8::try_from(examples.len()).ok().filter(|kind| usize::from(*kind) < KINDS)?;
            kinds[usize::from(byte)] = kind;
            kinds[usize::from(byte.to_ascii_uppercase())] = kind;
            examples.push(byte);
        }
    }
    Some((kinds, examples))
}

/// Reads a text once.
pub(crate) fn scan(text: &str) -> Hits {
    let Some(table) = TABLE.as_ref() else { return Hits(u16::MAX) };
    let (mut state, mut hits, mut digits) = (0_usize, 0_u16, 0_usize);
    for &byte in text.as_bytes() {
        digits += usize::from(byte.is_ascii_digit());
        let kind = usize::from(table.kinds[usize::from(byte)]);
        state = usize::from(table.next[(state | kind) % (STATES * KINDS)]);
        hits |= table.hits[(state / KINDS) % STATES].0;
    }
    let mut hits = Hits(hits);
    if digits >= 2 && text.len() > 8 {
        hits = hits.or(scan_shapes(text));
    }
    if digits >= 13 {
        hits = hits.or(Hits::DIGITS_13);
    }
    if is_second_factor(text) {
        hits = hits.or(Hits::PASSWORD);
    }
    hits
}

const DIGIT: u8 = 1;
const UPPER: u8 = 2;
const DASH: u8 = 4;
const PLUS: u8 = 8;
const SHAPES: [u8; 256] = {
    let mut shapes = [0; 256];
    shapes[b'-' as usize] = DASH;
    shapes[b'+' as usize] = PLUS;
    let mut letter = 0;
    while letter < 26 {
        shapes[b'A' as usize + letter] = UPPER;
        if letter < 10 {
            shapes[b'0' as usize + letter] = DIGIT;
        }
        letter += 1;
    }
    shapes
};

/// Looks for digits in the company that makes them an account, a social security or a phone number.
fn scan_shapes(text: &str) -> Hits {
    // The shapes of the last eight bytes, one hexadecimal digit each.
    let mut recent = 0_u32;
    let (mut iban, mut ssn, mut phone) = (false, false, false);
    for &byte in text.as_bytes() {
        recent = (recent << 4) | u32::from(SHAPES[usize::from(byte)]);
        iban |= recent & 0xFFFF == 0x2211;
        ssn |= recent == 0x4114_1111;
        phone |= recent & 0xFF == 0x81;
    }
    let when = |seen: bool, hit: Hits| if seen { hit } else { Hits::NONE };
    when(iban, Hits::IBAN).or(when(ssn, Hits::SSN)).or(when(phone, Hits::PHONE))
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
    fn the_table_has_room_for_all_anchors() {
        assert!(TABLE.is_some());
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
        assert!(scan("x DE89370400440532013000").meets(Hits::IBAN));
    }
}
