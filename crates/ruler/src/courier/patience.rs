//! When a delivery is tried again, and when it is given up.

use model::clock::Micros;

const SECOND: u64 = 1_000_000;
const FIRST: u64 = SECOND;
const LONGEST: u64 = 600 * SECOND;
/// After that it is given up: people see it, and may ask for it again.
pub(crate) const GIVEN_UP_AFTER: u64 = 24 * 3_600 * SECOND;

/// When the next try is due after `attempts` tries: 1 s, 2 s, 4 s … 10 min, a fifth more or less so that
/// those who failed together do not come back together. `None` when it is given up.
pub(crate) fn next(
    attempts: u32,
    key: &str,
    asked: Option<u64>,
    (since, now): (Micros, Micros),
) -> Option<Micros> {
    if now.0.saturating_sub(since.0) >= GIVEN_UP_AFTER {
        return None;
    }
    let doubled = FIRST.checked_shl(attempts.saturating_sub(1).min(20)).unwrap_or(LONGEST);
    let wait = doubled.min(LONGEST);
    let wait = wait * (80 + dice(key, attempts) % 41) / 100;
    Some(Micros(now.0.saturating_add(wait.max(asked.unwrap_or(0)))))
}

/// FNV-1a: the same for the same try, and different enough for others.
fn dice(key: &str, attempts: u32) -> u64 {
    let bytes = key.bytes().chain(attempts.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    }) >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_ten_minutes_and_end_after_a_day() {
        let at = |attempts, asked| {
            let next = next(attempts, "key", asked, (Micros(0), Micros(SECOND)));
            next.map(|next| (next.0 - SECOND) / 1_000)
        };
        for (attempts, least, most) in [
            (1, 800, 1_200),
            (2, 1_600, 2_400),
            (5, 12_800, 19_200),
            (11, 480_000, 720_000),
            (4_000_000, 480_000, 720_000),
        ] {
            let millis = at(attempts, None).unwrap();
            assert!((least..=most).contains(&millis), "{attempts}: {millis} ms");
        }
        assert_eq!(at(1, Some(30 * SECOND)), Some(30_000), "the peer's wish counts");
        assert_eq!(next(9, "key", None, (Micros(5), Micros(5 + GIVEN_UP_AFTER))), None);
    }
}
