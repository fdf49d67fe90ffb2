//! Events of a project whose files were uploaded in every way there is, and in none.
#![expect(clippy::unwrap_used, reason = "tests may be blunt, and so may what they call")]

mod dumps;
mod native;
mod scripts;
mod world;
mod zip;
