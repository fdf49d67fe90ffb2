//! Ids of issues that people say aloud: `CASINO-API-1K`.

/// Crockford's base 32: no I, L, O and U.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Digits of the largest counter.
const DIGITS_MAX: usize = 13;

/// Writes the id of a project's issue number `counter`.
pub fn short_id(slug: &str, counter: u64) -> String {
    let mut digits = [0_u8; DIGITS_MAX];
    let mut start = digits.len();
    let mut rest = counter;
    loop {
        start -= 1;
        // The last five bits always fit an index into 32 digits.
        digits[start] = DIGITS[usize::try_from(rest & 31).unwrap_or_default()];
        rest >>= 5;
        if rest == 0 {
            break;
        }
    }
    let number: String = digits[start..].iter().copied().map(char::from).collect();
    format!("{}-{number}", slug.to_uppercase())
}

/// Reads an id back into the project's slug, in lower case, and the counter. Letters may have
/// either case, and those that look like digits count as them.
pub fn parse(text: &str) -> Option<(String, u64)> {
    let (slug, number) = text.trim().rsplit_once('-')?;
    if slug.is_empty() || number.is_empty() || number.len() > DIGITS_MAX {
        return None;
    }
    let counter = number.bytes().try_fold(0_u64, |counter, byte| {
        let digit = match byte.to_ascii_uppercase() {
            b'O' => b'0',
            b'I' | b'L' => b'1',
            other => other,
        };
        let value = DIGITS.iter().position(|known| *known == digit)?;
        counter.checked_mul(32)?.checked_add(u64::try_from(value).ok()?)
    })?;
    Some((slug.to_lowercase(), counter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_ids() {
        assert_eq!(short_id("casino-api", 0), "CASINO-API-0");
        assert_eq!(short_id("casino-api", 51), "CASINO-API-1K");
        for counter in [0, 1, 31, 32, 1_000_000, u64::MAX] {
            let id = short_id("a-b", counter);
            assert_eq!(parse(&id), Some(("a-b".to_owned(), counter)), "{id}");
            assert_eq!(parse(&id.to_lowercase()), Some(("a-b".to_owned(), counter)));
        }
        assert_eq!(parse("A-IO"), Some(("a".to_owned(), 32)));
        for text in ["", "A", "A-", "-1", "A-U", "A-1-", "A-ZZZZZZZZZZZZZ", "A-11111111111111"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
