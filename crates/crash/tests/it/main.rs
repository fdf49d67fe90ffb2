//! Minidumps: a real one, made ones, and bytes that only look like some.
#![expect(clippy::unwrap_used, reason = "tests may be blunt, and so may what they call")]

mod hostile;
mod made;
mod real;
mod shown;
