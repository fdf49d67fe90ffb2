//! The words every other part shares: ids, clock, limits, categories, outcomes, JSON values, rows.
//!
//! Nothing here reads a file or opens a socket. All other crates depend on this one, so it stays
//! under 3,000 lines (`cargo test -p xtask` checks).

pub mod annotation;
pub mod category;
pub mod clock;
pub mod error_row;
pub mod event;
pub mod id;
pub mod intake;
pub mod json;
pub mod json_text;
pub mod limits;
pub mod outcome;
pub mod part;
pub mod profile;
pub mod sampling;
pub mod session;
pub mod sketch;
pub mod span;
