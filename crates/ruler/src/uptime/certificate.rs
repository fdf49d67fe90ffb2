//! When a certificate ends: the one field of X.509 that is needed here.

use model::clock::Micros;

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// When the validity of a certificate in DER ends; `None` when it cannot be read. Source: RFC 5280, 4.1.
pub(crate) fn ends(der: &[u8]) -> Option<Micros> {
    let (_, certificate, _) = element(der)?;
    let (_, mut rest, _) = element(certificate)?;
    let (tag, _, after) = element(rest)?;
    if tag == VERSION {
        rest = after;
    }
    // Serial number, signature, issuer.
    for _ in 0..3 {
        (_, _, rest) = element(rest)?;
    }
    let (tag, validity, _) = element(rest)?;
    let (_, _, not_after) = element(validity).filter(|_| tag == SEQUENCE)?;
    let (tag, text, _) = element(not_after)?;
    moment(tag, std::str::from_utf8(text).ok()?)
}

/// Tag, content, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = bytes.iter().try_fold(0_usize, |length, byte| {
            length.checked_mul(256)?.checked_add(usize::from(*byte))
        })?;
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
fn moment(tag: u8, text: &str) -> Option<Micros> {
    let digits = text.strip_suffix('Z')?;
    if !digits.is_ascii() {
        return None;
    }
    let (year, rest) = match tag {
        UTC_TIME => digits.split_at_checked(2)?,
        GENERALIZED_TIME => digits.split_at_checked(4)?,
        _ => return None,
    };
    let year: i64 = year.parse().ok()?;
    let year = match tag {
        UTC_TIME if year < 50 => 2_000 + year,
        UTC_TIME => 1_900 + year,
        _ => year,
    };
    let part = |place: usize| rest.get(place * 2..place * 2 + 2)?.parse::<i64>().ok();
    let (month, day) = (part(0)?, part(1)?);
    let (hour, minute, second) = (part(2)?, part(3)?, part(4)?);
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    u64::try_from(seconds).ok()?.checked_mul(1_000_000).map(Micros)
}

/// Days since 1970-01-01. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag];
        match u8::try_from(content.len()) {
            Ok(length) if length < 0x80 => out.push(length),
            _ => {
                out.push(0x82);
                out.extend_from_slice(&u16::try_from(content.len()).unwrap().to_be_bytes());
            }
        }
        out.extend_from_slice(content);
        out
    }

    fn certificate(not_after: &[u8], version: bool) -> Vec<u8> {
        let begins = der(UTC_TIME, b"260101000000Z");
        let mut fields = if version { der(VERSION, &der(2, &[2])) } else { Vec::new() };
        fields.extend(der(2, &[1; 20]));
        fields.extend(der(SEQUENCE, &[5; 9]));
        fields.extend(der(SEQUENCE, &[7; 200]));
        fields.extend(der(SEQUENCE, &[begins.as_slice(), not_after].concat()));
        fields.extend(der(SEQUENCE, &[9; 300]));
        der(SEQUENCE, &[der(SEQUENCE, &fields), der(3, &[1; 64])].concat())
    }

    #[test]
    fn ends_of_certificates() {
        let at = |not_after: Vec<u8>, version| {
            ends(&certificate(&not_after, version)).map(|at| at.0 / 1_000_000)
        };
        assert_eq!(at(der(UTC_TIME, b"261121100000Z"), true), Some(1_795_255_200));
        assert_eq!(at(der(UTC_TIME, b"240229235959Z"), false), Some(1_709_251_199));
        assert_eq!(at(der(GENERALIZED_TIME, b"20500101000000Z"), true), Some(2_524_608_000));
        assert_eq!(at(der(UTC_TIME, b"700101000000Z"), true), Some(0));
        for wrong in ["", "261121100000", "26112110000xZ", "2611Z"] {
            assert_eq!(at(der(UTC_TIME, wrong.as_bytes()), true), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_cut_off_is_nothing() {
        let whole = certificate(&der(UTC_TIME, b"261121100000Z"), true);
        for length in 0..whole.len() {
            assert_eq!(ends(&whole[..length]), None, "{length}");
        }
        assert_eq!(ends(&[0x30, 0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9]), None, "longer than memory");
    }
}
