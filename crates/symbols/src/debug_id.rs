//! Debug ids: the name that a file and what describes it share.

use std::fmt::{self, Write as _};
use std::str::FromStr;

/// A debug id: a UUID, and for files of Windows an age.
///
/// Tools write it in several ways: in any case, with or without dashes, the age as a last group
/// or joined to the digits. They are all the same id; [`fmt::Display`] writes the canonical form,
/// lower case with dashes.
///
/// Source: `debugid` of Sentry's Rust SDK, and Breakpad's symbol files for the form without dashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DebugId {
    uuid: u128,
    age: u32,
}

/// A text that is not a debug id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a debug id: 32 hexadecimal digits are expected, with or without dashes")]
pub struct DebugIdError;

impl DebugId {
    /// An id from its parts. `age` is zero for everything but PDB files.
    pub const fn new(uuid: u128, age: u32) -> Self {
        Self { uuid, age }
    }

    /// The UUID, most significant byte first.
    pub const fn uuid(self) -> u128 {
        self.uuid
    }

    /// How often the PDB file was written since its UUID was made; zero where there is no such thing.
    pub const fn age(self) -> u32 {
        self.age
    }

    /// True for the id of all zeros, which tools write when they know none.
    pub const fn is_nil(self) -> bool {
        self.uuid == 0 && self.age == 0
    }
}

impl FromStr for DebugId {
    type Err = DebugIdError;

    fn from_str(text: &str) -> Result<Self, DebugIdError> {
        let (digits, age) = split(text.trim()).ok_or(DebugIdError)?;
        let uuid = u128::from_str_radix(&digits, 16).or(Err(DebugIdError))?;
        let age = if age.is_empty() { 0 } else { hexadecimal(age).ok_or(DebugIdError)? };
        Ok(Self { uuid, age })
    }
}

/// The 32 digits and what follows them.
fn split(text: &str) -> Option<(String, &str)> {
    if !text.is_ascii() {
        return None;
    }
    let dashed = text.as_bytes().get(8) == Some(&b'-');
    let (id, rest) = text.split_at_checked(if dashed { 36 } else { 32 })?;
    let well_placed = [8, 13, 18, 23].iter().all(|place| id.as_bytes().get(*place) == Some(&b'-'));
    let digits = if dashed && well_placed { id.replace('-', "") } else { id.to_owned() };
    let complete = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let age = match rest.strip_prefix('-') {
        Some("") => return None,
        Some(age) => age,
        None if dashed && !rest.is_empty() => return None,
        None => rest,
    };
    complete.then_some((digits, age))
}

fn hexadecimal(age: &str) -> Option<u32> {
    let digits = age.len() <= 8 && age.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u32::from_str_radix(age, 16).ok())?
}

impl fmt::Display for DebugId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in format!("{:032x}", self.uuid).chars().enumerate() {
            if matches!(place, 8 | 12 | 16 | 20) {
                out.write_char('-')?;
            }
            out.write_char(digit)?;
        }
        if self.age != 0 {
            write!(out, "-{:x}", self.age)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = text.parse::<DebugId>().map_or_else(|_| "no".to_owned(), |id| id.to_string());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn ids_are_read_in_every_form() {
        let plain = "19c5818b-c20c-591d-8943-ea389fc0001a";
        check("19c5818b-c20c-591d-8943-ea389fc0001a", plain);
        check("19C5818B-C20C-591D-8943-EA389FC0001A", plain);
        check("19c5818bc20c591d8943ea389fc0001a", plain);
        check(" 19c5818bc20c591d8943ea389fc0001a\n", plain);
        check("19c5818bc20c591d8943ea389fc0001a0", plain);
        check("19c5818b-c20c-591d-8943-ea389fc0001a-0", plain);
        let aged = "19c5818b-c20c-591d-8943-ea389fc0001a-a";
        check("19C5818BC20C591D8943EA389FC0001AA", aged);
        check("19c5818bc20c591d8943ea389fc0001a-a", aged);
        check(aged, aged);
        check("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000");
    }

    #[test]
    fn other_texts_are_not_ids() {
        for text in [
            "",
            "-",
            "19c5818b",
            "19c5818b-c20c-591d-8943-ea389fc0001",
            "19c5818b-c20c591d-8943-ea389fc0001a-",
            "19c5818b-c20c-591d-8943-ea389fc0001a-",
            "19c5818b-c20c-591d-8943-ea389fc0001aa",
            "19c5818b-c20c-591d-8943-ea389fc0001a-123456789",
            "+9c5818bc20c591d8943ea389fc0001a",
            "19c5818bc20c591d8943ea389fc0001g",
            "19c5818bc20c591d8943ea389fc0001ä",
            "19c5818bc20c591d8943ea389fc0001a-+1",
        ] {
            check(text, "no");
        }
    }
}
